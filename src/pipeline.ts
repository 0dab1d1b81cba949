import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { needsRenewal, type RenewToken } from './auth-middleware.ts';
import { asAdministrator } from './cognito/administration.ts';
import { type CognitoClient, untilAborted } from './cognito/client.ts';
import type { OperationName } from './cognito/operations.ts';
import { type Auth, isRefusal, type TokenVerifier } from './cognito/token-verifier.ts';
import { userContextData, withUserContext } from './cognito/user-context.ts';
import type { Settings } from './config.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import type { Call, Endpoint } from './endpoints/endpoint.ts';
import { Redirect } from './endpoints/redirect.ts';
import { type EventType, emitEvent } from './events.ts';
import { runAfterHook, runBeforeHook } from './hooks.ts';
import { logRequest } from './logger.ts';
import type { ManagedLogin } from './managed-login.ts';
import { openApiDocument } from './openapi.ts';
import { conceal, eventType, faultOf, type Outcome, refusalOf } from './outcome.ts';
import {
  answerProblem,
  type Problem,
  ProblemError,
  problem,
  refuse,
  refuseIf,
  requestIdOf,
} from './problem.ts';
import { createProxyWarning } from './proxy-warning.ts';
import { createRateLimits } from './rate-limits.ts';
import type { RefreshAsker, Refreshes } from './refresh.ts';
import { createInputReader } from './request-input.ts';
import type { Revocations } from './revocation.ts';
import { bearerToken } from './tokens/bearer.ts';
import { type CookieJar, createCookieJar } from './tokens/cookie-jar.ts';
import { crossSiteRefusal } from './tokens/csrf.ts';
import { presentedToken } from './tokens/presented-token.ts';
import { signInCheck } from './tokens/step-up.ts';
import { intoCookies, keepTokens, transportOf, withCookies } from './tokens/transport.ts';
import { visitRefusal } from './tokens/visit.ts';

/** Turns rows of the endpoint table into request handlers. */
export interface Pipeline {
  handler(endpoint: Endpoint): RequestHandler;
  /** Counts a refresh that comes without a request of its own. */
  limitRefresh(req: Request, res: Response): Promise<Problem | undefined>;
  /** Stops the timers of the limits. */
  close(): void;
}

/** What the handlers of one router share. */
export interface PipelineParts {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly cognito: CognitoClient;
  readonly verifier: TokenVerifier;
  readonly revocations: Revocations;
  readonly managedLogin: ManagedLogin | undefined;
  readonly refreshes: Refreshes;
  /** Where the endpoints refresh by themselves. */
  readonly renew: RenewToken | undefined;
}

/** What one request has come to so far. */
interface Exchange {
  readonly req: Request;
  readonly res: Response;
  readonly endpoint: Endpoint;
  readonly deadline: Deadline;
  readonly startedAt: number;
  cookies: CookieJar;
  transport: 'bearer' | 'cookie';
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  auth: Auth | undefined;
  /** Why there is no `auth` where a token is optional. */
  tokenRefusal: Problem | undefined;
  account: string | undefined;
  operation: OperationName | undefined;
}

/** What a before hook has left of the request. */
type Input = Awaited<ReturnType<typeof runBeforeHook>>;

/** What nginx logs for a client that did not wait for its answer. */
const STATUS_GONE = 499;

/**
 * A request goes one way: address limit, token, input, account limit, before hook, Cognito, after hook, answer.
 * The token comes before the input: an anonymous caller costs no parsing, and learns nothing of the schema.
 */
