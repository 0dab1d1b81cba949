import type { EndedUser } from '../auth/session-control.ts';
import type { RevocationOptions, RevocationStore } from '../config/revocation.ts';
import { optionError } from '../shared/option-errors.ts';
import { type Problem, ProblemError, problem } from '../shared/problem.ts';
import { processState } from '../shared/process-state.ts';
import { Evictions } from '../stores/evictions.ts';
import { guardOf, StoreUnavailable } from '../stores/store-guard.ts';
import type { StoreSource } from '../stores/store-source.ts';
import type { Auth } from '../tokens/auth.ts';
import { REVOKED } from '../tokens/refusals.ts';
import { revocationAnswers } from './revocation-answers.ts';

/** Cognito's maximum token lifetime, a day, plus the maximum of `clockToleranceSeconds`. */
const MAX_LIFETIME_SECONDS = 86_400 + 300;

const DEFAULT_REFRESH_SECONDS = 30 * 86_400;

/** Short, because other instances accept a revoked token for that long. */
const DEFAULT_CACHE_SECONDS = 1;

/** Maximum number of revocations, 360 bytes each. */
const MAX_ENTRIES = 100_000;

/** A revocation store in memory. A full store evicts the oldest revocations first. */
export class MemoryRevocationStore implements RevocationStore {
  readonly evictions: Evictions = new Evictions();
  readonly #maxEntries: number;
  readonly #entries: Entries = new Map();
  /** Ends by the app, which outlive the others. Apart from them, to keep each map in order of expiry. */
  readonly #lasting: Entries = new Map();

  constructor(maxEntries: number = MAX_ENTRIES) {
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#entries.size + this.#lasting.size;
  }

  revoke(key: string, upTo: number, until: number): void {
    const entries = until > seconds() + MAX_LIFETIME_SECONDS ? this.#lasting : this.#entries;
    const known = entries.get(key);
    entries.delete(key);
    this.#makeRoom(entries);
    entries.set(key, { upTo: Math.max(upTo, known?.upTo ?? 0), until });
  }

  find(keys: readonly string[]): readonly (number | undefined)[] {
    return keys.map((key) => {
      const upTo = this.#entries.get(key)?.upTo;
      const lasting = this.#lasting.size === 0 ? undefined : this.#lasting.get(key)?.upTo;
      return upTo === undefined || lasting === undefined ? (upTo ?? lasting) : Math.max(upTo, lasting);
    });
  }

  #makeRoom(entries: Entries): void {
    const now = Date.now() / 1000;
    for (const [key, { until }] of entries) {
      const isAlive = until > now;
      if (isAlive && entries.size < this.#maxEntries) return;
      if (isAlive) this.evictions.count();
      entries.delete(key);
    }
  }
}

type Entries = Map<string, { readonly upTo: number; readonly until: number }>;

/** The claims that identify a session: `iss`, `sub`, `iat`, `jti` and `origin_jti`. */
export type OfSession = Pick<Auth, 'payload'>;

/** Checks and records revocations. */
export interface Revocations {
  /**
   * Returns the problem of a revoked token. Synchronous if the store is, and for a token about which a shared store was asked
   * within `cacheSeconds`.
   */
  check(auth: OfSession): Problem | undefined | Promise<Problem | undefined>;
  /**
   * Does the same for a token that a refresh has issued. Its session may have begun before the app ended the user's
   * sessions, and only `auth_time` shows that.
   */
  checkRefreshed(auth: OfSession): Problem | undefined | Promise<Problem | undefined>;
  /** Revokes the token's session. Throws a `ProblemError` if the store is unavailable. */
  endSession(auth: OfSession): Promise<void>;
  /** Revokes all sessions of the token's user. Throws a `ProblemError` if the store is unavailable. */
  endUser(auth: OfSession): Promise<void>;
  /** Revokes the user's tokens that were issued before the second of this one. Throws as above. */
  endEarlier(auth: OfSession): Promise<void>;
  /** Revokes a session for the lifetime of its refresh token, which is not at hand to be revoked. Throws as above. */
  endLasting(session: { readonly userPoolId: string; readonly originJti: string }): Promise<void>;
  /** Revokes all tokens and sign-ins of a user for the lifetime of the refresh tokens. Throws as above. */
  endLastingOf(user: EndedUser): Promise<void>;
  /** Sources of store notices for the operator. */
  readonly sources: readonly StoreSource[];
}

/** Shared by the process, because a sign-out through any router must apply to every route. */
const sharedStore: MemoryRevocationStore = processState('revocations', () => new MemoryRevocationStore());

const NO_REVOCATIONS: Revocations = {
  check: () => undefined,
  checkRefreshed: () => undefined,
  endSession: async () => undefined,
  endUser: async () => undefined,
  endEarlier: async () => undefined,
  endLasting: refuseWithoutRevocation,
  endLastingOf: refuseWithoutRevocation,
  sources: [],
};

