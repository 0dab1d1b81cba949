/** Stops the clock that back-off and cool-down are measured on, and lets a test move it, in milliseconds. */
export function mockMonotonicClock(): { (milliseconds: number): void; restore(): void } {
  const { now } = performance;
  let offset = 0;
  // Whole, or the sum of a fraction and some seconds can come out as a little more.
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
