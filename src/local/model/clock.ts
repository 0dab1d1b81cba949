/** The pool's time. Tests advance it instead of waiting. */
export interface PoolClock {
  /** Returns milliseconds since the epoch. */
  now(): number;
  /** Advances the pool's time by `ms` milliseconds, in addition to earlier advances. */
  advance(ms: number): void;
  /** Sets the pool's time, which continues from there. */
  set(time: Date | number): void;
}

export function createClock(source: () => number = Date.now): PoolClock {
  let offset = 0;
  return {
    now: () => source() + offset,
    advance(ms) {
      offset += ms;
    },
    set(time) {
      offset = Number(time) - source();
    },
  };
}
