import type { Answer } from '../wire/answer.ts';
import { clientOf, readAuthorizationRequest } from './authorize.ts';
import { clearedCookies, endSession, findSession } from './browser-sessions.ts';
import { type HostedRequest, RefusedPage, redirect } from './request.ts';

/**
 * GET /logout: ends the browser session, but revokes no token. Redirects to a LogoutURL of the client or,
 * with the parameters of /oauth2/authorize, to the sign-in page.
 */
export function logout(request: HostedRequest): Answer {
  const { pool, query } = request;
  const location = query.has('logout_uri')
    ? logoutUriOf(request)
    : `${request.base}/login?${signInAgain(request)}`;
  endSession(pool, findSession(request));
  return { ...redirect(location), cookies: clearedCookies(request) };
}

function logoutUriOf({ pool, query }: HostedRequest): string {
  const { LogoutURLs = [] } = clientOf(pool, query).settings;
  const [uri = '', ...others] = query.getAll('logout_uri');
  if (others.length === 0 && LogoutURLs.includes(uri)) return uri;
  throw new RefusedPage('redirect_mismatch', 'The logout_uri is not among the LogoutURLs of the app client.');
}

function signInAgain(request: HostedRequest): URLSearchParams {
  readAuthorizationRequest(request);
  return request.query;
}
