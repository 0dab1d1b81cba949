import type Joi from 'joi';
import type { Variants } from '../endpoints/endpoint.ts';
import { SIGN_IN_NAME_MESSAGE } from '../endpoints/sign-in-attributes.ts';
import { isObject } from '../shared/option-errors.ts';
import { type FieldError, type Problem, problem } from '../shared/problem.ts';

/** A valid body, or the problem with it. */
export type Validated = { readonly body: object } | { readonly problem: Problem };

/** Maximum depth of a body. */
const MAX_DEPTH = 5;
/**
 * Maximum number of members of one object: every standard attribute, and the 50 custom ones that a pool can
 * have.
 */
const MAX_MEMBERS = 100;
const MAX_ERRORS = 20;

/** No message quotes a value, because it may be a password. */
const MESSAGES: Readonly<Record<string, string>> = {
  'any.invalid': 'is not allowed',
  'any.only': 'is not an allowed value',
  'any.required': 'is required',
  'attribute.signInName': SIGN_IN_NAME_MESSAGE,
  'boolean.base': 'must be true or false',
  'number.base': 'must be a number',
  'object.and': 'must have {missing} too',
  'object.base': 'must be an object',
  'object.missing': 'one of {peers} is required',
  'object.unknown': 'is not allowed',
  'object.xor': 'only one of {peers} is allowed',
  'password.policy': 'must have {missing}',
  'phone.characters': 'must be one number: digits after the +, without letters or an extension',
  'phone.format': 'must start with + and the country code, such as +14155550123',
  'phone.long': 'must have 15 digits at most, the country code included',
  'phone.short': 'must have 5 digits at least, the country code included',
  'phone.zero': 'must not have a zero in brackets: write the number as it is dialled from abroad',
  'signOut.refreshToken': 'is required, unless "everywhere" is true',
  'string.base': 'must be a string',
  'string.characters': 'must be well-formed Unicode without NUL',
  'string.email': 'must be an e-mail address',
  'string.empty': 'must not be empty',
  'string.min': 'must be at least {limit} characters long',
  'string.max': 'must be at most {limit} characters long',
  'string.pattern.base': 'has an invalid format',
  'string.returnTo':
    'must be a path of the same origin or a URL on a trusted origin, and not one of managed login',
};

/** Validates a parsed body against the schema of its endpoint. */
export function validateBody(schema: Joi.ObjectSchema | Variants, given: unknown): Validated {
  const plain = plainBody(given);
  if ('problem' in plain) return plain;
  const { body } = plain;
  const chosen = 'schemas' in schema ? variantOf(schema, body) : schema;
  if ('problem' in chosen) return chosen;
  const { error, value } = chosen.validate(body, { abortEarly: false, errors: { render: false } });
  if (error) return refuse(error.details.slice(0, MAX_ERRORS).map(fieldError));
  return { body: value as object };
}

/** Returns the body if it is an object of moderate size and depth. */
export function plainBody(
  body: unknown,
): { readonly body: Record<string, unknown> } | { readonly problem: Problem } {
  if (!isObject(body)) return refuse([{ path: '', message: 'must be a JSON object' }]);
  if (isPlain(body, MAX_DEPTH)) return { body };
  return {
    problem: problem('invalid_request', {
      detail: 'The body is nested too deeply, has too many members or has one named __proto__.',
    }),
  };
}

/** The depth of `{ a: { b: 1 } }` is two. A `__proto__` member would become the prototype of a copy. */
function isPlain(value: unknown, depth: number): boolean {
  if (value === null || typeof value !== 'object') return true;
  if (depth === 0 || Object.hasOwn(value, '__proto__')) return false;
  const members = Object.values(value);
  return members.length <= MAX_MEMBERS && members.every((inner) => isPlain(inner, depth - 1));
}

export function variantOf(
  { discriminator, schemas }: Variants,
  body: object,
): Joi.ObjectSchema | { problem: Problem } {
  const path = `/${discriminator}`;
  if (!Object.hasOwn(body, discriminator)) return refuse([{ path, message: 'is required' }]);
  const choice: unknown = (body as Record<string, unknown>)[discriminator];
  const schema = typeof choice === 'string' && Object.hasOwn(schemas, choice) ? schemas[choice] : undefined;
  return schema ?? refuse([{ path, message: `must be one of ${Object.keys(schemas).join(', ')}` }]);
}

function refuse(errors: readonly FieldError[]): { problem: Problem } {
  return { problem: problem('validation_failed', { errors }) };
}

function fieldError({ path, type, context }: Joi.ValidationErrorItem): FieldError {
  const peers: unknown = context?.peers;
  const message = (MESSAGES[type] ?? 'is not valid')
    .replace('{peers}', Array.isArray(peers) ? peers.join(', ') : '')
    .replace('{missing}', String(context?.missing))
    .replace('{limit}', String(context?.limit));
  return { path: pointer(path, type), message };
}

/**
 * Returns a JSON Pointer (RFC 6901). An unknown member is named only if it looks like a name, and not like a
 * password, code or token.
 */
function pointer(path: readonly (string | number)[], type: string): string {
  const name = type === 'object.unknown' ? /^(custom:)?[A-Za-z_]{1,32}$/ : /^(custom:)?[\w.-]{1,64}$/;
  return path.map((step) => (name.test(String(step)) ? `/${step}` : '/?')).join('');
}
