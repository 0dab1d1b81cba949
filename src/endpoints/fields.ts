import type Joi from 'joi';
import type { SignInName } from '../config/options.ts';
import type { Settings } from '../config/settings.ts';
import type { HandlerContext } from './endpoint.ts';
import { joi } from './joi.ts';
import { isOnlySignInName, keepsSignInName } from './sign-in-attributes.ts';
import { codeOf, nameOf, phoneNumberOf } from './typed-text.ts';

/** Cognito's limit, independent of the password policy. */
const MAX_PASSWORD = 256;
/** Cognito's limit for the value of an attribute. */
const MAX_ATTRIBUTE = 2048;

/** Refuses NUL and malformed Unicode, which users cannot type. */
const text = (): Joi.StringSchema =>
  joi
    .string()
    .custom((value: string, helpers) =>
      value.includes('\0') || !value.isWellFormed() ? helpers.error('string.characters') : value,
    );

/** Sets the pattern for the OpenAPI document, if joi's own is not portable between regular expression engines. */
export function documentedAs(pattern: string): { jsonSchema: object } {
  return { jsonSchema: { pattern } };
}

const anyText = (): Joi.StringSchema => text().meta(documentedAs('^[^\\x00]*$'));

export const VISIBLE_ASCII: RegExp = /^[\x21-\x7e]+$/;

/**
 * Portable approximation of letters, marks, symbols, numbers and punctuation, without `\p{}`: excludes Latin-1 spaces
 * and controls.
 */
export const NAME_CHARACTER = '[^\\x00-\\x20\\x7f-\\xa0]';

/** A name as users type and paste it. */
const typedName = (): Joi.StringSchema => anyText().trim().normalize('NFC').custom(nameOf);

export const email = (): Joi.StringSchema =>
  typedName().max(128).email({ tlds: false, minDomainSegments: 1 }).description('An e-mail address.');

/** Cognito requires E.164. Users type and paste other forms. */
const phoneNumber = (): Joi.StringSchema =>
  text()
    .trim()
    .custom((value: string, helpers) => {
      const phone = phoneNumberOf(value);
      return 'problem' in phone ? helpers.error(phone.problem) : phone.number;
    })
    .meta(documentedAs('^\\+[1-9][0-9]{4,14}$'))
    .description('A phone number in E.164 form, such as +14155550123.');

/** Cognito's `Username`: 1 to 128 letters, marks, symbols, numbers and punctuation. */
const asUsername = (schema: Joi.StringSchema): Joi.StringSchema =>
  schema
    .max(128)
    .pattern(/^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u)
    .meta(documentedAs(`^${NAME_CHARACTER}+$`))
    .description('A user name: letters, marks, symbols, numbers and punctuation, without spaces.');

/** A user name that Cognito has returned. */
export const exactUsername = (): Joi.StringSchema => asUsername(text());

/** A typed user name, which is trimmed and normalized. */
export const username = (): Joi.StringSchema => asUsername(typedName());

/** Passed to Cognito unchanged, neither trimmed nor normalized. */
export const password = (): Joi.StringSchema => anyText().max(MAX_PASSWORD).description('A password.');

const LOWERCASE = { pattern: /[a-z]/, words: 'a lower-case letter' };
const UPPERCASE = { pattern: /[A-Z]/, words: 'an upper-case letter' };
const NUMBER = { pattern: /[0-9]/, words: 'a number' };
/**
 * Cognito's special characters. A space counts inside the password, but not at its ends.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
 */
const SYMBOL = { pattern: /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+-]|[^\s] +[^\s]/, words: 'a symbol' };

/** A new password, checked against the option `passwordPolicy`. */
export function newPassword({ passwordPolicy: policy }: Settings): Joi.StringSchema {
  const required = [
    ...(policy.requireLowercase ? [LOWERCASE] : []),
    ...(policy.requireUppercase ? [UPPERCASE] : []),
    ...(policy.requireNumbers ? [NUMBER] : []),
    ...(policy.requireSymbols ? [SYMBOL] : []),
  ];
  return password()
    .min(policy.minimumLength ?? 1)
    .meta({
      jsonSchema:
        required.length > 0 ? { allOf: required.map(({ pattern }) => ({ pattern: pattern.source })) } : {},
    })
    .custom((value: string, helpers) => {
      const missing = required.filter(({ pattern }) => !pattern.test(value)).map(({ words }) => words);
      return missing.length === 0 ? value : helpers.error('password.policy', { missing: missing.join(', ') });
    });
}

