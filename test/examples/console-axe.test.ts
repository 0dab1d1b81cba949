import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { axeViolations } from '../support/axe.ts';
import { launchChromium } from '../support/chromium.ts';
import { ADA, type ConsolePage, ConsoleServer, HEDY, NARROW, WIDE } from '../support/console-page.ts';

describe('Accessibility of the console page by axe-core, in Chromium', () => {
  let browser: Browser;
  let server: ConsoleServer;
  let console: ConsolePage;

  before(async function () {
    browser = await launchChromium(this);
    server = await ConsoleServer.start({ rateLimits: false });
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
  afterEach(() => console?.close());

  const expectNone = async (state: string): Promise<void> => {
    expect(await axeViolations(console.page), state).to.deep.equal([]);
  };

  for (const [title, options] of [
    ['wide and light', { viewport: WIDE, colorScheme: 'light' }],
    ['wide and dark', { viewport: WIDE, colorScheme: 'dark' }],
    ['of 360 pixels and light', { viewport: NARROW, colorScheme: 'light' }],
    ['of 360 pixels and dark', { viewport: NARROW, colorScheme: 'dark' }],
  ] as const) {
    it(`has no violation in any state, on a screen that is ${title}`, async () => {
      console = await server.open(browser, { ...options, reducedMotion: 'reduce' });
      await console.goto('#sign-in');
      await expectNone('signed out');

      await console.send('Sign up', { 'E-mail address': 'no address' });
      await console.outcome(/400/);
      await expectNone('with an error at a field');

      let answer = (): void => undefined;
      await console.page.route('**/auth/forgot-password', (route) => {
        answer = () => void route.continue();
      });
      await console.send('Forgot password', { 'E-mail address': ADA.email });
      await console.page.locator('[aria-busy="true"] .send').waitFor();
      await expectNone('while the server works');
      answer();
      await console.outcome(/200/);
      await console
        .button(/^Use this code: \d+, for ada/)
        .first()
        .waitFor();
      await expectNone('with a message in the inbox');

      await console.signIn(HEDY);
      await console.outcome(/SOFTWARE_TOKEN_MFA/);
      await expectNone('with a challenge');

      await console.signIn(ADA);
      await console.outcome(/200 Signed in/);
      await console.button('List them').click();
      await console.panel('My sessions').getByText('This session').waitFor();
      for (const summary of await console.page.locator('#session summary, #requests summary').all())
        await summary.click();
      await expectNone('signed in, with tokens and sessions');

      await console.send('Set up an authenticator app', {}, 'Get a secret');
      await console.page.locator('svg.qr path').waitFor({ state: 'attached' });
      await console.page.getByText('new, not verified').waitFor();
      await console.page.getByRole('tab', { name: 'supertest' }).click();
      await expectNone('with a QR code');

      await console.button('Check the configuration').click();
      await console.page.getByText('Found:').waitFor();
      for (const summary of await console.page.locator('#doctor summary').all()) await summary.click();
      await expectNone('with the findings of the doctor');
      expect(await console.page.evaluate('document.documentElement.scrollWidth')).to.equal(
        options.viewport.width,
      );

      await console.page.getByRole('radio', { name: 'in cookies' }).check();
      await console.signIn(ADA);
      await console.outcome(/200 Signed in/);
      await expectNone('signed in by cookie');
      await console.send('Sign out');
      await console.outcome(/200 Signed out/);
    });
  }
});
