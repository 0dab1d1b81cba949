import type { IncomingMessage } from 'node:http';
import type { Auth } from '../tokens/auth.ts';

/**
 * The verified authentication of a request. Any code can set `req.auth`.
 *
 * All copies of the kit in the process share the symbol: ESM and CommonJS are two. Other code of the process
 * could forge an entry, as it could replace the middleware. A request cannot.
 */
const VERIFIED: unique symbol = Symbol.for('express-cognito-kit auth');

interface VerifiedRequest {
  [VERIFIED]?: Auth | undefined;
  auth?: Auth | undefined;
}

export function rememberAuth(auth: Auth, req: IncomingMessage & VerifiedRequest): void {
  req[VERIFIED] = auth;
  req.auth = auth;
}

/** Removes the result of an earlier middleware. */
export function forgetAuth(req: IncomingMessage & VerifiedRequest): void {
  if (req[VERIFIED] !== undefined) req[VERIFIED] = undefined;
  if (req.auth !== undefined) req.auth = undefined;
}

/**
 * Returns the verified authentication of a request.
 *
 * @throws Error if `requireAuth` has not accepted a token of this request, whatever `req.auth` holds
 * @example
 * app.get('/reports', requireAuth(), (req, res) => res.json({ owner: getAuth(req).sub }));
 */
export function getAuth(req: IncomingMessage): Auth {
  const auth = findAuth(req);
  if (auth !== undefined) return auth;
  throw new Error(
    'express-cognito-kit: getAuth was called for a request without a verified token. Put requireAuth() before the handler; where it is optional, call findAuth, which may return undefined.',
  );
}

/**
 * Returns the verified authentication of a request, or undefined without a token: for routes with an optional
 * token.
 *
 * @example
 * app.get('/', requireAuth({ optional: true }), (req, res) => res.json({ user: findAuth(req)?.sub }));
 */
export function findAuth(req: IncomingMessage): Auth | undefined {
  return (req as VerifiedRequest)[VERIFIED];
}
