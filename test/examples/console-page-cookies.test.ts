import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Browser, BrowserContext, Locator, Page, Response } from 'playwright-core';
import { createExampleApp, type ExampleApp, type ExampleAppOptions } from '../../examples/server/app.ts';
import { type DemoPool, startDemoPool } from '../../examples/server/demo-pool.ts';
import { atLeast } from '../support/at-least.ts';
import { launchChromium, noteTroubles } from '../support/chromium.ts';

const ADA = { email: 'ada@example.com', password: 'Analytical-1843' };
const HEDY = { email: 'hedy@example.com', password: 'Frequency-1914' };
const WIDE = { width: 1360, height: 900 };
const NARROW = { width: 360, height: 740 };
const TOKEN = /eyJ[\w-]{20,}/;

/** Returns the cookies without that of a known browser, which outlives sessions. */
const cookiesOf = async (context: BrowserContext) =>
  (await context.cookies()).filter(({ name }) => !name.endsWith('-known'));

describe('Console page with tokens in cookies, in Chromium', () => {
  let inPage: { auditPage: () => string[]; isFocused: (node: unknown) => boolean };
  let browser: Browser;
  let demo: DemoPool;
  let example: ExampleApp;
  let server: Server;
  let origin: string;
  let context: BrowserContext;
  let page: Page;
  let troubles: string[];
  /** Request headers and response body of each API call. */
  let exchanges: Promise<{ sent: Record<string, string>; body: string }>[];

  before(async function () {
    inPage = await import(new URL('in-page.js', import.meta.url).href);
    browser = await launchChromium(this);
  });

  after(() => browser?.close());

  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    demo = await startDemoPool(origin);
    await serve({ demo });
    troubles = [];
    exchanges = [];
    context = await browser.newContext({ viewport: WIDE });
    page = await open();
  });

  afterEach(async () => {
    await context?.close();
    await example?.close();
    server?.close();
    server?.closeAllConnections();
    await demo?.pool.close();
    expect(troubles ?? []).to.deep.equal([]);
  });

  async function serve(options: ExampleAppOptions): Promise<void> {
    await example?.close();
    example = createExampleApp({ origin, ...options, config: { ...options.config, logger: false } });
    server.removeAllListeners('request').on('request', example.app);
  }

  async function open(place = context): Promise<Page> {
    const opened = await place.newPage();
    noteTroubles(opened, troubles);
    opened.on('response', (response) => {
      if (!/\/(auth|api)\//.test(response.url())) return;
      const exchange = exchangeOf(response);
      // The body of a page that was left may be unavailable; tests that need it await it.
      exchange.catch(() => undefined);
      exchanges.push(exchange);
    });
    await opened.goto(origin);
    await ready(opened);
    return opened;
  }

  async function exchangeOf(response: Response): Promise<{ sent: Record<string, string>; body: string }> {
    const isRedirect = response.status() === 303;
    const body = isRedirect ? String(response.headers().location) : await response.text();
    return { body, sent: await response.request().allHeaders() };
  }

  const ready = (at = page): Promise<unknown> => at.waitForSelector('html[data-ready]');
  const panel = (title: string, at = page): Locator => at.getByRole('region', { name: title, exact: true });
  const choice = (name: string, at = page): Locator =>
    at.getByRole('group', { name: 'Tokens' }).getByRole('radio', { name });
  const outcome = (text: RegExp, at = page): Promise<void> =>
    at.locator('#outcome').filter({ hasText: text }).waitFor();
  const shows = (title: string, text: RegExp, at = page): Promise<void> =>
    panel(title, at).filter({ hasText: text }).waitFor();

  async function send(
    title: string,
    fields: Record<string, string> = {},
    button = title,
    at = page,
  ): Promise<void> {
    const menu = at.getByRole('navigation', { name: 'Operations' });
    if (!(await menu.getByRole('link').first().isVisible())) await at.getByText('All operations').click();
    await menu.getByRole('link', { name: title, exact: true }).click();
    await answer(title, fields, button, at);
  }

  async function answer(title: string, fields: Record<string, string>, button: string, at = page) {
    for (const [label, value] of Object.entries(fields))
      await panel(title, at).getByLabel(label, { exact: true }).fill(value);
    await panel(title, at).getByRole('button', { name: button, exact: true }).click();
  }

  async function signIn({ email, password }: typeof ADA, at = page): Promise<void> {
    await send('Sign in', { 'E-mail address': email, Password: password }, 'Sign in', at);
  }

  async function signInByCookie(user = ADA, at = page): Promise<void> {
    await choice('in cookies', at).check();
    await signIn(user, at);
    await outcome(/200 Signed in. The tokens are in cookies/, at);
    await shows('Session', new RegExp(user.email), at);
  }

  /** All state that a script can read. */
  const scriptVisible = (at = page): Promise<string> =>
    at.evaluate(
      'document.cookie + JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage }) + document.documentElement.outerHTML',
    );

  it('moves a session from the page into cookies, and forgets its tokens', async () => {
    await signIn(ADA);
    await outcome(/The tokens are in the session panel/);
    await send('Move the session into cookies');
    await outcome(/200 Signed in. The tokens are in cookies/);
    expect(await choice('in cookies').isChecked()).to.equal(true);
    await shows('Session', new RegExp(ADA.email));
    expect(await scriptVisible()).to.not.match(TOKEN);
    const names = (await cookiesOf(context)).map(({ name }) => name);
    expect(names).to.have.members(['console-access', 'console-refresh']);
    await shows('Move the session into cookies', /The page has no refresh token/);
    await choice('in the page').check();
    expect(await scriptVisible()).to.not.match(TOKEN);
  });

  it('keeps the tokens in the page by default', async () => {
    expect(await choice('in the page').isChecked()).to.equal(true);
    await signIn(ADA);
    await outcome(/The tokens are in the session panel/);
    expect(await scriptVisible()).to.match(TOKEN);
    expect(await cookiesOf(context)).to.deep.equal([]);
  });

  it('makes no request in vain while there is no session', async () => {
    const refused: string[] = [];
    page.on('response', (response) => {
      if (!response.ok()) refused.push(response.url());
    });
    await choice('in cookies').check();
    await outcome(/The next sign-in sets cookies/);
    await page.reload();
    await ready();
    await shows('Session', /No user is signed in by cookie/);
    expect(refused).to.deep.equal([]);
  });

  it('signs in, calls routes, refreshes and signs out without exposing a token to scripts', async () => {
    await signInByCookie();
    await shows('Session', /ada@example\.com.*admin.*expires in \d+:\d\d.*document\.cookie → ""/);
    await send('A protected route', {}, 'Call the route');
    await outcome(/200 The route let you in/);
    await send('An admin route', {}, 'Call the route');
    await outcome(/200 The route let you in as a member/);
    await send('Refresh the tokens');
    await outcome(/200 The session has new tokens/);
    await send('Change password', { 'Old password': ADA.password, 'New password': 'Engine-No-2-1849' });
    await outcome(/200 The password is changed/);
    expect(await scriptVisible()).not.to.match(TOKEN);

    const cookies = await cookiesOf(context);
    expect(cookies.map(({ name }) => name)).to.have.members(['console-access', 'console-refresh']);
    for (const { httpOnly, sameSite } of cookies) expect([httpOnly, sameSite]).to.deep.equal([true, 'Lax']);
    for (const { sent, body } of atLeast(5, await Promise.all(exchanges))) {
      expect(sent).not.to.have.property('authorization');
      expect(body).not.to.match(TOKEN);
    }

    await send('Sign out');
    await outcome(/200 Signed out. The cookies are deleted/);
    expect(await cookiesOf(context)).to.deep.equal([]);
    await shows('Session', /No user is signed in/);
    await send('A protected route', {}, 'Call the route');
    await outcome(/401 Authentication required/);
  });

  it('completes a second factor and a sign-up that signs in, without a challenge session in the page', async () => {
    await choice('in cookies').check();
    await signIn(HEDY);
    await outcome(/SOFTWARE_TOKEN_MFA/);
    expect(await page.evaluate('JSON.stringify({ ...sessionStorage })')).not.to.include('session\\":');
    await page.reload();
    await ready();
    await page
      .getByRole('button', { name: `Use this code of the authenticator app of ${HEDY.email}` })
      .click();
    await answer('Answer a challenge', {}, 'Send the answer');
    await outcome(/200 Signed in/);
    await shows('Session', /hedy@example\.com/);

    await send('Sign up without a password', { 'E-mail address': 'marie@example.com' });
    await outcome(/200 A confirmation code is on its way/);
    await page.getByRole('button', { name: /^Use this code: \d{6}, for marie@example\.com$/ }).click();
    await answer('Confirm sign-up', {}, 'Confirm sign-up');
    await outcome(/200 Signed in. The tokens are in cookies/);
    await shows('Session', /marie@example\.com/);
    expect(exchanges.length).to.be.at.least(4);
    for (const { body } of await Promise.all(exchanges)) expect(body).not.to.match(TOKEN);
  });

  it('restores the session after a reload and in another tab, even without the access token cookie', async () => {
    await signInByCookie();
    await page.reload();
    await ready();
    await shows('Session', /ada@example\.com.*expires in/);
    const other = await open();
    expect(await choice('in cookies', other).isChecked()).to.equal(true);
    await shows('Session', /ada@example\.com.*expires in/, other);
    await context.clearCookies({ name: 'console-access' });
    await page.reload();
    await ready();
    await shows('Session', /ada@example\.com.*expires in/);
    await context.clearCookies();
    await page.reload();
    await ready();
    await shows('Session', /No user is signed in/);
  });

  it('offers a refresh if the access token of a session has expired', async () => {
    await signInByCookie();
    await context.clearCookies({ name: 'console-access' });
    await panel('My sessions').getByRole('button', { name: 'List them' }).click();
    await shows('My sessions', /The access token has expired/);
    await panel('My sessions').getByRole('link', { name: 'refresh the tokens' }).click();
    await answer('Refresh the tokens', {}, 'Refresh the tokens');
    await outcome(/200 The session has new tokens/);
    await panel('My sessions').getByRole('button', { name: 'List them' }).click();
    await shows('My sessions', /1 session/);
  });

  it('has separate sessions for tokens in cookies and in the page', async () => {
    await signInByCookie();
    await choice('in the page').check();
    await shows('Session', /No user is signed in/);
    await signIn(HEDY);
    await outcome(/SOFTWARE_TOKEN_MFA/);
    await page
      .getByRole('button', { name: `Use this code of the authenticator app of ${HEDY.email}` })
      .click();
    await answer('Answer a challenge', {}, 'Send the answer');
    await outcome(/The tokens are in the session panel/);
    await send('A protected route', {}, 'Call the route');
    await outcome(/200 The route let you in/);
    await choice('in cookies').check();
    await shows('Session', /ada@example\.com/);
    await send('A protected route', {}, 'Call the route');
    await outcome(/200 The route let you in/);
  });

  it('signs in and calls a route without exposing a token if the user pool is configured', async () => {
    await serve({ config: demo.pool.config });
    await page.goto(origin);
    await ready();
    await signInByCookie();
    await send('A protected route', {}, 'Call the route');
    await outcome(/200 The route let you in/);
    expect(await scriptVisible()).not.to.match(TOKEN);
  });

  for (const transport of ['in the page', 'in cookies']) {
    it(`lists the sessions of the user and revokes another one (tokens ${transport})`, async () => {
      const elsewhere = await browser.newContext({ viewport: WIDE });
      try {
        const other = await open(elsewhere);
        for (const at of [other, page]) {
          await choice(transport, at).check();
          await signIn(ADA, at);
          await outcome(/200 Signed in/, at);
        }
        const mine = panel('My sessions');
        await mine.getByRole('button', { name: 'List them' }).click();
        await shows('My sessions', /2 sessions/);
        expect(await mine.getByRole('listitem').filter({ hasText: 'This session' }).count()).to.equal(1);
        expect(await mine.getByRole('button', { name: /^End it: session tkn/ }).count()).to.equal(1);

        await mine.getByRole('button', { name: /^End it: session tkn/ }).click();
        await shows('My sessions', /The session is revoked/);
        expect(await mine.getByRole('listitem').count()).to.equal(1);
        const again = mine.getByRole('button', { name: 'List again' });
        expect(await again.evaluate(inPage.isFocused), 'the focus moves from the removed button').to.equal(
          true,
        );

        // In the other browser:
        await panel('My sessions', other).getByRole('button', { name: 'List them' }).click();
        await shows('My sessions', /This session has ended/, other);
        await send('A protected route', {}, 'Call the route', other);
        await outcome(/401 Invalid token/, other);
        await send('Refresh the tokens', {}, 'Refresh the tokens', other);
        await outcome(/401 Invalid refresh token/, other);
        await panel('My sessions', other).getByRole('button', { name: 'Sign out here as well' }).click();
        await shows('Session', /No user is signed in/, other);
        expect(await cookiesOf(elsewhere)).to.deep.equal([]);
      } finally {
        await elsewhere.close();
      }
    });

    it(`signs out everywhere, which revokes the other session at once (tokens ${transport})`, async () => {
      const elsewhere = await browser.newContext({ viewport: WIDE });
      try {
        const other = await open(elsewhere);
        for (const at of [other, page]) {
          await choice(transport, at).check();
          await signIn(ADA, at);
          await outcome(/200 Signed in/, at);
        }
        await panel('My sessions').getByRole('button', { name: 'List them' }).click();
        await shows('My sessions', /2 sessions/);
        await panel('My sessions').getByRole('button', { name: 'Sign out everywhere' }).click();
        await shows('My sessions', /Signed out everywhere, here too/);
        await shows('Session', /No user is signed in/);
        await send('A protected route', {}, 'Call the route', other);
        await outcome(/401/, other);
      } finally {
        await elsewhere.close();
      }
    });
  }

  describe('at managed login', () => {
    const login = (name: string): Locator => panel('Session').getByRole('link', { name });
    const signInThere = async ({ email, password }: typeof ADA): Promise<void> => {
      await page.getByLabel(/e-?mail/i).fill(email);
      await page.getByLabel('Password', { exact: true }).fill(password);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    };

    for (const kind of ['local pool', 'configured pool']) {
      it(`signs in by a link, returns with cookies, and signs out at the app and the user pool (${kind})`, async () => {
        if (kind !== 'local pool') await serve({ config: demo.pool.config });
        await page.goto(origin);
        await ready();
        await login('Sign in at the user pool').click();
        await page.waitForURL((url) => url.origin === demo.pool.url);
        await signInThere(ADA);
        await page.waitForURL(`${origin}/**`);
        await ready();
        await shows('Session', /ada@example\.com.*admin.*document\.cookie → ""/);
        expect(page.url()).to.equal(`${origin}/#profile`);
        expect(await choice('in cookies').isChecked()).to.equal(true);
        expect(await scriptVisible()).not.to.match(TOKEN);
        await answer('A protected route', {}, 'Call the route');
        await outcome(/200 The route let you in/);

        await login('Sign out here and there').click();
        await page.waitForURL(`${origin}/`);
        await ready();
        await shows('Session', /No user is signed in/);
        expect(await cookiesOf(context)).to.deep.equal([]);
        // The user pool asks for the password again.
        await login('Sign in at the user pool').click();
        await page.getByLabel('Password', { exact: true }).waitFor();
      });
    }

    it('signs in through an identity provider, or reports its refusal', async () => {
      await login('Sign in with FakeSocial').click();
      await page.getByRole('button', { name: 'Refuse' }).click();
      await page.waitForURL(`${origin}/**`);
      await ready();
      await outcome(/The sign-in was refused or given up/);
      await shows('Session', /No user is signed in/);
      expect(page.url()).not.to.include('error');

      await login('Sign in with FakeSocial').click();
      await page.getByLabel('Your id at FakeSocial').fill('1001');
      await page.getByLabel(/e-?mail/i).fill('emmy@example.com');
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.waitForURL(`${origin}/**`);
      await ready();
      await shows('Session', /emmy@example\.com/);
    });

    it('is offered only at the origin of the callback URL', async () => {
      const elsewhere = origin.replace('localhost', '127.0.0.1');
      await page.goto(elsewhere);
      await ready();
      expect(await login('Sign in at the user pool').count()).to.equal(0);
      await login(origin).click();
      await page.waitForURL(`${origin}/`);
      await ready();
      expect(await login('Sign in at the user pool').isVisible()).to.equal(true);
      await serve({ demo, origin: '' });
      await page.reload();
      await ready();
      expect(await panel('Session').getByText('Managed login').isVisible()).to.equal(false);
    });
  });

  it('can be switched with the keyboard, passes the accessibility audit and fits a narrow screen', async () => {
    const inThePage = choice('in the page');
    for (let presses = 0; presses < 5 && !(await inThePage.evaluate(inPage.isFocused)); presses++)
      await page.keyboard.press('Tab');
    expect(await inThePage.evaluate(inPage.isFocused)).to.equal(true);
    await page.keyboard.press('ArrowRight');
    expect(await choice('in cookies').isChecked()).to.equal(true);
    await outcome(/sets cookies/);
    expect(await page.evaluate(inPage.auditPage), 'before the sign-in').to.deep.equal([]);
    await signInByCookie();
    await panel('My sessions').getByRole('button', { name: 'List them' }).click();
    await shows('My sessions', /1 session/);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await page.evaluate(inPage.auditPage), colorScheme).to.deep.equal([]);
    }
    await page.setViewportSize(NARROW);
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(NARROW.width);
  });
});
