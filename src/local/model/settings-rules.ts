import { CognitoError, invalidParameter } from './errors.ts';
import { checkAnalytics, checkMessages } from './message-rules.ts';
import { checkSchema } from './schema.ts';
import type {
  AllowedFirstFactor,
  ClientSettings,
  ExplicitAuthFlow,
  HourlyLimits,
  PoolSettings,
  SmsConfiguration,
  TimeUnit,
} from './settings.ts';

export const DEFAULT_LIMITS: HourlyLimits = {
  forgotPassword: 20,
  resendConfirmationCode: 5,
  confirmSignUp: 15,
  changePassword: 5,
  sendAttributeCode: 5,
  verifyAttribute: 15,
};

/**
 * Defaults of startLocalUserPool: sign-in by e-mail, optional TOTP, case-insensitive names.
 * CreateUserPool over the wire has the API's defaults instead.
 */
export const CONVENIENT_POOL: PoolSettings = {
  PoolName: 'local',
  UsernameAttributes: ['email'],
  AutoVerifiedAttributes: ['email'],
  UsernameConfiguration: { CaseSensitive: false },
  MfaConfiguration: 'OPTIONAL',
  SoftwareTokenMfaConfiguration: { Enabled: true },
  AccountRecoverySetting: {
    RecoveryMechanisms: [
      { Name: 'verified_email', Priority: 1 },
      { Name: 'verified_phone_number', Priority: 2 },
    ],
  },
};

const LOCAL_SMS: SmsConfiguration = {
  SnsCallerArn: 'arn:aws:iam::000000000000:role/local-sms',
  ExternalId: 'local',
};
const LOCAL_EMAIL: NonNullable<PoolSettings['EmailConfiguration']> = {
  EmailSendingAccount: 'DEVELOPER',
  SourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/local@example.com',
};

/** On, because an app without a list of sessions does not notice it. */
const TRACKED_SESSIONS = { UserSessionTracking: 'ENABLED', TokenSession: { MaxPerUser: 100 } } as const;

/**
 * Returns the defaults with `settings` on top. The senders and the feature plan that Cognito wants for them are added,
 * because the inbox receives every message.
 */
export function convenientPool(settings: PoolSettings = {}): PoolSettings {
  // AliasAttributes exclude UsernameAttributes.
  const names = settings.AliasAttributes?.length ? { UsernameAttributes: [] } : {};
  const pool: PoolSettings = { ...CONVENIENT_POOL, ...names, ...settings };
  const sendsSms =
    pool.SmsMfaConfiguration !== undefined ||
    pool.AutoVerifiedAttributes?.includes('phone_number') ||
    !hasFactor(pool);
  const { EmailConfiguration: email } = pool;
  const lacksSource = email?.EmailSendingAccount === 'DEVELOPER' && email.SourceArn === undefined;
  const advanced = (pool.UserPoolAddOns?.AdvancedSecurityMode ?? 'OFF') !== 'OFF';
  return {
    ...(pool.UserPoolTier !== 'LITE' && TRACKED_SESSIONS),
    ...(sendsSms && { SmsConfiguration: pool.SmsMfaConfiguration?.SmsConfiguration ?? LOCAL_SMS }),
    ...(pool.EmailMfaConfiguration && { EmailConfiguration: LOCAL_EMAIL }),
    ...(advanced && { UserPoolTier: 'PLUS' as const }),
    ...pool,
    ...(lacksSource && { EmailConfiguration: { ...LOCAL_EMAIL, ...email } }),
  };
}

/** PreventUserExistenceErrors is ENABLED as in the AWS console, because the API's default, LEGACY, is for old apps only. */
const CONVENIENT_CLIENT: ClientSettings = {
  ClientName: 'local',
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
  PreventUserExistenceErrors: 'ENABLED',
};

/** Added if there are CallbackURLs, which only managed login uses. */
const CONVENIENT_LOGIN: ClientSettings = {
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['code'],
  AllowedOAuthScopes: ['openid', 'email', 'phone', 'profile', 'aws.cognito.signin.user.admin'],
};

/** Returns the defaults with `settings` on top. Refresh token rotation removes ALLOW_REFRESH_TOKEN_AUTH, which it excludes. */
export function convenientClient(settings: ClientSettings = {}): ClientSettings {
  const client = { ...CONVENIENT_CLIENT, ...(settings.CallbackURLs && CONVENIENT_LOGIN), ...settings };
  if (settings.ExplicitAuthFlows || !rotatesRefreshTokens(client)) return client;
  const flows = client.ExplicitAuthFlows ?? [];
  return { ...client, ExplicitAuthFlows: flows.filter((flow) => flow !== 'ALLOW_REFRESH_TOKEN_AUTH') };
}

