import { IncomingMessage } from 'node:http';
import { type ErrorRequestHandler, type RequestHandler, Router } from 'express';
import { type AuthMiddleware, type AuthRules, createRequireAuth } from './auth/auth-middleware.ts';
import { createCognitoClient } from './cognito/client.ts';
import { withClientSecret } from './cognito/client-authentication.ts';
import { createClientSecret } from './cognito/client-secret.ts';
import { DEFAULT_CACHE_BOUNDS } from './cognito/token-cache.ts';
import { createTokenVerifier } from './cognito/token-verifier.ts';
import { trustedPool } from './cognito/trusted-pool.ts';
import { type Config, parseConfig, type Settings } from './config/config.ts';
import { refuseWithoutCookies } from './config/transport.ts';
import { tokenReader } from './cookies/presented-token.ts';
import type { Endpoint } from './endpoints/endpoint.ts';
import { createManagedLogin } from './endpoints/managed-login-flow.ts';
import { endpointsFor } from './endpoints/table.ts';
import { createAuditTrail, limitListener } from './pipeline/audit-trail.ts';
import { createAutoRefresh } from './pipeline/auto-refresh.ts';
import { type CloseOptions, Closing } from './pipeline/closing.ts';
import { createReporter } from './pipeline/events.ts';
import { createLogger } from './pipeline/logger.ts';
import { createPipeline } from './pipeline/pipeline.ts';
import { createRateLimits } from './pipeline/rate-limits.ts';
import { createStoreMonitor } from './pipeline/store-monitor.ts';
import { bothChecks, createIntrospection } from './session/introspection.ts';
import { createRefreshes, type Refreshes } from './session/refresh.ts';
import { createRevocations } from './session/revocation.ts';
import { booleanOption, optionError } from './shared/option-errors.ts';
import { answerProblem, problem } from './shared/problem.ts';

/** What a route asks of a token, where the router can ask Cognito. */
export interface RouterAuthRules extends AuthRules {
  /** Whether Cognito is asked if the token is still good. Default: what the option `introspect` says. */
  introspect?: boolean | undefined;
  /**
   * Whether a browser whose access cookie has expired gets a new one with its refresh cookie, within the same request.
   * Default: what the option `autoRefresh` says.
   */
  autoRefresh?: boolean | undefined;
}

/** An Express router with all auth endpoints, and what belongs to it. */
export interface CognitoRouter extends Router {
  /** The middleware for protected routes, for the same pool and client, with the same keys and caches. */
  requireAuth(rules?: RouterAuthRules): AuthMiddleware;
  /**
   * Loads the AWS SDK and fetches the pool's signing keys ahead of the first request. Optional: a server
   * that starts without it does so as well, and the first request pays. Rejects if the keys cannot be had.
   */
  ready(): Promise<void>;
  /**
   * Ends the router: requests and refreshes under way are finished, new requests get 503 `shutting_down`, and then the
   * sockets to Cognito are closed. With `{ server }` it ends the server as well, in the order that breaks no request.
   * Protected routes go on with the keys and answers that are known, and answer 503 where Cognito would have to be asked.
   *
   * The promise does not reject. A second call returns that of the first one. Throws a `TypeError` for options that are wrong.
   */
  close(options?: CloseOptions): Promise<void>;
}

/**
 * Mounts every auth endpoint: `app.use('/auth', createCognitoRouter({ userPoolId, clientId }))`.
 *
 * @throws TypeError for a wrong or missing option; the message quotes the value and says what to write instead.
 */
