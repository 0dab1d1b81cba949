import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { type CognitoRouter, createCognitoRouter } from '../../src/router.ts';
import { launchChromium } from '../support/chromium.ts';
import { listen, PASSWORD } from '../support/helpers.ts';

const ADA = 'ada@example.com';
const ICON = '<link rel="icon" href="data:,">';

/** The app is at localhost. The pool and the other site are at 127.0.0.1, which browsers treat as cross-site. */
describe('Managed login in Chromium', () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let pool: LocalUserPool;
  let auth: CognitoRouter;
  let strict: CognitoRouter;
  let server: Server;
  let app: string;

  before(async function () {
    browser = await launchChromium(this);
    const site = express();
    server = createServer(site).listen(0, 'localhost');
    await once(server, 'listening');
    app = `http://localhost:${(server.address() as AddressInfo).port}`;
    pool = await startLocalUserPool({
      quiet: true,
      appClient: {
        CallbackURLs: [`${app}/auth/callback`, `${app}/strict/callback`],
        LogoutURLs: [`${app}/bye`],
      },
      users: [{ username: ADA, password: PASSWORD }],
    });
    const shared = {
      ...pool.config,
      logger: false,
      transport: 'cookie',
      cookieSecret: 'a secret for cookies, of 32 characters',
    } as const;
    auth = createCognitoRouter({
      ...shared,
      managedLogin: { redirectUri: `${app}/auth/callback`, logoutUri: `${app}/bye`, errorPage: '/sorry' },
    });
    strict = createCognitoRouter({
      ...shared,
      cookies: { name: 'strict', sameSite: 'strict' },
      managedLogin: { redirectUri: `${app}/strict/callback` },
    });
    site
      .use('/auth', auth)
      .use('/strict', strict)
      .get('/strict-reports', strict.requireAuth(), (_req, res) => void res.send('The strict reports'))
      .get('/reports', auth.requireAuth(), (_req, res) => void res.send(`${ICON}The reports`))
      .get(['/', '/bye', '/sorry', '/other'], (req, res) => {
        const links = ['/auth/login?returnTo=/reports', '/auth/login?returnTo=/other', '/auth/logout'];
        const list = links.map((link) => `<a href="${link}">${link}</a>`).join(' ');
        res.send(`${ICON}<p>At ${req.path}</p>${list}`);
      });
  });

  after(async () => {
    await browser?.close();
    await auth?.close();
    await strict?.close();
    server?.close();
    server?.closeAllConnections();
    await pool?.close();
  });

  beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
    await page.goto(app);
  });
  afterEach(() => context?.close());

  async function fillIn(at: Page): Promise<void> {
    await at.getByLabel('E-mail address').fill(ADA);
    await at.getByLabel('Password').fill(PASSWORD);
    await at.keyboard.press('Enter');
  }

  const statusOf = (path: string): Promise<number> =>
    page.evaluate((url) => fetch(url).then(({ status }) => status), path);

  it('signs in at the pool, and returns to returnTo with cookies that scripts cannot read', async () => {
    await page.getByText('returnTo=/reports').click();
    await fillIn(page);
    await page.waitForURL(`${app}/reports`);
    expect(await page.textContent('body')).to.equal('The reports');
    expect(await page.evaluate('document.cookie')).to.equal('');
    const cookies = await context.cookies(app);
    expect(cookies.map(({ name }) => name)).to.have.members([
      '__Host-auth-access',
      '__Host-auth-refresh',
      '__Host-auth-known',
    ]);
    for (const { httpOnly, secure } of cookies) expect([httpOnly, secure]).to.deep.equal([true, true]);
  });

  it('returns two concurrent tabs to their own returnTo', async () => {
    const other = await context.newPage();
    await other.goto(app);
    await page.getByText('returnTo=/reports').click();
    await other.getByText('returnTo=/other').click();
    await fillIn(other);
    await other.waitForURL(`${app}/other`);
    await fillIn(page);
    await page.waitForURL(`${app}/reports`);
    expect(await page.textContent('body')).to.equal('The reports');
  });

  it('sets strict cookies, which the browser sends from the next request on', async () => {
    await page.goto(`${app}/strict/login?returnTo=/strict-reports`);
    await fillIn(page);
    await page.waitForURL(`${app}/strict-reports`);
    expect(await page.textContent('body')).to.include('missing_token');
    expect(await statusOf('/strict-reports')).to.equal(200);
  });

  it('redirects a repeated callback to errorPage, and keeps the session', async () => {
    await page.getByText('returnTo=/other').click();
    const asked = page.waitForRequest(/\/auth\/callback/);
    await fillIn(page);
    await page.waitForURL(`${app}/other`);
    await page.goto((await asked).url());
    expect(page.url()).to.equal(`${app}/other`);
    expect(await statusOf('/reports')).to.equal(200);
  });

  it('signs out at the app and the pool by a link of the app, but not of another site', async () => {
    await page.getByText('returnTo=/other').click();
    await fillIn(page);
    await page.waitForURL(`${app}/other`);

    const evil = await listen(
      createServer((_req, res) => {
        const url = `${app}/auth/logout`;
        res.setHeader('Content-Type', 'text/html');
        res.end(`${ICON}<img src="${url}"><iframe src="${url}"></iframe><a href="${url}">You have won</a>`);
      }),
    );
    try {
      const visitor = await context.newPage();
      await visitor.goto(evil.url);
      await visitor.getByText('You have won').click();
      await visitor.waitForURL(`${app}/auth/logout`);
      expect(await visitor.textContent('body')).to.include('cross_site_request');
    } finally {
      await evil.close();
    }
    expect(await statusOf('/reports')).to.equal(200);

    await page.getByText('/auth/logout').click();
    await page.waitForURL(`${app}/bye`);
    expect(await statusOf('/reports')).to.equal(401);
    await page.getByText('returnTo=/reports').click();
    await page.getByLabel('Password').waitFor();
  });
});
