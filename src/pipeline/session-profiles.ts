import type { Logger } from 'pino';
import { faultOf } from '../cognito/classify-error.ts';
import type { CognitoClient } from '../cognito/client.ts';
import type { TokenVerifier } from '../cognito/token-verifier.ts';
import type { Settings } from '../config/settings.ts';
import { STANDARD_ATTRIBUTES } from '../config/standard-attributes.ts';
import type { CookieJar } from '../cookies/cookie-jar.ts';
import { createProfileCookie, forgetProfile, type ProfileSession } from '../cookies/profile-cookie.ts';
import type { Tokens } from '../endpoints/sign-in-types.ts';
import type { Hint } from '../shared/hint.ts';
import { type Auth, isRefusal } from '../tokens/auth.ts';
import { issuedClaims } from '../tokens/issued-claims.ts';
import { type Profile, profileOf } from '../tokens/profile.ts';
import type { RequestContext } from './request-context.ts';

/** Keeps the profiles of sessions in cookies. */
export interface SessionProfiles {
  /** Takes the claims from the ID token of new tokens. Never rejects: without a profile, the session works all the same. */
  keep(jar: CookieJar, tokens: Tokens): Promise<void>;
  /** Takes the attributes that have changed from Cognito. Never rejects. */
  renew(context: RequestContext, auth: Auth): Promise<void>;
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

  function write(jar: CookieJar, profile: Profile, session: ProfileSession): void {
    if (cookie.write(jar, profile, session)) return;
    logger.warn({ code: 'profile_too_long', hint: TOO_LONG }, 'a session has no profile');
  }

  return {
    async keep(jar, { accessToken, idToken }) {
      const session = issuedClaims(accessToken);
      const user = await verifier.verify(idToken, 'id');
      if (session !== undefined && !isRefusal(user) && user.sub === session.sub) {
        write(jar, profileOf(user.payload, claims), session);
        return;
      }
      forgetProfile(jar);
      const reason = isRefusal(user) ? user.detail : 'The tokens belong to different users.';
      logger.warn({ code: 'profile_unverified', reason }, 'a session has no profile');
    },
    async renew({ cookies: jar, deadline }, auth) {
      try {
        const { UserAttributes = [] } = await cognito.send(
          'GetUser',
          { AccessToken: auth.token },
          { signal: deadline.signal, safeToRepeat: true },
        );
        const attributes = Object.fromEntries(UserAttributes.map(({ Name = '', Value }) => [Name, Value]));
        const others = Object.entries(cookie.read(jar, auth.payload) ?? {}).filter(
          ([claim]) => !isAttribute(claim),
        );
        write(jar, { ...Object.fromEntries(others), ...profileOf(attributes, claims) }, auth.payload);
      } catch (error) {
        forgetProfile(jar);
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

const OTHER_ATTRIBUTES: readonly string[] = ['email_verified', 'phone_number_verified', 'updated_at'];

function isAttribute(claim: string): boolean {
  return (
    STANDARD_ATTRIBUTES.includes(claim) || OTHER_ATTRIBUTES.includes(claim) || claim.startsWith('custom:')
  );
}
