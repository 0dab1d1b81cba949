import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Config } from 'express-cognito-kit';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { createExampleApp } from '../../examples/server/app.ts';
import { type DemoPool, startDemoPool } from '../../examples/server/demo-pool.ts';
import { noteTroubles } from './chromium.ts';

export const ADA = { email: 'ada@example.com', password: 'Analytical-1843' };
export const ALAN = { email: 'alan@example.com', password: 'Enigmatic-1912' };
export const HEDY = { email: 'hedy@example.com', password: 'Frequency-1914' };
export const WIDE = { width: 1360, height: 900 };
export const NARROW = { width: 360, height: 740 };

const TIMEOUT_MS = 15_000;

/** The example server with its demo pool. */
export class ConsoleServer {
  readonly origin: string;
  readonly demo: DemoPool;
  readonly close: () => Promise<void>;

  private constructor(origin: string, demo: DemoPool, close: () => Promise<void>) {
    this.origin = origin;
    this.demo = demo;
    this.close = close;
  }

  static async start(config: Config = {}): Promise<ConsoleServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    const demo = await startDemoPool(origin);
    const example = createExampleApp({ demo, origin, config: { ...config, logger: false } });
    server.on('request', example.app);
    return new ConsoleServer(origin, demo, async () => {
      await example.close();
      server.close();
      server.closeAllConnections();
      await demo.pool.close();
    });
  }

  /** Opens the console in a browser context of its own. */
  async open(browser: Browser, options: BrowserContextOptions = {}): Promise<ConsolePage> {
    const context = await browser.newContext({ viewport: WIDE, ...options });
    context.setDefaultTimeout(TIMEOUT_MS);
    const console = new ConsolePage(context, await context.newPage(), this.origin);
    await console.goto('');
    return console;
  }
}

/** The console page, as its user sees it. */
export class ConsolePage {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly #origin: string;
  /** Console errors, exceptions, refused content, and requests to other origins. */
  readonly #troubles: string[] = [];

  constructor(context: BrowserContext, page: Page, origin: string) {
    this.context = context;
    this.page = page;
    this.#origin = origin;
    noteTroubles(page, this.#troubles);
    context.on('request', (request) => {
      if (new URL(request.url()).origin !== origin) this.#troubles.push(`request to ${request.url()}`);
    });
  }

  async goto(hash: string): Promise<void> {
    await this.page.goto(`${this.#origin}/${hash}`);
    await this.page.waitForSelector('html[data-ready]');
  }

  panel(title: string): Locator {
    return this.page.getByRole('region', { name: title, exact: true });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  outcome(text: RegExp): Promise<void> {
    return this.page.locator('#outcome').filter({ hasText: text }).waitFor();
  }

  /** Chooses an operation, fills in its form by the labels, and presses its button. */
  async send(title: string, fields: Readonly<Record<string, string>> = {}, button = title): Promise<void> {
    const menu = this.page.getByRole('navigation', { name: 'Operations' });
    if (!(await menu.getByRole('link').first().isVisible()))
      await this.page.getByText('All operations').click();
    await menu.getByRole('link', { name: title, exact: true }).click();
    await this.answer(title, fields, button);
  }

  /** Fills in the form that is open. */
  async answer(title: string, fields: Readonly<Record<string, string>>, button: string): Promise<void> {
    for (const [label, value] of Object.entries(fields))
      await this.panel(title).getByLabel(label, { exact: true }).fill(value);
    await this.panel(title).getByRole('button', { name: button, exact: true }).click();
  }

  signIn({ email, password }: { readonly email: string; readonly password: string }): Promise<void> {
    return this.send('Sign in', { 'E-mail address': email, Password: password });
  }

  /** Closes the page, which must have had no trouble. */
  async close(): Promise<void> {
    await this.context.close();
    expect(this.#troubles).to.deep.equal([]);
  }
}
