import type { CookieSecrets } from '../config/cookie-secret.ts';
import { createSeal } from '../shared/sealed.ts';
import type { Profile } from '../tokens/profile.ts';
import { type CookieJar, CookiesTooLong } from './cookie-jar.ts';
import type { SessionLifetime } from './session-lifetime.ts';

const COOKIE = 'profile';
/** Every request carries the sealed value. */
const MAX_CHARACTERS = 2000;

/** The claims of an access token that identify its session. */
export interface ProfileSession {
  readonly iss: string;
  readonly sub: string;
  readonly exp: number;
  readonly [claim: string]: unknown;
}

/** Keeps the profile of a session in a sealed cookie, for as long as its access token. */
export interface ProfileCookie {
  /** Returns nothing without a cookie of this session. */
  read(jar: CookieJar, session: ProfileSession): Profile | undefined;
  /** Returns whether a cookie can hold the profile. Otherwise there is none. */
  write(jar: CookieJar, profile: Profile, session: ProfileSession, lifetime: SessionLifetime): boolean;
}

export function createProfileCookie(secrets: CookieSecrets): ProfileCookie {
  // The purpose names the session. The clients of a session store share the profile as well.
  const seal = createSeal(secrets, '');
  return {
    read(jar, session) {
      const value = jar.read(COOKIE);
      const content = typeof value === 'string' ? seal.open(value, purposeOf(session)) : undefined;
      return content === undefined ? undefined : Object.freeze(JSON.parse(content) as Profile);
    },
    write(jar, profile, session, lifetime) {
      const expiresAt = session.exp * 1000;
      const maxAge = lifetime === 'browser' ? 'session' : (expiresAt - Date.now()) / 1000;
      const sealed = seal.seal(JSON.stringify(profile), purposeOf(session), expiresAt);
      const fits = sealed.length <= MAX_CHARACTERS && setIfRoom(jar, sealed, maxAge);
      if (!fits) forgetProfileCookie(jar);
      return fits;
    },
  };
}

/** Returns false if the tokens leave no room for the cookie. */
function setIfRoom(jar: CookieJar, sealed: string, maxAge: number | 'session'): boolean {
  try {
    jar.set(COOKIE, sealed, maxAge);
    return true;
  } catch (error) {
    if (error instanceof CookiesTooLong) return false;
    throw error;
  }
}

export function forgetProfileCookie(jar: CookieJar): void {
  if (jar.read(COOKIE) !== undefined || jar.changes(COOKIE)) jar.clear(COOKIE);
}

/** A browser could keep the cookie of a session that another one has replaced. */
function purposeOf({ iss, sub, jti = '', origin_jti: session = jti }: ProfileSession): string {
  return `profile ${iss} ${sub} ${String(session)}`;
}
