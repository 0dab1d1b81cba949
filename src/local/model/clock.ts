/** The pool's time. Tests advance it instead of waiting. */
export interface PoolClock {
  /** Returns milliseconds since the epoch. */
  now(): number;
  /** Advances the pool's time by `ms` milliseconds, in addition to earlier advances. */
  advance(ms: number): void;
  /** Sets the pool's time, which continues from there. */
  set(time: Date | number): void;
}

/** A clock whose offset can be saved. */
export interface AdjustedClock extends PoolClock {
  /** Milliseconds between the pool's time and its source. */
  readonly offset: number;
}

/** Calls `changed` after each change of the offset. */
export function createClock(
  source: () => number = Date.now,
  initialOffset = 0,
  changed: () => void = () => undefined,
): AdjustedClock {
  let offset = initialOffset;
  return {
    get offset() {
      return offset;
    },
    now: () => source() + offset,
    advance(ms) {
      offset += finite('clock.advance', ms, 'milliseconds');
      changed();
    },
    set(time) {
      offset = finite('clock.set', Number(time), 'a Date or milliseconds since 1970') - source();
      changed();
    },
  };
}

/** With NaN, nothing would ever expire. */
function finite(of: string, ms: number, wanted: string): number {
  if (typeof ms === 'number' && Number.isFinite(ms)) return ms;
  throw new TypeError(`express-cognito-kit: ${of} takes ${wanted}, not ${ms}. See docs/local-user-pool.md`);
}
