import { createClock } from '../model/clock.ts';
import type { ServerState } from '../model/pool.ts';
import { readStoredState } from '../state/state-store.ts';
import { type ExportOptions, seedOf } from './export-seed.ts';
import type { LocalSeed } from './seed.ts';

/**
 * Describes the pools of a state file as a seed. A running pool may be using the file. Throws a StateFileError for a file that
 * is not usable, and leaves it as it is.
 */
export function seedOfState(file: string, options: ExportOptions): LocalSeed {
  const { data, restoreInto } = readStoredState(file);
  const { region, keys, kmsKey, clockOffset } = data;
  // A server that answers no requests.
  const service: ServerState = {
    region,
    clock: createClock(undefined, clockOffset, () => {}),
    limits: false,
    triggers: {},
    lambdaEndpoint: undefined,
    closing: new AbortController().signal,
    keys,
    kmsKey,
    pools: new Map(),
    clients: new Map(),
    provisionedLimits: new Map(),
    deliver: () => {},
    isWriteBlocked: () => false,
    sessionDelayOf: () => 0,
    urlOf: (poolId) => poolId,
    issuerOf: (poolId) => poolId,
  };
  restoreInto(service);
  return seedOf([...service.pools.values()], options);
}
