import { expect } from 'chai';
import { type LocalUserPool, startLocalUserPool } from 'express-cognito-kit/local';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium, noteTroubles } from '../support/chromium.ts';
import { settingsOf, start, startApp, stopAll } from '../support/example-process.ts';
import { freePort } from '../support/free-port.ts';

const ADA = { email: 'ada@example.com', password: 'Analytical-1843' };

describe('Examples of front ends, in Chromium:', () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let pool: LocalUserPool;
  const troubles: string[] = [];

  before(async function () {
    browser = await launchChromium(this);
    pool = await startLocalUserPool({
      quiet: true,
      users: [{ username: ADA.email, password: ADA.password }],
    });
  });
  after(async () => {
    await browser?.close();
    await pool?.close();
  });
  beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
    troubles.length = 0;
    noteTroubles(page, troubles);
  });
  afterEach(async () => {
    await context?.close();
    await stopAll();
  });

  async function fillIn(fields: Readonly<Record<string, string>>, button: string): Promise<void> {
    for (const [label, value] of Object.entries(fields)) await page.getByLabel(label).fill(value);
    await page.getByRole('button', { name: button }).click();
  }

  it('form-app.ts signs up, confirms, signs in and out with forms and redirects, without a script', async () => {
    const url = await startApp('examples/form-app.ts', pool);
    await context.close();
    context = await browser.newContext({ javaScriptEnabled: false });
    page = await context.newPage();
    await page.goto(url);
    expect(page.url()).to.equal(`${url}/sign-in`);
    await page.getByText('Sign up').click();
    await fillIn({ 'E-mail': 'new@example.com', Password: 'short' }, 'Sign up');
    await page.waitForURL(`${url}/sign-up?message=**`);
    expect(await page.getByRole('alert').textContent()).to.include('Password did not conform');
    await fillIn({ 'E-mail': 'new@example.com', Password: ADA.password }, 'Sign up');
    await page.waitForURL(`${url}/confirm?email=**`);
    await fillIn({ Code: '000000' }, 'Confirm');
    await page.waitForURL(`${url}/confirm?message=**`);
    await page.goBack();
    const { code = '' } = await pool.inbox.waitFor({ to: 'new@example.com' });
    await fillIn({ Code: code }, 'Confirm');
    await page.waitForURL(`${url}/sign-in?message=**`);
    await fillIn({ 'E-mail': 'new@example.com', Password: 'Wrong-1843-word' }, 'Sign in');
    await page.waitForURL(`${url}/sign-in?message=**`);
    expect(await page.getByRole('alert').textContent()).to.include('password');
    await fillIn({ 'E-mail': 'new@example.com', Password: ADA.password }, 'Sign in');
    await page.waitForURL(`${url}/`);
    expect(await page.textContent('body')).to.include('Hello new@example.com');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${url}/sign-in`);
    await page.goto(url);
    expect(page.url()).to.equal(`${url}/sign-in`);
  });

  it('form-app.ts refuses a form of another site', async () => {
    const url = await startApp('examples/form-app.ts', pool);
    const response = await fetch(`${url}/auth/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      body: new URLSearchParams(ADA),
    });
    expect(response.headers.get('location')).to.match(/^\/sign-in\?message=/);
    expect(response.headers.getSetCookie()).to.deep.equal([]);
  });

  it('spa.ts signs in and out from a page on another port', async () => {
    const [apiPort, pagePort] = [await freePort(), await freePort()];
    const ports = { PORT: String(apiPort), PAGE_PORT: String(pagePort) };
    await start('examples/spa.ts', { ...ports, ...settingsOf(pool) }).prints(/Open (http:\/\/localhost:\d+)/);
    await page.goto(`http://localhost:${pagePort}`);
    await fillIn({ 'E-mail': ADA.email, Password: ADA.password }, 'Sign in');
    await page.getByText(`Hello ${ADA.email}`).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('Hello').waitFor({ state: 'detached' });
    expect(troubles.filter((text) => !text.includes('favicon'))).to.deep.equal([]);
  });
});
