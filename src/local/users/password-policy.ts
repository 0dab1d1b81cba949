import { randomBytes } from 'node:crypto';
import { CognitoError } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import type { PasswordPolicy } from '../model/settings.ts';
import type { HashedPassword, User } from '../model/user.ts';
import { hashPassword, passwordMatches, srpVerifierOf } from './password-hash.ts';

/** The policy of a pool without settings. */
export const DEFAULT_PASSWORD_POLICY: Required<PasswordPolicy> = {
  MinimumLength: 8,
  RequireUppercase: true,
  RequireLowercase: true,
  RequireNumbers: true,
  RequireSymbols: true,
  PasswordHistorySize: 0,
  TemporaryPasswordValidityDays: 7,
};

const DAY_MS = 86_400_000;
const SYMBOL = /[$^*.[\]{}()?"!@#%&/\\,><':;|_~`=+-]|\S \S/;

/** Returns the pool's policy. A given policy has no defaults: absent members are not required. */
export function passwordPolicyOf(pool: UserPool): Required<PasswordPolicy> {
  const { Policies, AdminCreateUserConfig } = pool.settings;
  const TemporaryPasswordValidityDays =
    Policies?.PasswordPolicy?.TemporaryPasswordValidityDays ??
    AdminCreateUserConfig?.UnusedAccountValidityDays ??
    DEFAULT_PASSWORD_POLICY.TemporaryPasswordValidityDays;
  const given = Policies?.PasswordPolicy;
  if (!given) return { ...DEFAULT_PASSWORD_POLICY, TemporaryPasswordValidityDays };
  return {
    MinimumLength: given.MinimumLength ?? DEFAULT_PASSWORD_POLICY.MinimumLength,
    RequireUppercase: given.RequireUppercase ?? false,
    RequireLowercase: given.RequireLowercase ?? false,
    RequireNumbers: given.RequireNumbers ?? false,
    RequireSymbols: given.RequireSymbols ?? false,
    PasswordHistorySize: given.PasswordHistorySize ?? 0,
    TemporaryPasswordValidityDays,
  };
}

/**
 * Throws InvalidPasswordException for the first rule that the password violates. AdminCreateUser has another name for the
 * policy than the other operations.
 */
export function checkPassword(
  pool: UserPool,
  password: string,
  name: 'policy' | 'password policy' = 'policy',
): void {
  const policy = passwordPolicyOf(pool);
  const fail = (reason: string): never => {
    throw new CognitoError('InvalidPasswordException', `Password did not conform with ${name}: ${reason}`);
  };
  if (password.length < policy.MinimumLength) fail('Password not long enough');
  if (policy.RequireUppercase && !/[A-Z]/.test(password)) fail('Password must have uppercase characters');
  if (policy.RequireLowercase && !/[a-z]/.test(password)) fail('Password must have lowercase characters');
  if (policy.RequireNumbers && !/[0-9]/.test(password)) fail('Password must have numeric characters');
  if (policy.RequireSymbols && !SYMBOL.test(password)) fail('Password must have symbol characters');
}

/** Sets the user's password. Throws PasswordHistoryPolicyViolationException if it was used before. */
export function setPassword(pool: UserPool, user: User, password: string, now: number = pool.now()): void {
  const { PasswordHistorySize } = passwordPolicyOf(pool);
  const known: HashedPassword[] = user.password ? [user.password, ...user.earlierPasswords] : [];
  if (known.slice(0, PasswordHistorySize).some((earlier) => passwordMatches(password, earlier))) {
    throw new CognitoError(
      'PasswordHistoryPolicyViolationException',
      'Password has previously been used, please choose another one.',
    );
  }
  user.earlierPasswords = known.slice(0, PasswordHistorySize);
  user.password = hashPassword(password);
  user.srp = srpVerifierOf(pool, user.username, password);
  user.temporaryPasswordExpiresAt = undefined;
  user.modifiedAt = now;
}

export function setTemporaryPassword(
  pool: UserPool,
  user: User,
  password: string,
  now: number = pool.now(),
): void {
  setPassword(pool, user, password, now);
  user.status = 'FORCE_CHANGE_PASSWORD';
  user.temporaryPasswordExpiresAt = now + passwordPolicyOf(pool).TemporaryPasswordValidityDays * DAY_MS;
}

/** Generates a password that meets every policy, for a user who was created without one. */
export function randomPassword(pool: UserPool): string {
  const length = Math.max(passwordPolicyOf(pool).MinimumLength, 12);
  return `Aa1!${randomBytes(length).toString('base64url')}`.slice(0, length);
}
