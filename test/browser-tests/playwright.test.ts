import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import express from 'express';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { rolldown } from 'rolldown';
import { type ConnectedPool, connectLocalPool, type TestedApp } from '../../src/browser-tests/playwright.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { type CognitoRouter, createCognitoRouter } from '../../src/router.ts';
import { launchChromium } from '../support/chromium.ts';
import { PASSWORD } from '../support/helpers.ts';
import { outcomeOf } from '../support/local-sdk.ts';

const ADA = 'ada@example.com';
const LIN = 'lín@example.com';
const TOTP_USER = 'totp@example.com';
const ICON = '<link rel="icon" href="data:,">';

/** A page with Amplify and one with amazon-cognito-identity-js, which write the e-mail of their user into the title. */
const AMPLIFY = `
import { fetchAuthSession, getCurrentUser, fetchUserAttributes } from '@aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from '@aws-amplify/auth/cognito';
import { Amplify, defaultStorage } from '@aws-amplify/core';
const { userPoolId, userPoolClientId, userPoolEndpoint } = window.POOL;
const Auth = { Cognito: { userPoolId, userPoolClientId, userPoolEndpoint } };
cognitoUserPoolsTokenProvider.setAuthConfig(Auth);
cognitoUserPoolsTokenProvider.setKeyValueStorage(defaultStorage);
Amplify.configure({ Auth }, { Auth: { tokenProvider: cognitoUserPoolsTokenProvider } });
try {
  const { signInDetails } = await getCurrentUser();
  const { email } = await fetchUserAttributes();
  await fetchAuthSession({ forceRefresh: true });
  document.title = 'user ' + email + ' ' + signInDetails.loginId;
} catch (error) { document.title = 'none ' + error.name; }`;
const IDENTITY_JS = `
import { CognitoUserPool } from 'amazon-cognito-identity-js';
const { userPoolId, userPoolClientId, userPoolEndpoint } = window.POOL;
const pool = new CognitoUserPool({ UserPoolId: userPoolId, ClientId: userPoolClientId, endpoint: userPoolEndpoint });
const user = pool.getCurrentUser();
if (!user) document.title = 'none';
else user.getSession((error, session) => {
  if (error) document.title = 'none ' + error;
  else user.getUserAttributes((failure, list) => {
    document.title = failure ? 'none ' + failure : 'user ' + list.find((each) => each.Name === 'email').Value;
  });
});`;

/** A file that does not exist, beside the packages. */
const PAGE = join(process.cwd(), 'page.js');

async function bundleOf(contents: string): Promise<string> {
  const page = {
    name: 'page',
    resolveId: (id: string) => (id === PAGE ? id : undefined),
    load: (id: string) => (id === PAGE ? contents : undefined),
  };
  const transform = { define: { global: 'window' } };
  const bundle = await rolldown({ input: PAGE, plugins: [page], platform: 'browser', transform });
  const { output } = await bundle.generate();
  await bundle.close();
  return output[0].code;
}

