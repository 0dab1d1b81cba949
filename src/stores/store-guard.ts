import { processState } from '../shared/process-state.ts';
import { TookTooLong, withinMs } from '../shared/time-limit.ts';
import { type StoreListener, StoreListeners, type StoreSource } from './store-source.ts';

/** Timeout of a store's answer, in milliseconds. */
export const STORE_TIMEOUT_MS = 1000;

/** Milliseconds between two probes of an unavailable store. */
const PROBE_MS = 1000;

/** Consecutive failures after which a store counts as unavailable. One failure may be the fault of one command. */
const MAX_FAILURES = 5;

/** The store is known to be unavailable, so it was not asked. */
export class StoreUnavailable extends Error {}

/** Calls a store, and reports its availability. */
export interface StoreGuard extends StoreSource {
  /**
   * Returns the store's answer. Throws or rejects with `TookTooLong` after a timeout, with `StoreUnavailable` if the
   * store is known to be unavailable, and with the store's own error.
   */
  ask<T>(question: () => T | Promise<T>): T | Promise<T>;
}

export interface StoreBreakerOptions {
  /** A question without effects. The store is available again when it is answered. */
  probe(): unknown;
  /** Called before the next probe if the store answered nothing in time. */
  onSilence?(): void;
  /** Whether an error is an answer of the store, and the store thus available. Default: none is. */
  isAnswer?(error: unknown): boolean;
}

/**
 * A circuit breaker. While it is open, calls fail at once and one probe at a time runs in the background. No request
 * waits for an unavailable store.
 */
export class StoreBreaker implements StoreGuard {
  readonly isShared = true;
  readonly evicted = 0;
  readonly #options: StoreBreakerOptions;
  readonly #listeners = new StoreListeners();
  readonly #waiting = new Set<(error: Error) => void>();
  #failures = 0;
  #answeredAt = 0;
  #openSince: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: StoreBreakerOptions) {
    this.#options = options;
  }

  get available(): boolean {
    return this.#openSince === undefined;
  }

  watch(listener: StoreListener): () => void {
    return this.#listeners.add(listener);
  }

  ask<T>(question: () => T | Promise<T>): T | Promise<T> {
    if (!this.available) throw new StoreUnavailable('The store is unavailable, and was not asked.');
    try {
      const answer = question();
      if (isThenable(answer)) return this.#wait(Promise.resolve(answer));
      this.#answered();
      return answer;
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  async probe(): Promise<boolean> {
    try {
      await this.ask(() => this.#options.probe());
      return true;
    } catch (error) {
      return this.#options.isAnswer?.(error) === true;
    }
  }

  /** Opens the breaker. By default the first probe is immediate, because the store may have been slow only briefly. */
  open(cause: unknown, probeInMs = 0): void {
    if (!this.available) return;
    this.#openSince = performance.now();
    this.#listeners.tell({ type: 'unavailable', cause });
    this.#probeIn(probeInMs);
  }

  /** Closes the breaker of a store that is known to answer. */
  close(): void {
    if (this.#openSince === undefined) return;
    clearTimeout(this.#timer);
    const downMs = Math.round(performance.now() - this.#openSince);
    this.#openSince = undefined;
    this.#answered();
    this.#listeners.tell({ type: 'available', downMs });
  }

  #wait<T>(answer: Promise<T>): Promise<T> {
    const askedAt = performance.now();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#late(settle, askedAt), STORE_TIMEOUT_MS);
      const settle = (error: Error): void => {
        clearTimeout(timer);
        this.#waiting.delete(settle);
        reject(error);
      };
      const inTime = (): boolean => {
        clearTimeout(timer);
        return this.#waiting.delete(settle);
      };
      this.#waiting.add(settle);
      answer.then(
        (value) => {
          if (inTime()) this.#answered();
          resolve(value);
        },
        (error: unknown) => {
          if (inTime()) this.#failed(error);
          reject(error);
        },
      );
    });
  }

  #late(giveUp: (error: Error) => void, askedAt: number): void {
    const error = new TookTooLong(`No answer within ${STORE_TIMEOUT_MS} ms.`);
    giveUp(error);
    // A store that answers other calls is slow, not silent.
    if (this.#answeredAt > askedAt) this.#failed(error);
    else {
      for (const refuse of this.#waiting) refuse(new StoreUnavailable('The store does not answer.'));
      this.#options.onSilence?.();
      this.open(error);
    }
  }

  #answered(): void {
    this.#failures = 0;
    this.#answeredAt = performance.now();
  }

  #failed(error: unknown): void {
    if (this.#options.isAnswer?.(error)) this.#answered();
    else if (++this.#failures >= MAX_FAILURES) this.open(error, PROBE_MS);
  }

  #probeIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#runProbe(), ms).unref();
  }

  async #runProbe(): Promise<void> {
    try {
      await withinMs(STORE_TIMEOUT_MS, (async () => this.#options.probe())());
      this.close();
    } catch (error) {
      if (error instanceof TookTooLong) this.#options.onSilence?.();
      if (this.#options.isAnswer?.(error)) this.close();
      else if (!this.available) this.#probeIn(PROBE_MS);
    }
  }
}

/** Some libraries have their own promises. */
function isThenable<T>(answer: T | Promise<T>): answer is Promise<T> {
  return typeof (answer as Partial<Promise<T>> | null | undefined)?.then === 'function';
}

/** Shared by the process, because several routers and middleware may use one store. */
const guards = processState('store guards', () => new WeakMap<object, StoreGuard>());

/** Returns the guard of the store, or `undefined` if none was set. */
export function knownGuard(store: object): StoreGuard | undefined {
  return guards.get(store);
}

/** Returns the guard of the store. Creates one with the probe if the store has none. */
export function guardOf(store: object, probe: () => unknown): StoreGuard {
  const guard = guards.get(store) ?? new StoreBreaker({ probe });
  guards.set(store, guard);
  return guard;
}

/** Sets a guard that several stores share. Returns the store. */
export function guardedBy<T extends object>(guard: StoreGuard, store: T): T {
  guards.set(store, guard);
  return store;
}
