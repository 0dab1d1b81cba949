import type { Logger } from 'pino';
import { faultOf } from '../cognito/classify-error.ts';
import type { CognitoClient } from '../cognito/client.ts';
import type { TokenVerifier } from '../cognito/token-verifier.ts';
import type { Settings } from '../config/settings.ts';
import type { CookieJar } from '../cookies/cookie-jar.ts';
import { createProfileCookie, forgetProfileCookie } from '../cookies/profile-cookie.ts';
import type { SessionLifetime } from '../cookies/session-lifetime.ts';
import type { HappeningDetails } from '../endpoints/endpoint.ts';
import type { Tokens } from '../endpoints/sign-in-types.ts';
import type { Hint } from '../shared/hint.ts';
import { type Auth, isRefusal } from '../tokens/auth.ts';
import { issuedClaims } from '../tokens/issued-claims.ts';
import { profileOf } from '../tokens/profile.ts';
import type { RequestContext } from './request-context.ts';

/** Keeps the profiles of sessions in cookies. */
export interface SessionProfiles {
  /** Takes the claims from the ID token of new tokens. Never rejects: without a profile, the session works all the same. */
  keep(jar: CookieJar, tokens: Tokens, lifetime: SessionLifetime): Promise<void>;
  /** Takes the attributes that have changed from Cognito, if there is a profile. Never rejects. */
  renew(context: RequestContext, auth: Auth, lifetime: SessionLifetime): Promise<void>;
}

interface SessionProfileParts {
  readonly settings: Settings;
  readonly cognito: CognitoClient;
  readonly verifier: TokenVerifier;
  readonly logger: Logger;
}

const TOO_LONG: Hint =
  'the claims of profileClaims are too long for a cookie: name fewer or shorter ones. See docs/protect-routes.md#the-user-of-a-request';

/** Undefined without `profileClaims`, or without cookies. */
export function createSessionProfiles({
  settings,
  cognito,
  verifier,
  logger,
}: SessionProfileParts): SessionProfiles | undefined {
  const { profile: options } = settings;
  if (options?.cookieSecret === undefined) return undefined;
  const { claims, cookieSecret } = options;
  const cookie = createProfileCookie(cookieSecret);

  function write(...written: Parameters<typeof cookie.write>): void {
    if (cookie.write(...written)) return;
    logger.warn({ code: 'profile_too_long', hint: TOO_LONG }, 'a session has no profile');
  }

  return {
    async keep(jar, { accessToken, idToken }, lifetime) {
      const session = issuedClaims(accessToken);
      const user = await verifier.verify(idToken, 'id');
      if (session !== undefined && !isRefusal(user) && user.sub === session.sub) {
        write(jar, profileOf(user.payload, claims), session, lifetime);
        return;
      }
      forgetProfileCookie(jar);
      const reason = isRefusal(user) ? user.detail : 'The tokens belong to different users.';
      logger.warn({ code: 'profile_unverified', reason }, 'a session has no profile');
    },
    async renew({ cookies: jar, deadline, facts }, auth, lifetime) {
      const known = cookie.read(jar, auth.payload);
      if (known === undefined) return;
      try {
        const { UserAttributes = [] } = await cognito.send(
          'GetUser',
          { AccessToken: auth.token },
          { signal: deadline.signal, safeToRepeat: true },
        );
        const attributes = Object.fromEntries(UserAttributes.map(({ Name = '', Value }) => [Name, Value]));
        const changed = changedClaims(facts.happenings);
        // The other claims may be those of a trigger, and not of the attributes.
        const kept = Object.entries(known).filter(([claim]) => !changed.includes(claim));
        const renewed = profileOf(
          attributes,
          claims.filter((claim) => changed.includes(claim)),
        );
        write(jar, { ...Object.fromEntries(kept), ...renewed }, auth.payload, lifetime);
      } catch (error) {
        forgetProfileCookie(jar);
        const {
          exception,
          message: upstreamMessage,
          hint,
        } = faultOf(error, 'GetUser', deadline, settings.cognitoHost);
        logger.warn({ code: 'profile_stale', exception, upstreamMessage, hint }, 'a session has no profile');
      }
    },
  };
}

/** Returns the claims of the attributes that the request has changed. */
function changedClaims(happenings: RequestContext['facts']['happenings'] = []): readonly string[] {
  return happenings
    .filter(({ name }) => name === 'onProfileChanged')
    .flatMap(({ details }) => {
      const { changes, verified } = details as HappeningDetails<'onProfileChanged'>;
      return [...Object.keys(changes), ...(verified === undefined ? [] : [verified])];
    })
    .flatMap((name) => [name, `${name}_verified`]);
}
