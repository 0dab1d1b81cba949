/** Uses of each operation per user and hour. More throw LimitExceededException. */
export interface HourlyLimits {
  /** ForgotPassword and ConfirmForgotPassword together. Cognito allows 5 to 20, depending on its risk assessment. Default: 20. */
  readonly forgotPassword: number;
  /** ResendConfirmationCode. Default: 5. */
  readonly resendConfirmationCode: number;
  /** ConfirmSignUp. Default: 15. */
  readonly confirmSignUp: number;
  /** ChangePassword. Default: 5. */
  readonly changePassword: number;
  /** GetUserAttributeVerificationCode. Default: 5. */
  readonly sendAttributeCode: number;
  /** VerifyUserAttribute. Default: 15. */
  readonly verifyAttribute: number;
}

/** `false` disables the hourly limits, the limit of wrong codes and the lockout after wrong passwords. */
export type LimitSettings = HourlyLimits | false;

/** Lengths of a text, as numbers in text. At most 2048. */
export interface StringConstraints {
  readonly MinLength?: string;
  readonly MaxLength?: string;
}

/** Range of a number, as numbers in text. */
export interface NumberConstraints {
  readonly MinValue?: string;
  readonly MaxValue?: string;
}

/** A custom attribute, or changes of a standard attribute. */
export interface SchemaAttribute {
  /** The pool prefixes the name of a custom attribute with `custom:`, as Cognito does. */
  readonly Name?: string;
  /** Custom attributes must have a type; standard attributes keep theirs. */
  readonly AttributeDataType?: 'String' | 'Number' | 'DateTime' | 'Boolean';
  /** Whether only an administrator can write the attribute. Its name is then prefixed with `dev:custom:`. Default: false. */
  readonly DeveloperOnlyAttribute?: boolean;
  /** Whether the value can change after the user was created. Default: true. */
  readonly Mutable?: boolean;
  /** Only standard attributes can be required. Default: false. */
  readonly Required?: boolean;
  readonly StringAttributeConstraints?: StringConstraints;
  readonly NumberAttributeConstraints?: NumberConstraints;
}

/** Password rules. A policy that is given requires only its own members. */
export interface PasswordPolicy {
  /** 6 to 99 characters. Default: 8. */
  readonly MinimumLength?: number;
  readonly RequireUppercase?: boolean;
  readonly RequireLowercase?: boolean;
  readonly RequireNumbers?: boolean;
  readonly RequireSymbols?: boolean;
  /** Number of previous passwords that cannot be reused: 0 to 24. Default: 0. */
  readonly PasswordHistorySize?: number;
  /** Lifetime of a temporary password, in days. Default: 7. */
  readonly TemporaryPasswordValidityDays?: number;
}

/** A first factor as the sign-in policy names it. PASSWORD also allows PASSWORD_SRP. */
export type AllowedFirstFactor = 'PASSWORD' | 'EMAIL_OTP' | 'SMS_OTP' | 'WEB_AUTHN';

export interface DeviceConfiguration {
  /** Whether the secret of a remembered device replaces the second factor. Default: false. */
  readonly ChallengeRequiredOnNewDevice?: boolean;
  /** Whether a confirmed device is remembered only after UpdateDeviceStatus. Default: false. */
  readonly DeviceOnlyRememberedOnUserPrompt?: boolean;
}

export type AddressAttribute = 'email' | 'phone_number';

export type MfaConfiguration = 'OFF' | 'ON' | 'OPTIONAL';

export interface WebAuthnConfiguration {
  /** Domain of the passkeys. With `localhost`, pages may use any port and no TLS. */
  readonly RelyingPartyId?: string;
  /** Whether a passkey must verify its user, with a PIN or biometrics. Default: `preferred`. */
  readonly UserVerification?: 'required' | 'preferred';
  /** Whether a passkey with user verification counts as two factors. Default: `SINGLE_FACTOR`. */
  readonly FactorConfiguration?: 'SINGLE_FACTOR' | 'MULTI_FACTOR_WITH_USER_VERIFICATION';
}

export interface SmsConfiguration {
  readonly SnsCallerArn?: string;
  readonly ExternalId?: string;
  readonly SnsRegion?: string;
  readonly EumsSms?: {
    readonly CallerArn: string;
    readonly ExternalId?: string;
    readonly OriginationIdentity?: string;
    readonly ConfigurationSetName?: string;
    readonly InEntityId?: string;
    readonly InTemplateId?: string;
    readonly Region?: string;
  };
}

interface VersionedLambda<Version extends string> {
  readonly LambdaVersion: Version;
  readonly LambdaArn: string;
}

