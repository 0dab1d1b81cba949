import type { Problem } from '../shared/problem.ts';
import type { Auth } from './auth.ts';
import { refusal } from './refusals.ts';

/** What a route asks of the sign-in behind a token (RFC 9470). */
export interface SignInRules {
  /** The levels that will do, in the order of preference. */
  readonly acr: readonly string[] | undefined;
  /** Seconds. */
  readonly maxAge: number | undefined;
}

/** Tells whether the sign-in behind a token is good enough. Its refusal says all that the route asks for. */
export function signInCheck({ acr, maxAge }: SignInRules): (auth: Auth) => Problem | undefined {
  const unmet = {
    code: 'insufficient_user_authentication',
    error: 'insufficient_user_authentication',
    acrValues: acr?.join(' '),
    maxAge,
  } as const;
  const tooOld = refusal(unmet);
  const tooWeak = refusal({ ...unmet, detail: 'This needs a stronger sign-in.' });
  return (auth) => {
    if (acr !== undefined && !acr.some((level) => level === auth.payload.acr)) return tooWeak;
    return maxAge === undefined || isRecentSignIn(auth, maxAge) ? undefined : tooOld;
  };
}

/** A refresh does not make a sign-in recent: `auth_time` stays. */
function isRecentSignIn({ payload: { auth_time: authTime } }: Auth, maxAge: number): boolean {
  return typeof authTime === 'number' && Date.now() / 1000 - authTime <= maxAge;
}
