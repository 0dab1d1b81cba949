import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { createExampleApp, type ExampleApp, type ExampleAppOptions } from '../../examples/server/app.ts';
import { type DemoPool, startDemoPool } from '../../examples/server/demo-pool.ts';
import { atLeast } from '../support/at-least.ts';
import { launchChromium, noteTroubles } from '../support/chromium.ts';
import { sdkFor } from '../support/local-sdk.ts';

const ADA = { email: 'ada@example.com', password: 'Analytical-1843' };
const ALAN = { email: 'alan@example.com', password: 'Enigmatic-1912' };
const GRACE = { email: 'grace@example.com', password: 'Temporary-1906' };
const HEDY = { email: 'hedy@example.com', password: 'Frequency-1914' };
const WIDE = { width: 1360, height: 900 };
const NARROW = { width: 360, height: 740 };

describe('Console page in Chromium', () => {
  let inPage: {
    auditPage: () => string[];
    isFocused: (node: unknown) => boolean;
    layoutShifts: () => Promise<string[]>;
  };
  let browser: Browser;
  let demo: DemoPool;
  let example: ExampleApp;
  let server: Server;
  let origin: string;
  let context: BrowserContext;
  let page: Page;
  /** Console errors, exceptions, refused content and requests that left the origin. */
  let troubles: string[];

  before(async function () {
    inPage = await import(new URL('in-page.js', import.meta.url).href);
    browser = await launchChromium(this);
    demo = await startDemoPool();
    await serve({ demo, config: { logger: false } });
  });

  after(async () => {
    await browser?.close();
    await stopServing();
    await demo?.pool.close();
  });

  beforeEach(async () => {
    troubles = [];
    await openPage({ viewport: WIDE });
  });

  afterEach(async () => {
    await context?.close();
    expect(troubles ?? []).to.deep.equal([]);
  });

  async function serve(options: ExampleAppOptions, answer?: RequestListener): Promise<void> {
    example = createExampleApp(options);
    server = createServer(answer ?? example.app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function stopServing(): Promise<void> {
    if (!server?.listening) return;
    await example.close();
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  async function openPage(options: Parameters<Browser['newContext']>[0]): Promise<void> {
    await context?.close();
    context = await browser.newContext({ ...options });
    page = await context.newPage();
    noteTroubles(page, troubles);
    context.on('request', (request) => {
      if (new URL(request.url()).origin !== origin) troubles.push(`request to ${request.url()}`);
    });
    await page.goto(origin);
    await ready();
  }

  const ready = (): Promise<unknown> => page.waitForSelector('html[data-ready]');
  const panel = (title: string): Locator => page.getByRole('region', { name: title, exact: true });
  const outcome = (text: RegExp): Promise<void> =>
    page.locator('#outcome').filter({ hasText: text }).waitFor();
  const menu = (): Locator => page.getByRole('navigation', { name: 'Operations' });
  const isFocused = (node: Locator): Promise<boolean> => node.evaluate(inPage.isFocused);
  const textOf = async (node: Locator): Promise<string> => (await node.textContent()) ?? '';

  async function choose(title: string): Promise<void> {
    await menu().getByRole('link', { name: title, exact: true }).click();
    await panel(title).waitFor();
  }

  /** Chooses an operation, fills in its form by the labels, and presses its button. */
  async function send(title: string, fields: Record<string, string>, button: string = title): Promise<void> {
    await choose(title);
    await answer(title, fields, button);
  }

  async function answer(title: string, fields: Record<string, string>, button: string): Promise<void> {
    for (const [label, value] of Object.entries(fields)) {
      await panel(title).getByLabel(label, { exact: true }).fill(value);
    }
    await panel(title).getByRole('button', { name: button, exact: true }).click();
  }

  async function signIn({ email, password }: { email: string; password: string }): Promise<void> {
    await send('Sign in', { 'E-mail address': email, Password: password });
  }

  it('leads a new user from sign-up to the protected route and to sign-out', async () => {
    const email = 'marie@example.com';
    await send('Sign up', {
      'E-mail address': email,
      Password: 'Radium-1898',
      'Name (optional)': 'Marie Curie',
    });
    await outcome(/200 A confirmation code is on its way/);

    await page.getByRole('button', { name: /^Use this code: \d{6}, for marie@example\.com$/ }).click();
    const field = panel('Confirm sign-up').getByRole('textbox', { name: 'Confirmation code' });
    expect(await field.inputValue()).to.match(/^\d{6}$/);
    expect(
      await panel('Confirm sign-up').getByRole('textbox', { name: 'E-mail address' }).inputValue(),
    ).to.equal(email);
    await panel('Confirm sign-up').getByRole('button', { name: 'Confirm sign-up' }).click();
    await outcome(/200 The account is confirmed/);

    await signIn({ email, password: 'Radium-1898' });
    await outcome(/200 Signed in/);
    expect(await textOf(panel('Session')))
      .to.match(/marie@example\.com/)
      .and.match(/expires in \d+:\d\d/);

    await send('A protected route', {}, 'Call the route');
    await outcome(/200 The route let you in/);
    expect(await page.getByRole('navigation', { name: 'First steps' }).getByText('(done)').count()).to.equal(
      5,
    );

    await send('An admin route', {}, 'Call the route');
    await outcome(/403 Insufficient group/);

    await send('Change password', { 'Old password': 'Radium-1898', 'New password': 'Polonium-1898' });
    await outcome(/200 The password is changed/);

    await send('Sign out', {});
    await outcome(/200 Signed out/);
    expect(await textOf(panel('Session'))).to.match(/No user is signed in/);

    await send('A protected route', {}, 'Call the route');
    await outcome(/401 Authentication required/);

    await signIn({ email, password: 'Radium-1898' });
    await outcome(/401 Sign-in failed/);
    await signIn({ email, password: 'Polonium-1898' });
    await outcome(/200 Signed in/);
  });

  it('allows an admin to call the admin route', async () => {
    await choose('Sign in');
    await panel('Sign in')
      .getByRole('button', { name: `Fill in ${ADA.email}` })
      .click();
    await panel('Sign in').getByRole('button', { name: 'Sign in', exact: true }).click();
    await outcome(/200 Signed in/);
    await send('An admin route', {}, 'Call the route');
    await outcome(/200 The route let you in as a member/);
  });

  it('asks a user that an administrator created for a new password', async () => {
    await signIn(GRACE);
    await outcome(/NEW_PASSWORD_REQUIRED/);
    const field = panel('Answer a challenge').getByLabel('New password', { exact: true });
    expect(await isFocused(field), 'the focus moves to the challenge').to.equal(true);
    await answer('Answer a challenge', { 'New password': 'short' }, 'Send the answer');
    await outcome(/400 Invalid password/);
    await answer('Answer a challenge', { 'New password': 'Compiler-1952' }, 'Send the answer');
    await outcome(/200 Signed in/);
    await signIn({ ...GRACE, password: 'Compiler-1952' });
    await outcome(/200 Signed in/);
  });

  it('asks for the authenticator code, fills in the one that it displays, and then completes the step of the sign-in', async () => {
    const step = page.getByRole('navigation', { name: 'First steps' }).getByRole('link', { name: 'Sign in' });
    await signIn(HEDY);
    await outcome(/SOFTWARE_TOKEN_MFA/);
    expect(await textOf(step)).to.not.include('(done)');
    await answer('Answer a challenge', { 'Authenticator code': '000000' }, 'Send the answer');
    await outcome(/400/);
    await page
      .getByRole('button', { name: `Use this code of the authenticator app of ${HEDY.email}` })
      .click();
    await panel('Answer a challenge').getByRole('button', { name: 'Send the answer' }).click();
    await outcome(/200 Signed in/);
    expect(await textOf(step)).to.include('(done)');
  });

  it('sets up an authenticator app during sign-in if the user pool requires a second factor', async () => {
    const sdk = sdkFor(demo.pool.url);
    const mfa = (MfaConfiguration: 'ON' | 'OPTIONAL') =>
      sdk.setUserPoolMfaConfig({
        UserPoolId: demo.pool.config.userPoolId,
        MfaConfiguration,
        SoftwareTokenMfaConfiguration: { Enabled: true },
      });
    await mfa('ON');
    try {
      await signIn(ADA);
      await outcome(/MFA_SETUP/);
      await panel('Answer a challenge').getByRole('link', { name: 'Set up an authenticator app' }).click();
      await answer('Set up an authenticator app', {}, 'Get a secret');
      await outcome(/200 Scan the code/);
      await page
        .getByRole('button', { name: `Use this code of the new authenticator app of ${ADA.email}` })
        .click();
      await answer('Verify the app', {}, 'Verify the app');
      await outcome(/200 The app is verified. Now answer the question/);
      await answer('Answer a challenge', {}, 'Send the answer');
      await outcome(/200 Signed in/);
      await send('Ask for no code', {});
      await outcome(/400/);
    } finally {
      await mfa('OPTIONAL');
      sdk.destroy();
    }
    await send('Ask for no code', {});
    await outcome(/200 The next sign-in asks for the password alone/);
  });

  it('resets a forgotten password, refreshes, reads the profile, signs out everywhere, and reads health and OpenAPI', async () => {
    await send('Forgot password', { 'E-mail address': ALAN.email });
    await outcome(/200 If the account exists/);
    await page.getByRole('button', { name: /^Use this code: \d+, for alan@example\.com$/ }).click();
    await answer(
      'Set a forgotten password',
      { 'New password': 'Bombe-1940-Hut8' },
      'Set a forgotten password',
    );
    await outcome(/200 The new password is set/);
    await signIn({ ...ALAN, password: 'Bombe-1940-Hut8' });
    await outcome(/200 Signed in/);
    await send('Refresh the tokens', {});
    await outcome(/200 The session has new tokens/);
    await send('Read my profile', {}, 'Read it');
    await outcome(/200/);
    expect(await textOf(page.getByRole('region', { name: 'Response body' }))).to.include('Alan Turing');
    await send('Sign out everywhere', {});
    await outcome(/200 Signed out everywhere/);
    await send('Health', {}, 'Check it');
    await outcome(/200 The router is up/);
    await send('OpenAPI document', {}, 'Read it');
    await outcome(/200/);
  });

  it('attaches validation errors to their fields, and removes them after a success', async () => {
    await send('Sign up', { 'E-mail address': 'no address' });
    await outcome(/400 Validation failed/);
    const field = panel('Sign up').getByRole('textbox', { name: 'E-mail address' });
    expect(await isFocused(field), 'the focus is on the first invalid field').to.equal(true);
    expect(await field.getAttribute('aria-invalid')).to.equal('true');
    const error = page.locator(`#${await field.getAttribute('aria-describedby')}`);
    expect(await textOf(error)).not.to.equal('');
    await answer('Sign up', { 'E-mail address': 'irene@example.com', Password: 'Neutron-1935' }, 'Sign up');
    await outcome(/200/);
    expect(await field.getAttribute('aria-invalid')).to.equal(null);
    expect(await error.isVisible()).to.equal(false);
  });

  it('shows the last request, with its secrets only on demand', async () => {
    await signIn(ADA);
    await outcome(/200 Signed in/);
    const exchange = panel('Requests');
    const masked = await textOf(exchange);
    expect(masked)
      .to.include('POST /auth/sign-in')
      .and.include(ADA.email)
      .and.match(/ratelimit/i);
    expect(masked).not.to.include(ADA.password);
    await page.getByRole('button', { name: 'Show secrets' }).click();
    expect(await textOf(exchange)).to.include(ADA.password);
    await page.getByRole('button', { name: 'Show secrets' }).click();
    await send('A protected route', {}, 'Call the route');
    await outcome(/200/);
    expect(await textOf(exchange)).to.match(/Bearer eyJ[\w-]{9}…[\w-]{6}No body/);
  });

  it('shows the decoded header and payload of the tokens', async () => {
    await signIn(ADA);
    await outcome(/200 Signed in/);
    await panel('Session').getByText('Access token', { exact: true }).last().click();
    const payload = await textOf(page.getByRole('region', { name: 'Access token, payload' }));
    expect(JSON.parse(payload))
      .to.include({ token_use: 'access' })
      .and.deep.include({ 'cognito:groups': ['admin'] });
    const header = await textOf(page.getByRole('region', { name: 'Access token, header' }));
    expect(JSON.parse(header)).to.include({ alg: 'RS256' });
  });

  it('keeps the session after a reload, and does not share it with another tab', async () => {
    await signIn(ADA);
    await outcome(/200 Signed in/);
    await page.reload();
    await ready();
    expect(await textOf(panel('Session'))).to.include(ADA.email);
    const other = await context.newPage();
    await other.goto(origin);
    await other.waitForSelector('html[data-ready]');
    expect(await textOf(other.getByRole('region', { name: 'Session', exact: true }))).to.include(
      'No user is signed in',
    );
    expect(await page.evaluate('document.cookie + localStorage.length')).to.equal('0');
  });

  it('renders user input as text, not as markup', async () => {
    const name = '<img src=x onerror=alert(1)>';
    await send('Sign up', {
      'E-mail address': 'eve@example.com',
      Password: 'Markup-1993',
      'Name (optional)': name,
    });
    await outcome(/200/);
    expect(await textOf(page.getByRole('region', { name: 'Request body' }))).to.include(name);
    expect(await page.locator('img').count()).to.equal(0);
  });

  it('has a Content Security Policy that refuses markup from strings', async () => {
    const error = await page.evaluate("document.body.innerHTML = '<p>'").catch(String);
    expect(error).to.include('TrustedHTML');
    troubles = troubles.filter((trouble) => !trouble.includes('TrustedHTML'));
  });

  it('reports that the server does not answer', async () => {
    await page.route('**/auth/health', (route) => route.abort());
    await send('Health', {}, 'Check it');
    await outcome(/The server did not answer/);
    troubles = troubles.filter((trouble) => !trouble.includes('net::ERR_FAILED'));
  });

  it('reports that the server does not tell its configuration', async () => {
    await page.route('**/console.json', (route) => route.abort());
    await page.reload();
    await page.getByText('The server did not return its user pool').waitFor();
    troubles = troubles.filter((trouble) => !trouble.includes('net::ERR_FAILED'));
  });

  it('can be operated with the keyboard alone', async () => {
    const tabTo = async (node: Locator): Promise<void> => {
      for (let presses = 0; presses < 60; presses++) {
        await page.keyboard.press('Tab');
        if (await isFocused(node)) return;
      }
      throw new Error('60 presses of Tab did not reach the element');
    };
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to the form' });
    expect(await isFocused(skip), 'the skip link comes first').to.equal(true);
    expect((await skip.boundingBox())?.y, 'the skip link is visible').to.be.at.least(0);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await isFocused(panel('Sign up').getByRole('textbox', { name: 'E-mail address' }))).to.equal(true);

    await page.goto(origin);
    await ready();
    await tabTo(menu().getByRole('link', { name: 'Sign in', exact: true }));
    await page.keyboard.press('Enter');
    await panel('Sign in').waitFor();
    expect(await isFocused(page.getByRole('heading', { name: 'Sign in', exact: true }))).to.equal(true);
    await tabTo(panel('Sign in').getByRole('textbox', { name: 'E-mail address' }));
    await page.keyboard.type(ADA.email);
    await page.keyboard.press('Tab');
    await page.keyboard.type(ADA.password);
    await page.keyboard.press('Enter');
    await outcome(/200 Signed in/);
    await tabTo(page.getByRole('link', { name: 'A protected route', exact: true }).last());
    await page.keyboard.press('Enter');
    await tabTo(panel('A protected route').getByRole('button', { name: 'Call the route' }));
    await page.keyboard.press('Space');
    await outcome(/200 The route let you in/);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`passes the accessibility audit in every state (${colorScheme})`, async () => {
      await openPage({ viewport: WIDE, colorScheme });
      const audit = (): Promise<string[]> => page.evaluate(inPage.auditPage);
      const links = await menu().getByRole('link').all();
      for (const link of atLeast(30, links)) {
        await link.click();
        expect(await audit(), await textOf(link)).to.deep.equal([]);
      }
      await send('Sign up', {});
      await outcome(/400/);
      expect(await audit(), 'with errors').to.deep.equal([]);
      await signIn(HEDY);
      await outcome(/SOFTWARE_TOKEN_MFA/);
      expect(await audit(), 'with a challenge').to.deep.equal([]);
      await signIn(ADA);
      await outcome(/200 Signed in/);
      for (const summary of await panel('Session').locator('summary').all()) await summary.click();
      await panel('Requests').locator('summary').click();
      expect(await audit(), 'with tokens').to.deep.equal([]);
    });
  }

  it('fits a screen of 360 pixels', async () => {
    await openPage({ viewport: NARROW });
    const width = (): Promise<unknown> => page.evaluate('document.documentElement.scrollWidth');
    const fold = page.getByText('All operations');
    for (const link of atLeast(30, await page.locator('#operations a').all())) {
      const hash = (await link.getAttribute('href')) ?? '';
      await page.goto(origin + hash);
      expect(await width(), hash).to.equal(NARROW.width);
    }
    await fold.click();
    expect(await width(), 'with the menu open').to.equal(NARROW.width);
    await signIn(ADA);
    await outcome(/200 Signed in/);
    for (const summary of await panel('Session').locator('summary').all()) await summary.click();
    await page.getByRole('button', { name: 'Show secrets' }).click();
    expect(await width(), 'with tokens').to.equal(NARROW.width);
  });

  for (const viewport of [WIDE, NARROW]) {
    it(`does not move while it loads, on a screen of ${viewport.width} pixels`, async () => {
      await openPage({ viewport });
      expect(await page.evaluate(inPage.layoutShifts)).to.deep.equal([]);
    });
  }

  for (const part of ['</svg>', '</h1>', '</header>', '</nav>']) {
    it(`does not move if the browser paints it after the first ${part}`, async () => {
      await context.close();
      await stopServing();
      const html = await readFile(
        new URL('../../examples/server/public/index.html', import.meta.url),
        'utf8',
      );
      const end = html.indexOf(part) + part.length;
      await serve({ demo, config: { logger: false } }, (request, response) => {
        if (request.url !== '/') return example.app(request, response);
        response.setHeader('Content-Type', 'text/html').write(html.slice(0, end));
        setTimeout(() => response.end(html.slice(end)), 300);
      });
      await openPage({ viewport: NARROW });
      expect(await page.evaluate(inPage.layoutShifts)).to.deep.equal([]);
    });
  }

  it('has no inbox and no demo accounts if the user pool is configured', async () => {
    await context.close();
    await stopServing();
    await serve({ config: { ...demo.pool.config, logger: false } });
    await openPage({ viewport: WIDE });
    await choose('Sign in');
    expect(await textOf(panel('Inbox'))).to.include('The codes arrive by e-mail or SMS');
    expect(await page.getByText('Accounts to try').count()).to.equal(0);
    await signIn(ADA);
    await outcome(/200 Signed in/);
    await stopServing();
    await serve({ demo, config: { logger: false } });
  });

  it('has no animations if the browser prefers reduced motion', async () => {
    await openPage({ viewport: WIDE, reducedMotion: 'reduce' });
    await send('Sign up', { 'E-mail address': 'still@example.com', Password: 'Motion-1905x' });
    await outcome(/200/);
    await page.getByText('still@example.com').first().waitFor();
    expect(await page.evaluate('document.getAnimations().length')).to.equal(0);
  });
});
