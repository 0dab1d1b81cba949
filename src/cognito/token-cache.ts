import type { Auth } from '../tokens/auth.ts';

/**
 * Length of the key, the end of the signature, which is effectively random. Hashing the whole token would cost four
 * times as much. A lookup also compares the whole token.
 */
const TAIL = 24;

/** Limits that both apply. */
export interface TokenCacheBounds {
  readonly maxEntries: number;
  /** Bytes of memory, as estimated by `bytesOf`. */
  readonly maxBytes: number;
}

/** 10,000 tokens of the usual size, for a container with 256 MB. */
export const DEFAULT_CACHE_BOUNDS: TokenCacheBounds = { maxEntries: 10_000, maxBytes: 32_000_000 };

/** Counts of a cache of verified tokens. */
export interface CacheStats {
  /** Tokens in the cache. */
  readonly entries: number;
  /** Estimated bytes of memory. */
  readonly bytes: number;
  /** Tokens that were found. */
  readonly hits: number;
  /** Tokens that were not found, invalid ones included. */
  readonly misses: number;
}

interface Entry {
  /** A slice of the token in `auth`, because a slice of the request's token would keep that alive. */
  readonly tail: string;
  readonly auth: Auth;
  readonly until: number;
  readonly bytes: number;
}

/** An LRU cache of verified tokens. It holds no refused tokens, because invalid tokens would evict the valid ones. */
export class TokenCache {
  readonly #bounds: TokenCacheBounds;
  readonly #entries: Map<string, Entry> = new Map();
  #bytes = 0;
  #hits = 0;
  #misses = 0;

  constructor(bounds: TokenCacheBounds) {
    this.#bounds = bounds;
  }

  /** `now` and `until` are in milliseconds since 1970. */
  get(token: string, now: number): Auth | undefined {
    const tail = token.slice(-TAIL);
    const entry = this.#entries.get(tail);
    if (entry === undefined || entry.auth.token !== token) {
      this.#misses++;
      return;
    }
    if (now >= entry.until) {
      this.#misses++;
      this.#forget(entry);
      return;
    }
    this.#hits++;
    this.#entries.delete(tail);
    this.#entries.set(entry.tail, entry);
    return entry.auth;
  }

  set(auth: Auth, until: number): void {
    const tail = auth.token.slice(-TAIL);
    this.#forget(this.#entries.get(tail));
    const bytes = bytesOf(auth);
    this.#entries.set(tail, { tail, auth, until, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#entries.values()) {
      if (this.#entries.size <= this.#bounds.maxEntries && this.#bytes <= this.#bounds.maxBytes) return;
      this.#forget(oldest);
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  get size(): number {
    return this.#entries.size;
  }

  stats(): CacheStats {
    return { entries: this.size, bytes: this.#bytes, hits: this.#hits, misses: this.#misses };
  }

  #forget(entry: Entry | undefined): void {
    if (entry === undefined || !this.#entries.delete(entry.tail)) return;
    this.#bytes -= entry.bytes;
  }
}

/** Estimates the memory of a token and its claims, which are larger than their JSON. */
export function bytesOf({ token, header, payload, scopes }: Auth): number {
  return 200 + token.length + bytesOfJson(header) + bytesOfJson(payload) + bytesOfJson(scopes);
}

/** Estimates V8's memory for JSON on 64 bits, from measurements, rounded up. */
function bytesOfJson(value: unknown): number {
  if (typeof value === 'string') return 24 + value.length;
  if (typeof value !== 'object' || value === null) return 16;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + 8 + bytesOfJson(item), 40);
  return Object.entries(value).reduce((sum, [name, item]) => sum + 48 + name.length + bytesOfJson(item), 64);
}