describe('The helpers for Playwright', function () {
  this.timeout(60_000);
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let pool: LocalUserPool;
  let auth: CognitoRouter;
  let both: CognitoRouter;
  let bearer: CognitoRouter;
  let server: Server;
  let app: string;

  before(async function () {
    browser = await launchChromium(this);
    const bundles = { '/amplify': await bundleOf(AMPLIFY), '/identity-js': await bundleOf(IDENTITY_JS) };
    const site = express();
    server = createServer(site).listen(0, 'localhost');
    await once(server, 'listening');
    app = `http://localhost:${(server.address() as AddressInfo).port}`;
    pool = await startLocalUserPool({
      quiet: true,
      appClient: { CallbackURLs: [`${app}/auth/callback`] },
      users: [
        { username: ADA, password: PASSWORD },
        { username: LIN, password: PASSWORD },
        { username: TOTP_USER, password: PASSWORD, totpSecret: 'JBSWY3DPEHPK3PXP' },
      ],
    });
    auth = createCognitoRouter({
      ...pool.config,
      logger: false,
      transport: 'cookie',
      cookieSecret: 'a secret for cookies, of 32 characters',
      managedLogin: { redirectUri: `${app}/auth/callback` },
      rateLimits: false,
    });
    both = createCognitoRouter({
      ...pool.config,
      logger: false,
      transport: 'both',
      cookieSecret: 'a secret for cookies, of 32 characters',
      cookies: { name: 'both' },
    });
    bearer = createCognitoRouter({ ...pool.config, logger: false });
    const { userPoolId, clientId: userPoolClientId } = pool.config;
    const config = JSON.stringify({ userPoolId, userPoolClientId, userPoolEndpoint: pool.url });
    site
      .use('/auth', auth)
      .use('/both', both)
      .get('/reports', auth.requireAuth(), (_req, res) => void res.send(`${ICON}Reports`))
      .get('/api', bearer.requireAuth(), (_req, res) => void res.json({ ok: true }))
      .get('/spa', (_req, res) => {
        res.send(
          `${ICON}<script>const token = localStorage.getItem('token');
fetch('/api', { headers: token ? { authorization: 'Bearer ' + token } : {} }).then(({ status }) => { document.title = 'api ' + status; })</script>`,
        );
      })
      .get(['/amplify', '/identity-js'], (req, res) => {
        const script = bundles[req.path as keyof typeof bundles].replaceAll('</script', '<\\/script');
        res.send(
          `<meta charset="utf-8">${ICON}<script>window.POOL = ${config}</script><script type="module">${script}</script>`,
        );
      });
  });

  after(async () => {
    await browser?.close();
    await auth?.close();
    await both?.close();
    await bearer?.close();
    server?.close();
    server?.closeAllConnections();
    await pool?.close();
  });

  beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
  });
  afterEach(() => context?.close());

  const connected = (tested?: TestedApp): ConnectedPool =>
    connectLocalPool({ url: `${pool.url}/`, ...(tested && { app: tested }) });

  async function titleAt(path: string): Promise<string> {
    await page.goto(app + path);
    await page.waitForFunction("document.title !== ''");
    return page.title();
  }

  it('sign in to an app with the cookies of the router', async () => {
    const { signInAs } = connected({ router: `${app}/auth` });
    expect((await page.goto(`${app}/reports`))?.status()).to.equal(401);
    await signInAs(page, { username: ADA, password: PASSWORD });
    expect((await page.goto(`${app}/reports`))?.status()).to.equal(200);
    expect(await page.textContent('body')).to.include('Reports');
  });

  it('sign in to an app whose router serves cookies and tokens', async () => {
    const user = { username: ADA, password: PASSWORD };
    const without = await outcomeOf(connected({ router: `${app}/both` }).signInAs(page, user));
    expect(without).to.include("Set transport: 'cookie' in app").and.not.include('eyJ');
    await connected({ router: `${app}/both`, transport: 'cookie' }).signInAs(page, user);
    const names = (await context.cookies()).map(({ name }) => name);
    expect(names).to.include('__Host-both-access');
  });

  for (const [library, path, shown] of [
    ['Amplify', '/amplify', (user: string) => `user ${user} ${user}`],
    ['amazon-cognito-identity-js', '/identity-js', (user: string) => `user ${user}`],
  ] as const) {
    for (const user of [ADA, LIN]) {
      it(`sign ${user} in to an app with ${library}, and the app refreshes its tokens`, async () => {
        const { signInAs } = connected({ amplify: app });
        expect(await titleAt(path)).to.match(/^none/);
        await signInAs(page, user);
        expect(await titleAt(path)).to.equal(shown(user));
        // No script of the helpers signs the user in again.
        await page.evaluate('localStorage.clear()');
        expect(await titleAt(path)).to.match(/^none/);
      });
    }
  }

  it('sign in to an app with entries of its own in localStorage', async () => {
    const entries = ({ accessToken }: { accessToken: string }) => ({ token: accessToken });
    const { signInAs } = connected({ storage: app, entries });
    expect(await titleAt('/spa')).to.equal('api 401');
    await signInAs(page, ADA);
    expect(await titleAt('/spa')).to.equal('api 200');
  });

  it('write values with markup as they are', async () => {
    const entries = () => ({ token: '</script><script>document.title = "run"</script>' });
    await connected({ storage: app, entries }).signInAs(page, ADA);
    expect(await page.title()).to.equal('');
    expect(await page.evaluate("localStorage.getItem('token')")).to.equal(entries().token);
  });

  it('sign in at the managed login pages', async () => {
    const { signInAtManagedLogin } = connected();
    await page.goto(`${app}/auth/login?returnTo=/reports`);
    await signInAtManagedLogin(page, { username: ADA, password: PASSWORD });
    await page.waitForURL(`${app}/reports`);
    expect(await page.textContent('body')).to.include('Reports');
  });

  it('say why managed login refuses a sign-in', async () => {
    await page.goto(`${app}/auth/login`);
    const refused = connected().signInAtManagedLogin(page, { username: ADA, password: 'Wrong-passw0rd!' });
    expect(await outcomeOf(refused)).to.equal(
      'Error: Managed login refused the sign-in: Incorrect username or password.',
    );
  });

  it('add users, read codes and move the clock', async () => {
    const test = connected();
    const username = 'new@example.com';
    const { sub } = await test.addUser({ username, password: PASSWORD });
    expect(sub).to.match(/^[\da-f-]{36}$/);
    const sent = test.waitForMessage({ to: username, kind: 'forgot_password' });
    await page.request.post(`${app}/auth/forgot-password`, {
      data: { email: username },
      headers: { 'sec-fetch-site': 'same-origin' },
    });
    expect((await sent).code).to.match(/^\d{6}$/);
    await test.clearInbox();
    expect(pool.inbox.list()).to.deep.equal([]);
    const before = pool.clock.now();
    await test.advanceClock(3600);
    expect(pool.clock.now() - before).to.be.at.least(3_600_000);
    await test.advanceClock(-3600);
    const { accessToken } = await test.tokensFor(ADA, { accessClaims: { plan: 'team' } });
    expect(JSON.parse(atob(accessToken.split('.')[1] ?? ''))).to.include({ plan: 'team' });
  });

  for (const [fault, call, words] of [
    [
      'a wrong password',
      { username: ADA, password: 'Wrong-passw0rd!' },
      `refused to sign "${ADA}" in (401): `,
    ],
    ['no password', ADA, 'pass { username, password }'],
    [
      'a second factor',
      { username: TOTP_USER, password: PASSWORD },
      'needs another step (SOFTWARE_TOKEN_MFA), so sign in through the app',
    ],
  ] as const) {
    it(`say what is wrong for an app with the router and ${fault}, without the password`, async () => {
      const outcome = await outcomeOf(connected({ router: `${app}/auth/` }).signInAs(page, call));
      expect(outcome).to.include(words).and.not.include('passw0rd');
    });
  }

  it('say what is wrong for an unknown user, without an app and without a pool', async () => {
    const unknown = connected({ amplify: app }).signInAs(page, 'nobody@example.com');
    expect(await outcomeOf(unknown)).to.include('The local user pool has no user "nobody@example.com"');
    expect(await outcomeOf(connected().signInAs(page, ADA))).to.include('signInAs needs the option app');
    const nowhere = connectLocalPool({ url: 'http://127.0.0.1:9' }).clearInbox();
    expect(await outcomeOf(nowhere)).to.include('There is no local user pool at http://127.0.0.1:9.');
  });
});
