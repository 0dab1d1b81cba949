import { expect } from 'chai';
import { closeAll, type Local, startLocal } from '../../support/local-sdk.ts';

describe('UpdateUserPool of the local pool', () => {
  let local: Local;
  before(async () => {
    local = await startLocal();
  });
  after(closeAll);

  const describePool = async (UserPoolId: string | undefined) =>
    (await local.sdk.describeUserPool({ UserPoolId })).UserPool;

  // Terraform sends tags by TagResource only, and Cognito keeps them (case T1).
  it('keeps the tags that TagResource set if the request has none (case T1)', async () => {
    const { UserPool } = await local.sdk.createUserPool({ PoolName: 'p', UserPoolTags: { env: 'one' } });
    await local.sdk.tagResource({ ResourceArn: UserPool?.Arn, Tags: { env: 'two' } });
    await local.sdk.updateUserPool({ UserPoolId: UserPool?.Id, DeletionProtection: 'INACTIVE' });
    expect((await describePool(UserPool?.Id))?.UserPoolTags).to.deep.equal({ env: 'two' });
    await local.sdk.updateUserPool({ UserPoolId: UserPool?.Id, UserPoolTags: {} });
    expect((await describePool(UserPool?.Id))?.UserPoolTags).to.deep.equal({});
  });

  it('keeps a policy that the request omits, and resets AutoVerifiedAttributes (case T1)', async () => {
    const PasswordPolicy = { MinimumLength: 12, RequireSymbols: false };
    const SignInPolicy = { AllowedFirstAuthFactors: ['PASSWORD' as const, 'EMAIL_OTP' as const] };
    const { UserPool } = await local.sdk.createUserPool({
      PoolName: 'p',
      AutoVerifiedAttributes: ['email'],
      Policies: { PasswordPolicy, SignInPolicy },
    });
    const UserPoolId = UserPool?.Id;
    for (const Policies of [undefined, { SignInPolicy }, { PasswordPolicy }]) {
      await local.sdk.updateUserPool({ UserPoolId, Policies });
      const after = await describePool(UserPoolId);
      expect(after?.Policies?.PasswordPolicy).to.include(PasswordPolicy);
      expect(after?.Policies?.SignInPolicy).to.deep.equal(SignInPolicy);
      expect(after?.AutoVerifiedAttributes ?? []).to.deep.equal([]);
    }
  });

  it('keeps required MFA and the plan if the request omits them (case T1)', async () => {
    const { UserPool } = await local.sdk.createUserPool({ PoolName: 'p', UserPoolTier: 'PLUS' });
    const UserPoolId = UserPool?.Id;
    await local.sdk.setUserPoolMfaConfig({
      UserPoolId,
      MfaConfiguration: 'ON',
      SoftwareTokenMfaConfiguration: { Enabled: true },
    });
    await local.sdk.updateUserPool({ UserPoolId, AutoVerifiedAttributes: ['email'] });
    const after = await describePool(UserPoolId);
    expect(after).to.include({ MfaConfiguration: 'ON', UserPoolTier: 'PLUS' });
    await local.sdk.updateUserPool({ UserPoolId, MfaConfiguration: 'OFF' });
    expect((await describePool(UserPoolId))?.MfaConfiguration).to.equal('OFF');
  });
});

describe('GetUserPoolMfaConfig of the local pool', () => {
  let local: Local;
  before(async () => {
    local = await startLocal();
  });
  after(closeAll);

  const configOf = async (UserPoolId: string | undefined) => {
    const { $metadata: _metadata, ...config } = await local.sdk.getUserPoolMfaConfig({ UserPoolId });
    return config;
  };

  // Terraform plans a change for each run if a factor is given back that nobody set (case T2).
  it('names authenticator apps only if SetUserPoolMfaConfig set them, on or off (case T2)', async () => {
    const { UserPool } = await local.sdk.createUserPool({
      PoolName: 'p',
      AutoVerifiedAttributes: ['phone_number'],
      SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::123456789012:role/sms', ExternalId: 'e' },
    });
    const UserPoolId = UserPool?.Id;
    expect(await configOf(UserPoolId)).to.deep.equal({ MfaConfiguration: 'OFF' });
    const off = { Enabled: false };
    const sms = { SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::123456789012:role/sms', ExternalId: 'e' } };
    const set = { UserPoolId, MfaConfiguration: 'OPTIONAL', SmsMfaConfiguration: sms } as const;
    await local.sdk.setUserPoolMfaConfig({ ...set, SoftwareTokenMfaConfiguration: off });
    expect(await configOf(UserPoolId)).to.deep.include({ SoftwareTokenMfaConfiguration: off });
    await local.sdk.setUserPoolMfaConfig(set);
    expect(await configOf(UserPoolId)).to.not.have.property('SoftwareTokenMfaConfiguration');
  });
});
