import Joi from 'joi';
import { checkOptionNames, isObject, quote } from '../shared/option-errors.ts';
import { SECRET_PATTERN } from './client-secret.ts';
import { ENDPOINT_NAMES, RATE_LIMIT_CLASSES } from './endpoint-names.ts';
import { MANAGED_LOGIN_HINTS, MANAGED_LOGIN_SCHEMAS } from './managed-login.ts';

/** The authentication flows of `POST /sign-in`. The app client must allow the flow. */
export const AUTH_FLOW_NAMES = [
  'USER_PASSWORD_AUTH',
  'USER_SRP_AUTH',
  'USER_AUTH',
  'CUSTOM_AUTH',
  'ADMIN_USER_PASSWORD_AUTH',
] as const;
/** An authentication flow of Cognito for `POST /sign-in`. */
export type AuthFlow = (typeof AUTH_FLOW_NAMES)[number];

/** Longest delay of Node's timers, in milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const url = Joi.string().uri({ scheme: ['https', 'http'] });
const rateLimit = Joi.object({
  limit: Joi.number().integer().min(1).required(),
  windowMs: Joi.number().integer().min(1000).max(MAX_TIMER_MS).required(),
});
const rateLimitTable = Joi.object(Object.fromEntries(RATE_LIMIT_CLASSES.map((name) => [name, rateLimit])));
const route = Joi.string()
  .pattern(/^(\/(:[A-Za-z]+|[\w.-]+))+$/)
  .allow(false);
const hookTable = Joi.object(Object.fromEntries(ENDPOINT_NAMES.map((name) => [name, Joi.function()])));
/** Checks methods, because `instanceof` fails when another copy of the package is installed. */
const withMethods = (...names: string[]): Joi.ObjectSchema =>
  Joi.object(Object.fromEntries(names.map((name) => [name, Joi.function().required()]))).unknown();
const signInName = Joi.valid('email', 'phoneNumber', 'username');

const configSchema = Joi.object({
  userPoolId: Joi.string(),
  clientId: Joi.string().pattern(/^[\w+]{1,128}$/),
  clientSecret: Joi.alternatives(Joi.string().pattern(SECRET_PATTERN), Joi.function()),
  endpoint: url,
  issuer: Joi.alternatives(url, Joi.array().items(url).min(1)),
  jwksUri: url,
  jwks: Joi.object({ keys: Joi.array().items(Joi.object().unknown()).required() }).unknown(),
  signInWith: Joi.alternatives(signInName, Joi.array().items(signInName).min(1).unique()),
  authFlow: Joi.valid(...AUTH_FLOW_NAMES),
  passwordless: Joi.boolean(),
  autoSignIn: Joi.boolean(),
  concealUserExistence: Joi.boolean(),
  sendIpAddress: Joi.boolean(),
  allowedClientMetadata: Joi.array()
    .items(Joi.string().pattern(/^[A-Za-z][\w.-]{0,63}$/))
    .max(50)
    .unique(),
  passwordPolicy: Joi.object({
    minimumLength: Joi.number().integer().min(6).max(99),
    requireLowercase: Joi.boolean(),
    requireUppercase: Joi.boolean(),
    requireNumbers: Joi.boolean(),
    requireSymbols: Joi.boolean(),
  }),
  writableAttributes: Joi.array().items(
    Joi.string()
      .max(32)
      .pattern(/^(custom:)?[\w.-]+$/)
      .insensitive()
      .invalid('email_verified', 'phone_number_verified', 'sub'),
  ),
  totpIssuer: Joi.string()
    .max(64)
    .pattern(/^[^:\p{C}]+$/u),
  // The parse functions check these, because requireAuth uses them without loading joi.
  revocation: Joi.any(),
  refresh: Joi.any(),
  autoRefresh: Joi.boolean(),
  introspect: Joi.any(),
  transport: Joi.any(),
  cookies: Joi.any(),
  trustedOrigins: Joi.any(),
  sensitiveMaxAge: Joi.number().integer().min(0).allow(false),
  routes: Joi.object(Object.fromEntries(ENDPOINT_NAMES.map((name) => [name, route]))),
  rateLimits: Joi.object({
    address: rateLimitTable,
    account: rateLimitTable,
    challengeAttempts: Joi.number().integer().min(1).max(100),
    store: Joi.function(),
    secret: Joi.string().min(16),
    onUnavailable: Joi.valid('allow', 'deny'),
  }).allow(false),
  timeouts: Joi.object({
    connect: Joi.number().integer().min(1).max(MAX_TIMER_MS),
    call: Joi.number().integer().min(1).max(MAX_TIMER_MS),
  }),
  ...MANAGED_LOGIN_SCHEMAS,
  hooks: Joi.object({ before: hookTable, after: hookTable }),
  onEvent: Joi.function(),
  onError: Joi.function(),
  logger: withMethods('child', 'info', 'warn', 'error').allow(false),
  cognitoClient: withMethods('send'),
});

