import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { ADA, ALAN, type ConsolePage, ConsoleServer } from '../support/console-page.ts';
import { hasProgram, skipWithout } from '../support/installed-programs.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

type Language = 'curl' | 'fetch' | 'supertest';
/** The members of the OpenAPI document that the tests read. */
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly requestBody?: object }>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

type Variables = Readonly<Record<string, string>>;

/** Text that breaks out of careless quoting, in a shell, in JSON and in JavaScript. */
const NASTY = `O'Brien "$(id)" \`id\` \${HOME} \\ \\" <b> ü\u2028`;

describe('Requests as code on the console page, in Chromium', () => {
  let browser: Browser;
  let server: ConsoleServer;
  let console: ConsolePage;
  /** Where the code runs: below the repository, so that Node finds supertest. */
  let folder: string;

  before(async function () {
    browser = await launchChromium(this);
    server = await ConsoleServer.start({ rateLimits: false });
    await mkdir(join(ROOT, '.tmp'), { recursive: true });
    folder = await mkdtemp(join(ROOT, '.tmp', 'console-code-'));
  });
  after(async () => {
    await browser?.close();
    await server?.close();
    if (folder) await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    console = await server.open(browser);
    await console.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  });
  afterEach(() => console?.close());

  /** Copies the request that is shown, as its user does. */
  async function copied(language: Language): Promise<string> {
    await console.page.getByRole('tab', { name: language }).click();
    await console.button('Copy the code').click();
    const news = console.page.locator('#copy-news').filter({ hasText: /./ });
    await news.waitFor({ state: 'attached' });
    expect(await news.textContent()).to.equal('Copied: the code');
    return console.page.evaluate('navigator.clipboard.readText()');
  }

  /** Runs code with a secret in each variable, and returns the status of the response. */
  const STATUS_OF: Readonly<Record<Language, (code: string, variables: Variables) => Promise<number>>> = {
    async curl(code, variables) {
      const env = { ...process.env, ...variables };
      const { stdout } = await run('bash', ['-c', code], { cwd: folder, env });
      return Number(/^HTTP\/1\.1 (\d{3})/.exec(stdout)?.[1]);
    },
    async fetch(code, variables) {
      const file = join(folder, 'fetch.mjs');
      let filled = code;
      for (const [name, value] of Object.entries(variables))
        filled = filled.replace(new RegExp(`(?<=^const ${name} = )'<.*>'(?=;$)`, 'm'), () =>
          JSON.stringify(value),
        );
      await writeFile(file, filled);
      const { stdout } = await run(process.execPath, [file]);
      return Number(stdout.split(' ')[0]);
    },
    // The code expects the status that the console saw.
    async supertest(code, variables) {
      const file = join(folder, 'supertest.mjs');
      await writeFile(file, code);
      const mocha = join(ROOT, 'node_modules/mocha/bin/mocha.js');
      const args = [mocha, '--no-config', '--no-package', '--reporter', 'json', file];
      const env = { ...process.env, ...variables };
      const { stdout } = await run(process.execPath, args, { cwd: folder, env }).catch((error) => error);
      const { passes, failures } = JSON.parse(stdout);
      expect(failures, stdout).to.deep.equal([]);
      return Number(/answers (\d{3})$/.exec(passes.at(-1).title)?.[1]);
    },
  };
  const LANGUAGES = Object.keys(STATUS_OF) as Language[];

  const accessToken = (): string => server.demo.pool.tokensFor(ADA.email).accessToken;

  for (const language of LANGUAGES) {
    describe(`in ${language}`, () => {
      before(function () {
        if (language === 'curl' && !hasProgram('curl', '--version'))
          skipWithout(this, 'REQUIRE_CURL', 'no curl on the path');
      });

      it('signs in, and holds a variable in place of the password', async () => {
        await console.signIn(ADA);
        await console.outcome(/200 Signed in/);
        const code = await copied(language);
        expect(code).to.include(ADA.email).and.include('PASSWORD').and.not.include(ADA.password);
        expect(await STATUS_OF[language](code, { PASSWORD: ADA.password })).to.equal(200);
        if (language === 'supertest') return;
        expect(await STATUS_OF[language](code, { PASSWORD: 'Wrong-1843' }), 'with a wrong password').to.equal(
          401,
        );
      });

      it('calls a route with a variable in place of the token', async () => {
        await console.signIn(ADA);
        await console.outcome(/200 Signed in/);
        await console.send('An admin route', {}, 'Call the route');
        await console.outcome(/200 The route let you in/);
        const code = await copied(language);
        expect(code).to.include('ACCESS_TOKEN').and.not.match(/eyJ/);
        expect(await STATUS_OF[language](code, { ACCESS_TOKEN: accessToken() })).to.equal(200);
      });

      it('repeats a refused request', async () => {
        await console.send('A protected route', {}, 'Call the route');
        await console.outcome(/401/);
        expect(await STATUS_OF[language](await copied(language), {})).to.equal(401);
      });

      it('quotes any text', async () => {
        await console.signIn(ADA);
        await console.outcome(/200 Signed in/);
        await console.send('Change my profile', { 'Name (optional)': NASTY });
        await console.outcome(/200/);
        const code = await copied(language);
        const ACCESS_TOKEN = server.demo.pool.tokensFor(ALAN.email).accessToken;
        expect(await STATUS_OF[language](code, { ACCESS_TOKEN })).to.equal(200);
        const profile = await fetch(`${server.origin}/auth/me`, {
          headers: { authorization: `Bearer ${ACCESS_TOKEN}` },
        });
        expect(await profile.json()).to.have.nested.property('attributes.name', NASTY);
      });

      it('has no secret of any request, even while the page shows secrets', async () => {
        await console.button('Show secrets').click();
        await console.signIn(ADA);
        await console.outcome(/200 Signed in/);
        await console.send('Change password', { 'Old password': ADA.password, 'New password': 'short' });
        await console.outcome(/400/);
        const change = await copied(language);
        expect(change).to.include('OLD_PASSWORD').and.include('NEW_PASSWORD');
        expect(change).not.to.include(ADA.password).and.not.include("'short'").and.not.include('"short"');
        await console.send('Refresh the tokens');
        await console.outcome(/200/);
        expect(await copied(language))
          .to.include('REFRESH_TOKEN')
          .and.not.match(/[\w-]{100}/);
        await console.send('Set a forgotten password', {
          'E-mail address': ADA.email,
          'Confirmation code': '123456',
          'New password': 'short',
        });
        await console.outcome(/400/);
        expect(await copied(language))
          .to.include('CODE')
          .and.not.include('123456');
      });
    });
  }

  describe('with tokens in cookies', () => {
    async function signInByCookie(): Promise<void> {
      await console.page.getByRole('radio', { name: 'in cookies' }).check();
      await console.signIn(ADA);
      await console.outcome(/200 Signed in/);
    }

    it('keeps the cookies of curl in a jar, so that one command signs in and others use the session', async function () {
      if (!hasProgram('curl', '--version')) skipWithout(this, 'REQUIRE_CURL', 'no curl on the path');
      await signInByCookie();
      const signIn = await copied('curl');
      await console.send('A protected route', {}, 'Call the route');
      await console.outcome(/200/);
      const call = await copied('curl');
      await console.send('Refresh the tokens');
      await console.outcome(/200/);
      const refresh = await copied('curl');
      expect(await STATUS_OF.curl(call, {}), 'without a session').to.equal(401);
      expect(await STATUS_OF.curl(signIn, { PASSWORD: ADA.password })).to.equal(200);
      expect(await STATUS_OF.curl(call, {})).to.equal(200);
      expect(await STATUS_OF.curl(refresh, {}), 'past the CSRF check').to.equal(200);
      expect(await readFile(join(folder, 'cookies.txt'), 'utf8')).to.include('console-access');
    });

    it('uses the cookies of the browser in fetch, in its console on this page', async () => {
      await signInByCookie();
      await console.send('Change my profile', { 'Name (optional)': 'Ada L.' });
      await console.outcome(/200/);
      const code = await copied('fetch');
      const inConsole = code.replace(/console\.log\((.*)\);$/, 'return [$1];');
      expect(await console.page.evaluate(`(async () => { ${inConsole} })()`)).to.have.property('0', 200);
    });

    it('keeps the cookies of supertest in an agent, which signs in first', async () => {
      await signInByCookie();
      const signIn = await copied('supertest');
      expect(await STATUS_OF.supertest(signIn, { PASSWORD: ADA.password })).to.equal(200);
      await console.send('Sign out');
      await console.outcome(/200/);
      const signOut = await copied('supertest');
      const both = `${signIn}\n${signOut.slice(signOut.indexOf('it('))}`;
      expect(await STATUS_OF.supertest(both, { PASSWORD: ADA.password })).to.equal(200);
    });
  });

  it('have a variable for every secret that an endpoint takes', async () => {
    const { SECRET_MEMBERS } = await import(
      new URL('../../examples/server/public/secret-members.js', import.meta.url).href
    );
    const document = (await (await fetch(`${server.origin}/auth/openapi.json`)).json()) as OpenApi;
    const secrets = requestMembers(document).filter((name) =>
      /password|token|session|answer|secret|code$/i.test(name),
    );
    expect(secrets).to.include.members(['password', 'refreshToken', 'confirmationCode', 'answer']);
    expect([...SECRET_MEMBERS.keys()]).to.include.members(secrets);
  });

  it('are not there before the first request', async () => {
    expect(await console.page.getByLabel('Request', { exact: true }).isVisible()).to.equal(false);
    expect(await console.page.getByRole('tab').count()).to.equal(0);
  });

  it('can be chosen with the arrow keys, for each of the latest requests', async () => {
    await console.signIn(ADA);
    await console.outcome(/200 Signed in/);
    await console.send('A protected route', {}, 'Call the route');
    await console.outcome(/200/);
    await console.page.getByRole('tab', { name: 'curl' }).focus();
    await console.page.keyboard.press('ArrowLeft');
    const focused = 'document.activeElement.textContent';
    expect(await console.page.evaluate(focused)).to.equal('supertest');
    await console.page.keyboard.press('ArrowRight');
    await console.page.keyboard.press('ArrowRight');
    expect(await console.page.evaluate(focused)).to.equal('fetch');
    const code = (): Promise<string | null> =>
      console.page.getByRole('region', { name: 'Code' }).textContent();
    expect(await code()).to.match(/^const ACCESS_TOKEN.*await fetch\(.*\/api\/profile/s);
    await console.page
      .getByLabel('Request', { exact: true })
      .selectOption({ label: '1: POST /auth/sign-in, 200' });
    expect(await code(), 'the language stays').to.match(/^const PASSWORD.*await fetch\(.*\/auth\/sign-in/s);
  });
});

/** The names of all members of request bodies, at any depth. */
function requestMembers({ paths, components }: OpenApi): string[] {
  const names = new Set<string>();
  const visit = (schema: unknown): void => {
    if (typeof schema !== 'object' || schema === null) return;
    const { properties, $ref } = schema as { readonly properties?: object; readonly $ref?: string };
    for (const name of Object.keys(properties ?? {})) names.add(name);
    if ($ref !== undefined) visit(components.schemas[$ref.split('/').at(-1) ?? '']);
    for (const inner of Object.values(schema)) visit(inner);
  };
  for (const operation of Object.values(paths).flatMap((each) => Object.values(each)))
    visit(operation.requestBody);
  return [...names];
}
