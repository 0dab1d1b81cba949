import { invalidParameter } from './errors.ts';

/** How often a user may do a thing within an hour; LimitExceededException after that. */
export interface HourlyLimits {
  /** ForgotPassword and ConfirmForgotPassword together. Cognito allows 5 to 20 by its own judgement. Default 20. */
  readonly forgotPassword: number;
  /** Default 5. */
  readonly resendConfirmationCode: number;
  /** Default 15. */
  readonly confirmSignUp: number;
  /** Default 5. */
  readonly changePassword: number;
  /** GetUserAttributeVerificationCode. Default 5. */
  readonly sendAttributeCode: number;
  /** VerifyUserAttribute. Default 15. */
  readonly verifyAttribute: number;
}

/** `false`: no hourly limit, no limit of wrong codes and no lock-out after wrong passwords. */
export type LimitSettings = HourlyLimits | false;

export const DEFAULT_LIMITS: HourlyLimits = {
  forgotPassword: 20,
  resendConfirmationCode: 5,
  confirmSignUp: 15,
  changePassword: 5,
  sendAttributeCode: 5,
  verifyAttribute: 15,
};

/** An attribute that a pool defines beyond the standard ones, or a standard one it requires. */
export interface SchemaAttribute {
  /** `custom:` is put before the name of a custom attribute, as Cognito does. */
  readonly Name?: string;
  readonly AttributeDataType?: 'String' | 'Number' | 'DateTime' | 'Boolean';
  /** Default true. */
  readonly Mutable?: boolean;
  /** Only standard attributes can be required. Default false. */
  readonly Required?: boolean;
}

export interface PasswordPolicy {
  /** 6 to 99. Default 8. */
  readonly MinimumLength?: number;
  readonly RequireUppercase?: boolean;
  readonly RequireLowercase?: boolean;
  readonly RequireNumbers?: boolean;
  readonly RequireSymbols?: boolean;
  /** How many earlier passwords may not be used again: 0 to 24. Default 0. */
  readonly PasswordHistorySize?: number;
  /** Days until a temporary password is dead. Default 7. */
  readonly TemporaryPasswordValidityDays?: number;
}

/** A first factor as the sign-in policy names it: PASSWORD allows PASSWORD_SRP as well. */
export type AllowedFirstFactor = 'PASSWORD' | 'EMAIL_OTP' | 'SMS_OTP' | 'WEB_AUTHN';
export interface DeviceConfiguration {
  /** A remembered device is asked for its secret in place of a second factor. Default false. */
  readonly ChallengeRequiredOnNewDevice?: boolean;
  /** A confirmed device is remembered only once UpdateDeviceStatus says so. Default false. */
  readonly DeviceOnlyRememberedOnUserPrompt?: boolean;
}

export type AddressAttribute = 'email' | 'phone_number';
export type MfaConfiguration = 'OFF' | 'ON' | 'OPTIONAL';

export interface WebAuthnConfiguration {
  /** The domain that passkeys are made for. With `localhost`, pages may be there without TLS, on any port. */
  readonly RelyingPartyId?: string;
  /** Whether a passkey has to check who uses it, with a PIN or a finger. Default `preferred`. */
  readonly UserVerification?: 'required' | 'preferred';
  /** Whether a passkey that has checked its user stands in for a second factor. Default `SINGLE_FACTOR`. */
  readonly FactorConfiguration?: 'SINGLE_FACTOR' | 'MULTI_FACTOR_WITH_USER_VERIFICATION';
}

