import type { Auth } from './token-verifier.ts';

/**
 * A signature is as good as random, so its tail tells the entries apart; hashing the whole token would
 * cost four times as much. The whole token is compared all the same.
 */
const TAIL = 24;

interface Entry {
  /** A slice of the token in `auth`; one of the request's token would keep all of that alive. */
  readonly tail: string;
  readonly auth: Auth;
  readonly until: number;
}

/**
 * Remembers tokens that were verified, and forgets the least recently used ones. What was refused is not
 * remembered: bad tokens would drive the good ones out.
 */
export class TokenCache {
  readonly #maxEntries: number;
  readonly #entries: Map<string, Entry> = new Map();

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** `now` is in milliseconds since 1970, as is `until`. */
  get(token: string, now: number): Auth | undefined {
    const tail = token.slice(-TAIL);
    const entry = this.#entries.get(tail);
    if (entry === undefined || entry.auth.token !== token) return;
    this.#entries.delete(tail);
    if (now >= entry.until) return;
    this.#entries.set(entry.tail, entry);
    return entry.auth;
  }

  set(auth: Auth, until: number): void {
    const tail = auth.token.slice(-TAIL);
    this.#entries.delete(tail);
    this.#entries.set(tail, { tail, auth, until });
    if (this.#entries.size <= this.#maxEntries) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  clear(): void {
    this.#entries.clear();
  }

  get size(): number {
    return this.#entries.size;
  }
}
