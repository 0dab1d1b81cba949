import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Browser, BrowserContext, CDPSession, Locator, Page } from 'playwright-core';
import { createExampleApp, type ExampleApp } from '../../examples/server/app.ts';
import { type DemoPool, startDemoPool } from '../../examples/server/demo-pool.ts';
import { launchChromium, noteTroubles } from '../support/chromium.ts';

const ALAN = { email: 'alan@example.com', password: 'Enigmatic-1912' };
const NARROW = { width: 360, height: 740 };

describe('Passkeys on the console page, in Chromium with a virtual authenticator', () => {
  let browser: Browser;
  let demo: DemoPool;
  let example: ExampleApp;
  let server: Server;
  let port: number;
  let context: BrowserContext;
  let page: Page;
  let cdp: CDPSession;
  let troubles: string[];

  before(async function () {
    browser = await launchChromium(this);
  });

  after(() => browser?.close());

  beforeEach(async () => {
    demo = await startDemoPool();
    example = createExampleApp({ demo, config: { logger: false } });
    server = example.app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
    troubles = [];
    context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
    page = await context.newPage();
    noteTroubles(page, troubles);
    cdp = await context.newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    await open(`http://localhost:${port}`);
  });

  afterEach(async () => {
    await context?.close();
    await example?.close();
    server?.close();
    server?.closeAllConnections();
    await demo?.pool.close();
    expect(troubles ?? []).to.deep.equal([]);
  });

  async function open(url: string): Promise<void> {
    await page.goto(url);
    await page.waitForSelector('html[data-ready]');
  }

  /** Adds a virtual authenticator; `present` simulates the presence of the user. */
  async function addAuthenticator({ present } = { present: true }): Promise<string> {
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: present,
      },
    });
    return authenticatorId;
  }

  /** Shortens the WebAuthn timeout, which is too long for a test. */
  async function shortenTimeout(): Promise<void> {
    await page.route(/\/auth\/(passkeys\/options|sign-in)$/, async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace('"timeout":180000', '"timeout":1500');
      await route.fulfill({ response, body });
    });
  }

  const panel = (title: string): Locator => page.getByRole('region', { name: title, exact: true });
  const outcome = (text: RegExp): Promise<void> =>
    page.locator('#outcome').filter({ hasText: text }).waitFor();
  const textOf = async (node: Locator): Promise<string> => (await node.textContent()) ?? '';

  async function send(title: string, fields: Record<string, string> = {}, button = title): Promise<void> {
    const menu = page.getByRole('navigation', { name: 'Operations' });
    await menu.getByRole('link', { name: title, exact: true }).click();
    for (const [label, value] of Object.entries(fields))
      await panel(title).getByLabel(label, { exact: true }).fill(value);
    await panel(title).getByRole('button', { name: button, exact: true }).click();
  }

  async function signInWithPassword(): Promise<void> {
    await send('Sign in', { 'E-mail address': ALAN.email, Password: ALAN.password });
    await outcome(/200 Signed in/);
  }

  async function passkeys(): Promise<{ id: string }[]> {
    await send('My passkeys', {}, 'List them');
    await outcome(/200/);
    const body = await textOf(page.getByRole('region', { name: 'Response body' }));
    return JSON.parse(body).passkeys;
  }

  it('a passkey can be added, used to sign in, listed and deleted', async () => {
    const authenticatorId = await addAuthenticator();
    await signInWithPassword();
    await send('Add a passkey');
    await outcome(/200 The passkey is added/);
    const [passkey, ...rest] = await passkeys();
    expect(rest).to.deep.equal([]);
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
    expect(credentials.map(({ rpId, isResidentCredential }) => [rpId, isResidentCredential])).to.deep.equal([
      ['localhost', true],
    ]);

    await send('Add a passkey');
    await outcome(/This device already has a passkey of the account/);

    await send('Sign out');
    await outcome(/200 Signed out/);
    await send('Sign in with a passkey', { 'E-mail address': ALAN.email });
    await outcome(/WEB_AUTHN/);
    await panel('Answer a challenge').getByRole('button', { name: 'Send the answer' }).click();
    await outcome(/200 Signed in/);
    expect(await textOf(panel('Session'))).to.include(ALAN.email);
    await send('A protected route', {}, 'Call the route');
    await outcome(/200 The route let you in/);

    await send('Delete a passkey', { Passkey: String(passkey?.id) });
    await outcome(/200 The passkey is deleted/);
    expect(await passkeys()).to.deep.equal([]);
    await send('Sign out');
    await outcome(/200 Signed out/);
    await send('Sign in with a passkey', { 'E-mail address': ALAN.email });
    await outcome(/SELECT_CHALLENGE/);
  });

  it('a timed-out prompt and a missing authenticator can be retried, at registration and at sign-in', async () => {
    await shortenTimeout();
    await signInWithPassword();
    const authenticatorId = await addAuthenticator({ present: false });
    await send('Add a passkey');
    await outcome(/Continue in the browser/);
    await outcome(/The browser returned no passkey. The prompt was cancelled or timed out/);
    expect(await passkeys()).to.deep.equal([]);
    await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
    await send('Add a passkey');
    await outcome(/The browser returned no passkey/);
    const second = await addAuthenticator();
    await send('Add a passkey');
    await outcome(/200 The passkey is added/);

    // The same at sign-in.
    await send('Sign out');
    await outcome(/200 Signed out/);
    await send('Sign in with a passkey', { 'E-mail address': ALAN.email });
    await outcome(/WEB_AUTHN/);
    const touched = { authenticatorId: second, enabled: false };
    await cdp.send('WebAuthn.setAutomaticPresenceSimulation', touched);
    const useIt = panel('Answer a challenge').getByRole('button', { name: 'Send the answer' });
    await useIt.click();
    await outcome(/The browser returned no passkey/);
    await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { ...touched, enabled: true });
    await useIt.click();
    await outcome(/200 Signed in/);
  });

  it('the page at 127.0.0.1 states that passkeys need a domain, and links to localhost', async () => {
    await open(`http://127.0.0.1:${port}`);
    await addAuthenticator();
    await signInWithPassword();
    await send('Add a passkey');
    await outcome(/Passkeys do not work at 127.0.0.1. Open this page at localhost/);
    const notice = panel('Add a passkey').getByText('this page was opened at 127.0.0.1');
    expect(await notice.isVisible()).to.equal(true);
    await panel('Add a passkey')
      .getByRole('link', { name: `http://localhost:${port}` })
      .click();
    await page.waitForURL(`http://localhost:${port}/#add-passkey`);
    await page.waitForSelector('html[data-ready]');
    expect(await page.getByText('this page was opened at').count()).to.equal(0);
  });

  it('the passkey panels fit a screen of 360 pixels', async () => {
    await page.setViewportSize(NARROW);
    for (const origin of [`http://localhost:${port}`, `http://127.0.0.1:${port}`]) {
      for (const id of [
        'sign-in-with-passkey',
        'add-passkey',
        'passkey-options',
        'passkeys',
        'delete-passkey',
      ]) {
        await open(`${origin}/#${id}`);
        expect(await page.evaluate('document.documentElement.scrollWidth'), id).to.equal(NARROW.width);
      }
    }
  });

  it('the code in docs/passkeys.md adds a passkey and signs in with it', async () => {
    const guide = await readFile(new URL('../../docs/passkeys.md', import.meta.url), 'utf8');
    const [, code = ''] = /```js\n([\s\S]*?)```/.exec(guide) ?? [];
    expect(code).to.include('navigator.credentials.create').and.include('navigator.credentials.get');
    await addAuthenticator();
    const { accessToken } = demo.pool.tokensFor(ALAN.email);
    const session = await page.evaluate(`(async () => {
      ${code}
      await addPasskey(${JSON.stringify(accessToken)});
      return signInWithPasskey(${JSON.stringify(ALAN.email)});
    })()`);
    expect(session).to.have.nested.property('tokens.accessToken');
  });
});
