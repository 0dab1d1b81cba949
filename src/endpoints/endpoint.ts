import type { Request } from 'express';
import type Joi from 'joi';
import type { ExceptionName } from '../cognito/error-map.ts';
import type { OperationName, Operations } from '../cognito/operations.ts';
import type { EndpointName, RateLimitClass } from '../config/endpoint-names.ts';
import type { Settings } from '../config/settings.ts';
import type { CookieJar } from '../cookies/cookie-jar.ts';
import type { NavigationFrom } from '../cookies/navigation.ts';
import type { Problem, ProblemCode } from '../shared/problem.ts';
import type { Auth } from '../tokens/auth.ts';
import type { GivenDevice } from './device-types.ts';
import type { ManagedLogin } from './managed-login-flow.ts';
import type { Tokens } from './sign-in-types.ts';

/** What a row's functions are given about the request at hand. */
export interface HandlerContext {
  readonly settings: Settings;
  /** The parameters of the path, validated. */
  readonly params: Readonly<Record<string, string>>;
  /** The members of the query, validated. */
  readonly query: Readonly<Record<string, string>>;
  /** The verified access token's claims; always there where the row's `auth` is `access`. */
  readonly auth: Auth | undefined;
  /** What a before hook wants the user pool's Lambda triggers to know. */
  readonly clientMetadata: Record<string, string> | undefined;
  /** Where this request has its tokens from, and wants them. */
  readonly transport: 'bearer' | 'cookie';
  /** What a row sets or clears in it counts whether the request succeeds or fails. */
  readonly cookies: CookieJar;
  /** The name of the host that the client asked. */
  readonly host: string;
  /** The access token; refuses the request where there is none. */
  accessToken(): string;
  /** Makes every token of the session that the access token belongs to be refused; without one, nothing. */
  endSession(): Promise<void>;
  /** Makes every token of the access token's user be refused. */
  endUser(): Promise<void>;
  /**
   * New tokens for a refresh token, asked of Cognito once for all who come with the same one. Rejects with a
   * `RefreshError`, or a `ProblemError`.
   */
  refresh(request: RefreshRequest): Promise<Tokens>;
  /** Ends what a refresh token that is signed out has led to, here or in another tab, by now. */
  endRefreshes(refreshToken: string): Promise<void>;
  /** Whether a store of the router is unavailable. */
  degraded(): boolean;
  /** The API's own description. */
  openApi(): object;
  /** There for the endpoints of managed login, which are mounted only with it. */
  managedLogin(): ManagedLogin;
  /** Tells the audit trail who it is, where only the answer says so. */
  identify(auth: Auth): void;
  /** Calls Cognito within the request's deadline. */
  send<O extends OperationName>(
    operation: O,
    input: Operations[O]['input'],
  ): Promise<Operations[O]['output']>;
}

/** A request that is refused. */
export interface Refused {
  readonly req: Request;
  readonly settings: Settings;
}

/** A schema for each value of one member: JSON Schema, and so OpenAPI, can say it only like this. */
export interface Variants {
  readonly discriminator: string;
  readonly schemas: Readonly<Record<string, Joi.ObjectSchema>>;
}

/** How an endpoint keeps to itself whether an account exists. */
export interface MaskedErrors {
  /** Cognito's exceptions that only some accounts cause. */
  readonly exceptions: readonly ExceptionName[];
  /** The same by what they mean, where an exception means other things as well. */
  readonly codes?: readonly ProblemCode[];
  /** What every account gets then: the answer of a success, or a problem. */
  readonly answer:
    | Readonly<Record<string, unknown>>
    | ((body: object, settings: Settings) => object)
    | ProblemCode;
}

