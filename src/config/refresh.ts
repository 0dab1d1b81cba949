import { checkOptionNames, isObject, wrongOption } from '../shared/option-errors.ts';

/** What came of asking for the right to refresh. */
export type RefreshClaim =
  /** Nobody else refreshes under the key until the claim ends. */
  | 'mine'
  /** Somebody else does at this moment. */
  | 'pending'
  /** Somebody else did, and this is what they left. */
  | { readonly value: string };

/**
 * Sees to it that a refresh token goes to Cognito once, however many requests come with it. Keys are hashes, and
 * values are sealed with the refresh token itself: who reads the store can use none of it.
 */
export interface RefreshStore {
  /**
   * Takes the right to refresh for `ttlMs` milliseconds, unless somebody else has it or somebody has left a value. In one
   * step: of two owners that ask at once, one gets it. An owner that asks again has not heard that it has it.
   */
  claim(key: string, owner: string, ttlMs: number): RefreshClaim | Promise<RefreshClaim>;
  /** Leaves a value for `ttlMs` milliseconds, in place of the owner's claim; not over the claim of another one. */
  publish(key: string, owner: string, value: string, ttlMs: number): void | Promise<void>;
  /** Gives the claim back, if it is still the owner's. */
  release(key: string, owner: string): void | Promise<void>;
  /** The value that was left. */
  find(key: string): string | undefined | Promise<string | undefined>;
}

/** How sessions are refreshed. */
export interface RefreshOptions {
  /**
   * Seconds, 60 at most, for which whoever comes with a refresh token again gets the answer of the first time: the
   * answer may have been lost, or another tab was first. Default: 10.
   */
  reuseWindowSeconds?: number | undefined;
  /** Where refreshes meet. Several instances need one that they share. Default: in memory, for this router alone. */
  store?: RefreshStore | undefined;
}

export interface RefreshSettings {
  readonly reuseWindowMs: number;
  readonly store: RefreshStore | undefined;
}

const DEFAULT_REUSE_WINDOW_SECONDS = 10;
/** Cognito's own, for the same purpose, is not longer. */
const MAX_REUSE_WINDOW_SECONDS = 60;

/** Checks the option. Throws a `TypeError` that names the fix. */
export function parseRefresh(given: unknown = {}): RefreshSettings {
  if (!isObject(given))
    throw wrongOption('refresh', given, 'write { reuseWindowSeconds, store }, or leave it out');
  checkOptionNames('refresh', given, ['reuseWindowSeconds', 'store']);
  const { reuseWindowSeconds = DEFAULT_REUSE_WINDOW_SECONDS, store } = given;
  if (
    typeof reuseWindowSeconds !== 'number' ||
    !(reuseWindowSeconds >= 0 && reuseWindowSeconds <= MAX_REUSE_WINDOW_SECONDS)
  ) {
    const fix = `write a number of seconds from 0 to ${MAX_REUSE_WINDOW_SECONDS}`;
    throw wrongOption('refresh.reuseWindowSeconds', reuseWindowSeconds, fix);
  }
  if (store !== undefined && !isStore(store)) {
    throw wrongOption('refresh.store', store, 'write a store with claim(), publish(), release() and find()');
  }
  return Object.freeze({ reuseWindowMs: reuseWindowSeconds * 1000, store });
}

function isStore(store: unknown): store is RefreshStore {
  const methods = ['claim', 'publish', 'release', 'find'];
  return isObject(store) && methods.every((name) => typeof store[name] === 'function');
}