async function refuseWithoutRevocation(): Promise<never> {
  throw optionError(
    'revocation',
    'revocation is false, so the app cannot end sessions; remove the option, or set { store }',
  );
}

export interface RevocationParts {
  /** Receives the faults of the store. */
  readonly onFault?: ((error: unknown) => void) | undefined;
  /** Cognito's clock in milliseconds, because `iat` is compared with the time of a revocation. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** Lifetime of refresh tokens in seconds. Default: 30 days, Cognito's default. */
  readonly refreshSeconds?: number | undefined;
}

export function createRevocations(
  options: RevocationOptions | false,
  {
    onFault = () => undefined,
    now = Date.now,
    refreshSeconds = DEFAULT_REFRESH_SECONDS,
  }: RevocationParts = {},
): Revocations {
  if (options === false) return NO_REVOCATIONS;
  const { store = sharedStore, onUnavailable = 'deny', cacheSeconds = DEFAULT_CACHE_SECONDS } = options;
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
  const revoke = async (key: string, upTo: number, lifetime = MAX_LIFETIME_SECONDS): Promise<void> => {
    try {
      await guard.ask(() => store.revoke(key, upTo, seconds() + lifetime));
    } catch (error) {
      report(error);
      throw new ProblemError(problem('store_unavailable'));
    } finally {
      revocationAnswers.forget();
    }
  };
  // The last token that a refresh issues lives a day longer than its refresh token.
  const lasting = refreshSeconds + MAX_LIFETIME_SECONDS;
  const find = (
    auth: OfSession,
    keys: readonly string[],
    remember?: (refusal: Problem | undefined) => void,
  ): ReturnType<Revocations['check']> => {
    try {
      const found = guard.ask(() => store.find(keys));
      if (!(found instanceof Promise)) return verdictOn(auth, keys, found);
      return found
        .then((later) => {
          const refusal = verdictOn(auth, keys, later);
          remember?.(refusal);
          return refusal;
        })
        .catch(afterFault);
    } catch (error) {
      return afterFault(error);
    }
  };
  return {
    sources: [memory?.evictions ?? guard],
    check(auth) {
      // Without revocations in memory, a check costs nothing.
      if (memory !== undefined) return memory.size === 0 ? undefined : find(auth, keysOf(auth));
      const known = revocationAnswers.find(store, auth, cacheSeconds * 1000);
      return known === undefined
        ? find(auth, keysOf(auth), revocationAnswers.asking(store, auth))
        : known.refusal;
    },
    checkRefreshed(auth) {
      if (memory?.size === 0) return;
      return find(auth, [...keysOf(auth), signInsKey(poolOf(auth), auth.payload.sub)]);
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
    async endLasting({ userPoolId, originJti }) {
      await revoke(sessionKey(userPoolId, originJti), Number.MAX_SAFE_INTEGER, lasting);
    },
    async endLastingOf({ userPoolId, sub, iat = 0 }) {
      const upTo = Math.max(Math.floor(now() / 1000), iat);
      await Promise.all([
        revoke(userKey(userPoolId, sub), upTo),
        revoke(signInsKey(userPoolId, sub), upTo, lasting),
      ]);
    },
  };
}

function keysOf(auth: OfSession): readonly [user: string, ...session: string[]] {
  const { sub, jti, origin_jti: session = jti } = auth.payload;
  const pool = poolOf(auth);
  const user = userKey(pool, sub);
  return typeof session === 'string' ? [user, sessionKey(pool, session)] : [user];
}

/** Returns the pool's ID, because AWS has two issuers for each user pool. */
function poolOf({ payload: { iss } }: OfSession): string {
  return iss.slice(iss.lastIndexOf('/') + 1);
}

function userKey(pool: string, sub: string): string {
  return `user ${pool} ${sub}`;
}

function sessionKey(pool: string, session: string): string {
  return `session ${pool} ${session}`;
}

const SIGN_INS = 'sign-ins ';

function signInsKey(pool: string, sub: string): string {
  return `${SIGN_INS}${pool} ${sub}`;
}

function verdictOn(
  { payload }: OfSession,
  keys: readonly string[],
  found: readonly (number | undefined)[],
): Problem | undefined {
  const { iat = 0, auth_time: authTime } = payload;
  if (!(Array.isArray(found) && found.length === keys.length && found.every(isTimeOrNone))) {
    throw new TypeError('The store did not answer with one time or undefined for each key.');
  }
  const signedInAt = typeof authTime === 'number' ? authTime : iat;
  const isRevoked = found.some(
    (upTo, index) => upTo !== undefined && (keys[index]?.startsWith(SIGN_INS) ? signedInAt : iat) <= upTo,
  );
  return isRevoked ? REVOKED : undefined;
}

function isTimeOrNone(upTo: unknown): boolean {
  return upTo === undefined || (Number.isSafeInteger(upTo) && Number(upTo) >= 0);
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
