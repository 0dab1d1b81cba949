import type { PoolClock } from '../local/model/clock.ts';

/** The time of a test app, of its local pool and of `Date.now()` in the process. */
export type TestClock = PoolClock;

/** Milliseconds by which each open clock has moved the one `Date.now` of the process. */
const offsets = new Map<object, number>();
let original = Date.now;

function moved(): number {
  let time = original();
  for (const offset of offsets.values()) time += offset;
  return time;
}

/**
 * Creates a clock that moves `Date.now()`, which the kit and the local pool read. It replaces the function with the first move:
 * until then, a clock of the test runner is in charge.
 */
export function createTestClock(): TestClock & { restore(): void } {
  const key = {};

  function move(ms: number, wanted: string): void {
    // With NaN, nothing would ever expire.
    if (!Number.isFinite(ms))
      throw new TypeError(
        `express-cognito-kit: ${wanted}, not ${ms}. See docs/testing.md#time-that-a-test-moves`,
      );
    if (Date.now !== moved) {
      original = Date.now;
      Date.now = moved;
    }
    offsets.set(key, (offsets.get(key) ?? 0) + ms);
  }

  return {
    now: () => Date.now(),
    advance: (ms) => move(ms, 'clock.advance takes milliseconds'),
    set: (time) => move(Number(time) - Date.now(), 'clock.set takes a Date or milliseconds since 1970'),
    restore() {
      offsets.delete(key);
      if (offsets.size === 0 && Date.now === moved) Date.now = original;
    },
  };
}
