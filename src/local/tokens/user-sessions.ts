import type { BrowserSession, SignIn, SsoSession, UserPool } from '../model/pool.ts';
import type { User } from '../model/user.ts';
import { trackedSessionsOf } from './tokens.ts';

/** A session in ListUserSessions: a sign-in with its tokens, or the browser session of managed login. */
export type UserSession =
  | { readonly type: 'TOKEN'; readonly id: string; readonly signIn: SignIn }
  | { readonly type: 'SSO'; readonly id: string; readonly sso: SsoSession; readonly browser: BrowserSession };

/** Returns the valid sessions of the user that began while the pool tracked sessions, newest first. */
export function sessionsOf(pool: UserPool, user: User): UserSession[] {
  const tokens = trackedSessionsOf(pool, user).map(
    (signIn): UserSession => ({ type: 'TOKEN', id: signIn.sessionId, signIn }),
  );
  const browsers = [...pool.browserSessions.values()].flatMap((browser): UserSession[] => {
    const { signedIn: sso, expiresAt } = browser;
    if (sso?.user !== user || sso.ssoSessionId === undefined || pool.now() >= expiresAt) return [];
    return [{ type: 'SSO', id: sso.ssoSessionId, sso, browser }];
  });
  return [...browsers, ...tokens].toSorted((a, b) => startOf(a) - startOf(b)).toReversed();
}

/** Ends a session. `LINKED` also ends the SSO session of a token session, or the token sessions of an SSO session. */
export function endSession(
  pool: UserPool,
  user: User,
  session: UserSession,
  associated: 'NONE' | 'LINKED' = 'NONE',
): void {
  if (session.type === 'TOKEN') session.signIn.revoked = true;
  else pool.browserSessions.delete(session.browser.id);
  if (associated === 'NONE') return;
  for (const each of sessionsOf(pool, user)) {
    const linked =
      session.type === 'TOKEN' ? each.id === session.signIn.ssoSessionId : comesFrom(each, session.id);
    if (linked) endSession(pool, user, each);
  }
}

function comesFrom(session: UserSession, ssoSessionId: string): boolean {
  return session.type === 'TOKEN' && session.signIn.ssoSessionId === ssoSessionId;
}

/** Returns the time of the sign-in, in milliseconds since the epoch. */
export function startOf(session: UserSession): number {
  return session.type === 'TOKEN' ? session.signIn.startedAt : session.sso.at;
}
