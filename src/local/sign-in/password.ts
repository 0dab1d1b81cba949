import { CognitoError, notAuthorized, userDisabled, wrongPassword } from '../model/errors.ts';
import { checkLockOut, countWrongPassword, forgetWrongPasswords } from '../model/limits.ts';
import type { AppClient } from '../model/pool.ts';
import type { SignInContext, SignInStep } from '../model/sign-in-state.ts';
import type { User } from '../model/user.ts';
import { namedDevice } from '../users/devices.ts';
import { findUser } from '../users/find-user.ts';
import { passwordMatches } from '../users/password-hash.ts';
import { nextStep } from './challenges.ts';
import { askBeforeSignIn } from './sign-in-triggers.ts';

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

/** Looks a user up and checks the password, with the triggers around it. */
export async function proveWithPassword(
  client: AppClient,
  attempt: {
    readonly username: string;
    readonly password: string;
    readonly given: PasswordAttempt['given'];
    readonly clientMetadata?: SignInContext['clientMetadata'];
    readonly hosted?: SignInContext['hosted'];
  },
): Promise<SignInStep> {
  const { username, password, given, clientMetadata, hosted } = attempt;
  const user = findSigningIn(client, username);
  await askBeforeSignIn(client, { username, user, clientMetadata });
  if (!user) throw wrongPassword();
  return afterPassword(client, user, {
    isRight: () => passwordMatches(password, user.password),
    given,
    hosted,
  });
}

/** At the pool's own pages: whoever has just made the account there has proven to know its password. */
export async function finishKnown(client: AppClient, user: User): Promise<SignInStep> {
  checkSigningIn(user);
  await askBeforeSignIn(client, { username: user.username, user, clientMetadata: undefined });
  return nextStep(client, user, [], { hosted: true });
}

/** A password, or the proof of one, and what else came in the call. */
interface PasswordAttempt extends Omit<SignInContext, 'device'> {
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
  { isRight, given, ...context }: PasswordAttempt,
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
  return nextStep(client, user, [], { ...context, device: namedDevice(client, user, given) });
}
