import type { RevocationOptions, RevocationStore } from '../config/revocation.ts';
import { type Problem, ProblemError, problem } from '../shared/problem.ts';
import { processState } from '../shared/process-state.ts';
import { Evictions } from '../stores/evictions.ts';
import { guardOf, StoreUnavailable } from '../stores/store-guard.ts';
import type { StoreSource } from '../stores/store-source.ts';
import type { Auth } from '../tokens/auth.ts';
import { REVOKED } from '../tokens/refusals.ts';

/** Cognito's maximum token lifetime, a day, plus the maximum of `clockToleranceSeconds`. */
const MAX_LIFETIME_SECONDS = 86_400 + 300;

/** Maximum number of revocations, 360 bytes each. */
const MAX_ENTRIES = 100_000;

/** A revocation store in memory. A full store evicts the oldest revocations first. */
export class MemoryRevocationStore implements RevocationStore {
  readonly evictions: Evictions = new Evictions();
  readonly #maxEntries: number;
  readonly #entries = new Map<string, { readonly upTo: number; readonly until: number }>();

  constructor(maxEntries: number = MAX_ENTRIES) {
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#entries.size;
  }

  revoke(key: string, upTo: number, until: number): void {
    const known = this.#entries.get(key);
    this.#entries.delete(key);
    this.#makeRoom();
    this.#entries.set(key, { upTo: Math.max(upTo, known?.upTo ?? 0), until });
  }

  find(keys: readonly string[]): readonly (number | undefined)[] {
    return keys.map((key) => this.#entries.get(key)?.upTo);
  }

  /** Entries are in order of age. */
  #makeRoom(): void {
    const now = Date.now() / 1000;
    for (const [key, { until }] of this.#entries) {
      const isAlive = until > now;
      if (isAlive && this.#entries.size < this.#maxEntries) return;
      if (isAlive) this.evictions.count();
      this.#entries.delete(key);
    }
  }
}

/** The claims that identify a session: `iss`, `sub`, `iat`, `jti` and `origin_jti`. */
export type OfSession = Pick<Auth, 'payload'>;

/** Checks and records revocations. */
export interface Revocations {
  /** Returns the problem of a revoked token. Synchronous if the store is. */
  check(auth: OfSession): Problem | undefined | Promise<Problem | undefined>;
  /** Revokes the token's session. Throws a `ProblemError` if the store is unavailable. */
  endSession(auth: OfSession): Promise<void>;
  /** Revokes all sessions of the token's user. Throws a `ProblemError` if the store is unavailable. */
  endUser(auth: OfSession): Promise<void>;
  /** Revokes the user's tokens that were issued before the second of this one. Throws as above. */
  endEarlier(auth: OfSession): Promise<void>;
  /** Sources of store notices for the operator. */
  readonly sources: readonly StoreSource[];
}

/** Shared by the process, because a sign-out through any router must apply to every route. */
const sharedStore: MemoryRevocationStore = processState('revocations', () => new MemoryRevocationStore());

const NO_REVOCATIONS: Revocations = {
  check: () => undefined,
  endSession: async () => undefined,
  endUser: async () => undefined,
  endEarlier: async () => undefined,
  sources: [],
};

/** `now` is Cognito's clock in milliseconds, because `iat` is compared with the time of a revocation. */
export function createRevocations(
  options: RevocationOptions | false,
  onFault: (error: unknown) => void = () => undefined,
  now: () => number = Date.now,
): Revocations {
  if (options === false) return NO_REVOCATIONS;
  const { store = sharedStore, onUnavailable = 'deny' } = options;
  // The shared store may be an instance of another copy of the class, in the ESM or CommonJS build.
  const memory =
    store === sharedStore || store instanceof MemoryRevocationStore
      ? (store as MemoryRevocationStore)
      : undefined;
  const guard = guardOf(store, () => store.find(['probe']));

  const report = (error: unknown): void => {
    if (!(error instanceof StoreUnavailable)) onFault(error);
  };
  const afterFault = (error: unknown): Problem | undefined => {
    report(error);
    return onUnavailable === 'deny' ? problem('store_unavailable') : undefined;
  };
  const revoke = async (key: string, upTo: number): Promise<void> => {
    try {
      await guard.ask(() => store.revoke(key, upTo, seconds() + MAX_LIFETIME_SECONDS));
    } catch (error) {
      report(error);
      throw new ProblemError(problem('store_unavailable'));
    }
  };
  return {
    sources: [memory?.evictions ?? guard],
    check(auth) {
      // Fast path without revocations.
      if (memory?.size === 0) return;
      try {
        const keys = keysOf(auth);
        const found = guard.ask(() => store.find(keys));
        if (!(found instanceof Promise)) return verdictOn(auth, keys, found);
        return found.then((later) => verdictOn(auth, keys, later)).catch(afterFault);
      } catch (error) {
        return afterFault(error);
      }
    },
    async endSession(auth) {
      const [, session] = keysOf(auth);
      // Without a time limit, because a concurrent refresh may yield newer tokens.
      if (session !== undefined) await revoke(session, Number.MAX_SAFE_INTEGER);
    },
    async endUser(auth) {
      const [user] = keysOf(auth);
      // `iat` has a resolution of one second. Tokens of a new sign-in within the same second are refused too.
      await revoke(user, Math.max(Math.floor(now() / 1000), auth.payload.iat ?? 0));
    },
    async endEarlier({ payload }) {
      const [user] = keysOf({ payload });
      // A token of the same second may belong to the same sign-in.
      await revoke(user, (payload.iat ?? seconds()) - 1);
    },
  };
}

function keysOf({ payload }: OfSession): readonly [user: string, ...session: string[]] {
  const { iss, sub, jti, origin_jti: session = jti } = payload;
  // The pool's ID, because AWS has two issuers for each user pool.
  const pool = iss.slice(iss.lastIndexOf('/') + 1);
  const user = `user ${pool} ${sub}`;
  return typeof session === 'string' ? [user, `session ${pool} ${session}`] : [user];
}

function verdictOn(
  { payload }: OfSession,
  keys: readonly string[],
  found: readonly (number | undefined)[],
): Problem | undefined {
  const { iat = 0 } = payload;
  if (!(Array.isArray(found) && found.length === keys.length && found.every(isTimeOrNone))) {
    throw new TypeError('The store did not answer with one time or undefined for each key.');
  }
  return found.some((upTo) => upTo !== undefined && iat <= upTo) ? REVOKED : undefined;
}

function isTimeOrNone(upTo: unknown): boolean {
  return upTo === undefined || (Number.isSafeInteger(upTo) && Number(upTo) >= 0);
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
