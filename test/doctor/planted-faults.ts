import type {
  CreateUserPoolClientRequest,
  CreateUserPoolRequest,
  SetUserPoolMfaConfigRequest,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Config } from '../../src/config/options.ts';
import type { Subject } from '../../src/doctor/diagnose.ts';

const CALLBACK = 'https://app.example.com/auth/callback';
const SIGN_OUT = 'https://app.example.com/';
const COOKIE_SECRET = 'a secret for the cookies of every instance';
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:challenge';

export const POOL: CreateUserPoolRequest = {
  PoolName: 'app',
  UsernameAttributes: ['email'],
  UsernameConfiguration: { CaseSensitive: false },
  AutoVerifiedAttributes: ['email'],
  UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
  Policies: { PasswordPolicy: { MinimumLength: 12 } },
  DeletionProtection: 'ACTIVE',
  AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
  EmailConfiguration: {
    EmailSendingAccount: 'DEVELOPER',
    SourceArn: 'arn:aws:ses:us-east-1:123456789012:identity/example.com',
  },
};
export const MFA: Partial<SetUserPoolMfaConfigRequest> = {
  MfaConfiguration: 'OPTIONAL',
  SoftwareTokenMfaConfiguration: { Enabled: true },
};
export const CLIENT = {
  ClientName: 'app',
  GenerateSecret: true,
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
  PreventUserExistenceErrors: 'ENABLED',
  EnableTokenRevocation: true,
  RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 },
  AccessTokenValidity: 15,
  TokenValidityUnits: { AccessToken: 'minutes' },
} satisfies Partial<CreateUserPoolClientRequest>;
export const OAUTH: Partial<CreateUserPoolClientRequest> = {
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['code'],
  AllowedOAuthScopes: ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'],
  SupportedIdentityProviders: ['COGNITO'],
  CallbackURLs: [CALLBACK],
  LogoutURLs: [SIGN_OUT],
};
export const MANAGED: Config = {
  cookieSecret: COOKIE_SECRET,
  managedLogin: { redirectUri: CALLBACK, logoutUri: SIGN_OUT },
};
const SMS = { SnsCallerArn: 'arn:aws:iam::123456789012:role/sms', ExternalId: 'app' };
export const PACKAGES = { '@aws-sdk/client-cognito-identity-provider': '3.1169.0' };
const PRODUCTION = { NODE_ENV: 'production' };

/** A misconfiguration of an otherwise well made pool and app. */
export interface Planted {
  readonly id: string;
  readonly pool?: Partial<CreateUserPoolRequest>;
  readonly mfa?: Partial<SetUserPoolMfaConfigRequest>;
  readonly client?: Partial<CreateUserPoolClientRequest> & { PublishSecretsInAWSSecretsManager?: boolean };
  readonly config?: Config;
  readonly facts?: Partial<Subject>;
  /** Options that fix it. Default: the printed call, or the well made configuration. */
  readonly fixed?: Config;
  /** The fixed app reads its secret from Secrets Manager. */
  readonly readsSecret?: true;
  /** A pool with the fix, if no printed call makes it. */
  readonly remade?: Partial<Planted>;
  /** Other findings of the same fault. */
  readonly also?: readonly string[];
  /** The domain of managed login. `undefined` for none. Default: one with managed login. */
  readonly domainVersion?: 1 | 2 | undefined;
  /** Without a style for managed login. */
  readonly noStyle?: true;
  readonly secrets?: 1 | 2;
  readonly provider?: 'Google';
  /** Members of the app client and the pool that Cognito can answer, and the local pool refuses to store. */
  readonly described?: { readonly client?: object; readonly pool?: object };
  /** Without the permission to read settings. */
  readonly denied?: true;
}

