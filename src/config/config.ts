import type { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import type { Store } from 'express-rate-limit';
import type { Logger } from 'pino';
import type { OnProblem } from '../shared/problem.ts';
import type { ClientSecretSource } from './client-secret.ts';
import type { EndpointName, RateLimitClass } from './endpoint-names.ts';
import type { OnEvent } from './events.ts';
import type { Hooks } from './hooks.ts';
import type { IntrospectOptions } from './introspection.ts';
import type { ManagedLoginOptions } from './managed-login.ts';
import type { RefreshOptions } from './refresh.ts';
import type { RevocationOptions } from './revocation.ts';
import type { TransportOptions } from './transport.ts';

/** What a user signs in with; also the name of the member in request bodies. */
export type SignInName = 'email' | 'phoneNumber' | 'username';

/** How often something may be asked for. */
export interface RateLimit {
  /** Requests allowed in one window, from one client address or for one account. */
  limit: number;
  /** Length of the window in milliseconds. */
  windowMs: number;
}

/** The pool's password policy, in Cognito's own terms. What is left out is not asked for. */
export interface PasswordPolicy {
  /** Characters. Default: 1. */
  minimumLength?: number;
  requireLowercase?: boolean;
  requireUppercase?: boolean;
  requireNumbers?: boolean;
  requireSymbols?: boolean;
}

export interface RateLimitsConfig {
  /** Per class of endpoint, per client address (IPv6: per /56). Default: see the README's table. */
  address?: Partial<Record<RateLimitClass, RateLimit>>;
  /** Per class of endpoint, per account. Default: see the README's table. */
  account?: Partial<Record<RateLimitClass, RateLimit>>;
  /** Answers that one challenge session may be tried with. Cognito does not bound them itself. Default: 5. */
  challengeAttempts?: number;
  /**
   * Makes the store of one limiter; called once for each, with a prefix of its own and its window.
   * Default: in memory, which counts for each process alone.
   */
  store?: (limiter: { prefix: string; windowMs: number }) => Store;
  /**
   * Keys the HMAC that stands for an account or address in the store, so that no store ever holds an
   * e-mail address. Needed with a `store` of your own unless `clientSecret` is a fixed one. Default: derived
   * from a fixed `clientSecret`, else random for each process.
   */
  secret?: string | undefined;
  /**
   * What happens to a request while the store is down. Default: `'deny'` (503) for the classes
   * `signIn` and `code`, `'allow'` for `write` and `read`.
   */
  onUnavailable?: 'allow' | 'deny';
}

/** The options of `createCognitoRouter`. */
export interface Config extends TransportOptions, ManagedLoginOptions {
  /** The user pool, such as `us-east-1_AbCdEfGhI`. Default: `COGNITO_USER_POOL_ID`. */
  userPoolId?: string | undefined;
  /** The app client in it. Default: `COGNITO_CLIENT_ID`. */
  clientId?: string | undefined;
  /**
   * The app client's secret; leave it out for a client without one. A secret that rotates is a function that reads it,
   * such as `secretsManagerSecret(arn)`: the value is cached, and read again when Cognito refuses it.
   * Default: `COGNITO_CLIENT_SECRET`, or the secret behind the ARN in `COGNITO_CLIENT_SECRET_ARN`.
   */
  clientSecret?: string | ClientSecretSource | undefined;
  /** A server to speak to in place of AWS, such as the local user pool. Default: `COGNITO_ENDPOINT`, else AWS. */
  endpoint?: string | undefined;
  /** The `iss` of the pool's tokens. Default: both forms that AWS uses, or `<endpoint>/<userPoolId>` with an `endpoint`. */
  issuer?: string | readonly string[];
  /** Where the pool's signing keys are. Default: `<issuer>/.well-known/jwks.json`. */
  jwksUri?: string | undefined;
  /** The signing keys themselves, so that none are fetched. Default: fetched from `jwksUri`. */
  jwks?: { keys: readonly object[] };
  /** What users sign in with, as the pool was set up: one name, or a list to accept any of them. Default: `'email'`. */
  signInWith?: SignInName | readonly SignInName[];
  /**
   * How users sign in. `USER_PASSWORD_AUTH` sends the password to Cognito over TLS; `USER_SRP_AUTH` proves it
   * instead, for app clients that allow nothing else; `USER_AUTH` lets users choose how to begin: with a password,
   * a code by e-mail or SMS, or a passkey; `CUSTOM_AUTH` asks the pool's own Lambda triggers, after the password if
   * one is sent; `ADMIN_USER_PASSWORD_AUTH` is for servers that have AWS credentials, which the SDK finds as it does,
   * or which `cognitoClient` has. The app client has to allow it, as `ALLOW_<flow>`.
   * Default: `'USER_PASSWORD_AUTH'`.
   */
  authFlow?: AuthFlow;
  /** Whether `POST /sign-up` takes accounts without a password, as a pool with codes or passkeys does. Default: `false`. */
  passwordless?: boolean;
  /**
   * Whether `POST /confirm-sign-up` signs in whoever brings the `session` of `POST /sign-up`. The app client has to
   * allow `ALLOW_USER_AUTH`. Default: `false`.
   */
  autoSignIn?: boolean;
  /**
   * Answer alike for accounts that exist and that do not, whatever the app client's
   * PreventUserExistenceErrors says. Default: `true`.
   */
  concealUserExistence?: boolean;
  /**
   * The pool's password policy, if the kit is to check new passwords before Cognito does: every fault is then
   * told at once, and for every account alike. Default: only Cognito checks.
   */
  passwordPolicy?: PasswordPolicy;
  /**
   * The attributes that a client may set. `custom:*` attributes must be named one by one;
   * `email_verified` and `phone_number_verified` never can be. Default: the standard attributes.
   */
  writableAttributes?: readonly string[];
  /** What authenticator apps show as the name of the service, without a colon. Default: the API's host name. */
  totpIssuer?: string;
  /**
   * How many seconds ago the sign-in behind a token may have been for what cannot be undone: to delete the account.
   * `false` or 0: however long ago. Default: 300.
   */
  sensitiveMaxAge?: number | false;
  /**
   * Gives an endpoint another path (`{ signUp: '/register' }`), with the same `:parameters` if it has some, or
   * switches it off (`{ signUp: false }`).
   */
  routes?: Partial<Record<EndpointName, string | false>>;
  /**
   * Makes a sign-out count at once: tokens are refused that would be good until they expire. `false` leaves it
   * to their expiry. Default: `{}`, remembered in memory.
   */
  revocation?: RevocationOptions | false;
  /**
   * How sessions are refreshed: once for all who come with the same refresh token at the same moment, or shortly
   * after. Default: `{ reuseWindowSeconds: 10 }`, in memory.
   */
  refresh?: RefreshOptions;
  /**
   * Whether a browser whose access cookie has expired is refreshed with its refresh cookie within the same request, by
   * `router.requireAuth` and by the endpoints that need a token. It needs `transport` `'cookie'` or `'both'`.
   * Default: `false`.
   */
  autoRefresh?: boolean;
  /**
   * Has `router.requireAuth` ask Cognito (GetUser) whether a token is still good, and believe the answer for some
   * seconds: so that what ends elsewhere, by an administrator or another app, is noticed before the token expires.
   * Tokens need the scope `aws.cognito.signin.user.admin`. Default: `false`.
   */
  introspect?: boolean | IntrospectOptions;
  /** The limiters' settings, or `false` to do without (the bound on challenge attempts stays). */
  rateLimits?: RateLimitsConfig | false;
  /** Milliseconds. */
  timeouts?: {
    /** To connect to Cognito. Default: 2000. */
    connect?: number;
    /** For all that one request does with Cognito, body included. Default: 5000. */
    call?: number;
  };
  /**
   * Tell the pool's threat protection the client's address, as Express sees it (`trust proxy` decides). Cognito takes
   * it only from an app client with a secret and EnablePropagateAdditionalUserContextData. Default: `false`.
   */
  sendIpAddress?: boolean;
  /**
   * The keys that a body's `clientMetadata` may have. It goes to the pool's Lambda triggers, which must not take it
   * for more than somebody's word. Default: none; a before hook can always send some.
   */
  allowedClientMetadata?: readonly string[];
  /** Functions of yours that run before and after an endpoint. */
  hooks?: Hooks;
  /** Is told every audit event; it cannot change or delay the answer. */
  onEvent?: OnEvent;
  /** Takes over every error answer. Default: `application/problem+json` (RFC 9457). */
  onError?: OnProblem;
  /** The pino logger to log under, or `false`. Default: a new one, level `info`, to standard output. */
  logger?: Logger | false;
  /**
   * An SDK client of your own, with its own region, sockets and time-outs.
   * Give it `maxAttempts: 1`: repeating a sign-up or a code is not safe. The size of its answers is not bounded.
   */
  cognitoClient?: CognitoIdentityProviderClient;
}

/** Authentication flows of `POST /sign-in`. The app client has to allow the flow. */
export const AUTH_FLOW_NAMES = [
  'USER_PASSWORD_AUTH',
  'USER_SRP_AUTH',
  'USER_AUTH',
  'CUSTOM_AUTH',
  'ADMIN_USER_PASSWORD_AUTH',
] as const;
export type AuthFlow = (typeof AUTH_FLOW_NAMES)[number];
