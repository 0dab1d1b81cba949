import type { NextFunction, Response } from 'express';
import type { Logger } from 'pino';
import { isReply } from '../config/reply.ts';
import type { Settings } from '../config/settings.ts';
import { csrfHint } from '../cookies/csrf.ts';
import { navigationTarget, opensPage } from '../cookies/navigation.ts';
import { startManagedLogin } from '../endpoints/managed-login.ts';
import { Redirect } from '../endpoints/redirect.ts';
import { answerProblem, problem, requestIdOf } from '../shared/problem.ts';
import { sendSeeOther } from '../shared/see-other.ts';
import type { AuditTrail } from './audit-trail.ts';
import { sendDocument } from './document-answer.ts';
import type { HookError } from './hooks.ts';
import { logRequest } from './logger.ts';
import { codeOf, eventType, type Outcome } from './outcome.ts';
import { forbidFrames, sendProblemPage } from './problem-page.ts';
import { bodyHint } from './request-body.ts';
import type { RequestContext } from './request-context.ts';

/** The last step of a request: its audit event, its log line and its response. */
export interface Responder {
  respond(context: RequestContext, outcome: Outcome, next: NextFunction): Promise<void> | undefined;
  /** Writes the event and the log line. The app's error handler answers, and gets the error itself. */
  reportHookError(context: RequestContext, error: HookError): void;
}

interface ResponderParts {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly audit: AuditTrail;
}

/** The status that nginx logs for a client that closed its connection before the answer. */
const STATUS_CLIENT_CLOSED = 499;

export function createResponder({ settings, logger, audit }: ResponderParts): Responder {
  return {
    respond(context, outcome, next) {
      const { req, res, endpoint, deadline, facts, startedAt } = context;
      const gone = deadline.signal.aborted && !deadline.expired();
      // A call that ended with its client's connection is no fault of Cognito.
      const fault = gone ? undefined : outcome.fault;
      const logged = fault ?? facts.silentFault;
      const refusal = 'problem' in outcome ? outcome.problem : undefined;
      const elsewhere =
        'problem' in outcome
          ? (outcome.location ?? endpoint.refusedTo?.(outcome.problem, { req, settings }))
          : undefined;
      const answer =
        elsewhere === undefined
          ? 'response' in outcome && (outcome.sent ?? outcome.response)
          : new Redirect(elsewhere);
      const status = gone ? STATUS_CLIENT_CLOSED : refusal && !answer ? refusal.status : statusOf(answer);
      const code = gone ? 'client_gone' : (fault?.problem.code ?? refusal?.code ?? 'ok');
      const told = facts.lasting ?? outcome;
      const type = eventType(endpoint, told);
      const toldFault = gone ? undefined : told.fault;
      const cause = { exception: toldFault?.exception, upstreamMessage: toldFault?.message };
      if (type) audit.report(req, type, gone ? code : codeOf(told), cause);
      if (fault?.undelivered) audit.report(req, 'message_delivery.failed', code, cause);
      const line = {
        requestId: requestIdOf(req),
        endpoint: endpoint.name,
        operation: facts.operation,
        status,
        code,
        exception: logged?.exception,
        upstreamMessage: logged?.message,
        awsRequestId: logged?.awsRequestId,
        hint: logged?.hint ?? facts.hint ?? csrfHint(refusal) ?? bodyHint(refusal),
        durationMs: Math.round(performance.now() - startedAt),
      };
      logRequest(logger, line, gone ? status : (logged?.problem.status ?? status));
      if (gone) return;
      context.cookies.apply(res);
      if (answer && endpoint.cacheable && !isReply(answer)) return sendDocument(answer, req, res);
      if (answer) {
        // The callback's answer can have tokens.
        if (endpoint.navigation && !isReply(answer)) forbidFrames(res);
        send(res, answer);
      } else if (refusal && !settings.onError && showsPage(context)) {
        sendProblemPage(refusal, signInPath(context, settings), req, res);
      } else if (refusal) answerProblem(settings.onError, refusal, req, res, next);
    },

    reportHookError({ req, endpoint, facts, startedAt }, { hook }) {
      const code = 'hook_failed';
      audit.report(req, 'hook.failed', code, { hook });
      const type = eventType(endpoint, facts.lasting ?? HOOK_FAILED);
      if (type) audit.report(req, type, facts.lasting ? 'ok' : code);
      const line = {
        requestId: requestIdOf(req),
        endpoint: endpoint.name,
        operation: facts.operation,
        status: 500,
        code,
        exception: undefined,
        upstreamMessage: undefined,
        hint: `the hook ${hook} failed, and the error went to the error handler of the app. See docs/customize.md#faults-of-hooks`,
        durationMs: Math.round(performance.now() - startedAt),
      } as const;
      logRequest(logger, line, line.status);
    },
  };
}

const HOOK_FAILED: Outcome = { problem: problem('server_misconfigured') };

function statusOf(answer: object | false): number {
  if (answer instanceof Redirect) return 303;
  return answer && isReply(answer) ? answer.status : 200;
}

/** Whether a user sees the refusal. A page that opens a frame reads the problem in it. */
function showsPage({ req, endpoint }: RequestContext): boolean {
  return endpoint.navigation !== undefined && opensPage(req) && navigationTarget(req) === 'page';
}

/** Returns the path to sign in again, if the refused navigation was a sign-in. */
function signInPath({ req, endpoint }: RequestContext, { routes }: Settings): string | undefined {
  const path = routes.startManagedLogin ?? startManagedLogin.path;
  return endpoint.name === 'managedLogout' || path === false ? undefined : `${req.baseUrl}${path}`;
}

function send(res: Response, response: object): void {
  if (response instanceof Redirect) {
    sendSeeOther(res, response.location);
    return;
  }
  if (isReply(response)) {
    res.statusCode = response.status;
    for (const [name, value] of Object.entries(response.headers)) res.setHeader(name, value);
    res.setHeader('Cache-Control', 'no-store');
    res.end(response.body);
    return;
  }
  // To set it adds a property to the response, which takes as long as a header.
  if (res.statusCode !== 200) res.statusCode = 200;
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Cache-Control', 'no-store');
  res.end(JSON.stringify(response));
}
