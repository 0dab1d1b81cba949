import type { Store } from 'express-rate-limit';
import type { RefreshStore } from '../config/refresh.ts';
import type { RevocationStore } from '../config/revocation.ts';
import { checkOptionNames, optionError, quote } from '../shared/option-errors.ts';
import { guardedBy } from '../stores/store-guard.ts';
import { connectionOf, type RedisClient } from './connection.ts';
import { RedisCounts, RedisRateLimitStore } from './rate-limit-store.ts';
import { RedisRefreshStore } from './refresh-store.ts';
import { RedisRevocationStore } from './revocation-store.ts';

export type { RedisClient } from './connection.ts';

/** The options of `redisStores`. */
export interface RedisStoresOptions {
  /** Prefix of every key. Apps that share a Redis need different prefixes. Default: `express-cognito-kit:`. */
  prefix?: string | undefined;
}

/** The stores that several instances of an app share. */
export interface RedisStores {
  /** For the option `rateLimits.store`. Counts requests and answers to challenges. */
  readonly rateLimit: (limiter: { prefix: string; windowMs: number }) => Store;
  /** For the option `revocation.store`. Records revoked sessions. */
  readonly revocation: RevocationStore;
  /** For the option `refresh.store`. Coordinates refreshes across instances. */
  readonly refresh: RefreshStore;
}

/**
 * Returns the stores of one Redis. Every key expires, except the one that holds all revocations. No key identifies a
 * user. The app connects and closes the client. If its connection is silent for a second, a duplicate replaces it.
 *
 * @example
 * const client = createClient({ url: process.env.REDIS_URL });
 * await client.connect();
 * const stores = redisStores(client);
 * createCognitoRouter({
 *   revocation: { store: stores.revocation },
 *   refresh: { store: stores.refresh },
 *   rateLimits: { store: stores.rateLimit, secret: process.env.RATE_LIMIT_SECRET },
 * });
 * @throws TypeError for a value that is not a client, or a client with another `sendCommand`, such as that of ioredis
 */
export function redisStores(client: RedisClient, options: RedisStoresOptions = {}): RedisStores {
  if (typeof (client as Partial<RedisClient> | undefined)?.sendCommand !== 'function') {
    throw optionError(
      'redisStores',
      `redisStores was called with ${quote(client)}; pass a client of the redis package, from createClient()`,
    );
  }
  if (takesOtherArguments(client)) {
    throw optionError(
      'redisStores',
      'redisStores was called with a client of a cluster, of Sentinel or of ioredis, whose sendCommand takes other arguments; pass { sendCommand: (command) => ... } that calls it',
    );
  }
  checkOptionNames('redisStores', options, ['prefix']);
  const { prefix = 'express-cognito-kit:' } = options;
  const connection = connectionOf(client);
  const counts = new RedisCounts(connection);
  return Object.freeze({
    rateLimit: (limiter: { prefix: string }) =>
      guardedBy(connection, new RedisRateLimitStore(connection, counts, `${prefix}${limiter.prefix}`)),
    revocation: guardedBy(connection, new RedisRevocationStore(connection, `${prefix}revoked`)),
    refresh: guardedBy(connection, new RedisRefreshStore(connection, `${prefix}refresh:`)),
  });
}

function takesOtherArguments(client: RedisClient): boolean {
  // `redis` clients take a command and its options. ioredis sends raw commands with `call`.
  return client.sendCommand.length > 2 || 'call' in client;
}
