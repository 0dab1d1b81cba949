import type { ClientRateLimitInfo, Store } from 'express-rate-limit';
import { Evictions } from '../stores/evictions.ts';

/** Maximum number of buckets. One takes 240 to 320 bytes. */
const MAX_BUCKETS = 100_000;

/**
 * Counts in the memory of one process. Unlike the store of express-rate-limit, it needs no timer and is
 * bounded: an attacker with many addresses or sessions must not exhaust the memory.
 */
export class MemoryStore implements Store {
  readonly localKeys = true;
  readonly #maxBuckets: number;
  readonly #evictions: Evictions;
  readonly #buckets = new Map<string, ClientRateLimitInfo & { resetTime: Date }>();
  #windowMs = 60_000;

  constructor(maxBuckets: number = MAX_BUCKETS, evictions: Evictions = new Evictions()) {
    this.#maxBuckets = maxBuckets;
    this.#evictions = evictions;
  }

  get size(): number {
    return this.#buckets.size;
  }

  init({ windowMs }: { windowMs: number }): void {
    this.#windowMs = windowMs;
  }

  increment(key: string): ClientRateLimitInfo {
    const now = Date.now();
    const known = this.#buckets.get(key);
    if (known && known.resetTime.getTime() > now) {
      known.totalHits++;
      // A copy, because the next request may be counted before this one has read it.
      return { ...known };
    }
    this.#buckets.delete(key);
    this.#makeRoom(now);
    const fresh = { totalHits: 1, resetTime: new Date(now + this.#windowMs) };
    this.#buckets.set(key, fresh);
    return { ...fresh };
  }

  decrement(key: string): void {
    const known = this.#buckets.get(key);
    if (known && known.totalHits > 0) known.totalHits--;
  }

  resetKey(key: string): void {
    this.#buckets.delete(key);
  }

  /** All windows have the same length, so the oldest bucket expires first. */
  #makeRoom(now: number): void {
    for (const [key, { resetTime }] of this.#buckets) {
      const isAlive = resetTime.getTime() > now;
      if (isAlive && this.#buckets.size < this.#maxBuckets) return;
      if (isAlive) this.#evictions.count();
      this.#buckets.delete(key);
    }
  }
}
