import {
  type AttributeInput,
  checkedAttributes,
  checkFlagsOfNewUser,
  isEmail,
  isPhoneNumber,
  type SchemaWording,
  SIGN_UP_WORDING,
  violation,
} from '../model/attributes.ts';
import { aliasExists, CognitoError, invalidParameter } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import { requiredAttributes } from '../model/schema.ts';
import type { AddressAttribute, PoolSettings } from '../model/settings.ts';
import { newSub, newUser, type User, type UserStatus } from '../model/user.ts';

const ADDRESSES: readonly AddressAttribute[] = ['phone_number', 'email'];

/** Names of a user who does not exist yet. */
interface NewNames {
  readonly sub: string;
  /** Generated if users sign in with an address: the `sub`. */
  readonly username: string;
}

export function newNames({ settings }: UserPool, signInName: string, sub: string = newSub()): NewNames {
  return { sub, username: settings.UsernameAttributes?.length ? sub : signInName };
}

/**
 * Returns the checked attributes of a new user. If users sign in with an address, the given
 * username is one of them.
 */
export function attributesOfNewUser(
  pool: UserPool,
  username: string,
  given: readonly AttributeInput[],
  wording: SchemaWording,
): Record<string, string> {
  const checked = Object.entries(checkedAttributes(pool, given, wording));
  const filled = Object.fromEntries(checked.filter(([, value]) => value !== ''));
  const fromUsername = attributeOfUsername(pool.settings, username);
  for (const [name, value] of Object.entries(fromUsername)) {
    const other = filled[name];
    if (other === undefined || pool.users.nameKey(other) === pool.users.nameKey(value)) continue;
    throw invalidParameter(
      `User ${name} should be empty or same as username, since username attribute is ${name}.`,
    );
  }
  const values: Record<string, string> = { ...filled, ...fromUsername };
  checkFlagsOfNewUser(values);
  return values;
}

/** Returns the attributes with a verification flag for each address, unverified unless given. */
export function withVerificationFlags(values: Readonly<Record<string, string>>): Record<string, string> {
  const flagged = { ...values };
  for (const name of ADDRESSES) if (values[name]) flagged[`${name}_verified`] ??= 'false';
  return flagged;
}

/** Throws for missing required attributes at sign-up. Invited users give theirs at the first sign-in. */
export function checkRequiredAttributes(pool: UserPool, values: Readonly<Record<string, string>>): void {
  const missing = requiredAttributes(pool.settings).filter((name) => !values[name]);
  if (missing.length === 0) return;
  throw violation(
    SIGN_UP_WORDING,
    Object.fromEntries(missing.map((name) => [name, 'The attribute is required'])),
  );
}

export function addUser(
  pool: UserPool,
  { sub, username }: NewNames,
  status: UserStatus,
  values: Readonly<Record<string, string>>,
  options: { takeAliases?: boolean } = {},
): User {
  const user = newUser(username, sub, status, pool.now());
  pool.users.setAttributes(user, values, options);
  pool.users.add(user);
  return user;
}

export function verifyAddress(
  pool: UserPool,
  user: User,
  address: AddressAttribute,
  options: { takeAliases?: boolean } = {},
): void {
  pool.users.setAttributes(user, { [`${address}_verified`]: 'true' }, options);
  user.modifiedAt = pool.now();
}

/** Returns the address that a new user must verify; the phone number if there are both. */
export function addressToVerify(
  pool: UserPool,
  attributes: ReadonlyMap<string, string>,
): AddressAttribute | undefined {
  return ADDRESSES.find(
    (name) => pool.settings.AutoVerifiedAttributes?.includes(name) && attributes.get(name),
  );
}

/** Throws if another user has the username or signs in with one of the addresses. */
export function refuseTakenNames(
  pool: UserPool,
  username: string,
  values: Readonly<Record<string, string>>,
  taken: string,
): void {
  if (pool.users.find(username)) throw new CognitoError('UsernameExistsException', taken);
  for (const name of pool.settings.UsernameAttributes ?? []) {
    const value = values[name];
    if (value && pool.users.ownerOf(name, value)) throw aliasExists(name);
  }
}

function attributeOfUsername(settings: PoolSettings, username: string): Record<string, string> {
  const { UsernameAttributes = [], AliasAttributes = [] } = settings;
  if (UsernameAttributes.length === 0) {
    if (AliasAttributes.includes('email') && isEmail(username)) {
      throw invalidParameter(
        'Username cannot be of email format, since user pool is configured for email alias.',
      );
    }
    if (AliasAttributes.includes('phone_number') && isPhoneNumber(username)) {
      throw invalidParameter(
        'Username cannot be of phone number format, since user pool is configured for phone number alias.',
      );
    }
    return {};
  }
  const withEmail = UsernameAttributes.includes('email');
  const withPhone = UsernameAttributes.includes('phone_number');
  if (withEmail && isEmail(username)) return { email: username };
  if (withPhone && isPhoneNumber(username)) return { phone_number: username };
  if (withEmail && withPhone) {
    throw invalidParameter('Username should be either an email or a phone number.');
  }
  throw invalidParameter(withEmail ? 'Username should be an email.' : 'Username should be a phone number.');
}
