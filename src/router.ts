import { type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express';
import { type CognitoClient, createCognitoClient } from './cognito/client.ts';
import type { OperationName } from './cognito/operations.ts';
import { type Auth, createTokenVerifier, isRefusal, type TokenVerifier } from './cognito/token-verifier.ts';
import { trustedPool } from './cognito/trusted-pool.ts';
import { type UpstreamFault, upstreamFault } from './cognito/upstream-fault.ts';
import { type Config, parseConfig, type Settings } from './config.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import type { Call, Endpoint } from './endpoints/endpoint.ts';
import { ENDPOINTS } from './endpoints/table.ts';
import { type EventType, emitEvent } from './events.ts';
import { readJsonBody } from './json-body.ts';
import { createLogger, logRequest } from './logger.ts';
import { openApiDocument } from './openapi.ts';
import { type Problem, ProblemError, problem, requestIdOf, sendProblem } from './problem.ts';
import { createProxyWarning } from './proxy-warning.ts';
import { createRateLimits } from './rate-limits.ts';
import { type AuthRules, createRequireAuth } from './auth-middleware.ts';
import { bearerToken } from './tokens/bearer.ts';
import { validateBody } from './validation.ts';

/** An Express router with all auth endpoints, and what belongs to it. */
export interface CognitoRouter extends Router {
  /** The middleware for protected routes, for the same pool and client, with the same keys and caches. */
  requireAuth(rules?: AuthRules): RequestHandler;
  /**
   * Loads the AWS SDK and fetches the pool's signing keys ahead of the first request. Optional: a server
   * that starts without it does so as well, and the first request pays. Rejects if the keys cannot be had.
   */
  ready(): Promise<void>;
  /** Closes the sockets to Cognito and stops the timers, for a clean end of the process or of a test. */
  close(): void;
}

/** What one request has come to so far. */
interface Exchange {
  readonly req: Request;
  readonly res: Response;
  readonly endpoint: Endpoint;
  readonly deadline: Deadline;
  readonly startedAt: number;
  auth: Auth | undefined;
  account: string | undefined;
  operation: OperationName | undefined;
}

/** How it ended. `fault` is what lies behind a problem, or behind an answer that conceals one. */
type Outcome =
  | { readonly response: object; readonly fault?: UpstreamFault }
  | { readonly problem: Problem; readonly fault?: UpstreamFault };

/** An error out of a hook that is no refusal: it is the app's, and goes to the app's error handler. */
class HookError extends Error {}

/**
 * Mounts every auth endpoint: `app.use('/auth', createCognitoRouter({ userPoolId, clientId }))`.
 *
 * @throws TypeError for a wrong or missing option; the message quotes the value and says what to write instead.
 */
export function createCognitoRouter(config?: Config): CognitoRouter {
  const settings = parseConfig(config);
  const logger = createLogger(settings);
  const cognito = createCognitoClient(settings);
  const verifier = createTokenVerifier({
    pools: [trustedPool({ ...settings, clientIds: [settings.clientId] })],
    graceSeconds: 0,
    cache: { maxEntries: 10_000 },
  });
  const warnOfProxy = createProxyWarning(logger);
  const exchanges = new WeakMap<Request, Exchange>();
  const limits = createRateLimits(settings, {
    hit: (limiter, req) => {
      logger.warn({ requestId: requestIdOf(req), limiter }, 'rate limit hit');
      emitFor(req, 'rate_limit.hit', 'rate_limited');
    },
    storeFailed: (limiter, error, req) => {
      logger.error({ requestId: requestIdOf(req), limiter, err: error }, 'rate limit store failed');
      emitFor(req, 'rate_limit.store_failed', 'store_unavailable');
    },
    misused: (fault) => logger.warn({ err: fault }, 'rate limit misconfigured'),
  });
  const router = Router();

  function emitFor(req: Request, type: EventType, code: string | undefined, exception?: string): void {
    const exchange = exchanges.get(req);
    if (!exchange) return;
    const event = {
      type,
      at: Date.now(),
      endpoint: exchange.endpoint.name,
      requestId: requestIdOf(req),
      ip: req.ip,
      account: exchange.account,
      sub: exchange.auth?.sub,
      code,
      exception,
    };
    emitEvent(event, settings.onEvent, (error) => logger.error({ err: error }, 'onEvent failed'));
  }

  async function serve(exchange: Exchange): Promise<Outcome> {
    warnOfProxy(exchange.req);
    await limitAddress(exchange);
    exchange.auth = await authenticate(exchange, verifier);
    const body = await readBody(exchange, settings);
    await limitAccount(exchange, body);
    const input = await runBeforeHook(exchange, settings, body);
    try {
      const call = createCall(exchange, cognito, input.clientMetadata);
      const response = await run(exchange.endpoint, input.body, call);
      return { response: await runAfterHook(exchange, settings, input.body, response) };
    } catch (error) {
      if (exchange.operation === undefined || isOurs(error)) throw error;
      return conceal(exchange.endpoint, settings, faultOf(error, exchange));
    }
  }

  async function limitAddress({ req, res, endpoint }: Exchange): Promise<void> {
    if (endpoint.rateLimit) refuseIf(await limits.countAddress(endpoint.name, endpoint.rateLimit, req, res));
  }

  async function limitAccount(exchange: Exchange, body: object | undefined): Promise<void> {
    const { req, res, endpoint, auth } = exchange;
    exchange.account = body && endpoint.account?.(body as never);
    const account = auth?.sub ?? exchange.account;
    if (endpoint.rateLimit && account !== undefined) {
      refuseIf(await limits.countAccount(endpoint.name, endpoint.rateLimit, account, req, res));
    }
    if (body && endpoint.attempt)
      refuseIf(await limits.countAttempt(endpoint.attempt(body as never), req, res));
  }

  function createCall(
    exchange: Exchange,
    client: CognitoClient,
    clientMetadata: Call['clientMetadata'],
  ): Call {
    const { endpoint, deadline, auth } = exchange;
    const safeToRepeat = 'command' in endpoint && endpoint.safeToRepeat === true;
    return {
      settings,
      auth,
      clientMetadata,
      accessToken: () => auth?.token ?? refuse(problem('missing_token')),
      openApi: () => openApiDocument(settings, exchange.req.baseUrl),
      send: (operation, input) => {
        exchange.operation = operation;
        deadline.start();
        return client.send(operation, input, { signal: deadline.signal, safeToRepeat });
      },
    };
  }

  function finish(exchange: Exchange, outcome: Outcome, next: NextFunction): void {
    const { req, res, endpoint, deadline } = exchange;
    const code = outcome.fault?.problem.code ?? ('problem' in outcome ? outcome.problem.code : 'ok');
    const gone = deadline.signal.aborted && !deadline.expired();
    if (endpoint.event) emitFor(req, eventType(endpoint.event, outcome), code, outcome.fault?.exception);
    if (!gone) {
      if (!('problem' in outcome)) sendJson(res, outcome.response);
      else if (settings.onError) settings.onError(outcome.problem, req, res, next);
      else sendProblem(outcome.problem, req, res);
    }
    logRequest(logger, {
      requestId: requestIdOf(req),
      endpoint: endpoint.name,
      operation: exchange.operation,
      status: 'problem' in outcome ? outcome.problem.status : 200,
      code: gone ? 'client_gone' : code,
      exception: outcome.fault?.exception,
      hint: outcome.fault?.hint,
      durationMs: Math.round(performance.now() - exchange.startedAt),
    });
  }

  function handlerOf(endpoint: Endpoint): RequestHandler {
    return function cognitoEndpoint(req, res, next) {
      const deadline = createDeadline(res, settings.timeouts.call);
      const startedAt = performance.now();
      const exchange: Exchange = {
        req,
        res,
        endpoint,
        deadline,
        startedAt,
        auth: undefined,
        account: undefined,
        operation: undefined,
      };
      exchanges.set(req, exchange);
      serve(exchange)
        .catch((error: unknown): Outcome => {
          if (error instanceof ProblemError) return { problem: error.problem };
          throw error instanceof HookError ? error.cause : error;
        })
        .then((outcome) => finish(exchange, outcome, next))
        .catch(next)
        .finally(() => deadline.stop());
    };
  }

  mount(router, settings, handlerOf);
  return Object.assign(router, {
    requireAuth: (rules?: AuthRules) => createRequireAuth(verifier, { onError: settings.onError, ...rules }),
    ready: async () => {
      await Promise.all([verifier.ready(), cognito.ready()]);
    },
    close: () => {
      limits.close();
      cognito.close();
    },
  });
}

/** Every endpoint on its path, and a 405 for the other methods there. */
function mount(router: Router, settings: Settings, handlerOf: (endpoint: Endpoint) => RequestHandler): void {
  const byPath = new Map<string, Endpoint[]>();
  for (const endpoint of ENDPOINTS) {
    const path = settings.routes[endpoint.name] ?? endpoint.path;
    if (path === false) continue;
    const there = byPath.get(path) ?? [];
    const clash = there.find(({ method }) => method === endpoint.method);
    if (clash) {
      throw new TypeError(
        `express-cognito-kit: routes.${endpoint.name} is "${path}", where ${clash.name} is already; give one of them another path.`,
      );
    }
    byPath.set(path, [...there, endpoint]);
    router[endpoint.method](path, handlerOf(endpoint));
  }
  for (const [path, endpoints] of byPath) {
    const methods = endpoints.flatMap(({ method }) =>
      method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()],
    );
    const notAllowed = problem('method_not_allowed', { headers: { Allow: methods.join(', ') } });
    router.all(path, (req, res, next) => {
      // A CORS middleware after the router may want to answer it.
      if (req.method === 'OPTIONS') next();
      else if (settings.onError) settings.onError(notAllowed, req, res, next);
      else sendProblem(notAllowed, req, res);
    });
  }
}

