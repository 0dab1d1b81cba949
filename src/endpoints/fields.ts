import Joi from 'joi';
import type { SignInName } from '../config/config.ts';
import type { Settings } from '../config/settings.ts';
import type { HandlerContext } from './endpoint.ts';

/** How long a password may be: Cognito's own bound, whatever the pool's policy. */
const MAX_PASSWORD = 256;

/** Text that is not well-formed Unicode, or that has a NUL in it, is not what anybody typed. */
const text = (): Joi.StringSchema =>
  Joi.string().custom((value: string, helpers) =>
    value.includes('\0') || !value.isWellFormed() ? helpers.error('string.characters') : value,
  );

/** The pattern for the OpenAPI document, where joi has none that every regular expression engine reads alike. */
export function documentedAs(pattern: string): { jsonSchema: object } {
  return { jsonSchema: { pattern } };
}

/** Text of any form. */
const anyText = (): Joi.StringSchema => text().meta(documentedAs('^[^\\x00]*$'));

/** Neither spaces nor control characters. */
export const VISIBLE_ASCII: RegExp = /^[\x21-\x7e]+$/;

/** No control character and no space of Latin-1. What else is no letter, mark, symbol, number or punctuation, `\p{}` alone can say. */
export const NAME_CHARACTER = '[^\\x00-\\x20\\x7f-\\xa0]';

export const email = (): Joi.StringSchema =>
  anyText()
    .trim()
    .normalize('NFC')
    .max(128)
    .email({ tlds: false, minDomainSegments: 1 })
    .description('An e-mail address.');

/** People write phone numbers with spaces, dots and brackets; Cognito wants E.164. */
const phoneNumber = (): Joi.StringSchema =>
  text()
    .replace(/[\s().-]/g, '')
    .pattern(/^\+[1-9][0-9]{4,14}$/)
    .description('A phone number in E.164 form, such as +14155550123.');

/** `Username` as Cognito has it: 1 to 128 letters, marks, symbols, numbers and punctuation. */
export const exactUsername = (): Joi.StringSchema =>
  text()
    .max(128)
    .pattern(/^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u)
    .meta(documentedAs(`^${NAME_CHARACTER}+$`))
    .description('A user name: letters, marks, symbols, numbers and punctuation, without spaces.');

/** A user name as somebody typed it. */
export const username = (): Joi.StringSchema => exactUsername().trim().normalize('NFC');

/** Passed to Cognito unchanged: neither trimmed nor normalised. */
export const password = (): Joi.StringSchema => anyText().max(MAX_PASSWORD).description('A password.');

const LOWERCASE = { pattern: /[a-z]/, words: 'a lower-case letter' };
const UPPERCASE = { pattern: /[A-Z]/, words: 'an upper-case letter' };
const NUMBER = { pattern: /[0-9]/, words: 'a number' };
/**
 * Cognito's symbols; a space is one inside the password, and not at its ends.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
 */
const SYMBOL = { pattern: /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+-]|[^\s] +[^\s]/, words: 'a symbol' };

/** A password that is about to be set. */
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

export const confirmationCode = (): Joi.StringSchema =>
  text()
    .trim()
    .max(64)
    .pattern(VISIBLE_ASCII)
    .description('The code from the message or the authenticator app.');

/** The answer to a challenge that the pool's own triggers pose; what it is made of, they know. */
export const customAnswer = (): Joi.StringSchema =>
  anyText().max(2048).description("What the user's answer is, as the triggers want it.");

/** The code of an authenticator app. People write it in two groups. */
export const authenticatorCode = (): Joi.StringSchema =>
  text()
    .replace(/\s/g, '')
    .pattern(/^[0-9]{6}$/)
    .description('The six digits that the authenticator app shows.');

/** A name that is only ever shown. */
export const displayName = (): Joi.StringSchema =>
  text().trim().max(128).meta(documentedAs('^[^\\x00]*[^\\x00\\s][^\\x00]*$'));

export const session = (): Joi.StringSchema =>
  text()
    .max(4096)
    .pattern(/^[A-Za-z0-9_+/=.-]{20,}$/)
    .description('The `session` of the challenge.');

/** 28 lower-case letters and digits. */
export const sessionId = (): Joi.StringSchema =>
  Joi.string()
    .pattern(/^[a-z0-9]{28}$/)
    .description('The `id` of the session.');

export const pageToken = (): Joi.StringSchema =>
  text().max(4096).pattern(VISIBLE_ASCII).description('The `nextToken` of the page before.');

/** Bytes as WebAuthn writes them in JSON. */
export const base64url = (longest: number): Joi.StringSchema =>
  Joi.string()
    .max(longest)
    .pattern(/^[A-Za-z0-9_-]+$/);

/** A credential id of WebAuthn has 16 to 1023 bytes, which are up to 1364 characters. */
export const credentialId = (): Joi.StringSchema =>
  base64url(1364).min(16).description('The `id` of the passkey.');

export const refreshToken = (): Joi.StringSchema =>
  text()
    .max(8192)
    .pattern(/^[A-Za-z0-9_=.-]+$/)
    .description('The refresh token of the sign-in.');

