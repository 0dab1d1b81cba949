import { checkOptionNames, isObject, wrongOption } from '../shared/option-errors.ts';
import { Evictions } from '../stores/evictions.ts';

/** What came of asking for the right to refresh. */
export type RefreshClaim =
  /** Nobody else refreshes under the key until the claim ends. */
  | 'mine'
  /** Somebody else does at this moment. */
  | 'pending'
  /** Somebody else did, and this is what they left. */
  | { readonly value: string };

/**
 * Sees to it that a refresh token goes to Cognito once, however many requests come with it. Keys are hashes, and
 * values are sealed with the refresh token itself: who reads the store can use none of it.
 */
export interface RefreshStore {
  /**
   * Takes the right to refresh for `ttlMs` milliseconds, unless somebody else has it or somebody has left a value. In one
   * step: of two owners that ask at once, one gets it. An owner that asks again has not heard that it has it.
   */
  claim(key: string, owner: string, ttlMs: number): RefreshClaim | Promise<RefreshClaim>;
  /** Leaves a value for `ttlMs` milliseconds, in place of the owner's claim; not over the claim of another one. */
  publish(key: string, owner: string, value: string, ttlMs: number): void | Promise<void>;
  /** Gives the claim back, if it is still the owner's. */
  release(key: string, owner: string): void | Promise<void>;
  /** The value that was left. */
  find(key: string): string | undefined | Promise<string | undefined>;
}

/** How sessions are refreshed. */
export interface RefreshOptions {
  /**
   * Seconds, 60 at most, for which whoever comes with a refresh token again gets the answer of the first time: the
   * answer may have been lost, or another tab was first. Default: 10.
   */
  graceSeconds?: number | undefined;
  /** Where refreshes meet. Several instances need one that they share. Default: in memory, for this router alone. */
  store?: RefreshStore | undefined;
}

export interface RefreshSettings {
  readonly graceMs: number;
  readonly store: RefreshStore | undefined;
}

const DEFAULT_GRACE = 10;
/** Cognito's own, for the same purpose, is not longer. */
const LONGEST_GRACE = 60;

/** Characters that are kept at most. The tokens of one refresh take some 5,000, for `graceSeconds`. */
const MAX_CHARACTERS = 32 * 1024 * 1024;
const FIRST_SWEEP = 1024 * 1024;

interface Entry {
  /** One of the two. */
  readonly owner?: string;
  readonly value?: string;
  readonly until: number;
}

/** Remembers in memory, without a timer. When it is full, the oldest is forgotten first. */
export class MemoryRefreshStore implements RefreshStore {
  readonly evictions: Evictions = new Evictions();
  readonly #maxCharacters: number;
  readonly #entries = new Map<string, Entry>();
  #characters = 0;
  #sweepAt = FIRST_SWEEP;

  constructor(maxCharacters: number = MAX_CHARACTERS) {
    this.#maxCharacters = maxCharacters;
  }

  get size(): number {
    return this.#entries.size;
  }

  claim(key: string, owner: string, ttlMs: number): RefreshClaim {
    const known = this.#get(key);
    if (known?.value !== undefined) return { value: known.value };
    if (known !== undefined && known.owner !== owner) return 'pending';
    this.#set(key, { owner, until: Date.now() + ttlMs });
    return 'mine';
  }

  publish(key: string, owner: string, value: string, ttlMs: number): void {
    const claimedBy = this.#get(key)?.owner;
    if (claimedBy === undefined || claimedBy === owner) this.#set(key, { value, until: Date.now() + ttlMs });
  }

  release(key: string, owner: string): void {
    if (this.#get(key)?.owner === owner) this.#delete(key);
  }

  find(key: string): string | undefined {
    return this.#get(key)?.value;
  }

  #get(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.until > Date.now()) return entry;
    this.#delete(key);
    return undefined;
  }

  #set(key: string, entry: Entry): void {
    this.#delete(key);
    this.#makeRoom(weight(key, entry));
    this.#entries.set(key, entry);
    this.#characters += weight(key, entry);
  }

  #delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#characters -= weight(key, entry);
  }

  /** What is remembered for seconds and for hours lies side by side: all of it is looked at, but seldom. */
  #makeRoom(needed: number): void {
    if (this.#characters + needed <= this.#sweepAt) return;
    const now = Date.now();
    for (const [key, { until }] of this.#entries) if (until <= now) this.#delete(key);
    for (const key of this.#entries.keys()) {
      if (this.#characters + needed <= this.#maxCharacters) break;
      this.evictions.count();
      this.#delete(key);
    }
    this.#sweepAt = Math.min(this.#maxCharacters, Math.max(FIRST_SWEEP, this.#characters * 2));
  }
}

function weight(key: string, { owner = '', value = '' }: Entry): number {
  return key.length + owner.length + value.length;
}

/** Checks the option. Throws a `TypeError` that names the fix. */
export function parseRefresh(given: unknown = {}): RefreshSettings {
  if (!isObject(given)) throw wrongOption('refresh', given, 'write { graceSeconds, store }, or leave it out');
  checkOptionNames('refresh', given, ['graceSeconds', 'store']);
  const { graceSeconds = DEFAULT_GRACE, store } = given;
  if (typeof graceSeconds !== 'number' || !(graceSeconds >= 0 && graceSeconds <= LONGEST_GRACE)) {
    const fix = `write a number of seconds from 0 to ${LONGEST_GRACE}`;
    throw wrongOption('refresh.graceSeconds', graceSeconds, fix);
  }
  if (store !== undefined && !isStore(store)) {
    throw wrongOption('refresh.store', store, 'write a store with claim(), publish(), release() and find()');
  }
  return Object.freeze({ graceMs: graceSeconds * 1000, store });
}

function isStore(store: unknown): store is RefreshStore {
  const methods = ['claim', 'publish', 'release', 'find'];
  return isObject(store) && methods.every((name) => typeof store[name] === 'function');
}