/** The flows of a client without ExplicitAuthFlows. */
export const DEFAULT_AUTH_FLOWS: readonly ExplicitAuthFlow[] = [
  'ALLOW_REFRESH_TOKEN_AUTH',
  'ALLOW_USER_SRP_AUTH',
  'ALLOW_CUSTOM_AUTH',
];

const SECONDS: Record<TimeUnit, number> = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };

/** Lifetimes of a client's tokens, in seconds. */
export interface TokenLifetimes {
  readonly access: number;
  readonly id: number;
  readonly refresh: number;
}

export function tokenLifetimes(client: ClientSettings): TokenLifetimes {
  const units = client.TokenValidityUnits ?? {};
  return {
    access: client.AccessTokenValidity
      ? client.AccessTokenValidity * SECONDS[units.AccessToken ?? 'hours']
      : SECONDS.hours,
    id: client.IdTokenValidity ? client.IdTokenValidity * SECONDS[units.IdToken ?? 'hours'] : SECONDS.hours,
    refresh: client.RefreshTokenValidity
      ? client.RefreshTokenValidity * SECONDS[units.RefreshToken ?? 'days']
      : 30 * SECONDS.days,
  };
}

export function rotatesRefreshTokens(client: ClientSettings): boolean {
  return client.RefreshTokenRotation?.Feature === 'ENABLED';
}

export function allowedFirstFactors({ Policies }: PoolSettings): readonly AllowedFirstFactor[] {
  return Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? ['PASSWORD'];
}

const LEVELS = ['Level1', 'Level2', 'Level3', 'Level4'] as const;

/** Names of the sign-in levels in the claim `acr`, the weakest first. */
export function namesOfLevels({ AcrConfiguration = {} }: PoolSettings): string[] {
  return LEVELS.map((level, index) => AcrConfiguration[level]?.AcrValue ?? `urn:cognito:loa:${index + 1}`);
}

/** Returns the configuration with default names filled in, as DescribeUserPool does. */
export function acrConfigurationOf(settings: PoolSettings): NonNullable<PoolSettings['AcrConfiguration']> {
  const names = namesOfLevels(settings);
  return Object.fromEntries(LEVELS.map((level, index) => [level, { AcrValue: names[index] ?? '' }]));
}

export const DEFAULT_SESSIONS_PER_USER = 20;

/** Minutes for which an app client reuses the SSO session of a browser. */
export const DEFAULT_SSO_MINUTES = 60;

export function tracksSessions({ UserSessionTracking }: PoolSettings): boolean {
  return UserSessionTracking === 'ENABLED';
}

function hasFactor({ MfaConfiguration = 'OFF', ...settings }: PoolSettings): boolean {
  return (
    MfaConfiguration === 'OFF' ||
    settings.SmsConfiguration !== undefined ||
    settings.EmailMfaConfiguration !== undefined ||
    settings.SoftwareTokenMfaConfiguration?.Enabled === true
  );
}

/**
 * Derives the factor SMS_MFA, as CreateUserPool and UpdateUserPool do: MFA without another factor uses the pool's SMS
 * configuration, and SMS is no factor without one.
 */
export function withSmsFactor({ SmsMfaConfiguration: present, ...settings }: PoolSettings): PoolSettings {
  const { SmsConfiguration, SmsAuthenticationMessage, MfaConfiguration = 'OFF' } = settings;
  const another = settings.EmailMfaConfiguration ?? settings.SoftwareTokenMfaConfiguration?.Enabled;
  if (!SmsConfiguration || !(present || (MfaConfiguration !== 'OFF' && !another))) return settings;
  return {
    ...settings,
    SmsMfaConfiguration: {
      ...(SmsAuthenticationMessage !== undefined && { SmsAuthenticationMessage }),
      SmsConfiguration,
    },
  };
}

function checkMfa(settings: PoolSettings): void {
  const { AutoVerifiedAttributes = [], SmsConfiguration, UserAttributeUpdateSettings } = settings;
  if (!hasFactor(settings)) {
    throw invalidParameter(
      'SMS configuration and Auto verification for phone_number are required when MFA is required/optional',
    );
  }
  if (AutoVerifiedAttributes.includes('phone_number') && !SmsConfiguration) {
    throw invalidParameter(
      'SMS configuration is required when phone_number is selected for auto verification',
    );
  }
  const before = UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? [];
  if (before.some((name) => !AutoVerifiedAttributes.includes(name))) {
    throw invalidParameter(
      'All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes',
    );
  }
}

