import { notAuthorized } from './errors.ts';
import type { UserPool } from './pool.ts';
import type { User } from './user.ts';

const LOCKING_WRONG_PASSWORDS = 5;
const QUIET_MS = 15 * 60_000;

/** Refuses a locked user, even with the correct password. An attempt does not extend the lockout. */
export function checkLockOut(pool: UserPool, user: User): void {
  if (pool.service.limits !== false && pool.now() < user.failures.lockedUntil) {
    throw notAuthorized('Password attempts exceeded');
  }
}

/** Counts a wrong password. From the fifth on, each locks the user for 1 s, 2 s, 4 s, up to 15 minutes. */
export function countWrongPassword(pool: UserPool, user: User): void {
  const now = pool.now();
  const { failures } = user;
  if (now - failures.lastAt >= QUIET_MS) failures.count = 0;
  failures.count += 1;
  failures.lastAt = now;
  if (failures.count < LOCKING_WRONG_PASSWORDS) return;
  failures.lockedUntil = now + Math.min(2 ** (failures.count - LOCKING_WRONG_PASSWORDS) * 1000, QUIET_MS);
}

export function forgetWrongPasswords(user: User): void {
  user.failures = { count: 0, lastAt: 0, lockedUntil: 0 };
}
