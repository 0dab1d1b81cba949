import type { Auth } from './tokens/auth.ts';

/**
 * Declares the type of `req.auth` in every program that imports `express-cognito-kit/augment`. The import is optional,
 * because other packages declare `req.auth` too. `getAuth(req)` is typed without it.
 */
declare global {
  namespace Express {
    interface Request {
      /** The verified token's user. `requireAuth` sets it. `undefined` without a token at an optional route. */
      auth?: Auth | undefined;
    }
  }
}
