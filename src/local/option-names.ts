import { type OtherNames, unknownName } from '../shared/option-errors.ts';
import type { ClientSettings, HourlyLimits, PasswordPolicy, PoolSettings } from './model/settings.ts';
import type { TriggerEvents, Triggers } from './model/triggers.ts';
import type { NewUser } from './users/seed.ts';

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
});

const USER = namesOf<NewUser>({
  username: true,
  password: true,
  attributes: true,
  groups: true,
  status: true,
  totpSecret: true,
  mfa: true,
});

const LIMITS = namesOf<HourlyLimits>({
  forgotPassword: true,
  resendConfirmationCode: true,
  confirmSignUp: true,
  changePassword: true,
  sendAttributeCode: true,
  verifyAttribute: true,
});

const PASSWORD_POLICY = namesOf<PasswordPolicy>({
  MinimumLength: true,
  RequireUppercase: true,
  RequireLowercase: true,
  RequireNumbers: true,
  RequireSymbols: true,
  PasswordHistorySize: true,
  TemporaryPasswordValidityDays: true,
});

const CONSOLE_ONLY = 'a local pool has no AWS account; remove it';

const OTHER_OPTIONS: OtherNames = {
  client: ['appClient'],
  secret: ['clientSecret'],
  poolid: ['userPoolId'],
  region: 'userPoolId starts with the region; remove it',
  oncode: ['onMessage'],
  lambdas: ['triggers'],
  lambdaconfig: ['triggers'],
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
  pretokengenerationconfig: ['preTokenGenerationV2'],
  verifyauthchallenge: ['verifyAuthChallengeResponse'],
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

function refuse(
  of: string,
  given: unknown,
  known: readonly string[],
  otherNames: OtherNames,
  page: string,
): void {
  if (given === undefined || given === null || given === false) return;
  const message =
    typeof given === 'object' && !Array.isArray(given)
      ? unknownName(of, Object.keys(given), known, otherNames)
      : `${of} is ${JSON.stringify(given)}; write an object`;
  if (message !== undefined)
    throw new Error(`express-cognito-kit: ${message}. See docs/local-user-pool.md${page}`);
}

/** Throws an Error for a name that the local pool does not know: it would be ignored, and a test would prove nothing. */
export function refuseUnknownOptions(
  options: { readonly pool?: PoolSettings; readonly triggers?: Triggers; readonly limits?: unknown },
  known: readonly string[],
): void {
  refuse('startLocalUserPool', options, known, OTHER_OPTIONS, '#features');
  refuse('pool', options.pool, POOL, OTHER_SETTINGS, '#features');
  refuse('pool.Policies', options.pool?.Policies, ['PasswordPolicy', 'SignInPolicy'], {}, '#features');
  refuse(
    'pool.Policies.PasswordPolicy',
    options.pool?.Policies?.PasswordPolicy,
    PASSWORD_POLICY,
    {},
    '#features',
  );
  refuse('triggers', options.triggers, TRIGGERS, OTHER_TRIGGERS, '#lambda-triggers');
  refuse('limits', options.limits, LIMITS, {}, '#features');
}

export function refuseUnknownSettings(settings: ClientSettings | undefined): void {
  refuse('appClient', settings, [...APP_CLIENT, 'UserPoolId'], OTHER_SETTINGS, '#features');
}

export function refuseUnknownUser(user: NewUser): void {
  refuse('users', user, USER, OTHER_USER, '#features');
}
