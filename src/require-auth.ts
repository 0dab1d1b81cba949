import {
  AUTH_RULES,
  type AuthMiddleware,
  type AuthRules,
  createRequireAuth,
} from './auth/auth-middleware.ts';
import { createProfileFinder } from './auth/request-profile.ts';
import { createSessionControl } from './auth/session-control.ts';
import type { KeyFault } from './cognito/jwks.ts';
import { DEFAULT_CACHE_BOUNDS } from './cognito/token-cache.ts';
import { createTokenVerifier, type TokenVerifier, type VerifierSettings } from './cognito/token-verifier.ts';
import { type Jwks, type TrustedPool, trustedPool } from './cognito/trusted-pool.ts';
import { parseClockTolerance } from './config/clock-tolerance.ts';
import { cookieSecretCheck } from './config/cookie-secret.ts';
import { REQUIRE_AUTH_OTHER_NAMES } from './config/other-names.ts';
import { type ProfileOptions, parseProfileClaims } from './config/profile-claims.ts';
import { parseRevocation, type RevocationOptions } from './config/revocation.ts';
import {
  parseTransport,
  refuseIdTokenInCookies,
  TRANSPORT_OPTIONS,
  type TransportOptions,
} from './config/transport.ts';
import { parseUserPoolId } from './config/user-pool-id.ts';
import { tokenReader } from './cookies/presented-token.ts';
import { unreadCookieCheck } from './cookies/unread-cookie.ts';
import { createRevocations } from './session/revocation.ts';
import {
  checkOptionNames,
  isMissingValue,
  optionError,
  refuseRequest,
  stringList,
  wholeOption,
  wrongOption,
} from './shared/option-errors.ts';
import { processState } from './shared/process-state.ts';

export type { AuthMiddleware, AuthRules, CustomCheck } from './auth/auth-middleware.ts';
export { findAuth, getAuth } from './auth/request-auth.ts';
export { getProfile } from './auth/request-profile.ts';
export type { SessionControl, SessionReference, UserReference } from './auth/session-control.ts';
export type { EndWatchOptions, Verification } from './auth/verification.ts';
export type { CacheStats } from './cognito/token-cache.ts';
export type { KeyStats, TokenStats } from './cognito/token-verifier.ts';
export type { Jwks } from './cognito/trusted-pool.ts';
export type { CookieSecretOptions } from './config/cookie-secret.ts';
export type { ProfileOptions } from './config/profile-claims.ts';
export type { RevocationOptions, RevocationStore } from './config/revocation.ts';
export type { CookieOptions, Transport, TransportOptions } from './config/transport.ts';
/**
 * For `onError`, which may send the default response, and for `customCheck`, which may throw a
 * `ProblemError`.
 */
export {
  type FieldError,
  type OnProblem,
  type Problem,
  type ProblemBody,
  type ProblemCode,
  ProblemError,
  type ProblemOptions,
  problem,
  sendProblem,
} from './shared/problem.ts';
export { safeReturnTo } from './shared/same-origin-path.ts';
export type { Auth } from './tokens/auth.ts';
export type { TokenPayload, TokenUse } from './tokens/claims.ts';
export type { TokenHeader } from './tokens/decode.ts';
export type { Profile } from './tokens/profile.ts';

/** A trusted user pool. */
export interface PoolOptions {
  /** The user pool, such as `us-east-1_AbCdEfGhI`. Default: `COGNITO_USER_POOL_ID`. */
  userPoolId?: string | undefined;
  /**
   * The app client or app clients whose tokens are accepted. `null` accepts the tokens of every app client of
   * the pool, also those of other apps. Default: `COGNITO_CLIENT_ID`.
   */
  clientId?: string | readonly string[] | null | undefined;
  /**
   * The URL of a server in place of AWS, such as the local user pool. Its tokens have the issuer
   * `<endpoint>/<userPoolId>`, except at AWS. Default: `COGNITO_ENDPOINT`, else AWS.
   */
  endpoint?: string | undefined;
  /** The accepted `iss` claims. Default: both forms that AWS uses, or that of `endpoint`. */
  issuer?: string | readonly string[] | undefined;
  /**
   * The URL of the signing keys. `http://` is allowed for loopback and private hosts only. Default:
   * `<issuer>/.well-known/jwks.json`.
   */
  jwksUri?: string | undefined;
  /**
   * The signing keys. No keys are fetched then, and a key rotation needs new options. Default: fetched from
   * `jwksUri`.
   */
  jwks?: Jwks | undefined;
}

