import type { AuthFlowType, CreateUserPoolCommandInput } from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import { claimsOf } from '../../support/helpers.ts';
import { ANA, closeAll, type Local, outcomeOf, PASSWORD, startLocal } from '../../support/local-sdk.ts';

const TEAM = { Name: 'team', AttributeDataType: 'String' } as const;

/** Answers of AWS that its users published. */
describe('The local pool, compared with captured answers of AWS,', () => {
  let local: Local;
  before(async () => {
    local = await startLocal({
      users: [{ username: ANA, password: PASSWORD }],
      appClient: { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] },
    });
  });
  after(closeAll);

  it('describes a plain app client without flows, without PreventUserExistenceErrors and with TokenValidityUnits', async () => {
    const { sdk, UserPoolId } = local;
    const { UserPoolClient } = await sdk.createUserPoolClient({ UserPoolId, ClientName: 'plain' });
    const { ClientId, CreationDate, LastModifiedDate, ...rest } = UserPoolClient ?? {};
    expect(rest).to.deep.equal({
      UserPoolId,
      ClientName: 'plain',
      RefreshTokenValidity: 30,
      TokenValidityUnits: {},
      AllowedOAuthFlowsUserPoolClient: false,
      EnableTokenRevocation: true,
      EnablePropagateAdditionalUserContextData: false,
      AuthSessionValidity: 3,
    });
    const described = await sdk.describeUserPoolClient({ UserPoolId, ClientId });
    expect(described.UserPoolClient).to.deep.equal(UserPoolClient);
  });

  for (const [AuthFlow, text] of [
    ['USER_PASSWORD_AUTH', 'USER_PASSWORD_AUTH flow not enabled for this client'],
    ['USER_SRP_AUTH', 'USER_SRP_AUTH is not enabled for the client.'],
    ['CUSTOM_AUTH', 'CUSTOM_AUTH is not enabled for the client.'],
  ] satisfies [AuthFlowType, string][]) {
    it(`refuses ${AuthFlow} that the app client does not allow`, async () => {
      const call = local.sdk.initiateAuth({ ClientId: local.ClientId, AuthFlow });
      expect(await outcomeOf(call)).to.equal(`InvalidParameterException: ${text}`);
    });
  }

  for (const AuthFlow of ['ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH'] as const) {
    it(`refuses ${AuthFlow} that the app client does not allow`, async () => {
      const { sdk, UserPoolId, ClientId } = local;
      expect(await outcomeOf(sdk.adminInitiateAuth({ UserPoolId, ClientId, AuthFlow }))).to.equal(
        'InvalidParameterException: Auth flow not enabled for this client',
      );
    });
  }

  it('names the password policy in another way for AdminCreateUser than for AdminSetUserPassword', async () => {
    const { sdk, UserPoolId } = local;
    const invited = sdk.adminCreateUser({
      UserPoolId,
      Username: 'bo@example.com',
      TemporaryPassword: 'Short1!',
    });
    expect(await outcomeOf(invited)).to.equal(
      'InvalidPasswordException: Password did not conform with password policy: Password not long enough',
    );
    const set = sdk.adminSetUserPassword({ UserPoolId, Username: ANA, Password: 'Short1!' });
    expect(await outcomeOf(set)).to.equal(
      'InvalidPasswordException: Password did not conform with policy: Password not long enough',
    );
  });

  it('names the user to whom it sends no second invitation', async () => {
    const { sdk, UserPoolId } = local;
    const { Username } = await sdk.adminGetUser({ UserPoolId, Username: ANA });
    const again = sdk.adminCreateUser({ UserPoolId, Username: ANA, MessageAction: 'RESEND' });
    expect(await outcomeOf(again)).to.equal(
      `UnsupportedUserStateException: Resend not possible. ${Username} status is not FORCE_CHANGE_PASSWORD`,
    );
  });

  it('names the identity provider and the pool of a duplicate', async () => {
    const { sdk, UserPoolId } = local;
    const create = () =>
      sdk.createIdentityProvider({
        UserPoolId,
        ProviderName: 'Google',
        ProviderType: 'Google',
        ProviderDetails: { client_id: 'a', client_secret: 'b', authorize_scopes: 'email' },
      });
    await create();
    expect(await outcomeOf(create())).to.equal(
      `DuplicateProviderException: Google already exists in user pool ${UserPoolId}`,
    );
  });

  const OLD_NAME =
    'InvalidParameterException: Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays';
  const createPool = (settings: Omit<CreateUserPoolCommandInput, 'PoolName'>) =>
    local.sdk.createUserPool({ PoolName: 'other', ...settings });

  it('takes UnusedAccountValidityDays for a new pool only, without TemporaryPasswordValidityDays', async () => {
    const { sdk } = local;
    const AdminCreateUserConfig = { UnusedAccountValidityDays: 3 };
    const both = {
      Policies: { PasswordPolicy: { TemporaryPasswordValidityDays: 3 } },
      AdminCreateUserConfig,
    };
    expect(await outcomeOf(createPool(both))).to.equal(OLD_NAME);
    const { UserPool } = await createPool({ AdminCreateUserConfig });
    expect(UserPool?.Policies?.PasswordPolicy?.TemporaryPasswordValidityDays).to.equal(3);
    const sentBack = { UserPoolId: UserPool?.Id, AdminCreateUserConfig: UserPool?.AdminCreateUserConfig };
    expect(await outcomeOf(sdk.updateUserPool(sentBack))).to.equal(OLD_NAME);
  });

  it('refuses admin_only among other recovery mechanisms', async () => {
    const recovery = (...names: ('admin_only' | 'verified_email')[]) => ({
      AccountRecoverySetting: {
        RecoveryMechanisms: names.map((Name, index) => ({ Name, Priority: index + 1 })),
      },
    });
    expect(await outcomeOf(createPool(recovery('verified_email', 'admin_only')))).to.equal(
      'InvalidParameterException: Invalid account recovery setting parameter. Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.',
    );
    expect(await outcomeOf(createPool(recovery('admin_only')))).to.equal('ok');
  });

  it('refuses features that the plan LITE lacks, and names them', async () => {
    const LambdaArn = 'arn:aws:lambda:us-east-1:000000000000:function:tokens';
    const features = (LambdaVersion: 'V1_0' | 'V2_0', PasswordHistorySize: number) =>
      createPool({
        UserPoolTier: 'LITE',
        LambdaConfig: { PreTokenGenerationConfig: { LambdaVersion, LambdaArn } },
        Policies: { PasswordPolicy: { PasswordHistorySize } },
      });
    expect(await outcomeOf(features('V2_0', 3))).to.equal(
      'FeatureUnavailableInTierException: The following features need to be disabled for the LITE pricing tier configured: ' +
        'Token Customization with Pre-Token Generation Lambda V2_0, Password History',
    );
    expect(await outcomeOf(features('V1_0', 0))).to.equal('ok');
  });

  it('refuses MFA by e-mail in the plan LITE', async () => {
    const { UserPool } = await createPool({
      UserPoolTier: 'LITE',
      EmailConfiguration: {
        EmailSendingAccount: 'DEVELOPER',
        SourceArn: 'arn:aws:ses:us-east-1:123456789012:identity/example.com',
      },
    });
    const EmailMfaConfiguration = { Subject: 'Your code' };
    const change = { UserPoolId: UserPool?.Id, MfaConfiguration: 'OPTIONAL', EmailMfaConfiguration } as const;
    expect(await outcomeOf(local.sdk.setUserPoolMfaConfig(change))).to.match(
      /^FeatureUnavailableInTierException: .+: Email MFA$/,
    );
  });

  for (const [what, settings, text] of [
    [
      'first factors without a password',
      { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['EMAIL_OTP'] } } },
      'Password should be configured as one of the allowed first auth factors.',
    ],
    [
      'both kinds of names',
      { AliasAttributes: ['email'], UsernameAttributes: ['email'] },
      'Only one of the aliasAttributes or usernameAttributes can be set in a User pool.',
    ],
    [
      'two recovery mechanisms of one priority',
      {
        AccountRecoverySetting: {
          RecoveryMechanisms: [
            { Name: 'verified_email', Priority: 1 },
            { Name: 'verified_phone_number', Priority: 1 },
          ],
        },
      },
      'Invalid account recovery setting parameter. Account Recovery Setting cannot have duplicate priorities or recovery mechanisms.',
    ],
    [
      'two custom attributes of one name',
      { Schema: [TEAM, TEAM] },
      'Duplicate custom attribute names custom:team are not allowed in a user pool schema.',
    ],
  ] satisfies [string, Omit<CreateUserPoolCommandInput, 'PoolName'>, string][]) {
    it(`refuses a pool with ${what}`, async () => {
      expect(await outcomeOf(createPool(settings))).to.equal(`InvalidParameterException: ${text}`);
    });
  }

  const createClient = (settings: object, UserPoolId = local.UserPoolId) =>
    local.sdk.createUserPoolClient({ UserPoolId, ClientName: 'other', ...settings });

  it('refuses a default redirect URI outside the callback URLs', async () => {
    const CallbackURLs = ['https://example.com/a'];
    const client = createClient({ CallbackURLs, DefaultRedirectURI: 'https://example.com/b' });
    expect(await outcomeOf(client)).to.equal(
      'InvalidParameterException: The default redirect URI https://example.com/b is not in the callback URIs list.',
    );
  });

  it('refuses rotation of refresh tokens with their flow, and in the plan LITE', async () => {
    const rotation = { RefreshTokenRotation: { Feature: 'ENABLED' } };
    const ExplicitAuthFlows = ['ALLOW_REFRESH_TOKEN_AUTH', 'ALLOW_USER_SRP_AUTH'];
    expect(await outcomeOf(createClient({ ...rotation, ExplicitAuthFlows }))).to.equal(
      'InvalidParameterException: ALLOW_REFRESH_TOKEN_AUTH is not a permitted ExplicitAuthFlow when refresh token rotation is enabled.',
    );
    const { UserPool } = await createPool({ UserPoolTier: 'LITE' });
    expect(await outcomeOf(createClient(rotation, UserPool?.Id))).to.equal(
      'FeatureUnavailableInTierException: The following features need to be disabled for the LITE pricing tier configured: Refresh Token Rotation',
    );
  });

  it('refuses legacy names of flows beside the others', async () => {
    const ExplicitAuthFlows = ['ADMIN_NO_SRP_AUTH', 'ALLOW_USER_SRP_AUTH'];
    expect(await outcomeOf(createClient({ ExplicitAuthFlows }))).to.equal(
      "InvalidParameterException: Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.",
    );
  });

  it('takes a domain with a reserved word inside a longer one', async () => {
    const { sdk, UserPoolId } = local;
    expect(await outcomeOf(sdk.createUserPoolDomain({ UserPoolId, Domain: 'my-aws-app' }))).to.match(
      /^InvalidParameterException: .+ reserved word: aws$/,
    );
    expect(await outcomeOf(sdk.createUserPoolDomain({ UserPoolId, Domain: 'my-awsome-app' }))).to.equal('ok');
  });

  it('refuses a SAML provider with two sources of metadata', async () => {
    const provider = local.sdk.createIdentityProvider({
      UserPoolId: local.UserPoolId,
      ProviderName: 'Saml',
      ProviderType: 'SAML',
      ProviderDetails: {
        MetadataURL: 'https://idp.example.com/metadata',
        MetadataFile: '<EntityDescriptor/>',
      },
    });
    expect(await outcomeOf(provider)).to.equal(
      'InvalidParameterException: Only one of the MetadataURL or MetadataFile should be provided.',
    );
  });

  for (const [what, other, preferred] of [
    ['no preferred role if the first groups have the same precedence and different roles', 'b', undefined],
    ['the preferred role that the first groups of the same precedence share', 'a', 'a'],
  ] as const) {
    it(`puts into the ID token ${what}`, async () => {
      const { sdk, UserPoolId, pool } = local;
      const role = (name: string) => `arn:aws:iam::000000000000:role/${name}`;
      const groups = [
        { GroupName: `first-${other}`, Precedence: 1, RoleArn: role('a') },
        { GroupName: `rival-${other}`, Precedence: 1, RoleArn: role(other) },
        { GroupName: `later-${other}`, Precedence: 2, RoleArn: role('c') },
      ];
      const Username = `${other}@example.com`;
      await sdk.adminCreateUser({ UserPoolId, Username, MessageAction: 'SUPPRESS' });
      for (const group of groups) {
        await sdk.createGroup({ UserPoolId, ...group });
        await sdk.adminAddUserToGroup({ UserPoolId, Username, GroupName: group.GroupName });
      }
      const claims = claimsOf(pool.tokensFor(Username).idToken);
      expect(claims['cognito:roles']).to.deep.equal([role('a'), role(other), role('c')]);
      expect(claims['cognito:preferred_role']).to.equal(preferred && role(preferred));
    });
  }
});
