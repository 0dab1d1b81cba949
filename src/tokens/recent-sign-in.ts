import type { Problem } from '../shared/problem.ts';
import type { Auth } from './auth.ts';
import { refusal } from './refusals.ts';

/** Requirements on the sign-in of a token (RFC 9470). */
export interface SignInRules {
  /** The accepted levels, in order of preference. */
  readonly acr: readonly string[] | undefined;
  /** Maximum age of the sign-in, in seconds. */
  readonly maxAge: number | undefined;
  /** Tolerated clock skew, in seconds. */
  readonly clockToleranceSeconds: number;
}

/** Returns a check of a token's sign-in. Its problem tells the client all requirements. */
export function signInCheck({
  acr,
  maxAge,
  clockToleranceSeconds,
}: SignInRules): (auth: Auth) => Problem | undefined {
  const unmet = {
    code: 'insufficient_user_authentication',
    error: 'insufficient_user_authentication',
    acrValues: acr?.join(' '),
    maxAge,
  } as const;
  const tooOld = refusal(unmet);
  const tooWeak = refusal({ ...unmet, detail: 'This operation requires a stronger sign-in.' });
  return (auth) => {
    if (acr !== undefined && !acr.some((level) => level === auth.payload.acr)) return tooWeak;
    return maxAge === undefined || isRecentSignIn(auth, maxAge + clockToleranceSeconds) ? undefined : tooOld;
  };
}

/** A refresh does not change `auth_time`. */
function isRecentSignIn({ payload: { auth_time: authTime } }: Auth, maxAge: number): boolean {
  return typeof authTime === 'number' && Date.now() / 1000 - authTime <= maxAge;
}
