import { asAdministrator } from '../cognito/administration.ts';
import { type CognitoClient, untilAborted } from '../cognito/client.ts';
import { deadlineFault, UpstreamRefusal } from '../cognito/upstream-refusal.ts';
import { userContextData, withUserContext } from '../cognito/user-context.ts';
import type { Settings } from '../config/config.ts';
import type { HandlerContext } from '../endpoints/endpoint.ts';
import type { ManagedLogin } from '../endpoints/managed-login-flow.ts';
import { openApiDocument } from '../openapi/document.ts';
import type { RefreshAsker, Refreshes } from '../session/refresh.ts';
import type { Revocations } from '../session/revocation.ts';
import type { Deadline } from '../shared/deadline.ts';
import { ProblemError, problem, refuse } from '../shared/problem.ts';
import type { RequestContext } from './exchange.ts';
import type { runBeforeHook } from './hooks.ts';
import type { StoreMonitor } from './store-monitor.ts';

/** What a before hook has left of the request. */
export type Input = Awaited<ReturnType<typeof runBeforeHook>>;

/** What the calls of one router share. */
export interface HandlerContextParts {
  readonly settings: Settings;
  readonly cognito: CognitoClient;
  readonly revocations: Revocations;
  readonly managedLogin: ManagedLogin | undefined;
  readonly refreshes: Refreshes;
  readonly monitor: StoreMonitor;
}

/** Makes what the functions of a row are given. `reused` is told of a refresh token that comes after it was used up. */
export function createHandlerContext(
  { settings, cognito, revocations, managedLogin, refreshes, monitor }: HandlerContextParts,
  exchange: RequestContext,
  { body, clientMetadata }: Input,
  reused: RefreshAsker['reused'],
): HandlerContext {
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
    accessToken: () => {
      if (auth) return auth.token;
      throw tokenRefusal ?? new ProblemError(problem('missing_token'));
    },
    endSession: async () => auth && revocations.endSession(auth),
    endUser: async () => auth && revocations.endUser(auth),
    degraded: () => monitor.degraded(),
    openApi: () => openApiDocument(settings, req.baseUrl),
    managedLogin: () => managedLogin ?? refuse(problem('server_misconfigured')),
    identify: (found) => {
      exchange.auth = found;
    },
    refresh: (request) => inTime(deadline, refreshes.refresh(request, { clientMetadata, send, reused })),
    endRefreshes: (refreshToken) => refreshes.signOut(refreshToken, { send }),
    send: (operation, input) => send(operation, input, deadline),
  };
}

/** What goes on for others as well is waited for no longer than for what is the request's own. */
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
