import type { Settings } from '../config/settings.ts';
import { csrfProblem } from '../cookies/csrf.ts';
import type { KnownBrowsers } from '../cookies/known-browser.ts';
import { type SessionLifetime, sessionLifetime } from '../cookies/session-lifetime.ts';
import {
  intoCookies,
  keepTokens,
  lifetimeOf,
  transportOf,
  withCookies,
} from '../endpoints/cookie-transport.ts';
import { Redirect } from '../endpoints/redirect.ts';
import type { Tokens } from '../endpoints/sign-in-types.ts';
import { isProblem, refuseIf } from '../shared/problem.ts';
import type { Auth } from '../tokens/auth.ts';
import { bearerToken } from '../tokens/bearer.ts';
import type { Body, RequestContext } from './request-context.ts';

/** The input of a request before and after its cookies are taken into account. */
interface GivenInput {
  readonly body: Body;
  readonly query: Readonly<Record<string, string>>;
  readonly auth: Auth | undefined;
}

export interface TransportedInput {
  /** With the members that the endpoint definition reads from cookies. */
  readonly body: Body;
  /** Where this request carries its tokens. */
  readonly transport: 'bearer' | 'cookie';
  /** Undefined if the token belongs to the cookies, and the request does not use them. */
  readonly auth: Auth | undefined;
}

/** Fills the body with members from cookies. Throws a `ProblemError` if the CSRF check fails. */
export function takeCookies(
  context: RequestContext,
  { body, query, auth }: GivenInput,
  settings: Settings,
): TransportedInput {
  if (settings.transport === 'bearer') return { body, transport: 'bearer', auth };
  const { endpoint, cookies } = context;
  const tokenFrom = endpoint.auth === 'none' ? undefined : tokenSource(context);
  const transport = transportOf({ endpoint, body, query, tokenFrom }, cookies, settings);
  if (transport === 'bearer') {
    // A browser sends its cookies with every request: these belong to another session.
    return { body, transport, auth: tokenFrom === 'cookie' ? undefined : auth };
  }
  checkCsrf(context, auth, settings);
  const isBearer = tokenFrom === 'bearer' && auth !== undefined;
  // A sign-out clears ambiguous cookies, although their values cannot be used.
  const isAmbiguous = endpoint.acceptsRevoked === true && isProblem(cookies.read('access'));
  const carried = isBearer || isAmbiguous ? body : withCookies(body, endpoint, cookies);
  return { body: carried, transport, auth };
}

function tokenSource({ req, cookies }: RequestContext): 'bearer' | 'cookie' | undefined {
  if (bearerToken(req) !== undefined) return 'bearer';
  return cookies.read('access') === undefined ? undefined : 'cookie';
}

/**
 * Throws a `ProblemError` for a request that another site may have caused. A verified token in the header passes: a page
 * of another site cannot set it unless the app's CORS rules allow that.
 */
export function checkCsrf(
  { req, endpoint }: RequestContext,
  auth: Auth | undefined,
  { trustedOrigins }: Settings,
): void {
  const isBearer = bearerToken(req) !== undefined;
  // An invalid token, or one that is not verified, gives no access to cookies.
  if (isBearer && (auth || !endpoint.cookies)) return;
  refuseIf(csrfProblem(req, trustedOrigins));
}

/** The response of a handler, and where its tokens go. */
interface LeavingResponse {
  readonly response: object;
  /** The body of the request, after the before hook. */
  readonly body: Body;
  readonly transport: 'bearer' | 'cookie';
  /** Undefined without rate limits. */
  readonly knownBrowsers: KnownBrowsers | undefined;
}

/** Moves tokens of the response into cookies. Returns the rest of the response. */
export function leaveCookies(
  context: RequestContext,
  { response, body, transport, knownBrowsers }: LeavingResponse,
  settings: Settings,
): object {
  const { endpoint, cookies, facts } = context;
  const lifetime = cookieLifetime(context, { response, body }, settings);
  if (response instanceof Redirect) {
    if (response.session) {
      const { tokens } = response.session;
      keepTokens(cookies, tokens, { lifetime, replaces: 'session' }, settings);
      knownBrowsers?.remember(cookies, tokens.idToken, undefined);
    }
    return response;
  }
  if (transport === 'bearer') return response;
  const rest = intoCookies(response, { endpoint, lifetime }, cookies, settings);
  const { tokens } = response as { tokens?: Tokens };
  // Each new bucket has attempts of its own, and a refresh token does not prove the password.
  const isSignIn = endpoint.cookies?.refreshToken === undefined && !endpoint.importsSession;
  // A sign-up may name an address that another account owns. Only a sign-in with the name proves it.
  const isSignUp = endpoint.cookies?.session === 'sign-up';
  const proven = isSignUp ? undefined : facts.account;
  if (tokens && isSignIn) knownBrowsers?.remember(cookies, tokens.idToken, proven);
  return rest;
}

/** Returns the lifetime of the session's cookies in the response. */
export function cookieLifetime(
  { endpoint, cookies }: RequestContext,
  { response, body }: Pick<LeavingResponse, 'response' | 'body'>,
  settings: Settings,
): SessionLifetime {
  if (!(response instanceof Redirect)) return lifetimeOf({ endpoint, body }, cookies, settings);
  return sessionLifetime(response.session?.rememberMe ?? settings.cookies.rememberMe);
}
