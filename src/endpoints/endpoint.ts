import type { Request } from 'express';
import type Joi from 'joi';
import type { ExceptionName } from '../cognito/error-map.ts';
import type { OperationName, Operations } from '../cognito/operations.ts';
import type { UpstreamFault } from '../cognito/upstream-fault.ts';
import type { EndpointName, RateLimitClass } from '../config/endpoint-names.ts';
import type { OutcomeHookContexts, OutcomeHookName } from '../config/hooks.ts';
import type { Settings } from '../config/settings.ts';
import type { CookieJar } from '../cookies/cookie-jar.ts';
import type { NavigationFrom, NavigationTarget } from '../cookies/navigation.ts';
import type { Hint } from '../shared/hint.ts';
import type { Problem, ProblemCode } from '../shared/problem.ts';
import type { Auth } from '../tokens/auth.ts';
import type { ContestedSignUps } from './contested-sign-ups.ts';
import type { GivenDevice } from './device-types.ts';
import type { ManagedLogin } from './managed-login-flow.ts';
import type { Tokens } from './sign-in-types.ts';

/** The context of one request, for the functions of an endpoint definition. */
export interface HandlerContext {
  readonly settings: Settings;
  /** The validated path parameters. */
  readonly params: Readonly<Record<string, string>>;
  /** The validated query parameters. */
  readonly query: Readonly<Record<string, string>>;
  /** The verified access token. Always set if the endpoint's `auth` is `access`. */
  readonly auth: Auth | undefined;
  /** The metadata for the user pool's Lambda triggers. */
  readonly clientMetadata: Record<string, string> | undefined;
  /** The transport of the request's tokens. */
  readonly transport: 'bearer' | 'cookie';
  /** The cookies. Changes apply whether the request succeeds or fails. */
  readonly cookies: CookieJar;
  /** The host name of the request. */
  readonly host: string;
  /** Where a browser shows the response. Undefined for a script's request. */
  readonly navigationTarget: NavigationTarget | undefined;
  /** Returns the access token. Throws a `ProblemError` if there is none. */
  accessToken(): string;
  /** Revokes the session of an access token that Cognito issued. Default: that of the request, if there is one. */
  endSession(accessToken?: string): Promise<void>;
  /** Revokes all sessions of the user of an access token that Cognito issued. Default: as above. */
  endUser(accessToken?: string): Promise<void>;
  /** Revokes the earlier tokens of the user, in the kit only: those issued before this access token. */
  endEarlier(accessToken: string): Promise<void>;
  /** The same for a user with this `sub`, and all tokens up to now. */
  endEarlierOf(sub: string): Promise<void>;
  /** Returns new tokens for a refresh token, single-flight. Rejects with a `RefreshError` or a `ProblemError`. */
  refresh(request: RefreshRequest): Promise<Tokens>;
  /** Revokes the tokens that the refresh token has yielded, here or in another tab. */
  endRefreshes(refreshToken: string): Promise<void>;
  /** Whether one of the refresh tokens was signed out in the last minutes by a request to this instance. */
  isSignedOut(...refreshTokens: readonly (string | undefined)[]): boolean;
  /** Whether a store of the router is unavailable. */
  degraded(): boolean;
  /** Checks everything that the router depends on. */
  deepHealth(): Promise<object>;
  /** Returns the OpenAPI document. */
  openApi(): object;
  /** Returns managed login. Only for its endpoints, which are mounted only if it is configured. */
  managedLogin(): ManagedLogin;
  /** Adds a fault to the log line that the response does not report. */
  logFault(error: unknown): void;
  /** Sets the user of the audit events, if only the response identifies the user. */
  identify(auth: Auth): void;
  /** Notes what Cognito has done, for the hook of this name. Call it right after Cognito's answer. */
  happened<Name extends OutcomeHookName>(name: Name, details: HappeningDetails<Name>): void;
  /** Accounts that more than one client has tried to create. */
  readonly contestedSignUps: ContestedSignUps;
  /** Adds a hint to the log line of a request that succeeds. */
  advise(hint: Hint): void;
  /** Calls Cognito within the request's deadline. */
  send<O extends OperationName>(
    operation: O,
    input: Operations[O]['input'],
  ): Promise<Operations[O]['output']>;
  /** Calls Cognito after the response. A failure is logged, and the client does not learn of it. */
  sendLater<O extends OperationName>(operation: O, input: Operations[O]['input']): void;
}

