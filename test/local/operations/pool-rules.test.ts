import type { CreateUserPoolCommandInput } from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import {
  ANA,
  closeAll,
  type Local,
  outcomeOf,
  PASSWORD,
  signIn,
  startLocal,
} from '../../support/local-sdk.ts';

const SmsConfiguration = { SnsCallerArn: 'arn:aws:iam::123456789012:role/sms', ExternalId: 'e' };
const PHONE = '+15551234567';
const NO_SMS =
  'InvalidParameterException: SMS configuration and Auto verification for phone_number are required when MFA is required/optional';

describe('The rules of CreateUserPool in the local pool', () => {
  let local: Local;
  beforeEach(async () => {
    local = await startLocal();
  });
  afterEach(closeAll);

  const create = (settings: Omit<CreateUserPoolCommandInput, 'PoolName'>) =>
    local.sdk.createUserPool({ PoolName: 'p', ...settings });

  for (const [when, settings, outcome] of [
    ['MFA is required without an SMS configuration (case 7)', { MfaConfiguration: 'ON' }, NO_SMS],
    ['MFA is optional without an SMS configuration (case 7)', { MfaConfiguration: 'OPTIONAL' }, NO_SMS],
    [
      'phone numbers are verified without an SMS configuration (case 16)',
      { AutoVerifiedAttributes: ['phone_number'] },
      'InvalidParameterException: SMS configuration is required when phone_number is selected for auto verification',
    ],
    [
      'an attribute needs verification before an update but is not verified (case 17)',
      { UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] } },
      'InvalidParameterException: All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes',
    ],
    [
      'threat protection is on without the plan PLUS',
      { UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' } },
      'FeatureUnavailableInTierException: The following features need to be disabled for the ESSENTIALS pricing tier configured: Threat Protection',
    ],
    [
      'the plan LITE has another first factor than a password',
      {
        UserPoolTier: 'LITE',
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
      },
      'FeatureUnavailableInTierException: The following features need to be disabled for the LITE pricing tier configured: Passwordless Sign-In',
    ],
  ] satisfies [string, Omit<CreateUserPoolCommandInput, 'PoolName'>, string][]) {
    it(`refuse a pool if ${when}`, async () => {
      expect(await outcomeOf(create(settings))).to.equal(outcome);
    });
  }

  it('refuse the same in UpdateUserPool', async () => {
    const { UserPool } = await create({});
    const update = local.sdk.updateUserPool({ UserPoolId: UserPool?.Id, MfaConfiguration: 'ON' });
    expect(await outcomeOf(update)).to.equal(NO_SMS);
  });

  it('accept required MFA in UpdateUserPool if authenticator apps are on', async () => {
    const { UserPool } = await create({});
    const UserPoolId = UserPool?.Id;
    const SoftwareTokenMfaConfiguration = { Enabled: true };
    await local.sdk.setUserPoolMfaConfig({
      UserPoolId,
      MfaConfiguration: 'OPTIONAL',
      SoftwareTokenMfaConfiguration,
    });
    await local.sdk.updateUserPool({ UserPoolId, MfaConfiguration: 'ON' });
    expect(await local.sdk.getUserPoolMfaConfig({ UserPoolId })).to.deep.include({
      MfaConfiguration: 'ON',
      SoftwareTokenMfaConfiguration,
    });
  });

  it('make SMS the second factor if MFA is on with an SMS configuration (case 6)', async () => {
    const { sdk } = local;
    const { UserPool } = await create({
      MfaConfiguration: 'ON',
      SmsConfiguration,
      SmsAuthenticationMessage: 'Ciao {####}',
      AutoVerifiedAttributes: ['phone_number'],
    });
    const UserPoolId = UserPool?.Id ?? '';
    const { UserPoolClient } = await sdk.createUserPoolClient({
      UserPoolId,
      ClientName: 'c',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    });
    await sdk.adminCreateUser({
      UserPoolId,
      Username: 'ana',
      UserAttributes: [
        { Name: 'phone_number', Value: PHONE },
        { Name: 'phone_number_verified', Value: 'true' },
      ],
    });
    await sdk.adminSetUserPassword({ UserPoolId, Username: 'ana', Password: PASSWORD, Permanent: true });
    const shop = { ...local, ClientId: UserPoolClient?.ClientId ?? '' };
    expect((await signIn(shop, 'ana')).ChallengeName).to.equal('SMS_MFA');
    const message = local.pool.inbox.latest({ to: PHONE, kind: 'sign_in' });
    expect(message?.text).to.equal(`Ciao ${message?.code}`);
    expect((await sdk.getUserPoolMfaConfig({ UserPoolId })).SmsMfaConfiguration).to.deep.equal({
      SmsAuthenticationMessage: 'Ciao {####}',
      SmsConfiguration,
    });
  });

  it('refuse USER_AUTH in a pool of the plan LITE', async () => {
    const { sdk } = local;
    const UserPoolId = (await create({ UserPoolTier: 'LITE' })).UserPool?.Id;
    const { UserPoolClient } = await sdk.createUserPoolClient({
      UserPoolId,
      ClientName: 'c',
      ExplicitAuthFlows: ['ALLOW_USER_AUTH'],
    });
    const attempt = sdk.initiateAuth({
      ClientId: UserPoolClient?.ClientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME: ANA },
    });
    expect(await outcomeOf(attempt)).to.match(/^FeatureUnavailableInTierException: /);
  });
});

