import { createPublicKey, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isObject, optionError } from '../shared/option-errors.ts';

/** A public key that is fit to verify the signatures of a pool, and nothing else of the JWK it came in. */
export interface VerificationKey {
  readonly jwk: { kty: 'RSA'; alg: 'RS256'; kid: string; n: string; e: string };
  readonly publicKey: KeyObject;
}

/**
 * The key; or `undefined` if the issuer has no such key; or the seconds after which to ask again, if that is not
 * known now.
 */
export type SoughtKey = VerificationKey | number | undefined;

/** Where the keys of an issuer come from. */
export interface KeySource {
  find(kid: string): VerificationKey | undefined;
  /** Looks for a key that `find` does not know in a newer set, if one may be fetched. Never rejects. */
  seek(kid: string): SoughtKey | Promise<SoughtKey>;
  /** Resolves once there are keys; rejects, saying why, if there are none to be had. */
  ready(): Promise<void>;
  /** Ends a fetch under way. There is none after it; the keys that are known stay. */
  close(): void;
}

/** Keys that were given and never change. Throws a `TypeError` if there is none among them that can be used. */
export function staticKeys(jwks: unknown): KeySource {
  const keys = usableKeys(jwks);
  if (keys.size === 0) {
    throw optionError(
      'jwks has no usable key; write the JSON Web Key Set of the user pool, with RSA keys of 2048 bits or more',
    );
  }
  return {
    find: (kid) => keys.get(kid),
    seek: () => undefined,
    ready: () => Promise.resolve(),
    close: () => undefined,
  };
}

/** All in milliseconds. */
export interface JwksTimes {
  /** The least time from one fetch to the next. */
  readonly coolDown: number;
  /** The same after a fetch that did not find the key it was made for: anybody can ask for keys that do not exist. */
  readonly coolDownInVain: number;
  /** The wait after a first failed fetch; it doubles with each further failure. */
  readonly firstBackOff: number;
  readonly longestBackOff: number;
  /** After this the keys are fetched again while the old ones are in use, so that a withdrawn key goes. */
  readonly refreshAfter: number;
  /** For one whole fetch, body included. */
  readonly fetchTimeout: number;
}

const TIMES: JwksTimes = {
  coolDown: 2_000,
  coolDownInVain: 5_000,
  firstBackOff: 1_000,
  longestBackOff: 30_000,
  refreshAfter: 3_600_000,
  fetchTimeout: 3_000,
};

/** The keys at a JWKS URI: fetched when first needed, kept, and fetched again when an unknown key id turns up. */
export class RemoteKeys implements KeySource {
  readonly #uri: string;
  readonly #times: JwksTimes;
  /** Told when a key that was trusted is not any more. */
  readonly #onWithdrawal: () => void;
  #keys: ReadonlyMap<string, VerificationKey> = new Map();
  #fetching: Promise<void> | undefined;
  /** On the monotonic clock, like every time here: setting the wall clock must not stop the fetching. */
  #nextFetchAt = 0;
  /** When the keys were last fetched with success. */
  #fetchedAt = 0;
  #staleAt = Number.POSITIVE_INFINITY;
  #failures = 0;
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
    const underWay = this.#fetching;
    const fetched = this.refresh();
    if (fetched === undefined) return this.#secondsToNextFetch();
    return fetched.then(() => this.#found(kid, underWay === undefined));
  }

  /** Fetches newer keys, or waits for those on the way; `undefined` while no fetch is allowed. Never rejects. */
  refresh(): Promise<void> | undefined {
    const { aborted: closed } = this.#closing.signal;
    if (this.#fetching === undefined && performance.now() >= this.#nextFetchAt && !closed) {
      this.#fetching = this.#fetch().finally(() => {
        this.#fetching = undefined;
      });
    }
    return this.#fetching;
  }

  /** Only a fetch that began later than the question proves that there is no such key: a key may be newer than an answer. */
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
    try {
      const signal = AbortSignal.any([AbortSignal.timeout(this.#times.fetchTimeout), this.#closing.signal]);
      const keys = usableKeys(await fetchJson(this.#uri, signal));
      // The keys that are known are worth more than an answer without any.
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
      const { firstBackOff, longestBackOff } = this.#times;
      this.#nextFetchAt = performance.now() + Math.min(firstBackOff * 2 ** this.#failures, longestBackOff);
      this.#failures++;
    }
  }
}

const LARGEST_BODY = 256 * 1024;

/**
 * `fetch` would do, but its first use loads undici: 55 ms in which the process does nothing else, and
 * 14 MiB, against nothing for `https`, which is loaded anyway.
 */
async function fetchJson(uri: string, signal: AbortSignal): Promise<unknown> {
  const { get } = uri.startsWith('https:') ? https : http;
  const request = get(uri, { headers: { Accept: 'application/json' }, signal });
  // What goes wrong once the answer has begun is seen by whoever reads it.
  request.on('error', () => {});
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  // No redirect is followed: the keys come from the configured place or not at all.
  if (response.statusCode !== 200) {
    response.destroy();
    throw new Error(`The answer is ${response.statusCode}, not 200.`);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw new Error(`The answer is larger than ${LARGEST_BODY} bytes.`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

const MIN_MODULUS = 2048;
/** In Base64, of the 16,384 and the 64 bits that OpenSSL takes at most. A larger exponent takes seconds to read. */
const MAX_MODULUS = 2731;
const MAX_EXPONENT = 11;

/** The keys of a set that may verify a signature, by key id. */
export function usableKeys(jwks: unknown): ReadonlyMap<string, VerificationKey> {
  const listed: readonly unknown[] = isObject(jwks) && Array.isArray(jwks.keys) ? jwks.keys : [];
  const keys = new Map<string, VerificationKey>();
  const seen = new Set<string>();
  for (const jwk of listed) {
    const key = usableKey(jwk);
    if (key === undefined) continue;
    const { kid } = key.jwk;
    // Which of two keys with one id is meant cannot be told, so neither is used.
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
  if (typeof kid !== 'string' || kid === '' || typeof n !== 'string' || typeof e !== 'string') return;
  if (n.length > MAX_MODULUS || e.length > MAX_EXPONENT) return;
  try {
    const publicKey = createPublicKey({ key: { kty, n, e }, format: 'jwk' });
    const { modulusLength = 0, publicExponent = 0n } = publicKey.asymmetricKeyDetails ?? {};
    if (modulusLength < MIN_MODULUS || publicExponent < 3n || publicExponent % 2n === 0n) return;
    return { jwk: { kty, alg: 'RS256', kid, n, e }, publicKey };
  } catch {
    return;
  }
}
