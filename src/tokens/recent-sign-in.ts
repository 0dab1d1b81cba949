import type { Auth } from '../cognito/token-verifier.ts';
import type { Problem } from '../problem.ts';
import { refusal } from './refusals.ts';

/**
 * The refusal (RFC 9470) of a token whose sign-in is longer ago than `maxAge` seconds, or does not say when it was.
 * A refresh does not make a sign-in recent: `auth_time` stays. No `maxAge`: no refusal.
 */
export function oldSignIn(auth: Auth, maxAge: number | false): Problem | undefined {
  if (maxAge === false || isRecentSignIn(auth, maxAge)) return undefined;
  return refusal({
    code: 'insufficient_user_authentication',
    error: 'insufficient_user_authentication',
    maxAge,
  });
}

export function isRecentSignIn({ payload: { auth_time: authTime } }: Auth, maxAge: number): boolean {
  return typeof authTime === 'number' && Date.now() / 1000 - authTime <= maxAge;
}
