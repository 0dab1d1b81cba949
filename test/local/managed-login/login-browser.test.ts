import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium, noteTroubles } from '../../support/chromium.ts';
import { ANA, closeAll, codeFor, type Local, PASSWORD } from '../../support/local-sdk.ts';
import { authorizeUrl, startLogin } from '../../support/managed-login.ts';

const BEN = 'ben@example.com';

describe('Managed login in Chromium, which enforces the content security policy,', () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let app: Server;
  let callback: string;
  let local: Local;
  let troubles: string[];

  before(async function () {
    browser = await launchChromium(this);
  });

  after(() => browser?.close());

  beforeEach(async () => {
    app = createServer((_req, res) =>
      res.setHeader('content-type', 'text/html').end('<link rel="icon" href="data:,">The app'),
    );
    app.listen(0, 'localhost');
    await once(app, 'listening');
    callback = `http://localhost:${(app.address() as AddressInfo).port}/callback`;
    local = await startLogin({
      appClient: { CallbackURLs: [callback] },
      identityProviders: ['Google'],
    });
    context = await browser.newContext({ viewport: { width: 320, height: 640 } });
    page = await context.newPage();
    troubles = [];
    noteTroubles(page, troubles);
    await page.goto(authorizeUrl(local, { redirect_uri: callback }));
  });

  afterEach(async () => {
    await context?.close();
    app?.close();
    app?.closeAllConnections();
    await closeAll();
    expect(troubles ?? []).to.deep.equal([]);
  });

  const arrived = async () => {
    await page.waitForURL(`${callback}?*`);
    expect(await page.textContent('body')).to.equal('The app');
    return new URL(page.url()).searchParams;
  };

  it('signs in after a wrong password, and returns to the app on another origin', async () => {
    await page.getByLabel('E-mail address').fill(ANA);
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    expect(await page.getByRole('alert').textContent()).to.equal('Incorrect username or password.');
    expect(await page.getByLabel('E-mail address').inputValue()).to.equal(ANA);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    expect((await arrived()).get('state')).to.equal('the state');
    await page.goto(authorizeUrl(local, { redirect_uri: callback, prompt: 'none' }));
    expect((await arrived()).has('code')).to.equal(true);
  });

  it('signs up, and Enter confirms without requesting another code', async () => {
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByLabel('E-mail address').fill(BEN);
    await page.getByLabel('New password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    expect(await page.getByRole('status').textContent()).to.equal('A code was sent to b***@e***.');
    await page.getByRole('button', { name: 'Send a new code' }).click();
    await page.waitForURL(/flow=/);
    await local.pool.inbox.waitFor({ to: BEN });
    await page.getByLabel('Code').fill(codeFor(local, BEN));
    await page.keyboard.press('Enter');
    expect((await arrived()).has('code')).to.equal(true);
    expect(local.pool.inbox.list({ to: BEN })).to.have.length(2);
  });

  it('returns from an identity provider, signed in or refused', async () => {
    await page.getByRole('link', { name: 'Continue with Google' }).click();
    await page.getByRole('button', { name: 'Refuse' }).click();
    expect((await arrived()).get('error')).to.equal('access_denied');
    await page.goto(authorizeUrl(local, { redirect_uri: callback, identity_provider: 'Google' }));
    await page.getByLabel('Your id at Google').fill('1234');
    await page.keyboard.press('Enter');
    expect((await arrived()).has('code')).to.equal(true);
  });

  it('applies its style, fits a small screen, and hides its cookie from scripts', async () => {
    const corner = await page.evaluate("getComputedStyle(document.querySelector('main')).borderRadius");
    expect(corner).to.equal('12px');
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(320);
    expect(await page.evaluate('document.cookie')).to.equal('');
    const [cookie] = await context.cookies();
    expect(cookie).to.include({
      name: 'cognito',
      httpOnly: true,
      sameSite: 'Lax',
      path: `/${local.UserPoolId}`,
    });
  });
});
