import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { expect } from 'chai';
import express from 'express';
import type { Page } from 'playwright-core';
import { addLocalPoolCommands } from '../src/browser-tests/cypress.ts';
import { connectLocalPool } from '../src/browser-tests/playwright.ts';
import { copyUserPool, startLocalUserPool } from '../src/local/index.ts';
import type { LocalUserPool } from '../src/local/local-user-pool.ts';
import { amplifyFor } from './support/amplify.ts';
import { launchChromium } from './support/chromium.ts';
import { type Block, blocksOf, readPage } from './support/documentation.ts';
import { freePort } from './support/free-port.ts';
import {
  hasProgram,
  isTested,
  NO_BOTO3,
  NO_CURL,
  pythonWith,
  skipWithout,
} from './support/installed-programs.ts';
import { sdkFor } from './support/local-sdk.ts';

const run = promisify(execFile);
const CLI = new URL('../src/cli/cognito-kit.ts', import.meta.url).pathname;
const COMMAND = `${process.execPath} --import tsx ${CLI}`;
const ADDRESS = 'http://127.0.0.1:9229';
const ADA = 'ada@example.com';
const PASSWORD = 'correct-Horse-7-battery';
const AsyncFunction = (async () => {}).constructor as new (
  ...args: string[]
) => (...args: unknown[]) => Promise<unknown>;

