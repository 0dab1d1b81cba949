import { expect } from 'chai';
import { totpCode } from '../../../src/local/users/totp.ts';
import { ANA, closeAll, type Local, outcomeOf, startLocal } from '../../support/local-sdk.ts';

const BEN = 'ben@example.com';
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
/** Ten seconds after a new code. */
const NOW = 1_800_000_010_000;

describe('The authenticator codes of a local pool', () => {
  let local: Local;

  beforeEach(async () => {
    local = await startLocal({
      clock: () => NOW,
      users: [{ username: ANA, totpSecret: SECRET }, { username: BEN }],
    });
  });
  afterEach(closeAll);

  const associate = async (AccessToken: string): Promise<string> =>
    (await local.sdk.associateSoftwareToken({ AccessToken })).SecretCode ?? '';

  it('are those that the app of each user shows, by the time of the pool', () => {
    const { pool } = local;
    const [ana, ...others] = pool.authenticatorCodes();
    expect(others).to.deep.equal([]);
    expect(ana).to.deep.include({ account: ANA, code: totpCode(SECRET, NOW), secondsLeft: 20 });
    expect(ana).to.include({ userPoolId: pool.config.userPoolId, used: false, verified: true });

    pool.clock.advance(19_999);
    expect(pool.authenticatorCodes(ANA)).to.deep.equal([{ ...ana, secondsLeft: 1 }]);
    pool.clock.advance(1);
    expect(pool.authenticatorCodes(ANA)).to.deep.equal([
      { ...ana, code: totpCode(SECRET, NOW + 20_000), secondsLeft: 30 },
    ]);
  });

  it('include an app in its set-up, beside the verified app that it replaces', async () => {
    const { pool } = local;
    const AccessToken = pool.tokensFor(ANA).accessToken;
    const SecretCode = await associate(AccessToken);
    const states = () => pool.authenticatorCodes(ANA).map(({ code, verified }) => [code, verified]);
    const ofNewApp = totpCode(SecretCode, NOW);
    expect(states()).to.deep.equal([
      [totpCode(SECRET, NOW), true],
      [ofNewApp, false],
    ]);
    await local.sdk.verifySoftwareToken({ AccessToken, UserCode: ofNewApp });
    expect(states()).to.deep.equal([[ofNewApp, true]]);
  });

  it('are marked as used when the pool refuses to accept them again', async () => {
    const { pool, sdk } = local;
    const AccessToken = pool.tokensFor(BEN).accessToken;
    await associate(AccessToken);
    const verify = () => {
      const { code: UserCode = '' } = pool.authenticatorCodes(BEN)[0] ?? {};
      return outcomeOf(sdk.verifySoftwareToken({ AccessToken, UserCode }));
    };
    expect(await verify()).to.equal('ok');
    expect(pool.authenticatorCodes(BEN)).to.have.length(1);
    expect(pool.authenticatorCodes(BEN)[0]).to.include({ used: true, verified: true });
    pool.clock.advance(20_000);
    expect(pool.authenticatorCodes(BEN)[0]).to.include({ used: false });
  });

  it('are none for a user without an app, and throw for an unknown user', () => {
    expect(local.pool.authenticatorCodes(BEN)).to.deep.equal([]);
    expect(() => local.pool.authenticatorCodes('nobody@example.com')).to.throw(
      'The local user pool has no user "nobody@example.com"',
    );
  });
});
