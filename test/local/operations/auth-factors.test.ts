import { expect } from 'chai';
import { ANA, claimsOf, closeAll, outcomeOf, PASSWORD, startLocal } from '../../support/local-sdk.ts';

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

describe('local user pool: GetUserAuthFactors', () => {
  afterEach(closeAll);

  it('names the first factors that the user has, the authenticator app and the MFA preference', async () => {
    const { sdk, pool } = await startLocal({
      pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } },
      users: [
        { username: ANA, password: PASSWORD, totpSecret: SECRET },
        { username: 'bea@example.com', password: PASSWORD },
      ],
    });
    const factorsOf = (user: string) =>
      sdk.getUserAuthFactors({ AccessToken: pool.tokensFor(user).accessToken });
    const ana = await factorsOf(ANA);
    expect(ana.Username).to.equal(claimsOf(pool.tokensFor(ANA).accessToken).username);
    expect(ana.ConfiguredUserAuthFactors).to.have.members(['PASSWORD', 'EMAIL_OTP', 'SOFTWARE_TOKEN']);
    expect(ana).to.deep.include({
      PreferredMfaSetting: 'SOFTWARE_TOKEN_MFA',
      UserMFASettingList: ['SOFTWARE_TOKEN_MFA'],
    });
    const bea = await factorsOf('bea@example.com');
    expect(bea.ConfiguredUserAuthFactors).to.have.members(['PASSWORD', 'EMAIL_OTP']);
    expect(bea).to.not.have.any.keys('PreferredMfaSetting', 'UserMFASettingList');
  });

  it('refuses a revoked access token', async () => {
    const { sdk, pool } = await startLocal({ users: [{ username: ANA, password: PASSWORD }] });
    const AccessToken = pool.tokensFor(ANA).accessToken;
    await sdk.globalSignOut({ AccessToken });
    expect(await outcomeOf(sdk.getUserAuthFactors({ AccessToken }))).to.equal(
      'NotAuthorizedException: Access Token has been revoked',
    );
  });
});
