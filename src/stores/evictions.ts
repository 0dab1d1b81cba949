import { type StoreListener, StoreListeners, type StoreSource } from './store-source.ts';

/** Milliseconds between two notices, because a flood evicts thousands of entries per second. */
const NOTICE_MS = 60_000;

/** Counts the entries that a full memory store evicted before they expired. */
export class Evictions implements StoreSource {
  readonly available = true;
  readonly isShared = false;
  readonly #listeners = new StoreListeners();
  #total = 0;
  #told = 0;
  #timer: NodeJS.Timeout | undefined;

  watch(listener: StoreListener): () => void {
    return this.#listeners.add(listener);
  }

  get evicted(): number {
    return this.#total;
  }

  probe(): Promise<boolean> {
    return Promise.resolve(true);
  }

  count(): void {
    this.#total++;
    if (this.#timer === undefined) this.#tell();
  }

  #tell(): void {
    this.#listeners.tell({ type: 'full', evicted: this.#total - this.#told, evictedTotal: this.#total });
    this.#told = this.#total;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#total > this.#told) this.#tell();
    }, NOTICE_MS).unref();
  }
}
