import { invalidParameter, notAuthorized } from './errors.ts';
import type { AppClient, UserPool } from './pool.ts';
import type { PoolSettings, SchemaAttribute } from './settings.ts';
import type { User } from './user.ts';

/** An entry of UserAttributes in an answer; the value is always a string. */
export interface AttributeOutput {
  readonly Name: string;
  readonly Value: string;
}

/** The writable attributes of every pool (OpenID Connect Core 1.0, section 5.1). */
export const STANDARD_ATTRIBUTES: readonly string[] = [
  'address',
  'birthdate',
  'email',
  'family_name',
  'gender',
  'given_name',
  'locale',
  'middle_name',
  'name',
  'nickname',
  'phone_number',
  'picture',
  'preferred_username',
  'profile',
  'updated_at',
  'website',
  'zoneinfo',
];

const VERIFIED_ATTRIBUTES: readonly string[] = ['email_verified', 'phone_number_verified'];
const EMAIL = /^[^\s@]+@[^\s@]+$/;
const PHONE_NUMBER = /^\+\d{1,15}$/;

export function isEmail(value: string): boolean {
  return EMAIL.test(value);
}

export function isPhoneNumber(value: string): boolean {
  return PHONE_NUMBER.test(value);
}

/** Throws InvalidParameterException for attributes outside the pool's schema, and for invalid values. */
export function checkAttributes(pool: UserPool, attributes: readonly AttributeInput[]): void {
  const known = [...STANDARD_ATTRIBUTES, ...VERIFIED_ATTRIBUTES, ...customAttributes(pool.settings)];
  for (const { Name, Value = '' } of attributes) {
    if (!known.includes(Name)) {
      throw invalidParameter(
        `Attributes did not conform to the schema: Type for attribute {${Name}} could not be determined`,
      );
    }
    if (Value === '') continue;
    if (Name === 'email' && !isEmail(Value)) throw invalidParameter('Invalid email address format.');
    if (Name === 'phone_number' && !isPhoneNumber(Value)) {
      throw invalidParameter('Invalid phone number format.');
    }
  }
}

/** Throws for attributes that only an administrator can write, or that the app client cannot write. */
export function checkWritable(client: AppClient, attributes: readonly AttributeInput[]): void {
  const { WriteAttributes } = client.settings;
  for (const { Name } of attributes) {
    const allowed = WriteAttributes ? WriteAttributes.includes(Name) : true;
    if (!allowed || VERIFIED_ATTRIBUTES.includes(Name)) {
      throw notAuthorized('A client attempted to write unauthorized attribute');
    }
  }
}

export function requiredAttributes(settings: PoolSettings): string[] {
  return (settings.Schema ?? [])
    .filter((attribute) => attribute.Required && STANDARD_ATTRIBUTES.includes(attribute.Name ?? ''))
    .map((attribute) => attribute.Name ?? '');
}

export function customAttributes(settings: PoolSettings): string[] {
  return (settings.Schema ?? [])
    .map((attribute) => attribute.Name ?? '')
    .filter((name) => name !== '' && !STANDARD_ATTRIBUTES.includes(name))
    .map((name) => (name.startsWith('custom:') ? name : `custom:${name}`));
}

export function isMutable(settings: PoolSettings, name: string): boolean {
  return definitionOf(settings, name)?.Mutable !== false;
}

export function attributeType(settings: PoolSettings, name: string): SchemaAttribute['AttributeDataType'] {
  return definitionOf(settings, name)?.AttributeDataType ?? (name === 'updated_at' ? 'Number' : 'String');
}

/** Returns the user's attributes that an app client can read, without `sub`. */
export function readableAttributes(client: AppClient, user: User): [name: string, value: string][] {
  const { ReadAttributes } = client.settings;
  return [...user.attributes].filter(([name]) => !ReadAttributes || ReadAttributes.includes(name));
}

/** Returns `sub` first, then the other attributes. */
export function attributesOut(
  user: User,
  attributes: Iterable<readonly [name: string, value: string]> = user.attributes,
): AttributeOutput[] {
  const rest = [...attributes].map(([Name, Value]) => ({ Name, Value }));
  return [{ Name: 'sub', Value: user.sub }, ...rest];
}

export function toRecord(attributes: readonly AttributeInput[] = []): Record<string, string> {
  return Object.fromEntries(attributes.map(({ Name, Value = '' }) => [Name, Value]));
}

function definitionOf(settings: PoolSettings, name: string): SchemaAttribute | undefined {
  return settings.Schema?.find(({ Name }) => Name === name || `custom:${Name}` === name);
}

/** An entry of UserAttributes in a request. */
export interface AttributeInput {
  readonly Name: string;
  readonly Value?: string;
}
