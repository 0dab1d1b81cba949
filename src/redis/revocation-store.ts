import { hash } from 'node:crypto';
import type { RevocationStore } from '../config/revocation.ts';
import type { RedisConnection } from './connection.ts';
import { wholeNumber } from './whole-number.ts';

/**
 * Never weakens a revocation, even if an instance's clock is slow. Each call also removes the expired ones among 16
 * random entries. About one in sixteen entries is expired at any time.
 */
const REVOKE = `
local now = tonumber(redis.call('TIME')[1])
local some = redis.call('HRANDFIELD', KEYS[1], 16, 'WITHVALUES')
for i = 1, #some, 2 do
  if tonumber(string.match(some[i + 1], '%d+$')) <= now then redis.call('HDEL', KEYS[1], some[i]) end
end
local upTo, untilTime = ARGV[2], ARGV[3]
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known then
  local knownUpTo, knownUntil = string.match(known, '(%d+) (%d+)')
  if tonumber(knownUpTo) > tonumber(upTo) then upTo = knownUpTo end
  if tonumber(knownUntil) > tonumber(untilTime) then untilTime = knownUntil end
end
redis.call('HSET', KEYS[1], ARGV[1], upTo .. ' ' .. untilTime)`;

interface Lookup {
  readonly fields: string[];
  readonly reply: Promise<readonly unknown[]>;
}

/** One hash without an expiry, because only the eviction policies `allkeys-*` evict such a key. */
export class RedisRevocationStore implements RevocationStore {
  readonly #connection: RedisConnection;
  readonly #key: string;
  /** The look-up that has not been sent yet. */
  #lookup: Lookup | undefined;

  constructor(connection: RedisConnection, key: string) {
    this.#connection = connection;
    this.#key = key;
  }

  async revoke(key: string, upTo: number, until: number): Promise<void> {
    const args = [fieldOf(key), String(Math.ceil(upTo)), String(Math.ceil(until))];
    await this.#connection.send(['EVAL', REVOKE, '1', this.#key, ...args]);
  }

  async find(keys: readonly string[]): Promise<readonly (number | undefined)[]> {
    this.#lookup ??= this.#beginLookup();
    const { fields, reply } = this.#lookup;
    const first = fields.push(...keys.map(fieldOf)) - keys.length;
    const found = (await reply).slice(first, first + keys.length);
    return found.map((entry) => (entry === null ? undefined : upToIn(entry)));
  }

  /** Concurrent requests share one command, which is sent when the sockets that are ready have been read. */
  #beginLookup(): Lookup {
    const fields: string[] = [];
    const reply = new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
      this.#lookup = undefined;
      const entries = await this.#connection.send(['HMGET', this.#key, ...fields]);
      if (Array.isArray(entries) && entries.length === fields.length) return entries;
      throw new TypeError('Redis did not answer with one value for each key.');
    });
    return { fields, reply };
  }
}

function fieldOf(key: string): string {
  return hash('sha256', key, 'base64url');
}

function upToIn(entry: unknown): number {
  return wholeNumber(/^(\d+) \d+$/.exec(String(entry))?.[1]);
}
