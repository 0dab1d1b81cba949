import type { Request, Response } from 'express';
import { rateLimit, type Store } from 'express-rate-limit';
import type { RateLimitClass } from '../config/endpoint-names.ts';
import type { RateLimit } from '../config/options.ts';
import { type Problem, problem } from '../shared/problem.ts';

export type LimiterName = `${RateLimitClass}-${'address' | 'account'}` | 'challenge-attempts';

/** Receives limit hits and store failures. */
export interface RateLimitListener {
  hit(limiter: LimiterName, req: Request): void;
  storeFailed(limiter: LimiterName, error: unknown, req: Request): void;
  /** Receives each validation error of express-rate-limit once. */
  misused(fault: unknown): void;
}

export interface Limiter {
  /** Counts a request. Returns its problem if it is over the limit. */
  count(key: string, req: Request, res: Response): Promise<Problem | undefined>;
  /** Takes one count back. A count that stays is harmless, so a failure of the store is ignored. */
  uncount(key: string): void;
}

export interface LimiterOptions {
  readonly name: LimiterName;
  readonly limit: RateLimit;
  readonly store: Store;
  /** Whether responses carry `RateLimit` headers. */
  readonly headers: boolean;
  /** Whether requests are refused while the store is unavailable. */
  readonly denies: boolean;
  readonly listener: RateLimitListener;
}

/**
 * One count, which express-rate-limit takes for the request. It would add properties to the request itself, and ask it
 * for `ip`; both are slow.
 */
interface Count {
  readonly key: string;
  readonly req: Request;
  /** Set by express-rate-limit. */
  info: { readonly resetTime?: Date | undefined } | undefined;
  refusal: Problem | undefined;
}

/** Calls express-rate-limit as a function that counts and returns the refusal. */
export function createLimiter({ name, limit, store, headers, denies, listener }: LimiterOptions): Limiter {
  const counter = rateLimit({
    ...limit,
    store,
    identifier: name,
    standardHeaders: headers ? 'draft-8' : false,
    legacyHeaders: false,
    requestPropertyName: 'info',
    keyGenerator: (count) => countOf(count).key,
    handler: (given, _res, next, options) => {
      const count = countOf(given);
      const { resetTime } = count.info ?? {};
      const waitMs = resetTime ? resetTime.getTime() - Date.now() : options.windowMs;
      count.refusal = problem('rate_limited', {
        headers: { 'Retry-After': String(Math.max(1, Math.ceil(waitMs / 1000))) },
      });
      listener.hit(name, count.req);
      next();
    },
    logger: { error: (fault) => listener.misused(fault), warn: (fault) => listener.misused(fault) },
    passOnStoreError: false,
  });
  return {
    count: (key, req, res) =>
      new Promise((resolve) => {
        const count: Count = { key, req, info: undefined, refusal: undefined };
        void counter(count as unknown as Request, res, (error?: unknown) => {
          if (error === undefined) {
            resolve(count.refusal);
            return;
          }
          listener.storeFailed(name, error, req);
          resolve(denies ? problem('store_unavailable') : undefined);
        });
      }),
    uncount: (key) => void (async () => store.decrement(key))().catch(() => undefined),
  };
}

function countOf(given: Request): Count {
  return given as unknown as Count;
}
