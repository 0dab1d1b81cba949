import type { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import type { Store } from 'express-rate-limit';
import type { Logger } from 'pino';
import type { OnProblem } from '../shared/problem.ts';
import type { BodyOptions } from './body-options.ts';
import type { ClientSecretSource } from './client-secret.ts';
import type { CognitoRequestsPerSecond } from './cognito-quotas.ts';
import type { EndpointName, RateLimitClass } from './endpoint-names.ts';
import type { OnEvent } from './events.ts';
import type { Hooks } from './hooks.ts';
import type { ImportSessionsOptions } from './import-sessions.ts';
import type { IntrospectOptions } from './introspection.ts';
import type { ManagedLoginOptions } from './managed-login.ts';
import type { PasswordBlocklistOptions } from './password-blocklist.ts';
import type { ProfileOptions } from './profile-claims.ts';
import type { RefreshOptions } from './refresh.ts';
import type { RememberDevices } from './remember-devices.ts';
import type { RevocationOptions } from './revocation.ts';
import type { TransportOptions } from './transport.ts';

/** The kind of name that users sign in with. It is also the member's name in request bodies. */
export type SignInName = 'email' | 'phoneNumber' | 'username';

/** A limit on the number of requests. */
export interface RateLimit {
  /** Requests allowed in one window, per client address or per account. */
  limit: number;
  /** Length of the window in milliseconds, at least 1000. */
  windowMs: number;
}

/** The user pool's password policy, in Cognito's terms. A rule that is left out is not checked. */
export interface PasswordPolicy {
  /** Minimum number of characters, 6 to 99. Default: 1. */
  minimumLength?: number;
  /** Requires a lowercase letter. Default: `false`. */
  requireLowercase?: boolean;
  /** Requires an uppercase letter. Default: `false`. */
  requireUppercase?: boolean;
  /** Requires a digit. Default: `false`. */
  requireNumbers?: boolean;
  /** Requires a special character from Cognito's list. Default: `false`. */
  requireSymbols?: boolean;
}

/** The options of the rate limiters. */
export interface RateLimitsConfig {
  /**
   * Limits per client address (IPv6: per /56), for each class of endpoint.
   * Default: `signIn` 100 in 15 minutes, `code` 50 in 60 minutes, `write` 120 and `read` 300 in one minute.
   */
  address?: Partial<Record<RateLimitClass, RateLimit>>;
  /**
   * Limits per account, for each class of endpoint. A refresh counts for its session, and only if it reaches Cognito.
   * Default: `signIn` 10 in 15 minutes, `code` 5 in 60 minutes, `write` 30 and `read` 120 in one minute.
   */
  account?: Partial<Record<RateLimitClass, RateLimit>>;
  /** Maximum number of answers to one challenge session, 1 to 100. Cognito sets no limit. Default: 5. */
  challengeAttempts?: number;
  /**
   * Creates the store of one limiter. Each limiter calls it once, with a unique prefix and the length of its window.
   * Default: in memory, per process.
   */
  store?: (limiter: { prefix: string; windowMs: number }) => Store;
  /**
   * Key of the HMAC under which accounts and addresses are stored, at least 16 characters. No store ever holds an
   * e-mail address. Required with `store`, unless `clientSecret` is a string. Default: derived from `clientSecret` if
   * that is a string, else random per process.
   */
  secret?: string | undefined;
  /**
   * Handling of requests while the store is unavailable: `'deny'` answers 503, `'allow'` serves them without a limit.
   * Default: `'deny'` for the classes `signIn` and `code`, `'allow'` for `write` and `read`.
   */
  onUnavailable?: 'allow' | 'deny';
}

/** The options of `createCognitoRouter`. */
export interface Config extends TransportOptions, ManagedLoginOptions, ProfileOptions, BodyOptions {
  /** The user pool ID, such as `us-east-1_AbCdEfGhI`. Required. Default: `COGNITO_USER_POOL_ID`. */
  userPoolId?: string | undefined;
  /** The ID of an app client of the user pool. Required. Default: `COGNITO_CLIENT_ID`. */
  clientId?: string | undefined;
  /**
   * The app client's secret, or a function that reads it, such as `secretsManagerSecret(arn)` for a secret that
   * rotates. The value that a function returns is cached, and read again when Cognito refuses it. Default:
   * `COGNITO_CLIENT_SECRET`, else the secret of the ARN in `COGNITO_CLIENT_SECRET_ARN`, else none.
   */
  clientSecret?: string | ClientSecretSource | undefined;
  /**
   * The URL of a server in place of AWS, such as the local user pool, or another name of Cognito's API, such as a FIPS
   * or VPC endpoint. `AWS_ENDPOINT_URL` is ignored. Default: `COGNITO_ENDPOINT`, else AWS.
   */
  endpoint?: string | undefined;
  /**
   * The accepted `iss` claim of the user pool's tokens, or a list of them.
   * Default: both forms that AWS uses; with an `endpoint` that is no name of AWS, `<endpoint>/<userPoolId>`.
   */
  issuer?: string | readonly string[];
  /** The URL of the user pool's signing keys. Default: `<issuer>/.well-known/jwks.json`. */
  jwksUri?: string | undefined;
  /** The signing keys, as a JSON Web Key Set. With it, no keys are fetched. Default: fetched from `jwksUri`. */
  jwks?: {
    /** Public keys in the form of RFC 7517. */
    keys: readonly object[];
  };
  /**
   * The kind of name that users sign in with, as configured in the user pool, or a list of kinds. Default: `'email'`.
   */
  signInWith?: SignInName | readonly SignInName[];
  /**
   * The authentication flow of `POST /sign-in`. The app client must allow it, as `ALLOW_<flow>`.
   *
   * - `USER_PASSWORD_AUTH` sends the password to Cognito over TLS.
   * - `USER_SRP_AUTH` proves the password without sending it, for app clients that allow only SRP.
   * - `USER_AUTH` lets users choose the first factor: a password, a code by e-mail or SMS, or a passkey.
   * - `CUSTOM_AUTH` runs the user pool's custom authentication triggers, after the password if one is sent.
   * - `ADMIN_USER_PASSWORD_AUTH` needs AWS credentials: those that the SDK finds, or those of `cognitoClient`.
   *
   * Default: `'USER_PASSWORD_AUTH'`.
   */
  authFlow?: AuthFlow;
  /** Lets `POST /sign-up` create accounts without a password, for codes and passkeys. Default: `false`. */
  passwordless?: boolean;
  /**
   * Signs users in at `POST /confirm-sign-up` if they send the `session` of `POST /sign-up`. The app client must allow
   * `ALLOW_USER_AUTH`. Default: `false`.
   */
  autoSignIn?: boolean;
  /**
   * Set it if the user pool's pre sign-up trigger confirms every account (`autoConfirmUser`), so no code is sent.
   * `POST /sign-up` then answers `confirmed`, for existing accounts too. Default: `false`.
   */
  autoConfirmUser?: boolean;
  /**
   * Ends the user's other sessions when the password is changed, and all of them when it is reset as far as `adminSignOut`
   * allows. Cognito does not. Default: `true`.
   */
  passwordChangeEndsSessions?: boolean;
  /**
   * Allows the AWS operations AdminUserGlobalSignOut and AdminGetUser, which end the user's sessions after a password
   * reset and in `endUser`. The server needs AWS credentials for them. Default: `true` with `ADMIN_USER_PASSWORD_AUTH`, otherwise `false`.
   */
  adminSignOut?: boolean;
  /**
   * Prevents account enumeration: answers are the same whether or not an account exists, regardless of the app client's
   * PreventUserExistenceErrors. Default: `true`.
   */
  concealUserExistence?: boolean;
  /**
   * The user pool's password policy. With it, the kit checks new passwords before Cognito does and reports every
   * violation at once, for existing and unknown accounts alike. Default: none; only Cognito checks.
   */
  passwordPolicy?: PasswordPolicy;
  /**
   * Lists of passwords that users may not choose, at sign-up and wherever a password changes. The answer is 400
   * `password_blocked`, for every account alike. Default: none.
   */
  passwordBlocklist?: PasswordBlocklistOptions;
  /**
   * The user attributes that clients may set. List each `custom:*` attribute by name. `sub`, `email_verified` and
   * `phone_number_verified` are not allowed. Default: the standard attributes of OpenID Connect.
   */
  writableAttributes?: readonly string[];
  /** The service name in authenticator apps, 64 characters at most, without a colon. Default: the API's host name. */
  totpIssuer?: string;
  /**
   * Maximum age of the sign-in, in seconds, for sensitive operations: deleting the account, changing an e-mail address,
   * a phone number or a sign-in name, setting up an authenticator app, disabling a second factor, adding or deleting a
   * passkey, and setting a first password. A refresh does not count as a sign-in. An older sign-in is answered with 401
   * `insufficient_user_authentication`. `false` or 0 to disable. Default: 300.
   */
  sensitiveMaxAge?: number | false;
  /**
   * Whether the device of a browser is remembered, if the user pool tracks devices. A remembered device replaces the
   * second factor. With tokens in cookies, the kit confirms the new device of a sign-in itself, because Cognito refuses
   * to refresh its session otherwise. It keeps the device's secret in a cookie.
   *
   * - `ask`: the sign-in has a `newDevice`, and the device is remembered when the client asks for it at
   *   `POST /devices` or `PATCH /devices/:key`.
   * - `always` remembers every device.
   * - `never` remembers none, and refuses clients that ask for it.
   *
   * It takes precedence over the pool's own setting. Requires `transport: 'cookie'` or `'both'`; a client with bearer
   * tokens confirms its devices itself. Default: `'ask'`.
   */
  rememberDevices?: RememberDevices;
  /**
   * Other paths for endpoints (`{ signUp: '/register' }`), with the same `:parameters` as the default path; or `false`
   * to switch an endpoint off. Default: `{}`.
   */
  routes?: Partial<Record<EndpointName, string | false>>;
  /**
   * Lets `GET /health?deep` check Cognito, the signing keys and the stores, and answer which endpoints depend on each. Every
   * client can read the answer, unless a hook before `health` refuses it. Default: `false`.
   */
  deepHealth?: boolean;
  /**
   * Serves a page that shows the OpenAPI document, and on which people can send requests: `true` for `/docs`, or another path,
   * below the router's own. Requires the package `swagger-ui-dist`. Default: `false`.
   */
  docs?: boolean | string;
  /**
   * Revocation: tokens of a session that was signed out are refused at once. `false` to disable; such tokens are then
   * accepted until they expire. Default: `{}`, in memory.
   */
  revocation?: RevocationOptions | false;
  /**
   * Single-flight refresh: concurrent requests with the same refresh token share one call to Cognito.
   * Default: `{ reuseWindowSeconds: 10 }`, in memory.
   */
  refresh?: RefreshOptions;
  /**
   * Refreshes an expired access cookie within the same request, in `router.requireAuth` and in endpoints that need a
   * token. Requires `transport: 'cookie'` or `'both'`. Default: `false`.
   */
  autoRefresh?: boolean;
  /**
   * Adds `POST /import-session`, which puts the session of a refresh token into cookies. For a migration from pages that
   * kept their tokens in the storage of the browser, with the same app client. `{ until }` ends it by itself. Requires
   * `transport: 'cookie'` or `'both'`. Default: `false`.
   */
  importSessions?: boolean | ImportSessionsOptions;
  /**
   * Introspection: `router.requireAuth` asks Cognito (GetUser) whether the token is still valid, and caches the answer.
   * It detects users disabled by an administrator and sessions revoked by other apps before the token expires.
   * Tokens need the scope `aws.cognito.signin.user.admin`. Default: `false`.
   */
  introspect?: boolean | IntrospectOptions;
  /**
   * Clock skew in seconds that the checks of tokens and of `maxAge` allow for, 300 at most. Revocations use Cognito's
   * own clock. Default: 0.
   */
  clockToleranceSeconds?: number | undefined;
  /** Rate limits, or `false` to disable all but the limit on challenge attempts. Default: `{}`. */
  rateLimits?: RateLimitsConfig | false;
  /**
   * Keeps this router's calls below Cognito's request quotas: a number per second, 0.1 to 10,000, for each category of
   * operations. Several instances divide the quota of the AWS account among themselves. A call over the rate waits for
   * a second at most; beyond that, the answer is 429 `rate_limited` with `Retry-After`, without a call. A category that
   * is left out has no maximum. Default: none; only Cognito throttles.
   */
  cognitoRequestsPerSecond?: CognitoRequestsPerSecond;
  /** Time limits in milliseconds. An exceeded limit is answered with 503 or 504. */
  timeouts?: {
    /** For connecting to Cognito. Default: 2000. */
    connect?: number;
    /** For all calls of one request to Cognito together, including the response bodies. Default: 5000. */
    call?: number;
    /** For each hook. Default: 5000. */
    hook?: number;
  };
  /**
   * Sends the client's IP address to threat protection. The address is Express's `req.ip`, which depends on `trust
   * proxy`. Requires an app client with a secret and EnablePropagateAdditionalUserContextData. Default: `false`.
   */
  sendIpAddress?: boolean;
  /**
   * The keys that clients may send as `clientMetadata`, 50 at most. The values reach the user pool's Lambda triggers,
   * which must treat them as untrusted input. A before hook may send any key. Default: none.
   */
  allowedClientMetadata?: readonly string[];
  /** Functions that run before an endpoint, for what has happened, and for the response. Default: none. */
  hooks?: Hooks;
  /** Receives every audit event. It cannot change or delay the response. Default: none. */
  onEvent?: OnEvent;
  /** Sends error responses in place of the kit. Default: `application/problem+json` (RFC 9457). */
  onError?: OnProblem;
  /** The pino logger, or `false` to disable logging. Default: a new logger at level `info`, to standard output. */
  logger?: Logger | false;
  /**
   * An SDK client in place of the kit's, with its own region, sockets and timeouts. Set `maxAttempts: 1`, because
   * retrying a sign-up or a code is not safe. The size of its responses is not limited. Default: a new client.
   */
  cognitoClient?: CognitoIdentityProviderClient;
  /**
   * Sends every call of the kit through the AWS SDK's middleware, for tools that trace the SDK. A call then takes about
   * twice the CPU time. Signed calls, and those of `cognitoClient`, always go through it. Default:
   * `COGNITO_SDK_MIDDLEWARE`, else `false`.
   */
  sdkMiddleware?: boolean;
}

/** The authentication flows of `POST /sign-in`. The app client must allow the flow. */
export const AUTH_FLOW_NAMES = [
  'USER_PASSWORD_AUTH',
  'USER_SRP_AUTH',
  'USER_AUTH',
  'CUSTOM_AUTH',
  'ADMIN_USER_PASSWORD_AUTH',
] as const;
export type AuthFlow = (typeof AUTH_FLOW_NAMES)[number];