/** Settings of a pool, in the member names of CreateUserPool and SetUserPoolMfaConfig. */
export interface PoolSettings {
  readonly PoolName?: string;
  readonly Policies?: {
    readonly PasswordPolicy?: PasswordPolicy;
    /** What USER_AUTH offers to begin a sign-in with. Default: a password. */
    readonly SignInPolicy?: { readonly AllowedFirstAuthFactors?: readonly AllowedFirstFactor[] };
  };
  /** People sign in with these addresses. Excludes AliasAttributes. */
  readonly UsernameAttributes?: readonly AddressAttribute[];
  /** People choose a username and may also sign in with these. */
  readonly AliasAttributes?: readonly (AddressAttribute | 'preferred_username')[];
  /** Addresses that a code is sent to by itself. */
  readonly AutoVerifiedAttributes?: readonly AddressAttribute[];
  readonly UsernameConfiguration?: { readonly CaseSensitive: boolean };
  readonly MfaConfiguration?: MfaConfiguration;
  readonly SoftwareTokenMfaConfiguration?: { readonly Enabled?: boolean };
  /** Codes by SMS as a second factor, if it is there. What is in it makes no difference here. */
  readonly SmsMfaConfiguration?: object;
  /** Codes by e-mail as a second factor, if it is there. What is in it makes no difference here. */
  readonly EmailMfaConfiguration?: object;
  /** Devices are tracked, and can be remembered, if any member of it is there. */
  readonly DeviceConfiguration?: DeviceConfiguration;
  /** Passkeys, where WEB_AUTHN is among the AllowedFirstAuthFactors. */
  readonly WebAuthnConfiguration?: WebAuthnConfiguration;
  readonly AccountRecoverySetting?: {
    readonly RecoveryMechanisms?: readonly {
      readonly Name: 'verified_email' | 'verified_phone_number' | 'admin_only';
      readonly Priority: number;
    }[];
  };
  readonly UserAttributeUpdateSettings?: {
    readonly AttributesRequireVerificationBeforeUpdate?: readonly AddressAttribute[];
  };
  readonly AdminCreateUserConfig?: { readonly AllowAdminCreateUserOnly?: boolean };
  /** Threat protection. AUDIT keeps a record of sign-ins; ENFORCED also tells the user of a risky one. */
  readonly UserPoolAddOns?: { readonly AdvancedSecurityMode: 'OFF' | 'AUDIT' | 'ENFORCED' };
  readonly Schema?: readonly SchemaAttribute[];
  /** Other names for the levels of a sign-in, which are `urn:cognito:loa:1` to `urn:cognito:loa:4`. */
  readonly AcrConfiguration?: Readonly<
    Partial<Record<'Level1' | 'Level2' | 'Level3' | 'Level4', { readonly AcrValue: string }>>
  >;
}

export type ExplicitAuthFlow =
  | 'ALLOW_USER_PASSWORD_AUTH'
  | 'ALLOW_USER_SRP_AUTH'
  | 'ALLOW_REFRESH_TOKEN_AUTH'
  | 'ALLOW_USER_AUTH'
  | 'ALLOW_CUSTOM_AUTH'
  | 'ALLOW_ADMIN_USER_PASSWORD_AUTH'
  | 'ADMIN_NO_SRP_AUTH'
  | 'CUSTOM_AUTH_FLOW_ONLY'
  | 'USER_PASSWORD_AUTH';

export type TimeUnit = 'seconds' | 'minutes' | 'hours' | 'days';

/** Settings of an app client, in the member names of CreateUserPoolClient. */
export interface ClientSettings extends OAuthSettings {
  readonly ClientName?: string;
  readonly GenerateSecret?: boolean;
  /** Whether AWS Secrets Manager keeps the secret, which rotates then: at once, and every 7 days. Default: false. */
  readonly PublishSecretsInAWSSecretsManager?: boolean;
  readonly ExplicitAuthFlows?: readonly ExplicitAuthFlow[];
  /** LEGACY, the API's own default, tells unknown users apart; ENABLED does not. */
  readonly PreventUserExistenceErrors?: 'ENABLED' | 'LEGACY';
  readonly EnableTokenRevocation?: boolean;
  /** Whether the client may tell threat protection its user's address. It needs a secret. Default: false. */
  readonly EnablePropagateAdditionalUserContextData?: boolean;
  /** In the unit of TokenValidityUnits. Default 60 minutes. */
  readonly AccessTokenValidity?: number;
  /** In the unit of TokenValidityUnits. Default 60 minutes. */
  readonly IdTokenValidity?: number;
  /** In the unit of TokenValidityUnits. Default 30 days. */
  readonly RefreshTokenValidity?: number;
  /** Defaults: hours, hours, days. */
  readonly TokenValidityUnits?: {
    readonly AccessToken?: TimeUnit;
    readonly IdToken?: TimeUnit;
    readonly RefreshToken?: TimeUnit;
  };
  /** Minutes that a challenge session lives: 3 to 15. Default 3. */
  readonly AuthSessionValidity?: number;
  readonly RefreshTokenRotation?: {
    readonly Feature: 'ENABLED' | 'DISABLED';
    readonly RetryGracePeriodSeconds?: number;
  };
  /** Attributes that the client sees. Default: all. */
  readonly ReadAttributes?: readonly string[];
  /** Attributes that the client may write. Default: all that users may write at all. */
  readonly WriteAttributes?: readonly string[];
}

