import type { PoolClock } from '../local/model/clock.ts';

/** The time of a test app, of its local pool and of `Date.now()` in the process. */
export type TestClock = PoolClock;

/**
 * Creates a clock that moves `Date.now()`, which the kit and the local pool read. It replaces the function with the first move,
 * so that a clock of the test runner stays in charge until then.
 */
export function createTestClock(): TestClock & { restore(): void } {
  let offset = 0;
  let original: (() => number) | undefined;
  const moved = (): number => (original ?? Date.now)() + offset;

  function move(ms: number, wanted: string): void {
    if (!Number.isFinite(ms))
      throw new TypeError(
        `express-cognito-kit: ${wanted}, not ${ms}. See docs/testing.md#time-that-a-test-moves`,
      );
    if (original === undefined) {
      original = Date.now;
      Date.now = moved;
    }
    offset += ms;
  }

  return {
    now: () => Date.now(),
    advance: (ms) => move(ms, 'clock.advance takes milliseconds'),
    set: (time) => move(Number(time) - Date.now(), 'clock.set takes a Date or milliseconds since 1970'),
    restore() {
      offset = 0;
      if (original !== undefined && Date.now === moved) {
        Date.now = original;
        original = undefined;
      }
    },
  };
}
