import { hkdfSync, randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import { ipKeyGenerator, type Store } from 'express-rate-limit';
import { type EndpointName, RATE_LIMIT_CLASSES, type RateLimitClass } from '../config/endpoint-names.ts';
import type { RateLimit } from '../config/options.ts';
import type { Settings } from '../config/settings.ts';
import { clientAddress } from '../shared/client-address.ts';
import { foldName } from '../shared/fold-name.ts';
import { hmacSha256 } from '../shared/hmac.ts';
import { isObject, optionError, quote } from '../shared/option-errors.ts';
import type { Problem } from '../shared/problem.ts';
import { Evictions } from '../stores/evictions.ts';
import { isSharedStore, type SharedStore } from '../stores/shared-counts.ts';
import { guardOf, knownGuard } from '../stores/store-guard.ts';
import type { StoreSource } from '../stores/store-source.ts';
import { GuardedStore } from './guarded-store.ts';
import { createLimiter, type LimiterName, type RateLimitListener } from './limiter.ts';
import { MemoryStore } from './memory-store.ts';
import { RefusedAddresses } from './refused-addresses.ts';
import { type KeyedLimiter, RequestCounts, type SharedLimiter } from './request-counts.ts';
import { SessionAccounts } from './session-accounts.ts';

/** Maximum lifetime of a sign-in session at Cognito (`AuthSessionValidity`), in milliseconds. */
const MAX_SESSION_MS = 15 * 60_000;

/** An access provider assigns a /56 to one customer. Cognito's own lockouts use the same prefix. */
const IPV6_SUBNET = 56;

/** The limits of one router. */
export interface RateLimits {
  /** Begins the counts of a request to an endpoint. */
  of(endpoint: EndpointName, req: Request, res: Response): RequestLimits;
  /** Counts later answers to the session for this account, by whatever name they call it. */
  linkSession(session: string, account: string): void;
  /** Returns the account of a session, if this instance has issued it. */
  accountOf(session: string): string | undefined;
  /** The sources of the store events. */
  readonly sources: readonly StoreSource[];
  /** Stops the timers of the stores, which would keep the process alive. */
  close(): void;
}

/** The limits of one request. Each promise resolves with the problem of a request over its limit, or nothing. */
export interface RequestLimits {
  /**
   * Counts the request by its client address. The count in a shared store waits for the counts that follow, to save a
   * round trip, unless the address is over its limit.
   */
  countAddress(limitClass: RateLimitClass): Promise<Problem | undefined>;
  /** Counts the request by each name of its account, regardless of spelling, with the next `count`. */
  addAccounts(limitClass: RateLimitClass, accounts: readonly string[]): void;
  /** Counts an answer to a challenge, with the next `count`. */
  addAttempt(session: string): void;
  /** Makes the counts that wait, in order. After a refusal, the request counts nowhere else. */
  count(): Promise<Problem | undefined>;
  /** Counts a refresh by its session: a refresh token, or the name of the tokens that have replaced it. */
  countSession(session: string): Promise<Problem | undefined>;
  /** Takes back the counts of a request by its accounts. */
  uncountAccounts(limitClass: RateLimitClass, accounts: readonly string[]): void;
}

/**
 * The limiters of one router. The pipeline answers requests over their limits, as it does with any other
 * problem.
 */
export function createRateLimits(settings: Settings, listener: RateLimitListener): RateLimits {
  const { rateLimits } = settings;
  const hidden = hideBucket(settings);
  const stores = new Set<Store>();
  const limiters = new Map<LimiterName, KeyedLimiter>();
  const evictions = new Evictions();
  const sessions = new SessionAccounts(MAX_SESSION_MS);
  const refusedAddresses = new RefusedAddresses();
  const sources = new Set<StoreSource>();

  const hiddenFor =
    (name: LimiterName) =>
    (bucket: string): string =>
      hidden(`${name} ${bucket}`);

  const add = (name: LimiterName, limit: RateLimit, limitClass: RateLimitClass, headers: boolean): void => {
    const denies = deniesWithoutStore(limitClass, settings);
    const options = { name, limit, headers, denies, listener };
    const make = rateLimits.store;
    if (make === undefined) {
      sources.add(evictions);
      const store = new MemoryStore(undefined, evictions);
      // Names and sessions can be long, and a client chooses them. Addresses are short.
      const keyOf = name.endsWith('-address') ? (bucket: string) => bucket : hiddenFor(name);
      limiters.set(name, { ...createLimiter({ ...options, store }), name, keyOf, shared: undefined });
      return;
    }
    const own = checkStore(make({ prefix: `${name}:`, windowMs: limit.windowMs }), stores);
    // All stores of one factory are assumed to use one server.
    const guard = knownGuard(own) ?? guardOf(make, () => own.resetKey('probe'));
    sources.add(guard);
    const store = new GuardedStore(own, guard);
    const shared = isSharedStore(own) ? sharedLimiter(own, store, limit) : undefined;
    limiters.set(name, { ...createLimiter({ ...options, store }), name, keyOf: hiddenFor(name), shared });
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

  const bucketsOf = (endpoint: EndpointName, accounts: readonly string[]): string[] =>
    [...new Set(accounts.map(foldName))].map((name) => `${endpoint} ${name}`);

  function requestLimits(endpoint: EndpointName, req: Request, res: Response): RequestLimits {
    const counts = new RequestCounts(req, res);
    let address: string | undefined;

    async function count(): Promise<Problem | undefined> {
      const refused = await counts.count();
      if (refused && address !== undefined) refusedAddresses.add(address);
      return refused;
    }

    return {
      async countAddress(limitClass) {
        const limiter = limiters.get(`${limitClass}-address`);
        if (limiter === undefined) return;
        const key = limiter.keyOf(`${endpoint} ${addressOf(req)}`);
        counts.add(limiter, key);
        if (limiter.shared === undefined) return counts.count();
        address = key;
        if (!refusedAddresses.has(key)) return;
        const refused = await count();
        if (!refused) refusedAddresses.delete(key);
        return refused;
      },
      addAccounts(limitClass, accounts) {
        const limiter = limiters.get(`${limitClass}-account`);
        if (limiter === undefined) return;
        for (const bucket of bucketsOf(endpoint, accounts)) counts.add(limiter, limiter.keyOf(bucket));
      },
      addAttempt(session) {
        const limiter = limiters.get('challenge-attempts');
        if (limiter) counts.add(limiter, limiter.keyOf(foldSession(session)));
      },
      count,
      countSession(session) {
        const limiter = limiters.get('write-account');
        if (limiter) counts.add(limiter, limiter.keyOf(`refresh ${foldToken(session)}`));
        return count();
      },
      uncountAccounts(limitClass, accounts) {
        const limiter = limiters.get(`${limitClass}-account`);
        for (const bucket of bucketsOf(endpoint, accounts)) limiter?.uncount(limiter.keyOf(bucket));
      },
    };
  }

  return {
    of: requestLimits,
    linkSession: (session, account) => {
      if (rateLimits.enabled) sessions.set(hidden(foldSession(session)), foldName(account));
    },
    accountOf: (session) => sessions.get(hidden(foldSession(session))),
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
  return (bucket) => hmacSha256(secret, bucket, 'base64url');
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

/** An error while the router closes has no consequences, and must not end the process. */
function shutDown(store: Store): void {
  void (async () => store.shutdown?.())().catch(() => undefined);
}

function sharedLimiter(
  { counts, prefix }: SharedStore,
  store: GuardedStore,
  { limit, windowMs }: RateLimit,
): SharedLimiter {
  return { counts, store, hitOf: (key) => ({ key: prefix + key, windowMs, limit }) };
}
