import { expect } from 'chai';
import { ANA, closeAll, type Local, outcomeOf, startLocal } from '../../support/local-sdk.ts';

const TOTP_SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

describe('The MFA settings of a user of a local pool', () => {
  let local: Local;
  let set: (SoftwareTokenMfaSettings: object) => Promise<string>;
  let preferred: () => Promise<unknown>;

  beforeEach(async () => {
    local = await startLocal({ users: [{ username: ANA, totpSecret: TOTP_SECRET }] });
    const { pool, sdk } = local;
    const AccessToken = pool.tokensFor(ANA).accessToken;
    set = (SoftwareTokenMfaSettings) =>
      outcomeOf(sdk.setUserMFAPreference({ AccessToken, SoftwareTokenMfaSettings }));
    preferred = async () => {
      const { UserMFASettingList = [], PreferredMfaSetting } = await sdk.getUser({ AccessToken });
      return [UserMFASettingList, PreferredMfaSetting];
    };
  });
  afterEach(closeAll);

  it('turn a method off when Enabled is left out', async () => {
    expect(await preferred()).to.deep.equal([['SOFTWARE_TOKEN_MFA'], 'SOFTWARE_TOKEN_MFA']);
    expect(await set({})).to.equal('ok');
    expect(await preferred()).to.deep.equal([[], undefined]);
  });

  it('keep a method on without the preference when PreferredMfa is left out', async () => {
    expect(await set({ Enabled: false })).to.equal('ok');
    expect(await set({ Enabled: true })).to.equal('ok');
    expect(await preferred()).to.deep.equal([['SOFTWARE_TOKEN_MFA'], undefined]);
  });

  it('cannot prefer a method that they do not turn on', async () => {
    for (const settings of [{ PreferredMfa: true }, { Enabled: false, PreferredMfa: true }]) {
      expect(await set(settings)).to.match(/^InvalidParameterException: .*has to be enabled/);
    }
    expect(await preferred()).to.deep.equal([['SOFTWARE_TOKEN_MFA'], 'SOFTWARE_TOKEN_MFA']);
  });
});
