import { checkOptionNames, isObject, wrongOption } from '../shared/option-errors.ts';

/** The result of claiming a refresh. */
export type RefreshClaim =
  /** The caller holds the claim until it expires. */
  | 'mine'
  /** Another owner holds the claim. */
  | 'pending'
  /** Another owner has refreshed and published this value. */
  | { readonly value: string };

/**
 * Coordinates refreshes across instances: each refresh token is sent to Cognito once. Keys are hashes, and values are
 * sealed with the refresh token, so the content of the store is useless to an attacker.
 */
export interface RefreshStore {
  /**
   * Claims the key for `ttlMs` milliseconds, unless another owner holds it or a value is published. Must be atomic:
   * of two concurrent owners only one gets the claim. The same owner may claim again, because a reply may have been
   * lost.
   */
  claim(key: string, owner: string, ttlMs: number): RefreshClaim | Promise<RefreshClaim>;
  /** Replaces the owner's claim by a value for `ttlMs` milliseconds. Leaves the claim of another owner in place. */
  publish(key: string, owner: string, value: string, ttlMs: number): void | Promise<void>;
  /** Removes the claim if the owner still holds it. */
  release(key: string, owner: string): void | Promise<void>;
  /** Returns the published value, or `undefined` if there is none. */
  find(key: string): string | undefined | Promise<string | undefined>;
}

/** The options of refreshes. */
export interface RefreshOptions {
  /**
   * Seconds, 0 to 60, in which the same refresh token gets the same tokens again. It covers a lost response and
   * concurrent tabs. For a rotated token it starts when a response has carried the new tokens. Default: 10.
   */
  reuseWindowSeconds?: number | undefined;
  /** The store that coordinates refreshes. Several instances need a shared store. Default: in memory, per router. */
  store?: RefreshStore | undefined;
}

export interface RefreshSettings {
  readonly reuseWindowMs: number;
  readonly store: RefreshStore | undefined;
}

const DEFAULT_REUSE_WINDOW_SECONDS = 10;
/** Maximum of Cognito's own grace period for rotated refresh tokens. */
const MAX_REUSE_WINDOW_SECONDS = 60;

/** Parses the option. Throws a `TypeError` that says how to fix it. */
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
