import type { Request } from 'express';
import type { Auth } from '../tokens/auth.ts';
import type { EndpointName } from './endpoint-names.ts';

/** The argument of a before hook. */
export interface BeforeHookContext {
  /** The endpoint that is called. */
  readonly endpoint: EndpointName;
  /** The Express request. */
  readonly req: Request;
  /** A frozen copy of the validated body. Do not log it, because it contains passwords and codes. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The validated path parameters, such as the `name` of an attribute. */
  readonly params: Readonly<Record<string, string>>;
  /** The user of the access token, or `undefined` without a token. */
  readonly auth: Auth | undefined;
}

/** The changes that a before hook makes. Members that are left out change nothing. */
export interface BeforeHookResult {
  /**
   * Replaces the body. It is not validated again, but a new password is checked against `passwordBlocklist`, and a new
   * account name counts for the limits by account.
   */
  body?: Record<string, unknown>;
  /**
   * Sent to the user pool's Lambda triggers as `ClientMetadata`, which Cognito neither stores nor encrypts. It
   * overrides the same keys of the body's `clientMetadata`, which `allowedClientMetadata` admits.
   */
  clientMetadata?: Record<string, string>;
}

/**
 * The argument of an after hook. The hook runs on success, and on the success-like answers that prevent account
 * enumeration.
 */
export interface AfterHookContext extends BeforeHookContext {
  /** The response body, including tokens. */
  readonly response: Readonly<Record<string, unknown>>;
}

/** Runs after validation and before any call to Cognito. Throw a `ProblemError` to refuse the request. */
export type BeforeHook = (
  context: BeforeHookContext,
) => BeforeHookResult | void | Promise<BeforeHookResult | void>;

/** Returns a response body to send instead, or nothing to keep it. Throw a `ProblemError` to refuse the request. */
export type AfterHook = (
  context: AfterHookContext,
) => Record<string, unknown> | void | Promise<Record<string, unknown> | void>;

/** Functions that run around an endpoint, by its name. Errors other than `ProblemError` are passed to `next(err)`. */
export interface Hooks {
  /** Functions that run before the endpoint. Default: none. */
  readonly before?: Readonly<Partial<Record<EndpointName, BeforeHook>>>;
  /** Functions that run after the endpoint. Default: none. */
  readonly after?: Readonly<Partial<Record<EndpointName, AfterHook>>>;
}
