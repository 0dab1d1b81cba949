import { isPublished, publishedArn, rotateSecret, secretsOf } from '../model/client-secrets.ts';
import { invalidParameter } from '../model/errors.ts';
import type { AppClient, UserPool } from '../model/pool.ts';
import { schemaOf } from '../model/schema.ts';
import type { ClientSettings } from '../model/settings.ts';
import {
  acrConfigurationOf,
  allowedFirstFactors,
  checkClientSettings,
  DEFAULT_AUTH_FLOWS,
} from '../model/settings-rules.ts';
import { checkOAuthSettings } from '../users/oauth-settings.ts';
import { passwordPolicyOf } from '../users/password-policy.ts';
import { createClient, createPool } from '../users/pools.ts';
import { flag, integer, list, oneOf, required, type Shape, structure, text } from '../wire/input.ts';
import { clientId, clientSecret, pageToken } from '../wire/members.ts';
import { pageOf } from '../wire/pagination.ts';
import { adminOperation, findClient, type OperationTable, poolOperation } from './operation.ts';

const LARGEST_PAGE = 60;
const name = text({ min: 1, max: 128, pattern: /[\w\s+=,.@-]+/ });
const addresses = list(oneOf('phone_number', 'email'));
const units = oneOf('seconds', 'minutes', 'hours', 'days');
const softwareToken = structure({ Enabled: flag() });
const smsMfa = structure({
  SmsAuthenticationMessage: text({ min: 6, max: 140 }),
  SmsConfiguration: structure({ SnsCallerArn: required(text()), ExternalId: text(), SnsRegion: text() }),
});
const emailMfa = structure({ Message: text({ min: 6, max: 20_000 }), Subject: text({ min: 1, max: 140 }) });
const webAuthn = structure({
  RelyingPartyId: text({ min: 1, max: 127 }),
  UserVerification: oneOf('required', 'preferred'),
  FactorConfiguration: oneOf('SINGLE_FACTOR', 'MULTI_FACTOR_WITH_USER_VERIFICATION'),
});
const url = text({ min: 1, max: 1024, pattern: /[\p{L}\p{M}\p{S}\p{N}\p{P}]+/u });
const mfaConfiguration = oneOf('OFF', 'ON', 'OPTIONAL');

const acrLevel = structure({
  AcrValue: required(text({ min: 1, max: 64, pattern: /[\x21\x23-\x5B\x5D-\x7E]+/ })),
});

