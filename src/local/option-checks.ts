import { isObject, type OtherNames, quote, unknownName } from '../shared/option-errors.ts';
import type { ClientSettings, HourlyLimits, PoolSettings } from './model/settings.ts';
import type { TriggerEvents, Triggers } from './model/triggers.ts';
import { clientSettingsShape } from './operations/admin-clients.ts';
import { poolSettingsShape } from './operations/admin-pools.ts';
import { checkOption, localOptionError } from './option-values.ts';
import type { NewUser } from './users/seed.ts';
import {
  flag,
  integer,
  list,
  type Member,
  oneOf,
  required,
  type Shape,
  stringMap,
  structure,
  text,
} from './wire/input.ts';
import { groupName } from './wire/members.ts';

/** Every name of a type, which the compiler checks. */
const namesOf = <T>(names: Record<keyof Required<T>, true>): readonly string[] => Object.keys(names);

const POOL = namesOf<PoolSettings>({
  PoolName: true,
  Policies: true,
  UsernameAttributes: true,
  AliasAttributes: true,
  AutoVerifiedAttributes: true,
  UsernameConfiguration: true,
  MfaConfiguration: true,
  SoftwareTokenMfaConfiguration: true,
  SmsMfaConfiguration: true,
  EmailMfaConfiguration: true,
  DeviceConfiguration: true,
  WebAuthnConfiguration: true,
  AccountRecoverySetting: true,
  UserAttributeUpdateSettings: true,
  AdminCreateUserConfig: true,
  UserPoolAddOns: true,
  Schema: true,
  AcrConfiguration: true,
  LambdaConfig: true,
  UserPoolTags: true,
  DeletionProtection: true,
  UserSessionTracking: true,
  TokenSession: true,
  UserPoolTier: true,
  SmsConfiguration: true,
  EmailConfiguration: true,
  VerificationMessageTemplate: true,
  SmsVerificationMessage: true,
  EmailVerificationMessage: true,
  EmailVerificationSubject: true,
  SmsAuthenticationMessage: true,
  DcrConfiguration: true,
  KeyConfiguration: true,
  IssuerConfiguration: true,
});

const APP_CLIENT = namesOf<ClientSettings>({
  ClientName: true,
  GenerateSecret: true,
  PublishSecretsInAWSSecretsManager: true,
  ExplicitAuthFlows: true,
  PreventUserExistenceErrors: true,
  EnableTokenRevocation: true,
  EnablePropagateAdditionalUserContextData: true,
  AccessTokenValidity: true,
  IdTokenValidity: true,
  RefreshTokenValidity: true,
  TokenValidityUnits: true,
  AuthSessionValidity: true,
  RefreshTokenRotation: true,
  ReadAttributes: true,
  WriteAttributes: true,
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: true,
  AllowedOAuthScopes: true,
  CallbackURLs: true,
  LogoutURLs: true,
  DefaultRedirectURI: true,
  SupportedIdentityProviders: true,
  AnalyticsConfiguration: true,
});

const TRIGGERS = namesOf<TriggerEvents>({
  preSignUp: true,
  customMessage: true,
  postConfirmation: true,
  preAuthentication: true,
  postAuthentication: true,
  defineAuthChallenge: true,
  createAuthChallenge: true,
  verifyAuthChallengeResponse: true,
  preTokenGeneration: true,
  preTokenGenerationV2: true,
  preTokenGenerationV3: true,
  userMigration: true,
  customEmailSender: true,
  customSmsSender: true,
  inboundFederation: true,
});

const USER = namesOf<NewUser>({
  username: true,
  password: true,
  attributes: true,
  groups: true,
  status: true,
  totpSecret: true,
  mfa: true,
  sub: true,
  enabled: true,
});

const LIMITS = namesOf<HourlyLimits>({
  forgotPassword: true,
  resendConfirmationCode: true,
  confirmSignUp: true,
  changePassword: true,
  sendAttributeCode: true,
  verifyAttribute: true,
});

const CONSOLE_ONLY = 'a local pool has no AWS account; remove it';

const OTHER_OPTIONS: OtherNames = {
  client: ['appClient'],
  secret: ['clientSecret'],
  poolid: ['userPoolId'],
  awsregion: ['region'],
  persist: ['state'],
  statefile: ['state'],
  pools: ['seed'],
  fixtures: ['seed'],
  oncode: ['onMessage'],
  lambdas: ['triggers'],
  lambdaconfig: ['triggers'],
  lambdaurl: ['lambdaEndpoint'],
  endpoint: ['port'],
  url: ['port'],
};

const OTHER_SETTINGS: OtherNames = {
  passwordpolicy: 'write Policies: { PasswordPolicy }',
  signinpolicy: 'write Policies: { SignInPolicy }',
  customattributes: ['Schema'],
  attributes: ['Schema'],
  domain: CONSOLE_ONLY,
  secret: 'write the option clientSecret of startLocalUserPool, or GenerateSecret: true',
};

const OTHER_TRIGGERS: OtherNames = {
  custommessages: ['customMessage'],
  pretokengenerationconfig: ['preTokenGenerationV2', 'preTokenGenerationV3'],
  verifyauthchallenge: ['verifyAuthChallengeResponse'],
  migrateuser: ['userMigration'],
};

