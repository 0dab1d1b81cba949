import { unknownUser } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import type { TotpSecret, User } from '../model/user.ts';
import { codeAt } from './totp.ts';

/** The code that the authenticator app of a user shows now, by the pool's time. */
export interface AuthenticatorCode {
  readonly userPoolId: string;
  /** The user's name in the pool. */
  readonly username: string;
  /** The user's e-mail address, else the phone number, else `username`. */
  readonly account: string;
  /** Six digits. */
  readonly code: string;
  /** Seconds until the app shows the next code: 1 to 30. */
  readonly secondsLeft: number;
  /** Whether the pool has accepted this code. It accepts each code once. */
  readonly used: boolean;
  /** False for an app in its set-up, until VerifySoftwareToken accepts a code. */
  readonly verified: boolean;
}

/**
 * Returns the codes of all users, or of the user with a sign-in name. A user has two while a new app replaces the
 * verified one.
 */
export function authenticatorCodes(pools: readonly UserPool[], username?: string): AuthenticatorCode[] {
  const found = pools.flatMap((pool) => {
    const users = username === undefined ? pool.users.all() : [pool.users.find(username)];
    return users.flatMap((user) => (user ? [{ pool, user }] : []));
  });
  if (username !== undefined && found.length === 0) throw unknownUser(username);
  return found.flatMap(({ pool, user }) => codesOf(pool, user));
}

function codesOf(pool: UserPool, user: User): AuthenticatorCode[] {
  const codeOf = (secret: TotpSecret, verified: boolean): AuthenticatorCode => ({
    userPoolId: pool.id,
    username: user.username,
    account: user.attributes.get('email') ?? user.attributes.get('phone_number') ?? user.username,
    ...codeAt(secret, pool.now()),
    verified,
  });
  return [
    ...(user.totp ? [codeOf(user.totp, true)] : []),
    ...(user.pendingTotp ? [codeOf(user.pendingTotp, false)] : []),
  ];
}
