import { CognitoError, limitExceeded } from './errors.ts';
import type { UserPool } from './pool.ts';
import type { HourlyLimits } from './settings.ts';

const HOUR_MS = 3_600_000;
/** Cognito has a limit, but does not document it. */
const WRONG_CODES_PER_CODE = 10;

/** Counts a use. Throws LimitExceededException if it exceeds the limit. */
export function countUse(
  pool: UserPool,
  who: { readonly uses: Map<string, number[]> },
  limit: keyof HourlyLimits,
): void {
  const { limits } = pool.service;
  if (limits === false) return;
  const now = pool.now();
  const recent = (who.uses.get(limit) ?? []).filter((at) => now - at < HOUR_MS);
  if (recent.length >= limits[limit]) throw limitExceeded();
  recent.push(now);
  who.uses.set(limit, recent);
}

/** Throws TooManyFailedAttemptsException after too many wrong codes. */
export function checkWrongCodes(pool: UserPool, wrongTries: number): void {
  if (pool.service.limits === false || wrongTries < WRONG_CODES_PER_CODE) return;
  throw new CognitoError(
    'TooManyFailedAttemptsException',
    'Too many failed attempts, please request a new code and try again.',
  );
}
