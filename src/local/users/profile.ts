import { type CodeDeliveryDetails, sendCode } from '../messages/codes.ts';
import {
  type AttributeInput,
  checkedAttributes,
  checkFlags,
  type SchemaWording,
  UPDATE_WORDING,
  violation,
} from '../model/attributes.ts';
import type { UserPool } from '../model/pool.ts';
import { definitionOf } from '../model/schema.ts';
import type { AddressAttribute } from '../model/settings.ts';
import type { User } from '../model/user.ts';
import { forgetSignIns } from '../tokens/tokens.ts';
import { enabledMfa } from './mfa.ts';

/** The MFA members of GetUser. */
interface MfaOutput {
  readonly MFAOptions?: object[];
  readonly UserMFASettingList?: string[];
  readonly PreferredMfaSetting?: string;
}

/** Returns the MFA members of an answer; absent, not empty, without MFA. SMS enabled by SetUserSettings has its own member. */
export function mfaOut(user: User): MfaOutput {
  const { preferred, smsAsOption = false } = user.mfa;
  const listed = enabledMfa(user).filter((method) => !(smsAsOption && method === 'SMS_MFA'));
  return {
    ...(smsAsOption && { MFAOptions: [{ DeliveryMedium: 'SMS', AttributeName: 'phone_number' }] }),
    ...(listed.length > 0 && { UserMFASettingList: listed }),
    ...(listed.length > 0 && preferred && { PreferredMfaSetting: preferred }),
  };
}

/**
 * Changes attributes; an empty value deletes one. A new address is unverified, and receives a code if the pool
 * auto-verifies it. If the pool requires verification before the update, the old address stays until then.
 */
export function updateAttributes(
  pool: UserPool,
  user: User,
  attributes: readonly AttributeInput[],
): CodeDeliveryDetails[] {
  for (const { Name } of attributes) {
    // Even without a value so far: an immutable attribute gets its value when the account is created, or never.
    if (Name === 'sub' || definitionOf(pool.settings, Name)?.Mutable !== false) continue;
    throw violation(UPDATE_WORDING, { [Name]: 'Attribute cannot be updated.' });
  }
  return writeAttributes(pool, user, attributes, UPDATE_WORDING);
}

/** Changes attributes like `updateAttributes`, immutable ones too. */
export function writeAttributes(
  pool: UserPool,
  user: User,
  attributes: readonly AttributeInput[],
  wording: SchemaWording,
): CodeDeliveryDetails[] {
  const { AutoVerifiedAttributes = [], UserAttributeUpdateSettings } = pool.settings;
  const verifiedFirst = UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? [];
  const given = checkedAttributes(pool, attributes, wording);
  checkFlags(given, (name) => Boolean(given[name] ?? user.attributes.get(name)));
  const changes: Record<string, string | undefined> = {};
  const toVerify: { name: AddressAttribute; to: string }[] = [];
  for (const [name, value] of Object.entries(given)) {
    if (value === '' && definitionOf(pool.settings, name)?.Required) {
      throw violation(wording, { [name]: 'The attribute is required' });
    }
    changes[name] = value === '' ? undefined : value;
    if (!isAddress(name) || value === user.attributes.get(name)) continue;
    // A code for the previous address must not restore it.
    user.codes.delete(`verify_${name}`);
    if (value === '') changes[`${name}_verified`] = undefined;
    else if (given[`${name}_verified`] === undefined) {
      if (AutoVerifiedAttributes.includes(name)) toVerify.push({ name, to: value });
      if (verifiedFirst.includes(name)) delete changes[name];
      else changes[`${name}_verified`] = 'false';
    }
  }
  pool.users.setAttributes(user, changes);
  user.modifiedAt = pool.now();
  return toVerify.map(({ name, to }) => sendCode(pool, user, `verify_${name}`, name, to));
}

export function deleteUser(pool: UserPool, user: User): void {
  pool.users.remove(user);
  forgetSignIns(pool, user);
  for (const [key, session] of pool.sessions) if (session.user === user) pool.sessions.delete(key);
}

function isAddress(name: string): name is AddressAttribute {
  return name === 'email' || name === 'phone_number';
}