/**
 * Bounds of the cache of verified tokens. Both apply; the least recently used token is evicted first. A token
 * of 1,000 characters, Cognito's usual length, takes 2.5 kB, one of 5,000 characters 9 to 13 kB.
 */
export interface CacheOptions {
  /** Tokens, 1 to 1,000,000. Default: 10,000. */
  maxEntries?: number | undefined;
  /** Bytes, 1,000,000 (1 MB) to 10,000,000,000. Default: 32,000,000. */
  maxBytes?: number | undefined;
}

/** The options of `requireAuth`. */
export interface RequireAuthOptions extends PoolOptions, AuthRules, TransportOptions, ProfileOptions {
  /**
   * Several trusted pools, instead of the options that describe one. Each needs `userPoolId` and `clientId`.
   */
  pools?: readonly PoolOptions[] | undefined;
  /** Clock skew in seconds that `exp`, `nbf` and `maxAge` allow for, 300 at most. Default: 0. */
  clockToleranceSeconds?: number | undefined;
  /**
   * The cache of verified tokens, which keeps each until it expires, for 5 minutes at most. Middleware with
   * the same settings shares it. `false` disables it. Default: `true`, which is `{}`.
   */
  cache?: boolean | CacheOptions | undefined;
  /**
   * Refuses the tokens of sessions that were signed out. The router and this middleware have to share a
   * store; within one process they do. `false` accepts every token until it expires. Default: `{}`.
   */
  revocation?: RevocationOptions | false | undefined;
}

const POOL_OPTIONS = ['userPoolId', 'clientId', 'endpoint', 'issuer', 'jwksUri', 'jwks'] as const;
const OPTIONS = [
  ...POOL_OPTIONS,
  'pools',
  ...AUTH_RULES,
  'clockToleranceSeconds',
  'cache',
  'revocation',
  ...TRANSPORT_OPTIONS,
  'profileClaims',
  'cookieSecret',
];

const CACHE_ENTRIES = [1, 1_000_000] as const;
const CACHE_BYTES = [1_000_000, 10_000_000_000] as const;

/**
 * Creates middleware that requires a valid token of the user pool, in `Authorization: Bearer` or in the
 * session cookie, and sets `req.auth`. It answers 400, 401 or 403 (RFC 6750), and 503 if the signing keys
 * cannot be fetched. An array is short for `{ pools: array }`.
 *
 * @throws TypeError for an invalid or missing option; the message says how to fix it
 * @example
 * app.get('/reports', requireAuth({ groups: 'admin' }), (req, res) => res.json(req.auth));
 */
export function requireAuth(options: RequireAuthOptions | readonly PoolOptions[] = {}): AuthMiddleware {
  refuseRequest('requireAuth', options);
  const given = isList(options) ? { pools: options } : options;
  if ((given as { autoRefresh?: unknown } | null)?.autoRefresh !== undefined) {
    throw optionError(
      'autoRefresh',
      'requireAuth has no option "autoRefresh"; write router.requireAuth({ autoRefresh: true }), with the router that createCognitoRouter returns: only it can ask Cognito',
    );
  }
  checkOptionNames('requireAuth', given, OPTIONS, REQUIRE_AUTH_OTHER_NAMES);
  const {
    userPoolId,
    clientId,
    endpoint,
    issuer,
    jwksUri,
    jwks,
    pools,
    clockToleranceSeconds,
    cache,
    revocation,
    transport,
    cookies,
    trustedOrigins,
    profileClaims,
    cookieSecret,
    ...rules
  } = given;
  const onePool = { userPoolId, clientId, endpoint, issuer, jwksUri, jwks };
  const tolerance = parseClockTolerance(clockToleranceSeconds);
  const trusted = pools === undefined ? [parsePool(onePool, process.env)] : parsePools(pools, onePool);
  const verifier = sharedVerifier({
    pools: trusted,
    clockToleranceSeconds: tolerance,
    cache: parseCache(cache),
  });
  const transportSettings = parseTransport({ transport, cookies, trustedOrigins });
  refuseIdTokenInCookies(rules.tokenUse, transportSettings.transport);
  if (cookieSecret !== undefined) cookieSecretCheck('cookieSecret', cookieSecret);
  const profile = parseProfileClaims({ profileClaims, cookieSecret }, transportSettings.transport);
  const revocations = createRevocations(parseRevocation(revocation), {
    refreshSeconds: transportSettings.cookies.refreshMaxAge,
  });
  return createRequireAuth(
    {
      verifier,
      clockToleranceSeconds: tolerance,
      revocation: revocations,
      sessionControl: createSessionControl({
        userPoolIds: trusted.map(({ userPoolId }) => userPoolId),
        revocations,
      }),
      readToken: tokenReader(transportSettings),
      findProfile:
        profile && createProfileFinder({ ...transportSettings, profile, verifier, revocation: revocations }),
      onMissing: unreadCookieCheck(transportSettings, (hint) => {
        process.emitWarning(`express-cognito-kit: ${hint}`, { code: 'COGNITO_KIT_COOKIE' });
      }),
    },
    rules,
  );
}

