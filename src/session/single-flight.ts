import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { deadlineFault, UpstreamRefusal } from '../cognito/upstream-refusal.ts';
import type { RefreshStore } from '../config/refresh.ts';
import { guardOf, StoreUnavailable } from '../stores/store-guard.ts';
import type { StoreSource } from '../stores/store-source.ts';
import { seal, unseal } from './refresh-record.ts';
import { MemoryRefreshStore } from './refresh-store.ts';

/** What everybody is told who came with the same refresh token. */
export interface RefreshOutcome {
  /** Sealed and left for the others. */
  readonly record: object;
  /** Milliseconds for which it is remembered, here and elsewhere; 0: for those only who wait for it. */
  readonly rememberMs: number;
}

/** How it came to whoever asked. */
export interface SharedOutcome {
  readonly record: object;
  /** Whether it is known that nobody else has refreshed: not while a store that is shared cannot be asked. */
  readonly certain: boolean;
}

export interface SingleFlight {
  /** Has `refresh` run, unless that has just been done for the key, or is being done: then it shares what came of it. */
  once(refreshToken: string, key: string, refresh: () => Promise<RefreshOutcome>): Promise<SharedOutcome>;
  /** Leaves a record where every instance finds it. Never rejects. */
  remember(refreshToken: string, key: string, record: object, ms: number): Promise<void>;
  /** Finds it. Never rejects: what cannot be read is not there. */
  recall(refreshToken: string, key: string): Promise<Record<string, unknown> | undefined>;
  /** For the operator: notices about the stores. */
  readonly sources: readonly StoreSource[];
}

export interface SingleFlightOptions {
  /** The one that is shared, if there is one. */
  readonly store: RefreshStore | undefined;
  /** Milliseconds that one refresh may take. */
  readonly callMs: number;
  readonly onFault: (error: unknown) => void;
}

/** What a refresh takes beyond its calls to Cognito: to write down what came of it, or to end a session. */
const OUTCOME_MS = 5000;

/** Long enough for those who wait at other instances to hear of it. */
const HEARD_MS = 2000;

const FIRST_POLL_MS = 25;
const MAX_POLL_MS = 250;

/**
 * One refresh at a time for each key: within the process by a promise that all share, across instances by a store. The
 * memory is asked first and told always, so that a store that fails in between loses nobody's tokens.
 */
export function createSingleFlight({ store, callMs, onFault }: SingleFlightOptions): SingleFlight {
  const memory = new MemoryRefreshStore();
  const shared = store && checked(store);
  const guard = store && guardOf(store, () => store.find('probe'));
  const flights = new Map<string, Promise<SharedOutcome>>();
  const owner = randomUUID();

  /** The store's answer, or `undefined` after a fault. */
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
    const landing = await refresh().catch(async (error: unknown) => {
      // Whoever comes next may try again.
      if (claim === 'mine') await asked((each) => each.release(key, owner));
      throw error;
    });
    const { record, rememberMs } = landing;
    const value = seal(token, key, record);
    if (rememberMs > 0) memory.publish(key, owner, value, rememberMs);
    const ms = Math.max(rememberMs, HEARD_MS);
    if (claim === 'mine') await asked((each) => each.publish(key, owner, value, ms));
    return { record, certain: claim === 'mine' || shared === undefined };
  }

  /** The claim, or what somebody else left meanwhile; `undefined` if there is no store that can say. */
  async function claimOrWait(token: string, key: string): Promise<'mine' | object | undefined> {
    const end = Date.now() + callMs;
    for (let wait = FIRST_POLL_MS; ; wait = Math.min(wait * 2, MAX_POLL_MS)) {
      const asking = await asked(async (each) => {
        const claim = await each.claim(key, owner, callMs + OUTCOME_MS);
        return typeof claim === 'string' ? claim : unseal(token, key, claim.value);
      });
      if (asking?.answer !== 'pending') return asking?.answer;
      if (Date.now() + wait > end) throw new UpstreamRefusal(deadlineFault());
      await sleep(wait);
    }
  }

  return {
    sources: guard ? [memory.evictions, guard] : [memory.evictions],
    once(token, key, refresh) {
      const flying = flights.get(key);
      if (flying !== undefined) return flying;
      const flight = run(token, key, refresh).finally(() => flights.delete(key));
      flights.set(key, flight);
      return flight;
    },
    async remember(token, key, record, ms) {
      const value = seal(token, key, record);
      const done = await asked(async (each) => each.publish(key, owner, value, ms));
      if (done === undefined) memory.publish(key, owner, value, ms);
    },
    async recall(token, key) {
      const value = (await asked((each) => each.find(key)))?.answer ?? memory.find(key);
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

/** The store, with a rejection in place of an answer that is none. */
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
