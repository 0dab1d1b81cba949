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
