import { randomBytes } from 'node:crypto';
import { missingParameter, notAuthorized } from '../model/errors.ts';
import type { AppClient, ChallengeSession, UserPool } from '../model/pool.ts';
import type { SessionPurpose, SessionState } from '../model/sign-in-state.ts';
import type { User } from '../model/user.ts';

const DEFAULT_MINUTES = 3;
/** Time that an expired session is kept, to distinguish it from an unknown one. */
const REMEMBERED_MS = 3_600_000;

export function openSession(
  client: AppClient,
  user: User,
  purpose: SessionPurpose,
  state: SessionState = {},
): string {
  const { pool } = client;
  sweep(pool);
  const session = `AYABe${randomBytes(240).toString('base64url')}`;
  const minutes = client.settings.AuthSessionValidity ?? DEFAULT_MINUTES;
  pool.sessions.set(session, {
    user,
    client,
    purpose,
    expiresAt: pool.now() + minutes * 60_000,
    ...state,
    spent: false,
  });
  return session;
}

/** Finds the valid session of this purpose. The caller that spends it sets `spent`. */
export function findSession(
  pool: UserPool,
  session: string | undefined,
  purpose: SessionPurpose,
): ChallengeSession {
  if (session === undefined) throw missingParameter('Session');
  const found = pool.sessions.get(session);
  if (found?.purpose !== purpose) throw invalidSession();
  if (found.spent) throw notAuthorized('Invalid session for the user, session can only be used once.');
  if (pool.now() >= found.expiresAt) throw notAuthorized('Invalid session for the user, session is expired.');
  return found;
}

/**
 * Finds the newest open session of a device challenge, for a client that sends none. amazon-cognito-identity-js left the
 * session out for years, and Cognito accepts that.
 */
export function openDeviceSession(
  client: AppClient,
  challenge: string,
  responses: Readonly<Record<string, string>>,
): string | undefined {
  if (!challenge.startsWith('DEVICE_')) return undefined;
  const { pool } = client;
  const user = pool.users.find(responses.USERNAME ?? '');
  const [newest] = [...pool.sessions]
    .filter(
      ([, each]) =>
        each.purpose === challenge &&
        each.client === client &&
        each.user === user &&
        each.deviceKey === responses.DEVICE_KEY &&
        !each.spent &&
        pool.now() < each.expiresAt,
    )
    .at(-1) ?? [undefined];
  return newest;
}

export function invalidSession(): Error {
  return notAuthorized('Invalid session for the user.');
}

/** Removes old sessions. A map iterates the oldest first, and lifetimes are similar. */
function sweep(pool: UserPool): void {
  for (const [key, session] of pool.sessions) {
    if (pool.now() - session.expiresAt <= REMEMBERED_MS) return;
    pool.sessions.delete(key);
  }
}