/**
 * What startLocalUserPool begins with: sign-in by e-mail and optional TOTP, names without regard to case.
 * CreateUserPool over the wire has the API's own defaults instead.
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

/** PreventUserExistenceErrors is ENABLED, as in the console: the API's default, LEGACY, is there for old apps only. */
const CONVENIENT_CLIENT: ClientSettings = {
  ClientName: 'local',
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
  PreventUserExistenceErrors: 'ENABLED',
};

/** Whoever names CallbackURLs wants managed login; SupportedIdentityProviders are all that the pool has. */
const CONVENIENT_LOGIN: ClientSettings = {
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['code'],
  AllowedOAuthScopes: ['openid', 'email', 'phone', 'profile', 'aws.cognito.signin.user.admin'],
};

/** The convenient client with settings of one's own. Rotation excludes the old way to refresh, so that it goes. */
export function convenientClient(settings: ClientSettings = {}): ClientSettings {
  const client = { ...CONVENIENT_CLIENT, ...(settings.CallbackURLs && CONVENIENT_LOGIN), ...settings };
  if (settings.ExplicitAuthFlows || !rotatesRefreshTokens(client)) return client;
  const flows = client.ExplicitAuthFlows ?? [];
  return { ...client, ExplicitAuthFlows: flows.filter((flow) => flow !== 'ALLOW_REFRESH_TOKEN_AUTH') };
}

/** The flows of a client whose ExplicitAuthFlows were left out. */
export const DEFAULT_AUTH_FLOWS: readonly ExplicitAuthFlow[] = [
  'ALLOW_REFRESH_TOKEN_AUTH',
  'ALLOW_USER_SRP_AUTH',
  'ALLOW_CUSTOM_AUTH',
];

const SECONDS: Record<TimeUnit, number> = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };

/** Seconds that each token of a client is valid. */
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

/** What the claim `acr` calls the levels of a sign-in, the weakest first. */
export function namesOfLevels({ AcrConfiguration = {} }: PoolSettings): string[] {
  return LEVELS.map((level, index) => AcrConfiguration[level]?.AcrValue ?? `urn:cognito:loa:${index + 1}`);
}

/** With the default names merged in, as DescribeUserPool tells it. */
export function acrConfigurationOf(settings: PoolSettings): NonNullable<PoolSettings['AcrConfiguration']> {
  const names = namesOfLevels(settings);
  return Object.fromEntries(LEVELS.map((level, index) => [level, { AcrValue: names[index] ?? '' }]));
}

/** Refuses what CreateUserPool would refuse. */
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
}

/** Refuses what CreateUserPoolClient would refuse. */
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

/** What an app client may do at managed login, in the member names of CreateUserPoolClient. */
export interface OAuthSettings {
  /** Whether the client uses managed login at all. Default false; true where `CallbackURLs` are given to the local pool itself. */
  readonly AllowedOAuthFlowsUserPoolClient?: boolean;
  /** `client_credentials` needs a secret, and excludes the other two. */
  readonly AllowedOAuthFlows?: readonly ('code' | 'implicit' | 'client_credentials')[];
  /** `openid`, `email`, `phone`, `profile`, `aws.cognito.signin.user.admin`, and those of the pool's resource servers. */
  readonly AllowedOAuthScopes?: readonly string[];
  /** Where a browser may be sent back to, exactly. `http` for `localhost`, `127.0.0.1` and `[::1]` only. */
  readonly CallbackURLs?: readonly string[];
  /** Where it may be sent after a sign-out, exactly. */
  readonly LogoutURLs?: readonly string[];
  /** Stands in for a `redirect_uri` that was left out, where the client has one identity provider. */
  readonly DefaultRedirectURI?: string;
  /** `COGNITO` for the pool's own users, and names of its identity providers. */
  readonly SupportedIdentityProviders?: readonly string[];
}
