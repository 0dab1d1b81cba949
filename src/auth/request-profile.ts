import type { IncomingMessage } from 'node:http';
import type { TokenVerifier } from '../cognito/token-verifier.ts';
import type { ProfileSettings } from '../config/profile-claims.ts';
import type { CookieSettings } from '../config/transport.ts';
import { createCookieJar } from '../cookies/cookie-jar.ts';
import { createProfileCookie } from '../cookies/profile-cookie.ts';
import { type Auth, isRefusal, type Verdict } from '../tokens/auth.ts';
import { type Profile, profileOf } from '../tokens/profile.ts';
import { WRONG_ID_TOKEN } from '../tokens/refusals.ts';
import { findAuth } from './request-auth.ts';
import { createTokenJudge, type RevocationCheck } from './resolve-auth.ts';

/** All copies of the kit in the process share the symbol. */
const PROFILE: unique symbol = Symbol.for('express-cognito-kit profile');

interface RequestWithProfile {
  [PROFILE]?: {
    /** Undefined without a token. */
    readonly sub: string | undefined;
    read(): Profile | undefined;
  };
}

/** Finds the profile of a request with a verified token. Refuses an ID token that does not belong to it. */
export type FindProfile = (auth: Auth, req: IncomingMessage) => Verdict | Promise<Verdict>;

export interface ProfileParts {
  readonly profile: ProfileSettings;
  readonly cookies: CookieSettings;
  readonly verifier: Pick<TokenVerifier, 'verify'>;
  readonly revocation: RevocationCheck;
}

export function createProfileFinder({ profile, cookies, verifier, revocation }: ProfileParts): FindProfile {
  const { claims, cookieSecret } = profile;
  // Otherwise, the ID token of an ended session would keep its claims beside a new access token.
  const judge = createTokenJudge({ verify: (token) => verifier.verify(token, 'id'), revocation });
  const cookie = cookieSecret && createProfileCookie(cookieSecret);

  return function findProfile(auth, req) {
    const idToken = req.headers['x-id-token'];
    if (auth.tokenUse === 'id') return keep(auth, req, () => profileOf(auth.payload, claims));
    if (idToken === undefined) {
      return keep(auth, req, () => cookie?.read(createCookieJar(req, cookies), auth.payload));
    }
    const verdict = judge(String(idToken));
    return verdict instanceof Promise
      ? verdict.then((user) => admit(user, auth, req))
      : admit(verdict, auth, req);
  };

  function admit(user: Verdict, auth: Auth, req: IncomingMessage): Verdict {
    // An expired token is renewed with the access token, and an outage is no fault of the client.
    if (isRefusal(user)) return user.code === 'invalid_token' ? WRONG_ID_TOKEN : user;
    if (!belongsTo(user, auth)) return WRONG_ID_TOKEN;
    return keep(auth, req, () => profileOf(user.payload, claims));
  }
}

function belongsTo({ payload: user }: Auth, { payload }: Auth): boolean {
  return user.sub === payload.sub && user.iss === payload.iss && user.aud === payload.client_id;
}

/** The claims are read once, by the first handler that asks for them. */
function keep(auth: Auth, req: IncomingMessage & RequestWithProfile, read: () => Profile | undefined): Auth {
  let found: { readonly profile: Profile | undefined } | undefined;
  req[PROFILE] = {
    sub: auth.sub,
    read() {
      found ??= { profile: read() };
      return found.profile;
    },
  };
  return auth;
}

/** Removes the result of an earlier middleware. Of a middleware with profiles, a request without a token has none. */
export function forgetProfile(req: IncomingMessage & RequestWithProfile, finder?: FindProfile): void {
  if (finder !== undefined) req[PROFILE] = { sub: undefined, read: () => undefined };
  else if (req[PROFILE] !== undefined) delete req[PROFILE];
}

/**
 * Returns claims of the user's ID token, as named in the option `profileClaims`, without a call to Cognito. Undefined if
 * the request has none: no token, no `X-ID-Token` of the client, or a session from before the option was set.
 *
 * @throws Error if no middleware with `profileClaims` has accepted the request
 * @example
 * app.get('/hello', auth.requireAuth(), (req, res) => res.send(`Hello ${getProfile(req)?.email}`));
 */
export function getProfile(req: IncomingMessage): Profile | undefined {
  const known = (req as RequestWithProfile)[PROFILE];
  // A later middleware may have accepted the token of another user.
  if (known !== undefined) return (findAuth(req)?.sub ?? known.sub) === known.sub ? known.read() : undefined;
  throw new Error(
    'express-cognito-kit: getProfile was called for a request without a verified token, or without the option profileClaims. Put requireAuth() with profileClaims before the handler. See docs/protect-routes.md#the-user-of-a-request',
  );
}