/** The `acr_values` of a `WWW-Authenticate`: levels of 1 to 64 characters, separated by spaces. */
const ACR_VALUES = /^[\x21\x23-\x5b\x5d-\x7e]{1,64}( [\x21\x23-\x5b\x5d-\x7e]{1,64}){0,9}$/;

export const acrValues = (): Joi.StringSchema =>
  Joi.string()
    .max(650)
    .pattern(ACR_VALUES)
    .description('The levels that will do, separated by spaces: the `acr_values` of the refusal.');

/** Members that the client sends unless they are in cookies. */
export function unlessInCookies(
  { transport }: Settings,
  members: Readonly<Record<string, Joi.Schema>>,
): Joi.PartialSchemaMap {
  if (transport === 'bearer') return members;
  if (transport === 'cookie') return {};
  const optional = Object.entries(members).map(([name, schema]) => [name, schema.optional()]);
  return Object.fromEntries(optional) as Joi.PartialSchemaMap;
}

/** The member that says where the client wants its tokens, where it has the choice. */
export function transportMember({ transport }: Settings): Joi.PartialSchemaMap {
  if (transport !== 'both') return {};
  return {
    transport: Joi.valid('bearer', 'cookie').description(
      'Where the tokens are to go: into the answer, or into cookies. Default: `bearer`.',
    ),
  };
}

/** The member that lets a client tell Lambda triggers something; there is none unless the config names its keys. */
export function clientMetadataMember({ allowedClientMetadata: keys }: Settings): Joi.PartialSchemaMap {
  if (keys.length === 0) return {};
  const clientMetadata = Joi.object(Object.fromEntries(keys.map((key) => [key, anyText().max(2048)])));
  return { clientMetadata: clientMetadata.description("For the user pool's Lambda triggers.") };
}

/** What the client of a public operation may say about itself. */
export function clientMembers(settings: Settings): Joi.PartialSchemaMap {
  return {
    encodedData: text()
      .max(8192)
      .pattern(VISIBLE_ASCII)
      .description("The device data of AWS's browser script, for the user pool's threat protection."),
    ...clientMetadataMember(settings),
  };
}

const IDENTIFIERS: Readonly<Record<SignInName, () => Joi.StringSchema>> = { email, phoneNumber, username };

/** A body about one account: its identifier and the members given. */
export function accountBody(settings: Settings, members: Joi.PartialSchemaMap): Joi.ObjectSchema {
  const names = settings.signInWith;
  const [only] = names;
  if (names.length === 1 && only !== undefined) {
    return Joi.object({ [only]: IDENTIFIERS[only]().required(), ...members, ...clientMembers(settings) });
  }
  const identifiers = Object.fromEntries(names.map((name) => [name, IDENTIFIERS[name]()]));
  return Joi.object({ ...identifiers, ...members, ...clientMembers(settings) }).xor(...names);
}

/** A new account's body: contact details that are not the name are welcome too, as attributes. */
export function newAccountBody(settings: Settings, members: Joi.PartialSchemaMap): Joi.ObjectSchema {
  const names = settings.signInWith;
  const [only] = names;
  const contacts = {
    email: email(),
    phoneNumber: phoneNumber(),
    ...(names.includes('username') && { username: username() }),
  };
  const schema = Joi.object({ ...contacts, ...members, ...clientMembers(settings) });
  return names.length === 1 && only !== undefined
    ? schema.fork(only, (member) => member.required())
    : schema.or(...names);
}

/** One of these words; with none to choose from, nothing. */
export function oneOf(words: readonly string[]): Joi.StringSchema {
  return words.length > 0 ? Joi.string().valid(...words) : Joi.string().pattern(/^\b$/);
}

/** The attributes of a new account. */
export function attributes(settings: Settings): Joi.ObjectSchema {
  return writableAttributes(settings, { blank: 'refused' });
}

/** The attributes that may be written, each by its name. */
export function writableAttributes(
  settings: Settings,
  { blank }: { blank: 'refused' | 'deletes' },
): Joi.ObjectSchema {
  const value = blank === 'deletes' ? anyText().max(2048).allow('') : anyText().max(2048);
  return Joi.object(Object.fromEntries(settings.writableAttributes.map((name) => [name, value]))).description(
    'User attributes by name.',
  );
}

/** The identifying members of a validated body. */
export interface Identified {
  readonly email?: string;
  readonly phoneNumber?: string;
  readonly username?: string;
}

/** What Cognito gets as `Username`: the first of the names that users sign in with. */
export function usernameOf(body: Identified, settings: Settings): string {
  for (const name of settings.signInWith) {
    const value = body[name];
    if (value !== undefined) return value;
  }
  throw new TypeError('The body was not validated: it has no identifier.');
}

/** The members of Cognito's input that every public operation on one account has. */
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
 * For the rate limit: every identifier that is there. A sign-up may have several, and a new one beside the same
 * phone number must not be a new allowance of messages to it.
 */
export function accountsOf({ email, phoneNumber, username }: Identified): readonly string[] {
  return [email, phoneNumber, username].filter((name) => name !== undefined);
}

/** Attributes as Cognito takes them. */
export function attributeList(values: Readonly<Record<string, string>>): { Name: string; Value: string }[] {
  return Object.entries(values).map(([Name, Value]) => ({ Name, Value }));
}
