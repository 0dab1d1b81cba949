import { allowOrDeny, checkOptionNames, isObject, wrongOption } from '../shared/option-errors.ts';

/**
 * Remembers who has signed out. A token is good until it expires, whatever Cognito knows of its session
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/token-revocation.html): this is what ends it at once.
 */
export interface RevocationStore {
  /**
   * Ends all tokens under the key that were issued at `upTo` or earlier. It may be forgotten at `until`.
   * Times are in seconds since 1970.
   */
  revoke(key: string, upTo: number, until: number): void | Promise<void>;
  /** The latest `upTo` of each of the keys, in their order; `undefined` where nothing was revoked. */
  find(keys: readonly string[]): readonly (number | undefined)[] | Promise<readonly (number | undefined)[]>;
}

/** How sign-outs are made to count at once. */
export interface RevocationOptions {
  /** Where they are remembered. Default: in memory, for this process alone and for all middleware in it. */
  store?: RevocationStore | undefined;
  /**
   * What happens to a request with a good token while the store is down: `'deny'` answers 503, `'allow'` lets
   * it through, with whoever has signed out. Default: `'deny'`.
   */
  onUnavailable?: 'allow' | 'deny' | undefined;
}

/** Checks the option. Throws a `TypeError` that names the fix. */
export function parseRevocation(given: unknown = {}): RevocationOptions | false {
  if (given === false) return false;
  if (!isObject(given)) {
    throw wrongOption('revocation', given, 'write { store, onUnavailable }, or false to believe every token');
  }
  checkOptionNames('revocation', given, ['store', 'onUnavailable']);
  const { store, onUnavailable } = given;
  if (store !== undefined && !isStore(store)) {
    throw wrongOption('revocation.store', store, 'write a store with revoke() and find()');
  }
  return Object.freeze({ store, onUnavailable: allowOrDeny('revocation.onUnavailable', onUnavailable) });
}

function isStore(store: unknown): store is RevocationStore {
  return isObject(store) && ['revoke', 'find'].every((name) => typeof store[name] === 'function');
}
