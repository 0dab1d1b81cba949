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

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const PHONE = { phone_number: '+15550100' };
const NOBODY = 'UserNotFoundException: User does not exist.';
const WITHOUT_PHONE = 'InvalidParameterException: User does not have delivery config set to turn on SMS_MFA';

describe("Local pool: an administrator and a user's factors", () => {
  let local: Local;
  let named: { UserPoolId: string; Username: string };
  const nobody = () => ({ ...named, Username: 'nobody@example.com' });
  const start = async (user: { attributes?: Record<string, string>; totpSecret?: string }, pool = {}) => {
    local = await startLocal({
      pool: {
        MfaConfiguration: 'OPTIONAL',
        SoftwareTokenMfaConfiguration: { Enabled: true },
        SmsMfaConfiguration: {},
        ...pool,
      },
      users: [{ username: ANA, password: PASSWORD, ...user }],
    });
    named = { UserPoolId: local.UserPoolId, Username: ANA };
  };
  afterEach(closeAll);

  const AccessToken = (): string => local.pool.tokensFor(ANA).accessToken;
  const challenge = async (): Promise<string | undefined> => (await signIn(local)).ChallengeName;

  it('AdminSetUserMFAPreference turns a factor on and off by the rules of SetUserMFAPreference', async () => {
    await start({ attributes: PHONE });
    await local.sdk.adminSetUserMFAPreference({
      ...named,
      SMSMfaSettings: { Enabled: true, PreferredMfa: true },
    });
    expect(await challenge()).to.equal('SMS_MFA');
    expect(await local.sdk.adminGetUser(named)).to.deep.include({
      PreferredMfaSetting: 'SMS_MFA',
      UserMFASettingList: ['SMS_MFA'],
    });
    await local.sdk.adminSetUserMFAPreference({ ...named, SMSMfaSettings: { Enabled: false } });
    expect(await challenge()).to.equal(undefined);
    const unverified = local.sdk.adminSetUserMFAPreference({
      ...named,
      SoftwareTokenMfaSettings: { Enabled: true },
    });
    expect(await outcomeOf(unverified)).to.equal(
      'InvalidParameterException: User has not verified software token mfa',
    );
    expect(await outcomeOf(local.sdk.adminSetUserMFAPreference(nobody()))).to.equal(NOBODY);
  });

  it('SetUserMFAPreference and AdminSetUserMFAPreference take SMS in a pool without it, and nobody is asked for it', async () => {
    await start({ attributes: PHONE }, { MfaConfiguration: 'OFF', SmsMfaConfiguration: undefined });
    const SMSMfaSettings = { Enabled: true, PreferredMfa: true };
    await local.sdk.setUserMFAPreference({ AccessToken: AccessToken(), SMSMfaSettings });
    await local.sdk.adminSetUserMFAPreference({ ...named, SMSMfaSettings });
    expect(await local.sdk.adminGetUser(named)).to.deep.include({ UserMFASettingList: ['SMS_MFA'] });
    expect(await challenge()).to.equal(undefined);
  });

  it('AdminGetUserAuthFactors answers as GetUserAuthFactors does', async () => {
    await start(
      { totpSecret: SECRET },
      {
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
      },
    );
    const { $metadata: _first, ...own } = await local.sdk.getUserAuthFactors({ AccessToken: AccessToken() });
    const { $metadata: _second, ...seen } = await local.sdk.adminGetUserAuthFactors(named);
    expect(seen).to.deep.equal(own);
    expect(seen.ConfiguredUserAuthFactors).to.deep.equal(['PASSWORD', 'EMAIL_OTP', 'SOFTWARE_TOKEN']);
    expect(await outcomeOf(local.sdk.adminGetUserAuthFactors(nobody()))).to.equal(NOBODY);
  });

  it('AdminDeleteSoftwareToken removes the authenticator app, and the user can set up another one', async () => {
    await start({ totpSecret: SECRET });
    expect(await challenge()).to.equal('SOFTWARE_TOKEN_MFA');
    await local.sdk.adminDeleteSoftwareToken(named);
    expect(await challenge()).to.equal(undefined);
    expect(await local.sdk.adminGetUser(named)).to.not.have.any.keys(
      'UserMFASettingList',
      'PreferredMfaSetting',
    );
    expect(await outcomeOf(local.sdk.associateSoftwareToken({ AccessToken: AccessToken() }))).to.equal('ok');
    expect(await outcomeOf(local.sdk.adminDeleteSoftwareToken(named))).to.match(/^ResourceNotFoundException/);
    expect(await outcomeOf(local.sdk.adminDeleteSoftwareToken(nobody()))).to.equal(NOBODY);
  });

  it('AdminDeleteSoftwareToken leads to the set-up at the next sign-in if the pool requires MFA', async () => {
    await start({ totpSecret: SECRET }, { MfaConfiguration: 'ON' });
    await local.sdk.adminDeleteSoftwareToken(named);
    expect(await challenge()).to.equal('MFA_SETUP');
  });

  it('AdminDeleteSoftwareToken refuses an unconfirmed user', async () => {
    await start({});
    const { ClientId } = local;
    await local.sdk.signUp({ ClientId, Username: 'new@example.com', Password: PASSWORD });
    const unconfirmed = { ...named, Username: 'new@example.com' };
    expect(await outcomeOf(local.sdk.adminDeleteSoftwareToken(unconfirmed))).to.equal(
      'UserNotConfirmedException: User is not confirmed.',
    );
  });

  describe('SetUserSettings and AdminSetUserSettings', () => {
    const MFAOptions = [{ DeliveryMedium: 'SMS' as const, AttributeName: 'phone_number' }];

    it('turn SMS on and off, which GetUser answers as MFAOptions', async () => {
      await start({ attributes: PHONE });
      for (const set of [
        (options: typeof MFAOptions) =>
          local.sdk.setUserSettings({ AccessToken: AccessToken(), MFAOptions: options }),
        (options: typeof MFAOptions) => local.sdk.adminSetUserSettings({ ...named, MFAOptions: options }),
      ]) {
        await set(MFAOptions);
        expect(await challenge()).to.equal('SMS_MFA');
        const user = await local.sdk.getUser({ AccessToken: AccessToken() });
        expect(user.MFAOptions).to.deep.equal(MFAOptions);
        expect(user).to.not.have.property('UserMFASettingList');
        await set([]);
        expect(await challenge()).to.equal(undefined);
        expect(await local.sdk.adminGetUser(named)).to.not.have.property('MFAOptions');
      }
      expect(await outcomeOf(local.sdk.adminSetUserSettings({ ...nobody(), MFAOptions }))).to.equal(NOBODY);
    });

    it('give way to SetUserMFAPreference', async () => {
      await start({ attributes: PHONE });
      await local.sdk.adminSetUserSettings({ ...named, MFAOptions });
      await local.sdk.setUserMFAPreference({ AccessToken: AccessToken(), SMSMfaSettings: { Enabled: true } });
      const user = await local.sdk.adminGetUser(named);
      expect(user.UserMFASettingList).to.deep.equal(['SMS_MFA']);
      expect(user).to.not.have.property('MFAOptions');
    });

    it('refuse other media and attributes, and a user without a phone number', async () => {
      await start({});
      const set = (options: { DeliveryMedium: 'SMS' | 'EMAIL'; AttributeName: string }[]) =>
        outcomeOf(local.sdk.setUserSettings({ AccessToken: AccessToken(), MFAOptions: options }));
      expect(await set(MFAOptions)).to.equal(WITHOUT_PHONE);
      expect(await set([{ DeliveryMedium: 'EMAIL', AttributeName: 'email' }])).to.match(/only.*SMS/i);
      expect(await set([{ DeliveryMedium: 'SMS', AttributeName: 'email' }])).to.match(/only.*SMS/i);
    });
  });
});