async function authenticate({ req, endpoint }: Exchange, verifier: TokenVerifier): Promise<Auth | undefined> {
  if (endpoint.auth === 'none') return undefined;
  const token = bearerToken(req);
  if (token === undefined) return endpoint.auth === 'access' ? refuse(problem('missing_token')) : undefined;
  if (typeof token !== 'string') return refuse(token);
  const verdict = await verifier.verify(token, 'access');
  return isRefusal(verdict) ? refuse(verdict) : verdict;
}

async function readBody({ req, res, endpoint }: Exchange, settings: Settings): Promise<object | undefined> {
  const schema = schemaOf(endpoint, settings);
  if (!schema) return undefined;
  const read = await readJsonBody(req, res);
  if ('problem' in read) return refuse(read.problem);
  const validated = validateBody(schema, read.body);
  return 'problem' in validated ? refuse(validated.problem) : validated.body;
}

const schemas = new WeakMap<Settings, Map<Endpoint, ReturnType<NonNullable<Endpoint['body']>>>>();

/** Schemas depend on the settings, and cost more to build than to use. */
function schemaOf(
  endpoint: Endpoint,
  settings: Settings,
): ReturnType<NonNullable<Endpoint['body']>> | undefined {
  if (!endpoint.body) return undefined;
  const ofSettings = schemas.get(settings) ?? new Map();
  schemas.set(settings, ofSettings);
  const schema = ofSettings.get(endpoint) ?? endpoint.body(settings);
  ofSettings.set(endpoint, schema);
  return schema;
}

