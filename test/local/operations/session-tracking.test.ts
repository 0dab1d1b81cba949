import { expect } from 'chai';
import type { PoolSettings } from '../../../src/local/model/settings.ts';
import { expectProblem, expectStatus, PASSWORD as KIT_PASSWORD, startKit } from '../../support/helpers.ts';
import {
  ANA,
  closeAll,
  type Local,
  outcomeOf,
  PASSWORD,
  signIn,
  startLocal,
} from '../../support/local-sdk.ts';

const OFF = 'OperationNotEnabledException: Session tracking is not enabled for the user pool.';

describe('Session tracking of the local pool', () => {
  let local: Local;
  afterEach(closeAll);

  async function start(pool: PoolSettings = {}): Promise<void> {
    local = await startLocal({ pool, users: [{ username: ANA, password: PASSWORD }] });
  }
  const configuration = () => local.sdk.getUserPoolSessionConfiguration({ UserPoolId: local.UserPoolId });
  const configure = (UserSessionTracking: 'ENABLED' | 'DISABLED', MaxPerUser = 20) =>
    local.sdk.setUserPoolSessionConfiguration({
      UserPoolId: local.UserPoolId,
      UserSessionTracking,
      TokenSession: { MaxPerUser },
    });
  const list = (AccessToken: string) => local.sdk.listUserSessions({ AccessToken });
  const newToken = (): string => local.pool.tokensFor(ANA).accessToken;

  it('is on in the pool of startLocalUserPool, and off in one of CreateUserPool', async () => {
    await start();
    const { $metadata: _own, ...own } = await configuration();
    expect(own).to.deep.equal({
      UserPoolId: local.UserPoolId,
      UserSessionTracking: 'ENABLED',
      TokenSession: { MaxPerUser: 100 },
    });
    const { UserPool } = await local.sdk.createUserPool({ PoolName: 'x' });
    const made = await local.sdk.getUserPoolSessionConfiguration({ UserPoolId: UserPool?.Id });
    expect(made.UserSessionTracking).to.equal('DISABLED');
    expect(made.TokenSession).to.deep.equal({ MaxPerUser: 20 });
  });

  it('refuses ListUserSessions and RevokeUserSession if it is off', async () => {
    await start({ UserSessionTracking: 'DISABLED' });
    const AccessToken = newToken();
    expect(await outcomeOf(list(AccessToken))).to.equal(OFF);
    const SessionId = `tkn${'a'.repeat(25)}`;
    expect(await outcomeOf(local.sdk.revokeUserSession({ AccessToken, SessionId }))).to.equal(OFF);
  });

  it('lists only the sessions that began while it was on', async () => {
    await start({ UserSessionTracking: 'DISABLED' });
    const before = newToken();
    await configure('ENABLED');
    expect((await list(before)).Sessions).to.deep.equal([]);
    const AccessToken = newToken();
    expect((await list(AccessToken)).Sessions).to.have.lengthOf(1);
    await configure('DISABLED');
    expect(await outcomeOf(list(AccessToken))).to.equal(OFF);
  });

  it('ends the least recently used session beyond MaxPerUser', async () => {
    await start({ TokenSession: { MaxPerUser: 2 } });
    const { ClientId, sdk, pool } = local;
    const tokens: string[] = [];
    const signInLater = async (): Promise<void> => {
      pool.clock.advance(1000);
      tokens.push((await signIn(local)).AuthenticationResult?.RefreshToken ?? '');
    };
    const refresh = (index: number) =>
      outcomeOf(sdk.getTokensFromRefreshToken({ ClientId, RefreshToken: tokens[index] }));
    await signInLater();
    await signInLater();
    pool.clock.advance(1000);
    expect(await refresh(0)).to.equal('ok');
    await signInLater();
    expect(await refresh(1)).to.match(/^NotAuthorizedException: Refresh Token has been revoked/);
    expect([await refresh(0), await refresh(2)]).to.deep.equal(['ok', 'ok']);
  });

  it('evicts no session of another user, nor while it is off', async () => {
    await start({ TokenSession: { MaxPerUser: 1 } });
    const AccessToken = newToken();
    local.pool.addUser({ username: 'bea@example.com', password: PASSWORD });
    local.pool.tokensFor('bea@example.com');
    expect(await outcomeOf(list(AccessToken))).to.equal('ok');
    await configure('DISABLED', 1);
    newToken();
    expect(await outcomeOf(local.sdk.getUser({ AccessToken }))).to.equal('ok');
  });

  it('needs another plan than LITE', async () => {
    await start({ UserPoolTier: 'LITE' });
    expect((await configuration()).UserSessionTracking).to.equal('DISABLED');
    expect(await outcomeOf(configure('ENABLED'))).to.match(/^FeatureUnavailableInTierException: /);
    expect(
      await outcomeOf(startLocal({ pool: { UserPoolTier: 'LITE', UserSessionTracking: 'ENABLED' } })),
    ).to.match(/^FeatureUnavailableInTierException: /);
  });

  it('takes 1 to 100 sessions, and stays through UpdateUserPool', async () => {
    await start();
    for (const sessions of [0, 101]) {
      expect(await outcomeOf(configure('ENABLED', sessions))).to.include("at 'tokenSession.maxPerUser'");
    }
    await configure('ENABLED', 7);
    const { UserPoolId } = local;
    await local.sdk.updateUserPool({ UserPoolId, AutoVerifiedAttributes: ['email'] });
    expect((await configuration()).TokenSession).to.deep.equal({ MaxPerUser: 7 });
    const { UserPool } = await local.sdk.describeUserPool({ UserPoolId });
    expect(UserPool).to.not.have.any.keys('UserSessionTracking', 'TokenSession');
  });

  it('that is off makes the kit answer operation_not_available', async () => {
    const kit = await startKit({ pool: { pool: { UserSessionTracking: 'DISABLED' } } });
    const { tokens } = await kit.signUpAndIn();
    const refused = expectProblem(await kit.get('/sessions', tokens.accessToken), 'operation_not_available');
    expect(refused.body.detail).to.equal('Session tracking is not enabled for the user pool.');
    await kit.close();
  });

  it('evicts the oldest browser, as the kit tells it', async () => {
    const kit = await startKit({ pool: { pool: { TokenSession: { MaxPerUser: 1 } } } });
    const { email, tokens } = await kit.signUpAndIn();
    expectStatus(await kit.post('/sign-in', { email, password: KIT_PASSWORD }), 200);
    expectProblem(await kit.post('/refresh', { refreshToken: tokens.refreshToken }), 'invalid_refresh_token');
    await kit.close();
  });
});
