import {
  type Check,
  callback,
  check,
  checkMembers,
  either,
  flag,
  instance,
  listOf,
  mapOf,
  object,
  oneOf,
  oneOrMore,
  text,
  whole,
} from '../shared/checks.ts';
import {
  allowOrDeny,
  bareName,
  isMissingValue,
  isObject,
  wholeOption,
  wrongOption,
} from '../shared/option-errors.ts';
import { BODY_CHECKS } from './body-options.ts';
import { SECRET_PATTERN } from './client-secret.ts';
import { QUOTAS_CHECK } from './cognito-quotas.ts';
import { ENDPOINT_NAMES, RATE_LIMIT_CLASSES } from './endpoint-names.ts';
import { OUTCOME_HOOK_NAMES } from './hooks.ts';
import { MANAGED_LOGIN_CHECKS } from './managed-login.ts';
import { AUTH_FLOW_NAMES, type Config } from './options.ts';
import { STANDARD_ATTRIBUTES } from './standard-attributes.ts';

/** Longest delay of Node's timers, in milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const MAX_INTEGER = Number.MAX_SAFE_INTEGER;
/** Cognito also has this time, which apps seldom set. */
const WRITABLE_STANDARD = [...STANDARD_ATTRIBUTES, 'updated_at'];
const READ_ONLY_ATTRIBUTES = ['email_verified', 'phone_number_verified', 'sub'];

const SIGN_IN_FIX = "write 'email', 'phoneNumber', 'username' or a list of them";
const ISSUER_FIX = 'write an absolute URL, as in the tokens\' "iss" claim, or leave it out';
const JWKS_FIX = 'write a JSON Web Key Set, { keys: [...] }, or leave it out';
const METADATA_FIX = 'write a list of keys such as "campaign": letters, digits, "_", ".", "-", 64 at most';
const ATTRIBUTES_FIX =
  'write a list of attribute names such as "name" or "custom:plan"; clients cannot write email_verified, phone_number_verified or sub';
const POLICY_FIX =
  'write { minimumLength, requireLowercase, requireUppercase, requireNumbers, requireSymbols } with the values of the user pool; the length is 6 to 99';
const ROUTES_FIX =
  'write an object: { signUp: "/register" } changes a path, { signUp: false } switches an endpoint off';
const LIMIT_FIX =
  'write { limit, windowMs } for each of signIn, code, write and read: whole numbers, and a window of 1000 or more';
const TIMEOUTS_FIX = 'write { connect, call, hook }, whole numbers of milliseconds';
const HOOKS_FIX =
  'write { before: { signUp: fn }, response: { signUp: fn }, onSignedIn: fn } with the names of endpoints';

const url = (fix: string): Check =>
  text((value) => /^https?:\/\/\S+$/i.test(value) && URL.canParse(value), fix);
const limitTable = mapOf(
  RATE_LIMIT_CLASSES,
  object(
    {
      limit: { required: whole([1, MAX_INTEGER], LIMIT_FIX) },
      windowMs: { required: whole([1000, MAX_TIMER_MS], LIMIT_FIX) },
    },
    LIMIT_FIX,
  ),
  LIMIT_FIX,
);
const hookTable = mapOf(ENDPOINT_NAMES, callback(HOOKS_FIX), HOOKS_FIX);
/** A parser checks the option: requireAuth has it too. */
const parsed: Check = () => undefined;

