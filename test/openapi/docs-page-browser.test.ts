import { expect } from 'chai';
import express from 'express';
import type { Browser, Page } from 'playwright-core';
import type { Config } from '../../src/config/options.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { launchChromium, noteTroubles } from '../support/chromium.ts';
import { type Kit, PASSWORD, startKit } from '../support/helpers.ts';

interface Tried {
  readonly url: string;
  readonly status: string;
  readonly text: string;
}

/** Sends a request with the form of an operation, and returns the answer that the page shows. */
async function tryOut(page: Page, operation: string, body?: object): Promise<Tried> {
  const block = page.locator(`.opblock[id$="-${operation}"]`);
  await block.locator('.opblock-summary-control').first().click();
  if (body) await block.locator('.body-param__text').fill(JSON.stringify(body));
  await block.locator('.execute').click();
  const answer = block.locator('.live-responses-table .response').first();
  return {
    status: await answer.locator('.response-col_status').innerText(),
    url: await block.locator('.request-url pre').innerText(),
    text: await answer.locator('.highlight-code pre').innerText(),
  };
}

describe('The docs page in Chromium', () => {
  let browser: Browser;
  let pool: LocalUserPool;
  let kit: Kit | undefined;

  before(async function () {
    browser = await launchChromium(this);
    pool = await startLocalUserPool({ quiet: true });
  });
  afterEach(async () => {
    await kit?.auth.close();
    kit = undefined;
  });
  after(async () => {
    await browser?.close();
    await pool?.close();
  });

  /** Opens the page behind a proxy that removes the first part of the path. */
  async function open(config: Config, troubles: string[]): Promise<{ page: Page; base: string }> {
    kit = await startKit({
      pool,
      config: { ...config, docs: true },
      app: (auth) =>
        express()
          .use((req, _res, next) => {
            req.url = req.url.replace(/^\/proxied/, '');
            next();
          })
          .use('/auth', auth),
    });
    const base = `${kit.url}/proxied/auth`;
    const page = await browser.newPage({ viewport: { width: 360, height: 800 } });
    noteTroubles(page, troubles);
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(base) && !url.startsWith('data:')) troubles.push(url);
    });
    await page.goto(`${base}/docs`);
    return { page, base };
  }

  async function expectNoTroubles(page: Page, troubles: readonly string[]): Promise<void> {
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(360);
    expect(await page.evaluate('localStorage.length + sessionStorage.length')).to.equal(0);
    expect(troubles).to.deep.equal([]);
  }

  it('signs up, signs in and calls a protected endpoint with a bearer token, behind a proxy', async () => {
    const troubles: string[] = [];
    const { page, base } = await open({}, troubles);
    const email = 'ada@example.com';
    const signUp = await tryOut(page, 'signUp', { email, password: PASSWORD });
    expect(signUp).to.include({ status: '200', url: `${base}/sign-up` });
    const { code: confirmationCode } = await pool.inbox.waitFor({ to: email, kind: 'sign_up' });
    await kit?.request.post('/proxied/auth/confirm-sign-up').send({ email, confirmationCode }).expect(200);
    const signIn = await tryOut(page, 'signIn', { email, password: PASSWORD });
    await page.locator('button.authorize').click();
    await page.locator('.auth-container input').fill(JSON.parse(signIn.text).tokens.accessToken);
    await page.locator('.auth-btn-wrapper .authorize').click();
    await page.locator('.btn-done').click();
    const me = await tryOut(page, 'getMe');
    expect(JSON.parse(me.text).attributes?.email, me.text).to.equal(email);
    await expectNoTroubles(page, troubles);
  });

  it('signs in and calls a protected endpoint with cookies, behind a proxy', async () => {
    const troubles: string[] = [];
    const { page } = await open({ transport: 'cookie' }, troubles);
    const email = 'grace@example.com';
    pool.addUser({ username: email, password: PASSWORD });
    await tryOut(page, 'signIn', { email, password: PASSWORD });
    const me = await tryOut(page, 'getMe');
    expect(JSON.parse(me.text).attributes?.email, me.text).to.equal(email);
    // The dialog has no place for the cookie, because no script may send it.
    await page.locator('button.authorize').click();
    expect(await page.locator('.auth-container').count()).to.equal(1);
    await expectNoTroubles(page, troubles);
  });
});
