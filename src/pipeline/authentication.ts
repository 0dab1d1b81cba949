import type { Logger } from 'pino';
import { needsRenewal, type RenewToken } from '../auth/types.ts';
import type { TokenVerifier } from '../cognito/token-verifier.ts';
import { tokenRefusal } from '../cognito/upstream-refusal.ts';
import type { Settings } from '../config/config.ts';
import { createCookieJar } from '../cookies/cookie-jar.ts';
import { presentedToken } from '../cookies/presented-token.ts';
import type { Revocations } from '../session/revocation.ts';
import { type Problem, ProblemError, problem, refuseIf, requestIdOf } from '../shared/problem.ts';
import { type Auth, isRefusal } from '../tokens/auth.ts';
import { signInCheck } from '../tokens/recent-sign-in.ts';
import type { RequestContext } from './exchange.ts';

export interface AuthenticationParts {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly verifier: TokenVerifier;
  readonly revocations: Revocations;
  /** Where the endpoints refresh by themselves. */
  readonly renew: RenewToken | undefined;
}

/** Finds out whose request it is, as far as its endpoint asks. Throws a `ProblemError` for a token that will not do. */
export function createAuthentication({
  settings,
  logger,
  verifier,
  revocations,
  renew,
}: AuthenticationParts): (exchange: RequestContext) => Promise<void> {
  const checkRecent = signInCheck({ acr: undefined, maxAge: settings.sensitiveMaxAge || undefined });

  async function authenticate(exchange: RequestContext): Promise<void> {
    const { endpoint } = exchange;
    if (endpoint.auth === 'none') return;
    const verdict = await verdictOn(exchange);
    if (!(verdict instanceof ProblemError)) {
      exchange.auth = verdict;
      if (endpoint.sensitive) refuseIf(checkRecent(verdict));
    } else if (endpoint.auth === 'access' || verdict.problem.status === 400) {
      // With two tokens, or one of them twice, it cannot be told whose request it is, even where none is needed.
      throw verdict;
    } else exchange.tokenRefusal = verdict;
  }

  async function verdictOn(exchange: RequestContext): Promise<Auth | ProblemError> {
    const { req } = exchange;
    const token = presentedToken(req, exchange.cookies, settings);
    const verdict = typeof token === 'string' ? await judge(token, exchange) : token;
    const renewed = needsRenewal(verdict) ? await renewFor(exchange) : undefined;
    if (renewed === undefined) return orRefusal(verdict ?? problem('missing_token'));
    // Its exception is in a log line of its own.
    if (typeof renewed !== 'string') return new ProblemError(renewed);
    // The request has other ones now.
    exchange.cookies = createCookieJar(req, settings.cookies);
    return orRefusal(await judge(renewed, exchange));
  }

  async function judge(token: string, { endpoint }: RequestContext): Promise<Auth | Problem> {
    const verdict = await verifier.verify(token, 'access');
    if (isRefusal(verdict) || endpoint.acceptsRevoked) return verdict;
    return (await revocations.check(verdict)) ?? verdict;
  }

  /** A hook of the app that fails keeps nobody from signing out. */
  async function renewFor({ req, res, endpoint }: RequestContext): Promise<string | Problem | undefined> {
    try {
      return await renew?.(req, res);
    } catch (error) {
      if (!endpoint.acceptsRevoked) throw error;
      logger.error({ requestId: requestIdOf(req), err: error }, 'automatic refresh failed');
      return undefined;
    }
  }

  return authenticate;
}

function orRefusal(verdict: Auth | Problem): Auth | ProblemError {
  return isRefusal(verdict) ? tokenRefusal(verdict) : verdict;
}
