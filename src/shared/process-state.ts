/** Raise it when the shape of any shared state changes, because a process may load several versions of the kit. */
const VERSION = 1;

/**
 * Returns the state that all copies of the kit in the process share, such as the ESM and the CommonJS build. The first
 * copy creates it.
 *
 * Other code in the process can access it, which is no new risk: such code could also replace the middleware.
 */
export function processState<T>(name: string, create: () => T): T {
  const key = Symbol.for(`express-cognito-kit ${name} ${VERSION}`);
  const states = globalThis as { [key: symbol]: unknown };
  states[key] ??= create();
  return states[key] as T;
}
