import { isObject } from '../shared/option-errors.ts';
import type { Seal } from '../shared/sealed.ts';
import type { TokenPayload } from '../tokens/claims.ts';
import type { Profile } from '../tokens/profile.ts';
import type { CookieJar } from './cookie-jar.ts';

const COOKIE = 'profile';
/** Of the sealed value, which every request carries. */
const MAX_CHARACTERS = 2000;

/** Keeps the profile of a session in a sealed cookie, for as long as its access token. */
export interface ProfileCookie {
  /** Returns nothing if there is no cookie, or one of another session. */
  read(jar: CookieJar, session: TokenPayload): Profile | undefined;
  /** Returns the length of the cookie's value if it is too long. The cookie is cleared then. */
  write(jar: CookieJar, profile: Profile, session: TokenPayload): number | undefined;
  clear(jar: CookieJar): void;
}

export function createProfileCookie(seal: Seal): ProfileCookie {
  return {
    read(jar, session) {
      const value = jar.read(COOKIE);
      const content = typeof value === 'string' ? seal.open(value, purposeOf(session)) : undefined;
      const profile: unknown = content === undefined ? undefined : JSON.parse(content);
      return isObject(profile) ? Object.freeze(profile) : undefined;
    },
    write(jar, profile, session) {
      const expiresAt = session.exp * 1000;
      const sealed = seal.seal(JSON.stringify(profile), purposeOf(session), expiresAt);
      if (sealed.length > MAX_CHARACTERS) {
        clear(jar);
        return sealed.length;
      }
      jar.set(COOKIE, sealed, (expiresAt - Date.now()) / 1000);
      return;
    },
    clear,
  };
}

function clear(jar: CookieJar): void {
  if (jar.read(COOKIE) !== undefined || jar.changes(COOKIE)) jar.clear(COOKIE);
}

/** A browser could keep the cookie of a session that another user has replaced. */
function purposeOf({ sub, origin_jti: session = '' }: TokenPayload): string {
  return `profile ${String(sub)} ${String(session)}`;
}
