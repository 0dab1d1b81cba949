import type { Request } from 'express';
import type { Auth } from '../tokens/auth.ts';
import type { TokenPayload } from '../tokens/claims.ts';
import type { EndpointName } from './endpoint-names.ts';
import type { Reply } from './reply.ts';

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
 * The argument of a response hook. The hook runs on success, and on the success-like responses that prevent account
 * enumeration.
 */
export interface ResponseHookContext extends BeforeHookContext {
  /** A copy of the response body, including tokens that are not in cookies. With a redirect: its `location`. */
  readonly response: Readonly<Record<string, unknown>>;
  /**
   * Whether the response hides a refusal, such as that of a sign-up with an existing name. A response that depends on it
   * reveals which accounts exist. Cognito hides some refusals from the kit too, such as a code for an unknown account.
   */
  readonly concealed: boolean;
}

/** Runs after validation and before any call to Cognito. Throw a `ProblemError` to refuse the request. */
export type BeforeHook = (
  context: BeforeHookContext,
) => BeforeHookResult | void | Promise<BeforeHookResult | void>;

/**
 * Returns a body to send instead, a `reply()` with its own status, headers, page or redirect, or nothing to keep the
 * response. Throw a `ProblemError` to send a problem; it does not undo what Cognito has done.
 */
export type ResponseHook = (
  context: ResponseHookContext,
) => Reply | Record<string, unknown> | void | Promise<Reply | Record<string, unknown> | void>;

/** Members of the argument of each outcome hook. */
interface OutcomeContext {
  /** The endpoint that was called. */
  readonly endpoint: EndpointName;
  /** The Express request. Its response may have been sent, see the hook. */
  readonly req: Request;
}

/** The argument of `onSignedUp`. */
export interface SignedUpContext extends OutcomeContext {
  /** The ID of the new user, in the words of Cognito. */
  readonly sub: string;
  /** The name of the request. In a pool whose users sign in with an address, Cognito's own `username` is the `sub`. */
  readonly username: string;
  /** Attributes that were sent to Cognito, addresses included. None of them is verified, unless a trigger did so. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Whether a trigger of the pool has confirmed the account. `onConfirmed` runs as well. */
  readonly confirmed: boolean;
}

/** The argument of `onConfirmed`. */
export interface ConfirmedContext extends OutcomeContext {
  /** The user's ID, if the request came with the `session` of its sign-up. Cognito's own answer has none. */
  readonly sub: string | undefined;
  /** The name of the request. */
  readonly username: string;
}

/** The argument of `onSignedIn`. */
export interface SignedInContext extends OutcomeContext {
  /** The user's ID. */
  readonly sub: string;
  /** Cognito's own name of the user. */
  readonly username: string;
  /** The claims of the ID token, after a check of its signature, issuer, app client, expiry and user. */
  readonly claims: TokenPayload;
  /**
   * Whether this request has confirmed the account. `false` if the user had a token before. `undefined` otherwise,
   * because Cognito does not tell.
   */
  readonly isNew: boolean | undefined;
}

/** The argument of `onSignedOut`. */
export interface SignedOutContext extends OutcomeContext {
  /** The user's ID, if the request had an access token. */
  readonly sub: string | undefined;
  /** Cognito's own name of the user, if the request had an access token. */
  readonly username: string | undefined;
  /** Whether all sessions of the user have ended. */
  readonly everywhere: boolean;
}

/** The argument of `onProfileChanged`. */
export interface ProfileChangedContext extends OutcomeContext {
  /** The user's ID. */
  readonly sub: string;
  /** Cognito's own name of the user. */
  readonly username: string | undefined;
  /** The new values by attribute. A deleted attribute is `null`. */
  readonly changes: Readonly<Record<string, string | null>>;
  /** Attributes in `changes` whose new value waits for a code. The pool decides whether the old value stays until then. */
  readonly unverified: readonly string[];
  /** The attribute that a code has verified. Read its value from the next ID token, or from `GET /me`. */
  readonly verified: string | undefined;
}

