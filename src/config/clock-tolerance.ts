import { wrongOption } from '../shared/option-errors.ts';

export const MAX_CLOCK_TOLERANCE_SECONDS = 300;

/** Returns the tolerated clock skew. Throws a `TypeError` for an invalid one. */
export function parseClockTolerance(seconds: unknown = 0): number {
  if (typeof seconds === 'number' && seconds >= 0 && seconds <= MAX_CLOCK_TOLERANCE_SECONDS) return seconds;
  throw wrongOption(
    'clockToleranceSeconds',
    seconds,
    `write a number of seconds from 0 to ${MAX_CLOCK_TOLERANCE_SECONDS}; a larger difference needs a correct clock (NTP)`,
  );
}