/** Throws FeatureUnavailableInTierException for features that the pool's plan does not have. */
function checkTier(settings: PoolSettings): void {
  const { AcrConfiguration, UserPoolTier: tier = 'ESSENTIALS' } = settings;
  if (tracksSessions(settings)) requireTier(settings, 'ESSENTIALS', 'Session tracking');
  if (AcrConfiguration) requireTier(settings, 'ESSENTIALS', 'Custom names of authentication levels');
  const unavailable = tieredFeatures(settings).filter(({ lowest }) => !includesTier(tier, lowest));
  if (unavailable.length > 0)
    throw unavailableIn(
      tier,
      unavailable.map(({ name }) => name),
    );
}

function unavailableIn(tier: Tier, features: readonly string[]): CognitoError {
  return new CognitoError(
    'FeatureUnavailableInTierException',
    `The following features need to be disabled for the ${tier} pricing tier configured: ${features.join(', ')}`,
  );
}

const TIERS = ['LITE', 'ESSENTIALS', 'PLUS'] as const;
type Tier = (typeof TIERS)[number];

function includesTier(tier: Tier, lowest: Tier): boolean {
  return TIERS.indexOf(tier) >= TIERS.indexOf(lowest);
}

/** Returns the features that the settings use and that not every plan has. */
function tieredFeatures(settings: PoolSettings): { readonly name: string; readonly lowest: Tier }[] {
  const version = settings.LambdaConfig?.PreTokenGenerationConfig?.LambdaVersion ?? 'V1_0';
  const features: readonly [name: string, lowest: Tier, used: boolean][] = [
    ['Threat Protection', 'PLUS', (settings.UserPoolAddOns?.AdvancedSecurityMode ?? 'OFF') !== 'OFF'],
    ['Passwordless Sign-In', 'ESSENTIALS', allowedFirstFactors(settings).length > 1],
    [`Token Customization with Pre-Token Generation Lambda ${version}`, 'ESSENTIALS', version !== 'V1_0'],
    ['Email MFA', 'ESSENTIALS', settings.EmailMfaConfiguration !== undefined],
    ['Password History', 'ESSENTIALS', (settings.Policies?.PasswordPolicy?.PasswordHistorySize ?? 0) > 0],
  ];
  return features.filter(([, , used]) => used).map(([name, lowest]) => ({ name, lowest }));
}

/** Throws FeatureUnavailableInTierException in a lower plan. */
export function requireTier(
  { UserPoolTier = 'ESSENTIALS' }: PoolSettings,
  lowest: Tier,
  feature: string,
): void {
  if (includesTier(UserPoolTier, lowest)) return;
  throw new CognitoError(
    'FeatureUnavailableInTierException',
    `The following feature is not available for the ${UserPoolTier} pricing tier configured: ${feature}`,
  );
}

/** Throws OperationNotEnabledException if the pool tracks no sessions. */
export function requireSessionTracking(settings: PoolSettings): void {
  if (tracksSessions(settings)) return;
  throw new CognitoError(
    'OperationNotEnabledException',
    'Session tracking is not enabled for the user pool.',
  );
}

/** Returns the texts of verification messages; the older members are the fallback. */
export function verificationTexts(
  settings: PoolSettings,
): Pick<
  NonNullable<PoolSettings['VerificationMessageTemplate']>,
  'SmsMessage' | 'EmailMessage' | 'EmailSubject'
> {
  const { VerificationMessageTemplate: template = {} } = settings;
  const SmsMessage = template.SmsMessage ?? settings.SmsVerificationMessage;
  const EmailMessage = template.EmailMessage ?? settings.EmailVerificationMessage;
  const EmailSubject = template.EmailSubject ?? settings.EmailVerificationSubject;
  return {
    ...(SmsMessage !== undefined && { SmsMessage }),
    ...(EmailMessage !== undefined && { EmailMessage }),
    ...(EmailSubject !== undefined && { EmailSubject }),
  };
}

/** Throws the exceptions of SetUserPoolMfaConfig for the requested configuration. */
export function checkMfaConfig(settings: PoolSettings, requested: PoolSettings): void {
  const factors = [
    requested.SmsMfaConfiguration,
    requested.EmailMfaConfiguration,
    requested.SoftwareTokenMfaConfiguration?.Enabled,
  ];
  const some = factors.some(Boolean);
  if (requested.MfaConfiguration === 'OFF' && some) {
    throw invalidParameter(
      "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
    );
  }
  if ((requested.MfaConfiguration ?? 'OFF') !== 'OFF' && !some) {
    throw invalidParameter(
      "Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration.",
    );
  }
  if (
    requested.SmsMfaConfiguration &&
    !(requested.SmsMfaConfiguration.SmsConfiguration ?? settings.SmsConfiguration)
  ) {
    throw invalidParameter('SMS configuration is required when SMS MFA is enabled.');
  }
  if (requested.EmailMfaConfiguration && settings.EmailConfiguration?.EmailSendingAccount !== 'DEVELOPER') {
    throw invalidParameter(
      'Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of COGNITO_DEFAULT. Update the value of EmailSendingAccount.',
    );
  }
}

