import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { totpCode } from '../../src/local/users/totp.ts';
import { launchChromium, noteTroubles } from '../support/chromium.ts';
import { freePort } from '../support/free-port.ts';
import { InitFolder } from '../support/init-command.ts';

const ADA = { email: 'ada@example.com', password: 'correct-Horse-7-battery' };

describe('The page of an app that cognito-kit init writes', () => {
  let browser: Browser;
  let folder: InitFolder;
  let app: ChildProcess;
  let url: string;
  let output = '';

  before(async function () {
    browser = await launchChromium(this);
    folder = await InitFolder.createWithKit();
    // Other tests run beside this one.
    await folder.write('.env', `COGNITO_ENDPOINT=http://127.0.0.1:${await freePort()}\n`);
    const args = ['--local', '--app', '--yes', '--no-install', '--language', 'ts', '--transport', 'cookies'];
    await folder.init([...args, '--mfa', 'required']);
    const port = await freePort();
    url = `http://localhost:${port}`;
    app = folder.startApp(port);
    await new Promise<void>((resolve, reject) => {
      const read = (chunk: Buffer): void => {
        output += chunk.toString();
        if (output.includes(url)) resolve();
      };
      app.stdout?.on('data', read);
      app.stderr?.on('data', read);
      app.once('exit', () => reject(new Error(`The app did not start.\n${output}`)));
    });
  });
  after(async () => {
    await browser?.close();
    if (app?.exitCode === null) {
      app.kill('SIGTERM');
      await once(app, 'exit');
    }
    await folder?.remove();
  });

  async function fill(page: Page, section: string, fields: Readonly<Record<string, string>>): Promise<void> {
    const form = page.locator(`#${section} form`);
    await form.waitFor();
    for (const [name, value] of Object.entries(fields)) await form.locator(`[name=${name}]`).fill(value);
    await form.locator('button').click();
  }

  it('signs a user up, in with a new authenticator app, out, and in again', async () => {
    const page = await browser.newPage();
    const troubles: string[] = [];
    noteTroubles(page, troubles);
    await page.goto(url);
    await page.locator('[data-show=sign-up]').click();
    await fill(page, 'sign-up', ADA);
    await page.locator('#confirm').waitFor();
    const [, code = ''] = /sign_up for ada@example\.com: (\d{6})/.exec(output) ?? [];
    await fill(page, 'confirm', { email: ADA.email, confirmationCode: '000000' });
    await page.getByRole('alert').filter({ hasText: 'code' }).waitFor();
    await fill(page, 'confirm', { email: ADA.email, confirmationCode: code });
    await fill(page, 'sign-in', ADA);

    await page.locator('#authenticator form').waitFor();
    const secret = (await page.locator('#secret code').textContent()) ?? '';
    const now = Date.now();
    await fill(page, 'authenticator', { confirmationCode: totpCode(secret, now) });
    await page.getByText(`Hello ${ADA.email}`).waitFor();
    await page.reload();
    await page.getByText(`Hello ${ADA.email}`).waitFor();

    await page.locator('#account button').click();
    await fill(page, 'sign-in', ADA);
    // A code is valid once. The pool accepts the next one as well.
    await fill(page, 'authenticator', { confirmationCode: totpCode(secret, now + 30_000) });
    await page.getByText(`Hello ${ADA.email}`).waitFor();
    expect(troubles).to.deep.equal([]);
    await page.close();
  });
});
