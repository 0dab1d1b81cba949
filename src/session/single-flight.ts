import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type UpstreamFault, UpstreamRefusal } from '../cognito/upstream-fault.ts';
import type { RefreshStore } from '../config/refresh.ts';
import { problem } from '../shared/problem.ts';
import { guardOf, StoreUnavailable } from '../stores/store-guard.ts';
import type { StoreSource } from '../stores/store-source.ts';
import { seal, unseal } from './refresh-record.ts';
import { MemoryRefreshStore } from './refresh-store.ts';

/** The result of a refresh, for all requests with the same refresh token. */
export interface RefreshOutcome {
  /** Sealed before it is stored. */
  readonly record: object;
  /** Lifetime of the stored record in milliseconds. With 0, only requests that already wait get it. */
  readonly rememberMs: number;
  /** Lifetime of the copy in memory beside a shared store, where another instance cannot shorten it. */
  readonly copyMs?: number;
}

/** A refresh outcome as one of the waiting requests gets it. */
export interface SharedOutcome {
  readonly record: object;
  /** Whether no other instance can have refreshed. False if the shared store was unavailable. */
  readonly certain: boolean;
}

export interface SingleFlight {
  /** Runs `refresh`, or returns the outcome of a concurrent or recent run for the same key. */
  once(refreshToken: string, key: string, refresh: () => Promise<RefreshOutcome>): Promise<SharedOutcome>;
  /** Replaces an outcome that is stored, with another lifetime. Never rejects. */
  replace(refreshToken: string, key: string, outcome: RefreshOutcome): Promise<void>;
  /** Stores a small record for all instances. Never rejects. */
  remember(refreshToken: string, key: string, record: object, ms: number): Promise<void>;
  /** Does the same for a record with tokens. In memory, such records cannot evict the small ones. */
  rememberTokens(refreshToken: string, key: string, record: object, ms: number): Promise<void>;
  /** Returns a stored record, or `undefined` if it is absent or unreadable. Never rejects. */
  recall(refreshToken: string, key: string): Promise<Record<string, unknown> | undefined>;
  /** Sources of store notices for the operator. */
  readonly sources: readonly StoreSource[];
}

export interface SingleFlightOptions {
  /** The shared store, if one is configured. */
  readonly store: RefreshStore | undefined;
  /** Maximum duration of one refresh, in milliseconds. */
  readonly callMs: number;
  readonly onFault: (error: unknown) => void;
}

/** Time for storing the outcome or revoking the session, in addition to the calls to Cognito. */
const OUTCOME_MS = 5000;

/** Minimum lifetime of an outcome, for the requests that wait at other instances. */
const MIN_OUTCOME_TTL_MS = 2000;

/** In memory, about 26,000 sessions of 2.5 kB. */
const MAX_TOKEN_CHARACTERS = 64 * 1024 * 1024;

/** The request has asked only the store. */
const PENDING_ELSEWHERE: UpstreamFault = {
  problem: problem('upstream_timeout'),
  exception: 'RefreshPending',
  hint: 'another instance holds the refresh of this session, and has stored no outcome in refresh.store within timeouts.call: it waits for Cognito, has stopped, or cannot write to the store. See docs/sessions.md#a-shared-refresh-store',
  sameForAll: true,
};

const FIRST_POLL_MS = 25;
const MAX_POLL_MS = 250;

/**
 * Allows one refresh at a time per key: within the process by a shared promise, across instances by a store. The
 * outcome is also kept in memory, because the store may fail after the refresh and the tokens would be lost.
 */
