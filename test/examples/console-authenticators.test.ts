import { expect } from 'chai';
import jsqr from 'jsqr';
import type { Browser, Locator } from 'playwright-core';
import { totpCode } from '../../src/local/users/totp.ts';
import { launchChromium } from '../support/chromium.ts';
import { ADA, ALAN, type ConsolePage, ConsoleServer, HEDY, NARROW } from '../support/console-page.ts';
import { sdkFor } from '../support/local-sdk.ts';

/** Lifetime of a code. The tests start a new one, which then lasts as long as they do. */
const STEP_MS = 30_000;

interface Pixels {
  readonly data: readonly number[];
  readonly width: number;
  readonly height: number;
}

describe('Authenticator apps on the console page, in Chromium', () => {
  let inPage: { pixelsOf: (url: string) => Promise<Pixels> };
  let browser: Browser;
  let server: ConsoleServer;
  let console: ConsolePage;

  before(async function () {
    inPage = await import(new URL('in-page.js', import.meta.url).href);
    browser = await launchChromium(this);
  });
  after(() => browser?.close());
  beforeEach(async () => {
    server = await ConsoleServer.start();
    console = await server.open(browser);
  });
  afterEach(async () => {
    try {
      await console?.close();
    } finally {
      await server?.close();
    }
  });

  const apps = (): Locator => console.page.locator('#authenticator-list li');
  const qrCode = (): Locator => console.page.getByRole('img', { name: /^QR code/ });

  /** Signs in, and sets an app up to the point at which its QR code shows. */
  async function startSetUp(user: typeof ADA): Promise<void> {
    await console.signIn(user);
    await console.outcome(/200 Signed in/);
    await console.send('Set up an authenticator app', {}, 'Get a secret');
    await console.outcome(/200 Scan the code/);
    await qrCode().locator('path').waitFor({ state: 'attached' });
  }

  /** The text that a camera reads from the screen. */
  async function scanned(): Promise<string | undefined> {
    const png = await console.page.locator('.qr-frame').screenshot();
    const blank = await browser.newPage();
    const url = `data:image/png;base64,${png.toString('base64')}`;
    const { data, width, height } = await blank.evaluate(inPage.pixelsOf, url);
    await blank.close();
    return jsqr.default(Uint8ClampedArray.from(data), width, height, { inversionAttempts: 'dontInvert' })
      ?.data;
  }

  const shownBody = async (): Promise<{ secretCode: string; otpauthUri: string }> =>
    JSON.parse((await console.page.getByRole('region', { name: 'Response body' }).textContent()) ?? '');

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`show the secret as a QR code that scans as its URI, and as text (${colorScheme})`, async () => {
      await console.page.emulateMedia({ colorScheme });
      await startSetUp(ADA);
      const { secretCode, otpauthUri } = await shownBody();
      expect(await scanned()).to.equal(otpauthUri);
      const uri = new URL(otpauthUri);
      expect(uri.searchParams.get('secret')).to.equal(secretCode);
      expect(decodeURIComponent(uri.pathname)).to.include(ADA.email);
      const key = await console.page.locator('.set-up code').textContent();
      expect(key?.replaceAll(' ', '')).to.equal(secretCode);
    });
  }

  it('show a QR code that scans on a narrow screen, too', async () => {
    await console.page.setViewportSize(NARROW);
    await startSetUp(ADA);
    expect(await scanned()).to.equal((await shownBody()).otpauthUri);
  });

  it('have their codes in the inbox from the set-up on, for any user', async () => {
    expect(await apps().count()).to.equal(1);
    expect(await apps().textContent()).to.include(HEDY.email);

    await startSetUp(ALAN);
    await apps().nth(1).waitFor();
    const fresh = apps().filter({ hasText: `${ALAN.email} (new, not verified)` });
    const { secretCode } = await shownBody();
    const { clock } = server.demo.pool;
    clock.advance(STEP_MS - (clock.now() % STEP_MS));
    const code = totpCode(secretCode, clock.now());
    await fresh.getByText(code, { exact: true }).waitFor();
    expect(await fresh.textContent()).to.match(/Changes in 0:[0-3]\d/);

    await console.button(`Use this code of the new authenticator app of ${ALAN.email}`).click();
    await console.answer('Verify the app', {}, 'Verify the app');
    await console.outcome(/200 The app is verified/);
    expect(await qrCode().count(), 'the secret leaves the page').to.equal(0);
    await apps().filter({ hasText: ALAN.email }).filter({ hasNotText: 'not verified' }).waitFor();
    expect(await apps().count(), 'the app in the set-up is now the verified one').to.equal(2);
    await apps()
      .filter({ hasText: ALAN.email })
      .filter({ hasText: /Used\. The next code comes in/ })
      .waitFor();
    const use = console.button(`Use this code of the authenticator app of ${ALAN.email}`);
    expect(await use.isDisabled(), 'the pool accepts no code twice').to.equal(true);
    await console.send('Ask for a code at sign-in');
    await console.outcome(/200 The next sign-in asks for a code/);
    await console.send('Sign out');
    await console.outcome(/200 Signed out/);

    clock.advance(STEP_MS);
    await apps()
      .filter({ hasText: ALAN.email })
      .filter({ hasText: /Changes in/ })
      .waitFor();
    await console.signIn(ALAN);
    await console.outcome(/SOFTWARE_TOKEN_MFA/);
    await use.click();
    await console.answer('Answer a challenge', {}, 'Send the answer');
    await console.outcome(/200 Signed in/);
  });

  it('leave the page with their secret when the user signs out', async () => {
    await startSetUp(ADA);
    expect(await console.page.evaluate('JSON.stringify({ ...sessionStorage })')).not.to.include(
      (await shownBody()).secretCode,
    );
    await console.send('Sign out');
    await console.outcome(/200 Signed out/);
    await console.send('Verify the app');
    await console.outcome(/400/);
    expect(await qrCode().count()).to.equal(0);
  });

  it('are named after the address of the sign-in while it requires their set-up', async () => {
    const { url, config } = server.demo.pool;
    await sdkFor(url).setUserPoolMfaConfig({
      UserPoolId: config.userPoolId,
      MfaConfiguration: 'ON',
      SoftwareTokenMfaConfiguration: { Enabled: true },
    });
    await console.signIn(ALAN);
    await console.outcome(/MFA_SETUP/);
    await console.send('Set up an authenticator app', {}, 'Get a secret');
    await console.outcome(/200 Scan the code/);
    const note = console.page.getByText(
      'The session of the sign-in identifies you: it has no access token yet.',
    );
    expect(await note.filter({ visible: true }).count()).to.equal(1);
    const { pathname } = new URL((await shownBody()).otpauthUri);
    expect(decodeURIComponent(pathname)).to.include(ALAN.email);
  });

  it('show the key alone if the library of the QR code does not load', async () => {
    await console.page.route('**/vendor/uqr/index.mjs', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: '' }),
    );
    await console.signIn(ADA);
    await console.outcome(/200 Signed in/);
    await console.send('Set up an authenticator app', {}, 'Get a secret');
    await console.page.getByText('The QR code did not load. Type the key.').waitFor();
    expect(await console.page.locator('.set-up code').textContent()).to.match(
      /^[A-Z2-7]{4}( [A-Z2-7]{1,4})+$/,
    );
  });
});