/** Codes are shown in groups, and pasted with the punctuation around them. */
const typedCode = (): Joi.StringSchema => text().trim().custom(codeOf);

export const confirmationCode = (): Joi.StringSchema =>
  typedCode()
    .max(64)
    .pattern(VISIBLE_ASCII)
    .description('The code from the message or the authenticator app.');

/** A text whose meaning only the app knows. */
export const extraText = (maxLength: number): Joi.StringSchema => anyText().max(maxLength);

/** The answer to a custom challenge. Its form depends on the user pool's triggers. */
export const customAnswer = (): Joi.StringSchema =>
  anyText().max(2048).description("The user's answer, in the form that the triggers expect.");

/** The code of an authenticator app. */
export const authenticatorCode = (): Joi.StringSchema =>
  typedCode()
    .pattern(/^[0-9]{6}$/)
    .description('The six digits from the authenticator app.');

/** A name for display only. */
export const displayName = (): Joi.StringSchema =>
  text().trim().max(128).meta(documentedAs('^[^\\x00]*[^\\x00\\s][^\\x00]*$'));

export const session = (): Joi.StringSchema =>
  text()
    .max(4096)
    .pattern(/^[A-Za-z0-9_+/=.-]{20,}$/)
    .description('The `session` of the challenge.');

export const sessionId = (): Joi.StringSchema =>
  joi
    .string()
    .pattern(/^[a-z0-9]{28}$/)
    .description('The `id` of the session.');

export const pageToken = (): Joi.StringSchema =>
  text().max(4096).pattern(VISIBLE_ASCII).description('The `nextToken` of the previous page.');

/** Bytes in the JSON of WebAuthn. */
export const base64url = (maxLength: number): Joi.StringSchema =>
  joi
    .string()
    .max(maxLength)
    .pattern(/^[A-Za-z0-9_-]+$/);

/** A WebAuthn credential ID has 16 to 1023 bytes, at most 1364 characters. */
export const credentialId = (): Joi.StringSchema =>
  base64url(1364).min(16).description('The `id` of the passkey.');

export const refreshToken = (): Joi.StringSchema =>
  text()
    .max(8192)
    .pattern(/^[A-Za-z0-9_=.-]+$/)
    .description('The refresh token of the sign-in.');

/** Levels of 1 to 64 characters, separated by spaces, as in the `acr_values` of `WWW-Authenticate`. */
const ACR_VALUES = /^[\x21\x23-\x5b\x5d-\x7e]{1,64}( [\x21\x23-\x5b\x5d-\x7e]{1,64}){0,9}$/;

export const acrValues = (): Joi.StringSchema =>
  joi
    .string()
    .max(650)
    .pattern(ACR_VALUES)
    .description('The accepted levels, separated by spaces: the `acr_values` of the refusal.');

/** Returns the members for bodies. They are optional or absent if cookies hold them. */
export function unlessInCookies(
  { transport }: Settings,
  members: Readonly<Record<string, Joi.Schema>>,
): Joi.PartialSchemaMap {
  if (transport === 'bearer') return members;
  if (transport === 'cookie') return {};
  const optional = Object.entries(members).map(([name, schema]) => [name, schema.optional()]);
  return Object.fromEntries(optional) as Joi.PartialSchemaMap;
}

/** Returns the member for the transport, if the client has a choice. */
export function transportMember({ transport }: Settings): Joi.PartialSchemaMap {
  if (transport !== 'both') return {};
  return {
    transport: joi
      .valid('bearer', 'cookie')
      .description(
        'The transport of the tokens: `bearer` for the response body, `cookie` for cookies. Default: `bearer`.',
      ),
  };
}

/** Returns the member for the lifetime of the session's cookies. */
export function rememberMeMember(
  { transport, cookies }: Settings,
  schema: Joi.Schema = joi.boolean().strict(),
): Joi.PartialSchemaMap {
  if (transport === 'bearer') return {};
  const rememberMe = schema.description(
    `Whether the session outlives the browser. Only with tokens in cookies, \`transport: 'cookie'\` or \`'both'\`. Default: \`${cookies.rememberMe}\`.`,
  );
  return { rememberMe };
}

/** Returns the member `clientMetadata`, if the options allow any of its keys. */
export function clientMetadataMember({ allowedClientMetadata: keys }: Settings): Joi.PartialSchemaMap {
  if (keys.length === 0) return {};
  const clientMetadata = joi.object(Object.fromEntries(keys.map((key) => [key, anyText().max(2048)])));
  return { clientMetadata: clientMetadata.description("Metadata for the user pool's Lambda triggers.") };
}