/** ARNs of a pool's Lambda functions, by trigger. */
export interface LambdaConfig {
  readonly PreSignUp?: string;
  readonly CustomMessage?: string;
  readonly PostConfirmation?: string;
  readonly PreAuthentication?: string;
  readonly PostAuthentication?: string;
  readonly DefineAuthChallenge?: string;
  readonly CreateAuthChallenge?: string;
  readonly VerifyAuthChallengeResponse?: string;
  readonly PreTokenGeneration?: string;
  readonly UserMigration?: string;
  readonly PreTokenGenerationConfig?: VersionedLambda<'V1_0' | 'V2_0' | 'V3_0'>;
  readonly CustomSMSSender?: VersionedLambda<'V1_0'>;
  readonly CustomEmailSender?: VersionedLambda<'V1_0'>;
  readonly InboundFederation?: VersionedLambda<'V1_0'>;
  readonly KMSKeyID?: string;
}

type OAuthFlow = 'code' | 'implicit' | 'client_credentials';

/** Settings of a user pool, in the member names of CreateUserPool and SetUserPoolMfaConfig. */
export interface PoolSettings {
  readonly PoolName?: string;
  readonly Policies?: {
    readonly PasswordPolicy?: PasswordPolicy;
    /** First factors that USER_AUTH offers. Default: PASSWORD. */
    readonly SignInPolicy?: { readonly AllowedFirstAuthFactors?: readonly AllowedFirstFactor[] };
  };
  /** Users sign in with these addresses. Excludes AliasAttributes. */
  readonly UsernameAttributes?: readonly AddressAttribute[];
  /** Users choose a username and can also sign in with these attributes. */
  readonly AliasAttributes?: readonly (AddressAttribute | 'preferred_username')[];
  /** Addresses that the pool verifies with a code, without a request. */
  readonly AutoVerifiedAttributes?: readonly AddressAttribute[];
  readonly UsernameConfiguration?: { readonly CaseSensitive: boolean };
  readonly MfaConfiguration?: MfaConfiguration;
  readonly SoftwareTokenMfaConfiguration?: { readonly Enabled?: boolean };
  /** Enables codes by SMS as a second factor if present. */
  readonly SmsMfaConfiguration?: {
    /** With the placeholder `{####}` for the code. */
    readonly SmsAuthenticationMessage?: string;
    readonly SmsConfiguration?: SmsConfiguration;
  };
  /** Enables codes by e-mail as a second factor if present. */
  readonly EmailMfaConfiguration?: {
    /** With the placeholder `{####}` for the code. */
    readonly Message?: string;
    readonly Subject?: string;
  };
  /** The pool tracks devices, which users can remember, if any member is present. */
  readonly DeviceConfiguration?: DeviceConfiguration;
  /** Settings of passkeys, if WEB_AUTHN is among the AllowedFirstAuthFactors. */
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
  readonly AdminCreateUserConfig?: {
    readonly AllowAdminCreateUserOnly?: boolean;
    /** Lifetime of a temporary password, in days, unless the password policy has one. */
    readonly UnusedAccountValidityDays?: number;
    /** Texts with the placeholders `{username}` and `{####}` for the temporary password. */
    readonly InviteMessageTemplate?: {
      readonly SMSMessage?: string;
      readonly EmailMessage?: string;
      readonly EmailSubject?: string;
    };
  };
  /** Threat protection. AUDIT records sign-ins; ENFORCED also warns the user of a risky one. */
  readonly UserPoolAddOns?: {
    readonly AdvancedSecurityMode: 'OFF' | 'AUDIT' | 'ENFORCED';
    /** Given back by DescribeUserPool, without effect. */
    readonly AdvancedSecurityAdditionalFlows?: { readonly CustomAuthMode?: 'AUDIT' | 'ENFORCED' };
  };
  /** The triggers that run. The functions of the option `triggers` stand in for its Lambda functions. */
  readonly LambdaConfig?: LambdaConfig;
  /** Session tracking, which ListUserSessions needs (SetUserPoolSessionConfiguration). Default: ENABLED; DISABLED in a pool of CreateUserPool and in the plan LITE. */
  readonly UserSessionTracking?: 'ENABLED' | 'DISABLED';
  /** Sessions of a user that are tracked; the next sign-in ends the least recently used one. Default: 100; 20 in a pool of CreateUserPool. */
  readonly TokenSession?: { readonly MaxPerUser: number };
  readonly UserPoolTags?: Readonly<Record<string, string>>;
  /** With ACTIVE, DeleteUserPool is refused. Default: INACTIVE. */
  readonly DeletionProtection?: 'ACTIVE' | 'INACTIVE';
  /** Feature plan. Default: ESSENTIALS. */
  readonly UserPoolTier?: 'LITE' | 'ESSENTIALS' | 'PLUS';
  /** Sender of SMS messages. MFA by SMS and the verification of phone numbers need it. */
  readonly SmsConfiguration?: SmsConfiguration;
  /** Sender of e-mails. MFA by e-mail needs EmailSendingAccount DEVELOPER. */
  readonly EmailConfiguration?: {
    readonly SourceArn?: string;
    readonly ReplyToEmailAddress?: string;
    readonly EmailSendingAccount?: 'COGNITO_DEFAULT' | 'DEVELOPER';
    readonly From?: string;
    readonly ConfigurationSet?: string;
  };
  /** Texts of verification messages, with the placeholder `{####}` for the code. */
  readonly VerificationMessageTemplate?: {
    readonly SmsMessage?: string;
    readonly EmailMessage?: string;
    readonly EmailSubject?: string;
    /** With the placeholder `{##text##}` for a link that confirms the sign-up. */
    readonly EmailMessageByLink?: string;
    readonly EmailSubjectByLink?: string;
    readonly DefaultEmailOption?: 'CONFIRM_WITH_LINK' | 'CONFIRM_WITH_CODE';
  };
  /** Older name of `VerificationMessageTemplate.SmsMessage`. */
  readonly SmsVerificationMessage?: string;
  /** Older name of `VerificationMessageTemplate.EmailMessage`. */
  readonly EmailVerificationMessage?: string;
  /** Older name of `VerificationMessageTemplate.EmailSubject`. */
  readonly EmailVerificationSubject?: string;
  /** Text of sign-in codes by SMS. */
  readonly SmsAuthenticationMessage?: string;
  /** Given back by DescribeUserPool, without effect. */
  readonly DcrConfiguration?: {
    readonly EnableStatus?: 'Enabled' | 'Disabled';
    readonly OpenDcrEnabled?: boolean;
    readonly AuthenticatedGrantTypes?: readonly OAuthFlow[];
    readonly OpenDcrGrantTypes?: readonly OAuthFlow[];
    readonly AllowedScopes?: readonly string[];
  };
  /** Given back by DescribeUserPool, without effect. */
  readonly KeyConfiguration?: {
    readonly KeyType?: 'AWS_OWNED_KEY' | 'CUSTOMER_MANAGED_KEY';
    readonly KmsKeyArn?: string;
  };
  /** Given back by DescribeUserPool, without effect. */
  readonly IssuerConfiguration?: { readonly Type?: 'ORIGINAL' | 'UPDATED' };
  readonly Schema?: readonly SchemaAttribute[];
  /** Names of the four `acr` levels. Default: `urn:cognito:loa:1` to `urn:cognito:loa:4`. */
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
  | 'ALLOW_CLIENT_TOKEN_AUTH'
  | 'ADMIN_NO_SRP_AUTH'
  | 'CUSTOM_AUTH_FLOW_ONLY'
  | 'USER_PASSWORD_AUTH';

export type TimeUnit = 'seconds' | 'minutes' | 'hours' | 'days';

/** Settings of an app client, in the member names of CreateUserPoolClient. */
export interface ClientSettings extends OAuthSettings {
  readonly ClientName?: string;
  readonly GenerateSecret?: boolean;
  /** Whether AWS Secrets Manager keeps the secret and rotates it, at creation and every 7 days. Default: false. */
  readonly PublishSecretsInAWSSecretsManager?: boolean;
  readonly ExplicitAuthFlows?: readonly ExplicitAuthFlow[];
  /** LEGACY, the API's default, reveals whether a user exists; ENABLED prevents account enumeration. */
  readonly PreventUserExistenceErrors?: 'ENABLED' | 'LEGACY';
  readonly EnableTokenRevocation?: boolean;
  /** Whether the client may send its user's IP address to threat protection. Needs a secret. Default: false. */
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
  /** Lifetime of a challenge session, in minutes: 3 to 15. Default: 3. */
  readonly AuthSessionValidity?: number;
  readonly RefreshTokenRotation?: {
    readonly Feature: 'ENABLED' | 'DISABLED';
    readonly RetryGracePeriodSeconds?: number;
  };
  /** Given back by DescribeUserPoolClient, without effect. */
  readonly AnalyticsConfiguration?: {
    readonly ApplicationId?: string;
    readonly ApplicationArn?: string;
    readonly RoleArn?: string;
    readonly ExternalId?: string;
    readonly UserDataShared?: boolean;
  };
  /** Attributes that the client can read. Default: all. */
  readonly ReadAttributes?: readonly string[];
  /** Attributes that the client can write. Default: all that users can write. */
  readonly WriteAttributes?: readonly string[];
}

/** Managed login settings of an app client, in the member names of CreateUserPoolClient. */
export interface OAuthSettings {
  /** Whether the client uses managed login. Default: false; true if the options of the local pool give `CallbackURLs`. */
  readonly AllowedOAuthFlowsUserPoolClient?: boolean;
  /** `client_credentials` needs a secret and excludes the other two. */
  readonly AllowedOAuthFlows?: readonly OAuthFlow[];
  /** `openid`, `email`, `phone`, `profile`, `aws.cognito.signin.user.admin`, and scopes of the pool's resource servers. */
  readonly AllowedOAuthScopes?: readonly string[];
  /** Allowed redirect URIs, compared exactly. `http` only for `localhost`, `127.0.0.1` and `[::1]`. */
  readonly CallbackURLs?: readonly string[];
  /** Allowed redirect URIs after a sign-out, compared exactly. */
  readonly LogoutURLs?: readonly string[];
  /** Default of `redirect_uri`, if the client has a single identity provider. */
  readonly DefaultRedirectURI?: string;
  /** `COGNITO` for the pool's own users, and names of identity providers. */
  readonly SupportedIdentityProviders?: readonly string[];
}