const poolShape = {
  Policies: structure({
    PasswordPolicy: structure({
      MinimumLength: integer(6, 99),
      RequireUppercase: flag(),
      RequireLowercase: flag(),
      RequireNumbers: flag(),
      RequireSymbols: flag(),
      PasswordHistorySize: integer(0, 24),
      TemporaryPasswordValidityDays: integer(0, 365),
    }),
    SignInPolicy: structure({
      AllowedFirstAuthFactors: list(oneOf('PASSWORD', 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN'), { max: 4 }),
    }),
  }),
  UsernameAttributes: addresses,
  AliasAttributes: list(oneOf('phone_number', 'email', 'preferred_username')),
  AutoVerifiedAttributes: addresses,
  UsernameConfiguration: structure({ CaseSensitive: required(flag()) }),
  MfaConfiguration: mfaConfiguration,
  DeviceConfiguration: structure({
    ChallengeRequiredOnNewDevice: flag(),
    DeviceOnlyRememberedOnUserPrompt: flag(),
  }),
  AccountRecoverySetting: structure({
    RecoveryMechanisms: list(
      structure({
        Name: required(oneOf('verified_email', 'verified_phone_number', 'admin_only')),
        Priority: required(integer(1, 2)),
      }),
      { max: 2 },
    ),
  }),
  UserAttributeUpdateSettings: structure({ AttributesRequireVerificationBeforeUpdate: addresses }),
  AdminCreateUserConfig: structure({ AllowAdminCreateUserOnly: flag() }),
  UserPoolAddOns: structure({ AdvancedSecurityMode: required(oneOf('OFF', 'AUDIT', 'ENFORCED')) }),
  AcrConfiguration: structure({ Level1: acrLevel, Level2: acrLevel, Level3: acrLevel, Level4: acrLevel }),
  Schema: list(
    structure({
      Name: text({ min: 1, max: 20, pattern: /[\p{L}\p{M}\p{S}\p{N}\p{P}]+/u }),
      AttributeDataType: oneOf('String', 'Number', 'DateTime', 'Boolean'),
      DeveloperOnlyAttribute: flag(),
      Mutable: flag(),
      Required: flag(),
      StringAttributeConstraints: structure({ MinLength: text(), MaxLength: text() }),
      NumberAttributeConstraints: structure({ MinValue: text(), MaxValue: text() }),
    }),
    { max: 50 },
  ),
};

const clientShape = {
  ClientName: name,
  ExplicitAuthFlows: list(
    oneOf(
      'ADMIN_NO_SRP_AUTH',
      'CUSTOM_AUTH_FLOW_ONLY',
      'USER_PASSWORD_AUTH',
      'ALLOW_ADMIN_USER_PASSWORD_AUTH',
      'ALLOW_CUSTOM_AUTH',
      'ALLOW_USER_PASSWORD_AUTH',
      'ALLOW_USER_SRP_AUTH',
      'ALLOW_REFRESH_TOKEN_AUTH',
      'ALLOW_USER_AUTH',
    ),
  ),
  PublishSecretsInAWSSecretsManager: flag(),
  PreventUserExistenceErrors: oneOf('LEGACY', 'ENABLED'),
  EnableTokenRevocation: flag(),
  EnablePropagateAdditionalUserContextData: flag(),
  AccessTokenValidity: integer(0, 86_400),
  IdTokenValidity: integer(0, 86_400),
  RefreshTokenValidity: integer(0, 315_360_000),
  TokenValidityUnits: structure({ AccessToken: units, IdToken: units, RefreshToken: units }),
  AuthSessionValidity: integer(3, 15),
  RefreshTokenRotation: structure({
    Feature: required(oneOf('ENABLED', 'DISABLED')),
    RetryGracePeriodSeconds: integer(0, 60),
  }),
  ReadAttributes: list(text({ min: 1, max: 2048 })),
  WriteAttributes: list(text({ min: 1, max: 2048 })),
  AllowedOAuthFlowsUserPoolClient: flag(),
  AllowedOAuthFlows: list(oneOf('code', 'implicit', 'client_credentials'), { max: 3 }),
  AllowedOAuthScopes: list(text({ min: 1, max: 256, pattern: /[\x21\x23-\x5B\x5D-\x7E]+/ }), { max: 50 }),
  CallbackURLs: list(url, { max: 100 }),
  LogoutURLs: list(url, { max: 100 }),
  DefaultRedirectURI: url,
  SupportedIdentityProviders: list(text({ min: 1, max: 32 })),
};

export const adminPoolOperations: OperationTable = {
  CreateUserPool: adminOperation({ ...poolShape, PoolName: required(name) }, (service, input) => ({
    UserPool: poolOut(createPool(service, onlyMembersOf({ ...poolShape, PoolName: name }, input))),
  })),

  DescribeUserPool: poolOperation({}, (pool) => ({ UserPool: poolOut(pool) })),

  ListUserPools: adminOperation(
    { MaxResults: required(integer(1, LARGEST_PAGE)), NextToken: pageToken },
    (service, input) => {
      const { items, next } = pageOf([...service.pools.values()], input.MaxResults, input.NextToken);
      const UserPools = items.map((pool) => ({
        Id: pool.id,
        Name: pool.settings.PoolName,
        CreationDate: pool.createdAt / 1000,
        LastModifiedDate: pool.createdAt / 1000,
      }));
      return { UserPools, NextToken: next };
    },
  ),

  GetUserPoolMfaConfig: poolOperation({}, mfaConfigOut),

  SetUserPoolMfaConfig: poolOperation(
    {
      SoftwareTokenMfaConfiguration: softwareToken,
      SmsMfaConfiguration: smsMfa,
      EmailMfaConfiguration: emailMfa,
      WebAuthnConfiguration: webAuthn,
      MfaConfiguration: mfaConfiguration,
    },
    (pool, input) => {
      const { SmsMfaConfiguration: _sms, EmailMfaConfiguration: _email, ...settings } = pool.settings;
      pool.settings = {
        ...settings,
        SoftwareTokenMfaConfiguration: input.SoftwareTokenMfaConfiguration ?? { Enabled: false },
        ...(input.SmsMfaConfiguration && { SmsMfaConfiguration: input.SmsMfaConfiguration }),
        ...(input.EmailMfaConfiguration && { EmailMfaConfiguration: input.EmailMfaConfiguration }),
        ...(input.WebAuthnConfiguration && { WebAuthnConfiguration: input.WebAuthnConfiguration }),
        MfaConfiguration: input.MfaConfiguration ?? 'OFF',
      };
      return mfaConfigOut(pool);
    },
  ),

  CreateUserPoolClient: poolOperation(
    { ...clientShape, ClientName: required(name), GenerateSecret: flag(), ClientSecret: clientSecret },
    (pool, input) => {
      if (input.GenerateSecret && input.ClientSecret !== undefined) {
        throw invalidParameter('GenerateSecret and ClientSecret cannot both be set.');
      }
      const settings = onlyMembersOf({ ...clientShape, GenerateSecret: flag() }, input);
      return { UserPoolClient: clientOut(createClient(pool, settings, { secret: input.ClientSecret })) };
    },
  ),

  DescribeUserPoolClient: poolOperation({ ClientId: required(clientId) }, (pool, input) => ({
    UserPoolClient: clientOut(findClient(pool.service, input.ClientId, pool)),
  })),

  // Absent members are reset to their defaults, as on AWS.
  UpdateUserPoolClient: poolOperation({ ...clientShape, ClientId: required(clientId) }, (pool, input) => {
    const client = findClient(pool.service, input.ClientId, pool);
    const settings: ClientSettings = onlyMembersOf(clientShape, input);
    const secret = secretsOf(client)[0]?.value;
    checkClientSettings(settings, secret);
    checkOAuthSettings(pool, settings, secret);
    const wasPublished = isPublished(client);
    client.settings = { ...settings, ClientName: settings.ClientName ?? client.settings.ClientName ?? '' };
    if (isPublished(client) && !wasPublished) rotateSecret(client);
    client.modifiedAt = pool.now();
    return { UserPoolClient: clientOut(client) };
  }),

  ListUserPoolClients: poolOperation(
    { MaxResults: integer(1, LARGEST_PAGE), NextToken: pageToken },
    (pool, input) => {
      const { items, next } = pageOf(pool.clients(), input.MaxResults ?? LARGEST_PAGE, input.NextToken);
      const UserPoolClients = items.map((client) => ({
        ClientId: client.id,
        UserPoolId: pool.id,
        ClientName: client.settings.ClientName,
      }));
      return { UserPoolClients, NextToken: next };
    },
  ),
};

function poolOut(pool: UserPool): object {
  const {
    PoolName,
    SoftwareTokenMfaConfiguration: _softwareToken,
    SmsMfaConfiguration: _sms,
    EmailMfaConfiguration: _email,
    WebAuthnConfiguration: _webAuthn,
    Schema: _asSchemaAttributes,
    ...rest
  } = pool.settings;
  return {
    ...rest,
    Id: pool.id,
    Name: PoolName,
    Arn: `arn:aws:cognito-idp:${pool.service.region}:000000000000:userpool/${pool.id}`,
    Policies: {
      PasswordPolicy: passwordPolicyOf(pool),
      SignInPolicy: { AllowedFirstAuthFactors: allowedFirstFactors(pool.settings) },
    },
    SchemaAttributes: schemaOf(pool.settings),
    MfaConfiguration: pool.settings.MfaConfiguration ?? 'OFF',
    EstimatedNumberOfUsers: pool.users.all().length,
    AcrConfiguration: acrConfigurationOf(pool.settings),
    DeletionProtection: 'INACTIVE',
    CreationDate: pool.createdAt / 1000,
    LastModifiedDate: pool.createdAt / 1000,
  };
}

function mfaConfigOut({ settings }: UserPool): object {
  const { SmsMfaConfiguration, EmailMfaConfiguration, WebAuthnConfiguration } = settings;
  return {
    ...(SmsMfaConfiguration && { SmsMfaConfiguration }),
    ...(EmailMfaConfiguration && { EmailMfaConfiguration }),
    ...(WebAuthnConfiguration && { WebAuthnConfiguration }),
    SoftwareTokenMfaConfiguration: { Enabled: settings.SoftwareTokenMfaConfiguration?.Enabled ?? false },
    MfaConfiguration: settings.MfaConfiguration ?? 'OFF',
  };
}

function clientOut(client: AppClient): object {
  const { id, pool, settings, createdAt, modifiedAt } = client;
  const { GenerateSecret: _notTold, ...rest } = settings;
  return {
    ExplicitAuthFlows: DEFAULT_AUTH_FLOWS,
    PreventUserExistenceErrors: 'LEGACY',
    EnableTokenRevocation: true,
    RefreshTokenValidity: 30,
    AuthSessionValidity: 3,
    AllowedOAuthFlowsUserPoolClient: false,
    ...rest,
    UserPoolId: pool.id,
    ClientId: id,
    ...(isPublished(client)
      ? { ClientSecretArn: publishedArn(client) }
      : { ClientSecret: secretsOf(client)[0]?.value }),
    CreationDate: createdAt / 1000,
    LastModifiedDate: modifiedAt / 1000,
  };
}

/** Drops members that the pool does not use. */
function onlyMembersOf<T extends object>(shape: Shape, input: T): T {
  return Object.fromEntries(Object.entries(input).filter(([key]) => Object.hasOwn(shape, key))) as T;
}
