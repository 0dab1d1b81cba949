import type { IncomingMessage } from 'node:http';
import type { TransportSettings } from '../config/transport.ts';
import { isProblem, type Problem } from '../shared/problem.ts';
import { bearerToken, type ReadToken } from '../tokens/bearer.ts';
import { TWO_TOKENS } from '../tokens/refusals.ts';
import { type CookieJar, createCookieJar } from './cookie-jar.ts';
import { csrfProblem } from './csrf.ts';

/** Returns the token reader for the configured transport. */
export function tokenReader(settings: TransportSettings): ReadToken {
  if (settings.transport === 'bearer') return bearerToken;
  return (req) => presentedToken(req, createCookieJar(req, settings.cookies), settings);
}

/**
 * Returns the access token of the header or of the cookie. A request with both is ambiguous and refused (RFC 6750 2). A
 * request with the cookie must pass the CSRF check.
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