export const PLANTED: readonly Planted[] = [
  { id: 'config-invalid', config: { signInWith: 'mail' } as unknown as Config },
  { id: 'client-auth-flow', client: { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'] } },
  { id: 'client-user-auth-flow', config: { autoSignIn: true }, fixed: { autoSignIn: true } },
  {
    id: 'client-unused-password-flow',
    client: { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_ADMIN_USER_PASSWORD_AUTH'] },
  },
  { id: 'client-user-existence-errors', client: { PreventUserExistenceErrors: 'LEGACY' } },
  { id: 'client-token-revocation', client: { EnableTokenRevocation: false } },
  {
    id: 'client-refresh-rotation',
    client: {
      RefreshTokenRotation: { Feature: 'DISABLED' },
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    },
  },
  {
    id: 'client-rotation-grace',
    client: { RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 } },
  },
  { id: 'client-secret-missing', config: { clientSecret: undefined } },
  { id: 'client-secret-wrong', config: { clientSecret: 'not-the-secret-of-it' } },
  {
    id: 'client-secret-unexpected',
    client: { GenerateSecret: false },
    config: { clientSecret: 'not-the-secret-of-it' },
  },
  { id: 'client-two-secrets', secrets: 2, remade: { secrets: 1 } },
  {
    id: 'client-secret-unreadable',
    config: {
      clientSecret: () => {
        throw new Error('no permission for the ARN');
      },
    },
  },
  { id: 'client-read-attributes', client: { ReadAttributes: ['name'] } },
  {
    id: 'client-write-attributes',
    client: { WriteAttributes: ['email', 'name'] },
    config: { writableAttributes: ['name', 'locale'] },
    fixed: { writableAttributes: ['name', 'locale'] },
  },
  {
    id: 'client-writes-custom-attributes',
    pool: { Schema: [{ Name: 'role', AttributeDataType: 'String', Mutable: true }] },
    client: { WriteAttributes: ['email', 'name', 'custom:role'] },
  },
  {
    id: 'client-access-token-lifetime',
    client: { AccessTokenValidity: 24, TokenValidityUnits: { AccessToken: 'hours' } },
  },
  {
    id: 'client-id-token-lifetime',
    client: { IdTokenValidity: 24, TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'hours' } },
  },
  {
    id: 'client-refresh-cookie-lifetime',
    client: { RefreshTokenValidity: 7 },
    config: { transport: 'cookie' },
    fixed: { transport: 'cookie', cookies: { refreshMaxAge: 7 * 86_400 } },
  },
  { id: 'client-ip-address', config: { sendIpAddress: true }, fixed: { sendIpAddress: true } },
  {
    id: 'client-managed-login',
    config: MANAGED,
    fixed: MANAGED,
    client: { ...OAUTH, AllowedOAuthFlows: ['implicit'] },
    also: ['client-implicit-grant'],
  },
  { id: 'client-implicit-grant', client: { ...OAUTH, AllowedOAuthFlows: ['code', 'implicit'] } },
  {
    id: 'client-callback-url',
    client: { ...OAUTH, CallbackURLs: [`${CALLBACK}/`] },
    config: MANAGED,
    fixed: MANAGED,
  },
  {
    id: 'client-sign-out-url',
    client: { ...OAUTH, LogoutURLs: ['https://app.example.com'] },
    config: MANAGED,
    fixed: MANAGED,
  },
  {
    id: 'client-scopes',
    client: { ...OAUTH, AllowedOAuthScopes: ['openid', 'email', 'profile'] },
    config: MANAGED,
    fixed: MANAGED,
  },
  {
    id: 'client-identity-providers',
    client: OAUTH,
    config: { ...MANAGED, managedLogin: { redirectUri: CALLBACK, identityProviders: ['Google'] } },
    fixed: { ...MANAGED, managedLogin: { redirectUri: CALLBACK, identityProviders: ['Google'] } },
    provider: 'Google',
  },
  {
    id: 'client-rotation-refresh-flow',
    described: { client: { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] } },
  },
  {
    id: 'client-secret-rotates',
    client: { PublishSecretsInAWSSecretsManager: true },
    config: { clientSecret: 'a-copy-of-its-secret' },
    readsSecret: true,
  },
  { id: 'client-secret-refused', config: { clientSecret: 'not-the-secret-of-it' }, denied: true },
  {
    id: 'client-flow-refused',
    client: { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'] },
    denied: true,
    fixed: { authFlow: 'USER_SRP_AUTH' },
  },
  {
    id: 'client-reveals-users',
    client: { PreventUserExistenceErrors: 'LEGACY' },
    denied: true,
    remade: { client: {} },
  },
  {
    id: 'env-secrets-manager-package',
    facts: { env: { COGNITO_CLIENT_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:1:secret:a' } },
  },
  { id: 'pool-sign-in-names', config: { signInWith: 'username' } },
  { id: 'pool-case-sensitive', pool: { UsernameConfiguration: { CaseSensitive: true } } },
  {
    id: 'pool-auto-verified',
    pool: { AutoVerifiedAttributes: [], UserAttributeUpdateSettings: {} },
  },
  { id: 'pool-verify-before-update', pool: { UserAttributeUpdateSettings: {} } },
  {
    id: 'pool-verification-link',
    pool: { VerificationMessageTemplate: { DefaultEmailOption: 'CONFIRM_WITH_LINK' } },
  },
  {
    id: 'pool-temporary-password',
    pool: { Policies: { PasswordPolicy: { MinimumLength: 12, TemporaryPasswordValidityDays: 90 } } },
  },
  { id: 'pool-password-length', pool: { Policies: { PasswordPolicy: { MinimumLength: 6 } } } },
  {
    id: 'pool-password-policy',
    config: { passwordPolicy: { minimumLength: 8 } },
    fixed: { passwordPolicy: { minimumLength: 12 } },
  },
  {
    id: 'pool-required-attributes',
    pool: { Schema: [{ Name: 'birthdate', Required: true, Mutable: true }] },
    config: { writableAttributes: ['name'] },
    fixed: { writableAttributes: ['name', 'birthdate'] },
  },
  { id: 'pool-sign-up-closed', pool: { AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } } },
  {
    id: 'pool-account-recovery',
    pool: { AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'admin_only', Priority: 1 }] } },
  },
  { id: 'pool-deletion-protection', pool: { DeletionProtection: 'INACTIVE' } },
  { id: 'pool-threat-protection', pool: { UserPoolTier: 'PLUS' } },
  {
    id: 'pool-tier',
    pool: { UserPoolTier: 'LITE' },
    client: {
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_AUTH'],
      RefreshTokenRotation: undefined,
    },
    config: { autoSignIn: true },
    fixed: { autoSignIn: true },
    also: ['client-refresh-rotation'],
  },
  {
    id: 'pool-device-tracking',
    pool: { DeviceConfiguration: { ChallengeRequiredOnNewDevice: true } },
    fixed: { transport: 'cookie' },
  },
  {
    id: 'pool-remember-devices',
    config: { transport: 'cookie', rememberDevices: 'always' },
    fixed: { transport: 'cookie', rememberDevices: 'always' },
  },
  { id: 'pool-email-sender', pool: { EmailConfiguration: {} }, remade: { pool: {} } },
  {
    id: 'pool-sms-sender',
    pool: { UsernameAttributes: ['email', 'phone_number'] },
    config: { signInWith: ['email', 'phoneNumber'] },
  },
  {
    id: 'pool-sms-external-id',
    pool: { SmsConfiguration: { SnsCallerArn: SMS.SnsCallerArn } },
    remade: { pool: { SmsConfiguration: SMS } },
  },
  { id: 'pool-sms-failure', described: { pool: { SmsConfigurationFailure: 'SNSSandbox' } } },
  {
    id: 'pool-email-failure',
    described: { pool: { EmailConfigurationFailure: 'InvalidEmailRoleAccessPolicyException' } },
  },
  {
    id: 'pool-email-from',
    pool: { EmailConfiguration: { ...POOL.EmailConfiguration, From: 'App <app@example.org>' } },
    remade: {
      pool: { EmailConfiguration: { ...POOL.EmailConfiguration, From: 'App <app@mail.example.com>' } },
    },
  },
  { id: 'pool-mfa-off', mfa: { MfaConfiguration: 'OFF' } },
  {
    id: 'pool-mfa-sms-only',
    pool: { SmsConfiguration: SMS },
    mfa: { MfaConfiguration: 'OPTIONAL', SmsMfaConfiguration: { SmsConfiguration: SMS } },
  },
  {
    id: 'pool-passkey-relying-party',
    mfa: { ...MFA, WebAuthnConfiguration: { RelyingPartyId: 'example.org', UserVerification: 'required' } },
    config: { transport: 'cookie', trustedOrigins: ['https://app.example.com'] },
    fixed: { transport: 'cookie', trustedOrigins: ['https://app.example.com'] },
  },
  {
    id: 'pool-passkey-factor',
    mfa: { ...MFA, WebAuthnConfiguration: { RelyingPartyId: 'example.com', UserVerification: 'required' } },
    client: { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] },
    config: { authFlow: 'USER_AUTH' },
    fixed: { authFlow: 'USER_AUTH' },
  },
  {
    id: 'pool-passkey-verification',
    mfa: { ...MFA, WebAuthnConfiguration: { RelyingPartyId: 'example.com' } },
  },
  {
    id: 'pool-first-factors',
    client: { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] },
    config: { authFlow: 'USER_AUTH', passwordless: true },
    fixed: { authFlow: 'USER_AUTH', passwordless: true },
  },
  {
    id: 'pool-custom-auth-triggers',
    pool: { LambdaConfig: { DefineAuthChallenge: FUNCTION } },
    client: { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH'] },
    config: { authFlow: 'CUSTOM_AUTH' },
    fixed: { authFlow: 'CUSTOM_AUTH' },
    remade: {
      pool: {
        LambdaConfig: {
          DefineAuthChallenge: FUNCTION,
          CreateAuthChallenge: FUNCTION,
          VerifyAuthChallengeResponse: FUNCTION,
        },
      },
    },
  },
  {
    id: 'pool-domain-version',
    client: OAUTH,
    config: MANAGED,
    fixed: MANAGED,
    domainVersion: 1,
    noStyle: true,
  },
  { id: 'pool-login-style', client: OAUTH, config: MANAGED, fixed: MANAGED, noStyle: true },
  { id: 'client-unknown', config: { clientId: 'another', clientSecret: undefined } },
  { id: 'keys-reachable', config: { jwksUri: 'http://127.0.0.1:1/keys' } },
  { id: 'issuer', config: { issuer: 'https://issuer.example.com' } },
  { id: 'env-node-version', facts: { node: '21.7.3' } },
  {
    id: 'env-package-versions',
    facts: { packages: { '@aws-sdk/client-cognito-identity-provider': '3.400.0' } },
  },
  { id: 'env-proxy-ignored', facts: { env: { HTTPS_PROXY: 'http://proxy.example.com:3128' } } },
  { id: 'env-aws-endpoint', facts: { env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' } } },
  { id: 'env-local-endpoint-in-production', facts: { env: PRODUCTION } },
  { id: 'env-tls-unverified', facts: { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } } },
  {
    id: 'env-http-cookies-in-production',
    facts: { env: PRODUCTION },
    config: { transport: 'cookie', cookies: { dangerouslyAllowHttp: true } },
    also: ['env-local-endpoint-in-production'],
  },
  {
    id: 'env-rate-limits-off',
    facts: { env: PRODUCTION },
    config: { rateLimits: false },
    also: ['env-local-endpoint-in-production'],
  },
  { id: 'env-users-revealed', config: { concealUserExistence: false } },
  { id: 'env-file-exposed', facts: { exposesEnvFile: true } },
  { id: 'env-trust-proxy', facts: { trustProxy: true } },
];
