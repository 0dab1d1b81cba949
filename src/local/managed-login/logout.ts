import type { Answer } from '../wire/answer.ts';
import { clientOf, readAuthorizationRequest } from './authorize.ts';
import { clearedCookies, endSession, findSession } from './browser-sessions.ts';
import { type HostedRequest, redirect } from './request.ts';

/**
 * GET /logout: ends the browser session, but revokes no token. Redirects to a LogoutURL of the client or,
 * with the parameters of /oauth2/authorize, to the sign-in page.
 */
export function logout(request: HostedRequest): Answer {
  const { pool } = request;
  const location = logoutUriOf(request) ?? `${request.base}/login?${signInAgain(request)}`;
  endSession(pool, findSession(request));
  return { ...redirect(location), cookies: clearedCookies(request) };
}

/** An unregistered logout_uri has no effect, so Cognito then asks for a redirect_uri. */
function logoutUriOf({ pool, query }: HostedRequest): string | undefined {
  const { LogoutURLs = [] } = clientOf(pool, query).settings;
  const [uri = '', ...others] = query.getAll('logout_uri');
  return others.length === 0 && LogoutURLs.includes(uri) ? uri : undefined;
}

function signInAgain(request: HostedRequest): URLSearchParams {
  readAuthorizationRequest(request);
  return request.query;
}
