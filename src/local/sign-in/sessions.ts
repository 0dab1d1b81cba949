import { randomBytes } from 'node:crypto';
import { missingParameter, notAuthorized } from '../model/errors.ts';
import type { AppClient, UserPool } from '../model/pool.ts';
import type { MfaMethod, User } from '../model/user.ts';
import type { CustomFlow, PosedCustomChallenge } from './custom-auth.ts';

/** A challenge that comes after the first factor. */
export type ChallengeName =
  | 'NEW_PASSWORD_REQUIRED'
  | 'SELECT_MFA_TYPE'
  | 'MFA_SETUP'
  | DeviceStep
  | MfaMethod;

/** The two steps in which a remembered device proves its secret. */
export type DeviceStep = 'DEVICE_SRP_AUTH' | 'DEVICE_PASSWORD_VERIFIER';

/** A first factor, by the name of its challenge. */
export type FirstFactorName = 'PASSWORD_SRP' | 'PASSWORD' | 'EMAIL_OTP' | 'SMS_OTP' | 'WEB_AUTHN';

/** What a session is for: a challenge, or one of the two steps from a sign-up to the first sign-in. */
export type SessionPurpose =
  | ChallengeName
  | FirstFactorName
  | 'SELECT_CHALLENGE'
  // Posed by the app's own triggers.
  | 'CUSTOM_CHALLENGE'
  | 'SIGN_UP'
  | 'CONFIRMED_SIGN_UP';

/** What a challenge has to remember of itself. */
export interface SessionState {
  /** In MFA_SETUP: the user has verified an authenticator. */
  readonly setUp?: boolean;
  /** The code that was sent. It lives as long as the session. */
  readonly code?: string;
  /** What a passkey has to sign. */
  readonly passkeyChallenge?: string;
  /** The address that it was sent to, where it is to become the user's own. */
  readonly newEmail?: string;
  /** The challenge that the app's triggers have made up. */
  readonly posed?: PosedCustomChallenge;
  /** The sign-in with challenges of the app's own that goes on afterwards. */
  readonly custom?: CustomFlow;
  /** Nothing is proven yet: the challenge is a first factor, or the choice of one. */
  readonly first?: true;
  /** The name that somebody wants to sign in with and that belongs to nobody: all that follows is simulated. */
  readonly simulated?: string;
  /** The device that the sign-in has named. */
  readonly deviceKey?: string;
  /** In DEVICE_PASSWORD_VERIFIER: what its proof is checked with. */
  readonly deviceProof?: { readonly secretBlock: string; readonly key: Buffer };
}

/** The state between the steps of a sign-in. */
export interface ChallengeSession extends SessionState {
  readonly user: User;
  readonly client: AppClient;
  readonly purpose: SessionPurpose;
  readonly expiresAt: number;
  spent: boolean;
}

const DEFAULT_MINUTES = 3;
/** How long a dead session is remembered, so that it is told apart from one that never was. */
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

/** The live session that was opened for `purpose`. Whoever uses it up sets `spent`. */
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

export function invalidSession(): Error {
  return notAuthorized('Invalid session for the user.');
}

/** The oldest come first in the map, and live about as long as the others. */
function sweep(pool: UserPool): void {
  for (const [key, session] of pool.sessions) {
    if (pool.now() - session.expiresAt <= REMEMBERED_MS) return;
    pool.sessions.delete(key);
  }
}
