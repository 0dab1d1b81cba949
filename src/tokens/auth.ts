import type { Problem } from '../shared/problem.ts';
import type { TokenPayload, TokenUse } from './claims.ts';
import type { TokenHeader } from './decode.ts';

/** Who makes a request, as a verified token says. Deeply frozen. */
export interface Auth {
  /** The user's id in the pool, which never changes. With client credentials: the client id. */
  readonly sub: string;
  /** `undefined` with client credentials, where there is no user. */
  readonly username: string | undefined;
  /** The claim `cognito:groups`; empty when the user is in none. */
  readonly groups: readonly string[];
  /** The claim `scope` of an access token, split up; empty for an ID token. */
  readonly scopes: readonly string[];
  readonly tokenUse: TokenUse;
  readonly header: TokenHeader;
  readonly payload: TokenPayload;
  /** The token itself. Not enumerable, so that logging or sending `req.auth` does not give it away. */
  readonly token: string;
}

/** An accepted token, or the answer that refuses it: only a problem has a `status`. */
export type Verdict = Auth | Problem;

export function isRefusal(verdict: Verdict): verdict is Problem {
  return 'status' in verdict;
}