/** The argument of `onPasswordChanged`. */
export interface PasswordChangedContext extends OutcomeContext {
  /** The user's ID, if the request had an access token or the response has one. */
  readonly sub: string | undefined;
  /** Cognito's own name of the user with an access token, otherwise the name of the request. */
  readonly username: string | undefined;
}

/** The argument of `onFactorsChanged`. */
export interface FactorsChangedContext extends OutcomeContext {
  /** The user's ID, if the request had an access token or the response has one. */
  readonly sub: string | undefined;
  /** Cognito's own name of the user. */
  readonly username: string | undefined;
}

/** The argument of `onUserDeleted`. */
export interface UserDeletedContext extends OutcomeContext {
  /** The ID of the deleted user. */
  readonly sub: string;
  /** Cognito's own name of the user. */
  readonly username: string | undefined;
}

/** The outcome hooks, which run after Cognito has done it and never for a concealed response, with their arguments. */
export interface OutcomeHookContexts {
  readonly onSignedUp: SignedUpContext;
  readonly onConfirmed: ConfirmedContext;
  readonly onSignedIn: SignedInContext;
  readonly onSignedOut: SignedOutContext;
  readonly onProfileChanged: ProfileChangedContext;
  readonly onPasswordChanged: PasswordChangedContext;
  readonly onFactorsChanged: FactorsChangedContext;
  readonly onUserDeleted: UserDeletedContext;
}

export type OutcomeHookName = keyof OutcomeHookContexts;

export const OUTCOME_HOOK_NAMES: readonly OutcomeHookName[] = [
  'onSignedUp',
  'onConfirmed',
  'onSignedIn',
  'onSignedOut',
  'onProfileChanged',
  'onPasswordChanged',
  'onFactorsChanged',
  'onUserDeleted',
];

/**
 * Functions that run around the endpoints. Each has `timeouts.hook` milliseconds. Errors of `before`, `response` and
 * `onSignedIn` other than `ProblemError` are passed to `next(err)`. Those of the others are logged and reported as
 * `hook.failed`, and the response stays the same.
 */
export interface Hooks {
  /** Functions that run before an endpoint, by its name. They change the input or refuse the request. Default: none. */
  readonly before?: Readonly<Partial<Record<EndpointName, BeforeHook>>>;
  /** Functions that shape the response of an endpoint, by its name. Default: none. */
  readonly response?: Readonly<Partial<Record<EndpointName, ResponseHook>>>;
  /** Runs for each new account: after the response with `concealUserExistence`, else before it. Default: none. */
  readonly onSignedUp?: (context: SignedUpContext) => unknown;
  /** Runs for each confirmed account: at `POST /confirm-sign-up`, or with `onSignedUp` if a trigger confirmed it. Default: none. */
  readonly onConfirmed?: (context: ConfirmedContext) => unknown;
  /**
   * Runs for each sign-in that is complete, in every flow and transport, before any token leaves. An error refuses the
   * sign-in and revokes its session, unless it was imported. Default: none.
   */
  readonly onSignedIn?: (context: SignedInContext) => unknown;
  /** Runs for each session that its user ends. Default: none. */
  readonly onSignedOut?: (context: SignedOutContext) => unknown;
  /** Runs for each change of attributes, and for each verified address. Default: none. */
  readonly onProfileChanged?: (context: ProfileChangedContext) => unknown;
  /** Runs for each password that a user changes, resets, or chooses in place of a temporary one. Default: none. */
  readonly onPasswordChanged?: (context: PasswordChangedContext) => unknown;
  /**
   * Runs for each change of second factors and passkeys. An e-mail address that a user sets up during a sign-in is none:
   * `onSignedIn` follows. Default: none.
   */
  readonly onFactorsChanged?: (context: FactorsChangedContext) => unknown;
  /** Runs for each account that its user deletes. Default: none. */
  readonly onUserDeleted?: (context: UserDeletedContext) => unknown;
}
