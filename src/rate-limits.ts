import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, MemoryStore, rateLimit, type Store } from 'express-rate-limit';
import type { RateLimit, Settings } from './config.ts';
import type { EndpointName, RateLimitClass } from './endpoints/endpoint.ts';
import { RATE_LIMIT_CLASSES } from './endpoints/endpoint.ts';
import { type Problem, problem } from './problem.ts';

/** Longest life of a sign-in session at Cognito (`AuthSessionValidity`), in milliseconds. */
const MAX_SESSION_MS = 15 * 60_000;

/** Cognito's own lock-outs and the README speak of a /56 as one customer of an access provider. */
const IPV6_SUBNET = 56;

export type LimiterName = `${RateLimitClass}-${'address' | 'account'}` | 'challenge-attempts';

/** What the limits say to one request: nothing, or the problem to answer with. */
export interface RateLimits {
  /** Counts a request from its client address. */
  countAddress(
    endpoint: EndpointName,
    limitClass: RateLimitClass,
    req: Request,
    res: Response,
  ): Promise<Problem | undefined>;
  /** Counts a request about an account, however its name is spelled. */
  countAccount(
    endpoint: EndpointName,
    limitClass: RateLimitClass,
    account: string,
    req: Request,
    res: Response,
  ): Promise<Problem | undefined>;
  /** Counts an answer to a challenge. */
  countAttempt(session: string, req: Request, res: Response): Promise<Problem | undefined>;
  /** Stops the stores' timers. */
  close(): void;
}

/** Is told of limits that were hit and of stores that failed. */
export interface RateLimitListener {
  hit(limiter: LimiterName, req: Request): void;
  storeFailed(limiter: LimiterName, error: unknown, req: Request): void;
  /** A store or setting that express-rate-limit objects to; it says so once. */
  misused(fault: unknown): void;
}

/** The limiters of one router. They answer nothing themselves: `router.ts` does, as with any other problem. */
export function createRateLimits(settings: Settings, listener: RateLimitListener): RateLimits {
  const { rateLimits } = settings;
  const key = bucketKey(settings);
  const stores: Store[] = [];
  const limiters = new Map<LimiterName, Limiter>();

  const add = (name: LimiterName, limit: RateLimit, limitClass: RateLimitClass, headers: boolean): void => {
    const store = rateLimits.store?.({ prefix: `${name}:`, windowMs: limit.windowMs }) ?? new MemoryStore();
    stores.push(store);
    const denies = (rateLimits.onStoreError ?? defaultOnStoreError(limitClass)) === 'deny';
    limiters.set(name, createLimiter({ name, limit, store, headers, denies, listener }));
  };
  if (rateLimits.enabled) {
    for (const limitClass of RATE_LIMIT_CLASSES) {
      add(`${limitClass}-address`, rateLimits.address[limitClass], limitClass, true);
      // How much of an account's limit is left would tell a stranger that somebody uses the account.
      add(`${limitClass}-account`, rateLimits.account[limitClass], limitClass, false);
    }
  }
  add(
    'challenge-attempts',
    { limit: rateLimits.challengeAttempts, windowMs: MAX_SESSION_MS },
    'signIn',
    false,
  );

  const count = (
    name: LimiterName,
    bucket: string,
    req: Request,
    res: Response,
  ): Promise<Problem | undefined> => {
    const limiter = limiters.get(name);
    return limiter ? limiter(key(bucket), req, res) : Promise.resolve(undefined);
  };
  return {
    countAddress: (endpoint, limitClass, req, res) =>
      count(`${limitClass}-address`, `${endpoint} ${addressOf(req)}`, req, res),
    countAccount: (endpoint, limitClass, account, req, res) =>
      count(`${limitClass}-account`, `${endpoint} ${foldName(account)}`, req, res),
    countAttempt: async (session, req, res) => {
      // Base64 padding can be dropped without changing what it says.
      const refused = await count('challenge-attempts', session.replace(/=+$/, ''), req, res);
      return refused && refused.code === 'rate_limited'
        ? problem('too_many_attempts', { headers: refused.headers })
        : refused;
    },
    close: () => {
      for (const store of stores) void store.shutdown?.();
    },
  };
}

/** Reads may go on uncounted while a store is down; guesses may not. */
function defaultOnStoreError(limitClass: RateLimitClass): 'allow' | 'deny' {
  return limitClass === 'signIn' || limitClass === 'code' ? 'deny' : 'allow';
}

function addressOf(req: Request): string {
  return req.ip === undefined ? 'unknown' : ipKeyGenerator(req.ip, IPV6_SUBNET);
}

/**
 * One bucket for one account, however its name is written: compatibility forms, case, white space and
 * invisible characters make no difference. Two names that fold together share a bucket, which is harmless.
 */
export function foldName(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/[\s\p{Default_Ignorable_Code_Point}]/gu, '')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC');
}

/** Stands for a name or address in a store, so that whoever reads the store learns neither. */
function bucketKey({ rateLimits, clientId, clientSecret }: Settings): (bucket: string) => string {
  const given = rateLimits.secret ?? clientSecret;
  const secret =
    given === undefined
      ? randomBytes(32)
      : Buffer.from(hkdfSync('sha256', given, clientId, 'express-cognito-kit rate limit', 32));
  return (bucket) => createHmac('sha256', secret).update(bucket).digest('base64url');
}

type Limiter = (key: string, req: Request, res: Response) => Promise<Problem | undefined>;

interface LimiterOptions {
  readonly name: LimiterName;
  readonly limit: RateLimit;
  readonly store: Store;
  /** Whether to tell the client with `RateLimit` headers. */
  readonly headers: boolean;
  readonly denies: boolean;
  readonly listener: RateLimitListener;
}

/** express-rate-limit as a function: it counts, and says what to answer. */
function createLimiter({ name, limit, store, headers, denies, listener }: LimiterOptions): Limiter {
  const keys = new WeakMap<Request, string>();
  const refusals = new WeakMap<Request, Problem>();
  const counted: RequestHandler = rateLimit({
    ...limit,
    store,
    identifier: name,
    standardHeaders: headers ? 'draft-8' : false,
    legacyHeaders: false,
    requestPropertyName: 'cognitoKitRateLimit',
    keyGenerator: (req) => keys.get(req) ?? '',
    handler: (req, _res, next, options) => {
      const info = (req as { cognitoKitRateLimit?: { resetTime?: Date } }).cognitoKitRateLimit;
      const waitMs = info?.resetTime ? info.resetTime.getTime() - Date.now() : options.windowMs;
      refusals.set(
        req,
        problem('rate_limited', {
          headers: { 'Retry-After': String(Math.max(1, Math.ceil(waitMs / 1000))) },
        }),
      );
      listener.hit(name, req);
      next();
    },
    logger: { error: (fault) => listener.misused(fault), warn: (fault) => listener.misused(fault) },
    passOnStoreError: false,
  });
  return (key, req, res) =>
    new Promise((resolve) => {
      keys.set(req, key);
      void counted(req, res, (error?: unknown) => {
        if (error === undefined) {
          resolve(refusals.get(req));
          return;
        }
        listener.storeFailed(name, error, req);
        resolve(denies ? problem('store_unavailable') : undefined);
      });
    });
}
