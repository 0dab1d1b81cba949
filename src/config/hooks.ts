import type { Request } from 'express';
import type { Auth } from '../tokens/auth.ts';
import type { EndpointName } from './endpoint-names.ts';

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
   * before what the body has under the same keys, if the option `allowedClientMetadata` lets a body have any.
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