describe('SetUserPoolMfaConfig of the local pool', () => {
  afterEach(closeAll);

  const SoftwareTokenMfaConfiguration = { Enabled: true };
  for (const [when, config, outcome] of [
    [
      'MFA is off together with authenticator apps (case 8)',
      { MfaConfiguration: 'OFF', SoftwareTokenMfaConfiguration },
      "InvalidParameterException: Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
    ],
    [
      'MFA is off together with SMS (case 8)',
      { MfaConfiguration: 'OFF', SmsMfaConfiguration: { SmsConfiguration } },
      "InvalidParameterException: Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
    ],
    [
      'MFA is off together with e-mail (case 8)',
      { MfaConfiguration: 'OFF', EmailMfaConfiguration: {} },
      "InvalidParameterException: Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
    ],
    [
      'MFA is required without a factor (case 9)',
      { MfaConfiguration: 'ON' },
      "InvalidParameterException: Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration.",
    ],
    [
      'MFA is optional and its only factor is off (case 9)',
      { MfaConfiguration: 'OPTIONAL', SoftwareTokenMfaConfiguration: { Enabled: false } },
      "InvalidParameterException: Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration.",
    ],
    [
      'MFA by e-mail has no e-mail account of the pool (case 9)',
      { MfaConfiguration: 'ON', EmailMfaConfiguration: {} },
      'InvalidParameterException: Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of COGNITO_DEFAULT. Update the value of EmailSendingAccount.',
    ],
    // No capture of this message.
    [
      'MFA by SMS has no SMS configuration',
      { MfaConfiguration: 'ON', SmsMfaConfiguration: { SmsAuthenticationMessage: '{####} is it' } },
      'InvalidParameterException: SMS configuration is required when SMS MFA is enabled.',
    ],
  ] as const) {
    it(`refuses the configuration if ${when}`, async () => {
      const { sdk, UserPoolId } = await startLocal();
      const before = await sdk.getUserPoolMfaConfig({ UserPoolId });
      expect(await outcomeOf(sdk.setUserPoolMfaConfig({ UserPoolId, ...config }))).to.equal(outcome);
      const after = await sdk.getUserPoolMfaConfig({ UserPoolId });
      expect({ ...after, $metadata: {} }).to.deep.equal({ ...before, $metadata: {} });
    });
  }

  it('accepts that MFA is off with settings of passkeys, which are no second factor (case 8)', async () => {
    const { sdk, UserPoolId } = await startLocal();
    const WebAuthnConfiguration = { RelyingPartyId: 'example.com', UserVerification: 'preferred' } as const;
    await sdk.setUserPoolMfaConfig({ UserPoolId, MfaConfiguration: 'OFF', WebAuthnConfiguration });
    expect(await sdk.getUserPoolMfaConfig({ UserPoolId })).to.deep.include({ WebAuthnConfiguration });
  });
});

