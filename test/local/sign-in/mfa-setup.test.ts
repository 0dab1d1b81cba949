import { expect } from 'chai';
import { ANA, closeAll, codeFor, type Local, PASSWORD, signIn, startLocal } from '../../support/local-sdk.ts';

describe('Local pool: MFA_SETUP without an authenticator app', () => {
  let local: Local;
  afterEach(closeAll);

  it('names SMS, and the user gets a code as soon as an administrator adds a phone number', async () => {
    local = await startLocal({
      pool: {
        MfaConfiguration: 'ON',
        SmsMfaConfiguration: {},
        SoftwareTokenMfaConfiguration: { Enabled: false },
      },
      users: [{ username: ANA, password: PASSWORD }],
    });
    const stuck = await signIn(local);
    expect(stuck.ChallengeName).to.equal('MFA_SETUP');
    expect(JSON.parse(stuck.ChallengeParameters?.MFAS_CAN_SETUP ?? '')).to.deep.equal(['SMS_MFA']);
    await local.sdk.adminUpdateUserAttributes({
      UserPoolId: local.UserPoolId,
      Username: ANA,
      UserAttributes: [{ Name: 'phone_number', Value: '+12065550100' }],
    });
    const posed = await signIn(local);
    expect(posed.ChallengeName).to.equal('SMS_MFA');
    const answered = await local.sdk.respondToAuthChallenge({
      ClientId: local.ClientId,
      ChallengeName: 'SMS_MFA',
      Session: posed.Session,
      ChallengeResponses: { USERNAME: ANA, SMS_MFA_CODE: codeFor(local, '+12065550100') },
    });
    expect(answered.AuthenticationResult).to.have.property('AccessToken');
  });

  for (const key of ['EMAIL', 'email']) {
    it(`takes a first e-mail address as ${key}`, async () => {
      local = await startLocal({
        pool: { UsernameAttributes: [], MfaConfiguration: 'ON', EmailMfaConfiguration: {} },
        users: [{ username: 'ana', password: PASSWORD }],
      });
      const { Session } = await signIn(local, 'ana');
      const sent = await local.sdk.respondToAuthChallenge({
        ClientId: local.ClientId,
        ChallengeName: 'MFA_SETUP',
        Session,
        ChallengeResponses: { USERNAME: 'ana', [key]: ANA },
      });
      expect(sent.ChallengeName).to.equal('EMAIL_OTP');
      expect(local.pool.inbox.latest()?.to).to.equal(ANA);
    });
  }
});
