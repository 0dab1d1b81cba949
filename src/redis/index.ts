import { createHash } from 'node:crypto';
import type { ClientRateLimitInfo, Store } from 'express-rate-limit';
import { optionError, quote } from '../options.ts';
import type { RefreshStore } from '../session/refresh-store.ts';
import type { RevocationStore } from '../session/revocation.ts';
import { RedisRefreshStore } from './refresh-store.ts';

/** As much of a connected client as is needed: the `redis` package has it, from version 4 on. */
export interface RedisClient {
  sendCommand(command: readonly string[]): Promise<unknown>;
}

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
 * The stores of one Redis. Every key expires by itself, and none has anything in it that says who somebody is.
 * The client is yours to connect and to close. Throws a `TypeError` for what is no client.
 */
export function redisStores(client: RedisClient, options: RedisStoresOptions = {}): RedisStores {
  if (typeof (client as Partial<RedisClient> | undefined)?.sendCommand !== 'function') {
    throw optionError(
      `redisStores was given ${quote(client)}; give it a client of the redis package, from createClient()`,
    );
  }
  const { prefix = 'express-cognito-kit:' } = options;
  return Object.freeze({
    rateLimit: (limiter: { prefix: string }) => new RedisRateLimitStore(client, `${prefix}${limiter.prefix}`),
    revocation: new RedisRevocationStore(client, `${prefix}revoked:`),
    refresh: new RedisRefreshStore(client, `${prefix}refresh:`),
  });
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

/** What was revoked stays so: an instance whose clock is behind must not take it back. */
const REVOKE = `
local known = tonumber(redis.call('GET', KEYS[1]) or '-1')
if known < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1], 'EXAT', ARGV[2])
else
  redis.call('EXPIREAT', KEYS[1], ARGV[2])
end`;

/**
 * `rate-limit-redis` loads its script when it is made, and never again: if Redis is down at that moment, the process
 * gets an unhandled rejection, and no request is counted until it is started anew.
 */
class RedisRateLimitStore implements Store {
  readonly prefix: string;
  readonly localKeys = false;
  readonly #client: RedisClient;
  #windowMs = 60_000;

  constructor(client: RedisClient, prefix: string) {
    this.#client = client;
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
    await this.#client.sendCommand(['DEL', this.prefix + key]);
  }

  #eval(script: string, key: string, ...args: string[]): Promise<unknown> {
    return this.#client.sendCommand(['EVAL', script, '1', this.prefix + key, ...args]);
  }
}

/** A reply as the number that it has to be. */
function wholeNumber(reply: unknown): number {
  const isDigits = typeof reply === 'string' && /^\d{1,16}$/.test(reply);
  const value = isDigits ? Number(reply) : reply;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError('Redis did not answer with a number.');
}

class RedisRevocationStore implements RevocationStore {
  readonly #client: RedisClient;
  readonly #prefix: string;

  constructor(client: RedisClient, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
  }

  async revoke(key: string, upTo: number, until: number): Promise<void> {
    await this.#client.sendCommand(['EVAL', REVOKE, '1', this.#keyOf(key), String(upTo), String(until)]);
  }

  async find(keys: readonly string[]): Promise<readonly (number | undefined)[]> {
    const reply = await this.#client.sendCommand(['MGET', ...keys.map((key) => this.#keyOf(key))]);
    if (!(Array.isArray(reply) && reply.length === keys.length)) {
      throw new TypeError('Redis did not answer with one value for each key.');
    }
    return reply.map((upTo) => (upTo === null ? undefined : wholeNumber(upTo)));
  }

  #keyOf(key: string): string {
    return this.#prefix + createHash('sha256').update(key).digest('base64url');
  }
}
