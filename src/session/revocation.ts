import type { RevocationOptions, RevocationStore } from '../config/revocation.ts';
import { type Problem, ProblemError, problem } from '../shared/problem.ts';
import { processState } from '../shared/process-state.ts';
import { Evictions } from '../stores/evictions.ts';
import { guardOf, StoreUnavailable } from '../stores/store-guard.ts';
import type { StoreSource } from '../stores/store-source.ts';
import type { Auth } from '../tokens/auth.ts';
import { REVOKED } from '../tokens/refusals.ts';

/** No token of Cognito lives longer than a day, and no clock may differ by more than `clockToleranceSeconds` can say. */
const MAX_LIFETIME_SECONDS = 86_400 + 300;

/** Sign-outs that are remembered at most. One takes 360 bytes. */
const MAX_ENTRIES = 100_000;

/** Remembers in memory. When it is full, the sign-outs of longest ago are forgotten first. */
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

  /** The oldest come first. */
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

/** As much of a token as tells its session: the claims `iss`, `sub`, `iat`, `jti` and `origin_jti`. */
export type OfSession = Pick<Auth, 'payload'>;

/** What middleware and endpoints do with a store. */
export interface Revocations {
  /** The refusal of a token that was good until somebody signed out. At once, unless the store takes its time. */
  check(auth: OfSession): Problem | undefined | Promise<Problem | undefined>;
  /** Ends the session that the token belongs to. Throws a `ProblemError` if that cannot be remembered. */
  endSession(auth: OfSession): Promise<void>;
  /** Ends every session of the token's user. Throws a `ProblemError` if that cannot be remembered. */
  endUser(auth: OfSession): Promise<void>;
  /** For the operator: notices about the store. */
  readonly sources: readonly StoreSource[];
}

/** One for the process: what signs out through the router has signed out for every route. */
const sharedStore: MemoryRevocationStore = processState('revocations', () => new MemoryRevocationStore());

const NO_REVOCATIONS: Revocations = {
  check: () => undefined,
  endSession: async () => undefined,
  endUser: async () => undefined,
  sources: [],
};

export function createRevocations(
  options: RevocationOptions | false,
  onFault: (error: unknown) => void = () => undefined,
): Revocations {
  if (options === false) return NO_REVOCATIONS;
  const { store = sharedStore, onUnavailable = 'deny' } = options;
  // The shared store may be of the kit's other copy in the process, and so of another class.
  const memory =
    store === sharedStore || store instanceof MemoryRevocationStore
      ? (store as MemoryRevocationStore)
      : undefined;
  const guard = guardOf(store, () => store.find(['probe']));

  const tell = (error: unknown): void => {
    if (!(error instanceof StoreUnavailable)) onFault(error);
  };
  const afterFault = (error: unknown): Problem | undefined => {
    tell(error);
    return onUnavailable === 'deny' ? problem('store_unavailable') : undefined;
  };
  const end = async (key: string, upTo: number): Promise<void> => {
    try {
      await guard.ask(() => store.revoke(key, upTo, seconds() + MAX_LIFETIME_SECONDS));
    } catch (error) {
      tell(error);
      throw new ProblemError(problem('store_unavailable'));
    }
  };
  return {
    sources: [memory?.evictions ?? guard],
    check(auth) {
      // The usual case, and nothing to look up.
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
      // Whoever was refreshing at that moment has a token that is newer.
      if (session !== undefined) await end(session, Number.MAX_SAFE_INTEGER);
    },
    async endUser(auth) {
      const [user] = keysOf(auth);
      // `iat` knows whole seconds only: of this one, the tokens of the next sign-in are refused too.
      await end(user, Math.max(seconds(), auth.payload.iat ?? 0));
    },
  };
}

function keysOf({ payload }: OfSession): readonly [user: string, ...session: string[]] {
  const { iss, sub, jti, origin_jti: session = jti } = payload;
  // The pool's id: it has two issuers at AWS.
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
