import type { RefreshClaim, RefreshStore } from '../config/refresh.ts';
import type { RedisConnection } from './connection.ts';

/** A claim is stored as `?` and its owner, a value as `=` and itself. */
const CLAIM = `
local known = redis.call('GET', KEYS[1])
if known and known ~= '?' .. ARGV[1] then return known end
redis.call('SET', KEYS[1], '?' .. ARGV[1], 'PX', ARGV[2])
return 'mine'`;

const PUBLISH = `
local known = redis.call('GET', KEYS[1])
if not known or known == '?' .. ARGV[1] or string.sub(known, 1, 1) == '=' then
  redis.call('SET', KEYS[1], '=' .. ARGV[2], 'PX', ARGV[3])
end`;

const RELEASE = "if redis.call('GET', KEYS[1]) == '?' .. ARGV[1] then redis.call('DEL', KEYS[1]) end";

/** Each step is one script, because it must be atomic and leave no key without an expiry. */
export class RedisRefreshStore implements RefreshStore {
  readonly #connection: RedisConnection;
  readonly #prefix: string;

  constructor(connection: RedisConnection, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
  }

  async claim(key: string, owner: string, ttlMs: number): Promise<RefreshClaim> {
    const reply = await this.#eval(CLAIM, key, owner, wholeMs(ttlMs));
    if (reply === 'mine') return reply;
    if (typeof reply === 'string' && reply.startsWith('=')) return { value: reply.slice(1) };
    if (typeof reply === 'string' && reply.startsWith('?')) return 'pending';
    throw new TypeError('Redis did not answer with a claim.');
  }

  async publish(key: string, owner: string, value: string, ttlMs: number): Promise<void> {
    await this.#eval(PUBLISH, key, owner, value, wholeMs(ttlMs));
  }

  async release(key: string, owner: string): Promise<void> {
    await this.#eval(RELEASE, key, owner);
  }

  async find(key: string): Promise<string | undefined> {
    const reply = await this.#connection.send(['GET', this.#prefix + key]);
    if (reply === null) return undefined;
    if (typeof reply !== 'string') throw new TypeError('Redis did not answer with text.');
    return reply.startsWith('=') ? reply.slice(1) : undefined;
  }

  #eval(script: string, key: string, ...args: string[]): Promise<unknown> {
    return this.#connection.send(['EVAL', script, '1', this.#prefix + key, ...args]);
  }
}

/** Redis accepts neither fractions nor 0. */
function wholeMs(ms: number): string {
  return String(Math.max(1, Math.ceil(ms)));
}
