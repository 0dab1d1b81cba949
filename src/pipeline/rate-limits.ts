import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit, type Store } from 'express-rate-limit';
import { type EndpointName, RATE_LIMIT_CLASSES, type RateLimitClass } from '../config/endpoint-names.ts';
import type { RateLimit } from '../config/options.ts';
import type { Settings } from '../config/settings.ts';
import { clientAddress } from '../shared/client-address.ts';
import { foldName } from '../shared/fold-name.ts';
import { isObject, optionError, quote } from '../shared/option-errors.ts';
import { type Problem, problem } from '../shared/problem.ts';
import { Evictions } from '../stores/evictions.ts';
import { guardOf, knownGuard, type StoreGuard } from '../stores/store-guard.ts';
import type { StoreSource } from '../stores/store-source.ts';
import { MemoryStore } from './memory-store.ts';
import { SessionAccounts } from './session-accounts.ts';

/** Maximum lifetime of a sign-in session at Cognito (`AuthSessionValidity`), in milliseconds. */
const MAX_SESSION_MS = 15 * 60_000;

/** An access provider assigns a /56 to one customer. Cognito's own lockouts use the same prefix. */
const IPV6_SUBNET = 56;

export type LimiterName = `${RateLimitClass}-${'address' | 'account'}` | 'challenge-attempts';

/** Each method returns the problem for a request over its limit, or nothing. */
export interface RateLimits {
  /** Counts a request from its client address. */
  countAddress(
    endpoint: EndpointName,
    limitClass: RateLimitClass,
    req: Request,
    res: Response,
  ): Promise<Problem | undefined>;
  /** Counts a request by each name of its account, regardless of spelling. */
  countAccounts(
    endpoint: EndpointName,
    limitClass: RateLimitClass,
    accounts: readonly string[],
    req: Request,
    res: Response,
  ): Promise<Problem | undefined>;
  /** Counts a refresh by its session: a refresh token, or the name of the tokens that have replaced it. */
  countSession(session: string, req: Request, res: Response): Promise<Problem | undefined>;
  /** Counts later answers to the session for this account, by whatever name they call it. */
  linkSession(session: string, account: string): void;
  /** Returns the account of a session, if this instance has issued it. */
  accountOf(session: string): string | undefined;
  /** Takes back the counts of a request by its accounts. */
  uncountAccounts(endpoint: EndpointName, limitClass: RateLimitClass, accounts: readonly string[]): void;
  /** Counts an answer to a challenge. */
  countAttempt(session: string, req: Request, res: Response): Promise<Problem | undefined>;
  /** The sources of the store events. */
  readonly sources: readonly StoreSource[];
  /** Stops the timers of the stores, which would keep the process alive. */
  close(): void;
}

/** Receives limit hits and store failures. */
export interface RateLimitListener {
  hit(limiter: LimiterName, req: Request): void;
  storeFailed(limiter: LimiterName, error: unknown, req: Request): void;
  /** Receives each validation error of express-rate-limit once. */
  misused(fault: unknown): void;
}

/**
 * The limiters of one router. The pipeline answers requests over their limits, as it does with any other
 * problem.
 */
