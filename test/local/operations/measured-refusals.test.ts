import { expect } from 'chai';
import { closeAll, type Local, outcomeOf, startLocal } from '../../support/local-sdk.ts';

const LAMBDA = (region: string, name = 'f') => `arn:aws:lambda:${region}:123456789012:function:${name}`;
const SENDER = { LambdaVersion: 'V1_0' as const, LambdaArn: LAMBDA('us-east-1') };
const KMSKeyID = 'arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000000';
const SourceArn = 'arn:aws:ses:us-east-1:123456789012:identity/example.com';
const RoleArn = 'arn:aws:iam::123456789012:role/pinpoint';
const TOKENS = (name: string) => ({ LambdaVersion: 'V2_0' as const, LambdaArn: LAMBDA('us-east-1', name) });
const RECOVERY =
  'InvalidParameterException: Invalid account recovery setting parameter. Account Recovery Setting';
const email = { Name: 'verified_email', Priority: 1 };

/** Deployments whose failures badmintoncryer/cdk-preflight recorded (rules/cognito, in each file meta.yaml). */
describe('The local pool, compared with failed deployments to AWS,', () => {
  let local: Local;
  before(async () => {
    local = await startLocal();
  });
  after(closeAll);

  const createPool = (settings: object) => local.sdk.createUserPool({ PoolName: 'x', ...settings });
  const createClient = (settings: object) =>
    local.sdk.createUserPoolClient({ UserPoolId: local.UserPoolId, ClientName: 'x', ...settings });
  const createProvider = (details: object) =>
    local.sdk.createIdentityProvider({
      UserPoolId: local.UserPoolId,
      ProviderName: 'Work',
      ProviderType: 'OIDC',
      ProviderDetails: {
        client_id: 'a',
        authorize_scopes: 'openid',
        oidc_issuer: 'https://login.example.com',
        attributes_request_method: 'GET',
        ...details,
      },
    });

  for (const [what, settings, message] of [
    [
      'a custom e-mail sender without a key',
      { LambdaConfig: { CustomEmailSender: SENDER } },
      'KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used.',
    ],
    [
      'a custom SMS sender without a key',
      { LambdaConfig: { CustomSMSSender: SENDER } },
      'KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used.',
    ],
    [
      'DEVELOPER without SourceArn',
      { EmailConfiguration: { EmailSendingAccount: 'DEVELOPER' } },
      'Source ARN is required to use DEVELOPER email sending owner',
    ],
    [
      'From that is no address',
      { EmailConfiguration: { EmailSendingAccount: 'DEVELOPER', SourceArn, From: 'not an address' } },
      'Provided From email address is invalid',
    ],
    [
      'an invitation by e-mail without the password',
      { AdminCreateUserConfig: { InviteMessageTemplate: { EmailMessage: 'Welcome aboard.' } } },
      "1 validation error detected: Value 'Welcome aboard.' at 'adminCreateUserConfig.inviteMessage.emailMessage' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*\\{####\\}[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*",
    ],
    [
      'an invitation by SMS without the password',
      { AdminCreateUserConfig: { InviteMessageTemplate: { SMSMessage: 'Welcome aboard.' } } },
      "1 validation error detected: Value 'Welcome aboard.' at 'adminCreateUserConfig.inviteMessage.smsMessage' failed to satisfy constraint: Member must satisfy regular expression pattern: (?s).*\\{####\\}(?s).*",
    ],
    [
      'two functions of pre token generation',
      { LambdaConfig: { PreTokenGeneration: LAMBDA('us-east-1'), PreTokenGenerationConfig: TOKENS('g') } },
      "Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's",
    ],
    [
      'a function of another region',
      { LambdaConfig: { PreSignUp: LAMBDA('eu-west-1') } },
      'Cross-region lambda functions are not supported',
    ],
  ] as const) {
    it(`refuses a user pool with ${what}`, async () => {
      const { UserPool } = await createPool({});
      const text = `InvalidParameterException: ${message}`;
      expect(await outcomeOf(createPool(settings))).to.equal(text);
      const UserPoolId = UserPool?.Id ?? '';
      expect(await outcomeOf(local.sdk.updateUserPool({ UserPoolId, ...settings }))).to.equal(text);
    });
  }

  it('refuses recovery mechanisms with this opening', async () => {
    const create = (...RecoveryMechanisms: object[]) =>
      outcomeOf(createPool({ AccountRecoverySetting: { RecoveryMechanisms } }));
    expect(await create(email, { Name: 'admin_only', Priority: 2 })).to.equal(
      `${RECOVERY} cannot use admin_only setting with any other recovery mechanisms.`,
    );
    expect(await create(email, { Name: 'verified_phone_number', Priority: 1 })).to.equal(
      `${RECOVERY} cannot have duplicate priorities or recovery mechanisms.`,
    );
  });

  it('accepts the same settings with what they lacked', async () => {
    const complete = {
      LambdaConfig: {
        CustomEmailSender: SENDER,
        KMSKeyID,
        PreTokenGeneration: LAMBDA('us-east-1', 'g'),
        PreTokenGenerationConfig: TOKENS('g'),
      },
      EmailConfiguration: { EmailSendingAccount: 'DEVELOPER', SourceArn, From: 'Shop <shop@example.com>' },
      AdminCreateUserConfig: {
        InviteMessageTemplate: { EmailMessage: 'You are {username}: {####}', SMSMessage: '{####}' },
      },
    };
    expect(await outcomeOf(createPool(complete))).to.equal('ok');
  });

  for (const [what, settings, message] of [
    [
      'a callback URL with a fragment',
      { CallbackURLs: ['https://example.com/cb#frag'] },
      'https://example.com/cb#frag cannot use fragment',
    ],
    [
      'Pinpoint without a role',
      { AnalyticsConfiguration: { ApplicationId: 'abc', ExternalId: 'e' } },
      'Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid',
    ],
    [
      'Pinpoint named in both ways',
      {
        AnalyticsConfiguration: {
          ApplicationArn: 'arn:aws:mobiletargeting:us-east-1:123456789012:apps/abc',
          ApplicationId: 'abc',
          RoleArn,
          ExternalId: 'e',
        },
      },
      'Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid',
    ],
    [
      'context data without a secret',
      { EnablePropagateAdditionalUserContextData: true },
      'Client Secret is required to set EnablePropagateAdditionalUserContextData as true',
    ],
    [
      'an access token that outlives the refresh token',
      { AccessTokenValidity: 12, RefreshTokenValidity: 2, TokenValidityUnits: { RefreshToken: 'hours' } },
      'Access and Id Token expiration times must be less than or equal to refresh token expiration times.',
    ],
  ] as const) {
    it(`refuses an app client with ${what}`, async () => {
      expect(await outcomeOf(createClient(settings))).to.equal(`InvalidParameterException: ${message}`);
    });
  }

  it('quotes a list with too many entries', async () => {
    const CallbackURLs = Array.from({ length: 101 }, (_, index) => `https://example.com/cb${index}`);
    expect(await outcomeOf(createClient({ CallbackURLs }))).to.equal(
      `InvalidParameterException: 1 validation error detected: Value '[${CallbackURLs.join(', ')}]' at 'callbackURLs' ` +
        'failed to satisfy constraint: Member must have length less than or equal to 100',
    );
  });

  it('refuses an OIDC provider without https, and one with another method', async () => {
    expect(await outcomeOf(createProvider({ oidc_issuer: 'http://login.example.com' }))).to.equal(
      'InvalidParameterException: OIDC endpoint must start with https://',
    );
    expect(await outcomeOf(createProvider({ attributes_request_method: 'PUT' }))).to.equal(
      "InvalidParameterException: 1 validation error detected: Value 'PUT' at 'providerConfiguration.oidcConfig.attributesRequestMethod' failed to satisfy constraint: Member must satisfy enum value set: [POST, GET]",
    );
  });

  it('refuses the second version of managed login in the plan LITE', async () => {
    const { UserPool } = await createPool({ UserPoolTier: 'LITE' });
    const UserPoolId = UserPool?.Id ?? '';
    const create = (ManagedLoginVersion: number) =>
      outcomeOf(local.sdk.createUserPoolDomain({ UserPoolId, Domain: 'lite-shop', ManagedLoginVersion }));
    const text =
      'FeatureUnavailableInTierException: The following feature is not available for the LITE pricing tier configured: Managed Login Version 2';
    expect(await create(2)).to.equal(text);
    expect(await create(1)).to.equal('ok');
    const update = { UserPoolId, Domain: 'lite-shop', ManagedLoginVersion: 2 };
    expect(await outcomeOf(local.sdk.updateUserPoolDomain(update))).to.equal(text);
  });

  it('refuses both sources of a branding style, and takes assets beside the defaults of Cognito', async () => {
    const { sdk, UserPoolId, ClientId } = local;
    const create = (style: object) =>
      outcomeOf(sdk.createManagedLoginBranding({ UserPoolId, ClientId, ...style }));
    const text =
      'InvalidParameterException: useCognitoProvidedValues or settings should be specified (but not both)';
    expect(await create({ UseCognitoProvidedValues: true, Settings: {} })).to.equal(text);
    const Assets = [
      { Category: 'FORM_LOGO', ColorMode: 'DARK', Extension: 'PNG', Bytes: Buffer.from('png') },
    ];
    expect(await create({ Assets })).to.equal(text);
    expect(await create({ UseCognitoProvidedValues: true, Assets })).to.equal('ok');
  });
});