function isList(options: RequireAuthOptions | readonly PoolOptions[]): options is readonly PoolOptions[] {
  return Array.isArray(options);
}

function parsePools(pools: readonly PoolOptions[], onePool: PoolOptions): readonly TrustedPool[] {
  if (!Array.isArray(pools) || pools.length === 0) {
    throw wrongOption('pools', pools, 'write a list of pools, each { userPoolId, clientId }');
  }
  for (const name of POOL_OPTIONS) {
    if (onePool[name] !== undefined)
      throw optionError('pools', `${name} is set beside pools; write it inside each of them`);
  }
  const { COGNITO_ENDPOINT } = process.env;
  return pools.map((pool, index) => {
    checkOptionNames(`pools[${index}]`, pool, POOL_OPTIONS, REQUIRE_AUTH_OTHER_NAMES);
    // A single pool id in the environment cannot name several pools.
    return parsePool(pool, { COGNITO_ENDPOINT });
  });
}

function parsePool(options: PoolOptions, env: NodeJS.ProcessEnv): TrustedPool {
  const { clientId = env.COGNITO_CLIENT_ID || undefined, issuer, jwksUri, jwks } = options;
  return trustedPool({
    userPoolId: parseUserPoolId(options.userPoolId ?? (env.COGNITO_USER_POOL_ID || undefined)),
    clientIds: parseClientIds(clientId),
    endpoint: options.endpoint ?? (env.COGNITO_ENDPOINT || undefined),
    issuer,
    jwksUri,
    jwks,
  });
}

const CLIENT_ID = /^[\w+]{1,128}$/;

function parseClientIds(clientId: unknown): readonly string[] | null {
  if (clientId === undefined) {
    throw optionError(
      'clientId',
      'clientId is missing; set the option, or COGNITO_CLIENT_ID, to the "Client ID" of the app client, or write null to accept the tokens of every client of the pool',
    );
  }
  if (clientId === null) return null;
  const missing = [clientId].flat().find((id) => typeof id === 'string' && isMissingValue(id));
  if (missing !== undefined) throw wrongOption('clientId', missing, 'set the variable that it comes from');
  return stringList(
    'clientId',
    clientId,
    CLIENT_ID,
    'write the "Client ID" as the AWS console shows it, or a list of them',
  );
}

function parseCache(cache: RequireAuthOptions['cache'] = true): VerifierSettings['cache'] {
  if (cache === false) return false;
  if (cache === true) return DEFAULT_CACHE_BOUNDS;
  checkOptionNames('cache', cache, ['maxEntries', 'maxBytes']);
  const { maxEntries, maxBytes } = DEFAULT_CACHE_BOUNDS;
  return {
    maxEntries: wholeOption('cache.maxEntries', cache.maxEntries, CACHE_ENTRIES) ?? maxEntries,
    maxBytes: wholeOption('cache.maxBytes', cache.maxBytes, CACHE_BYTES) ?? maxBytes,
  };
}

/** The middleware has no log. */
function warnOfKeys({ hint }: KeyFault): void {
  process.emitWarning(`express-cognito-kit: ${hint}`, { code: 'COGNITO_KIT_KEYS' });
}

/** Weak references: a verifier lives as long as middleware that uses it. */
const verifiers: Map<string, WeakRef<TokenVerifier>> = processState('verifiers', () => new Map());

/** All routes of a pool share one set of keys and one cache. */
function sharedVerifier(settings: VerifierSettings): TokenVerifier {
  const key = JSON.stringify(settings);
  const known = verifiers.get(key)?.deref();
  if (known !== undefined) return known;
  const verifier = createTokenVerifier(settings, warnOfKeys);
  verifiers.set(key, new WeakRef(verifier));
  return verifier;
}
