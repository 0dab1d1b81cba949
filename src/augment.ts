import type { Auth } from './tokens/auth.ts';

/**
 * Types `req.auth` in every handler of a program that imports `express-cognito-kit/augment`. It is not done
 * by default because other packages declare `req.auth` too. `getAuth(req)` is typed without it.
 */
declare global {
  namespace Express {
    interface Request {
      /** Who makes the request. Set by `requireAuth`; `undefined` before it and for optional anonymous requests. */
      auth?: Auth | undefined;
    }
  }
}
