import { createPublicKey, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { assertIsSignatureJwk } from 'aws-jwt-verify/jwk';
import type { Hint } from '../shared/hint.ts';
import { isObject, optionError } from '../shared/option-errors.ts';
import { connectionAdvice, errorCode } from './connection-fault.ts';

/** A public key for the signatures of a user pool, without the other members of its JWK. */
export interface VerificationKey {
  readonly jwk: { kty: 'RSA'; alg: 'RS256'; kid: string; n: string; e: string };
  readonly publicKey: KeyObject;
}

/** The key, `undefined` if the issuer does not have it, or the seconds to wait if that cannot be determined yet. */
export type SoughtKey = VerificationKey | number | undefined;

/** A failed fetch of keys. */
export interface KeyFault {
  /** The name of the error, or its code. */
  readonly exception: string;
  readonly hint: Hint;
  /** Whether the server has no keys for the issuer (403 or 404), and has never had any. */
  readonly refused: boolean;
}

/** Counts of a source of keys. */
export interface SourceStats {
  readonly keys: number;
  /** Seconds since the last successful fetch. Null for configured keys, and before the first fetch. */
  readonly ageSeconds: number | null;
  readonly fetches: number;
  readonly failedFetches: number;
  /** The error of the last fetch, or its code. Null if it succeeded. */
  readonly lastError: string | null;
}

/** A source of an issuer's keys. */
export interface KeySource {
  find(kid: string): VerificationKey | undefined;
  /** Fetches a newer set to look for a key that `find` does not know, if a fetch is allowed. Never rejects. */
  seek(kid: string): SoughtKey | Promise<SoughtKey>;
  /** Resolves once there are keys. Rejects with the reason if they cannot be fetched. */
  ready(): Promise<void>;
  /** The last fetch, if it failed. */
  readonly fault: KeyFault | undefined;
  /** Whether there are keys. */
  readonly hasKeys: boolean;
  /** Fetches the keys, if a fetch is allowed now. Returns whether the last fetch succeeded. Never rejects. */
  probe(): Promise<boolean>;
  stats(): SourceStats;
  /** Aborts a pending fetch and prevents further ones. Known keys remain. */
  close(): void;
}

/** Returns a source of configured keys. Throws a `TypeError` if none of them is usable. */
export function staticKeys(jwks: unknown): KeySource {
  const keys = usableKeys(jwks);
  if (keys.size === 0) {
    throw optionError(
      'jwks',
      'jwks has no usable key; write the JSON Web Key Set of the user pool, with RSA keys of 2048 bits or more',
    );
  }
  return {
    find: (kid) => keys.get(kid),
    seek: () => undefined,
    ready: () => Promise.resolve(),
    fault: undefined,
    hasKeys: true,
    probe: () => Promise.resolve(true),
    stats: () => ({ keys: keys.size, ageSeconds: null, fetches: 0, failedFetches: 0, lastError: null }),
    close: () => undefined,
  };
}

/** Times of key fetches, in milliseconds. */
export interface JwksTimes {
  /** Minimum time between two fetches. */
  readonly coolDown: number;
  /** Minimum time after a fetch that did not find its key, because attackers can send tokens with unknown keys. */
  readonly coolDownInVain: number;
  /** The wait after a first failed fetch. It doubles with each further failure. */
  readonly firstBackOff: number;
  readonly maxBackOff: number;
  /** Age at which keys are fetched again in the background, to detect withdrawn keys. */
  readonly refreshAfter: number;
  /** Timeout of one fetch, including the body. */
  readonly fetchTimeout: number;
}

const TIMES: JwksTimes = {
  coolDown: 2_000,
  coolDownInVain: 5_000,
  firstBackOff: 1_000,
  maxBackOff: 30_000,
  refreshAfter: 3_600_000,
  fetchTimeout: 3_000,
};

/** The keys at a JWKS URI. They are fetched on first use, and again for a token with an unknown key ID. */
export class RemoteKeys implements KeySource {
  readonly #uri: string;
  readonly #times: JwksTimes;
  /** Called when a trusted key was withdrawn. */
  readonly #onWithdrawal: () => void;
  #keys: ReadonlyMap<string, VerificationKey> = new Map();
  #fetching: Promise<void> | undefined;
  /** On the monotonic clock, as all times here, because the wall clock may be set back. */
  #nextFetchAt = 0;
  /** Time of the last successful fetch. */
  #fetchedAt = 0;
  #staleAt = Number.POSITIVE_INFINITY;
  #failures = 0;
  #fetches = 0;
  #failedFetches = 0;
  #lastFailure: unknown;
  readonly #closing = new AbortController();

  constructor(uri: string, onWithdrawal: () => void, times: Partial<JwksTimes> = {}) {
    this.#uri = uri;
    this.#onWithdrawal = onWithdrawal;
    this.#times = { ...TIMES, ...times };
  }

  find(kid: string): VerificationKey | undefined {
    if (performance.now() >= this.#staleAt) void this.refresh();
    return this.#keys.get(kid);
  }

  seek(kid: string): SoughtKey | Promise<SoughtKey> {
    const pending = this.#fetching;
    const fetched = this.refresh();
    if (fetched === undefined) return this.#secondsToNextFetch();
    return fetched.then(() => this.#found(kid, pending === undefined));
  }

  /** Fetches newer keys, or joins a pending fetch. Returns `undefined` while no fetch is allowed. Never rejects. */
  refresh(): Promise<void> | undefined {
    const { aborted: closed } = this.#closing.signal;
    if (this.#fetching === undefined && performance.now() >= this.#nextFetchAt && !closed) {
      this.#fetching = this.#fetch().finally(() => {
        this.#fetching = undefined;
      });
    }
    return this.#fetching;
  }

  /**
   * Only a fetch that began after the request proves that the key does not exist, because keys may be added
   * meanwhile.
   */
  #found(kid: string, beganLater: boolean): SoughtKey {
    const key = this.#keys.get(kid);
    if (key !== undefined) return key;
    if (this.#failures > 0) return this.#secondsToNextFetch();
    this.#nextFetchAt = this.#fetchedAt + this.#times.coolDownInVain;
    return beganLater ? undefined : this.#secondsToNextFetch();
  }

  #secondsToNextFetch(): number {
    return Math.max(1, Math.ceil((this.#nextFetchAt - performance.now()) / 1000));
  }

  get hasKeys(): boolean {
    return this.#keys.size > 0;
  }

  get fault(): KeyFault | undefined {
    if (this.#failures === 0) return undefined;
    const error = this.#lastFailure;
    const refused = error instanceof UnexpectedStatus && [403, 404].includes(error.status) && !this.hasKeys;
    const { exception, advice } = explain(error);
    return {
      exception,
      refused,
      hint: `no signing keys at ${this.#uri} (${exception}): ${advice}. See docs/troubleshooting.md#connection-to-cognito`,
    };
  }

  async probe(): Promise<boolean> {
    await this.refresh();
    return this.#failures === 0 && this.hasKeys;
  }

  stats(): SourceStats {
    const age = (performance.now() - this.#fetchedAt) / 1000;
    return {
      keys: this.#keys.size,
      ageSeconds: this.#fetchedAt === 0 ? null : Math.round(age),
      fetches: this.#fetches,
      failedFetches: this.#failedFetches,
      lastError: this.#failures === 0 ? null : explain(this.#lastFailure).exception,
    };
  }

  async ready(): Promise<void> {
    if (this.#keys.size === 0) await this.refresh();
    if (this.#keys.size === 0) {
      throw new Error(`The keys at ${this.#uri} cannot be fetched.`, { cause: this.#lastFailure });
    }
  }

  close(): void {
    this.#closing.abort();
  }

  async #fetch(): Promise<void> {
    // Node 20 may collect the signals of AbortSignal.any() as garbage, and then nothing ends the fetch.
    const limit = new AbortController();
    const abort = (): void => limit.abort();
    const timer = setTimeout(abort, this.#times.fetchTimeout).unref();
    this.#closing.signal.addEventListener('abort', abort);
    this.#fetches++;
    try {
      if (this.#closing.signal.aborted) abort();
      const keys = usableKeys(await fetchJson(this.#uri, limit.signal));
      // Known keys are better than an empty set.
      if (keys.size === 0) throw new Error('The answer has no usable key.');
      const withdrawn = [...this.#keys].some(([kid, key]) => keys.get(kid)?.jwk.n !== key.jwk.n);
      this.#keys = keys;
      this.#failures = 0;
      this.#fetchedAt = performance.now();
      this.#nextFetchAt = this.#fetchedAt + this.#times.coolDown;
      this.#staleAt = this.#fetchedAt + this.#times.refreshAfter;
      if (withdrawn) this.#onWithdrawal();
    } catch (error) {
      this.#lastFailure = error;
      this.#failedFetches++;
      const { firstBackOff, maxBackOff } = this.#times;
      this.#nextFetchAt = performance.now() + Math.min(firstBackOff * 2 ** this.#failures, maxBackOff);
      this.#failures++;
    } finally {
      clearTimeout(timer);
      this.#closing.signal.removeEventListener('abort', abort);
    }
  }
}

class UnexpectedStatus extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`The answer is ${status}, not 200.`);
    this.status = status;
  }
}

/** Returns the error's name for the log, and the advice for the operator. */
function explain(error: unknown): { exception: string; advice: string } {
  if (error instanceof UnexpectedStatus) {
    return {
      exception: `HTTP ${error.status}`,
      advice: 'check userPoolId, and the options endpoint, issuer and jwksUri',
    };
  }
  const code = errorCode(error);
  const { name } = error as Error;
  if (code !== undefined || name === 'AbortError') {
    return { exception: code ?? 'Deadline', advice: connectionAdvice(code) };
  }
  return { exception: name, advice: 'the response is not a key set: check the options issuer and jwksUri' };
}

const MAX_BODY_BYTES = 256 * 1024;

/** Avoids `fetch`, whose first use loads undici and costs 55 ms of CPU time and 14 MiB. `https` is loaded anyway. */
async function fetchJson(uri: string, signal: AbortSignal): Promise<unknown> {
  const { get } = uri.startsWith('https:') ? https : http;
  const request = get(uri, { headers: { Accept: 'application/json' }, signal });
  // Errors after the response has begun are reported by the reader below.
  request.on('error', () => {});
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  // Redirects are not followed, because keys may come from the configured URL only.
  if (response.statusCode !== 200) {
    response.destroy();
    throw new UnexpectedStatus(response.statusCode ?? 0);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error(`The answer is larger than ${MAX_BODY_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

const MIN_MODULUS = 2048;
/** Base64 lengths of OpenSSL's maxima, 16,384 and 64 bits. Parsing a larger exponent takes seconds. */
const MAX_MODULUS = 2731;
const MAX_EXPONENT = 11;

/** Returns the usable keys of a set, by key ID. */
export function usableKeys(jwks: unknown): ReadonlyMap<string, VerificationKey> {
  const listed: readonly unknown[] = isObject(jwks) && Array.isArray(jwks.keys) ? jwks.keys : [];
  const keys = new Map<string, VerificationKey>();
  const seen = new Set<string>();
  for (const jwk of listed) {
    const key = usableKey(jwk);
    if (key === undefined) continue;
    const { kid } = key.jwk;
    // Two keys with one ID are ambiguous, so neither is used.
    if (seen.has(kid)) keys.delete(kid);
    else keys.set(kid, key);
    seen.add(kid);
  }
  return keys;
}

function usableKey(jwk: unknown): VerificationKey | undefined {
  if (!isObject(jwk)) return;
  const { kty, kid, n, e, use = 'sig', alg = 'RS256' } = jwk;
  if (kty !== 'RSA' || use !== 'sig' || alg !== 'RS256') return;
  // RFC 7517 4.3.
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes('verify'))) return;
  if (typeof kid !== 'string' || kid === '' || typeof n !== 'string' || typeof e !== 'string') return;
  if (n.length > MAX_MODULUS || e.length > MAX_EXPONENT) return;
  try {
    assertIsSignatureJwk({ kty, use: 'sig', alg, kid, n, e });
    const publicKey = createPublicKey({ key: { kty, n, e }, format: 'jwk' });
    const { modulusLength = 0, publicExponent = 0n } = publicKey.asymmetricKeyDetails ?? {};
    if (modulusLength < MIN_MODULUS || publicExponent < 3n || publicExponent % 2n === 0n) return;
    return { jwk: { kty, alg: 'RS256', kid, n, e }, publicKey };
  } catch {
    return;
  }
}
