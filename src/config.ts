import type { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import type { Store } from 'express-rate-limit';
import Joi from 'joi';
import type { Logger } from 'pino';
import { regionOf, userPoolIdError } from './cognito/user-pool-id.ts';
import type { EndpointName, RateLimitClass } from './endpoints/endpoint.ts';
import { ENDPOINT_NAMES, RATE_LIMIT_CLASSES } from './endpoints/endpoint.ts';
import type { OnEvent } from './events.ts';
import type { Hooks } from './hooks.ts';
import { checkOptionNames, optionError, quote } from './options.ts';
import type { OnProblem } from './problem.ts';

/** What a user signs in with; also the name of the member in request bodies. */
export type SignInName = 'email' | 'phoneNumber' | 'username';

/** How often something may be asked for. */
export interface RateLimit {
  /** Requests allowed in one window, from one client address or for one account. */
  limit: number;
  /** Length of the window in milliseconds. */
  windowMs: number;
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
   * e-mail address. Needed with a `store` of your own unless there is a `clientSecret`. Default: derived
   * from `clientSecret`, else random for each process.
   */
  secret?: string;
  /**
   * What happens to a request while the store is down. Default: `'deny'` (503) for the classes
   * `signIn` and `code`, `'allow'` for `write` and `read`.
   */
  onStoreError?: 'allow' | 'deny';
}

/** The options of `createCognitoRouter`. */
export interface Config {
  /** The user pool, such as `us-east-1_AbCdEfGhI`. Default: `COGNITO_USER_POOL_ID`. */
  userPoolId?: string;
  /** The app client in it. Default: `COGNITO_CLIENT_ID`. */
  clientId?: string;
  /** The app client's secret; leave it out for a client without one. Default: `COGNITO_CLIENT_SECRET`. */
  clientSecret?: string;
  /** A server to speak to in place of AWS, such as the local user pool. Default: `COGNITO_ENDPOINT`, else AWS. */
  endpoint?: string;
  /** The `iss` of the pool's tokens. Default: both forms that AWS uses, or `<endpoint>/<userPoolId>` with an `endpoint`. */
  issuer?: string | readonly string[];
  /** Where the pool's signing keys are. Default: `<issuer>/.well-known/jwks.json`. */
  jwksUri?: string;
  /** The signing keys themselves, so that none are fetched. Default: fetched from `jwksUri`. */
  jwks?: { keys: readonly object[] };
  /** What users sign in with, as the pool was set up: one name, or a list to accept any of them. Default: `'email'`. */
  signInWith?: SignInName | readonly SignInName[];
  /**
   * Answer alike for accounts that exist and that do not, whatever the app client's
   * PreventUserExistenceErrors says. Default: `true`.
   */
  concealUserExistence?: boolean;
  /**
   * The attributes that a client may set. `custom:*` attributes must be named one by one;
   * `email_verified` and `phone_number_verified` never can be. Default: the standard attributes.
   */
  writableAttributes?: readonly string[];
  /** Gives an endpoint another path (`{ signUp: '/register' }`) or switches it off (`{ signUp: false }`). */
  routes?: Partial<Record<EndpointName, string | false>>;
  /** The limiters' settings, or `false` to do without (the bound on challenge attempts stays). */
  rateLimits?: RateLimitsConfig | false;
  /** Milliseconds. */
  timeouts?: {
    /** To connect to Cognito. Default: 2000. */
    connect?: number;
    /** For all that one request does with Cognito, body included. Default: 5000. */
    call?: number;
  };
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
   * Give it `maxAttempts: 1`: repeating a sign-up or a code is not safe.
   */
  client?: CognitoIdentityProviderClient;
}

/** The parsed configuration: complete, checked and frozen. */
export interface Settings {
  readonly userPoolId: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly region: string;
  readonly endpoint: string | undefined;
  readonly issuer: string | readonly string[] | undefined;
  readonly jwksUri: string | undefined;
  readonly jwks: { keys: readonly object[] } | undefined;
  readonly signInWith: readonly SignInName[];
  readonly concealUserExistence: boolean;
  readonly writableAttributes: readonly string[];
  readonly routes: Readonly<Partial<Record<EndpointName, string | false>>>;
  readonly rateLimits: RateLimitSettings;
  readonly timeouts: { readonly connect: number; readonly call: number };
  readonly hooks: Hooks;
  readonly onEvent: OnEvent | undefined;
  readonly onError: OnProblem | undefined;
  readonly logger: Logger | false | undefined;
  readonly client: CognitoIdentityProviderClient | undefined;
}

export interface RateLimitSettings {
  readonly enabled: boolean;
  readonly address: Readonly<Record<RateLimitClass, RateLimit>>;
  readonly account: Readonly<Record<RateLimitClass, RateLimit>>;
  readonly challengeAttempts: number;
  readonly store: RateLimitsConfig['store'];
  readonly secret: string | undefined;
  readonly onStoreError: 'allow' | 'deny' | undefined;
}

/** The standard attributes a user may write about themselves (OpenID Connect Core 5.1, as Cognito has them). */
export const STANDARD_ATTRIBUTES: readonly string[] = [
  'address',
  'birthdate',
  'email',
  'family_name',
  'gender',
  'given_name',
  'locale',
  'middle_name',
  'name',
  'nickname',
  'phone_number',
  'picture',
  'preferred_username',
  'profile',
  'website',
  'zoneinfo',
];

const MINUTE = 60_000;

/**
 * The defaults for an account are stricter than Cognito's own limits per user, so that an account that
 * exists never answers differently from one that does not because Cognito has had enough of it.
 */
export const DEFAULT_RATE_LIMITS: Readonly<
  Record<'address' | 'account', Readonly<Record<RateLimitClass, RateLimit>>>
> = {
  address: {
    signIn: { limit: 100, windowMs: 15 * MINUTE },
    code: { limit: 50, windowMs: 60 * MINUTE },
    write: { limit: 120, windowMs: MINUTE },
    read: { limit: 300, windowMs: MINUTE },
  },
  account: {
    signIn: { limit: 10, windowMs: 15 * MINUTE },
    code: { limit: 5, windowMs: 60 * MINUTE },
    write: { limit: 30, windowMs: MINUTE },
    read: { limit: 120, windowMs: MINUTE },
  },
};

/** Longest delay that Node's timers take, in milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const url = Joi.string().uri({ scheme: ['https', 'http'] });
const rateLimit = Joi.object({
  limit: Joi.number().integer().min(1).required(),
  windowMs: Joi.number().integer().min(1000).max(MAX_TIMER_MS).required(),
});
const rateLimitTable = Joi.object(Object.fromEntries(RATE_LIMIT_CLASSES.map((name) => [name, rateLimit])));
const route = Joi.alternatives(Joi.valid(false), Joi.string().pattern(/^(\/[\w.:-]+)+$/));
const hookTable = Joi.object(Object.fromEntries(ENDPOINT_NAMES.map((name) => [name, Joi.function()])));
const signInName = Joi.valid('email', 'phoneNumber', 'username');

const configSchema = Joi.object({
  userPoolId: Joi.string(),
  clientId: Joi.string().pattern(/^[\w+]{1,128}$/),
  clientSecret: Joi.string().pattern(/^[\w+]{1,128}$/),
  endpoint: url,
  issuer: Joi.alternatives(url, Joi.array().items(url).min(1)),
  jwksUri: url,
  jwks: Joi.object({ keys: Joi.array().items(Joi.object().unknown()).required() }).unknown(),
  signInWith: Joi.alternatives(signInName, Joi.array().items(signInName).min(1).unique()),
  concealUserExistence: Joi.boolean(),
  writableAttributes: Joi.array().items(
    Joi.string()
      .max(32)
      .pattern(/^(custom:)?[\w.-]+$/)
      .invalid('email_verified', 'phone_number_verified', 'sub'),
  ),
  routes: Joi.object(Object.fromEntries(ENDPOINT_NAMES.map((name) => [name, route]))),
  rateLimits: Joi.alternatives(
    Joi.valid(false),
    Joi.object({
      address: rateLimitTable,
      account: rateLimitTable,
      challengeAttempts: Joi.number().integer().min(1).max(100),
      store: Joi.function(),
      secret: Joi.string().min(16),
      onStoreError: Joi.valid('allow', 'deny'),
    }),
  ),
  timeouts: Joi.object({
    connect: Joi.number().integer().min(1).max(MAX_TIMER_MS),
    call: Joi.number().integer().min(1).max(MAX_TIMER_MS),
  }),
  hooks: Joi.object({ before: hookTable, after: hookTable }),
  onEvent: Joi.function(),
  onError: Joi.function(),
  logger: Joi.alternatives(Joi.valid(false), Joi.object().unknown()),
  client: Joi.object().unknown(),
});

export const OPTION_NAMES: readonly string[] = Object.keys(configSchema.describe().keys as object);

/** What to write instead, by the option that is wrong. */
const HINTS: Readonly<Record<string, string>> = {
  clientId: 'write the "Client ID" of the app client as the AWS console shows it',
  clientSecret: 'write the "Client secret" of the app client as the AWS console shows it, or leave it out',
  endpoint: 'write a whole URL, such as "http://127.0.0.1:9229", or leave it out to use AWS',
  issuer: 'write a whole URL, as it stands in the tokens\' "iss" claim, or leave it out',
  jwksUri: 'write a whole URL, or leave it out',
  jwks: 'write a JSON Web Key Set, { keys: [...] }, or leave it out',
  signInWith: "write 'email', 'phoneNumber', 'username' or a list of them",
  writableAttributes:
    'write a list of attribute names such as "name" or "custom:plan"; email_verified, phone_number_verified and sub can never be written by a client',
  routes: 'write paths such as { signUp: "/register" }, or false to switch an endpoint off',
  rateLimits:
    'write { address, account, challengeAttempts, store, secret, onStoreError } as the README\'s "Limits" shows, or false',
  timeouts: 'write { connect, call } in whole milliseconds',
  hooks: 'write { before: { signUp: fn }, after: { signUp: fn } } with the names of endpoints',
  logger: 'write a pino logger, or false for no log',
  client: 'write a CognitoIdentityProviderClient of @aws-sdk/client-cognito-identity-provider',
  onEvent: 'write a function',
  onError: 'write a function (problem, req, res, next)',
  concealUserExistence: 'write true or false',
};

/** Reads and checks the configuration once. Throws a `TypeError` that quotes the wrong value and names the fix. */
export function parseConfig(config: Config = {}, env: NodeJS.ProcessEnv = process.env): Settings {
  if (config === null || typeof config !== 'object') {
    throw optionError(
      `createCognitoRouter was given ${quote(config)}; write an object of options, or nothing`,
    );
  }
  const withEnv = {
    ...config,
    userPoolId: config.userPoolId ?? (env.COGNITO_USER_POOL_ID || undefined),
    clientId: config.clientId ?? (env.COGNITO_CLIENT_ID || undefined),
    clientSecret: config.clientSecret ?? (env.COGNITO_CLIENT_SECRET || undefined),
    endpoint: config.endpoint ?? (env.COGNITO_ENDPOINT || undefined),
  };

  const { userPoolId, clientId } = withEnv;
  const poolError = userPoolIdError(userPoolId);
  if (poolError !== undefined) throw optionError(poolError);
  if (userPoolId === undefined || clientId === undefined) {
    throw optionError(
      'clientId is missing; set the option, or COGNITO_CLIENT_ID, to the app client\'s "Client ID"',
    );
  }
  checkOptionNames('createCognitoRouter', config, OPTION_NAMES);
  const { error } = configSchema.validate(withEnv, { convert: false });
  if (error) throw optionError(describeFault(error, withEnv));

  const rateLimits = withEnv.rateLimits === false ? {} : (withEnv.rateLimits ?? {});
  if (rateLimits.store && !rateLimits.secret && !withEnv.clientSecret) {
    throw optionError(
      'rateLimits.secret is missing; a store that is shared needs one secret on every instance: write a random string of 16 characters or more',
    );
  }
  return Object.freeze({
    userPoolId,
    clientId,
    clientSecret: withEnv.clientSecret,
    region: regionOf(userPoolId),
    endpoint: withEnv.endpoint?.replace(/\/+$/, ''),
    issuer: withEnv.issuer,
    jwksUri: withEnv.jwksUri,
    jwks: withEnv.jwks,
    signInWith: toList(withEnv.signInWith ?? 'email'),
    concealUserExistence: withEnv.concealUserExistence ?? true,
    writableAttributes: withEnv.writableAttributes ?? STANDARD_ATTRIBUTES,
    routes: withEnv.routes ?? {},
    rateLimits: {
      enabled: withEnv.rateLimits !== false,
      address: { ...DEFAULT_RATE_LIMITS.address, ...rateLimits.address },
      account: { ...DEFAULT_RATE_LIMITS.account, ...rateLimits.account },
      challengeAttempts: rateLimits.challengeAttempts ?? 5,
      store: rateLimits.store,
      secret: rateLimits.secret,
      onStoreError: rateLimits.onStoreError,
    },
    timeouts: { connect: withEnv.timeouts?.connect ?? 2000, call: withEnv.timeouts?.call ?? 5000 },
    hooks: withEnv.hooks ?? {},
    onEvent: withEnv.onEvent,
    onError: withEnv.onError,
    logger: withEnv.logger,
    client: withEnv.client,
  });
}

function describeFault(error: Joi.ValidationError, config: object): string {
  const detail = error.details[0];
  const path = detail?.path ?? [];
  const name = String(path[0] ?? 'config');
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], config);
  const shown = /secret/i.test(path.join('.')) ? 'a value of the wrong form' : quote(value);
  return `${path.join('.')} is ${shown}; ${HINTS[name] ?? 'see the README'}`;
}

function toList<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? [...value] : [value as T];
}
