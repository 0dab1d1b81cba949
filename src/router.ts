import type { IncomingMessage } from 'node:http';
import { type ErrorRequestHandler, type RequestHandler, Router } from 'express';
import { type AuthMiddleware, type AuthRules, createRequireAuth } from './auth/auth-middleware.ts';
import { createProfileFinder } from './auth/request-profile.ts';
import { createSessionControl, type SessionControl } from './auth/session-control.ts';
import type { Verification } from './auth/verification.ts';
import { CallMeter } from './cognito/call-meter.ts';
import { createCognitoClient } from './cognito/client.ts';
import { withClientSecret } from './cognito/client-authentication.ts';
import { createClientSecret } from './cognito/client-secret.ts';
import { CognitoClock } from './cognito/cognito-clock.ts';
import { withTokenChecks } from './cognito/issued-tokens.ts';
import { createRequestQuotas } from './cognito/request-quotas.ts';
import { DEFAULT_CACHE_BOUNDS } from './cognito/token-cache.ts';
import { createTokenVerifier } from './cognito/token-verifier.ts';
import { trustedPool } from './cognito/trusted-pool.ts';
import type { Config } from './config/options.ts';
import { parseConfig, type Settings } from './config/settings.ts';
import { refuseIdTokenInCookies, refuseWithoutCookies } from './config/transport.ts';
import { opensPage } from './cookies/navigation.ts';
import { tokenReader } from './cookies/presented-token.ts';
import { unreadCookieCheck } from './cookies/unread-cookie.ts';
import { createContestedSignUps } from './endpoints/contested-sign-ups.ts';
import type { Endpoint } from './endpoints/endpoint.ts';
import { loadJoi } from './endpoints/joi.ts';
import { createManagedLogin } from './endpoints/managed-login-flow.ts';
import { endpointsFor } from './endpoints/table.ts';
import { createAuditTrail, limitListener } from './pipeline/audit-trail.ts';
import { createAutoRefresh } from './pipeline/auto-refresh.ts';
import { type CloseOptions, Closing } from './pipeline/closing.ts';
import { createDeepHealth } from './pipeline/deep-health.ts';
import { createDocsPage } from './pipeline/docs-page.ts';
import { warnOfIgnoredEndpoint } from './pipeline/endpoint-warning.ts';
import { createReporter } from './pipeline/event-reporter.ts';
import { FlowCounts } from './pipeline/flow-counts.ts';
import { warnOfEndedImports } from './pipeline/import-warning.ts';
import { createLogger } from './pipeline/logger.ts';
import { createPasswordBlocklist } from './pipeline/password-blocklist.ts';
import { createPipeline } from './pipeline/pipeline.ts';
import { createRateLimits } from './pipeline/rate-limits.ts';
import { createRouterStats, type RouterStats } from './pipeline/router-stats.ts';
import { createSessionProfiles } from './pipeline/session-profiles.ts';
import { createStoreMonitor } from './pipeline/store-monitor.ts';
import { createCognitoSignOut } from './session/cognito-sign-out.ts';
import { bothChecks, createIntrospection } from './session/introspection.ts';
import { createRefreshes, type Refreshes } from './session/refresh.ts';
import { createRevocations } from './session/revocation.ts';
import type { Hint } from './shared/hint.ts';
import { booleanOption, optionError, refuseRequest } from './shared/option-errors.ts';
import { answerProblem, problem } from './shared/problem.ts';
import type { Auth } from './tokens/auth.ts';

/** Rules of a route that the router protects. */
export interface RouterAuthRules extends AuthRules {
  /** Whether the route asks Cognito if the token is still valid. Default: the option `introspect`. */
  introspect?: boolean | undefined;
  /**
   * Whether an expired access cookie is refreshed with the refresh cookie, within the same request. Default:
   * the option `autoRefresh`.
   */
  autoRefresh?: boolean | undefined;
}

