import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { UpstreamRefusal } from '../cognito/upstream-fault.ts';
import { deadlineFault } from '../outcome.ts';
import { TookTooLong, withinMs } from '../time-limit.ts';
import { seal, unseal } from './refresh-record.ts';
import { MemoryRefreshStore, type RefreshStore } from './refresh-store.ts';

/** What everybody is told who came with the same refresh token. */
export interface Landing {
  /** Sealed and left for the others. */
  readonly record: object;
  /** Milliseconds for which it is remembered, here and elsewhere; 0: for those only who wait for it. */
  readonly rememberMs: number;
}

/** How it came to whoever asked. */
export interface Landed {
  readonly record: object;
  /** Whether it is known that nobody else has refreshed: not while a store that is shared cannot be asked. */
  readonly certain: boolean;
}

export interface RefreshFlights {
  /** Has `refresh` run, unless that has just been done for the key, or is being done: then it shares what came of it. */
  once(refreshToken: string, key: string, refresh: () => Promise<Landing>): Promise<Landed>;
  /** Leaves a record where every instance finds it. Never rejects. */
  remember(refreshToken: string, key: string, record: object, ms: number): Promise<void>;
  /** Finds it. Never rejects: what cannot be read is not there. */
  recall(refreshToken: string, key: string): Promise<Record<string, unknown> | undefined>;
}

export interface FlightOptions {
  /** The one that is shared, if there is one. */
  readonly store: RefreshStore | undefined;
  /** Milliseconds that one refresh may take. */
  readonly callMs: number;
  readonly onFault: (error: unknown) => void;
}

const STORE_TIMEOUT_MS = 1000;
/**
 * For how long a store that did not answer in time is not asked again: one refresh has several questions, and would
 * wait for each until nobody waits for the refresh any more.
 */
const STORE_PAUSE_MS = 5000;

/** What a refresh takes beyond its calls to Cognito: to write down what came of it, or to end a session. */
const LANDING_MS = 5000;

/** Long enough for those who wait at other instances to hear of it. */
const HEARD_MS = 2000;

const FIRST_POLL_MS = 25;
const LONGEST_POLL_MS = 250;

/**
 * One refresh at a time for each key: within the process by a promise that all share, across instances by a store. The
 * memory is asked first and told always, so that a store that fails in between loses nobody's tokens.
 */
export function createRefreshFlights({ store, callMs, onFault }: FlightOptions): RefreshFlights {
  const memory = new MemoryRefreshStore();
  const shared = store && reliable(store);
  const flights = new Map<string, Promise<Landed>>();
  const owner = randomUUID();
  let pausedUntil = 0;

  /** The store's answer, or `undefined` after a fault. */
  async function asked<T>(ask: (store: RefreshStore) => T | Promise<T>): Promise<{ answer: T } | undefined> {
    if (!shared || performance.now() < pausedUntil) return undefined;
    try {
      return { answer: await ask(shared) };
    } catch (error) {
      if (error instanceof TookTooLong) pausedUntil = performance.now() + STORE_PAUSE_MS;
      onFault(error);
      return undefined;
    }
  }

  async function fly(token: string, key: string, refresh: () => Promise<Landing>): Promise<Landed> {
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
    for (let wait = FIRST_POLL_MS; ; wait = Math.min(wait * 2, LONGEST_POLL_MS)) {
      const asking = await asked(async (each) => {
        const claim = await each.claim(key, owner, callMs + LANDING_MS);
        return typeof claim === 'string' ? claim : unseal(token, key, claim.value);
      });
      if (asking?.answer !== 'pending') return asking?.answer;
      if (Date.now() + wait > end) throw new UpstreamRefusal(deadlineFault());
      await sleep(wait);
    }
  }

  return {
    once(token, key, refresh) {
      const flying = flights.get(key);
      if (flying !== undefined) return flying;
      const flight = fly(token, key, refresh).finally(() => flights.delete(key));
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

/** The store, with every way in which it can fail turned into a rejection. */
function reliable(store: RefreshStore): RefreshStore {
  const within = <T>(work: () => T | Promise<T>): Promise<T> =>
    withinMs(
      STORE_TIMEOUT_MS,
      // What it throws at once is a rejection too.
      (async () => work())(),
    );
  return {
    async claim(key, owner, ttlMs) {
      const claim = await within(() => store.claim(key, owner, ttlMs));
      if (claim === 'mine' || claim === 'pending' || typeof claim?.value === 'string') return claim;
      throw new TypeError('The refresh store did not answer with a claim.');
    },
    publish: (key, owner, value, ttlMs) => within(() => store.publish(key, owner, value, ttlMs)),
    release: (key, owner) => within(() => store.release(key, owner)),
    async find(key) {
      const value = await within(() => store.find(key));
      if (value === undefined || typeof value === 'string') return value;
      throw new TypeError('The refresh store did not answer with text.');
    },
  };
}
