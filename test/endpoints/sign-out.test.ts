import { expect } from 'chai';
import express, { type Express } from 'express';
import type { Config } from '../../src/config/options.ts';
import type { CognitoRouter } from '../../src/router.ts';
import { Browser } from '../support/browser-cookies.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const ADA = 'ada@example.com';
const USERS = [{ username: ADA, password: PASSWORD }];
const ROTATING = {
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
  RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
} as const;

const appWithRoute = (auth: CognitoRouter): Express =>
  express()
    .use('/auth', auth)
    .get('/route', auth.requireAuth(), (_req, res) => void res.json({}));

const route = (kit: Kit, accessToken: string) =>
  kit.request.get('/route').set('Authorization', `Bearer ${accessToken}`);

async function startWithCookies(config: Config = {}, appClient: object = ROTATING): Promise<Kit> {
  return startKit({
    pool: { appClient, users: USERS },
    config: { transport: 'cookie', ...config },
    app: appWithRoute,
  });
}

async function signedIn(kit: Kit): Promise<Browser> {
  const browser = new Browser(kit.url);
  expect((await browser.post('/auth/sign-in', { email: ADA, password: PASSWORD })).status).to.equal(200);
  return browser;
}

describe('POST /sign-out with tokens in the body', () => {
  let kit: Kit;
  before(async () => {
    kit = await startKit({ pool: { users: USERS }, app: appWithRoute });
  });
  after(() => kit.close());

  it('ends the session in the kit, although RevokeToken fails (case C6)', async () => {
    const { accessToken, refreshToken } = kit.pool.tokensFor(ADA);
    kit.pool.faults.inject({ kind: 'internalError', on: 'RevokeToken', times: 1 });
    expectProblem(await kit.post('/sign-out', { refreshToken }, accessToken), 'upstream_error');
    expectProblem(await route(kit, accessToken), 'invalid_token');
    expectProblem(await kit.post('/refresh', { refreshToken }), 'invalid_refresh_token');
  });

  it('ends the session of the access token in the kit, although GlobalSignOut fails (case C6)', async () => {
    const { accessToken } = kit.pool.tokensFor(ADA);
    kit.pool.faults.inject({ kind: 'internalError', on: 'GlobalSignOut', times: 1 });
    expectProblem(await kit.post('/sign-out', { everywhere: true }, accessToken), 'upstream_error');
    expectProblem(await route(kit, accessToken), 'invalid_token');
  });

  it('ends the session in the kit and logs a hint, if the app client has no token revocation (case D11)', async () => {
    const log = captureLog();
    const client = kit.pool.addClient({ EnableTokenRevocation: false });
    const own = await startKit({
      pool: kit.pool,
      config: { ...client, logger: log.logger },
      app: appWithRoute,
    });
    const { accessToken, refreshToken } = kit.pool.tokensFor(ADA, client);
    expectStatus(await own.post('/sign-out', { refreshToken }, accessToken), 200);
    expectProblem(await route(own, accessToken), 'invalid_token');
    expectProblem(await own.post('/refresh', { refreshToken }), 'invalid_refresh_token');
    const [line] = log.lines().filter(({ endpoint }) => endpoint === 'signOut');
    expect(line).to.include({ level: 50, status: 200, exception: 'UnsupportedOperationException' });
    expect(line?.hint).to.include('EnableTokenRevocation');
  });
});

describe('POST /sign-out with `everywhere` and an expired access cookie', () => {
  for (const [how, client] of [
    ['rotating', ROTATING],
    ['other', {}],
  ] as const) {
    it(`ends all sessions with ${how} refresh tokens (case C7)`, async () => {
      const kit = await startWithCookies({}, client);
      const [here, there] = [await signedIn(kit), await signedIn(kit)];
      here.expire('access');
      const answer = await here.post('/auth/sign-out', { everywhere: true });
      expect([answer.status, here.cookies.size]).to.deep.equal([200, 0]);
      expect((await there.fetch('/route')).status).to.equal(401);
      expect((await there.post('/auth/refresh')).body.code).to.equal('invalid_refresh_token');
      await kit.close();
    });
  }

  it('ends this session and clears the cookies, although Cognito cannot refresh it', async () => {
    const kit = await startWithCookies();
    const here = await signedIn(kit);
    const tab = here.clone();
    here.expire('access');
    kit.pool.faults.inject({ kind: 'internalError', on: 'GetTokensFromRefreshToken', times: 1 });
    const answer = await here.post('/auth/sign-out', { everywhere: true });
    expect([answer.status, here.cookies.size]).to.deep.equal([502, 0]);
    expect((await tab.post('/auth/refresh')).body.code).to.equal('invalid_refresh_token');
    const gone = await tab.post('/auth/sign-out', { everywhere: true });
    expect([gone.status, tab.cookies.size]).to.deep.equal([401, 0]);
    await kit.close();
  });

  it('ends the refreshed session, although GlobalSignOut fails', async () => {
    const kit = await startWithCookies();
    const here = await signedIn(kit);
    here.expire('access');
    kit.pool.faults.inject({ kind: 'internalError', on: 'GlobalSignOut', times: 1 });
    const answer = await here.post('/auth/sign-out', { everywhere: true });
    expect([answer.status, here.cookies.size]).to.deep.equal([502, 0]);
    expect(kit.pool.requests.count('RevokeToken')).to.equal(1);
    await kit.close();
  });
});

describe('POST /sign-out with ambiguous cookies', () => {
  for (const transport of ['cookie', 'both'] as const) {
    it(`clears the cookies and ends the session with transport ${transport} (case C8)`, async () => {
      const kit = await startWithCookies({ transport });
      const browser = new Browser(kit.url);
      await browser.post('/auth/sign-in', {
        email: ADA,
        password: PASSWORD,
        ...(transport === 'both' && { transport: 'cookie' }),
      });
      const before = browser.clone();
      for (const tossed of [
        '__Host-auth-refresh=tossed',
        ' __Host-auth-access=tossed',
        '\u00a0__Host-auth-x=1',
      ]) {
        const cookie = [...before.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
        const answer = await browser.fetch('/auth/sign-out', {
          method: 'POST',
          body: {},
          headers: { 'Sec-Fetch-Site': 'same-origin', cookie: `${cookie}; ${tossed}` },
        });
        expect(answer.status, tossed).to.equal(200);
        expect(answer.cleared).to.include.members(['access', 'refresh']);
      }
      expect((await before.post('/auth/refresh')).body.code).to.equal('invalid_refresh_token');
      await kit.close();
    });
  }

  it('is refused if a page of another site sends the request', async () => {
    const kit = await startWithCookies();
    const answer = await kit.request
      .post('/auth/sign-out')
      .set({ Cookie: '__Host-auth-refresh=a; __Host-auth-refresh=b', 'Sec-Fetch-Site': 'cross-site' })
      .send({});
    expect(expectProblem(answer, 'cross_site_request').headers).to.not.have.property('set-cookie');
    await kit.close();
  });
});