const OTHER_USER: OtherNames = {
  email: ['username'],
  phone: ['username'],
  phonenumber: ['username'],
  name: 'write attributes: { name }',
  emailverified: "write attributes: { email_verified: 'true' }",
  userstatus: ['status'],
  temporarypassword: "write password, and status: 'FORCE_CHANGE_PASSWORD'",
  totp: ['totpSecret'],
};

const PAGE = 'local-user-pool.md#features';
const SEED_PAGE = 'local-user-pool.md#seeds';
const TRIGGERS_PAGE = 'local-user-pool.md#lambda-triggers';

/** The values of options other than settings and functions. */
const VALUES: Shape = {
  port: integer(0, 65_535),
  host: text({ min: 1 }),
  dangerouslyListenOnAnyHost: flag(),
  allowedHosts: list(text({ min: 1 })),
  allowedAdminOrigins: list(text({ pattern: /[a-z][a-z\d+.-]*:\/\/[^/A-Z\s]+/ })),
  dangerouslyAllowProduction: flag(),
  userPoolId: text(),
  region: text({ pattern: /[a-z]{2,}(?:-[a-z]+)+-\d+/ }),
  state: text({ min: 1 }),
  clientId: text(),
  clientSecret: text({ min: 1, max: 128, sensitive: true }),
  issuer: text({ pattern: /https?:\/\/\S+/ }),
  identityProviders: list(text({ min: 1, max: 32 })),
  control: flag(),
  // A query or a fragment would end up in the middle of the URL of a function.
  lambdaEndpoint: text({ pattern: /https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?/, sensitive: true }),
  quiet: flag(),
};

const SUB = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** The form of a `NewUser`. */
export const NEW_USER: Member<NewUser, false> = structure(
  {
    username: required(text({ min: 1, max: 128 })),
    password: text({ min: 1, max: 256, sensitive: true }),
    attributes: stringMap(),
    groups: list(groupName),
    status: oneOf('CONFIRMED', 'UNCONFIRMED', 'FORCE_CHANGE_PASSWORD', 'RESET_REQUIRED'),
    totpSecret: text({ min: 1, pattern: /[A-Za-z2-7=\s]+/, sensitive: true }),
    mfa: list(oneOf('SMS_MFA', 'EMAIL_OTP')),
    sub: text({ pattern: SUB }),
    enabled: flag(),
  },
  OTHER_USER,
);

const HOURLY = integer(0, 1_000_000);
const LIMIT_VALUES = structure(Object.fromEntries(LIMITS.map((name) => [name, HOURLY])));

function refuseNames(
  of: string,
  given: unknown,
  known: readonly string[],
  otherNames: OtherNames,
  page: string,
): void {
  if (given === undefined) return;
  const message = isObject(given)
    ? unknownName(of, Object.keys(given), known, otherNames)
    : `${of} is ${quote(given)}; write an object`;
  if (message !== undefined) throw localOptionError(message, page);
}

function refuseNoFunctions(of: string, given: object | undefined, names: readonly string[]): void {
  for (const name of names) {
    const value = (given as Record<string, unknown> | undefined)?.[name];
    if (value === undefined || typeof value === 'function') continue;
    const page = of === '' ? PAGE : TRIGGERS_PAGE;
    throw localOptionError(`${of}${name} is ${quote(value)}; write a function`, page);
  }
}

interface GivenOptions {
  readonly pool?: PoolSettings;
  readonly triggers?: Triggers;
  readonly users?: unknown;
  readonly limits?: unknown;
}

/**
 * Throws a TypeError for a name or a value that the local pool does not know: it would be ignored, and a test would prove
 * nothing.
 */
export function refuseUnknownOptions(options: GivenOptions, known: readonly string[]): void {
  refuseNames('startLocalUserPool', options, known, OTHER_OPTIONS, PAGE);
  for (const [name, member] of Object.entries(VALUES)) {
    checkOption(name, member, (options as Readonly<Record<string, unknown>>)[name], PAGE);
  }
  refuseNoFunctions('', options, ['clock', 'onMessage']);
  refuseNames('pool', options.pool, POOL, OTHER_SETTINGS, PAGE);
  checkOption('pool', structure(poolSettingsShape), options.pool, PAGE);
  refuseNames('triggers', options.triggers, TRIGGERS, OTHER_TRIGGERS, TRIGGERS_PAGE);
  refuseNoFunctions('triggers.', options.triggers, TRIGGERS);
  if (options.limits !== false) {
    refuseNames('limits', options.limits, LIMITS, {}, PAGE);
    checkOption('limits', LIMIT_VALUES, options.limits, PAGE);
  }
  if (options.users !== undefined && !Array.isArray(options.users))
    throw localOptionError(`users is ${quote(options.users)}; write a list`, PAGE);
}

/** Throws a TypeError for a start with a copy and a seed: both would describe the first pool. */
export function refuseSeedOfCopy(like: object | undefined): void {
  if (like === undefined) return;
  throw localOptionError(
    'like and seed exclude each other; write the copy as an entry of seed.pools',
    SEED_PAGE,
  );
}

export function refuseUnknownSettings(settings: ClientSettings | undefined): void {
  refuseNames('appClient', settings, APP_CLIENT, OTHER_SETTINGS, PAGE);
  checkOption('appClient', structure(clientSettingsShape), settings, PAGE);
}

export function refuseUnknownUser(user: NewUser): void {
  refuseNames('users', user, USER, OTHER_USER, PAGE);
  checkOption('users', NEW_USER, user, PAGE);
}
