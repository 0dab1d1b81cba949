import type { ClientRateLimitInfo, Store } from 'express-rate-limit';
import type { RefreshStore } from '../config/refresh.ts';
import type { RevocationStore } from '../config/revocation.ts';
import { checkOptionNames, optionError, quote } from '../shared/option-errors.ts';
import { guardedBy } from '../stores/store-guard.ts';
import { connectionOf, type RedisClient, type RedisConnection } from './connection.ts';
import { RedisRefreshStore } from './refresh-store.ts';
import { RedisRevocationStore } from './revocation-store.ts';
import { wholeNumber } from './whole-number.ts';

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
  return Object.freeze({
    rateLimit: (limiter: { prefix: string }) =>
      guardedBy(connection, new RedisRateLimitStore(connection, `${prefix}${limiter.prefix}`)),
    revocation: guardedBy(connection, new RedisRevocationStore(connection, `${prefix}revoked`)),
    refresh: guardedBy(connection, new RedisRefreshStore(connection, `${prefix}refresh:`)),
  });
}

function takesOtherArguments(client: RedisClient): boolean {
  // `redis` clients take a command and its options. ioredis sends raw commands with `call`.
  return client.sendCommand.length > 2 || 'call' in client;
}

/** Atomic, to leave no counter without an expiry and to count concurrent instances correctly. */
const INCREMENT = `
local hits = redis.call('INCR', KEYS[1])
local ttl = redis.call('PTTL', KEYS[1])
if ttl < 0 then
  ttl = tonumber(ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ttl)
end
return { hits, ttl }`;

const DECREMENT = "if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DECR', KEYS[1]) end";

/**
 * Replaces `rate-limit-redis`, which loads its script only once, at construction. If Redis is unavailable then, the
 * process gets an unhandled rejection, and counts no request until it restarts.
 */
class RedisRateLimitStore implements Store {
  readonly prefix: string;
  readonly localKeys = false;
  readonly #connection: RedisConnection;
  #windowMs = 60_000;

  constructor(connection: RedisConnection, prefix: string) {
    this.#connection = connection;
    this.prefix = prefix;
  }

  init({ windowMs }: { windowMs: number }): void {
    this.#windowMs = windowMs;
  }

  async increment(key: string): Promise<ClientRateLimitInfo> {
    const reply = await this.#eval(INCREMENT, key, String(this.#windowMs));
    const [totalHits, ttl] = Array.isArray(reply) ? reply : [];
    return { totalHits: wholeNumber(totalHits), resetTime: new Date(Date.now() + wholeNumber(ttl)) };
  }

  async decrement(key: string): Promise<void> {
    await this.#eval(DECREMENT, key);
  }

  async resetKey(key: string): Promise<void> {
    await this.#connection.send(['DEL', this.prefix + key]);
  }

  #eval(script: string, key: string, ...args: string[]): Promise<unknown> {
    return this.#connection.send(['EVAL', script, '1', this.prefix + key, ...args]);
  }
}
