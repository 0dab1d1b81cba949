import type { Problem } from '../shared/problem.ts';
import type { TokenPayload, TokenUse } from './claims.ts';
import type { TokenHeader } from './decode.ts';

/** The user or client of a request, from a verified token. Deeply frozen. */
export interface Auth {
  /** The user's immutable ID in the user pool. With client credentials: the client ID. */
  readonly sub: string;
  /** The user name. `undefined` with client credentials, where there is no user. */
  readonly username: string | undefined;
  /** The groups of the claim `cognito:groups`. Empty if the user is in no group. */
  readonly groups: readonly string[];
  /** The scopes of the claim `scope` of an access token. Empty for an ID token. */
  readonly scopes: readonly string[];
  /** The kind of token. */
  readonly tokenUse: TokenUse;
  /** The header of the token. */
  readonly header: TokenHeader;
  /** All claims of the token. */
  readonly payload: TokenPayload;
  /** The encoded token. It is not enumerable, to keep it out of logs and responses that contain `req.auth`. */
  readonly token: string;
}

/** An accepted token, or the problem that refuses it. Only a problem has a `status`. */
export type Verdict = Auth | Problem;

export function isRefusal(verdict: Verdict): verdict is Problem {
  return 'status' in verdict;
}
