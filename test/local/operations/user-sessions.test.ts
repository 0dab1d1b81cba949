import { expect } from 'chai';
import {
  ANA,
  claimsOf,
  closeAll,
  type Local,
  outcomeOf,
  PASSWORD,
  startLocal,
} from '../../support/local-sdk.ts';

const BEA = 'bea@example.com';

const secondsOf = (date: Date | undefined): number => Math.floor((date?.getTime() ?? Number.NaN) / 1000);

describe('local user pool: the sessions of a user', () => {
  let local: Local;
  let AccessToken: string;
  beforeEach(async () => {
    local = await startLocal({ users: [ANA, BEA].map((username) => ({ username, password: PASSWORD })) });
    AccessToken = local.pool.tokensFor(ANA).accessToken;
  });
  afterEach(closeAll);

  const sessions = async () => (await local.sdk.listUserSessions({ AccessToken })).Sessions ?? [];
  const otherSession = async () => {
    const other = (await sessions()).find(({ IsCurrentSession }) => IsCurrentSession === false);
    return other?.SessionId;
  };

  it('ListUserSessions lists the live sessions of the caller, newest first, and marks the current one', async () => {
    local.pool.clock.advance(60_000);
    const second = local.pool.tokensFor(ANA).accessToken;
    local.pool.tokensFor(BEA);
    const [newest, oldest, ...more] = await sessions();
    expect(more).to.deep.equal([]);
    expect(newest).to.include({ IsCurrentSession: false, SessionType: 'TOKEN', ClientId: local.ClientId });
    expect(secondsOf(newest?.CreateDate)).to.equal(claimsOf(second).auth_time);
    expect(oldest).to.include({ IsCurrentSession: true });
    expect(secondsOf(oldest?.CreateDate)).to.equal(claimsOf(AccessToken).auth_time);
  });

  it('ListUserSessions answers 20 sessions a page', async () => {
    for (let made = 1; made < 21; made++) local.pool.tokensFor(ANA);
    const first = await local.sdk.listUserSessions({ AccessToken });
    expect(first.Sessions).to.have.length(20);
    const last = await local.sdk.listUserSessions({ AccessToken, NextToken: first.NextToken });
    expect(last.Sessions).to.have.length(1);
    expect(last.NextToken).to.equal(undefined);
  });

  it('RevokeUserSession revokes the access token and the refresh token of that session alone', async () => {
    const other = local.pool.tokensFor(ANA);
    const SessionId = await otherSession();
    await local.sdk.revokeUserSession({ AccessToken, SessionId });
    expect(await outcomeOf(local.sdk.getUser({ AccessToken: other.accessToken }))).to.equal(
      'NotAuthorizedException: Access Token has been revoked',
    );
    const AuthParameters = { REFRESH_TOKEN: other.refreshToken };
    const { ClientId } = local;
    expect(
      await outcomeOf(local.sdk.initiateAuth({ ClientId, AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters })),
    ).to.match(/^NotAuthorizedException/);
    expect(await outcomeOf(local.sdk.getUser({ AccessToken }))).to.equal('ok');
    expect(await sessions()).to.have.length(1);
  });

  it('RevokeUserSession refuses the current session, an unknown one and that of another user', async () => {
    const [current] = await sessions();
    const revoke = (SessionId: string | undefined) =>
      outcomeOf(local.sdk.revokeUserSession({ AccessToken, SessionId }));
    expect(await revoke(current?.SessionId)).to.equal(
      'InvalidParameterException: The current session cannot be revoked.',
    );
    const unknown = 'ResourceNotFoundException: Session does not exist.';
    expect(await revoke(`tkn${'a'.repeat(25)}`)).to.equal(unknown);
    const beas = local.pool.tokensFor(BEA).accessToken;
    const { Sessions = [] } = await local.sdk.listUserSessions({ AccessToken: beas });
    expect(await revoke(Sessions[0]?.SessionId)).to.equal(unknown);
  });
});
