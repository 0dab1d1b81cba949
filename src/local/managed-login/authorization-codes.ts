import { createHash, randomUUID } from 'node:crypto';
import type { AppClient, AuthorizationCode, UserPool } from '../model/pool.ts';

const LIFETIME_MS = 5 * 60_000;

export function issueCode(pool: UserPool, grant: Omit<AuthorizationCode, 'expiresAt'>): string {
  // A map iterates the oldest first, and all codes have the same lifetime.
  for (const [key, { expiresAt }] of pool.authorizationCodes) {
    if (pool.now() < expiresAt) break;
    pool.authorizationCodes.delete(key);
  }
  const code = randomUUID();
  pool.authorizationCodes.set(hashOf(code), { ...grant, expiresAt: pool.now() + LIFETIME_MS });
  return code;
}

/** Finds the grant of a valid code of this client, without spending the code. */
export function findCode(client: AppClient, code: string): AuthorizationCode | undefined {
  const { pool } = client;
  const found = pool.authorizationCodes.get(hashOf(code));
  return found?.client === client && pool.now() < found.expiresAt ? found : undefined;
}

/** Spends a code, which is valid for one exchange. */
export function spendCode(pool: UserPool, code: string): void {
  pool.authorizationCodes.delete(hashOf(code));
}

export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

function hashOf(code: string): string {
  return createHash('sha256').update(code).digest('base64');
}
