import { asAdministrator } from '../cognito/administration.ts';
import { faultOf } from '../cognito/classify-error.ts';
import { type CognitoClient, untilAborted } from '../cognito/client.ts';
import { deadlineFault, UpstreamRefusal } from '../cognito/upstream-fault.ts';
import { userContextData, withUserContext } from '../cognito/user-context.ts';
import type { Settings } from '../config/settings.ts';
import { navigationTarget } from '../cookies/navigation.ts';
import type { ContestedSignUps } from '../endpoints/contested-sign-ups.ts';
import type { HandlerContext } from '../endpoints/endpoint.ts';
import type { ManagedLogin } from '../endpoints/managed-login-flow.ts';
import { openApiDocument } from '../openapi/document.ts';
import type { RefreshAsker, Refreshes } from '../session/refresh.ts';
import type { OfSession, Revocations } from '../session/revocation.ts';
import type { Deadline } from '../shared/deadline.ts';
import { ProblemError, problem, refuse } from '../shared/problem.ts';
import { issuedClaims } from '../tokens/issued-claims.ts';
import type { CallLater } from './background-calls.ts';
import type { DeepHealth } from './deep-health.ts';
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
  readonly deepHealth: () => Promise<DeepHealth>;
  readonly contestedSignUps: ContestedSignUps;
}

/** The parts that connect a handler to its request. */
export interface HandlerCallbacks {
  /** Called if a refresh token is used again after the reuse window. */
  readonly onReuse: RefreshAsker['onReuse'];
  readonly callLater: CallLater;
  /** Counts a refresh. Undefined if it is not limited. */
  readonly admitRefresh: RefreshAsker['admit'];
}

/** The validated input of a handler, after the before hook. */
export interface HandlerInput extends Pick<HandlerContext, 'params' | 'query' | 'auth' | 'transport'> {
  readonly body: Body;
  readonly clientMetadata: Record<string, string> | undefined;
  readonly tokenRefusal: ProblemError | undefined;
}

export function createHandlerContext(
  {
    settings,
    cognito,
    revocations,
    managedLogin,
    refreshes,
    monitor,
    deepHealth,
    contestedSignUps,
  }: HandlerContextParts,
  context: RequestContext,
  { body, params, query, auth, tokenRefusal, transport, clientMetadata }: HandlerInput,
  { onReuse, callLater, admitRefresh: admit }: HandlerCallbacks,
): HandlerContext {
  const { req, res, endpoint, deadline, cookies, facts } = context;
  const safeToRepeat = 'command' in endpoint && endpoint.safeToRepeat === true;
  const userContext = userContextData({ req, encodedData: body.encodedData }, settings);
  const sendOutgoing = (
    { operation, input }: ReturnType<typeof asAdministrator>,
    options: Parameters<CognitoClient['send']>[2],
  ): Promise<unknown> =>
    cognito.send(operation, withUserContext(operation, input, userContext, req) as never, options);
  const send: RefreshAsker['send'] = (operation, input, { signal, start }) => {
    const outgoing = asAdministrator(settings, operation, input);
    facts.operation = outgoing.operation;
    start();
    return sendOutgoing(outgoing, { signal, safeToRepeat }) as never;
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
    contestedSignUps,
    // HTTP/1.0 has no Host header.
    host: req.hostname || 'localhost',
    navigationTarget: navigationTarget(req),
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
    deepHealth,
    openApi: () => openApiDocument(settings, req.baseUrl),
    managedLogin: () => managedLogin ?? refuse(problem('server_misconfigured')),
    logFault: (error) => {
      facts.silentFault = faultOf(error, facts.operation ?? 'InitiateAuth', deadline, settings.cognitoHost);
    },
    identify: (found) => {
      facts.auth = found;
    },
    happened: (name, details) => {
      facts.happenings ??= [];
      facts.happenings.push({ name, details });
      facts.sub ??= (details as { readonly sub?: string | undefined }).sub;
    },
    refresh: (request) => {
      const work = refreshes.refresh(request, { clientMetadata, response: res, admit, send, onReuse });
      return inTime(deadline, work, settings.cognitoHost);
    },
    advise: (hint) => {
      facts.hint = hint;
    },
    endRefreshes: (refreshToken) => refreshes.signOut(refreshToken, { send }),
    send: (operation, input) => send(operation, input, deadline),
    isSignedOut: refreshes.isSignedOut,
    sendLater: (operation, input) =>
      callLater(context, { operation, input }, (call, { signal }) =>
        sendOutgoing(asAdministrator(settings, call.operation, call.input), { signal, safeToRepeat: false }),
      ),
  };
}

/** Concurrent requests share the work. Each waits for it until its own deadline. */
async function inTime<T>(deadline: Deadline, work: Promise<T>, host: string | undefined): Promise<T> {
  deadline.start();
  try {
    return await untilAborted(work, deadline.signal);
  } catch (error) {
    if (deadline.expired()) throw new UpstreamRefusal(deadlineFault(host));
    if (deadline.signal.aborted) refuse(problem('upstream_timeout'));
    throw error;
  }
}
