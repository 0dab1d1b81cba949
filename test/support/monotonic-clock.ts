/** Stops the monotonic clock of back-off and cool-down, and lets a test advance it in milliseconds. */
export function mockMonotonicClock(): { (milliseconds: number): void; restore(): void } {
  const { now } = performance;
  let offset = 0;
  // An integer, because the sum of a fraction and seconds can have a rounding error.
  const stopped = Math.floor(performance.now());
  performance.now = () => stopped + offset;
  const advance = (milliseconds: number) => {
    offset += milliseconds;
  };
  return Object.assign(advance, {
    restore: () => {
      performance.now = now;
    },
  });
}
