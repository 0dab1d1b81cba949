import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { untilAborted } from '../cognito/client.ts';
import { faultOf } from '../cognito/upstream-fault.ts';
import type { EventType } from '../config/events.ts';
import { navigationProblem } from '../cookies/navigation.ts';
import type { Endpoint, HandlerContext } from '../endpoints/endpoint.ts';
import { Redirect } from '../endpoints/redirect.ts';
import { answerProblem, type Problem, ProblemError, refuseIf, requestIdOf } from '../shared/problem.ts';
import { StoreUnavailable } from '../stores/store-guard.ts';
import { type AuthenticationParts, createAuthentication } from './authentication.ts';
import { type Closing, SHUTTING_DOWN } from './closing.ts';
import { createHandlerContext, type HandlerContextParts, type Input } from './endpoint-call.ts';
import { createReporter } from './events.ts';
import { createRequestContext, type RequestContext } from './exchange.ts';
import { runAfterHook, runBeforeHook } from './hooks.ts';
import { logRequest } from './logger.ts';
import { conceal, eventType, type Outcome, refusalOf } from './outcome.ts';
import { createProxyWarning } from './proxy-warning.ts';
import { createRateLimits } from './rate-limits.ts';
import { checkCsrf, leaveCookies, takeCookies } from './request-cookies.ts';
import { createInputReader } from './request-input.ts';

/** Turns rows of the endpoint table into request handlers. */
export interface Pipeline {
  handler(endpoint: Endpoint): RequestHandler;
  /** Counts a refresh that comes without a request of its own. */
  limitRefresh(req: Request, res: Response): Promise<Problem | undefined>;
  /** Stops the timers of the limits. */
  close(): void;
}

/** What the handlers of one router share. */
export interface PipelineParts extends HandlerContextParts, AuthenticationParts {
  readonly closing: Closing;
}

/** What nginx logs for a client that did not wait for its answer. */
const STATUS_GONE = 499;

/**
 * A request goes one way: address limit, token, input, account limit, before hook, Cognito, after hook, answer.
 * The token comes before the input: an anonymous caller costs no parsing, and learns nothing of the schema.
 */
