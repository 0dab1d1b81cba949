import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import type { Browser } from 'playwright-core';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { type CognitoRouter, createCognitoRouter } from '../../src/router.ts';
import { launchChromium } from '../support/chromium.ts';

const ADA = { email: 'ada@example.com', password: 'Analytical-1843' };

/** Returns a page with a sign-in form, whose script submits it. */
function formPage(action: string): string {
  return `<!doctype html><title>Form</title><form method="post" action="${action}">
    <input name="email" value="${ADA.email}"><input name="password" value="${ADA.password}"></form>
    <script>document.forms[0].submit()</script>`;
}

describe('An HTML form in Chromium', () => {
  let browser: Browser;
  let pool: LocalUserPool;
  let auth: CognitoRouter;
  let app: Server;
  let attacker: Server;

  before(async function () {
    browser = await launchChromium(this, { args: ['--host-resolver-rules=MAP attacker.test 127.0.0.1'] });
    pool = await startLocalUserPool({
      quiet: true,
      users: [{ username: ADA.email, password: ADA.password }],
    });
    auth = createCognitoRouter({ ...pool.config, transport: 'cookie', forms: true, logger: false });
    app = await listen(
      createServer(
        express()
          .use('/auth', auth)
          .get('/', (_req, res) => res.type('html').send(formPage('/auth/sign-in'))),
      ),
    );
    attacker = await listen(
      createServer((_req, res) => {
        res
          .setHeader('Content-Type', 'text/html')
          .end(formPage(`http://localhost:${portOf(app)}/auth/sign-in`));
      }),
    );
  });
  after(async () => {
    await browser?.close();
    for (const server of [app, attacker]) server?.close();
    await auth?.close();
    await pool?.close();
  });

  const portOf = (server: Server): number => (server.address() as AddressInfo).port;

  async function listen(server: Server): Promise<Server> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  }

  /** Opens a page with a form. Returns the status of the submitted form and the names of the cookies. */
  async function submitFrom(url: string): Promise<{ status: number; cookies: string[] }> {
    const context = await browser.newContext();
    const page = await context.newPage();
    const answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.goto(url);
    const status = (await answered).status();
    const cookies = (await context.cookies()).map(({ name }) => name);
    await context.close();
    return { status, cookies };
  }

  it('signs the user in on a page of the app', async () => {
    const { status, cookies } = await submitFrom(`http://localhost:${portOf(app)}/`);
    expect(status).to.equal(200);
    expect(cookies).to.include.members(['__Host-auth-access', '__Host-auth-refresh']);
  });

  it('signs nobody in on a page of another site (login CSRF)', async () => {
    const { status, cookies } = await submitFrom(`http://attacker.test:${portOf(attacker)}/`);
    expect(status).to.equal(403);
    expect(cookies).to.deep.equal([]);
  });
});