export function createSingleFlight({ store, callMs, onFault }: SingleFlightOptions): SingleFlight {
  const memory = new MemoryRefreshStore(MAX_TOKEN_CHARACTERS);
  const small = new MemoryRefreshStore();
  const shared = store && checked(store);
  const guard = store && guardOf(store, () => store.find('probe'));
  const flights = new Map<string, Promise<SharedOutcome>>();
  const owner = randomUUID();

  /** Returns the store's answer, or `undefined` after a fault. */
  async function asked<T>(ask: (store: RefreshStore) => T | Promise<T>): Promise<{ answer: T } | undefined> {
    if (!shared || !guard) return undefined;
    try {
      return { answer: await guard.ask(() => ask(shared)) };
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) onFault(error);
      return undefined;
    }
  }

  async function run(
    token: string,
    key: string,
    refresh: () => Promise<RefreshOutcome>,
  ): Promise<SharedOutcome> {
    const known = memory.find(key);
    if (known !== undefined) return { record: unseal(token, key, known), certain: true };
    const claim = await claimOrWait(token, key);
    if (claim !== undefined && claim !== 'mine') return { record: claim, certain: true };
    const outcome = await refresh().catch(async (error: unknown) => {
      // The next request may try again.
      if (claim === 'mine') await asked((each) => each.release(key, owner));
      throw error;
    });
    await publish(token, key, outcome, claim === 'mine');
    return { record: outcome.record, certain: claim === 'mine' || shared === undefined };
  }

  async function publish(
    token: string,
    key: string,
    { record, rememberMs, copyMs = rememberMs }: RefreshOutcome,
    isShared: boolean,
  ): Promise<void> {
    const value = seal(token, key, record);
    memory.publish(key, owner, value, shared === undefined ? rememberMs : copyMs);
    const ms = Math.max(rememberMs, MIN_OUTCOME_TTL_MS);
    if (isShared) await asked((each) => each.publish(key, owner, value, ms));
  }

  async function rememberIn(
    own: MemoryRefreshStore,
    token: string,
    key: string,
    record: object,
    ms: number,
  ): Promise<void> {
    const value = seal(token, key, record);
    const done = await asked(async (each) => each.publish(key, owner, value, ms));
    if (done === undefined) own.publish(key, owner, value, ms);
  }

  /** Returns the claim, or the record of another owner, or `undefined` if no store is available. */
  async function claimOrWait(token: string, key: string): Promise<'mine' | object | undefined> {
    const end = Date.now() + callMs;
    for (let wait = FIRST_POLL_MS; ; wait = Math.min(wait * 2, MAX_POLL_MS)) {
      const asking = await asked(async (each) => {
        const claim = await each.claim(key, owner, callMs + OUTCOME_MS);
        return typeof claim === 'string' ? claim : unseal(token, key, claim.value);
      });
      if (asking?.answer !== 'pending') return asking?.answer;
      if (Date.now() + wait > end) throw new UpstreamRefusal(PENDING_ELSEWHERE);
      await sleep(wait);
    }
  }

  return {
    sources: [memory.evictions, small.evictions, ...(guard ? [guard] : [])],
    once(token, key, refresh) {
      const pending = flights.get(key);
      if (pending !== undefined) return pending;
      const flight = run(token, key, refresh).finally(() => flights.delete(key));
      flights.set(key, flight);
      return flight;
    },
    replace: (token, key, outcome) => publish(token, key, outcome, shared !== undefined),
    remember: (...record) => rememberIn(small, ...record),
    rememberTokens: (...record) => rememberIn(memory, ...record),
    async recall(token, key) {
      const value = (await asked((each) => each.find(key)))?.answer ?? small.find(key) ?? memory.find(key);
      if (value === undefined) return;
      try {
        return unseal(token, key, value);
      } catch (error) {
        onFault(error);
        return;
      }
    },
  };
}

/** Wraps the store to reject invalid answers. */
function checked(store: RefreshStore): RefreshStore {
  return {
    async claim(key, owner, ttlMs) {
      const claim = await store.claim(key, owner, ttlMs);
      if (claim === 'mine' || claim === 'pending' || typeof claim?.value === 'string') return claim;
      throw new TypeError('The refresh store did not answer with a claim.');
    },
    publish: async (key, owner, value, ttlMs) => store.publish(key, owner, value, ttlMs),
    release: async (key, owner) => store.release(key, owner),
    async find(key) {
      const value = await store.find(key);
      if (value === undefined || typeof value === 'string') return value;
      throw new TypeError('The refresh store did not answer with text.');
    },
  };
}
