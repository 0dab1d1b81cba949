import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier';
import { JwtExpiredError } from 'aws-jwt-verify/error';
import { validateJwtFields } from 'aws-jwt-verify/jwt';
import type { JwtPayload } from 'aws-jwt-verify/jwt-model';
import { optionError, quote } from '../shared/option-errors.ts';
import { isProblem, type Problem, problem } from '../shared/problem.ts';
import type { Auth, Verdict } from '../tokens/auth.ts';
import { hasTokenClaims, type TokenPayload, type TokenUse } from '../tokens/claims.ts';
import { decodeToken, type TokenHeader } from '../tokens/decode.ts';
import {
  EXPIRED,
  NOT_ACCESS_TOKEN,
  NOT_ID_TOKEN,
  NOT_YET_VALID,
  UNKNOWN_KEY,
  WRONG_CLAIMS,
  WRONG_CLIENT,
  WRONG_ISSUER,
  WRONG_SIGNATURE,
} from '../tokens/refusals.ts';
import { TokenCounts } from '../tokens/token-counts.ts';
import { type KeyFault, type KeySource, RemoteKeys, type SoughtKey, staticKeys } from './jwks.ts';
import { isSignedBy } from './signature.ts';
import { type CacheStats, TokenCache, type TokenCacheBounds } from './token-cache.ts';
import type { TrustedPool } from './trusted-pool.ts';

export interface VerifierSettings {
  readonly pools: readonly TrustedPool[];
  /** Tolerated clock skew for `exp` and `nbf`, in seconds. */
  readonly clockToleranceSeconds: number;
  /** Limits of the cache of verified tokens, or `false` to disable it. */
  readonly cache: TokenCacheBounds | false;
}

/** Verifies the tokens of the configured pools. */
export interface TokenVerifier {
  /** Verifies a token. Synchronous unless keys must be fetched. Never throws and never rejects. */
  verify(token: string, tokenUse: TokenUse): Verdict | Promise<Verdict>;
  /** Applies every check but the signature. Returns the claims, or the problem that `verify` would return. */
  inspect(token: string, tokenUse: TokenUse): InspectedToken | Problem;
  /** Fetches the keys of every pool before the first request. Rejects if a pool's keys cannot be fetched. */
  ready(): Promise<void>;
  /** Counts the tokens that are judged, with their revocation. */
  readonly counts: TokenCounts;
  /** Whether the server of each pool's keys answers. Fetches the keys at most every two seconds. Never rejects. */
  probe(): Promise<boolean>;
  stats(): TokenStats;
  /** Stops fetching keys. */
  close(): void;
}

/** Counts of verified tokens, since the verifier was created. They contain no token and no user. */
export interface TokenStats {
  /** Accepted tokens. A token without a required group or scope counts as accepted. */
  readonly accepted: number;
  /**
   * Refused tokens by reason, such as `expired`, `revoked`, `unknown_key`, `wrong_issuer`, `wrong_client`, or the code of the
   * problem, such as `store_unavailable`. A request without a token does not count.
   */
  readonly refused: Readonly<Record<string, number>>;
  /** The cache of verified tokens. Null if it is disabled. */
  readonly cache: CacheStats | null;
  /** The signing keys of each pool. */
  readonly keys: readonly KeyStats[];
}

/** Counts of the signing keys of a user pool. */
export interface KeyStats {
  readonly userPoolId: string;
  /** Known keys. */
  readonly keys: number;
  /**
   * Seconds since the last successful fetch. Null for configured keys, and before the first fetch. Keys are fetched every
   * hour while tokens are verified.
   */
  readonly ageSeconds: number | null;
  readonly fetches: number;
  readonly failedFetches: number;
  /** The error of the last fetch, such as `ECONNREFUSED` or `HTTP 503`. Null if it succeeded. */
  readonly lastError: string | null;
}

/** A token that passes every check but the signature. Do not trust its content. */
export interface InspectedToken {
  readonly header: TokenHeader;
  readonly payload: TokenPayload;
}

/** A token that passes every check but the signature, and what it was checked against. */
interface Candidate extends InspectedToken {
  readonly tokenUse: TokenUse;
  readonly issuer: KnownIssuer;
}

interface KnownIssuer {
  readonly name: string;
  readonly clientIds: readonly string[] | null;
  readonly keys: KeySource;
  /** Keys of the pool's other issuers. */
  readonly otherKeys: readonly KeySource[];
  /** End of the time in which its tokens are refused without a fetch, on the monotonic clock. */
  refusedUntil: number;
  /** The exception of the fault that was last reported. */
  reported: string | undefined;
}

/**
 * Of AWS's two issuers, a user pool uses one, and the keys of the other one may not exist (403). An attacker can name
 * it. Short, because a 403 may also be an outage. In milliseconds.
 */
const ISSUER_REFUSED_MS = 60_000;

/** Receives a fault of the signing keys, once until it changes or ends. */
export type OnKeyFault = (fault: KeyFault) => void;

/** Maximum lifetime of a cache entry, in milliseconds. */
const MAX_CACHED_MS = 300_000;

