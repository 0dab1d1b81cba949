import type { IncomingMessage } from 'node:http';
import type { TransportSettings } from '../config/transport.ts';
import { isProblem, type Problem } from '../shared/problem.ts';
import { bearerToken, type ReadToken } from '../tokens/bearer.ts';
import { TWO_TOKENS } from '../tokens/refusals.ts';
import { type CookieJar, createCookieJar } from './cookie-jar.ts';
import { csrfProblem } from './csrf.ts';

/** Reads the token from where the settings say that it may be. */
export function tokenReader(settings: TransportSettings): ReadToken {
  if (settings.transport === 'bearer') return bearerToken;
  return (req) => presentedToken(req, createCookieJar(req, settings.cookies), settings);
}

/**
 * The access token of the header or of the cookie. With both, nobody could say whose request it is (RFC 6750 2); and
 * with the cookie, it has to be the doing of a page that is trusted.
 */
export function presentedToken(
  req: IncomingMessage,
  jar: CookieJar,
  { transport, trustedOrigins }: TransportSettings,
): string | Problem | undefined {
  const bearer = bearerToken(req);
  if (transport === 'bearer') return bearer;
  const cookie = jar.read('access');
  if (cookie === undefined || isProblem(cookie)) return cookie ?? bearer;
  if (bearer !== undefined) return isProblem(bearer) ? bearer : TWO_TOKENS;
  return csrfProblem(req, trustedOrigins) ?? cookie;
}