/** Rules of a verification without a response. */
export type VerifyRules = Omit<RouterAuthRules, 'optional' | 'signInPage' | 'onError' | 'autoRefresh'>;

/** An Express router with all auth endpoints, and middleware that shares its settings. */
export interface CognitoRouter extends Router, SessionControl, Pick<Verification, 'onEnded'> {
  /**
   * Returns middleware for protected routes. It uses the pool, app client, signing keys and caches of the
   * router.
   *
   * @throws TypeError for invalid rules
   * @example
   * app.get('/reports', auth.requireAuth({ groups: 'admin' }), (req, res) => res.json(req.auth));
   */
  requireAuth(rules?: RouterAuthRules): AuthMiddleware;
  /**
   * Verifies a token, or the token of a request, by the rules of `requireAuth`: for sockets, queues, GraphQL subscriptions and
   * guards. The request may be the handshake of a WebSocket. For a request, `getAuth(req)` returns the same result afterwards.
   *
   * It refreshes no session: there is no response for the cookies.
   *
   * @throws ProblemError with the code, the status and the headers that `requireAuth` would answer
   * @throws TypeError for invalid rules, and for another kind of value
   * @example
   * const { sub } = await auth.verify(message.token, { scopes: 'shop/orders.write' });
   */
  verify(from: string | IncomingMessage | undefined, rules?: VerifyRules): Promise<Auth>;
  /**
   * Loads the AWS SDK and joi, and fetches the signing keys of the pool before the first request. Optional: otherwise
   * the first request does so. Rejects if the keys cannot be fetched.
   *
   * @example
   * await auth.ready();
   * app.listen(3000);
   */
  ready(): Promise<void>;
  /**
   * Returns the counts of this router since it was created, for metrics: sign-ins, challenges, refreshes, limits, tokens, signing
   * keys, calls to Cognito and stores. A snapshot of plain JSON, without personal data.
   *
   * @example
   * setInterval(() => console.log(JSON.stringify(auth.stats().signIns)), 60_000);
   */
  stats(): RouterStats;
  /**
   * Resolves when the router has nothing left to do: no request in progress, and no call to Cognito that follows a
   * response. For platforms that stop the process after a response, such as AWS Lambda. A client that waits for it can
   * tell by the time whether a sign-up was for a known account.
   *
   * @example
   * const response = await run(event, context);
   * await auth.idle();
   * return response;
   */
  idle(): Promise<void>;
  /**
   * Closes the router: requests and refreshes in progress finish, new requests get 503 `shutting_down`, and
   * the sockets to Cognito are closed. With `{ server }` it closes the server as well, without breaking a
   * request. Protected routes keep using cached keys and results, and answer 503 if they would have to ask
   * Cognito.
   *
   * Never rejects. A second call returns the promise of the first.
   *
   * @throws TypeError for invalid options
   * @example
   * process.once('SIGTERM', () => auth.close({ server }));
   */
  close(options?: CloseOptions): Promise<void>;
}

/**
 * Creates a router with every auth endpoint.
 *
 * @throws TypeError for an invalid or missing option; the message quotes the value and says how to fix it
 * @example
 * const auth = createCognitoRouter({ userPoolId, clientId });
 * app.use('/auth', auth);
 * app.get('/reports', auth.requireAuth(), (req, res) => res.json(req.auth));
 */
