/** To be raised when the shape of any shared state changes: the process may have copies of other versions too. */
const VERSION = 1;

/**
 * Returns the state of this name that all copies of the kit in the process share, and makes it for the first of them.
 * ESM and CommonJS are two copies.
 *
 * Other code of the process can reach the state. That opens nothing: such code could as well replace the middleware.
 */
export function processState<T>(name: string, create: () => T): T {
  const key = Symbol.for(`express-cognito-kit ${name} ${VERSION}`);
  const states = globalThis as { [key: symbol]: unknown };
  states[key] ??= create();
  return states[key] as T;
}
