import type { ClientRateLimitInfo, Store } from 'express-rate-limit';

/** A hit to count. */
export interface Hit {
  readonly key: string;
  readonly windowMs: number;
  /** Maximum number of hits in a window. */
  readonly limit: number;
}

/** The counts of a server, which several stores share. */
export interface SharedCounts {
  /**
   * Counts the hits in their order, in one round trip. Stops after the first key over its limit, and resolves with the
   * counts so far.
   */
  count(hits: readonly Hit[]): Promise<readonly ClientRateLimitInfo[]>;
}

/** A store that names its keys, so that several stores can count in one round trip. */
export interface SharedStore extends Store {
  readonly prefix: string;
  readonly counts: SharedCounts;
}

export function isSharedStore(store: Store): store is SharedStore {
  const { counts, prefix } = store as Partial<SharedStore>;
  return typeof counts?.count === 'function' && typeof prefix === 'string';
}