/** The argument of a hook, except for the request. */
export type HappeningDetails<Name extends OutcomeHookName> = Omit<
  OutcomeHookContexts[Name],
  'endpoint' | 'req'
>;

/** A refused request. */
export interface Refused {
  readonly req: Request;
  readonly settings: Settings;
}

/** A schema for each value of one member, as JSON Schema and OpenAPI require it. */
export interface Variants {
  readonly discriminator: string;
  readonly schemas: Readonly<Record<string, Joi.ObjectSchema>>;
}

/** Protection of an endpoint against account enumeration. */
export interface MaskedErrors {
  /** Exceptions that only some accounts cause. */
  readonly exceptions: readonly ExceptionName[];
  /** Error codes that only some accounts cause, for exceptions with other meanings too. */
  readonly codes?: readonly ProblemCode[];
  /** The answer for every account: that of a success, or a problem. */
  readonly answer:
    | Readonly<Record<string, unknown>>
    | ((body: object, settings: Settings) => object)
    | ProblemCode;
}

/** Whether the fault is masked. A fault that is the same for every account needs no mask. */
export function isMaskedBy({ exceptions, codes = [] }: MaskedErrors, fault: UpstreamFault): boolean {
  if (fault.sameForAll) return false;
  return (
    exceptions.some((exception) => exception === fault.exception) ||
    codes.some((code) => code === fault.problem.code)
  );
}

/** The requests that need a recent sign-in, among those of an endpoint. */
export interface SensitiveRequests<Body> {
  /** Names them in the docs, after "for". */
  readonly words: string;
  includes(body: Body, call: Pick<HandlerContext, 'params' | 'settings'>): boolean;
}

