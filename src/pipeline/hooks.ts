import type { BeforeHookContext, Hooks } from '../config/hooks.ts';
import { ProblemError } from '../shared/problem.ts';

/** An error out of a hook that is no refusal: it is the app's, and goes to the app's error handler. */
export class HookError extends Error {}

export async function runBeforeHook(
  { before }: Hooks,
  context: BeforeHookContext,
): Promise<{ body: Record<string, unknown>; clientMetadata: Record<string, string> | undefined }> {
  const hook = before?.[context.endpoint];
  const result = hook && (await guard(() => hook({ ...context, body: Object.freeze({ ...context.body }) })));
  const body = result?.body ?? context.body;
  return { body, clientMetadata: merged(body.clientMetadata, result?.clientMetadata) };
}

/** Whatever the body has was let in by the option `clientMetadata`, or put there by the hook. */
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

async function guard<T>(hook: () => T | Promise<T>): Promise<T> {
  try {
    return await hook();
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    // To `next`, nothing and the word "route" are no errors: the request would go on to another handler.
    const cause =
      typeof error === 'object' && error !== null ? error : new Error('A hook threw no error object.');
    throw new HookError('A hook failed.', { cause });
  }
}