export function createPipeline({
  settings,
  logger,
  cognito,
  verifier,
  revocations,
  managedLogin,
  refreshes,
  renew,
}: PipelineParts): Pipeline {
  // Of this router alone: a request may pass through two of them.
  const exchangeKey = Symbol('exchange');
  const read = createInputReader(settings);
  const checkRecent = signInCheck({ acr: undefined, maxAge: settings.recentSignInSeconds || undefined });
  const warnOfProxy = createProxyWarning(logger);
  const limits = createRateLimits(settings, {
    hit: (limiter, req) => {
      logger.warn({ requestId: requestIdOf(req), limiter }, 'rate limit hit');
      emit(req, 'rate_limit.hit', 'rate_limited');
    },
    storeFailed: (limiter, error, req) => {
      logger.error({ requestId: requestIdOf(req), limiter, err: error }, 'rate limit store failed');
      emit(req, 'rate_limit.store_failed', 'store_unavailable');
    },
    misused: (fault) => logger.warn({ err: fault }, 'rate limit misconfigured'),
  });

  async function serve(exchange: Exchange): Promise<Outcome> {
    const { req, endpoint } = exchange;
    warnOfProxy(req);
    if (endpoint.visit) refuseIf(visitRefusal(req, endpoint.visit, settings.trustedOrigins));
    await limitAddress(exchange);
    await authenticate(exchange);
    // Before anything of the body is read. Where the client has the choice, only its body says whether it is about cookies.
    if (settings.transport === 'cookie') refuseForeign(exchange);
    Object.assign(exchange, read.url(req, endpoint));
    const body = takeCookies(exchange, await read.body(req, endpoint));
    await limitAccount(exchange, body);
    const context = { endpoint: endpoint.name, req, params: exchange.params, auth: exchange.auth };
    const input = await runBeforeHook(settings.hooks, { ...context, body });
    const outcome = await askCognito(exchange, input);
    if ('problem' in outcome) return outcome;
    // An answer that conceals something goes through the same as any other, or it could be told from a real one.
    const undo = exchange.cookies.checkpoint();
    try {
      const answer = leaveCookies(exchange, outcome.response);
      // Who it is may be known by now, where it was not before.
      const shaped = { ...context, auth: exchange.auth, body: input.body, response: answer };
      return { ...outcome, response: await runAfterHook(settings.hooks, shaped) };
    } catch (error) {
      // What the row itself has ended stays ended.
      undo();
      throw error;
    }
  }

  /** What the row expects in its body, wherever it came from; and only if the request may bring it along. */
  function takeCookies(exchange: Exchange, body: Record<string, unknown>): Record<string, unknown> {
    const { endpoint, query, cookies } = exchange;
    if (settings.transport === 'bearer') return body;
    const tokenFrom = endpoint.auth === 'none' ? undefined : tokenPlace(exchange);
    exchange.transport = transportOf({ endpoint, body, query, tokenFrom }, cookies, settings);
    if (exchange.transport === 'bearer') {
      // A browser sends its cookies with whatever goes out: this is about another session.
      if (tokenFrom === 'cookie') exchange.auth = undefined;
      return body;
    }
    refuseForeign(exchange);
    return tokenFrom === 'bearer' && exchange.auth ? body : withCookies(body, endpoint, cookies);
  }

  function tokenPlace({ req, cookies }: Exchange): 'bearer' | 'cookie' | undefined {
    if (bearerToken(req) !== undefined) return 'bearer';
    return cookies.read('access') === undefined ? undefined : 'cookie';
  }

  /** Lets in what shows a token in the header: no page can set that but one that the app's own rules on origins allow. */
  function refuseForeign({ req, endpoint, auth }: Exchange): void {
    const isBearer = bearerToken(req) !== undefined;
    // One that is not good, or not looked at, is no reason to use what is in cookies.
    if (isBearer && (auth || !endpoint.cookies)) return;
    refuseIf(crossSiteRefusal(req, settings.trustedOrigins));
  }

  function leaveCookies({ transport, endpoint, cookies }: Exchange, response: object): object {
    if (response instanceof Redirect) {
      if (response.tokens) keepTokens(cookies, response.tokens, settings);
      return response;
    }
    if (transport === 'bearer') return response;
    return intoCookies(response, endpoint, cookies, settings);
  }

  async function limitAddress({ req, res, endpoint }: Exchange): Promise<void> {
    if (endpoint.rateLimit) refuseIf(await limits.countAddress(endpoint.name, endpoint.rateLimit, req, res));
  }

  async function authenticate(exchange: Exchange): Promise<void> {
    const { endpoint } = exchange;
    if (endpoint.auth === 'none') return;
    const verdict = await verdictOn(exchange);
    if (!isRefusal(verdict)) {
      exchange.auth = verdict;
      if (endpoint.recentSignIn) refuseIf(checkRecent(verdict));
    } else if (endpoint.auth === 'access' || verdict.status === 400) {
      // With two tokens, or one of them twice, it cannot be told whose request it is, even where none is needed.
      refuse(verdict);
    } else exchange.tokenRefusal = verdict;
  }

  async function verdictOn(exchange: Exchange): Promise<Auth | Problem> {
    const { req, endpoint } = exchange;
    const judge = async (token: string): Promise<Auth | Problem> => {
      const verdict = await verifier.verify(token, 'access');
      if (isRefusal(verdict) || endpoint.acceptsRevoked) return verdict;
      return (await revocations.check(verdict)) ?? verdict;
    };
    const token = presentedToken(req, exchange.cookies, settings);
    const verdict = typeof token === 'string' ? await judge(token) : token;
    const renewed = needsRenewal(verdict) ? await renewFor(exchange) : undefined;
    if (renewed === undefined) return verdict ?? problem('missing_token');
    if (typeof renewed !== 'string') return renewed;
    // The request has other ones now.
    exchange.cookies = createCookieJar(req, settings.cookies);
    return judge(renewed);
  }

  /** A hook of the app that fails keeps nobody from signing out. */
  async function renewFor({ req, res, endpoint }: Exchange): Promise<string | Problem | undefined> {
    try {
      return await renew?.(req, res);
    } catch (error) {
      if (!endpoint.acceptsRevoked) throw error;
      logger.error({ requestId: requestIdOf(req), err: error }, 'automatic refresh failed');
      return undefined;
    }
  }

  async function limitAccount(exchange: Exchange, body: object): Promise<void> {
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

  async function askCognito(exchange: Exchange, input: Input): Promise<Outcome> {
    try {
      return { response: await run(exchange.endpoint, input.body, createCall(exchange, input)) };
    } catch (error) {
      if (error instanceof ProblemError || exchange.operation === undefined) throw error;
      const { endpoint, operation, deadline } = exchange;
      const concealments = [endpoint.conceals, endpoint.concealsToo?.(input.body as never, settings)];
      return conceal(concealments, {
        body: input.body,
        settings,
        fault: faultOf(error, operation, deadline),
      });
    }
  }

  function createCall(exchange: Exchange, { body, clientMetadata }: Input): Call {
    const { req, endpoint, deadline, params, query, auth, tokenRefusal, transport, cookies } = exchange;
    const safeToRepeat = 'command' in endpoint && endpoint.safeToRepeat === true;
    const userContext = userContextData({ ip: req.ip, encodedData: body.encodedData }, settings);
    const send: RefreshAsker['send'] = (operation, input, { signal, start }) => {
      const outgoing = asAdministrator(settings, operation, input);
      exchange.operation = outgoing.operation;
      start();
      const told = withUserContext(outgoing.operation, outgoing.input, userContext, req);
      return cognito.send(outgoing.operation, told as never, { signal, safeToRepeat }) as never;
    };
    return {
      settings,
      params,
      query,
      auth,
      clientMetadata,
      transport,
      cookies,
      // HTTP/1.0 knows no Host.
      host: req.hostname || 'localhost',
      accessToken: () => auth?.token ?? refuse(tokenRefusal ?? problem('missing_token')),
      endSession: async () => auth && revocations.endSession(auth),
      endUser: async () => auth && revocations.endUser(auth),
      openApi: () => openApiDocument(settings, req.baseUrl),
      managedLogin: () => managedLogin ?? refuse(problem('server_misconfigured')),
      identify: (found) => {
        exchange.auth = found;
      },
      refresh: (request) => {
        const reused = (sub: string | undefined, exception: string): void =>
          emit(req, 'refresh.reuse', 'invalid_refresh_token', { sub, exception });
        return inTime(deadline, refreshes.refresh(request, { clientMetadata, send, reused }));
      },
      endRefreshes: (refreshToken) => refreshes.signOut(refreshToken, { send }),
      send: (operation, input) => send(operation, input, deadline),
    };
  }

  function finish(exchange: Exchange, outcome: Outcome, next: NextFunction): void {
    const { req, res, endpoint, deadline, operation, startedAt } = exchange;
    const { fault } = outcome;
    const gone = deadline.signal.aborted && !deadline.expired();
    const refusal = 'problem' in outcome ? outcome.problem : undefined;
    const elsewhere = refusal && endpoint.refusedTo?.(refusal, { req, settings });
    const answer =
      elsewhere === undefined ? 'response' in outcome && outcome.response : new Redirect(elsewhere);
    const status = gone ? STATUS_GONE : answer instanceof Redirect ? 303 : (refusal?.status ?? 200);
    const code = gone ? 'client_gone' : (fault?.problem.code ?? refusal?.code ?? 'ok');
    if (endpoint.event) emit(req, eventType(endpoint.event, outcome), code, { exception: fault?.exception });
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
    const exchange = (req as { [exchangeKey]?: Exchange })[exchangeKey];
    if (!exchange) return;
    const { endpoint, account, auth } = exchange;
    const requestId = requestIdOf(req);
    emitEvent(
      {
        type,
        at: Date.now(),
        endpoint: endpoint.name,
        requestId,
        ip: req.ip,
        account,
        sub: sub ?? auth?.sub,
        code,
        exception,
      },
      settings.onEvent,
      (error) => logger.error({ requestId, err: error }, 'onEvent failed'),
    );
  }

  function handler(endpoint: Endpoint): RequestHandler {
    return function cognitoEndpoint(req, res, next) {
      const exchange: Exchange = {
        req,
        res,
        endpoint,
        deadline: createDeadline(res, settings.timeouts.call),
        startedAt: performance.now(),
        cookies: createCookieJar(req, settings.cookies),
        transport: settings.transport === 'cookie' ? 'cookie' : 'bearer',
        params: {},
        query: {},
        auth: undefined,
        tokenRefusal: undefined,
        account: undefined,
        operation: undefined,
      };
      (req as { [exchangeKey]?: Exchange })[exchangeKey] = exchange;
      serve(exchange)
        .catch(refusalOf)
        .then((outcome) => finish(exchange, outcome, next))
        .catch((error: unknown) => {
          // The app answers: whoever has signed out is signed out all the same.
          if (!res.headersSent) exchange.cookies.apply(res);
          next(error);
        })
        .finally(() => exchange.deadline.stop());
    };
  }

  return {
    handler,
    limitRefresh: (req, res) => limits.countAddress('refresh', 'write', req, res),
    close: () => limits.close(),
  };
}

async function run(endpoint: Endpoint, body: object, call: Call): Promise<object> {
  if ('handle' in endpoint) return endpoint.handle(body as never, call);
  const output = await call.send(endpoint.command, endpoint.toInput(body as never, call));
  return endpoint.toResponse(output, call, body as never);
}

/** What goes on for others as well is waited for no longer than for what is the request's own. */
async function inTime<T>(deadline: Deadline, work: Promise<T>): Promise<T> {
  deadline.start();
  try {
    return await untilAborted(work, deadline.signal);
  } catch (error) {
    if (deadline.signal.aborted) refuse(problem('upstream_timeout'));
    throw error;
  }
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