export function createCognitoRouter(config?: Config): CognitoRouter {
  refuseRequest('createCognitoRouter', config);
  const settings = parseConfig(config);
  const clock = new CognitoClock();
  const meter = new CallMeter();
  const flows = new FlowCounts();
  const { call, hook } = settings.timeouts;
  const closing = new Closing(call + (config?.hooks === undefined ? 0 : hook));
  const logger = createLogger(settings);
  warnOfIgnoredEndpoint(settings, logger);
  warnOfEndedImports(settings, logger);
  const verifier = createTokenVerifier(
    {
      pools: [trustedPool({ ...settings, clientIds: [settings.clientId] })],
      clockToleranceSeconds: settings.clockToleranceSeconds,
      cache: DEFAULT_CACHE_BOUNDS,
    },
    ({ exception, hint }) => logger.error({ exception, hint }, 'the signing keys cannot be fetched'),
  );
  const clientSecret = createClientSecret(settings, logger);
  const onMiddleware = (hint: Hint): void =>
    logger.warn({ code: 'sdk_middleware', hint }, "calls to Cognito go through the AWS SDK's middleware");
  const quotas = createRequestQuotas(settings.cognitoRequestsPerSecond, {
    logger,
    onRefused: (limiter) => flows.countLimit(limiter),
  });
  const sender = createCognitoClient(settings, { clock, meter, onMiddleware });
  const client = withClientSecret(
    closing.whileOpen(quotas?.limit(sender) ?? sender),
    clientSecret,
    settings.clientId,
  );
  const cognito = withTokenChecks(client, {
    verifier,
    logger,
    clockToleranceSeconds: settings.clockToleranceSeconds,
  });
  const revocations = createRevocations(settings.revocation, {
    onFault: (error) => logger.error({ err: error }, 'revocation store failed'),
    now: () => clock.now(),
    refreshSeconds: settings.cookies.refreshMaxAge,
  });
  const ownRefreshes = createRefreshes(settings, revocations, {
    onStoreFault: (error) => logger.error({ err: error }, 'refresh store failed'),
    onRevokeFault: ({ exception, message: upstreamMessage, hint }) =>
      logger.error({ exception, upstreamMessage, hint }, 'a session has ended, but not at Cognito'),
  });
  const refreshes: Refreshes = {
    ...ownRefreshes,
    // A refresh continues after its client has disconnected.
    refresh: (...request) => closing.waitFor(ownRefreshes.refresh(...request)),
  };
  const report = createReporter(settings.onEvent, { logger, flows });
  const monitor = createStoreMonitor(logger, report.store);
  monitor.watch('revocation', revocations.sources);
  monitor.watch('refresh', refreshes.sources);
  const introspection = createIntrospection(settings.introspect || {}, {
    cognito,
    timeoutMs: settings.timeouts.call,
    host: settings.cognitoHost,
    onFault: ({ exception, message: upstreamMessage, hint }) =>
      logger.error({ exception, upstreamMessage, hint }, 'introspection failed'),
  });
  const readToken = tokenReader(settings);
  const warnOfCookie = (hint: Hint): void =>
    logger.warn({ code: 'unread_cookie', hint }, 'a session cookie is not read');
  const onMissing = unreadCookieCheck(settings, warnOfCookie, 'createCognitoRouter');
  const managedLogin = createManagedLogin(settings, { verifier, clientSecret, quotas, meter });
  const audit = createAuditTrail(report);
  const limits = createRateLimits(settings, limitListener(audit, { logger, flows }));
  monitor.watch('rateLimits', limits.sources);
  const profiles = createSessionProfiles({ settings, cognito, verifier, logger });
  const autoRefresh = createAutoRefresh({
    settings,
    cognito,
    profiles,
    refreshes,
    logger,
    report,
    limit: async (session, req, res) => {
      const refresh = limits.of('refresh', req, res);
      return (await refresh.countAddress('write')) ?? refresh.countSession(session);
    },
  });
  const passwords = createPasswordBlocklist(settings, logger);
  const handler = createPipeline({
    passwords,
    profiles,
    closing,
    flows,
    limits,
    audit,
    settings,
    logger,
    cognito,
    verifier,
    revocations,
    refreshes,
    monitor,
    deepHealth: createDeepHealth({ settings, verifier, meter, monitor }),
    managedLogin,
    contestedSignUps: createContestedSignUps(),
    refreshSession: settings.autoRefresh ? autoRefresh : undefined,
  });
  let closed: Promise<void> | undefined;
  const docs = createDocsPage(settings, logger);
  const router = Router();
  if (docs) {
    router.get(docs.path, docs.page);
    for (const name of docs.files) router.get(`${docs.path}/${name}`, docs.file);
  }
  for (const routes of routesByPath(settings)) {
    for (const { path, endpoint } of routes) router[endpoint.method](path, handler(endpoint));
    for (const { path } of routes.slice(0, 1)) router.all(path, answerOtherMethods(routes, settings));
  }
  router.use(refuseBadPath(settings));
  const sessionControl = createSessionControl({
    userPoolIds: [settings.userPoolId],
    revocations,
    signOutAtCognito: createCognitoSignOut({
      settings,
      cognito,
      onFault: ({ exception, message: upstreamMessage, hint }) =>
        logger.error({ exception, upstreamMessage, hint }, 'the sign-out of a user at Cognito failed'),
    }),
  });
  const findProfile =
    settings.profile &&
    createProfileFinder({ ...settings, profile: settings.profile, verifier, revocation: revocations });
  const protect = (given: RouterAuthRules): AuthMiddleware => {
    const { introspect, autoRefresh: own, ...rules } = given;
    const asks = booleanOption('introspect', introspect ?? settings.introspect !== false);
    if (asks && rules.tokenUse === 'id') {
      throw optionError(
        'introspect',
        "introspect is set with tokenUse 'id'; leave one of them out: Cognito introspects access tokens only",
      );
    }
    refuseIdTokenInCookies(rules.tokenUse, settings.transport);
    const revocation = asks ? bothChecks(revocations, introspection) : revocations;
    const refresh = refreshesItself(own, rules, settings) ? autoRefresh : undefined;
    return createRequireAuth(
      {
        verifier: { ...verifier, verify: (...token) => closing.waitFor(verifier.verify(...token)) },
        revocation: { check: (auth) => closing.waitFor(revocation.check(auth)) },
        readToken,
        findProfile,
        clockToleranceSeconds: settings.clockToleranceSeconds,
        onMissing,
        refreshSession: refresh && ((...request) => closing.waitFor(refresh(...request))),
        sessionControl,
      },
      { onError: settings.onError, ...rules },
    );
  };
  const plain = protect({});
  // The rules of a message-by-message check would be parsed for each message.
  const verifications = new WeakMap<VerifyRules, Verification>();
  const verificationOf = (rules: VerifyRules): Verification => {
    const known = verifications.get(rules) ?? protect(withoutResponse(rules));
    verifications.set(rules, known);
    return known;
  };
  return Object.assign(router, {
    ...sessionControl,
    onEnded: plain.onEnded,
    requireAuth: (given: RouterAuthRules = {}) => {
      refuseRequest('requireAuth', given, 'router.requireAuth');
      return protect(given);
    },
    verify: async (from: string | IncomingMessage | undefined, rules?: VerifyRules) =>
      (rules === undefined ? plain : verificationOf(rules)).verify(from),
    ready: async () => {
      await Promise.all([verifier.ready(), cognito.ready(), loadJoi(), passwords?.ready(), docs?.ready()]);
    },
    stats: createRouterStats({ flows, verifier, meter, monitor }),
    idle: () => closing.idle(),
    close: (options = {}) => {
      closed ??= closing.close(options).then((finished) => {
        if (!finished) logger.warn('the router closed before all requests in progress had finished');
        limits.close();
        monitor.close();
        verifier.close();
        cognito.close();
      });
      return closed;
    },
  });
}