export function createCognitoRouter(config?: Config): CognitoRouter {
  if (config instanceof IncomingMessage) {
    throw optionError(
      'createCognitoRouter was given to Express as it is; call it: app.use(createCognitoRouter())',
    );
  }
  const settings = parseConfig(config);
  const closing = new Closing(settings.timeouts.call);
  const verifier = createTokenVerifier({
    pools: [trustedPool({ ...settings, clientIds: [settings.clientId] })],
    clockToleranceSeconds: 0,
    cache: DEFAULT_CACHE_BOUNDS,
  });
  const logger = createLogger(settings);
  const clientSecret = createClientSecret(settings, logger);
  const cognito = withClientSecret(
    closing.whileOpen(createCognitoClient(settings)),
    clientSecret,
    settings.clientId,
  );
  const revocations = createRevocations(settings.revocation, (error) =>
    logger.error({ err: error }, 'revocation store failed'),
  );
  const ownRefreshes = createRefreshes(settings, revocations, (error) =>
    logger.error({ err: error }, 'refresh store failed'),
  );
  const refreshes: Refreshes = {
    ...ownRefreshes,
    // It goes on when the client that began it has gone away.
    refresh: (...request) => closing.waitFor(ownRefreshes.refresh(...request)),
  };
  const monitor = createStoreMonitor(logger, createReporter(settings.onEvent, logger).store);
  monitor.watch('revocation', revocations.sources);
  monitor.watch('refresh', refreshes.sources);
  const introspection = createIntrospection(settings.introspect || {}, {
    cognito,
    timeoutMs: settings.timeouts.call,
    onFault: (exception) => logger.error({ exception }, 'introspection failed'),
  });
  const readToken = tokenReader(settings);
  const managedLogin = createManagedLogin(settings, verifier, clientSecret);
  const audit = createAuditTrail(settings, logger);
  const limits = createRateLimits(settings, limitListener(audit, logger));
  monitor.watch('rateLimits', limits.sources);
  const autoRefresh = createAutoRefresh({
    settings,
    cognito,
    refreshes,
    logger,
    limit: (req, res) => limits.countAddress('refresh', 'write', req, res),
  });
  const handler = createPipeline({
    closing,
    limits,
    audit,
    settings,
    logger,
    cognito,
    verifier,
    revocations,
    refreshes,
    monitor,
    managedLogin,
    refreshSession: settings.autoRefresh ? autoRefresh : undefined,
  });
  let closed: Promise<void> | undefined;
  const router = Router();
  for (const routes of routesByPath(settings)) {
    for (const { path, endpoint } of routes) router[endpoint.method](path, handler(endpoint));
    for (const { path } of routes.slice(0, 1)) router.all(path, answerOtherMethods(routes, settings));
  }
  router.use(refuseBadPath(settings));
  return Object.assign(router, {
    requireAuth: ({ introspect, autoRefresh: own, ...rules }: RouterAuthRules = {}) => {
      const asks = booleanOption('introspect', introspect ?? settings.introspect !== false);
      if (asks && rules.tokenUse === 'id') {
        throw optionError(
          "introspect is set with tokenUse 'id'; leave one of them out: Cognito takes access tokens",
        );
      }
      const revocation = asks ? bothChecks(revocations, introspection) : revocations;
      const refresh = refreshesItself(own, rules, settings) ? autoRefresh : undefined;
      return createRequireAuth(
        {
          verifier: { verify: (...token) => closing.waitFor(verifier.verify(...token)) },
          revocation: { check: (auth) => closing.waitFor(revocation.check(auth)) },
          readToken,
          refreshSession: refresh && ((...request) => closing.waitFor(refresh(...request))),
        },
        { onError: settings.onError, ...rules },
      );
    },
    ready: async () => {
      await Promise.all([verifier.ready(), cognito.ready()]);
    },
    close: (options = {}) => {
      closed ??= closing.close(options).then((finished) => {
        if (!finished) logger.warn('closed before all that was under way had ended');
        limits.close();
        monitor.close();
        verifier.close();
        cognito.close();
      });
      return closed;
    },
  });
}

/** Whether a route refreshes: as it says itself, else as the router does. No cookie has an ID token. */
function refreshesItself(given: unknown, { tokenUse }: AuthRules, settings: Settings): boolean {
  if (!booleanOption('autoRefresh', given)) {
    return given === undefined && settings.autoRefresh && tokenUse !== 'id';
  }
  refuseWithoutCookies(settings.transport);
  if (tokenUse !== 'id') return true;
  throw optionError(
    "autoRefresh is set with tokenUse 'id'; leave one of them out: no ID token is in a cookie",
  );
}

/** An endpoint at the path where it is mounted. */
interface Route {
  readonly path: string;
  readonly endpoint: Endpoint;
}

/** The routes, those of one path together. Those with parameters come last, lest they catch what has a path of its own. */
function routesByPath(settings: Settings): (readonly Route[])[] {
  const byPath = new Map<string, Route[]>();
  for (const endpoint of endpointsFor(settings)) {
    const path = settings.routes[endpoint.name] || endpoint.path;
    if (paramsIn(path) !== paramsIn(endpoint.path)) {
      throw optionError(
        `routes.${endpoint.name} is "${path}"; give it the parameters of "${endpoint.path}", and no others`,
      );
    }
    // Express does not tell upper from lower case here, nor one parameter from another.
    const key = path.replace(/:\w+/g, ':').toLowerCase();
    const there = byPath.get(key) ?? [];
    const clash = there.find((route) => route.endpoint.method === endpoint.method);
    if (clash) {
      throw optionError(
        `routes.${endpoint.name} is "${path}", where ${clash.endpoint.name} is already; give one of them another path`,
      );
    }
    byPath.set(key, [...there, { path, endpoint }]);
  }
  const [plain, variable] = [false, true].map((has) =>
    [...byPath].filter(([key]) => key.includes(':') === has).map(([, found]) => found),
  );
  return [...(plain ?? []), ...(variable ?? [])];
}

/** The names of a path's parameters, in an order of their own. */
function paramsIn(path: string): string {
  return (path.match(/:\w+/g) ?? []).sort().join();
}

/** Express throws these for a path parameter that is no UTF-8 when it is decoded; the path is the client's fault. */
function refuseBadPath({ onError }: Settings): ErrorRequestHandler {
  const refusal = problem('invalid_request', { detail: 'The path is malformed.' });
  return function malformedPath(error: unknown, req, res, next) {
    const isBadPath = error instanceof URIError && (error as { status?: unknown }).status === 400;
    if (isBadPath) answerProblem(onError, refusal, req, res, next);
    else next(error);
  };
}

/**
 * Answers OPTIONS, and every method that a path does not have with 405 (RFC 9110 9.3.7 and 15.5.6). Express would add to
 * its own answer the methods of a path with a parameter that fits as well, and that this path never reaches.
 */
function answerOtherMethods(routes: readonly Route[], { onError }: Settings): RequestHandler {
  const methods = routes.flatMap(({ endpoint: { method } }) =>
    method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()],
  );
  const Allow = methods.join(', ');
  const refusal = problem('method_not_allowed', { headers: { Allow } });
  return function otherMethods(req, res, next) {
    if (req.method === 'OPTIONS') res.writeHead(200, { Allow, 'Content-Length': 0 }).end();
    else answerProblem(onError, refusal, req, res, next);
  };
}
