import {
  CognitoError,
  notAuthorized,
  userDisabled,
  userNotConfirmed,
  wrongPassword,
} from '../model/errors.ts';
import { checkLockOut, countWrongPassword, forgetWrongPasswords } from '../model/lockout.ts';
import type { AppClient } from '../model/pool.ts';
import type { SignInContext, SignInStep } from '../model/sign-in-state.ts';
import type { User } from '../model/user.ts';
import { namedDevice } from '../users/devices.ts';
import { concealsUsers, findBySignInName } from '../users/find-user.ts';
import { passwordMatches } from '../users/password-hash.ts';
import { nextStep } from './challenges.ts';
import { migrateUnknown } from './migrate-user.ts';
import { askBeforeSignIn } from './sign-in-triggers.ts';

/** Finds the user of a sign-in; undefined for an unknown name, if the client prevents account enumeration. */
export function findSigningIn(client: AppClient, username: string): User | undefined {
  const user = findBySignInName(client, username);
  if (user) checkSigningIn(user);
  return user;
}

/**
 * Finds the user of a sign-in with a password. An imported user has none yet. AWS conceals that like an unknown name, if the
 * client prevents account enumeration, and asks for a new password at managed login.
 */
export function findForPassword(
  client: AppClient,
  username: string,
  { hosted }: Pick<SignInContext, 'hosted'> = {},
): User | undefined {
  const conceals = concealsUsers(client) && !hosted;
  const user = findBySignInName(client, username);
  return conceals && user?.enabled && isImported(user) ? undefined : findSigningIn(client, username);
}

/** Returns whether the user is imported and has set no password so far. */
export function isImported({ status, password }: User): boolean {
  return status === 'RESET_REQUIRED' && password === undefined;
}

/** Refuses an unconfirmed or disabled user before the password check, as Cognito does. */
export function checkSigningIn(user: User): void {
  if (!user.enabled) throw userDisabled();
  if (user.status === 'UNCONFIRMED') throw userNotConfirmed();
  if (user.status === 'RESET_REQUIRED') {
    throw new CognitoError('PasswordResetRequiredException', 'Password reset required for the user');
  }
}

/** Finds or migrates a user, runs preAuthentication and checks the password. */
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
  await migrateUnknown(client, 'UserMigration_Authentication', { username, password, clientMetadata });
  const user = findForPassword(client, username, { hosted });
  await askBeforeSignIn(client, { username, user, clientMetadata });
  if (!user) throw wrongPassword();
  return afterPassword(client, user, {
    isRight: () => passwordMatches(password, user.password),
    given,
    hosted,
  });
}

/** Signs in at managed login after a sign-up there, which has proven the password. */
export async function finishKnown(client: AppClient, user: User): Promise<SignInStep> {
  checkSigningIn(user);
  await askBeforeSignIn(client, { username: user.username, user, clientMetadata: undefined });
  return nextStep(client, user, [], { hosted: true });
}

/** A password or its proof, with the rest of the request. */
interface PasswordAttempt extends Omit<SignInContext, 'device'> {
  readonly isRight: () => boolean;
  readonly given: Readonly<Record<string, string>>;
}

/**
 * Continues after a password. A locked user is refused before the password check. Refusals are thrown synchronously,
 * because a rejected promise would spend the session of a challenge.
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
