import { expect } from 'chai';
import { closeAll, type Local, startLocal } from '../../support/local-sdk.ts';
import { type Members, namesOf, type Samples, requestOf as sdkRequestOf } from '../../support/sdk-shapes.ts';

const ROLE = 'arn:aws:iam::123456789012:role/sms';
const LAMBDA = 'arn:aws:lambda:us-east-1:123456789012:function:f';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/k';
const MESSAGE = 'Ciao {####}';

/** The members of LambdaConfig that are ARNs. */
const TRIGGERS = [
  'PreSignUp',
  'CustomMessage',
  'PostConfirmation',
  'PreAuthentication',
  'PostAuthentication',
  'DefineAuthChallenge',
  'CreateAuthChallenge',
  'VerifyAuthChallengeResponse',
  'PreTokenGeneration',
  'UserMigration',
];

/** A value for every member, by its path or by its last name. */
const SAMPLES: Samples = {
  ...Object.fromEntries(TRIGGERS.map((name) => [name, LAMBDA])),
  PoolName: 'shop',
  MinimumLength: 12,
  RequireUppercase: true,
  RequireLowercase: false,
  RequireNumbers: true,
  RequireSymbols: false,
  PasswordHistorySize: 3,
  TemporaryPasswordValidityDays: 5,
  AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'],
  DeletionProtection: 'ACTIVE',
  LambdaVersion: 'V1_0',
  'LambdaConfig.PreTokenGenerationConfig.LambdaVersion': 'V2_0',
  LambdaArn: LAMBDA,
  KMSKeyID: KEY,
  AutoVerifiedAttributes: ['email', 'phone_number'],
  // Excluded by UsernameAttributes.
  AliasAttributes: undefined,
  UsernameAttributes: ['email'],
  SmsVerificationMessage: MESSAGE,
  EmailVerificationMessage: MESSAGE,
  EmailVerificationSubject: 'Verify',
  SmsMessage: MESSAGE,
  'VerificationMessageTemplate.EmailMessage': MESSAGE,
  'VerificationMessageTemplate.EmailSubject': 'Verify',
  EmailMessageByLink: 'Click {##here##}',
  EmailSubjectByLink: 'Click',
  DefaultEmailOption: 'CONFIRM_WITH_LINK',
  SmsAuthenticationMessage: MESSAGE,
  MfaConfiguration: 'OPTIONAL',
  AttributesRequireVerificationBeforeUpdate: ['email'],
  ChallengeRequiredOnNewDevice: true,
  DeviceOnlyRememberedOnUserPrompt: true,
  SourceArn: 'arn:aws:ses:us-east-1:123456789012:identity/a@example.com',
  ReplyToEmailAddress: 'reply@example.com',
  EmailSendingAccount: 'DEVELOPER',
  From: 'a@example.com',
  ConfigurationSet: 'set',
  SnsCallerArn: ROLE,
  ExternalId: 'external',
  SnsRegion: 'us-east-1',
  CallerArn: ROLE,
  OriginationIdentity: 'identity',
  ConfigurationSetName: 'set',
  InEntityId: 'entity',
  InTemplateId: 'template',
  Region: 'us-east-1',
  UserPoolTags: { stage: 'test' },
  AllowAdminCreateUserOnly: true,
  UnusedAccountValidityDays: undefined,
  SMSMessage: '{username} {####}',
  'AdminCreateUserConfig.InviteMessageTemplate.EmailMessage': '{username} {####}',
  'AdminCreateUserConfig.InviteMessageTemplate.EmailSubject': 'Welcome',
  Schema: undefined,
  AdvancedSecurityMode: 'ENFORCED',
  CustomAuthMode: 'AUDIT',
  EnableStatus: 'Enabled',
  OpenDcrEnabled: false,
  AuthenticatedGrantTypes: ['code'],
  OpenDcrGrantTypes: ['code'],
  AllowedScopes: ['openid'],
  CaseSensitive: false,
  RecoveryMechanisms: [{ Priority: 1, Name: 'verified_email' }],
  UserPoolTier: 'PLUS',
  KeyType: 'CUSTOMER_MANAGED_KEY',
  KmsKeyArn: KEY,
  Type: 'ORIGINAL',
  AcrConfiguration: {
    Level1: { AcrValue: 'one' },
    Level2: { AcrValue: 'two' },
    Level3: { AcrValue: 'three' },
    Level4: { AcrValue: 'four' },
  },
  ClientName: 'web',
  GenerateSecret: true,
  ClientSecret: undefined,
  UserPoolId: undefined,
  RefreshTokenValidity: 20,
  AccessTokenValidity: 20,
  IdTokenValidity: 20,
  AccessToken: 'minutes',
  IdToken: 'minutes',
  RefreshToken: 'days',
  ReadAttributes: ['email'],
  WriteAttributes: ['email', 'name'],
  ExplicitAuthFlows: ['ALLOW_USER_AUTH'],
  SupportedIdentityProviders: ['COGNITO'],
  CallbackURLs: ['https://example.com/callback'],
  LogoutURLs: ['https://example.com/'],
  DefaultRedirectURI: 'https://example.com/callback',
  AllowedOAuthFlows: ['code'],
  AllowedOAuthScopes: ['openid'],
  AllowedOAuthFlowsUserPoolClient: true,
  ApplicationId: 'abc123',
  // One of two names of the application.
  ApplicationArn: undefined,
  RoleArn: ROLE,
  UserDataShared: true,
  PreventUserExistenceErrors: 'ENABLED',
  EnableTokenRevocation: false,
  EnablePropagateAdditionalUserContextData: true,
  AuthSessionValidity: 7,
  Feature: 'ENABLED',
  RetryGracePeriodSeconds: 9,
  Enabled: true,
  Message: MESSAGE,
  Subject: 'Your code',
  RelyingPartyId: 'example.com',
  UserVerification: 'required',
  FactorConfiguration: 'MULTI_FACTOR_WITH_USER_VERIFICATION',
};

