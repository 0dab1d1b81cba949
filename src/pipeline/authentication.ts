import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { createAuthResolver, type RefreshSession, type ResolveAuth } from '../auth/resolve-auth.ts';
import type { TokenVerifier } from '../cognito/token-verifier.ts';
import { tokenRefusal } from '../cognito/upstream-fault.ts';
import type { Settings } from '../config/settings.ts';
import { presentedToken } from '../cookies/presented-token.ts';
import type { Revocations } from '../session/revocation.ts';
import { isProblem, type Problem, ProblemError, requestIdOf } from '../shared/problem.ts';
import { type Auth, isRefusal } from '../tokens/auth.ts';
import { AMBIGUOUS_COOKIE, missingToken } from '../tokens/refusals.ts';
import type { RequestContext } from './request-context.ts';

export interface AuthenticationParts {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly verifier: TokenVerifier;
  readonly revocations: Revocations;
  /** Undefined if endpoints do not refresh sessions by themselves. */
  readonly refreshSession: RefreshSession | undefined;
}

/** The user of a request. */
export interface Authentication {
  readonly auth: Auth | undefined;
  /** The reason why there is no `auth`, for an endpoint with an optional token. */
  readonly tokenRefusal?: ProblemError;
}

/**
 * Returns the authentication of a request, as far as its endpoint requires one. Throws a `ProblemError` for a token that is
 * refused.
 */
export function createAuthentication({
  settings,
  logger,
  verifier,
  revocations,
  refreshSession,
}: AuthenticationParts): (context: RequestContext) => Promise<Authentication> {
  const { counts } = verifier;
  const verify = (token: string) => verifier.verify(token, 'access');
  const resolveAuth = createAuthResolver({
    verify,
    counts,
    revocation: revocations,
    refreshSession: refreshSession && ((req, res) => refreshSession(req, res)?.then(orThrow)),
  });
  /** A revoked session can be signed out again, and a failing hook of the app prevents no sign-out. */
  const resolveForSignOut = createAuthResolver({
    verify,
    counts,
    refreshSession:
      refreshSession && ((req, res) => refreshSession(req, res)?.catch(logFault(req)).then(orThrow)),
  });

  return async function authenticate(context) {
    const { endpoint } = context;
    if (endpoint.auth === 'none') return { auth: undefined };
    const found = await resolve(context, endpoint.acceptsRevoked ? resolveForSignOut : resolveAuth);
    if (!(found instanceof ProblemError)) return { auth: found };
    // A request with two tokens is ambiguous, even where none is required. A sign-out clears ambiguous cookies.
    const isAmbiguous = found.problem.status === 400;
    const clears = endpoint.acceptsRevoked && found.problem === AMBIGUOUS_COOKIE;
    if (endpoint.auth === 'access' || (isAmbiguous && !clears)) throw found;
    return { auth: undefined, tokenRefusal: found };
  };

  function logFault(req: IncomingMessage): (error: unknown) => undefined {
    return (error): undefined => {
      logger.error({ requestId: requestIdOf(req), err: error }, 'automatic refresh failed');
    };
  }

  async function resolve(
    { req, res, cookies }: RequestContext,
    resolveToken: ResolveAuth,
  ): Promise<Auth | ProblemError> {
    try {
      const verdict = await resolveToken(presentedToken(req, cookies, settings), req, res);
      if (verdict === undefined) return new ProblemError(missingToken(req, 'access'));
      return isRefusal(verdict) ? tokenRefusal(verdict) : verdict;
    } catch (error) {
      if (error instanceof ProblemError) return error;
      throw error;
    }
  }
}

/** The exception behind a failed refresh has a log line of its own: it is not that of the token. */
function orThrow(refreshed: string | Problem | undefined): string | undefined {
  if (isProblem(refreshed)) throw new ProblemError(refreshed);
  return refreshed;
}
