import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import type { RefreshSession } from '../auth/resolve-auth.ts';
import { type CognitoClient, untilAborted } from '../cognito/client.ts';
import { deadlineFault, type UpstreamFault, UpstreamRefusal } from '../cognito/upstream-fault.ts';
import type { Settings } from '../config/settings.ts';
import { createCookieJar } from '../cookies/cookie-jar.ts';
import { csrfProblem } from '../cookies/csrf.ts';
import { deferCookies } from '../cookies/deferred-cookies.ts';
import { lifetimeIn, withoutLifetime } from '../cookies/session-lifetime.ts';
import { deviceIn, forgetSession, keepTokens } from '../endpoints/cookie-transport.ts';
import type { RefreshRequest } from '../endpoints/endpoint.ts';
import { loadJoi } from '../endpoints/joi.ts';
import { RefreshError } from '../endpoints/refresh-tokens.ts';
import type { Tokens } from '../endpoints/sign-in-types.ts';
import type { Refreshes } from '../session/refresh.ts';
import { createDeadline, type Deadline } from '../shared/deadline.ts';
import { isProblem, type Problem, ProblemError, problem, refuseIf, requestIdOf } from '../shared/problem.ts';
import { bearerToken } from '../tokens/bearer.ts';
import type { Reporter } from './event-reporter.ts';
import { HookError, runBeforeHook } from './hooks.ts';
import { refusalOf } from './outcome.ts';
import { isLasting, RefreshPauses } from './refresh-pauses.ts';
import type { SessionProfiles } from './session-profiles.ts';

export interface AutoRefreshParts {
  readonly settings: Settings;
  readonly cognito: CognitoClient;
  readonly profiles: SessionProfiles | undefined;
  readonly refreshes: Refreshes;
  readonly logger: Logger;
  readonly report: Reporter;
  /** Counts an automatic refresh as a request to `POST /refresh`: it costs Cognito the same. */
  limit(session: string, req: Request, res: Response): Promise<Problem | undefined>;
}

/**
 * Refreshes the session of a browser within the request whose access cookie is missing or expired. The app's
 * response carries the new cookies, and the rest of the request sees them.
 */
export function createAutoRefresh(parts: AutoRefreshParts): RefreshSession {
  const { settings, cognito, refreshes, logger, report, limit, profiles } = parts;
  const { cookies, trustedOrigins, timeouts } = settings;
  const pauses = new RefreshPauses();

  async function refreshSession(
    req: Request,
    res: Response,
    cookie: string,
  ): Promise<string | Problem | undefined> {
    const refreshToken = withoutLifetime(cookie);
    const jar = createCookieJar(req, cookies);
    await loadJoi();
    const device = deviceIn(jar);
    const pause = pauses.find(refreshToken, device?.deviceKey);
    if (pause !== undefined) return pause.answer;
    const deadline = createDeadline(res, timeouts.call);
    const context = { endpoint: 'refresh', req, params: {}, auth: undefined } as const;
    try {
      const given = { ...context, body: { refreshToken, device } };
      const input = await runBeforeHook(settings, given);
      const tokens = await refresh(req, res, input, deadline);
      const lifetime = lifetimeIn(cookie);
      const kept = keepTokens(jar, tokens, { lifetime, replaces: 'tokens' }, settings);
      await profiles?.keep(jar, tokens, lifetime);
      deferCookies(res, jar.adopt(), () => refreshes.isSignedOut(refreshToken, tokens.refreshToken));
      report(req, { type: 'refresh.succeeded', endpoint: 'refresh', code: 'ok', sub: String(kept.user.sub) });
      return tokens.accessToken;
    } catch (error) {
      if (error instanceof HookError) throw error.cause;
      const answer = refused(req, error, deadline);
      if (error instanceof RefreshError && error.session === 'over') {
        forgetSession(jar);
        deferCookies(res, jar.adopt());
      }
      if (error instanceof RefreshError && error.session === 'unknown' && isLasting(error.fault)) {
        pauses.add(refreshToken, device?.deviceKey, answer);
      }
      return answer;
    } finally {
      deadline.stop();
    }
  }

  function refresh(
    req: Request,
    res: Response,
    { body, clientMetadata }: Awaited<ReturnType<typeof runBeforeHook>>,
    deadline: Deadline,
  ): Promise<Tokens> {
    deadline.start();
    const work = refreshes.refresh(body as unknown as RefreshRequest, {
      clientMetadata,
      response: res,
      admit: settings.rateLimits.enabled
        ? async (session) => refuseIf(await limit(session, req, res))
        : undefined,
      send: (operation, input, { signal, start }) => {
        start();
        return cognito.send(operation, input, { signal, safeToRepeat: false });
      },
      onReuse: (sub, exception) =>
        report(req, {
          type: 'refresh.reuse',
          endpoint: 'refresh',
          code: 'invalid_refresh_token',
          sub,
          exception,
        }),
    });
    return untilAborted(work, deadline.signal);
  }

  /** Returns the refusal of the request, or nothing if it counts as one without a token. */
  function refused(req: Request, error: unknown, deadline: Deadline): Problem | undefined {
    const { problem: refusal, fault } = refusalBehind(error, deadline, settings.cognitoHost);
    // The client has disconnected. Its next request finds the outcome.
    if (deadline.signal.aborted && !deadline.expired()) return refusal;
    const cause = { exception: fault?.exception, upstreamMessage: fault?.message };
    report(req, { type: 'refresh.failed', endpoint: 'refresh', code: refusal.code, ...cause });
    const line = { requestId: requestIdOf(req), code: refusal.code, ...cause, hint: fault?.hint };
    if (refusal.status >= 500) logger.error(line, 'automatic refresh failed');
    // The route answers as to a request without a token, so only this line tells the cause.
    else if (error instanceof RefreshError) {
      const isUsual = error.session !== 'unknown' && fault?.hint === undefined;
      logger[isUsual ? 'info' : 'warn'](line, 'automatic refresh refused');
    }
    if (!(error instanceof RefreshError)) return refusal;
    // To the route, every refusal by Cognito is a session that has been revoked.
    if (error.session !== 'unknown') return problem('invalid_refresh_token');
    return refusal.status >= 500 || refusal.status === 429 ? refusal : undefined;
  }

  return (req: IncomingMessage, res: ServerResponse) => {
    if (bearerToken(req) !== undefined) return;
    const cookie = createCookieJar(req, cookies).read('refresh');
    if (cookie === undefined) return;
    // A request from another site refreshes no session, and cannot tell whether there is one.
    const refusal = isProblem(cookie) ? cookie : csrfProblem(req, trustedOrigins);
    return refusal === undefined
      ? refreshSession(req as Request, res as Response, String(cookie))
      : Promise.resolve(refusal);
  };
}

function refusalBehind(
  error: unknown,
  deadline: Deadline,
  host: string | undefined,
): { problem: Problem; fault?: UpstreamFault } {
  const isLate = deadline.signal.aborted && !(error instanceof ProblemError);
  const outcome = refusalOf(isLate ? new UpstreamRefusal(deadlineFault(host)) : error);
  return 'problem' in outcome ? outcome : { problem: problem('upstream_error') };
}