export function createTokenVerifier(
  settings: VerifierSettings,
  onKeyFault: OnKeyFault = () => undefined,
): TokenVerifier {
  const { pools, clockToleranceSeconds } = settings;
  const cache = settings.cache === false ? undefined : new TokenCache(settings.cache);
  const counts = new TokenCounts();
  // Cached tokens must not outlive the withdrawal of their key.
  const known = knownIssuers(pools, () => cache?.clear());

  function verify(token: string, tokenUse: TokenUse): Verdict | Promise<Verdict> {
    const cached = cache?.get(token, Date.now());
    if (cached !== undefined) return cached.tokenUse === tokenUse ? cached : wrongUse(tokenUse);

    const candidate = inspect(token, tokenUse);
    if ('status' in candidate) return candidate;
    // After all other checks, because only a possibly genuine token is worth a fetch.
    const key = soughtKey(candidate.issuer, candidate.header.kid);
    return key instanceof Promise
      ? key.then((sought) => checkWith(sought, token, candidate))
      : checkWith(key, token, candidate);
  }

  function inspect(token: string, tokenUse: TokenUse): Candidate | Problem {
    const decoded = decodeToken(token);
    if ('status' in decoded) return decoded;
    const { header, payload } = decoded;
    if (!hasTokenClaims(payload)) return WRONG_CLAIMS;
    const issuer = known.get(payload.iss);
    if (issuer === undefined) return WRONG_ISSUER;
    const refusal = checkClaims(payload, tokenUse, issuer.clientIds, clockToleranceSeconds);
    return refusal ?? { header, payload, tokenUse, issuer };
  }

  function soughtKey(issuer: KnownIssuer, kid: string): SoughtKey | Problem | Promise<SoughtKey | Problem> {
    const known = issuer.keys.find(kid);
    if (known !== undefined) return known;
    if (performance.now() < issuer.refusedUntil) return WRONG_ISSUER;
    const sought = issuer.keys.seek(kid);
    return sought instanceof Promise
      ? sought.then((late) => withoutFault(issuer, late))
      : withoutFault(issuer, sought);
  }

  /** An issuer without keys is not the pool's if another one has keys. Any other fault is an outage. */
  function withoutFault(
    issuer: KnownIssuer,
    key: SoughtKey,
  ): SoughtKey | Problem | Promise<SoughtKey | Problem> {
    const { fault } = issuer.keys;
    if (typeof key !== 'number' || fault === undefined) {
      issuer.reported = undefined;
      return key;
    }
    if (fault.refused && issuer.otherKeys.length > 0) {
      return Promise.any(issuer.otherKeys.map((keys) => keys.ready())).then(
        () => {
          issuer.refusedUntil = performance.now() + ISSUER_REFUSED_MS;
          return WRONG_ISSUER;
        },
        () => reported(issuer, fault, key),
      );
    }
    return reported(issuer, fault, key);
  }

  function reported(issuer: KnownIssuer, fault: KeyFault, key: number): number {
    if (issuer.reported !== fault.exception) onKeyFault(fault);
    issuer.reported = fault.exception;
    return key;
  }

  function checkWith(key: SoughtKey | Problem, token: string, candidate: Candidate): Verdict {
    if (key === undefined) return UNKNOWN_KEY;
    if (typeof key === 'number') return keyNotFetched(key);
    if (isProblem(key)) return key;
    if (!isSignedBy(key.publicKey, token)) return WRONG_SIGNATURE;
    const refusal = refusalByAws(candidate, clockToleranceSeconds);
    if (refusal !== undefined) return refusal;
    const { header, payload } = candidate;
    const auth = toAuth(token, header, payload);
    cache?.set(auth, Math.min((payload.exp + clockToleranceSeconds) * 1000, Date.now() + MAX_CACHED_MS));
    return auth;
  }

  async function ready(): Promise<void> {
    await Promise.all(pools.map(poolIsReady));
  }

  async function poolIsReady({ userPoolId, issuers }: TrustedPool): Promise<void> {
    const sources = issuers.map(({ issuer }) => known.get(issuer)?.keys.ready());
    // One is enough, because it is unknown which of AWS's two issuers the pool uses.
    await Promise.any(sources).catch(({ errors }: AggregateError) => {
      throw new Error(`The keys of the user pool ${userPoolId} cannot be fetched.`, { cause: errors[0] });
    });
  }

  function stats(): TokenStats {
    return { ...counts.snapshot(), cache: cache?.stats() ?? null, keys: pools.map(keyStats) };
  }

  function sourcesOf({ issuers }: TrustedPool): readonly KeySource[] {
    return [...new Set(issuers.flatMap(({ issuer }) => known.get(issuer)?.keys ?? []))];
  }

  /** AWS has two issuers for a pool, and a pool uses one. The other one may have no keys. */
  function keyStats(pool: TrustedPool): KeyStats {
    const { userPoolId } = pool;
    const all = sourcesOf(pool).map((source) => source.stats());
    const sum = (count: 'fetches' | 'failedFetches'): number =>
      all.reduce((total, each) => total + each[count], 0);
    const used = all.find(({ keys }) => keys > 0) ?? all.find(({ lastError }) => lastError !== null);
    const { keys = 0, ageSeconds = null, lastError = null } = used ?? {};
    return {
      userPoolId,
      keys,
      ageSeconds,
      fetches: sum('fetches'),
      failedFetches: sum('failedFetches'),
      lastError,
    };
  }

  async function probe(): Promise<boolean> {
    const answers = await Promise.all(
      pools.map(async (pool) => {
        const sources = sourcesOf(pool);
        const used = sources.filter(({ hasKeys }) => hasKeys);
        // One is enough, because it is unknown which of AWS's two issuers the pool uses.
        const asked = await Promise.all((used.length > 0 ? used : sources).map((keys) => keys.probe()));
        return asked.includes(true);
      }),
    );
    return !answers.includes(false);
  }

  function close(): void {
    for (const { keys } of known.values()) keys.close();
  }

  return { verify, inspect, ready, counts, probe, stats, close };
}

