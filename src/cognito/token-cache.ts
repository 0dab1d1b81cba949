import type { Auth } from '../tokens/auth.ts';

/**
 * A signature is as good as random, so its tail tells the entries apart; hashing the whole token would
 * cost four times as much. The whole token is compared all the same.
 */
const TAIL = 24;

/** Both bounds hold. */
export interface TokenCacheBounds {
  readonly maxEntries: number;
  /** Of memory, as `bytesOf` reckons it. */
  readonly maxBytes: number;
}

/** 10,000 tokens of the usual size, in a container of 256 MB. */
export const DEFAULT_CACHE_BOUNDS: TokenCacheBounds = { maxEntries: 10_000, maxBytes: 32_000_000 };

interface Entry {
  /** A slice of the token in `auth`; one of the request's token would keep all of that alive. */
  readonly tail: string;
  readonly auth: Auth;
  readonly until: number;
  readonly bytes: number;
}

/**
 * Remembers tokens that were verified, and forgets the least recently used ones. What was refused is not
 * remembered: bad tokens would drive the good ones out.
 */
export class TokenCache {
  readonly #bounds: TokenCacheBounds;
  readonly #entries: Map<string, Entry> = new Map();
  #bytes = 0;

  constructor(bounds: TokenCacheBounds) {
    this.#bounds = bounds;
  }

  /** `now` is in milliseconds since 1970, as is `until`. */
  get(token: string, now: number): Auth | undefined {
    const tail = token.slice(-TAIL);
    const entry = this.#entries.get(tail);
    if (entry === undefined || entry.auth.token !== token) return;
    if (now >= entry.until) {
      this.#forget(entry);
      return;
    }
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

  #forget(entry: Entry | undefined): void {
    if (entry === undefined || !this.#entries.delete(entry.tail)) return;
    this.#bytes -= entry.bytes;
  }
}

/** The memory that a token takes: itself, and its claims, which are larger than their JSON. */
export function bytesOf({ token, header, payload, scopes }: Auth): number {
  return 200 + token.length + bytesOfJson(header) + bytesOfJson(payload) + bytesOfJson(scopes);
}

/** Of what V8 makes of JSON on 64 bits: measured, and on the safe side. */
function bytesOfJson(value: unknown): number {
  if (typeof value === 'string') return 24 + value.length;
  if (typeof value !== 'object' || value === null) return 16;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + 8 + bytesOfJson(item), 40);
  return Object.entries(value).reduce((sum, [name, item]) => sum + 48 + name.length + bytesOfJson(item), 64);
}
