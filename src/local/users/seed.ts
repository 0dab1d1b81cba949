import { NEW_PROFILE_WORDING } from '../model/attributes.ts';
import { CognitoError } from '../model/errors.ts';
import { addGroup } from '../model/groups.ts';
import type { UserPool } from '../model/pool.ts';
import type { MfaMethod, User, UserStatus } from '../model/user.ts';
import { setUpMfa } from './mfa.ts';
import { addUser, attributesOfNewUser, newNames, refuseTakenNames } from './new-user.ts';
import { checkPassword, setPassword, setTemporaryPassword } from './password-policy.ts';

/** A user to create without sign-up. */
export interface NewUser {
  /** The sign-in name: an e-mail address, phone number or username, depending on the pool. */
  readonly username: string;
  /** Must meet the password policy. Default: none; the user cannot sign in with a password. */
  readonly password?: string;
  /** More attributes. Addresses are verified unless `email_verified` or `phone_number_verified` is `"false"`. Default: none. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Names of the user's groups, created if missing. Default: none. */
  readonly groups?: readonly string[];
  /** User status. With `FORCE_CHANGE_PASSWORD` the password is temporary. Default: `CONFIRMED`. */
  readonly status?: Exclude<UserStatus, 'EXTERNAL_PROVIDER'>;
  /** Base32 secret of a verified authenticator app; enables TOTP for the user. Default: none. */
  readonly totpSecret?: string;
  /** Enabled second factors. If there are several, `totpSecret` included, none is preferred. Default: none. */
  readonly mfa?: readonly Exclude<MfaMethod, 'SOFTWARE_TOKEN_MFA'>[];
  /** The claim `sub` of the user's tokens, in the form of a UUID. Default: a generated one. */
  readonly sub?: string;
  /** `false` disables the user, who then cannot sign in. Default: true. */
  readonly enabled?: boolean;
}

export function seedUser(pool: UserPool, given: NewUser): User {
  const { username, password, status = 'CONFIRMED' } = given;
  if (password !== undefined) checkPassword(pool, password);
  const verified = status === 'UNCONFIRMED' ? 'false' : 'true';
  const attributes = Object.entries(given.attributes ?? {}).map(([Name, Value]) => ({ Name, Value }));
  const values = attributesOfNewUser(pool, username, attributes, NEW_PROFILE_WORDING);
  for (const address of ['email', 'phone_number']) {
    const name = `${address}_verified`;
    if (values[address]) values[name] ??= verified;
  }
  refuseTakenNames(pool, username, values, 'User account already exists');
  if (given.sub !== undefined && pool.users.find(given.sub))
    throw new CognitoError('UsernameExistsException', `Another user has the sub ${given.sub}`);
  const user = addUser(pool, newNames(pool, username, given.sub), status, values);
  user.enabled = given.enabled ?? true;
  if (password !== undefined && status === 'FORCE_CHANGE_PASSWORD')
    setTemporaryPassword(pool, user, password, user.createdAt);
  else if (password !== undefined) setPassword(pool, user, password, user.createdAt);
  for (const name of given.groups ?? []) {
    if (!pool.groups.has(name)) addGroup(pool, name);
    user.groups.add(name);
  }
  setUpMfa(user, given.mfa ?? [], given.totpSecret);
  return user;
}
