import type { Logger } from 'pino';
import type { Hint } from '../shared/hint.ts';
import type { StoreName, StoreNotice, StoreSource } from '../stores/store-source.ts';
import type { StoreReport } from './event-reporter.ts';

const HINTS = {
  unavailable:
    'check that the store runs and that this server reaches it. See docs/operations.md#a-store-that-does-not-answer',
  full: 'a memory store holds a bounded number of entries: use stores in Redis. See docs/operations.md#several-instances',
  evicts:
    'Redis can evict limits and sign-outs: set maxmemory-policy to noeviction. See docs/operations.md#eviction',
} as const satisfies Record<string, Hint>;

/** The state of the store of an option. */
export interface StoreStats {
  /** Whether instances share it. Otherwise it is in the memory of this process. */
  readonly shared: boolean;
  /** Whether it answers, as far as its last calls and probes tell. */
  readonly available: boolean;
  /** Unexpired entries that the full memory store has evicted. */
  readonly evicted: number;
}

/** Logs and reports the outages of the stores of one router. */
export interface StoreMonitor {
  watch(name: StoreName, sources: readonly StoreSource[]): void;
  /** Whether a store is unavailable. */
  degraded(): boolean;
  /** Asks every store. Returns whether it answers, by name. Never rejects. */
  probe(): Promise<Readonly<Partial<Record<StoreName, boolean>>>>;
  stats(): Readonly<Partial<Record<StoreName, StoreStats>>>;
  close(): void;
}

export function createStoreMonitor(logger: Logger, report: (event: StoreReport) => void): StoreMonitor {
  const watched = new Map<StoreSource, { readonly names: StoreName[]; readonly stop: () => void }>();

  function tell(names: readonly StoreName[], notice: StoreNotice): void {
    const stores = [...names];
    if (notice.type === 'unavailable') {
      logger.error({ stores, err: notice.cause, hint: HINTS.unavailable }, 'store unavailable');
      report({ type: 'store.unavailable', stores });
    } else if (notice.type === 'available') {
      logger.info({ stores, downMs: notice.downMs }, 'store available');
      report({ type: 'store.available', stores });
    } else if (notice.type === 'full') {
      const { evicted, evictedTotal } = notice;
      logger.warn(
        { stores, evicted, evictedTotal, hint: HINTS.full },
        'memory store full: unexpired entries were evicted',
      );
      report({ type: 'store.full', stores, evicted });
    } else {
      logger.warn({ stores, policy: notice.policy, hint: HINTS.evicts }, `Redis evicts (${notice.policy})`);
    }
  }

  return {
    watch(name, sources) {
      for (const source of sources) {
        const known = watched.get(source);
        if (known !== undefined) {
          if (!known.names.includes(name)) known.names.push(name);
          continue;
        }
        const names = [name];
        watched.set(source, { names, stop: source.watch((notice) => tell(names, notice)) });
      }
    },
    degraded: () => [...watched.keys()].some(({ available }) => !available),
    probe: async () => {
      const all: Partial<Record<StoreName, boolean>> = {};
      const answers = [...watched].map(async ([source, { names }]) => {
        const isAvailable = await source.probe();
        for (const name of names) all[name] = isAvailable && all[name] !== false;
      });
      await Promise.all(answers);
      return all;
    },
    stats: () => {
      const all: Partial<Record<StoreName, StoreStats>> = {};
      for (const [{ isShared, available, evicted }, { names }] of watched) {
        for (const name of names) {
          const other = all[name];
          all[name] = {
            shared: isShared || other?.shared === true,
            available: available && other?.available !== false,
            evicted: evicted + (other?.evicted ?? 0),
          };
        }
      }
      return all;
    },
    close: () => {
      for (const { stop } of watched.values()) stop();
      watched.clear();
    },
  };
}