const requestOf = (operation: string): Members => sdkRequestOf(operation, SAMPLES);

function pick(from: object | undefined, names: readonly string[]): Members {
  return Object.fromEntries(
    Object.entries(from ?? {}).filter(([name, value]) => names.includes(name) && value !== undefined),
  );
}

describe('The settings that the local pool gives back', () => {
  let local: Local;
  beforeEach(async () => {
    local = await startLocal();
  });
  afterEach(closeAll);

  const createPool = async (settings: Members): Promise<string> =>
    (await local.sdk.createUserPool(settings as never)).UserPool?.Id ?? '';
  const describePool = async (UserPoolId: string): Promise<Members> =>
    ({ ...(await local.sdk.describeUserPool({ UserPoolId })).UserPool }) as Members;

  it('are those of CreateUserPool, member by member (case 10)', async () => {
    const request = requestOf('CreateUserPool');
    const { PoolName, ...settings } = request;
    expect(Object.keys(settings)).to.have.length.above(20);
    expect(await describePool(await createPool(request))).to.deep.include({
      ...settings,
      Name: PoolName,
      // Another name of TemporaryPasswordValidityDays.
      AdminCreateUserConfig: { ...(settings.AdminCreateUserConfig as Members), UnusedAccountValidityDays: 5 },
    });
  });

  it('stay the same if they are sent back to UpdateUserPool (case 10)', async () => {
    const UserPoolId = await createPool(requestOf('CreateUserPool'));
    const before = await describePool(UserPoolId);
    const changeable = pick(before, namesOf('UpdateUserPoolRequest'));
    // Without UnusedAccountValidityDays, which UpdateUserPool refuses.
    const invitation = pick(requestOf('CreateUserPool'), ['AdminCreateUserConfig']);
    await local.sdk.updateUserPool({ ...changeable, ...invitation, UserPoolId, PoolName: 'renamed' });
    const after = await describePool(UserPoolId);
    expect(after).to.deep.equal({
      ...before,
      Name: 'renamed',
      LastModifiedDate: after.LastModifiedDate,
    });
  });

  it('stay the same if the defaults of a plain pool are sent back (case 10)', async () => {
    const UserPoolId = await createPool({ PoolName: 'plain' });
    const before = await describePool(UserPoolId);
    expect(before).to.deep.include({
      DeletionProtection: 'INACTIVE',
      UserPoolTier: 'ESSENTIALS',
      UserPoolTags: {},
      LambdaConfig: {},
      EmailConfiguration: { EmailSendingAccount: 'COGNITO_DEFAULT' },
      VerificationMessageTemplate: { DefaultEmailOption: 'CONFIRM_WITH_CODE' },
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: false, UnusedAccountValidityDays: 7 },
    });
    const sentBack = pick(before, namesOf('UpdateUserPoolRequest'));
    await local.sdk.updateUserPool({ ...sentBack, AdminCreateUserConfig: undefined, UserPoolId });
    const after = await describePool(UserPoolId);
    expect(after).to.deep.equal({ ...before, LastModifiedDate: after.LastModifiedDate });
  });

  // The API reference: members that UpdateUserPool omits are set to their defaults. The exceptions were measured on AWS.
  it('are reset to their defaults if UpdateUserPool omits them, except the name, the fixed ones and those of case T1', async () => {
    const request = requestOf('CreateUserPool');
    const UserPoolId = await createPool(request);
    const kept = pick(request, [
      'MfaConfiguration',
      'Policies',
      'SmsConfiguration',
      'UserPoolTags',
      'UserPoolTier',
    ]);
    await local.sdk.updateUserPool({ UserPoolId, ...pick(request, ['SmsConfiguration']) });
    const plain = await describePool(await createPool({ PoolName: 'shop', UsernameAttributes: ['email'] }));
    const own = ['Id', 'Arn', 'CreationDate', 'LastModifiedDate', 'UsernameConfiguration'];
    const without = (pool: Members) =>
      Object.fromEntries(Object.entries(pool).filter(([name]) => !own.includes(name)));
    const after = await describePool(UserPoolId);
    expect(without(after)).to.deep.equal({
      ...without(plain),
      ...kept,
      // Another name of TemporaryPasswordValidityDays.
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: false, UnusedAccountValidityDays: 5 },
    });
    expect(after.UsernameConfiguration).to.deep.equal({ CaseSensitive: false });
  });

  it('are unchanged by an UpdateUserPool that is refused', async () => {
    const { UserPoolId, sdk } = local;
    const before = await describePool(UserPoolId);
    const update = sdk.updateUserPool({ UserPoolId, AutoVerifiedAttributes: ['phone_number'] });
    expect(await update.then(String, (error: Error) => error.name)).to.equal('InvalidParameterException');
    expect(await describePool(UserPoolId)).to.deep.equal(before);
  });

  it('are those of SetUserPoolMfaConfig, also when they are sent back', async () => {
    const { sdk } = local;
    const UserPoolId = await createPool({
      PoolName: 'shop',
      EmailConfiguration: {
        EmailSendingAccount: 'DEVELOPER',
        SourceArn: 'arn:aws:ses:us-east-1:123456789012:identity/example.com',
      },
    });
    const request = requestOf('SetUserPoolMfaConfig');
    await sdk.setUserPoolMfaConfig({ ...request, UserPoolId });
    const { $metadata: _first, ...config } = await sdk.getUserPoolMfaConfig({ UserPoolId });
    expect(config).to.deep.equal(request);
    expect(await describePool(UserPoolId)).to.deep.include({
      SmsConfiguration: config.SmsMfaConfiguration?.SmsConfiguration,
      SmsAuthenticationMessage: MESSAGE,
    });
    await sdk.setUserPoolMfaConfig({ ...config, UserPoolId });
    const { $metadata: _second, ...again } = await sdk.getUserPoolMfaConfig({ UserPoolId });
    expect(again).to.deep.equal(config);
  });

  it('are those of CreateUserPoolClient, also after UpdateUserPoolClient (cases 10 and 24)', async () => {
    const { sdk, UserPoolId } = local;
    const { GenerateSecret: _notTold, ...settings } = requestOf('CreateUserPoolClient');
    const { UserPoolClient } = await sdk.createUserPoolClient({
      ...settings,
      ClientName: 'web',
      GenerateSecret: true,
      UserPoolId,
    });
    const ClientId = UserPoolClient?.ClientId ?? '';
    const described = async () =>
      ({ ...(await sdk.describeUserPoolClient({ UserPoolId, ClientId })).UserPoolClient }) as Members;
    const before = await described();
    expect(before).to.deep.include(settings);
    await sdk.updateUserPoolClient({
      ...pick(before, namesOf('UpdateUserPoolClientRequest')),
      UserPoolId,
      ClientId,
    });
    const after = await described();
    expect(after).to.deep.equal({ ...before, LastModifiedDate: after.LastModifiedDate });
    const plain = await sdk.createUserPoolClient({ UserPoolId, ClientName: 'plain' });
    expect(plain.UserPoolClient).to.include({ EnablePropagateAdditionalUserContextData: false });
  });
});
