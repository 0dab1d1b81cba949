import type { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import type { Logger } from 'pino';
import { checkOptionNames, isObject, optionError, quote } from '../shared/option-errors.ts';
import type { OnProblem } from '../shared/problem.ts';
import { type BodySettings, parseBodyOptions } from './body-options.ts';
import type { ClientSecretSource } from './client-secret.ts';
import { parseClockTolerance } from './clock-tolerance.ts';
import type { CognitoRequestsPerSecond } from './cognito-quotas.ts';
import { parseDocsPath } from './docs-page.ts';
import { type EndpointName, RATE_LIMIT_CLASSES, type RateLimitClass } from './endpoint-names.ts';
import type { OnEvent } from './events.ts';
import type { Hooks } from './hooks.ts';
import { type ImportSessionsSettings, parseImportSessions } from './import-sessions.ts';
import { type IntrospectOptions, parseIntrospect } from './introspection.ts';
import { isLoopback } from './loopback.ts';
import { type ManagedLoginSettings, parseManagedLogin } from './managed-login.ts';
import { checkOptions, OPTION_NAMES } from './option-checks.ts';
import type { AuthFlow, Config, PasswordPolicy, RateLimit, RateLimitsConfig, SignInName } from './options.ts';
import { ROUTER_OTHER_NAMES } from './other-names.ts';
import { type PasswordBlocklistOptions, parsePasswordBlocklist } from './password-blocklist.ts';
import { type ProfileSettings, parseProfileClaims } from './profile-claims.ts';
import { parseRefresh, type RefreshSettings } from './refresh.ts';
import { parseRememberDevices, type RememberDevices } from './remember-devices.ts';
import { parseRevocation, type RevocationOptions } from './revocation.ts';
import { secretsManagerSecret } from './secrets-manager.ts';
import { STANDARD_ATTRIBUTES } from './standard-attributes.ts';
import { parseTransport, refuseWithoutCookies, type TransportSettings } from './transport.ts';
import { apiHost, awsRegionOf, regionOf, userPoolIdError } from './user-pool-id.ts';

/** The configuration after parsing: complete, validated and frozen. */
export interface Settings extends TransportSettings, ManagedLoginSettings, BodySettings {
  /** Undefined without `profileClaims`. */
  readonly profile: ProfileSettings | undefined;
  readonly userPoolId: string;
  readonly clientId: string;
  readonly clientSecret: string | ClientSecretSource | undefined;
  readonly region: string;
  readonly endpoint: string | undefined;
  /** The host of Cognito's API, for log hints. Undefined with `cognitoClient`, which has its own. */
  readonly cognitoHost: string | undefined;
  readonly issuer: readonly string[] | undefined;
  readonly jwksUri: string | undefined;
  readonly jwks: { keys: readonly object[] } | undefined;
  readonly signInWith: readonly SignInName[];
  readonly authFlow: AuthFlow;
  readonly passwordless: boolean;
  readonly autoSignIn: boolean;
  readonly autoConfirmUser: boolean;
  readonly passwordChangeEndsSessions: boolean;
  readonly adminSignOut: boolean;
  readonly concealUserExistence: boolean;
  readonly passwordPolicy: Readonly<PasswordPolicy>;
  readonly passwordBlocklist: PasswordBlocklistOptions | undefined;
  readonly writableAttributes: readonly string[];
  readonly totpIssuer: string | undefined;
  readonly sensitiveMaxAge: number | false;
  readonly revocation: RevocationOptions | false;
  readonly refresh: RefreshSettings;
  readonly autoRefresh: boolean;
  /** Undefined if sessions are not imported. */
  readonly importSessions: ImportSessionsSettings | undefined;
  readonly introspect: IntrospectOptions | false;
  readonly clockToleranceSeconds: number;
  readonly rememberDevices: RememberDevices;
  readonly routes: Readonly<Partial<Record<EndpointName, string | false>>>;
  readonly deepHealth: boolean;
  /** Undefined without the docs page. */
  readonly docsPath: string | undefined;
  readonly rateLimits: RateLimitSettings;
  /** Undefined without a maximum. */
  readonly cognitoRequestsPerSecond: Readonly<CognitoRequestsPerSecond> | undefined;
  readonly timeouts: { readonly connect: number; readonly call: number; readonly hook: number };
  readonly sendIpAddress: boolean;
  readonly allowedClientMetadata: readonly string[];
  readonly hooks: Hooks;
  readonly onEvent: OnEvent | undefined;
  readonly onError: OnProblem | undefined;
  readonly logger: Logger | false | undefined;
  readonly cognitoClient: CognitoIdentityProviderClient | undefined;
  readonly sdkMiddleware: boolean;
}

export type LimitTable = Readonly<Record<RateLimitClass, Readonly<RateLimit>>>;

export interface RateLimitSettings {
  readonly enabled: boolean;
  readonly address: LimitTable;
  readonly account: LimitTable;
  readonly challengeAttempts: number;
  readonly store: RateLimitsConfig['store'];
  readonly secret: string | undefined;
  readonly onUnavailable: 'allow' | 'deny' | undefined;
}

const MINUTE = 60_000;

/**
 * The limits per account are stricter than Cognito's limits per user. Otherwise Cognito's own limit would reveal which
 * accounts exist.
 */
export const DEFAULT_RATE_LIMITS: Readonly<Record<'address' | 'account', LimitTable>> = {
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

/** Parses the options. Throws a `TypeError` that quotes the invalid value and says how to fix it. */
export function parseConfig(config: Config = {}, env: NodeJS.ProcessEnv = process.env): Settings {
  const given: Config = config;
  if (!isObject(config)) {
    throw optionError(
      'createCognitoRouter',
      `createCognitoRouter was called with ${quote(config)}; pass an object of options, or nothing`,
    );
  }
  checkOptionNames('createCognitoRouter', config, OPTION_NAMES, ROUTER_OTHER_NAMES);
  const {
    userPoolId = env.COGNITO_USER_POOL_ID || undefined,
    clientId = env.COGNITO_CLIENT_ID || undefined,
    endpoint = env.COGNITO_ENDPOINT || undefined,
    clientSecret = secretFrom(env, endpoint),
  } = given;
  const poolError = userPoolIdError(userPoolId);
  if (poolError !== undefined) throw optionError('userPoolId', poolError);
  if (userPoolId === undefined || clientId === undefined) {
    throw optionError(
      'clientId',
      'clientId is missing; set the option, or COGNITO_CLIENT_ID, to the app client\'s "Client ID"',
    );
  }
  refuseSecretArn(clientSecret);
  const complete = { ...given, userPoolId, clientId, clientSecret, endpoint };
  checkOptions(complete);

  const transport = parseTransport(given);
  const rateLimits = given.rateLimits === false ? {} : (given.rateLimits ?? {});
  // A key derived from a rotating secret would change with each rotation.
  const limitsSecret = rateLimits.secret ?? (typeof clientSecret === 'string' ? clientSecret : undefined);
  if (rateLimits.store && !limitsSecret) {
    throw optionError(
      'rateLimits.secret',
      'rateLimits.secret is missing; a shared store needs the same secret on every instance: write a random string of 16 characters or more',
    );
  }
  if (given.sendIpAddress && clientSecret === undefined) {
    throw optionError(
      'sendIpAddress',
      'sendIpAddress is true without clientSecret; Cognito accepts addresses only from an app client with a secret and EnablePropagateAdditionalUserContextData: set clientSecret, or remove sendIpAddress',
    );
  }
  if (given.autoRefresh) refuseWithoutCookies(given.transport ?? 'bearer', 'autoRefresh');
  if (given.managedLogin?.idpInitiated) {
    refuseWithoutCookies(given.transport ?? 'bearer', 'managedLogin.idpInitiated');
  }
  // Copied, because the caller may change the options later.
  return Object.freeze({
    userPoolId,
    clientId,
    clientSecret,
    region: (endpoint && awsRegionOf(endpoint)) || regionOf(userPoolId),
    endpoint: endpoint?.replace(/\/+$/, ''),
    cognitoHost:
      given.cognitoClient === undefined
        ? new URL(endpoint ?? `https://${apiHost(regionOf(userPoolId))}`).host
        : undefined,
    issuer: given.issuer === undefined ? undefined : toList(given.issuer),
    jwksUri: given.jwksUri,
    jwks: given.jwks,
    signInWith: toList(given.signInWith ?? 'email'),
    authFlow: given.authFlow ?? 'USER_PASSWORD_AUTH',
    passwordless: given.passwordless ?? false,
    autoSignIn: given.autoSignIn ?? false,
    autoConfirmUser: given.autoConfirmUser ?? false,
    passwordChangeEndsSessions: given.passwordChangeEndsSessions ?? true,
    adminSignOut: given.adminSignOut ?? given.authFlow === 'ADMIN_USER_PASSWORD_AUTH',
    concealUserExistence: given.concealUserExistence ?? true,
    passwordPolicy: Object.freeze({ ...given.passwordPolicy }),
    passwordBlocklist: parsePasswordBlocklist(given.passwordBlocklist),
    writableAttributes: toList(given.writableAttributes ?? STANDARD_ATTRIBUTES),
    totpIssuer: given.totpIssuer,
    sensitiveMaxAge: (given.sensitiveMaxAge ?? 300) || false,
    rememberDevices: parseRememberDevices(given.rememberDevices, given.transport ?? 'bearer'),
    routes: Object.freeze({ ...given.routes }),
    deepHealth: given.deepHealth ?? false,
    docsPath: parseDocsPath(given.docs, given.routes),
    rateLimits: Object.freeze({
      enabled: given.rateLimits !== false,
      address: limitsOf('address', rateLimits),
      account: limitsOf('account', rateLimits),
      challengeAttempts: rateLimits.challengeAttempts ?? 5,
      store: rateLimits.store,
      secret: limitsSecret,
      onUnavailable: rateLimits.onUnavailable,
    }),
    cognitoRequestsPerSecond:
      given.cognitoRequestsPerSecond && Object.freeze({ ...given.cognitoRequestsPerSecond }),
    revocation: parseRevocation(given.revocation),
    refresh: parseRefresh(given.refresh),
    autoRefresh: given.autoRefresh ?? false,
    importSessions: parseImportSessions(given.importSessions, given.transport ?? 'bearer'),
    introspect: parseIntrospect(given.introspect),
    clockToleranceSeconds: parseClockTolerance(given.clockToleranceSeconds),
    ...transport,
    ...parseManagedLogin(given, transport.trustedOrigins),
    profile: parseProfileClaims(given, transport.transport),
    ...parseBodyOptions(given),
    timeouts: Object.freeze({ connect: 2000, call: 5000, hook: 5000, ...definedIn(given.timeouts) }),
    sendIpAddress: given.sendIpAddress ?? false,
    allowedClientMetadata: toList(given.allowedClientMetadata ?? []),
    hooks: Object.freeze({
      ...given.hooks,
      before: Object.freeze({ ...given.hooks?.before }),
      response: Object.freeze({ ...given.hooks?.response }),
    }),
    onEvent: given.onEvent,
    onError: given.onError,
    logger: given.logger,
    cognitoClient: given.cognitoClient,
    sdkMiddleware: given.sdkMiddleware ?? sdkMiddlewareFrom(env),
  });
}

function sdkMiddlewareFrom({ COGNITO_SDK_MIDDLEWARE: value }: NodeJS.ProcessEnv): boolean {
  if (!value || value === 'false') return false;
  if (value === 'true') return true;
  throw optionError(
    'sdkMiddleware',
    `COGNITO_SDK_MIDDLEWARE is ${quote(value)}; write true or false, or remove it`,
  );
}

function secretFrom(
  env: NodeJS.ProcessEnv,
  endpoint: string | undefined,
): string | ClientSecretSource | undefined {
  const { COGNITO_CLIENT_SECRET: secret, COGNITO_CLIENT_SECRET_ARN: arn } = env;
  if (secret && arn) {
    throw optionError(
      'clientSecret',
      'COGNITO_CLIENT_SECRET and COGNITO_CLIENT_SECRET_ARN are both set; remove one of them',
    );
  }
  if (!arn) return secret || undefined;
  // The local user pool also serves its secrets. A proxy of Cognito, or a PrivateLink endpoint, does not.
  const isLocal = endpoint !== undefined && URL.canParse(endpoint) && isLoopback(new URL(endpoint));
  return secretsManagerSecret(arn, isLocal ? { endpoint } : {});
}

function refuseSecretArn(clientSecret: unknown): void {
  if (typeof clientSecret !== 'string' || !clientSecret.startsWith('arn:')) return;
  throw optionError(
    'clientSecret',
    'clientSecret is an ARN; write clientSecret: secretsManagerSecret(arn), or set COGNITO_CLIENT_SECRET_ARN',
  );
}

function limitsOf(kind: 'address' | 'account', { [kind]: given = {} }: RateLimitsConfig): LimitTable {
  const limits = RATE_LIMIT_CLASSES.map((name) => [
    name,
    Object.freeze({ ...(given[name] ?? DEFAULT_RATE_LIMITS[kind][name]) }),
  ]);
  return Object.freeze(Object.fromEntries(limits) as LimitTable);
}

function definedIn(timeouts: Config['timeouts']): Partial<Settings['timeouts']> {
  return Object.fromEntries(Object.entries(timeouts ?? {}).filter(([, ms]) => ms !== undefined));
}

function toList<T>(value: T | readonly T[]): readonly T[] {
  return Object.freeze(Array.isArray(value) ? [...value] : [value as T]);
}