export const OPTION_NAMES: readonly string[] = Object.keys(configSchema.describe().keys as object);

const LIMIT_HINT =
  'write { limit, windowMs } for each of signIn, code, write and read: whole numbers, and a window of 1000 or more';

/** How to fix an option, by its path. */
const HINTS: Readonly<Record<string, string>> = {
  clientId: 'write the "Client ID" of the app client as the AWS console shows it',
  clientSecret:
    'write the "Client secret" of the app client as the AWS console shows it, a function that returns it, such as secretsManagerSecret(arn), or leave it out',
  endpoint: 'write an absolute URL, such as "http://127.0.0.1:9229", or leave it out to use AWS',
  issuer: 'write an absolute URL, as in the tokens\' "iss" claim, or leave it out',
  jwksUri: 'write an absolute URL, or leave it out',
  jwks: 'write a JSON Web Key Set, { keys: [...] }, or leave it out',
  signInWith: "write 'email', 'phoneNumber', 'username' or a list of them",
  authFlow: `write ${AUTH_FLOW_NAMES.map((name) => `'${name}'`).join(' or ')}`,
  writableAttributes:
    'write a list of attribute names such as "name" or "custom:plan"; clients cannot write email_verified, phone_number_verified or sub',
  totpIssuer: 'write the name of your service, without a colon, 64 characters at most',
  sensitiveMaxAge: 'write a whole number of seconds, or false to disable',
  routes: 'write paths such as { signUp: "/register" }, or false to switch an endpoint off',
  rateLimits:
    'write { address, account, challengeAttempts, store, secret, onUnavailable }, or false to disable',
  'rateLimits.address': LIMIT_HINT,
  'rateLimits.account': LIMIT_HINT,
  'rateLimits.challengeAttempts': 'write a whole number from 1 to 100',
  'rateLimits.store': 'write a function ({ prefix, windowMs }) that returns a store of express-rate-limit',
  'rateLimits.secret': 'write a random string of 16 characters or more',
  'rateLimits.onUnavailable': "write 'allow' or 'deny'",
  ...MANAGED_LOGIN_HINTS,
  timeouts: 'write { connect, call }, whole numbers of milliseconds',
  hooks: 'write { before: { signUp: fn }, after: { signUp: fn } } with the names of endpoints',
  logger: 'write a pino logger, or false to disable logging',
  cognitoClient: 'write a CognitoIdentityProviderClient of @aws-sdk/client-cognito-identity-provider',
  onEvent: 'write a function',
  onError: 'write a function (problem, req, res, next)',
  passwordless: 'write true or false',
  autoSignIn: 'write true or false',
  autoRefresh: 'write true or false',
  concealUserExistence: 'write true or false',
  sendIpAddress: 'write true or false',
  allowedClientMetadata:
    'write a list of keys such as "campaign": letters, digits, "_", ".", "-", 64 at most',
  passwordPolicy:
    'write { minimumLength, requireLowercase, requireUppercase, requireNumbers, requireSymbols } with the values of the user pool; the length is 6 to 99',
};

/** Returns the first invalid option with its fix, or `undefined` if all are valid. */
export function configFault(config: object): string | undefined {
  const [fault] = configSchema.validate(config, { convert: false }).error?.details ?? [];
  return fault && describeFault(fault, config);
}

function describeFault({ path, type }: Joi.ValidationErrorItem, config: object): string {
  const parent = path.slice(0, -1);
  if (type === 'object.unknown') {
    const { keys = {} } = configSchema.extract(parent.map(String)).describe() as { keys?: object };
    checkOptionNames(parent.join('.'), valueAt(config, parent), Object.keys(keys));
  }
  const hint = path.map((_, index) => HINTS[path.slice(0, path.length - index).join('.')]).find(Boolean);
  return `${path.join('.')} is ${show(valueAt(config, path), path)}; ${hint ?? 'see the documentation of the options'}`;
}

/** Quotes a value unless it is, or may contain, a secret. */
function show(value: unknown, path: readonly (string | number)[]): string {
  if (/secret/i.test(path.join('.'))) return 'not in the expected form';
  if (Array.isArray(value) && value.some((item) => typeof item === 'object')) return 'a list of objects';
  return isObject(value) && Object.keys(value).length > 0 ? 'an invalid object' : quote(value);
}

function valueAt(config: object, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], config);
}
