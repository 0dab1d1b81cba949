import { type RequestHandler, Router } from 'express';
import { type AuthMiddleware, type AuthRules, createRequireAuth } from './auth-middleware.ts';
import { createCognitoClient } from './cognito/client.ts';
import { createTokenVerifier } from './cognito/token-verifier.ts';
import { trustedPool } from './cognito/trusted-pool.ts';
import { type Config, parseConfig, type Settings } from './config.ts';
import type { Endpoint } from './endpoints/endpoint.ts';
import { ENDPOINTS } from './endpoints/table.ts';
import { createLogger } from './logger.ts';
import { optionError } from './options.ts';
import { createPipeline } from './pipeline.ts';
import { problem, sendProblem } from './problem.ts';

/** An Express router with all auth endpoints, and what belongs to it. */
export interface CognitoRouter extends Router {
  /** The middleware for protected routes, for the same pool and client, with the same keys and caches. */
  requireAuth(rules?: AuthRules): AuthMiddleware;
  /**
   * Loads the AWS SDK and fetches the pool's signing keys ahead of the first request. Optional: a server
   * that starts without it does so as well, and the first request pays. Rejects if the keys cannot be had.
   */
  ready(): Promise<void>;
  /** Closes the sockets to Cognito and stops the timers, for a clean end of the process or of a test. */
  close(): void;
}

/** How many verified tokens a router remembers. */
const CACHED_TOKENS = 10_000;

/**
 * Mounts every auth endpoint: `app.use('/auth', createCognitoRouter({ userPoolId, clientId }))`.
 *
 * @throws TypeError for a wrong or missing option; the message quotes the value and says what to write instead.
 */
export function createCognitoRouter(config?: Config): CognitoRouter {
  const settings = parseConfig(config);
  const cognito = createCognitoClient(settings);
  const verifier = createTokenVerifier({
    pools: [trustedPool({ ...settings, clientIds: [settings.clientId] })],
    graceSeconds: 0,
    cache: { maxEntries: CACHED_TOKENS },
  });
  const pipeline = createPipeline({ settings, logger: createLogger(settings), cognito, verifier });
  const router = Router();
  const byPath = endpointsByPath(settings);
  for (const [path, endpoints] of byPath) {
    for (const endpoint of endpoints) router[endpoint.method](path, pipeline.handler(endpoint));
    router.all(path, refuseMethod(endpoints, settings));
  }
  return Object.assign(router, {
    requireAuth: (rules?: AuthRules) => createRequireAuth(verifier, { onError: settings.onError, ...rules }),
    ready: async () => {
      await Promise.all([verifier.ready(), cognito.ready()]);
    },
    close: () => {
      pipeline.close();
      cognito.close();
    },
  });
}

function endpointsByPath({ routes }: Settings): ReadonlyMap<string, readonly Endpoint[]> {
  const byPath = new Map<string, Endpoint[]>();
  for (const endpoint of ENDPOINTS) {
    const path = routes[endpoint.name] ?? endpoint.path;
    if (path === false) continue;
    // Express does not tell upper from lower case here.
    const there = byPath.get(path.toLowerCase()) ?? [];
    const clash = there.find(({ method }) => method === endpoint.method);
    if (clash) {
      throw optionError(
        `routes.${endpoint.name} is "${path}", where ${clash.name} is already; give one of them another path`,
      );
    }
    byPath.set(path.toLowerCase(), [...there, endpoint]);
  }
  return byPath;
}

/** A 405 for the methods that a path does not have (RFC 9110 15.5.6). */
function refuseMethod(endpoints: readonly Endpoint[], { onError }: Settings): RequestHandler {
  const methods = endpoints.flatMap(({ method }) =>
    method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()],
  );
  const refusal = problem('method_not_allowed', { headers: { Allow: methods.join(', ') } });
  return function methodNotAllowed(req, res, next) {
    // Express answers it, with the same list.
    if (req.method === 'OPTIONS') next();
    else if (onError) onError(refusal, req, res, next);
    else sendProblem(refusal, req, res);
  };
}