/** Refuses rules that need a response. */
function withoutResponse(rules: RouterAuthRules): VerifyRules {
  for (const name of ['optional', 'signInPage', 'onError', 'autoRefresh'] as const) {
    if (rules[name] === undefined) continue;
    throw optionError(name, `${name} is set for verify, which has no response; remove it`);
  }
  return rules;
}

/** Whether a route refreshes sessions: its own rule, else the router's option. Cookies hold no ID token. */
function refreshesItself(given: unknown, { tokenUse }: AuthRules, settings: Settings): boolean {
  if (!booleanOption('autoRefresh', given)) {
    return given === undefined && settings.autoRefresh && tokenUse !== 'id';
  }
  refuseWithoutCookies(settings.transport, 'autoRefresh');
  if (tokenUse !== 'id') return true;
  throw optionError(
    'autoRefresh',
    "autoRefresh is set with tokenUse 'id'; leave one of them out: cookies hold no ID token",
  );
}

/** An endpoint and its path. */
interface Route {
  readonly path: string;
  readonly endpoint: Endpoint;
}

/**
 * Returns the routes, grouped by path. Paths with parameters come last, because they would match other paths
 * too.
 */
function routesByPath(settings: Settings): (readonly Route[])[] {
  const byPath = new Map<string, Route[]>();
  for (const endpoint of endpointsFor(settings)) {
    const path = settings.routes[endpoint.name] || endpoint.path;
    if (paramsIn(path) !== paramsIn(endpoint.path)) {
      throw optionError(
        'routes',
        `routes.${endpoint.name} is "${path}"; give it the parameters of "${endpoint.path}", and no others`,
      );
    }
    // Express ignores case, and the names of parameters.
    const key = path.replace(/:\w+/g, ':').toLowerCase();
    const there = byPath.get(key) ?? [];
    const clash = there.find((route) => route.endpoint.method === endpoint.method);
    if (clash) {
      throw optionError(
        'routes',
        `routes.${endpoint.name} is "${path}", where ${clash.endpoint.name} is already; give one of them another path`,
      );
    }
    byPath.set(key, [...there, { path, endpoint }]);
  }
  refuseDocsClash(byPath, settings);
  const [plain, variable] = [false, true].map((has) =>
    [...byPath].filter(([key]) => key.includes(':') === has).map(([, found]) => found),
  );
  return [...(plain ?? []), ...(variable ?? [])];
}

