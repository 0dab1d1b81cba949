/** Names a store by the option that sets it. */
export type StoreName = 'rateLimits' | 'revocation' | 'refresh';

/** News about a store, for the operator. */
export type StoreNotice =
  | { readonly type: 'unavailable'; readonly cause: unknown }
  | { readonly type: 'available'; readonly downMs: number }
  /** A full memory store evicted entries that had not expired: since the last notice, and since the start. */
  | { readonly type: 'full'; readonly evicted: number; readonly evictedTotal: number }
  /** Redis may evict entries that have not expired. */
  | { readonly type: 'evicts'; readonly policy: string };

export type StoreListener = (notice: StoreNotice) => void;

/** A source of notices. Several stores of one Redis share one. */
export interface StoreSource {
  readonly available: boolean;
  /** Returns a function that stops the notices. */
  watch(listener: StoreListener): () => void;
}

/** The listeners of a source. */
export class StoreListeners {
  readonly #listeners = new Set<StoreListener>();

  add(listener: StoreListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(notice: StoreNotice): void {
    for (const listener of this.#listeners) listener(notice);
  }
}