describe('The documentation of a Cognito for the tests of any app', () => {
  let blocks: Block[];
  let pool: LocalUserPool;
  const children: ChildProcess[] = [];

  before(async () => {
    blocks = blocksOf(await readPage('docs/cognito-for-tests.md'));
  });
  beforeEach(async () => {
    pool = await startLocalUserPool({
      quiet: true,
      userPoolId: 'us-east-1_LocalPool',
      clientId: 'localclient',
      users: [{ username: ADA, password: PASSWORD }],
    });
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await pool.close();
  });

  /** Returns the code of the block that has these words, for the pool of the test. */
  function code(language: string, words: string): string {
    const block = blocks.find((each) => each.language === language && each.code.includes(words));
    if (!block) throw new Error(`no ${language} block has "${words}"`);
    return block.code.replaceAll(ADDRESS, pool.url);
  }

  /** Runs a module, with values in place of its imports. */
  function runModule(source: string, values: Readonly<Record<string, unknown>>): Promise<unknown> {
    const body = source.replaceAll(/^import .*\n/gm, '');
    return new AsyncFunction(...Object.keys(values), body)(...Object.values(values));
  }

  it('has settings of Amplify with which it signs in', async () => {
    let configured: { Auth: { Cognito: Record<string, string> } } | undefined;
    const configure = (settings: typeof configured): void => {
      configured = settings;
    };
    await runModule(code('js', 'Amplify.configure'), { Amplify: { configure } });
    const { userPoolId, userPoolClientId: clientId, userPoolEndpoint: url } = configured?.Auth.Cognito ?? {};
    const amplify = amplifyFor({ url, config: { userPoolId, clientId } } as unknown as LocalUserPool);
    const { isSignedIn } = await amplify.signIn({ username: ADA, password: PASSWORD });
    expect(isSignedIn).to.equal(true);
    await amplify.signOut();
  });

  if (isTested('REQUIRE_PYTHON')) {
    it('has a program for boto3 that signs in', async function () {
      const python = pythonWith('boto3') ?? skipWithout(this, 'REQUIRE_PYTHON', NO_BOTO3);
      const { stdout } = await run(python, ['-c', code('python', 'initiate_auth')]);
      expect(stdout).to.equal('Bearer\n');
    });
  }

  it('has variables that lead an AWS SDK to the pool', async () => {
    const script = `const { CognitoIdentityProvider: C } = require('@aws-sdk/client-cognito-identity-provider');
new C().listUsers({ UserPoolId: 'us-east-1_LocalPool' }).then(({ Users }) => console.log(Users.length));`;
    const exports = code('bash', 'export AWS_ENDPOINT_URL');
    const program = `${exports}\nexec "$0" -e "$1"`;
    const { stdout } = await run('bash', ['-ec', program, process.execPath, script]);
    expect(stdout).to.equal('1\n');
  });

  it('has calls of curl for tokens, users and the clock', async function () {
    if (!hasProgram('curl', '--version')) skipWithout(this, 'REQUIRE_CURL', NO_CURL);
    const { stdout } = await run('bash', ['-ec', code('bash', '/_kit/tokens')]);
    expect(stdout).to.match(/"accessToken":.*"sub":.*"epochMs":/s);
  });

  it('has tests for Playwright that pass', async function () {
    this.timeout(30_000);
    const browser = await launchChromium(this);
    const port = await freePort();
    const { clientId: ClientId } = pool.config;
    const site = express()
      .get('/reports', (_req, res) => {
        res.send(`<script>document.title = Object.keys(localStorage).length + ' Reports'</script>`);
      })
      .get('/forgot-password', async (_req, res) => {
        const sdk = sdkFor(pool.url);
        await sdk.forgotPassword({ ClientId, Username: ADA });
        sdk.destroy();
        res.send('<label>Code <input></label>');
      });
    const server = createServer(site).listen(port, 'localhost');
    await once(server, 'listening');
    const tests: [string, (fixtures: { page: Page }) => Promise<void>][] = [];
    const filled: string[] = [];
    await runModule(
      code('js', "from '@playwright/test'").replaceAll('http://localhost:5173', `http://localhost:${port}`),
      {
        connectLocalPool,
        test: (...named: (typeof tests)[number]) => tests.push(named),
        expect: (page: Page) => ({
          toHaveTitle: async (title: RegExp) => expect(await page.title()).to.match(title),
        }),
      },
    );
    for (const [name, test] of tests) {
      const page = await browser.newPage();
      await test({ page });
      filled.push(
        `${name}: ${(await page.locator('input').count()) ? await page.inputValue('input') : await page.title()}`,
      );
      await page.close();
    }
    await browser.close();
    server.close();
    server.closeAllConnections();
    const sent = pool.inbox.latest({ to: ADA })?.code;
    expect(filled).to.deep.equal(['shows the reports: 6 Reports', `resets a password: ${sent}`]);
  });

  it('adds the commands for Cypress that its test uses', async () => {
    const names: string[] = [];
    const addAll = (commands: object): void => void names.push(...Object.keys(commands));
    await runModule(code('js', 'addLocalPoolCommands({'), {
      addLocalPoolCommands,
      Cypress: { Commands: { addAll } },
      cy: {},
    });
    const used = [...code('js', 'reports.cy.js').matchAll(/cy\.(\w+)\(/g)].map(([, name = '']) => name);
    expect(used.filter((name) => !['contains', 'get'].includes(name))).to.have.members(
      names.filter((name) => name !== 'addPoolUser'),
    );
  });

  it('has steps for GitHub Actions that start the pool', async function () {
    this.timeout(30_000);
    if (!hasProgram('curl', '--version')) skipWithout(this, 'REQUIRE_CURL', NO_CURL);
    const port = `${await freePort()}`;
    const [, steps = ''] = /run: \|\n((?: {6}.*\n)+)/.exec(code('yaml', 'setup-node')) ?? [];
    const script = steps
      .replaceAll(pool.url, ADDRESS)
      .replaceAll('9229', port)
      .replace('npx cognito-kit', COMMAND)
      .replace('> pool.log &', '> /dev/null &');
    const { stdout } = await run('bash', ['-ec', `${script}\nkill $!`]);
    expect(JSON.parse(stdout)).to.include({ userPoolId: 'us-east-1_LocalPool' });
  });

  it('has a command for Docker Compose whose tokens the app of another container accepts', async function () {
    this.timeout(30_000);
    const yaml = code('yaml', 'services:').replaceAll(pool.url, ADDRESS);
    const [, command = ''] = /cognito-kit local ([\s\S]*?)\n {4}\w/.exec(yaml) ?? [];
    const port = `${await freePort()}`;
    const args = command
      .trim()
      .split(/\s+/)
      .map((arg) => (arg === '9229' ? port : arg));
    const child = spawn(process.execPath, ['--import', 'tsx', CLI, 'local', ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    let text = '';
    for await (const part of child.stdout ?? []) {
      text += part;
      if (text.includes('Codes are printed')) break;
    }
    const [, endpoint = ''] = /AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: (\S+)/.exec(yaml) ?? [];
    expect(text).to.include(`Issuer: ${endpoint}/us-east-1_LocalPool\n`);
    const [, check = ''] = /"-e", "(.*)"\]/.exec(yaml) ?? [];
    await run(process.execPath, ['-e', check.replaceAll('9229', port)]);
    const silent = run(process.execPath, ['-e', check.replaceAll('9229', '9')]);
    expect(await silent.then(String, ({ code }) => code)).to.equal(1);
  });

  it('has a program that keeps a copy of a real pool in a file', async () => {
    const page = await readPage('docs/local-user-pool.md');
    const block = blocksOf(page).find(({ code }) => code.includes('copyUserPool('));
    const files = new Map<string, string>();
    const printed: unknown[] = [];
    const { clientId } = pool.config;
    const sdk = sdkFor(pool.url);
    await runModule((block?.code ?? '').replaceAll('1example23456789', clientId), {
      readFile: async (name: string) => files.get(name),
      writeFile: async (name: string, text: string) => void files.set(name, text),
      copyUserPool: () => copyUserPool('us-east-1_LocalPool', { cognitoClient: sdk }),
      startLocalUserPool,
      console: { log: (...values: unknown[]) => printed.push(...values) },
    });
    sdk.destroy();
    expect(printed).to.deep.equal([clientId, undefined]);
    expect([...files.keys()]).to.deep.equal(['pool.json']);
  });
});
