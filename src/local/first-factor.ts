import { type Course, nextStep, type SignInStep } from './challenges.ts';
import { namedDevice } from './devices.ts';
import { CognitoError, notAuthorized, userDisabled, wrongPassword } from './errors.ts';
import { findUser } from './find-user.ts';
import { checkLockOut, countWrongPassword, forgetWrongPasswords } from './limits.ts';
import type { User } from './user.ts';
import type { AppClient } from './user-pool.ts';

/** Who begins to sign in; undefined if nobody has the name and the client conceals that. */
export function findSigningIn(client: AppClient, username: string): User | undefined {
  const user = findUser(client, username, 'User does not exist.');
  if (user) checkSigningIn(user);
  return user;
}

/** An unconfirmed or disabled user is told so whatever the password: that is how the service does it. */
export function checkSigningIn(user: User): void {
  if (!user.enabled) throw userDisabled();
  if (user.status === 'UNCONFIRMED') {
    throw new CognitoError('UserNotConfirmedException', 'User is not confirmed.');
  }
  if (user.status === 'RESET_REQUIRED') {
    throw new CognitoError('PasswordResetRequiredException', 'Password reset required for the user');
  }
}

/** A password, or the proof of one, and what else came in the call. */
interface PasswordAttempt extends Omit<Course, 'device'> {
  readonly isRight: () => boolean;
  readonly given: Readonly<Record<string, string>>;
}

/**
 * What follows on a password. A locked user is not even asked whether it is right. A refusal is thrown at once and
 * not by the promise, so that the session of a challenge can be used again.
 */
export function afterPassword(
  client: AppClient,
  user: User,
  { isRight, given, ...course }: PasswordAttempt,
): Promise<SignInStep> {
  const { pool } = client;
  checkLockOut(pool, user);
  if (!isRight()) {
    countWrongPassword(pool, user);
    throw wrongPassword();
  }
  forgetWrongPasswords(user);
  if (user.temporaryPasswordExpiresAt !== undefined && pool.now() >= user.temporaryPasswordExpiresAt) {
    throw notAuthorized('Temporary password has expired and must be reset by an administrator.');
  }
  return nextStep(client, user, [], { ...course, device: namedDevice(client, user, given) });
}
