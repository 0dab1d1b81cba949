import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Problem } from '../shared/problem.ts';
import { type Auth, isRefusal, type Verdict } from '../tokens/auth.ts';
import type { TokenCounts } from '../tokens/token-counts.ts';

/** Finds out whether a verified token has been revoked. Returns the refusal, or nothing. */
export interface RevocationCheck {
  check(auth: Auth): Problem | undefined | Promise<Problem | undefined>;
}

/**
 * Gets a new access token for a request whose own is missing or expired. Resolves with the refusal if the session cannot
 * be refreshed now, and with nothing if the request is to be judged as it came. Returns nothing without a session.
 */
export type RefreshSession = (
  req: IncomingMessage,
  res: ServerResponse,
) => Promise<string | Problem | undefined> | undefined;

export interface AuthSources {
  verify(token: string): Verdict | Promise<Verdict>;
  /** Default: tokens are not counted. */
  readonly counts?: TokenCounts | undefined;
  /** Default: no token is revoked. */
  readonly revocation?: RevocationCheck | undefined;
  /** Default: sessions are not refreshed. */
  readonly refreshSession?: RefreshSession | undefined;
}

/** Returns nothing for a request without a token. A cached token is resolved without a promise. */
export type ResolveAuth = (
  presented: string | Problem | undefined,
  req: IncomingMessage,
  res: ServerResponse,
) => Verdict | undefined | Promise<Verdict | undefined>;

/** Returns a function that verifies a token and checks its revocation. */
export function createTokenJudge({
  verify,
  revocation,
  counts,
}: Omit<AuthSources, 'refreshSession'>): AuthSources['verify'] {
  function checkRevocation(verdict: Verdict): Verdict | Promise<Verdict> {
    if (isRefusal(verdict)) return verdict;
    const refusal = revocation?.check(verdict);
    return refusal instanceof Promise ? refusal.then((late) => late ?? verdict) : (refusal ?? verdict);
  }

  function judge(token: string): Verdict | Promise<Verdict> {
    const verdict = verify(token);
    return verdict instanceof Promise ? verdict.then(checkRevocation) : checkRevocation(verdict);
  }

  if (counts === undefined) return judge;
  return function judgeAndCount(token) {
    const verdict = judge(token);
    return verdict instanceof Promise ? verdict.then((late) => counts.count(late)) : counts.count(verdict);
  };
}

/** Judges the token of a request: verifies it, checks its revocation, and refreshes its session at most once. */
export function createAuthResolver({ refreshSession, ...sources }: AuthSources): ResolveAuth {
  const judge = createTokenJudge(sources);

  function refreshIfExpired(
    verdict: Verdict | undefined,
    req: IncomingMessage,
    res: ServerResponse,
  ): Verdict | undefined | Promise<Verdict | undefined> {
    const refreshing = isMissingOrExpired(verdict) ? refreshSession?.(req, res) : undefined;
    if (refreshing === undefined) return verdict;
    return refreshing.then((token) => (typeof token === 'string' ? judge(token) : (token ?? verdict)));
  }

  return function resolveAuth(presented, req, res) {
    const verdict = typeof presented === 'string' ? judge(presented) : presented;
    if (!(verdict instanceof Promise)) return refreshIfExpired(verdict, req, res);
    return verdict.then((late) => refreshIfExpired(late, req, res));
  };
}

/** A refresh does not cure other faults of a token. */
function isMissingOrExpired(verdict: Verdict | undefined): boolean {
  return verdict === undefined || (isRefusal(verdict) && verdict.code === 'token_expired');
}
