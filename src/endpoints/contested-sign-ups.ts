import { hash } from 'node:crypto';
import { foldName } from '../shared/fold-name.ts';

/** Lifetime of Cognito's confirmation codes. A later code follows another request. */
const LIFETIME_MS = 24 * 3_600_000;
const MAX_ENTRIES = 20_000;

/** Accounts that a second sign-up has met. Either of its clients may have chosen the password. */
export interface ContestedSignUps {
  add(username: string): void;
  /** Whether the account is contested. Forgets it, because it is confirmed now. */
  take(username: string): boolean;
}

/** Kept in the memory of the instance. The session of the sign-up works across instances. */
export function createContestedSignUps(now: () => number = Date.now): ContestedSignUps {
  const expiries = new Map<string, number>();
  return {
    add(username) {
      const key = keyOf(username);
      expiries.delete(key);
      const [oldest] = expiries.keys();
      if (oldest !== undefined && expiries.size >= MAX_ENTRIES) expiries.delete(oldest);
      expiries.set(key, now() + LIFETIME_MS);
    },
    take(username) {
      const key = keyOf(username);
      const expiresAt = expiries.get(key) ?? 0;
      expiries.delete(key);
      return now() < expiresAt;
    },
  };
}

/** Hashed, because names are long and personal. */
function keyOf(username: string): string {
  return hash('sha256', foldName(username), 'base64url');
}