const RECOVERY = 'Invalid account recovery setting parameter. Account Recovery Setting';

/** Throws the exceptions of CreateUserPool for invalid settings. */
export function checkPoolSettings(settings: PoolSettings): void {
  if (settings.UsernameAttributes?.length && settings.AliasAttributes?.length) {
    throw invalidParameter(
      'Only one of the aliasAttributes or usernameAttributes can be set in a User pool.',
    );
  }
  if (!allowedFirstFactors(settings).includes('PASSWORD')) {
    throw invalidParameter('Password should be configured as one of the allowed first auth factors.');
  }
  if (new Set(namesOfLevels(settings)).size < LEVELS.length) {
    throw invalidParameter('Each AcrValue must be unique across all levels.');
  }
  const { RecoveryMechanisms = [] } = settings.AccountRecoverySetting ?? {};
  if (RecoveryMechanisms.length > 1 && RecoveryMechanisms.some(({ Name }) => Name === 'admin_only')) {
    throw invalidParameter(`${RECOVERY} cannot use admin_only setting with any other recovery mechanisms.`);
  }
  const repeats = (values: readonly unknown[]): boolean => new Set(values).size < values.length;
  if (
    repeats(RecoveryMechanisms.map(({ Name }) => Name)) ||
    repeats(RecoveryMechanisms.map(({ Priority }) => Priority))
  ) {
    throw invalidParameter(`${RECOVERY} cannot have duplicate priorities or recovery mechanisms.`);
  }
  checkMessages(settings);
  checkMfa(settings);
  checkTier(settings);
  const length = settings.Policies?.PasswordPolicy?.MinimumLength;
  if (length !== undefined && (length < 6 || length > 99)) {
    throw invalidParameter('Password policy minimum length must be between 6 and 99.');
  }
  checkSchema(settings);
}

/** Throws the exceptions of CreateUserPoolClient for invalid settings. */
export function checkClientSettings(
  { UserPoolTier: tier = 'ESSENTIALS' }: PoolSettings,
  settings: ClientSettings,
  secret: string | undefined,
): void {
  if (rotatesRefreshTokens(settings) && !includesTier(tier, 'ESSENTIALS'))
    throw unavailableIn(tier, ['Refresh Token Rotation']);
  if (settings.EnablePropagateAdditionalUserContextData && secret === undefined) {
    throw invalidParameter(
      'Client Secret is required to set EnablePropagateAdditionalUserContextData as true',
    );
  }
  if (settings.PublishSecretsInAWSSecretsManager && secret === undefined) {
    throw invalidParameter(
      'PublishSecretsInAWSSecretsManager can only be enabled for a client with a secret.',
    );
  }
  const flows = settings.ExplicitAuthFlows ?? [];
  const modern = flows.filter((flow) => flow.startsWith('ALLOW_'));
  if (modern.length > 0 && modern.length < flows.length) {
    throw invalidParameter("Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.");
  }
  if (flows.includes('ALLOW_CLIENT_TOKEN_AUTH') && (flows.length > 1 || secret === undefined)) {
    throw invalidParameter(
      'ALLOW_CLIENT_TOKEN_AUTH has to be the only flow in ExplicitAuthFlows, of a client with a secret.',
    );
  }
  if (rotatesRefreshTokens(settings) && flows.includes('ALLOW_REFRESH_TOKEN_AUTH')) {
    throw invalidParameter(
      'ALLOW_REFRESH_TOKEN_AUTH is not a permitted ExplicitAuthFlow when refresh token rotation is enabled.',
    );
  }
  const { access, id, refresh } = tokenLifetimes(settings);
  const inRange = [access, id].every((seconds) => seconds >= 300 && seconds <= SECONDS.days);
  if (!inRange || refresh < SECONDS.hours || refresh > 3650 * SECONDS.days) {
    throw invalidParameter('Invalid range for token validity.');
  }
  if (Math.max(access, id) > refresh) {
    throw invalidParameter(
      'Access and Id Token expiration times must be less than or equal to refresh token expiration times.',
    );
  }
  checkAnalytics(settings);
}
