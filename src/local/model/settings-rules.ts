import { invalidParameter } from './errors.ts';
import { checkSchema } from './schema.ts';
import type {
  AllowedFirstFactor,
  ClientSettings,
  ExplicitAuthFlow,
  HourlyLimits,
  PoolSettings,
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

/** Throws the exceptions of CreateUserPool for invalid settings. */
export function checkPoolSettings(settings: PoolSettings): void {
  if (settings.UsernameAttributes?.length && settings.AliasAttributes?.length) {
    throw invalidParameter(
      'Only one of the aliasAttributes or usernameAttributes can be set in a user pool.',
    );
  }
  if (!allowedFirstFactors(settings).includes('PASSWORD')) {
    throw invalidParameter('PASSWORD has to be among the AllowedFirstAuthFactors.');
  }
  if (new Set(namesOfLevels(settings)).size < LEVELS.length) {
    throw invalidParameter('Each AcrValue must be unique across all levels.');
  }
  const length = settings.Policies?.PasswordPolicy?.MinimumLength;
  if (length !== undefined && (length < 6 || length > 99)) {
    throw invalidParameter('Password policy minimum length must be between 6 and 99.');
  }
  checkSchema(settings);
}

/** Throws the exceptions of CreateUserPoolClient for invalid settings. */
export function checkClientSettings(settings: ClientSettings, secret: string | undefined): void {
  if (settings.EnablePropagateAdditionalUserContextData && secret === undefined) {
    throw invalidParameter(
      'EnablePropagateAdditionalUserContextData can only be enabled for a client with a secret.',
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
    throw invalidParameter('ExplicitAuthFlows cannot mix values with and without the ALLOW_ prefix.');
  }
  if (rotatesRefreshTokens(settings) && flows.includes('ALLOW_REFRESH_TOKEN_AUTH')) {
    throw invalidParameter('ALLOW_REFRESH_TOKEN_AUTH cannot be set when refresh token rotation is enabled.');
  }
  const { access, id, refresh } = tokenLifetimes(settings);
  for (const [name, seconds] of Object.entries({ AccessTokenValidity: access, IdTokenValidity: id })) {
    if (seconds < 300 || seconds > SECONDS.days) {
      throw invalidParameter(`Invalid range for ${name}: it must be between 5 minutes and 1 day.`);
    }
    if (seconds > refresh) {
      throw invalidParameter(`Invalid range for ${name}: it must not outlive the refresh token.`);
    }
  }
  if (refresh < SECONDS.hours || refresh > 3650 * SECONDS.days) {
    throw invalidParameter(
      'Invalid range for RefreshTokenValidity: it must be between 60 minutes and 10 years.',
    );
  }
}
