/** The pool's own time. Tests move it instead of waiting. */
export interface PoolClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Moves the pool's time by `ms` milliseconds, on top of whatever was moved before. */
  advance(ms: number): void;
  /** Sets the pool's time; it runs on from there. */
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