async function runBeforeHook(
  { req, endpoint, auth }: Exchange,
  { hooks }: Settings,
  body: object | undefined,
): Promise<{ body: object; clientMetadata: Record<string, string> | undefined }> {
  const hook = hooks.before?.[endpoint.name];
  const given = { ...body };
  if (!hook) return { body: given, clientMetadata: undefined };
  const result = await runHook(() =>
    hook({ endpoint: endpoint.name, req, body: Object.freeze(given), auth }),
  );
  return { body: result?.body ?? given, clientMetadata: result?.clientMetadata };
}

async function runAfterHook(
  { req, endpoint, auth }: Exchange,
  { hooks }: Settings,
  body: object,
  response: object,
): Promise<object> {
  const hook = hooks.after?.[endpoint.name];
  if (!hook) return response;
  const context = { endpoint: endpoint.name, req, body: { ...body }, auth, response: { ...response } };
  return (await runHook(() => hook(context))) ?? response;
}

async function runHook<T>(hook: () => T | Promise<T>): Promise<T> {
  try {
    return await hook();
  } catch (error) {
    throw error instanceof ProblemError ? error : new HookError('A hook failed.', { cause: error });
  }
}

async function run(endpoint: Endpoint, body: object, call: Call): Promise<object> {
  if ('handle' in endpoint) return endpoint.handle(body as never, call);
  const output = await call.send(endpoint.command, endpoint.toInput(body as never, call));
  return endpoint.toResponse(output, call, body as never);
}

function isOurs(error: unknown): boolean {
  return error instanceof ProblemError || error instanceof HookError;
}

function faultOf(error: unknown, { deadline, operation }: Exchange): UpstreamFault {
  if (deadline.expired()) return { problem: problem('upstream_timeout'), exception: 'Deadline' };
  return upstreamFault(error, operation ?? '');
}

/** Gives every account the same answer where an exception would tell one from another. */
function conceal(endpoint: Endpoint, settings: Settings, fault: UpstreamFault): Outcome {
  const { conceals } = endpoint;
  const tells = conceals?.exceptions.some((exception) => exception === fault.exception);
  if (
    !settings.concealUserExistence ||
    !conceals ||
    !tells ||
    fault.problem.code === 'server_misconfigured'
  ) {
    return { problem: fault.problem, fault };
  }
  const { answer } = conceals;
  return typeof answer === 'string' ? { problem: problem(answer), fault } : { response: answer, fault };
}

function eventType(subject: NonNullable<Endpoint['event']>, outcome: Outcome): EventType {
  if (subject === 'sign_up' && outcome.fault?.exception === 'UsernameExistsException')
    return 'sign_up.existing_account';
  if ('problem' in outcome || outcome.fault) return `${subject}.failed`;
  return (outcome.response as { status?: unknown }).status === 'challenge'
    ? 'sign_in.challenged'
    : `${subject}.succeeded`;
}

function sendJson(res: Response, response: object): void {
  res.statusCode = 200;
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Cache-Control', 'no-store');
  res.end(JSON.stringify(response));
}

function refuse(refusal: Problem): never {
  throw new ProblemError(refusal);
}

function refuseIf(refusal: Problem | undefined): void {
  if (refusal) refuse(refusal);
}
