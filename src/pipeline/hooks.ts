import type { BeforeHookContext, Hooks, ResponseHookContext } from '../config/hooks.ts';
import { isReply, type Reply } from '../config/reply.ts';
import { Redirect } from '../endpoints/redirect.ts';
import { ProblemError } from '../shared/problem.ts';

/** An error of a hook that is not a refusal. Its cause goes to the app's error handler. */
export class HookError extends Error {
  /** The place of the hook in the options, such as `before.signIn`. */
  readonly hook: string;

  constructor(hook: string, cause: object) {
    super(`The hook ${hook} failed.`, { cause });
    this.hook = hook;
  }
}

/** The hooks of a router, and their time in milliseconds. */
export interface HookRun {
  readonly hooks: Hooks;
  readonly timeouts: { readonly hook: number };
}

export async function runBeforeHook(
  { hooks: { before }, timeouts }: HookRun,
  context: BeforeHookContext,
): Promise<{ body: Record<string, unknown>; clientMetadata: Record<string, string> | undefined }> {
  const { endpoint } = context;
  const hook = before?.[endpoint];
  const result =
    hook &&
    (await runHook(`before.${endpoint}`, timeouts.hook, () =>
      hook({ ...context, body: deepFreeze(structuredClone(context.body)) }),
    ));
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

/** Returns the response to send. A redirect has no body, so only a reply can replace it. */
export async function runResponseHook(
  { hooks: { response: shapes }, timeouts }: HookRun,
  context: Omit<ResponseHookContext, 'response'> & { readonly response: object },
): Promise<object | Reply> {
  const { endpoint, response } = context;
  const hook = shapes?.[endpoint];
  if (!hook) return response;
  const copy = structuredClone({ ...response });
  const shaped = await runHook(`response.${endpoint}`, timeouts.hook, async () =>
    sendable(await hook({ ...context, response: copy })),
  );
  if (!shaped) return response;
  return response instanceof Redirect && !isReply(shaped) ? response : shaped;
}

/** Throws for a result that cannot be sent, while the session of the response can still be revoked. */
function sendable<T>(shaped: T): T {
  if (!shaped) return shaped;
  const isSendable = typeof shaped === 'object' && (isReply(shaped) || JSON.stringify(shaped) !== undefined);
  if (isSendable) return shaped;
  throw new TypeError('A response hook returned no JSON object; return an object, reply() or nothing.');
}

/** A change to the body throws in the hook: a hook replaces the body by returning another one. */
function deepFreeze<T extends object>(value: T): Readonly<T> {
  for (const member of Object.values(value))
    if (typeof member === 'object' && member !== null) deepFreeze(member);
  return Object.freeze(value);
}

/** Rejects with the hook's `ProblemError`, or with a `HookError`. */
export async function runHook<T>(name: string, ms: number, hook: () => T | Promise<T>): Promise<T> {
  try {
    const result = hook();
    return isThenable(result) ? await inTime(name, ms, result) : result;
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    // `next(undefined)` and `next('route')` would pass the request on to another handler.
    const cause =
      typeof error === 'object' && error !== null
        ? error
        : new Error('A hook threw a value that is not an Error.');
    throw new HookError(name, cause);
  }
}

/** The queries of some database libraries start with `then`, and are no promises. */
function isThenable<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

async function inTime<T>(name: string, ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`hooks.${name} did not finish within ${ms} ms.`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
