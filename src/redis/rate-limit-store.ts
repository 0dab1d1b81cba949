import type { ClientRateLimitInfo } from 'express-rate-limit';
import type { Hit, SharedCounts, SharedStore } from '../stores/shared-counts.ts';
import { isCrossSlot, type RedisConnection } from './connection.ts';
import { wholeNumber } from './whole-number.ts';

/** Atomic, to leave no counter without an expiry and to count concurrent instances correctly. */
const COUNT = `
local counts = {}
for i, key in ipairs(KEYS) do
  local hits = redis.call('INCR', key)
  local ttl = redis.call('PTTL', key)
  if ttl < 0 then
    ttl = tonumber(ARGV[2 * i - 1])
    redis.call('PEXPIRE', key, ttl)
  end
  counts[2 * i - 1], counts[2 * i] = hits, ttl
  if hits > tonumber(ARGV[2 * i]) then break end
end
return counts`;

const DECREMENT = "if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DECR', KEYS[1]) end";

/** The counters of one Redis. */
export class RedisCounts implements SharedCounts {
  readonly #connection: RedisConnection;
  /** Whether the keys have different slots of a cluster, where a script takes those of one slot. */
  #isSplit = false;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  async count(hits: readonly Hit[]): Promise<readonly ClientRateLimitInfo[]> {
    if (!this.#isSplit) {
      try {
        return await this.#countTogether(hits);
      } catch (error) {
        if (!isCrossSlot(error)) throw error;
        this.#isSplit = true;
      }
    }
    const counts: ClientRateLimitInfo[] = [];
    for (const hit of hits) {
      const [count] = await this.#countTogether([hit]);
      if (count === undefined) break;
      counts.push(count);
      if (count.totalHits > hit.limit) break;
    }
    return counts;
  }

  async #countTogether(hits: readonly Hit[]): Promise<readonly ClientRateLimitInfo[]> {
    const keys = hits.map(({ key }) => key);
    const args = hits.flatMap(({ windowMs, limit }) => [String(windowMs), String(limit)]);
    const reply = await this.#connection.send(['EVAL', COUNT, String(keys.length), ...keys, ...args]);
    const numbers: readonly unknown[] = Array.isArray(reply) ? reply : [];
    return hits.slice(0, numbers.length / 2).map((_hit, index) => ({
      totalHits: wholeNumber(numbers[2 * index]),
      resetTime: new Date(Date.now() + wholeNumber(numbers[2 * index + 1])),
    }));
  }
}

/**
 * Replaces `rate-limit-redis`, which loads its script only once, at construction. If Redis is unavailable then, the
 * process gets an unhandled rejection, and counts no request until it restarts.
 */
export class RedisRateLimitStore implements SharedStore {
  readonly prefix: string;
  readonly counts: SharedCounts;
  readonly localKeys = false;
  readonly #connection: RedisConnection;
  #windowMs = 60_000;

  constructor(connection: RedisConnection, counts: SharedCounts, prefix: string) {
    this.#connection = connection;
    this.counts = counts;
    this.prefix = prefix;
  }

  init({ windowMs }: { windowMs: number }): void {
    this.#windowMs = windowMs;
  }

  async increment(key: string): Promise<ClientRateLimitInfo> {
    const hit = { key: this.prefix + key, windowMs: this.#windowMs, limit: Number.MAX_SAFE_INTEGER };
    const [count] = await this.counts.count([hit]);
    if (count === undefined) throw new TypeError('Redis did not answer with a count.');
    return count;
  }

  async decrement(key: string): Promise<void> {
    await this.#connection.send(['EVAL', DECREMENT, '1', this.prefix + key]);
  }

  async resetKey(key: string): Promise<void> {
    await this.#connection.send(['DEL', this.prefix + key]);
  }
}