/** Returns the optional members of every public operation. */
export function clientMembers(settings: Settings): Joi.PartialSchemaMap {
  return {
    encodedData: text()
      .max(8192)
      .pattern(VISIBLE_ASCII)
      .description("The device data of AWS's browser script, for threat protection."),
    ...clientMetadataMember(settings),
  };
}

const IDENTIFIERS: Readonly<Record<SignInName, () => Joi.StringSchema>> = { email, phoneNumber, username };

/** Returns the schema of a body about one account, with its identifier. */
export function accountBody(settings: Settings, members: Joi.PartialSchemaMap): Joi.ObjectSchema {
  const names = settings.signInWith;
  const [only] = names;
  if (names.length === 1 && only !== undefined) {
    return joi.object({ [only]: IDENTIFIERS[only]().required(), ...members, ...clientMembers(settings) });
  }
  const identifiers = Object.fromEntries(names.map((name) => [name, IDENTIFIERS[name]()]));
  return joi.object({ ...identifiers, ...members, ...clientMembers(settings) }).xor(...names);
}

/** Returns the schema of a new account's body. Contact details other than the sign-in name become attributes. */
export function newAccountBody(settings: Settings, members: Joi.PartialSchemaMap): Joi.ObjectSchema {
  const names = settings.signInWith;
  const [only] = names;
  const contacts = {
    email: email(),
    phoneNumber: phoneNumber(),
    ...(names.includes('username') && { username: username() }),
  };
  const schema = joi.object({ ...contacts, ...members, ...clientMembers(settings) });
  return names.length === 1 && only !== undefined
    ? schema.fork(only, (member) => member.required())
    : schema.or(...names);
}

/** Returns a schema for one of the words. Without words, no value is valid. */
export function oneOf(words: readonly string[]): Joi.StringSchema {
  return words.length > 0 ? joi.string().valid(...words) : joi.string().pattern(/^\b$/);
}

/** Returns the schema for the attributes of a new account. */
export function attributes(settings: Settings): Joi.ObjectSchema {
  return writableAttributes(settings, { blank: 'refused' });
}

/** Attributes that are also names to sign in with. Both places must accept and change a value in the same way. */
const NAMES: Readonly<Record<string, () => Joi.StringSchema>> = {
  email: () => email().max(MAX_ATTRIBUTE),
  phone_number: phoneNumber,
  preferred_username: () => typedName().max(MAX_ATTRIBUTE),
};

/** Returns the schema for writable attributes, by name. */
export function writableAttributes(
  settings: Settings,
  { blank }: { blank: 'refused' | 'deletes' },
): Joi.ObjectSchema {
  const schemaOf = (name: string): Joi.StringSchema => {
    const value = NAMES[name]?.() ?? anyText().max(MAX_ATTRIBUTE);
    if (blank === 'refused') return value;
    return isOnlySignInName(name, settings)
      ? keepsSignInName(value, (given) => given === '')
      : value.allow('');
  };
  return joi
    .object(Object.fromEntries(settings.writableAttributes.map((name) => [name, schemaOf(name)])))
    .description('User attributes by name.');
}

/** The identifying members of a validated body. */
export interface Identified {
  readonly email?: string;
  readonly phoneNumber?: string;
  readonly username?: string;
}

/** Returns the `Username` for Cognito, the first of the identifiers that users sign in with. */
export function usernameOf(body: Identified, settings: Settings): string {
  for (const name of settings.signInWith) {
    const value = body[name];
    if (value !== undefined) return value;
  }
  throw new TypeError('The body was not validated: it has no identifier.');
}

/** Returns the members that the input of every public operation on one account has. */
export function accountInput(
  { settings, clientMetadata }: Pick<HandlerContext, 'settings' | 'clientMetadata'>,
  username: string,
): {
  ClientId: string;
  Username: string;
  ClientMetadata: Record<string, string> | undefined;
} {
  return {
    ClientId: settings.clientId,
    Username: username,
    ClientMetadata: clientMetadata,
  };
}

/**
 * Returns all identifiers for the rate limit. Otherwise a client could send many messages to one phone number with
 * different e-mail addresses.
 */
export function accountsOf({ email, phoneNumber, username }: Identified): readonly string[] {
  return [email, phoneNumber, username].filter((name) => name !== undefined);
}

/** Returns attributes in Cognito's form. */
export function attributeList(values: Readonly<Record<string, string>>): { Name: string; Value: string }[] {
  return Object.entries(values).map(([Name, Value]) => ({ Name, Value }));
}
