export type TokenUse = 'access' | 'id';

/**
 * The claims of a Cognito token, as it has them. The ones named here have been checked; which others there
 * are depends on the kind of token, the pool and its triggers
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html).
 * Times are in seconds since 1970.
 */
export interface TokenPayload {
  readonly sub: string;
  readonly iss: string;
  readonly token_use: TokenUse;
  readonly exp: number;
  readonly iat?: number;
  readonly nbf?: number;
  readonly jti?: string;
  /** The client of an ID token. An access token has it only if it was asked for a resource (RFC 8707). */
  readonly aud?: string | readonly string[];
  /** Of access tokens. */
  readonly client_id?: string;
  /** Of access tokens. */
  readonly username?: string;
  /** Of ID tokens. */
  readonly 'cognito:username'?: string;
  readonly 'cognito:groups'?: readonly string[];
  /** Of access tokens; separated by spaces. */
  readonly scope?: string;
  readonly [claim: string]: unknown;
}

/** Whether the claims that are relied on are there and of the right type. It says nothing about their values. */
export function hasTokenClaims(payload: Readonly<Record<string, unknown>>): payload is TokenPayload {
  return (
    isText(payload.sub) &&
    isText(payload.iss) &&
    isText(payload.token_use) &&
    isTime(payload.exp) &&
    isAbsentOr(isTime, payload.iat) &&
    isAbsentOr(isTime, payload.nbf) &&
    isAbsentOr(isText, payload.jti) &&
    isAbsentOr(isText, payload.client_id) &&
    (isAbsentOr(isText, payload.aud) || isTextList(payload.aud)) &&
    isAbsentOr(isText, payload.username) &&
    isAbsentOr(isText, payload['cognito:username']) &&
    isAbsentOr(isTextList, payload['cognito:groups']) &&
    // Empty when nothing was asked for.
    (isAbsentOr(isText, payload.scope) || payload.scope === '')
  );
}

function isAbsentOr(check: (value: unknown) => boolean, value: unknown): boolean {
  return value === undefined || check(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

/** Seconds that a `Date` can hold (ECMA-262 21.4.1.1). */
const LAST_SECOND = 8_640_000_000_000;

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LAST_SECOND;
}
