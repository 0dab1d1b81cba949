import { expect } from 'chai';
import express, { type Express } from 'express';
import type { Config } from '../../src/config/options.ts';
import type { LocalUserPoolOptions } from '../../src/local/local-user-pool.ts';
import type { CognitoRouter } from '../../src/router.ts';
import { Browser } from '../support/browser-cookies.ts';
import { eventually } from '../support/eventually.ts';
import { type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';
import { Browser as LoginBrowser, signInAtPages } from '../support/login-pages.ts';

const ADA = 'ada@example.com';
const GRACE = 'grace@example.com';
const SECRET = 'JBSWY3DPEHPK3PXP';
const USERS = [
  { username: ADA, password: PASSWORD },
  { username: GRACE, password: PASSWORD, totpSecret: SECRET },
];
const ROTATING = {
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
  RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
} as const;
const REFRESH = 'GetTokensFromRefreshToken';

/** Ends the request to `/held`. Undefined before it has come. */
let release: (() => void) | undefined;

const app = (auth: CognitoRouter): Express =>
  express()
    .use('/auth', auth)
    .get('/route', auth.requireAuth(), (_req, res) => void res.json({}))
    .get('/held', auth.requireAuth(), (_req, res) => {
      release = () => void res.json({});
    });

async function start(config: Config = {}, pool: LocalUserPoolOptions = {}): Promise<Kit> {
  return startKit({
    pool: { appClient: ROTATING, users: USERS, ...pool },
    config: { transport: 'cookie', autoRefresh: true, ...config },
    app,
  });
}

async function signIn(browser: Browser, email = ADA): Promise<void> {
  const { status } = await browser.post('/auth/sign-in', { email, password: PASSWORD });
  expect(status).to.equal(200);
}

async function signedIn(kit: Kit): Promise<Browser> {
  const browser = new Browser(kit.url);
  await signIn(browser);
  return browser;
}

describe('A sign-in over the session of the same browser', () => {
  it('ends the old session, in the kit and at Cognito (case C4)', async () => {
    const kit = await start();
    const browser = await signedIn(kit);
    const old = browser.clone();
    await signIn(browser);
    expect((await old.fetch('/route')).body.code).to.equal('invalid_token');
    expect((await old.post('/auth/refresh')).body.code).to.equal('invalid_refresh_token');
    expect(kit.pool.requests.count('RevokeToken')).to.equal(1);
    expect((await browser.fetch('/route')).status).to.equal(200);
    expect((await browser.post('/auth/refresh')).status).to.equal(200);
    await kit.close();
  });

  it('ends the old session when it poses a challenge, because that clears the cookies (case C4)', async () => {
    const kit = await start();
    const browser = await signedIn(kit);
    const old = browser.clone();
    await signIn(browser, GRACE);
    expect(browser.get('refresh')).to.equal(undefined);
    expect((await old.fetch('/route')).body.code).to.equal('invalid_token');
    expect((await old.post('/auth/refresh')).body.code).to.equal('invalid_refresh_token');
    await kit.close();
  });

  it('ends the old session through managed login, too', async () => {
    const redirectUri = 'http://localhost:3000/auth/callback';
    const kit = await start(
      { managedLogin: { redirectUri }, cookieSecret: 'a secret for cookies, of 32 characters' },
      { appClient: { ...ROTATING, CallbackURLs: [redirectUri] } },
    );
    const old = await signedIn(kit);
    const browser = new LoginBrowser(kit.pool.url);
    const cookies = [...old.cookies].map(([name, value]) => `${name}=${value}; Path=/`);
    browser.keep(cookies, new URL(kit.url).hostname);
    const begun = await browser.request(`${kit.url}/auth/login`);
    const user = { username: ADA, password: PASSWORD };
    const { pathname, search } = await signInAtPages(begun.headers.get('location') ?? '', user, browser);
    const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' };
    await browser.request(`${kit.url}${pathname}${search}`, { headers });
    expect((await browser.request(`${kit.url}/route`)).status).to.equal(200);
    expect((await old.fetch('/route')).body.code).to.equal('invalid_token');
    expect((await old.post('/auth/refresh')).body.code).to.equal('invalid_refresh_token');
    await kit.close();
  });

  it('leaves the old session alone if it fails', async () => {
    const kit = await start();
    const browser = await signedIn(kit);
    const wrong = await browser.post('/auth/sign-in', { email: ADA, password: 'Wrong-password-5' });
    expect([wrong.status, kit.pool.requests.count('RevokeToken')]).to.deep.equal([401, 0]);
    expect((await browser.post('/auth/refresh')).status).to.equal(200);
    await kit.close();
  });

  it('succeeds although Cognito cannot revoke the old refresh token, which the log tells', async () => {
    const log = captureLog();
    const kit = await start({ logger: log.logger });
    const browser = await signedIn(kit);
    const old = browser.clone();
    log.clear();
    kit.pool.faults.inject({ kind: 'internalError', on: 'RevokeToken', times: 1 });
    await signIn(browser);
    const [line] = log.lines();
    expect(line).to.include({ level: 50, endpoint: 'signIn', exception: 'InternalErrorException' });
    expect((await old.fetch('/route')).body.code).to.equal('invalid_token');
    await kit.close();
  });

  it('is not followed by a revocation if tokens are in bodies', async () => {
    const kit = await start({ transport: 'both' });
    const browser = new Browser(kit.url);
    await browser.post('/auth/sign-in', { email: ADA, password: PASSWORD, transport: 'cookie' });
    await signIn(browser);
    expect(kit.pool.requests.count('RevokeToken')).to.equal(0);
    expect((await browser.fetch('/route')).status).to.equal(200);
    await kit.close();
  });
});

describe('A slow refresh of a session that a new sign-in has replaced', () => {
  let kit: Kit;
  let browser: Browser;
  beforeEach(async () => {
    kit = await start();
    browser = await signedIn(kit);
  });
  afterEach(() => kit.close());

  for (const path of ['/auth/refresh', '/route']) {
    it(`neither sets nor clears cookies at ${path} (case C3)`, async () => {
      const tab = browser.clone();
      tab.expire('access');
      kit.pool.faults.inject({ kind: 'delay', ms: 1000, on: REFRESH, times: 1 });
      const slow = path === '/route' ? tab.fetch(path) : tab.post(path);
      await eventually(() => kit.pool.requests.count(REFRESH) === 1);
      await signIn(browser);
      const answer = await slow;
      expect([answer.status, answer.set, answer.cleared]).to.deep.equal([401, [], []]);
      // The same for a request that was on its way when the sign-in ended.
      const late = await tab.post('/auth/refresh');
      expect([late.status, late.set, late.cleared]).to.deep.equal([401, [], []]);
      expect((await browser.fetch('/route')).status).to.equal(200);
    });
  }

  it('sets no cookies on the slow response of a route whose refresh succeeded (case C3)', async () => {
    const tab = browser.clone();
    tab.expire('access');
    const slow = tab.fetch('/held');
    const end = await eventually(() => release);
    await signIn(browser);
    end();
    const answer = await slow;
    expect([answer.status, answer.set, answer.cleared]).to.deep.equal([200, [], []]);
    expect((await browser.fetch('/route')).status).to.equal(200);
  });
});