export function createRateLimits(settings: Settings, listener: RateLimitListener): RateLimits {
  const { rateLimits } = settings;
  const hidden = hideBucket(settings);
  const stores = new Set<Store>();
  const limiters = new Map<LimiterName, Limiter>();
  const evictions = new Evictions();
  const sessions = new SessionAccounts(MAX_SESSION_MS);
  const sources = new Set<StoreSource>();

  const storeFor = (name: LimiterName, { windowMs }: RateLimit): Store => {
    const make = rateLimits.store;
    if (make === undefined) {
      sources.add(evictions);
      return new MemoryStore(undefined, evictions);
    }
    const store = checkStore(make({ prefix: `${name}:`, windowMs }), stores);
    // All stores of one factory are assumed to use one server.
    const guard = knownGuard(store) ?? guardOf(make, () => store.resetKey('probe'));
    sources.add(guard);
    return reliable(store, guard);
  };

  const add = (name: LimiterName, limit: RateLimit, limitClass: RateLimitClass, headers: boolean): void => {
    const store = storeFor(name, limit);
    // Names and sessions can be long, and a client chooses them. Addresses are short.
    const hides = rateLimits.store !== undefined || !name.endsWith('-address');
    const keyOf = (bucket: string): string => (hides ? hidden(`${name} ${bucket}`) : bucket);
    const denies = deniesWithoutStore(limitClass, settings);
    limiters.set(name, createLimiter({ name, limit, store, keyOf, headers, denies, listener }));
  };
  if (rateLimits.enabled) {
    for (const limitClass of RATE_LIMIT_CLASSES) {
      add(`${limitClass}-address`, rateLimits.address[limitClass], limitClass, true);
      // The remaining limit of an account would tell an attacker that its user is active.
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
    return limiter ? limiter.count(bucket, req, res) : Promise.resolve(undefined);
  };
  const bucketsOf = (endpoint: EndpointName, accounts: readonly string[]): string[] =>
    [...new Set(accounts.map(foldName))].map((name) => `${endpoint} ${name}`);
  return {
    countAddress: (endpoint, limitClass, req, res) =>
      count(`${limitClass}-address`, `${endpoint} ${addressOf(req)}`, req, res),
    countAccounts: async (endpoint, limitClass, accounts, req, res) => {
      for (const bucket of bucketsOf(endpoint, accounts)) {
        const refused = await count(`${limitClass}-account`, bucket, req, res);
        if (refused) return refused;
      }
      return;
    },
    countSession: (session, req, res) => count('write-account', `refresh ${foldToken(session)}`, req, res),
    linkSession: (session, account) => {
      if (rateLimits.enabled) sessions.set(hidden(foldSession(session)), foldName(account));
    },
    accountOf: (session) => sessions.get(hidden(foldSession(session))),
    uncountAccounts: (endpoint, limitClass, accounts) => {
      for (const bucket of bucketsOf(endpoint, accounts))
        limiters.get(`${limitClass}-account`)?.uncount(bucket);
    },
    countAttempt: async (session, req, res) => {
      const refused = await count('challenge-attempts', foldSession(session), req, res);
      return refused && refused.code === 'rate_limited'
        ? problem('too_many_attempts', { headers: refused.headers })
        : refused;
    },
    sources: [...sources],
    close: () => {
      for (const store of stores) shutDown(store);
    },
  };
}

/**
 * Whether requests of a class are refused while the store is unavailable. By default, reads may continue uncounted, and
 * guesses may not.
 */
export function deniesWithoutStore(limitClass: RateLimitClass, { rateLimits }: Settings): boolean {
  const isGuess = limitClass === 'signIn' || limitClass === 'code';
  return rateLimits.onUnavailable === undefined ? isGuess : rateLimits.onUnavailable === 'deny';
}

/** One bucket for each client address, whatever its port, and one for all clients without a known address. */
function addressOf({ ip }: Request): string {
  const address = clientAddress(ip);
  return address === undefined ? 'unknown' : ipKeyGenerator(address, IPV6_SUBNET);
}

/**
 * One bucket for each session: Base64 encodes the same bytes in two alphabets, with and without padding, and
 * with stray bits.
 */
function foldSession(session: string): string {
  return Buffer.from(session, 'base64').toString('base64');
}

/** One bucket for each refresh token: its parts are Base64, too. */
function foldToken(token: string): string {
  return token.split('.').map(foldSession).join('.');
}

/** Hashes a name or address for a store, so that a reader of the store learns neither. */
function hideBucket({ rateLimits: { secret: given }, clientId }: Settings): (bucket: string) => string {
  const secret =
    given === undefined
      ? randomBytes(32)
      : Buffer.from(hkdfSync('sha256', given, clientId, 'express-cognito-kit rate limit', 32));
  return (bucket) => createHmac('sha256', secret).update(bucket).digest('base64url');
}

function checkStore(store: unknown, others: Set<Store>): Store {
  if (!isStore(store)) {
    throw optionError(
      'rateLimits.store',
      `rateLimits.store returned ${quote(store)}; return a store of express-rate-limit`,
    );
  }
  if (others.has(store)) {
    throw optionError(
      'rateLimits.store',
      'rateLimits.store returned the same store twice; return a new one for each prefix',
    );
  }
  others.add(store);
  return store;
}

function isStore(store: unknown): store is Store {
  return (
    isObject(store) &&
    ['increment', 'decrement', 'resetKey'].every((name) => typeof store[name] === 'function')
  );
}

/** Wraps a store so that every failure to count is a rejection. */
function reliable(store: Store, guard: StoreGuard): Store {
  return {
    init: (options) => store.init?.(options),
    increment: async (key) => {
      try {
        const info = await guard.ask(() => store.increment(key));
        if (!(Number.isSafeInteger(info.totalHits) && info.totalHits > 0)) {
          throw new TypeError('The store did not return a number of hits.');
        }
        if (info.resetTime && Number.isNaN(info.resetTime.getTime())) {
          throw new TypeError('The store did not answer with a valid reset time.');
        }
        return info;
      } catch (cause) {
        throw new Error('The rate limit store failed.', { cause });
      }
    },
    decrement: (key) => store.decrement(key),
    resetKey: (key) => store.resetKey(key),
    ...(store.prefix !== undefined && { prefix: store.prefix }),
    ...(store.localKeys !== undefined && { localKeys: store.localKeys }),
  };
}

/** An error while the router closes has no consequences, and must not end the process. */
function shutDown(store: Store): void {
  void (async () => store.shutdown?.())().catch(() => undefined);
}

interface Limiter {
  count(bucket: string, req: Request, res: Response): Promise<Problem | undefined>;
  /** Takes one count back. A count that stays is harmless, so a failure of the store is ignored. */
  uncount(bucket: string): void;
}

interface LimiterOptions {
  readonly name: LimiterName;
  readonly limit: RateLimit;
  readonly store: Store;
  readonly keyOf: (bucket: string) => string;
  /** Whether responses carry `RateLimit` headers. */
  readonly headers: boolean;
  readonly denies: boolean;
  readonly listener: RateLimitListener;
}

/** The state of one count. A request is counted by one limiter at a time. */
interface Counting {
  readonly key: string;
  refusal: Problem | undefined;
}

const COUNTING = Symbol('counting');

function countingOf(req: Request): Counting {
  return (req as { [COUNTING]?: Counting })[COUNTING] as Counting;
}

/** Calls express-rate-limit as a function that counts and returns the refusal. */
function createLimiter({ name, limit, store, keyOf, headers, denies, listener }: LimiterOptions): Limiter {
  const counted: RequestHandler = rateLimit({
    ...limit,
    store,
    identifier: name,
    standardHeaders: headers ? 'draft-8' : false,
    legacyHeaders: false,
    requestPropertyName: 'cognitoKitRateLimit',
    keyGenerator: (req) => countingOf(req).key,
    handler: (req, _res, next, options) => {
      const info = (req as { cognitoKitRateLimit?: { resetTime?: Date } }).cognitoKitRateLimit;
      const waitMs = info?.resetTime ? info.resetTime.getTime() - Date.now() : options.windowMs;
      countingOf(req).refusal = problem('rate_limited', {
        headers: { 'Retry-After': String(Math.max(1, Math.ceil(waitMs / 1000))) },
      });
      listener.hit(name, req);
      next();
    },
    logger: { error: (fault) => listener.misused(fault), warn: (fault) => listener.misused(fault) },
    passOnStoreError: false,
  });
  return {
    count: (bucket, req, res) =>
      new Promise((resolve) => {
        const counting: Counting = { key: keyOf(bucket), refusal: undefined };
        (req as { [COUNTING]?: Counting })[COUNTING] = counting;
        void counted(req, res, (error?: unknown) => {
          if (error === undefined) {
            resolve(counting.refusal);
            return;
          }
          listener.storeFailed(name, error, req);
          resolve(denies ? problem('store_unavailable') : undefined);
        });
      }),
    uncount: (bucket) => void (async () => store.decrement(keyOf(bucket)))().catch(() => undefined),
  };
}
