import type { ClientRateLimitInfo, Options, Store } from 'express-rate-limit';
import type { StoreGuard } from '../stores/store-guard.ts';

/** The app's store behind its guard. Every failure to count is a rejection. */
export class GuardedStore implements Store {
  readonly prefix?: string;
  readonly localKeys?: boolean;
  readonly #store: Store;
  readonly #guard: StoreGuard;
  /** Counts made beforehand, by key, in the order of their requests. */
  readonly #given = new Map<string, Promise<ClientRateLimitInfo>[]>();

  constructor(store: Store, guard: StoreGuard) {
    this.#store = store;
    this.#guard = guard;
    if (store.prefix !== undefined) this.prefix = store.prefix;
    if (store.localKeys !== undefined) this.localKeys = store.localKeys;
  }

  init(options: Options): void {
    void this.#store.init?.(options);
  }

  /** Gives the next `increment` of the key its count. */
  giveCount(key: string, count: Promise<ClientRateLimitInfo>): void {
    const counts = this.#given.get(key);
    if (counts) counts.push(count);
    else this.#given.set(key, [count]);
  }

  async increment(key: string): Promise<ClientRateLimitInfo> {
    try {
      const info = await (this.#takeCount(key) ?? this.#guard.ask(() => this.#store.increment(key)));
      if (!(Number.isSafeInteger(info.totalHits) && info.totalHits > 0)) {
        throw new TypeError('The store did not return a number of hits.');
      }
      if (info.resetTime && Number.isNaN(info.resetTime.getTime())) {
        throw new TypeError('The store did not answer with a valid reset time.');
      }
      return info;
    } catch (cause) {
      throw new Error('The rate limit store failed.', { cause });
    }
  }

  async decrement(key: string): Promise<void> {
    await this.#store.decrement(key);
  }

  async resetKey(key: string): Promise<void> {
    await this.#store.resetKey(key);
  }

  #takeCount(key: string): Promise<ClientRateLimitInfo> | undefined {
    const counts = this.#given.get(key);
    const first = counts?.shift();
    if (counts?.length === 0) this.#given.delete(key);
    return first;
  }
}