describe('Deletion in the local pool', () => {
  afterEach(closeAll);

  it('is refused for a pool with deletion protection, until an update turns it off (case 10)', async () => {
    const { sdk } = await startLocal();
    const UserPoolId = (await sdk.createUserPool({ PoolName: 'p', DeletionProtection: 'ACTIVE' })).UserPool
      ?.Id;
    expect(await outcomeOf(sdk.deleteUserPool({ UserPoolId }))).to.equal(
      'InvalidParameterException: The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.',
    );
    await sdk.updateUserPool({ UserPoolId, DeletionProtection: 'INACTIVE' });
    await sdk.deleteUserPool({ UserPoolId });
    expect(await outcomeOf(sdk.describeUserPool({ UserPoolId }))).to.equal(
      `ResourceNotFoundException: User pool ${UserPoolId} does not exist.`,
    );
  });

  it('of a pool ends its app clients, tokens and keys, and leaves other pools alone', async () => {
    const local = await startLocal({ users: [{ username: ANA, password: PASSWORD }] });
    const { sdk, UserPoolId, ClientId, pool } = local;
    const other = (await sdk.createUserPool({ PoolName: 'other' })).UserPool?.Id;
    const { AccessToken, RefreshToken: REFRESH_TOKEN = '' } =
      (await signIn(local)).AuthenticationResult ?? {};
    await sdk.deleteUserPool({ UserPoolId });
    const gone = `ResourceNotFoundException: User pool client ${ClientId} does not exist.`;
    expect(await outcomeOf(signIn(local))).to.equal(gone);
    expect(
      await outcomeOf(
        sdk.initiateAuth({
          ClientId,
          AuthFlow: 'REFRESH_TOKEN_AUTH',
          AuthParameters: { REFRESH_TOKEN },
        }),
      ),
    ).to.equal(gone);
    expect(await outcomeOf(sdk.getUser({ AccessToken }))).to.match(/^NotAuthorizedException: /);
    expect((await fetch(pool.jwksUri)).status).to.equal(404);
    const { UserPools } = await sdk.listUserPools({ MaxResults: 10 });
    expect(UserPools?.map(({ Id }) => Id)).to.deep.equal([other]);
  });

  // No capture: which exception answers the access token of a deleted app client.
  it('of an app client ends its tokens and challenges, but not those of another', async () => {
    const local = await startLocal({
      users: [{ username: ANA, password: PASSWORD, totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }],
    });
    const { sdk, UserPoolId, ClientId, pool } = local;
    const { Session } = await signIn(local);
    const { accessToken: AccessToken } = pool.tokensFor(ANA);
    const { clientId: otherId } = pool.addClient();
    const { accessToken: otherToken } = pool.tokensFor(ANA, { clientId: otherId });
    await sdk.deleteUserPoolClient({ UserPoolId, ClientId });
    expect(await outcomeOf(sdk.getUser({ AccessToken }))).to.equal(
      'NotAuthorizedException: Access Token has been revoked',
    );
    const answer = sdk.respondToAuthChallenge({
      ClientId,
      ChallengeName: 'SOFTWARE_TOKEN_MFA',
      Session,
      ChallengeResponses: { USERNAME: ANA, SOFTWARE_TOKEN_MFA_CODE: '123456' },
    });
    expect(await outcomeOf(answer)).to.equal(
      `ResourceNotFoundException: User pool client ${ClientId} does not exist.`,
    );
    expect(await outcomeOf(sdk.verifySoftwareToken({ Session, UserCode: '123456' }))).to.match(
      /^NotAuthorizedException: Invalid session/,
    );
    expect(await outcomeOf(sdk.getUser({ AccessToken: otherToken }))).to.equal('ok');
    const { UserPoolClients } = await sdk.listUserPoolClients({ UserPoolId });
    expect(UserPoolClients?.map((client) => client.ClientId)).to.deep.equal([otherId]);
  });
});