interface EndpointDefinition<Body> {
  readonly name: EndpointName;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** The default path. `params` has a schema for each `:name` in it. */
  readonly path: string;
  /** One line for the docs. */
  readonly summary: string;
  /** Details for the docs. */
  readonly description: string;
  readonly tag:
    | 'sign-up'
    | 'sign-in'
    | 'password'
    | 'session'
    | 'profile'
    | 'mfa'
    | 'passkeys'
    | 'devices'
    | 'security'
    | 'meta';
  /**
   * Whether an access token is required. With `optional`, an invalid token is refused only if the handler asks for
   * it.
   */
  readonly auth: 'none' | 'optional' | 'access';
  /** Whether the option `sensitiveMaxAge` applies: always, or to some requests. */
  readonly sensitive?: true | SensitiveRequests<Body>;
  /** Whether a revoked token is accepted, because a repeated sign-out is not an error. */
  readonly acceptsRevoked?: true;
  /** Whether the endpoint starts a session, and a client may choose its transport. */
  readonly startsSession?: true;
  /**
   * Whether the endpoint puts a session of the client into cookies, with any transport. A refusal leaves the session to
   * the client.
   */
  readonly importsSession?: true;
  /**
   * The cookies that hold these members of the body and the response, with tokens in cookies. `mfa-setup` is the cookie
   * of the challenge while that is MFA_SETUP, and `pending-sign-up` that of the sign-up, which stays. Empty for an
   * endpoint that only sets token cookies.
   */
  readonly cookies?: {
    readonly session?: 'challenge' | 'mfa-setup' | 'sign-up' | 'pending-sign-up';
    readonly refreshToken?: 'refresh';
    readonly device?: 'device';
  };
  /** For a `GET` that changes state: the pages whose links are accepted. A prefetch is refused. */
  readonly navigation?: NavigationFrom;
  /** Returns the page to redirect a refused request to, in place of the problem. */
  refusedTo?(refusal: Problem, refused: Refused): string | undefined;
  /** Whether a success is a 303: always, or if the tokens go into cookies. */
  readonly redirects?: 'always' | 'with-cookies';
  /** Whether the response is a document that is the same for every client, and that clients may keep. */
  readonly cacheable?: true;
  readonly rateLimit?: RateLimitClass;
  /** Returns a stricter class for the account's rate limit, depending on the body. */
  accountLimit?(body: Body): RateLimitClass | undefined;
  /**
   * Whether the answer shows that no message was sent. It then does not count as one, in the class `code`. The answer is
   * that for the client, so the count tells nothing more.
   */
  sentNothing?(answer: { readonly response?: object; readonly problem?: Problem }): boolean;
  /** The body's schema. Without it, the endpoint takes no body. */
  body?(settings: Settings): Joi.ObjectSchema | Variants;
  /** The schema of the path parameters. */
  params?(settings: Settings): Joi.ObjectSchema;
  /**
   * The query's schema. Without it, the query is ignored. A navigation may have further members, such as those of
   * campaigns, which are dropped.
   */
  query?(settings: Settings): Joi.ObjectSchema | undefined;
  /** Whether unknown members of the query are dropped: those of a navigation always are. */
  readonly ignoresOtherQuery?: true;
  /** Returns the password that the user chooses, which must not be blocked. */
  newPassword?(body: Body): string | undefined;
  /** Returns the account names for the rate limit. With an access token, its `sub` is used. */
  accounts?(body: Body): readonly string[];
  /** Returns the sign-in session whose attempts are counted. */
  attempt?(body: Body): string | undefined;
  readonly maskedErrors?: MaskedErrors;
  /** Returns further masked errors, depending on the body. */
  maskedErrorsOf?(body: Body, settings: Settings): MaskedErrors | undefined;
  /** Returns the fault in the light of the body, for exceptions whose meaning depends on it. */
  explain?(fault: UpstreamFault, body: Body, settings: Settings): UpstreamFault;
  /** The response if a hook refuses the sign-in that follows the endpoint's own work. Default: the refusal. */
  readonly withoutSignIn?: object;
  /** The error codes in addition to `commonErrors`. */
  readonly errors: readonly ProblemCode[];
  /** JSON Schema 2020-12 of a 200. A `$ref` may name a schema of `openapi/responses.ts`. */
  readonly response: object;
  readonly example: {
    readonly params?: Readonly<Record<string, string>>;
    readonly request?: object;
    readonly response: object;
  };
}

/** An endpoint that makes one SDK call. */
export interface CommandEndpoint<Body, O extends OperationName = OperationName>
  extends EndpointDefinition<Body> {
  readonly command: O;
  /** Whether a failed call may be retried. Default: false. */
  readonly safeToRepeat?: boolean;
  toInput(body: Body, call: HandlerContext): Operations[O]['input'];
  toResponse(output: Operations[O]['output'], call: HandlerContext, body: Body): object;
}

/** An endpoint that makes any number of SDK calls. `operations` has those whose failure it can answer with. */
export interface HandlerEndpoint<Body> extends EndpointDefinition<Body> {
  readonly operations: readonly OperationName[];
  handle(body: Body, call: HandlerContext): Promise<object>;
}

export type Endpoint<Body = never> = CommandEndpoint<Body> | HandlerEndpoint<Body>;

/** Whether requests have audit events. Read-only endpoints have none. */
export function isAudited({ rateLimit }: Endpoint): boolean {
  return rateLimit !== undefined && rateLimit !== 'read';
}

/** The input of a refresh. */
export interface RefreshRequest {
  readonly refreshToken: string;
  readonly username?: string | undefined;
  readonly device?: GivenDevice | undefined;
}
