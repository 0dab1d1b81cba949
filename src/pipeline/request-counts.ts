import type { Request, Response } from 'express';
import type { ClientRateLimitInfo } from 'express-rate-limit';
import { type Problem, problem } from '../shared/problem.ts';
import type { Hit, SharedCounts } from '../stores/shared-counts.ts';
import type { GuardedStore } from './guarded-store.ts';
import type { Limiter, LimiterName } from './limiter.ts';

/** A limiter with its keys. */
export interface KeyedLimiter extends Limiter {
  readonly name: LimiterName;
  keyOf(bucket: string): string;
  /** Undefined for a store that counts one key at a time. */
  readonly shared: SharedLimiter | undefined;
}

/** A limiter whose store counts several keys in one round trip. */
export interface SharedLimiter {
  readonly counts: SharedCounts;
  readonly store: GuardedStore;
  hitOf(key: string): Hit;
}

interface Pending {
  readonly limiter: KeyedLimiter;
  readonly key: string;
}

/** The counts of one request. Those added before `count` share one round trip to a shared store. */
export class RequestCounts {
  readonly #req: Request;
  readonly #res: Response;
  #pending: Pending[] = [];

  constructor(req: Request, res: Response) {
    this.#req = req;
    this.#res = res;
  }

  add(limiter: KeyedLimiter, key: string): void {
    this.#pending.push({ limiter, key });
  }

  /** Makes the counts, up to the first one over its limit. Returns its problem. */
  async count(): Promise<Problem | undefined> {
    const pending = this.#pending;
    this.#pending = [];
    const counts = countTogether(pending);
    for (const [index, { limiter, key }] of pending.entries()) {
      if (counts !== undefined) limiter.shared?.store.giveCount(key, countAt(counts, index));
      const refused = await limiter.count(key, this.#req, this.#res);
      if (refused) return isAttempt(limiter, refused) ? tooManyAttempts(refused) : refused;
    }
    return;
  }
}

/** Returns the counts, or `undefined` if the stores have no server in common. */
function countTogether(pending: readonly Pending[]): Promise<readonly ClientRateLimitInfo[]> | undefined {
  const counts = pending[0]?.limiter.shared?.counts;
  if (counts === undefined || pending.length < 2) return undefined;
  const hits: Hit[] = [];
  for (const { limiter, key } of pending) {
    if (limiter.shared?.counts !== counts) return undefined;
    hits.push(limiter.shared.hitOf(key));
  }
  return counts.count(hits);
}

async function countAt(
  counts: Promise<readonly ClientRateLimitInfo[]>,
  index: number,
): Promise<ClientRateLimitInfo> {
  const count = (await counts)[index];
  if (count === undefined) throw new TypeError('The store did not answer with a count for each key.');
  return count;
}

function isAttempt({ name }: KeyedLimiter, { code }: Problem): boolean {
  return name === 'challenge-attempts' && code === 'rate_limited';
}

function tooManyAttempts({ headers }: Problem): Problem {
  return problem('too_many_attempts', { headers });
}
