import { PROBLEMS, type Problem, type ProblemCode, problem } from '../shared/problem.ts';

/**
 * The answers to requests whose token will not do. They are made once and frozen: to refuse must cost
 * less than to serve, and nobody who gets one in `onError` can change the next one.
 */

/** RFC 6750 3.1. A code of ours goes with the one that its clients know. */
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

function invalidToken(detail: string): Problem {
  return refusal({ code: 'invalid_token', error: 'invalid_token', detail });
}

/** A request with no token at all gets the bare scheme (RFC 6750 3.1). */
export const MISSING: Problem = frozen(problem('missing_token'));
export const REPEATED: Problem = refusal({
  code: 'invalid_request',
  error: 'invalid_request',
  detail: 'The request has more than one Authorization header.',
});

export const TWO_TOKENS: Problem = refusal({
  code: 'invalid_request',
  error: 'invalid_request',
  detail: 'The request has a token in a header and another in a cookie.',
});
export const AMBIGUOUS_COOKIE: Problem = refusal({
  code: 'invalid_request',
  error: 'invalid_request',
  detail: 'The request has a cookie of the session twice, or one whose name only looks like it.',
});

export const TOO_LONG: Problem = invalidToken('The token is too long.');
export const MALFORMED: Problem = invalidToken('The token is malformed.');
export const WRONG_ALGORITHM: Problem = invalidToken('The token is not signed with RS256.');
export const WRONG_HEADER: Problem = invalidToken(
  'The header of the token has a member that is not accepted.',
);
export const WRONG_CLAIMS: Problem = invalidToken('A claim of the token is missing or malformed.');
export const WRONG_ISSUER: Problem = invalidToken('The token is from another issuer.');
export const WRONG_CLIENT: Problem = invalidToken('The token was issued to another client.');
export const NOT_ACCESS_TOKEN: Problem = invalidToken('The token is not an access token.');
export const NOT_ID_TOKEN: Problem = invalidToken('The token is not an ID token.');
export const NOT_YET_VALID: Problem = invalidToken('The token is not valid yet.');
export const EXPIRED: Problem = refusal({ code: 'token_expired', error: 'invalid_token' });
export const REVOKED: Problem = invalidToken('The session of the token has ended.');
export const UNKNOWN_KEY: Problem = invalidToken('The token is signed with an unknown key.');
export const WRONG_SIGNATURE: Problem = invalidToken('The signature of the token is wrong.');

/** RFC 6750 knows no groups; to its clients this is a token that does not carry enough privilege. */
export const INSUFFICIENT_GROUP: Problem = refusal({
  code: 'insufficient_group',
  error: 'insufficient_scope',
});
export const FORBIDDEN: Problem = frozen(problem('forbidden'));