export function createPipeline(parts: PipelineParts): Pipeline {
  const { settings, logger, closing } = parts;
  // Of this router alone: a request may pass through two of them.
  const exchangeKey = Symbol('exchange');
  const read = createInputReader(settings);
  const authenticate = createAuthentication(parts);
  const warnOfProxy = createProxyWarning(logger);
  const report = createReporter(settings.onEvent, logger);
  const limits = createRateLimits(settings, {
    hit: (limiter, req) => {
      logger.warn({ requestId: requestIdOf(req), limiter }, 'rate limit hit');
      emit(req, 'rate_limit.hit', 'rate_limited');
    },
    storeFailed: (limiter, error, req) => {
      const isKnown = error instanceof Error && error.cause instanceof StoreUnavailable;
      if (!isKnown)
        logger.error({ requestId: requestIdOf(req), limiter, err: error }, 'rate limit store failed');
      emit(req, 'rate_limit.store_failed', 'store_unavailable');
    },
    misused: (fault) => logger.warn({ err: fault }, 'rate limit misconfigured'),
  });
  parts.monitor.watch('rateLimits', limits.sources);

  async function serve(exchange: RequestContext): Promise<Outcome> {
    const { req, endpoint } = exchange;
    warnOfProxy(req);
    if (endpoint.navigation) refuseIf(navigationProblem(req, endpoint.navigation, settings.trustedOrigins));
    await limitAddress(exchange);
    await authenticate(exchange);
    // Before anything of the body is read. Where the client has the choice, only its body says whether it is about cookies.
    if (settings.transport === 'cookie') checkCsrf(exchange, settings);
    Object.assign(exchange, read.url(req, endpoint));
    const given = await untilAborted(read.body(req, endpoint), closing.bodies);
    const body = takeCookies(exchange, given, settings);
    await limitAccount(exchange, body);
    const context = { endpoint: endpoint.name, req, params: exchange.params, auth: exchange.auth };
    const input = await runBeforeHook(settings.hooks, { ...context, body });
    const outcome = await askCognito(exchange, input);
    if ('problem' in outcome) return outcome;
    // An answer that conceals something goes through the same as any other, or it could be told from a real one.
    const undo = exchange.cookies.checkpoint();
    try {
      const answer = leaveCookies(exchange, outcome.response, settings);
      // Who it is may be known by now, where it was not before.
      const shaped = { ...context, auth: exchange.auth, body: input.body, response: answer };
      const response = await runAfterHook(settings.hooks, shaped);
      // Whoever is sent elsewhere reads no answer: the hook can refuse it, and no more.
      return { ...outcome, response: answer instanceof Redirect ? answer : response };
    } catch (error) {
      // What the row itself has ended stays ended.
      undo();
      throw error;
    }
  }

  async function limitAddress({ req, res, endpoint }: RequestContext): Promise<void> {
    if (endpoint.rateLimit) refuseIf(await limits.countAddress(endpoint.name, endpoint.rateLimit, req, res));
  }

  async function limitAccount(exchange: RequestContext, body: object): Promise<void> {
    const { req, res, endpoint, auth } = exchange;
    const named = endpoint.accounts?.(body as never) ?? [];
    exchange.account = named[0];
    const limitClass = endpoint.accountLimit?.(body as never) ?? endpoint.rateLimit;
    if (limitClass) {
      const accounts = auth ? [auth.sub] : named;
      refuseIf(await limits.countAccounts(endpoint.name, limitClass, accounts, req, res));
    }
    const attempt = endpoint.attempt?.(body as never);
    if (attempt !== undefined) refuseIf(await limits.countAttempt(attempt, req, res));
  }

  async function askCognito(exchange: RequestContext, input: Input): Promise<Outcome> {
    try {
      const call = createHandlerContext(parts, exchange, input, (sub, exception) =>
        emit(exchange.req, 'refresh.reuse', 'invalid_refresh_token', { sub, exception }),
      );
      return { response: await run(exchange.endpoint, input.body, call) };
    } catch (error) {
      if (error instanceof ProblemError || exchange.operation === undefined) throw error;
      const { endpoint, operation, deadline } = exchange;
      const concealments = [endpoint.maskedErrors, endpoint.maskedErrorsOf?.(input.body as never, settings)];
      return conceal(concealments, {
        body: input.body,
        settings,
        fault: faultOf(error, operation, deadline),
      });
    }
  }

  function finish(exchange: RequestContext, outcome: Outcome, next: NextFunction): void {
    const { req, res, endpoint, deadline, operation, startedAt } = exchange;
    const gone = deadline.signal.aborted && !deadline.expired();
    // A call that its client ended is no fault of Cognito's.
    const fault = gone ? undefined : outcome.fault;
    const refusal = 'problem' in outcome ? outcome.problem : undefined;
    const elsewhere = refusal && endpoint.refusedTo?.(refusal, { req, settings });
    const answer =
      elsewhere === undefined ? 'response' in outcome && outcome.response : new Redirect(elsewhere);
    const status = gone ? STATUS_GONE : answer instanceof Redirect ? 303 : (refusal?.status ?? 200);
    const code = gone ? 'client_gone' : (fault?.problem.code ?? refusal?.code ?? 'ok');
    const type = eventType(endpoint, outcome);
    if (type) emit(req, type, code, { exception: fault?.exception });
    const line = {
      requestId: requestIdOf(req),
      endpoint: endpoint.name,
      operation,
      status,
      code,
      exception: fault?.exception,
      hint: fault?.hint,
      durationMs: Math.round(performance.now() - startedAt),
    };
    logRequest(logger, line, gone ? status : (fault?.problem.status ?? status));
    if (gone) return;
    exchange.cookies.apply(res);
    if (answer) send(res, answer);
    else if (refusal) answerProblem(settings.onError, refusal, req, res, next);
  }

  function emit(
    req: Request,
    type: EventType,
    code: string,
    { sub, exception }: { sub?: string | undefined; exception?: string | undefined } = {},
  ): void {
    const exchange = (req as { [exchangeKey]?: RequestContext })[exchangeKey];
    if (!exchange) return;
    const { endpoint, account, auth } = exchange;
    report(req, { type, endpoint: endpoint.name, account, sub: sub ?? auth?.sub, code, exception });
  }

  function handler(endpoint: Endpoint): RequestHandler {
    return function cognitoEndpoint(req, res, next) {
      if (closing.begun) {
        answerProblem(settings.onError, SHUTTING_DOWN.problem, req, res, next);
        return;
      }
      const release = closing.hold();
      const exchange = createRequestContext(req, res, endpoint, settings);
      (req as { [exchangeKey]?: RequestContext })[exchangeKey] = exchange;
      serve(exchange)
        .catch(refusalOf)
        .then((outcome) => finish(exchange, outcome, next))
        .catch((error: unknown) => {
          // The app answers: whoever has signed out is signed out all the same.
          if (!res.headersSent) exchange.cookies.apply(res);
          next(error);
        })
        .finally(() => {
          exchange.deadline.stop();
          if (res.closed) release();
          else res.once('close', release);
        });
    };
  }

  return {
    handler,
    limitRefresh: (req, res) => limits.countAddress('refresh', 'write', req, res),
    close: () => limits.close(),
  };
}

async function run(endpoint: Endpoint, body: object, call: HandlerContext): Promise<object> {
  if ('handle' in endpoint) return endpoint.handle(body as never, call);
  const output = await call.send(endpoint.command, endpoint.toInput(body as never, call));
  return endpoint.toResponse(output, call, body as never);
}

function send(res: Response, response: object): void {
  if (response instanceof Redirect) {
    res.statusCode = 303;
    res.setHeader('Location', response.location);
    res.setHeader('Cache-Control', 'no-store');
    res.end();
    return;
  }
  res.statusCode = 200;
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Cache-Control', 'no-store');
  res.end(JSON.stringify(response));
}
