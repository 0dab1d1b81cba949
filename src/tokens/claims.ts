/** The kind of token, its claim `token_use`. */
export type TokenUse = 'access' | 'id';

/**
 * The claims of a Cognito token. The types of the claims below are verified. Further claims depend on the kind of
 * token, the user pool and its triggers. Times are in seconds since 1970.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html
 */
export interface TokenPayload {
  /** The user's ID. With client credentials: the client ID. */
  readonly sub: string;
  /** The issuer. */
  readonly iss: string;
  /** The kind of token. */
  readonly token_use: TokenUse;
  /** Time of expiry. */
  readonly exp: number;
  /** Time of issue. */
  readonly iat?: number;
  /** Start of validity. */
  readonly nbf?: number;
  /** The token's ID. */
  readonly jti?: string;
  /** The client of an ID token. In an access token: the resource that was requested (RFC 8707). */
  readonly aud?: string | readonly string[];
  /** The client of an access token. */
  readonly client_id?: string;
  /** The user name, in access tokens. */
  readonly username?: string;
  /** The user name, in ID tokens. */
  readonly 'cognito:username'?: string;
  /** The user's groups. */
  readonly 'cognito:groups'?: readonly string[];
  /** The scopes of an access token, separated by spaces. */
  readonly scope?: string;
  readonly [claim: string]: unknown;
}

/** Checks the presence and types of the claims that the kit uses, but not their values. */
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
    // Empty if no scope was requested.
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

/** Maximum of a `Date`, in seconds (ECMA-262 21.4.1.1). */
const LAST_SECOND = 8_640_000_000_000;

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LAST_SECOND;
}
