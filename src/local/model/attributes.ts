import { type CognitoError, invalidParameter, notAuthorized } from './errors.ts';
import type { AppClient, UserPool } from './pool.ts';
import { definitionOf, storedValue, violatedRule } from './schema.ts';
import type { User } from './user.ts';

/** An entry of UserAttributes in an answer; the value is always a string. */
export interface AttributeOutput {
  readonly Name: string;
  readonly Value: string;
}

const VERIFICATION_FLAGS: readonly string[] = ['email_verified', 'phone_number_verified'];
const EMAIL = /^[^\s@]+@[^\s@]+$/;
const PHONE_NUMBER = /^\+\d{1,15}$/;

export function isEmail(value: string): boolean {
  return EMAIL.test(value);
}

export function isPhoneNumber(value: string): boolean {
  return PHONE_NUMBER.test(value);
}

/** How an operation words InvalidParameterException for attributes that do not conform to the schema. */
export interface SchemaWording {
  readonly opening: string;
  /** Prefix of the attribute's name. */
  readonly prefix: string;
}

/** SignUp. */
export const SIGN_UP_WORDING: SchemaWording = {
  opening: 'Attributes did not conform to the schema: ',
  prefix: '',
};
/** AdminCreateUser, the answer to NEW_PASSWORD_REQUIRED, and profiles of identity providers. */
export const NEW_PROFILE_WORDING: SchemaWording = { opening: 'Invalid user attributes: ', prefix: '' };
/** Operations that update attributes. */
export const UPDATE_WORDING: SchemaWording = { opening: '', prefix: 'user.' };

/** Returns the exception for violated rules, by the attribute's name. Cognito ends each of them with a line feed. */
export function violation(
  { opening, prefix }: SchemaWording,
  rules: Readonly<Record<string, string>>,
): CognitoError {
  const lines = Object.entries(rules).map(([name, rule]) => `${prefix}${name}: ${rule}\n`);
  return invalidParameter(`${opening}${lines.join('')}`);
}

/**
 * Returns the attributes in their stored form; an empty value is kept. Throws InvalidParameterException for attributes
 * outside the pool's schema, and for invalid values.
 */
export function checkedAttributes(
  { settings }: UserPool,
  attributes: readonly AttributeInput[],
  wording: SchemaWording,
): Record<string, string> {
  const stored: Record<string, string> = {};
  const rules: Record<string, string> = {};
  for (const { Name, Value = '' } of attributes) {
    const definition = definitionOf(settings, Name);
    if (Name === 'sub') throw invalidParameter('Cannot modify the non-mutable attribute sub');
    if (!definition) {
      if (wording !== UPDATE_WORDING) {
        throw invalidParameter(
          `Attributes did not conform to the schema: Type for attribute {${Name}} could not be determined`,
        );
      }
      rules[Name] = 'Attribute does not exist in the schema.';
      continue;
    }
    stored[Name] = storedValue(definition, Value);
    if (Value === '') continue;
    if (Name === 'email' && !isEmail(Value)) throw invalidParameter('Invalid email address format.');
    if (Name === 'phone_number' && !isPhoneNumber(Value)) {
      throw invalidParameter('Invalid phone number format.');
    }
    const rule = violatedRule(definition, Value);
    if (rule !== undefined) rules[Name] = rule;
  }
  if (Object.keys(rules).length > 0) throw violation(wording, rules);
  return stored;
}

/** Throws for the verification flag of an address that the profile does not have. */
export function checkFlags(
  given: Readonly<Record<string, string>>,
  hasAddress: (name: 'email' | 'phone_number') => boolean,
): void {
  if (given.email_verified && !hasAddress('email'))
    throw invalidParameter('Email is required to verify/un-verify an email');
  if (given.phone_number_verified && !hasAddress('phone_number'))
    throw invalidParameter('Phone Number is required to verify/un-verify a phone number');
}

/** The same for a new user, in Cognito's other words. An address that is missing may be unverified. */
export function checkFlagsOfNewUser(given: Readonly<Record<string, string>>): void {
  for (const name of ['email', 'phone_number']) {
    if (given[`${name}_verified`] === 'true' && given[name] === undefined)
      throw invalidParameter(`No ${name} provided but ${name}_verified was true`);
  }
}

/** Throws for attributes that only an administrator can write, or that the app client cannot write. */
export function checkWritable({ pool, settings }: AppClient, attributes: readonly AttributeInput[]): void {
  const { WriteAttributes } = settings;
  for (const { Name } of attributes) {
    const allowed = WriteAttributes ? WriteAttributes.includes(Name) : true;
    const isAdministrative =
      VERIFICATION_FLAGS.includes(Name) || definitionOf(pool.settings, Name)?.DeveloperOnlyAttribute;
    if (!allowed || isAdministrative) {
      throw notAuthorized('A client attempted to write unauthorized attribute');
    }
  }
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

/** An entry of UserAttributes in a request. */
export interface AttributeInput {
  readonly Name: string;
  readonly Value?: string;
}
