import type { SessionDescriptionType } from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import { ANA, closeAll, type Local, outcomeOf, PASSWORD, startLocal } from '../../support/local-sdk.ts';
import { type Browser, leftFor } from '../../support/login-pages.ts';
import { openLogin, redeem, startLogin } from '../../support/managed-login.ts';

const OFF = 'OperationNotEnabledException: Session tracking is not enabled for the user pool.';
const UNKNOWN = 'ResourceNotFoundException: Session does not exist.';
const NOBODY = 'UserNotFoundException: User does not exist.';
const REVOKED = 'NotAuthorizedException: Access Token has been revoked';

describe("Local pool: an administrator and a user's sessions", () => {
  let local: Local;
  const start = async (users = [ANA], pool = {}): Promise<void> => {
    local = await startLocal({ users: users.map((username) => ({ username, password: PASSWORD })), pool });
  };
  afterEach(closeAll);

  const list = (Username = ANA, NextToken?: string) =>
    local.sdk.adminListUserSessions({ UserPoolId: local.UserPoolId, Username, NextToken });
  const revoke = (SessionId: string | undefined, Username = ANA) =>
    local.sdk.adminRevokeUserSession({ UserPoolId: local.UserPoolId, Username, SessionId });

  it('AdminListUserSessions lists every session of the user, none of them current', async () => {
    await start();
    const AccessToken = local.pool.tokensFor(ANA).accessToken;
    const { Sessions: own } = await local.sdk.listUserSessions({ AccessToken });
    const { Sessions: seen } = await list();
    expect(own?.[0]?.IsCurrentSession).to.equal(true);
    expect(seen).to.deep.equal(own?.map((each) => ({ ...each, IsCurrentSession: false })));
  });

  it('AdminListUserSessions has up to 125 sessions on its page', async () => {
    await start();
    for (let made = 0; made < 100; made++) local.pool.tokensFor(ANA);
    const { Sessions, NextToken } = await list();
    expect(Sessions).to.have.lengthOf(100);
    expect(NextToken).to.equal(undefined);
  });

  it('AdminRevokeUserSession ends the tokens of that session alone', async () => {
    await start();
    const [first, second] = [local.pool.tokensFor(ANA), local.pool.tokensFor(ANA)];
    const [newest] = (await list()).Sessions ?? [];
    await revoke(newest?.SessionId);
    const use = ({ accessToken: AccessToken }: typeof first) => outcomeOf(local.sdk.getUser({ AccessToken }));
    expect([await use(first), await use(second)]).to.deep.equal(['ok', REVOKED]);
    expect(await outcomeOf(revoke(newest?.SessionId))).to.equal(UNKNOWN);
  });

  it("AdminRevokeUserSession refuses another user's session, an unknown user and a malformed id", async () => {
    const bea = 'bea@example.com';
    await start([ANA, bea]);
    local.pool.tokensFor(bea);
    const [hers] = (await list(bea)).Sessions ?? [];
    expect(await outcomeOf(revoke(hers?.SessionId))).to.equal(UNKNOWN);
    expect(await outcomeOf(revoke(hers?.SessionId, 'nobody@example.com'))).to.equal(NOBODY);
    expect(await outcomeOf(list('nobody@example.com'))).to.equal(NOBODY);
    expect(await outcomeOf(revoke('a'.repeat(28)))).to.include(
      'Member must satisfy regular expression pattern',
    );
  });

  it('both are refused if the pool tracks no sessions', async () => {
    await start([ANA], { UserSessionTracking: 'DISABLED' });
    expect(await outcomeOf(list())).to.equal(OFF);
    expect(await outcomeOf(revoke(`tkn${'a'.repeat(25)}`))).to.equal(OFF);
  });
});

