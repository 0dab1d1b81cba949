import type { ClientRateLimitInfo, Store } from 'express-rate-limit';
import type { RefreshStore } from '../config/refresh.ts';
import type { RevocationStore } from '../config/revocation.ts';
import { optionError, quote } from '../shared/option-errors.ts';
import { guardedBy } from '../stores/store-guard.ts';
import { connectionOf, type RedisClient, type RedisConnection } from './connection.ts';
import { RedisRefreshStore } from './refresh-store.ts';
import { RedisRevocationStore } from './revocation-store.ts';
import { wholeNumber } from './whole-number.ts';

export type { RedisClient } from './connection.ts';

/** The options of `redisStores`. */
export interface RedisStoresOptions {
  /** What every key begins with, so that several apps can share a Redis. Default: `express-cognito-kit:`. */
  prefix?: string | undefined;
}

/** All that several instances of an app have to share. */
export interface RedisStores {
  /** For `rateLimits.store`: counts requests, and answers to a challenge. */
  readonly rateLimit: (limiter: { prefix: string; windowMs: number }) => Store;
  /** For `revocation.store`: remembers sign-outs. */
  readonly revocation: RevocationStore;
  /** For `refresh.store`: has a session refreshed once, whichever instances are asked. */
  readonly refresh: RefreshStore;
}

/**
 * The stores of one Redis. Every key but that of the sign-outs expires by itself, and none says who a user is.
 * The client is yours to connect and to close. If its connection is silent for a second, a duplicate of it stands in.
 * Throws a `TypeError` for what is no client.
 */
export function redisStores(client: RedisClient, options: RedisStoresOptions = {}): RedisStores {
  if (typeof (client as Partial<RedisClient> | undefined)?.sendCommand !== 'function') {
    throw optionError(
      `redisStores was given ${quote(client)}; give it a client of the redis package, from createClient()`,
    );
  }
  if (takesOtherArguments(client)) {
    throw optionError(
      'redisStores was given a client of a cluster, of Sentinel or of ioredis, whose sendCommand takes other arguments; give it { sendCommand: (command) => ... } around that, as the README shows',
    );
  }
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
  // A command and its options; ioredis has `call` for what `sendCommand` is elsewhere.
  return client.sendCommand.length > 2 || 'call' in client;
}

/** In one step, so that no counter is ever left without an expiry, and no two instances count the same. */
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
 * `rate-limit-redis` loads its script when it is made, and never again: if Redis is down at that moment, the process
 * gets an unhandled rejection, and no request is counted until it is started anew.
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
