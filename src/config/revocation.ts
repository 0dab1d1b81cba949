import {
  allowOrDeny,
  checkOptionNames,
  isObject,
  wholeOption,
  wrongOption,
} from '../shared/option-errors.ts';

/**
 * Records revoked sessions. A token verifies until it expires, even after Cognito has revoked its session
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/token-revocation.html). The store makes the revocation
 * effective at once.
 */
export interface RevocationStore {
  /**
   * Revokes all tokens under the key that were issued at `upTo` or earlier. The record may be deleted at `until`.
   * Times are in seconds since 1970.
   */
  revoke(key: string, upTo: number, until: number): void | Promise<void>;
  /** Returns the latest `upTo` of each key, in the order of the keys, and `undefined` for a key that is not revoked. */
  find(keys: readonly string[]): readonly (number | undefined)[] | Promise<readonly (number | undefined)[]>;
}

/** The options of revocation. */
export interface RevocationOptions {
  /** The store of revoked sessions. Several instances need a shared store. Default: in memory, per process. */
  store?: RevocationStore | undefined;
  /**
   * Handling of verified tokens while the store is unavailable: `'deny'` answers 503, `'allow'` accepts them, including
   * revoked ones. Default: `'deny'`.
   */
  onUnavailable?: 'allow' | 'deny' | undefined;
  /**
   * Seconds, 0 to 60, for which an instance remembers the answer of a shared store about a token. Another instance's
   * revocation takes effect here within that time; this instance's own at once. `0` asks with every request. A store that
   * answers without a promise is always asked. Default: 1.
   */
  cacheSeconds?: number | undefined;
}

const CACHE_SECONDS = [0, 60] as const;

/** Parses the option. Throws a `TypeError` that says how to fix it. */
export function parseRevocation(given: unknown = {}): RevocationOptions | false {
  if (given === false) return false;
  if (!isObject(given)) {
    throw wrongOption(
      'revocation',
      given,
      'write { store, onUnavailable, cacheSeconds }, or false to disable; leave it out for a store in memory',
    );
  }
  checkOptionNames('revocation', given, ['store', 'onUnavailable', 'cacheSeconds']);
  const { store, onUnavailable, cacheSeconds } = given;
  if (store !== undefined && !isStore(store)) {
    throw wrongOption('revocation.store', store, 'write a store with revoke() and find()');
  }
  return Object.freeze({
    store,
    onUnavailable: allowOrDeny('revocation.onUnavailable', onUnavailable),
    cacheSeconds: wholeOption('revocation.cacheSeconds', cacheSeconds, CACHE_SECONDS),
  });
}

function isStore(store: unknown): store is RevocationStore {
  return isObject(store) && ['revoke', 'find'].every((name) => typeof store[name] === 'function');
}