/** Returns the configured issuers by name. */
function knownIssuers(
  pools: readonly TrustedPool[],
  onWithdrawal: () => void,
): ReadonlyMap<string, KnownIssuer> {
  const known = new Map<string, KnownIssuer>();
  const remote = new Map<string, RemoteKeys>();
  for (const { clientIds, issuers, jwks } of pools) {
    const given = jwks && staticKeys(jwks);
    const ofPool: { readonly issuer: string; readonly keys: KeySource }[] = [];
    for (const { issuer, jwksUri } of issuers) {
      if (known.has(issuer)) {
        throw optionError(
          'pools',
          `two pools have the issuer ${quote(issuer)}; write one pool with a list for clientId`,
        );
      }
      const keys = given ?? remote.get(jwksUri) ?? new RemoteKeys(jwksUri, onWithdrawal);
      if (keys instanceof RemoteKeys) remote.set(jwksUri, keys);
      ofPool.push({ issuer, keys });
    }
    for (const { issuer, keys } of ofPool) {
      const otherKeys = ofPool.flatMap((other) => (other.keys === keys ? [] : other.keys));
      known.set(issuer, { name: issuer, clientIds, keys, otherKeys, refusedUntil: 0, reported: undefined });
    }
  }
  return known;
}

function checkClaims(
  payload: TokenPayload,
  tokenUse: TokenUse,
  clientIds: readonly string[] | null,
  clockToleranceSeconds: number,
): Problem | undefined {
  if (payload.token_use !== tokenUse) return wrongUse(tokenUse);
  const client = tokenUse === 'access' ? payload.client_id : payload.aud;
  if (clientIds !== null && !clientIds.some((id) => id === client)) return WRONG_CLIENT;
  const now = Date.now() / 1000;
  // RFC 7519 4.1.4: a token is refused on or after `exp`.
  if (now >= payload.exp + clockToleranceSeconds) return EXPIRED;
  if (payload.nbf !== undefined && now < payload.nbf - clockToleranceSeconds) return NOT_YET_VALID;
  return undefined;
}

/**
 * AWS's own library has the last word on the claims of a signed token. It throws, and errors cost more than the signature.
 * Thus `checkClaims` refuses first, and refuses more.
 */
function refusalByAws(
  { payload, tokenUse, issuer: { name, clientIds } }: Candidate,
  graceSeconds: number,
): Problem | undefined {
  const clientId = clientIds && [...clientIds];
  try {
    validateJwtFields(payload as JwtPayload, { issuer: name, audience: null, graceSeconds });
    validateCognitoJwtFields(payload as JwtPayload, { tokenUse, clientId });
    return undefined;
  } catch (error) {
    // The token may expire between the two checks.
    return error instanceof JwtExpiredError ? EXPIRED : WRONG_CLAIMS;
  }
}

function wrongUse(tokenUse: TokenUse): Problem {
  return tokenUse === 'access' ? NOT_ACCESS_TOKEN : NOT_ID_TOKEN;
}

/** The key may be new. A 401 would sign the user out because of an outage, or of an attacker who exhausts fetches. */
function keyNotFetched(seconds: number): Problem {
  return problem('upstream_unavailable', {
    detail: 'The signing key of the token cannot be fetched. Try again later.',
    headers: { 'Retry-After': String(seconds) },
  });
}

const NONE: readonly string[] = Object.freeze([]);

function toAuth(token: string, header: TokenHeader, payload: TokenPayload): Auth {
  const isAccess = payload.token_use === 'access';
  const auth = {
    sub: payload.sub,
    username: isAccess ? payload.username : payload['cognito:username'],
    groups: payload['cognito:groups'] ?? NONE,
    scopes: isAccess ? splitScope(payload.scope) : NONE,
    tokenUse: payload.token_use,
    header,
    payload,
    token,
  };
  Object.defineProperty(auth, 'token', { enumerable: false });
  return Object.freeze(auth);
}

/** Scopes are separated by spaces (RFC 6749 3.3). */
function splitScope(scope = ''): readonly string[] {
  return Object.freeze(scope.split(' ').filter((name) => name !== ''));
}
