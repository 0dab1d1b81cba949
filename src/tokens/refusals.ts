import type { IncomingMessage } from 'node:http';
import { PROBLEMS, type Problem, type ProblemCode, problem } from '../shared/problem.ts';

/**
 * Problems of requests with an invalid token. They are created once, because a refusal must cost less than a success,
 * and frozen, because `onError` receives them.
 */

/** RFC 6750 3.1. */
type BearerError =
  | 'invalid_request'
  | 'invalid_token'
  | 'insufficient_scope'
  // RFC 9470 3.
  | 'insufficient_user_authentication';

interface RefusalOptions {
  code: ProblemCode;
  error: BearerError;
  detail?: string;
  scope?: string | undefined;
  /** Separated by spaces. */
  acrValues?: string | undefined;
  /** Seconds. */
  maxAge?: number | undefined;
}

export function refusal(options: RefusalOptions): Problem {
  const { code, error, detail = PROBLEMS[code][2], scope, acrValues, maxAge } = options;
  const challenge = [`error="${error}"`, `error_description="${detail}"`];
  if (scope !== undefined) challenge.push(`scope="${scope}"`);
  if (acrValues !== undefined) challenge.push(`acr_values="${acrValues}"`);
  if (maxAge !== undefined) challenge.push(`max_age="${maxAge}"`);
  return frozen(problem(code, { detail, headers: { 'WWW-Authenticate': `Bearer ${challenge.join(', ')}` } }));
}

export function frozen(problem: Problem): Problem {
  Object.freeze(problem.headers);
  return Object.freeze(problem);
}

export function invalidToken(detail: string): Problem {
  return refusal({ code: 'invalid_token', error: 'invalid_token', detail });
}

/** By the kind of token. Without a token, the challenge has no error code (RFC 6750 3.1). */
export const MISSING: Readonly<Record<'access' | 'id', Problem>> = {
  access: frozen(problem('missing_token')),
  id: frozen(problem('missing_token', { detail: 'The request needs an ID token.' })),
};
const OTHER_SCHEME = { access: otherScheme('access token'), id: otherScheme('ID token') };

function otherScheme(token: string): Problem {
  return frozen(
    problem('missing_token', {
      detail: `The Authorization header does not have the scheme "Bearer". Send "Authorization: Bearer <${token}>".`,
    }),
  );
}

/** Returns the refusal of a request without a bearer token. */
export function missingToken({ headers }: IncomingMessage, tokenUse: 'access' | 'id'): Problem {
  return (headers.authorization ? OTHER_SCHEME : MISSING)[tokenUse];
}

export const REPEATED: Problem = refusal({
  code: 'invalid_request',
  error: 'invalid_request',
  detail: 'The request has more than one Authorization header.',
});

export const TWO_TOKENS: Problem = refusal({
  code: 'invalid_request',
  error: 'invalid_request',
  detail: 'The request has a token in a header and in a cookie.',
});
export const AMBIGUOUS_COOKIE: Problem = refusal({
  code: 'invalid_request',
  error: 'invalid_request',
  detail: 'The request has a duplicate session cookie, or a cookie with a deceptively similar name.',
});

export const TOO_LONG: Problem = invalidToken('The token is too long.');
export const MALFORMED: Problem = invalidToken('The token is malformed.');
export const WRONG_ALGORITHM: Problem = invalidToken('The token is not signed with RS256.');
export const WRONG_HEADER: Problem = invalidToken('The header of the token has an unsupported member.');
export const WRONG_CLAIMS: Problem = invalidToken('A claim of the token is missing or malformed.');
export const WRONG_ISSUER: Problem = invalidToken('The token is from another issuer.');
export const WRONG_CLIENT: Problem = invalidToken('The token was issued to another client.');
export const NOT_ACCESS_TOKEN: Problem = invalidToken('The token is not an access token.');
export const NOT_ID_TOKEN: Problem = invalidToken('The token is not an ID token.');
export const WRONG_ID_TOKEN: Problem = invalidToken(
  'The ID token in X-ID-Token is invalid, or it belongs to another user or client than the access token.',
);
export const NOT_YET_VALID: Problem = invalidToken('The token is not valid yet.');
export const EXPIRED: Problem = refusal({ code: 'token_expired', error: 'invalid_token' });
export const REVOKED: Problem = invalidToken('The token has been revoked.');
export const UNKNOWN_KEY: Problem = invalidToken('The token is signed with an unknown key.');
export const WRONG_SIGNATURE: Problem = invalidToken('The signature of the token is wrong.');

/** RFC 6750 has no groups. Its closest code is `insufficient_scope`. */
export const INSUFFICIENT_GROUP: Problem = refusal({
  code: 'insufficient_group',
  error: 'insufficient_scope',
});
export const FORBIDDEN: Problem = frozen(problem('forbidden'));

/** Reasons of the refusals above, for counts. Several refusals have one code. */
const REASONS: ReadonlyMap<Problem, string> = new Map([
  [TOO_LONG, 'too_long'],
  [MALFORMED, 'malformed'],
  [WRONG_ALGORITHM, 'wrong_algorithm'],
  [WRONG_HEADER, 'wrong_header'],
  [WRONG_CLAIMS, 'wrong_claims'],
  [WRONG_ISSUER, 'wrong_issuer'],
  [WRONG_CLIENT, 'wrong_client'],
  [NOT_ACCESS_TOKEN, 'wrong_token_use'],
  [NOT_ID_TOKEN, 'wrong_token_use'],
  [NOT_YET_VALID, 'not_yet_valid'],
  [EXPIRED, 'expired'],
  [REVOKED, 'revoked'],
  [UNKNOWN_KEY, 'unknown_key'],
  [WRONG_SIGNATURE, 'wrong_signature'],
]);

/** Returns the reason of a refused token, or the code of another problem. */
export function refusalReason(refusal: Problem): string {
  const { code } = refusal;
  // Texts that are no token have refusals of their own.
  return REASONS.get(refusal) ?? (code === 'invalid_token' ? 'malformed' : code);
}