describe('Local pool: SSO sessions of managed login', () => {
  let local: Local;
  let browser: Browser;
  let tokens: Record<string, string>[];
  /** Signs in at the pages once, then a second time through the SSO session. */
  beforeEach(async () => {
    local = await startLogin();
    const opened = await openLogin(local);
    browser = opened.browser;
    const first = await browser.submit(opened.page, { username: ANA, password: PASSWORD });
    const { page: second } = await openLogin(local, {}, browser);
    tokens = [];
    for (const page of [first, second]) {
      local.pool.clock.advance(1000);
      tokens.push((await redeem(local, leftFor(page).searchParams.get('code') ?? '')).body);
    }
  });
  afterEach(closeAll);

  const list = async (): Promise<SessionDescriptionType[]> =>
    (await local.sdk.adminListUserSessions({ UserPoolId: local.UserPoolId, Username: ANA })).Sessions ?? [];
  const revoke = (SessionId: string | undefined, RevokeAssociatedSessions?: 'LINKED') =>
    local.sdk.adminRevokeUserSession({
      UserPoolId: local.UserPoolId,
      Username: ANA,
      SessionId,
      ...(RevokeAssociatedSessions && { RevokeAssociatedSessions }),
    });
  const kinds = async (): Promise<string[]> => (await list()).map(({ SessionType }) => `${SessionType}`);
  const isSignedIn = async (): Promise<boolean> => {
    const { page } = await openLogin(local, { prompt: 'none' }, browser);
    return leftFor(page).searchParams.has('code');
  };
  const refreshes = async (index: number): Promise<string> =>
    outcomeOf(
      local.sdk.getTokensFromRefreshToken({
        ClientId: local.ClientId,
        RefreshToken: tokens[index]?.refresh_token,
      }),
    );

  it('are listed with the token sessions that came through them', async () => {
    expect(await kinds()).to.deep.equal(['TOKEN', 'TOKEN', 'SSO']);
    const [second, first, sso] = await list();
    expect(sso?.SessionId).to.match(/^sso[a-z0-9]{25}$/);
    expect([first?.OriginSessionId, second?.OriginSessionId]).to.deep.equal([sso?.SessionId, sso?.SessionId]);
    expect(sso).to.include({ ClientId: local.ClientId, IsCurrentSession: false });
    expect(sso).to.not.have.property('OriginSessionId');
    expect(sso?.LastActiveDate).to.deep.equal(second?.LastActiveDate);
    local.pool.tokensFor(ANA);
    expect((await list())[0]).to.not.have.property('OriginSessionId');
  });

  it('end alone: the browser has to sign in again, and the tokens stay', async () => {
    expect(await isSignedIn()).to.equal(true);
    await revoke((await list()).at(-1)?.SessionId);
    expect(await isSignedIn()).to.equal(false);
    expect(await kinds()).to.deep.equal(['TOKEN', 'TOKEN']);
    expect(await refreshes(0)).to.equal('ok');
  });

  it('end with their token sessions if LINKED', async () => {
    const apart = local.pool.tokensFor(ANA).accessToken;
    await revoke((await list()).at(-1)?.SessionId, 'LINKED');
    expect(await kinds()).to.deep.equal(['TOKEN']);
    expect(await refreshes(1)).to.include('has been revoked');
    expect(await outcomeOf(local.sdk.getUser({ AccessToken: apart }))).to.equal('ok');
  });

  it('end with a token session if LINKED, without the other token sessions', async () => {
    await revoke((await list())[0]?.SessionId, 'LINKED');
    expect(await kinds()).to.deep.equal(['TOKEN']);
    expect([await refreshes(0), await isSignedIn()]).to.deep.equal(['ok', false]);
  });

  it('end with RevokeToken if LINKED, and stay otherwise', async () => {
    const { ClientId } = local;
    await local.sdk.revokeToken({ ClientId, Token: tokens[0]?.refresh_token });
    expect(await kinds()).to.deep.equal(['TOKEN', 'SSO']);
    await local.sdk.revokeToken({
      ClientId,
      Token: tokens[1]?.refresh_token,
      RevokeAssociatedSessions: 'LINKED',
    });
    expect(await kinds()).to.deep.equal([]);
  });

  it('are not listed if they began while the pool tracked no sessions, or have expired', async () => {
    const configure = (UserSessionTracking: 'ENABLED' | 'DISABLED') =>
      local.sdk.setUserPoolSessionConfiguration({
        UserPoolId: local.UserPoolId,
        UserSessionTracking,
        TokenSession: { MaxPerUser: 20 },
      });
    local.pool.clock.advance(3_600_000);
    expect(await kinds()).to.deep.equal(['TOKEN', 'TOKEN']);
    await configure('DISABLED');
    const { browser: other, page } = await openLogin(local);
    await other.submit(page, { username: ANA, password: PASSWORD });
    await configure('ENABLED');
    expect(await kinds()).to.deep.equal(['TOKEN', 'TOKEN']);
  });
});