function refuseDocsClash(byPath: ReadonlyMap<string, readonly Route[]>, { docsPath }: Settings): void {
  const [clash] = (docsPath && byPath.get(docsPath.toLowerCase())) || [];
  if (!clash) return;
  throw optionError(
    'docs',
    `docs is "${docsPath}", where ${clash.endpoint.name} is already; give one of them another path`,
  );
}

/** Returns the sorted parameter names of a path. */
function paramsIn(path: string): string {
  return (path.match(/:\w+/g) ?? []).sort().join();
}

/** Express throws a `URIError` if a path parameter is not valid UTF-8. The client has sent it. */
function refuseBadPath({ onError }: Settings): ErrorRequestHandler {
  const refusal = problem('invalid_request', { detail: 'The path is malformed.' });
  return function malformedPath(error: unknown, req, res, next) {
    const isBadPath = error instanceof URIError && (error as { status?: unknown }).status === 400;
    if (isBadPath) answerProblem(onError, refusal, req, res, next);
    else next(error);
  };
}

/**
 * Answers OPTIONS, and 405 to every method that a path does not have (RFC 9110 9.3.7 and 15.5.6), unless a browser
 * opens a page there. Express's own answer to OPTIONS would add the methods of other paths that match.
 */
function answerOtherMethods(routes: readonly Route[], { onError }: Settings): RequestHandler {
  const methods = routes.flatMap(({ endpoint: { method } }) =>
    method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()],
  );
  const Allow = methods.join(', ');
  const refusal = problem('method_not_allowed', { headers: { Allow } });
  return function otherMethods(req, res, next) {
    if (req.method === 'OPTIONS') res.writeHead(200, { Allow, 'Content-Length': 0 }).end();
    // A single-page app may have a page at the same path, which a reload requests from the server.
    else if (opensPage(req)) next();
    else answerProblem(onError, refusal, req, res, next);
  };
}
