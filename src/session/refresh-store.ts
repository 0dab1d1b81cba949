import type { RefreshClaim, RefreshStore } from '../config/refresh.ts';
import { Evictions } from '../stores/evictions.ts';

/** Maximum number of characters. The record of one rotation takes about 500. */
const MAX_CHARACTERS = 32 * 1024 * 1024;
const FIRST_SWEEP = 1024 * 1024;

interface Entry {
  /** Set in a claim. */
  readonly owner?: string;
  /** Set in a published entry. */
  readonly value?: string;
  readonly until: number;
}

/** A refresh store in memory, without a timer. A full store evicts the oldest entries first. */
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

  /** Sweeps all entries, because lifetimes differ from seconds to hours. It does so rarely. */
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
