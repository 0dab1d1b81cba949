import { addGroup } from '../model/groups.ts';
import type { UserPool } from '../model/pool.ts';
import type { MfaMethod, User, UserStatus } from '../model/user.ts';
import { setUpMfa } from './mfa.ts';
import { addUser, attributesOfNewUser, refuseTakenNames } from './new-user.ts';
import { checkPassword, setPassword, setTemporaryPassword } from './password-policy.ts';

/** A user to put into the pool without going through sign-up. */
export interface NewUser {
  /** The name to sign in with: the e-mail address, phone number or username, as the pool has it. */
  readonly username: string;
  /** Has to meet the password policy. Default: none, so that nobody can sign in with it. */
  readonly password?: string;
  /** Further attributes. Addresses count as verified unless `email_verified` or `phone_number_verified` is `"false"`. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Groups to be in; those that do not exist are created. */
  readonly groups?: readonly string[];
  /** Default `CONFIRMED`. With `FORCE_CHANGE_PASSWORD` the password is a temporary one. */
  readonly status?: Exclude<UserStatus, 'EXTERNAL_PROVIDER'>;
  /** The base32 secret of an authenticator app, for a user whose sign-in asks for TOTP. */
  readonly totpSecret?: string;
  /** Second factors that are switched on. With several, `totpSecret` included, none of them is the preferred one. */
  readonly mfa?: readonly Exclude<MfaMethod, 'SOFTWARE_TOKEN_MFA'>[];
}

export function seedUser(pool: UserPool, given: NewUser): User {
  const { username, password, status = 'CONFIRMED' } = given;
  if (password !== undefined) checkPassword(pool, password);
  const verified = status === 'UNCONFIRMED' ? 'false' : 'true';
  const attributes = Object.entries(given.attributes ?? {}).map(([Name, Value]) => ({ Name, Value }));
  const values = attributesOfNewUser(pool, username, attributes);
  for (const address of ['email', 'phone_number']) {
    const name = `${address}_verified`;
    if (values[address]) values[name] = given.attributes?.[name] ?? verified;
  }
  refuseTakenNames(pool, username, values, 'User account already exists');
  const user = addUser(pool, username, status, values);
  if (password !== undefined && status === 'FORCE_CHANGE_PASSWORD')
    setTemporaryPassword(pool, user, password);
  else if (password !== undefined) setPassword(pool, user, password);
  for (const name of given.groups ?? []) {
    if (!pool.groups.has(name)) addGroup(pool, name);
    user.groups.add(name);
  }
  setUpMfa(user, given.mfa ?? [], given.totpSecret);
  return user;
}
