import type { BeforeHookContext, Hooks } from '../config/hooks.ts';
import { ProblemError } from '../shared/problem.ts';

/** An error of a hook that is not a refusal. It goes to the app's error handler. */
export class HookError extends Error {}

export async function runBeforeHook(
  { before }: Hooks,
  context: BeforeHookContext,
): Promise<{ body: Record<string, unknown>; clientMetadata: Record<string, string> | undefined }> {
  const hook = before?.[context.endpoint];
  const result =
    hook && (await guard(() => hook({ ...context, body: deepFreeze(structuredClone(context.body)) })));
  const body = result?.body ?? context.body;
  return { body, clientMetadata: merged(body.clientMetadata, result?.clientMetadata) };
}

/** The keys of the body were allowed by the option `allowedClientMetadata`; the hook may set any. */
function merged(
  fromBody: unknown,
  fromHook: Record<string, string> | undefined,
): Record<string, string> | undefined {
  if (typeof fromBody !== 'object' || fromBody === null) return fromHook;
  return { ...(fromBody as Record<string, string>), ...fromHook };
}

export async function runAfterHook(
  { after }: Hooks,
  context: BeforeHookContext & { response: object },
): Promise<object> {
  const hook = after?.[context.endpoint];
  if (!hook) return context.response;
  const response = structuredClone({ ...context.response });
  return (await guard(() => hook({ ...context, response }))) ?? context.response;
}

/** A change to the body throws in the hook: a hook replaces the body by returning another one. */
function deepFreeze<T extends object>(value: T): Readonly<T> {
  for (const member of Object.values(value))
    if (typeof member === 'object' && member !== null) deepFreeze(member);
  return Object.freeze(value);
}

async function guard<T>(hook: () => T | Promise<T>): Promise<T> {
  try {
    return await hook();
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    // `next(undefined)` and `next('route')` would pass the request on to another handler.
    const cause =
      typeof error === 'object' && error !== null
        ? error
        : new Error('A hook threw a value that is not an Error.');
    throw new HookError('A hook failed.', { cause });
  }
}
