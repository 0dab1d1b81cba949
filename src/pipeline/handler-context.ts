import { asAdministrator } from '../cognito/administration.ts';
import { faultOf } from '../cognito/classify-error.ts';
import { type CognitoClient, untilAborted } from '../cognito/client.ts';
import { deadlineFault, UpstreamRefusal } from '../cognito/upstream-fault.ts';
import { userContextData, withUserContext } from '../cognito/user-context.ts';
import type { Settings } from '../config/settings.ts';
import type { HandlerContext } from '../endpoints/endpoint.ts';
import type { ManagedLogin } from '../endpoints/managed-login-flow.ts';
import { openApiDocument } from '../openapi/document.ts';
import type { RefreshAsker, Refreshes } from '../session/refresh.ts';
import type { OfSession, Revocations } from '../session/revocation.ts';
import type { Deadline } from '../shared/deadline.ts';
import { ProblemError, problem, refuse } from '../shared/problem.ts';
import { issuedClaims } from '../tokens/issued-claims.ts';
import type { Body, RequestContext } from './request-context.ts';
import type { StoreMonitor } from './store-monitor.ts';

/** The parts that the handlers of one router share. */
export interface HandlerContextParts {
  readonly settings: Settings;
  readonly cognito: CognitoClient;
  readonly revocations: Revocations;
  readonly managedLogin: ManagedLogin | undefined;
  readonly refreshes: Refreshes;
  readonly monitor: StoreMonitor;
}

/** The validated input of a handler, after the before hook. */
export interface HandlerInput extends Pick<HandlerContext, 'params' | 'query' | 'auth' | 'transport'> {
  readonly body: Body;
  readonly clientMetadata: Record<string, string> | undefined;
  readonly tokenRefusal: ProblemError | undefined;
}

/** `reused` is called if a refresh token is used again after the reuse window. */
export function createHandlerContext(
  { settings, cognito, revocations, managedLogin, refreshes, monitor }: HandlerContextParts,
  { req, res, endpoint, deadline, cookies, facts }: RequestContext,
  { body, params, query, auth, tokenRefusal, transport, clientMetadata }: HandlerInput,
  reused: RefreshAsker['reused'],
): HandlerContext {
  const safeToRepeat = 'command' in endpoint && endpoint.safeToRepeat === true;
  const userContext = userContextData({ ip: req.ip, encodedData: body.encodedData }, settings);
  const send: RefreshAsker['send'] = (operation, input, { signal, start }) => {
    const outgoing = asAdministrator(settings, operation, input);
    facts.operation = outgoing.operation;
    start();
    const told = withUserContext(outgoing.operation, outgoing.input, userContext, req);
    return cognito.send(outgoing.operation, told as never, { signal, safeToRepeat }) as never;
  };
  const sessionOf = (accessToken: string | undefined): OfSession | undefined => {
    if (accessToken === undefined) return auth;
    const payload = issuedClaims(accessToken);
    return payload && { payload };
  };
  return {
    settings,
    params,
    query,
    auth,
    clientMetadata,
    transport,
    cookies,
    // HTTP/1.0 has no Host header.
    host: req.hostname || 'localhost',
    accessToken: () => {
      if (auth) return auth.token;
      throw tokenRefusal ?? new ProblemError(problem('missing_token'));
    },
    endSession: async (accessToken) => {
      const of = sessionOf(accessToken);
      if (of) await revocations.endSession(of);
    },
    endUser: async (accessToken) => {
      const of = sessionOf(accessToken);
      if (of) await revocations.endUser(of);
    },
    endEarlier: async (accessToken) => {
      const of = sessionOf(accessToken);
      if (of) await revocations.endEarlier(of);
    },
    endEarlierOf: (sub) => {
      const now = Math.floor(Date.now() / 1000);
      const payload = {
        sub,
        iss: `/${settings.userPoolId}`,
        token_use: 'access',
        exp: now,
        iat: now,
      } as const;
      return revocations.endEarlier({ payload });
    },
    degraded: () => monitor.degraded(),
    openApi: () => openApiDocument(settings, req.baseUrl),
    managedLogin: () => managedLogin ?? refuse(problem('server_misconfigured')),
    logFault: (error) => {
      facts.silentFault = faultOf(error, facts.operation ?? 'InitiateAuth', deadline);
    },
    identify: (found) => {
      facts.auth = found;
    },
    refresh: (request) =>
      inTime(deadline, refreshes.refresh(request, { clientMetadata, response: res, send, reused })),
    isSignedOut: refreshes.isSignedOut,
    endRefreshes: (refreshToken) => refreshes.signOut(refreshToken, { send }),
    send: (operation, input) => send(operation, input, deadline),
  };
}

/** Concurrent requests share the work. Each waits for it until its own deadline. */
async function inTime<T>(deadline: Deadline, work: Promise<T>): Promise<T> {
  deadline.start();
  try {
    return await untilAborted(work, deadline.signal);
  } catch (error) {
    if (deadline.expired()) throw new UpstreamRefusal(deadlineFault());
    if (deadline.signal.aborted) refuse(problem('upstream_timeout'));
    throw error;
  }
}
