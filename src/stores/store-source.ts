/** A store, named by the option that configures it. */
export type StoreName = 'rateLimits' | 'revocation' | 'refresh';

/** A notice about a store, for the operator. */
export type StoreNotice =
  | { readonly type: 'unavailable'; readonly cause: unknown }
  | { readonly type: 'available'; readonly downMs: number }
  /** A full memory store evicted unexpired entries. Counts since the last notice, and in total. */
  | { readonly type: 'full'; readonly evicted: number; readonly evictedTotal: number }
  /** Redis may evict unexpired entries. */
  | { readonly type: 'evicts'; readonly policy: string };

export type StoreListener = (notice: StoreNotice) => void;

/** A source of notices. The stores of one Redis share it. */
export interface StoreSource {
  readonly available: boolean;
  /** Whether instances share the store. */
  readonly isShared: boolean;
  /** Unexpired entries that a full memory store has evicted. */
  readonly evicted: number;
  /** Asks the store a question without effects, within `STORE_TIMEOUT_MS`. Returns whether it answers. Never rejects. */
  probe(): Promise<boolean>;
  /** Adds a listener. Returns a function that removes it. */
  watch(listener: StoreListener): () => void;
}

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
