import type { StopSignal } from '../shared/deadline.ts';

/** The time and the timers of a bucket, in milliseconds. */
export interface Scheduler {
  now(): number;
  after(ms: number, run: () => void): void;
}

const SYSTEM: Scheduler = {
  now: () => performance.now(),
  after: (ms, run) => void setTimeout(run, Math.ceil(ms)),
};

/** Longest time in the queue. A client that waits longer than this has often given up. */
const MAX_WAIT_MS = 1000;
const SECOND_MS = 1000;

/** The bucket has no token within the longest wait. */
export class BucketEmpty extends Error {
  override readonly name = 'BucketEmpty';
  /** Time until a token would be there. */
  readonly waitMs: number;

  constructor(waitMs: number) {
    super(`No token for ${Math.ceil(waitMs)} ms.`);
    this.waitMs = waitMs;
  }
}

interface Waiter {
  /** The time by which it gets a token, or is refused. */
  readonly until: number;
  resolve(): void;
  reject(error: Error | undefined): void;
}

/**
 * A bucket with as many tokens as its rate. A token returns one second after it was taken, so no second has more calls
 * than the rate. Calls without a token wait in order, for a second at most.
 */
export class TokenBucket {
  readonly #scheduler: Scheduler;
  /** When each token was taken, as a ring from `#oldest` on. */
  readonly #taken: Float64Array;
  readonly #returnMs: number;
  #oldest = 0;
  readonly #waiting = new Set<Waiter>();
  #hasTimer = false;

  constructor(perSecond: number, scheduler: Scheduler = SYSTEM) {
    const tokens = Math.ceil(perSecond);
    this.#taken = new Float64Array(tokens).fill(Number.NEGATIVE_INFINITY);
    // More than a second for a rate that is not whole.
    this.#returnMs = (tokens / perSecond) * SECOND_MS;
    this.#scheduler = scheduler;
  }

  /**
   * Takes a token. Returns a promise if the call must wait for it. Throws or rejects with `BucketEmpty`, or with the
   * reason of the signal.
   */
  take(signal?: StopSignal): Promise<void> | undefined {
    if (signal?.aborted) throw signal.reason;
    this.#serve();
    const waitMs = this.#waitOf(this.#waiting.size);
    if (waitMs <= 0) {
      this.#takeOldest();
      return undefined;
    }
    if (waitMs > MAX_WAIT_MS) throw new BucketEmpty(waitMs);
    return this.#wait(signal);
  }

  /** Takes tokens without waiting, from those that would be there first. */
  spend(tokens: number): void {
    for (let spent = 0; spent < Math.min(tokens, this.#taken.length); spent++) this.#takeOldest();
    let position = 0;
    for (const waiter of this.#waiting) {
      const waitMs = this.#waitOf(position);
      if (this.#scheduler.now() + waitMs <= waiter.until) position++;
      else this.#leave(waiter, new BucketEmpty(waitMs));
    }
  }

  #wait(signal: StopSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => this.#leave(waiter, signal?.reason);
      const settled = (settle: () => void): void => {
        signal?.removeEventListener('abort', stop);
        settle();
      };
      const waiter: Waiter = {
        until: this.#scheduler.now() + MAX_WAIT_MS,
        resolve: () => settled(resolve),
        reject: (error) => settled(() => reject(error)),
      };
      this.#waiting.add(waiter);
      signal?.addEventListener('abort', stop);
      this.#serve();
    });
  }

  #leave(waiter: Waiter, error: Error | undefined): void {
    if (this.#waiting.delete(waiter)) waiter.reject(error);
  }

  /** Gives the tokens that are there to the first in the queue, and sets the timer for the next. */
  #serve(): void {
    for (const waiter of this.#waiting) {
      const waitMs = this.#waitOf(0);
      if (waitMs > 0) {
        this.#serveAfter(waitMs);
        return;
      }
      this.#takeOldest();
      this.#waiting.delete(waiter);
      waiter.resolve();
    }
  }

  #serveAfter(ms: number): void {
    if (this.#hasTimer) return;
    this.#hasTimer = true;
    this.#scheduler.after(ms, () => {
      this.#hasTimer = false;
      this.#serve();
    });
  }

  /** Returns the time until the token for a position in the queue is there. */
  #waitOf(position: number): number {
    if (position >= this.#taken.length) return this.#returnMs * 2;
    const index = (this.#oldest + position) % this.#taken.length;
    return (this.#taken[index] ?? 0) + this.#returnMs - this.#scheduler.now();
  }

  #takeOldest(): void {
    this.#taken[this.#oldest] = this.#scheduler.now();
    this.#oldest = (this.#oldest + 1) % this.#taken.length;
  }
}