interface EndpointDefinition<Body> {
  readonly name: EndpointName;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** A `:name` in it is a parameter, and `params` has a schema for it. */
  readonly path: string;
  /** One line for the docs. */
  readonly summary: string;
  /** What a client should know beyond that, for the docs. */
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
  /** Whether it needs an access token. `optional`: only if the row asks for it, and one that is not good is no harm before. */
  readonly auth: 'none' | 'optional' | 'access';
  /** Whether the sign-in behind the token must be as recent as `config.sensitiveMaxAge` says. */
  readonly sensitive?: true;
  /** Whether it takes the token of a session that has ended: to end it once more is no fault. */
  readonly acceptsRevoked?: true;
  /** Whether the client says, where it has the choice, how it wants the tokens of the session that begins. */
  readonly startsSession?: true;
  /**
   * With tokens in cookies: the cookies that these members of its body and of its answer are in. `mfa-setup` is that of
   * the challenge as long as MFA_SETUP is the one that is posed. Empty for a row that only leaves tokens in cookies.
   */
  readonly cookies?: {
    readonly session?: 'challenge' | 'mfa-setup' | 'sign-up';
    readonly refreshToken?: 'refresh';
    readonly device?: 'device';
  };
  /** For a `GET` that changes something: whose links may send a browser there. Nothing fetches it ahead. */
  readonly navigation?: NavigationFrom;
  /** Where a browser is sent with a refusal, in place of the problem. */
  refusedTo?(refusal: Problem, refused: Refused): string | undefined;
  /** Whether it sends the browser on with a 303: whatever it does, or where the tokens go into cookies. */
  readonly redirects?: 'always' | 'with-cookies';
  readonly rateLimit?: RateLimitClass;
  /** The class that its account is counted in, where a body costs more than the row's own class says. */
  accountLimit?(body: Body): RateLimitClass | undefined;
  /** The body's schema; a row without one takes no body. */
  body?(settings: Settings): Joi.ObjectSchema | Variants;
  /** The schema of the path's parameters. */
  params?(settings: Settings): Joi.ObjectSchema;
  /** The query's schema; a row without one takes no notice of a query. */
  query?(settings: Settings): Joi.ObjectSchema;
  /** The names of the account a request is about, for its rate limit. With an access token that is its `sub`. */
  accounts?(body: Body): readonly string[];
  /** The sign-in session whose attempts are counted. */
  attempt?(body: Body): string | undefined;
  readonly maskedErrors?: MaskedErrors;
  /** What it keeps to itself besides, by what was asked. */
  maskedErrorsOf?(body: Body, settings: Settings): MaskedErrors | undefined;
  /** The codes it can answer with, beside those that every endpoint can (`commonErrors`). */
  readonly errors: readonly ProblemCode[];
  /** The schema of a 200, if there can be one, as JSON Schema 2020-12; `$ref` may name `#/components/schemas/*` of `openapi-components.ts`. */
  readonly response: object;
  readonly example: {
    readonly params?: Readonly<Record<string, string>>;
    readonly request?: object;
    readonly response: object;
  };
}

/** A row that is one SDK call. */
export interface CommandEndpoint<Body, O extends OperationName = OperationName>
  extends EndpointDefinition<Body> {
  readonly command: O;
  /** Whether Cognito can be asked again after a fault with nothing done twice. Default: false. */
  readonly safeToRepeat?: boolean;
  toInput(body: Body, call: HandlerContext): Operations[O]['input'];
  toResponse(output: Operations[O]['output'], call: HandlerContext, body: Body): object;
}

/** A row that is more than one SDK call, or none. `operations` says which ones it may make. */
export interface HandlerEndpoint<Body> extends EndpointDefinition<Body> {
  readonly operations: readonly OperationName[];
  handle(body: Body, call: HandlerContext): Promise<object>;
}

export type Endpoint<Body = never> = CommandEndpoint<Body> | HandlerEndpoint<Body>;

/** Whether requests have audit events: those that change or prove something. */
export function isAudited({ rateLimit }: Endpoint): boolean {
  return rateLimit !== undefined && rateLimit !== 'read';
}

/** What a client gives to be refreshed. */
export interface RefreshRequest {
  readonly refreshToken: string;
  readonly username?: string | undefined;
  readonly device?: GivenDevice | undefined;
}