const OPTION_CHECKS: Readonly<Record<keyof Config, Check>> = {
  userPoolId: parsed,
  clientId: text(
    (value) => /^[\w+]{1,128}$/.test(value) && !isMissingValue(value),
    'write the "Client ID" of the app client as the AWS console shows it',
  ),
  clientSecret: check(
    (value) =>
      typeof value === 'function' ||
      (typeof value === 'string' && SECRET_PATTERN.test(value) && !isMissingValue(value)),
    'write the "Client secret" of the app client as the AWS console shows it, a function that returns it, such as secretsManagerSecret(arn), or leave it out',
  ),
  endpoint: url('write an absolute URL, such as "http://127.0.0.1:9229", or leave it out to use AWS'),
  issuer: oneOrMore(url(ISSUER_FIX), ISSUER_FIX),
  jwksUri: url('write an absolute URL, or leave it out'),
  jwks: keySet,
  signInWith: oneOrMore(oneOf(['email', 'phoneNumber', 'username'], SIGN_IN_FIX), SIGN_IN_FIX),
  authFlow: oneOf(AUTH_FLOW_NAMES, `write ${AUTH_FLOW_NAMES.map((name) => `'${name}'`).join(' or ')}`),
  passwordless: flag,
  autoSignIn: flag,
  autoConfirmUser: flag,
  passwordChangeEndsSessions: flag,
  adminSignOut: flag,
  concealUserExistence: flag,
  sendIpAddress: flag,
  allowedClientMetadata: listOf(
    text((value) => /^[A-Za-z][\w.-]{0,63}$/.test(value), METADATA_FIX),
    [0, 50],
    METADATA_FIX,
  ),
  passwordPolicy: object(
    {
      minimumLength: whole([6, 99], POLICY_FIX),
      requireLowercase: flag,
      requireUppercase: flag,
      requireNumbers: flag,
      requireSymbols: flag,
    },
    POLICY_FIX,
  ),
  writableAttributes: listOf(writableAttribute, [0, MAX_INTEGER], ATTRIBUTES_FIX),
  passwordBlocklist: parsed,
  totpIssuer: text(
    (value) => /^[^:\p{C}]{1,64}$/u.test(value),
    'write the name of your service, without a colon, 64 characters at most',
  ),
  revocation: parsed,
  refresh: parsed,
  autoRefresh: flag,
  importSessions: parsed,
  introspect: parsed,
  clockToleranceSeconds: parsed,
  transport: parsed,
  cookies: parsed,
  trustedOrigins: parsed,
  sensitiveMaxAge: either(
    false,
    whole([0, MAX_INTEGER], 'write a whole number of seconds, or false to disable'),
  ),
  rememberDevices: parsed,
  routes: mapOf(
    ENDPOINT_NAMES,
    either(
      false,
      text((value) => /^(\/(:[A-Za-z]+|[\w.-]+))+$/.test(value), ROUTES_FIX),
    ),
    ROUTES_FIX,
  ),
  deepHealth: flag,
  docs: parsed,
  rateLimits: either(
    false,
    object(
      {
        address: limitTable,
        account: limitTable,
        challengeAttempts: (name, value) => wholeOption(name, value, [1, 100]),
        store: callback('write a function ({ prefix, windowMs }) that returns a store of express-rate-limit'),
        secret: text((value) => value.length >= 16, 'write a random string of 16 characters or more'),
        onUnavailable: allowOrDeny,
      },
      'write { address, account, challengeAttempts, store, secret, onUnavailable }, or false to disable; leave it out for the defaults',
    ),
  ),
  cognitoRequestsPerSecond: QUOTAS_CHECK,
  timeouts: object(
    Object.fromEntries(
      ['connect', 'call', 'hook'].map((name) => [name, whole([1, MAX_TIMER_MS], TIMEOUTS_FIX)]),
    ),
    TIMEOUTS_FIX,
  ),
  ...MANAGED_LOGIN_CHECKS,
  profileClaims: parsed,
  ...BODY_CHECKS,
  hooks: object(
    {
      before: hookTable,
      response: hookTable,
      ...Object.fromEntries(OUTCOME_HOOK_NAMES.map((name) => [name, callback(HOOKS_FIX)])),
    },
    HOOKS_FIX,
  ),
  onEvent: callback('write a function'),
  onError: callback('write a function (problem, req, res, next)'),
  logger: either(
    false,
    instance(
      ['child', 'info', 'warn', 'error'],
      'write a pino logger, or false to disable logging; leave it out for lines of level info on the standard output',
    ),
  ),
  cognitoClient: instance(
    ['send'],
    'write a CognitoIdentityProviderClient of @aws-sdk/client-cognito-identity-provider',
  ),
  sdkMiddleware: flag,
};

export const OPTION_NAMES: readonly string[] = Object.keys(OPTION_CHECKS);

/** Throws a `TypeError` for the first invalid option. */
export function checkOptions(config: Config): void {
  checkMembers(OPTION_CHECKS, config as Record<string, unknown>);
}

function keySet(name: string, value: unknown): void {
  check(isObject, JWKS_FIX)(name, value);
  const { keys } = value as { keys?: unknown };
  check(Array.isArray, JWKS_FIX)(`${name}.keys`, keys);
  for (const [index, key] of (keys as unknown[]).entries()) {
    check(isObject, JWKS_FIX)(`${name}.keys.${index}`, key);
  }
}

/** Cognito would refuse every request with an attribute that it does not have. */
function writableAttribute(name: string, value: unknown): void {
  text(isWritable, ATTRIBUTES_FIX)(name, value);
  const attribute = String(value);
  if (attribute.startsWith('custom:') || WRITABLE_STANDARD.includes(attribute)) return;
  const standard = WRITABLE_STANDARD.find((each) => bareName(each) === bareName(attribute));
  throw wrongOption(
    name,
    value,
    standard === undefined
      ? `write "custom:${attribute}" for an attribute of your own, or the name of a standard attribute`
      : `did you mean "${standard}"`,
  );
}

function isWritable(name: string): boolean {
  return (
    /^(custom:)?[\w.-]+$/.test(name) &&
    name.length <= 32 &&
    !READ_ONLY_ATTRIBUTES.includes(name.toLowerCase())
  );
}
