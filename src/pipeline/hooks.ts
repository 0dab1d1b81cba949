import type { Request } from 'express';
import type { Auth } from '../cognito/token-verifier.ts';
import type { EndpointName } from '../endpoints/endpoint.ts';
import { ProblemError } from '../shared/problem.ts';

/** What a before hook is given. */
export interface BeforeHookContext {
  readonly endpoint: EndpointName;
  readonly req: Request;
  /** The validated body. It holds what the user typed, passwords too: do not log it. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The validated parameters of the path, such as the `name` of an attribute. */
  readonly params: Readonly<Record<string, string>>;
  readonly auth: Auth | undefined;
}

/** What a before hook may change; whatever it leaves out stays as it is. */
export interface BeforeHookResult {
  /** Takes the body's place. It is not validated again. */
  body?: Record<string, unknown>;
  /**
   * Goes to the user pool's Lambda triggers as `ClientMetadata`; Cognito neither stores nor encrypts it. It goes
   * before what the body has under the same keys, if the option `clientMetadata` lets a body have any.
   */
  clientMetadata?: Record<string, string>;
}

/**
 * What an after hook is given. It runs on success, and on an answer that looks like one to keep to itself
 * whether an account exists.
 */
export interface AfterHookContext extends BeforeHookContext {
  /** What the client is about to be sent, tokens included. */
  readonly response: Readonly<Record<string, unknown>>;
}

/** Runs once the request is valid and before Cognito is asked. Throw a `ProblemError` to refuse it. */
export type BeforeHook = (
  context: BeforeHookContext,
) => BeforeHookResult | void | Promise<BeforeHookResult | void>;

/** Returns what the client is sent instead, or nothing to leave it. */
export type AfterHook = (
  context: AfterHookContext,
) => Record<string, unknown> | void | Promise<Record<string, unknown> | void>;

/** Functions of yours around an endpoint, by its name. An error one throws that is no `ProblemError` goes to `next(err)`. */
export interface Hooks {
  readonly before?: Readonly<Partial<Record<EndpointName, BeforeHook>>>;
  readonly after?: Readonly<Partial<Record<EndpointName, AfterHook>>>;
}

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
  return (await guard(() => hook({ ...context, response: { ...context.response } }))) ?? context.response;
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
