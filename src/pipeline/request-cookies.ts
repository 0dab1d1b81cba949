import type { Settings } from '../config/config.ts';
import { csrfProblem } from '../cookies/csrf.ts';
import { intoCookies, keepTokens, transportOf, withCookies } from '../endpoints/cookie-transport.ts';
import { Redirect } from '../endpoints/redirect.ts';
import { refuseIf } from '../shared/problem.ts';
import { bearerToken } from '../tokens/bearer.ts';
import type { RequestContext } from './exchange.ts';

/** What the row expects in its body, wherever it came from; and only if the request may bring it along. */
export function takeCookies(
  exchange: RequestContext,
  body: Record<string, unknown>,
  settings: Settings,
): Record<string, unknown> {
  const { endpoint, query, cookies } = exchange;
  if (settings.transport === 'bearer') return body;
  const tokenFrom = endpoint.auth === 'none' ? undefined : tokenPlace(exchange);
  exchange.transport = transportOf({ endpoint, body, query, tokenFrom }, cookies, settings);
  if (exchange.transport === 'bearer') {
    // A browser sends its cookies with whatever goes out: this is about another session.
    if (tokenFrom === 'cookie') exchange.auth = undefined;
    return body;
  }
  checkCsrf(exchange, settings);
  return tokenFrom === 'bearer' && exchange.auth ? body : withCookies(body, endpoint, cookies);
}

function tokenPlace({ req, cookies }: RequestContext): 'bearer' | 'cookie' | undefined {
  if (bearerToken(req) !== undefined) return 'bearer';
  return cookies.read('access') === undefined ? undefined : 'cookie';
}

/** Lets in what shows a token in the header: no page can set that but one that the app's own rules on origins allow. */
export function checkCsrf({ req, endpoint, auth }: RequestContext, { trustedOrigins }: Settings): void {
  const isBearer = bearerToken(req) !== undefined;
  // One that is not good, or not looked at, is no reason to use what is in cookies.
  if (isBearer && (auth || !endpoint.cookies)) return;
  refuseIf(csrfProblem(req, trustedOrigins));
}

/** The answer without what belongs into cookies. */
export function leaveCookies(
  { transport, endpoint, cookies }: RequestContext,
  response: object,
  settings: Settings,
): object {
  if (response instanceof Redirect) {
    if (response.tokens) keepTokens(cookies, response.tokens, settings);
    return response;
  }
  if (transport === 'bearer') return response;
  return intoCookies(response, endpoint, cookies, settings);
}
