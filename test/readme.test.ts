import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { expect } from 'chai';
import express from 'express';
import type { RateLimit } from '../src/config/config.ts';
import { RATE_LIMIT_CLASSES } from '../src/config/endpoint-names.ts';
import { eventSubject } from '../src/config/events.ts';
import { OPTION_NAMES } from '../src/config/option-checks.ts';
import { DEFAULT_RATE_LIMITS } from '../src/config/settings.ts';
import { CHALLENGES } from '../src/endpoints/challenges.ts';
import { isAudited } from '../src/endpoints/endpoint.ts';
import { ENDPOINTS, MANAGED_LOGIN_ENDPOINTS } from '../src/endpoints/table.ts';
import { type LocalUserPool, startLocalUserPool } from '../src/local/local-user-pool.ts';
import { requireAuth } from '../src/require-auth.ts';
import { createCognitoRouter } from '../src/router.ts';
import { PROBLEMS } from '../src/shared/problem.ts';
import { RedisServer } from './support/redis-server.ts';

const run = promisify(execFile);
const ALL_ENDPOINTS = [...ENDPOINTS, ...MANAGED_LOGIN_ENDPOINTS];
const ROOT = new URL('../', import.meta.url);
const README = new URL('README.md', ROOT);
// Inside the project, so that the blocks find the packages they import.
const SCRATCH = new URL('.tmp/readme/', ROOT);

interface Block {
  readonly language: string;
  readonly code: string;
}

function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^( *)```(\w+)\n([\s\S]*?)^ *```$/gm)].map(
    ([, indent = '', language = '', code = '']) => ({
      language,
      code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
}

/** The text between two markers, which this test keeps in step with the source (`UPDATE_README=1` rewrites it). */
async function expectGenerated(name: string, table: string): Promise<void> {
  const readme = await readFile(README, 'utf8');
  const section = new RegExp(`(<!-- ${name}: begin -->\n)([\\s\\S]*?)(<!-- ${name}: end -->)`);
  if (process.env.UPDATE_README === '1') {
    await writeFile(
      README,
      readme.replace(section, (_all, begin: string, _old, end: string) => `${begin}${table}\n${end}`),
    );
    return;
  }
  expect(section.exec(readme)?.[2]?.trim()).to.equal(table.trim());
}

describe('The README', () => {
  let readme: string;
  let blocks: Block[];
  let pool: LocalUserPool;

  before(async () => {
    readme = await readFile(README, 'utf8');
    blocks = blocksOf(readme);
    pool = await startLocalUserPool({
      quiet: true,
      users: [{ username: 'grace@example.com', password: 'Passw0rd!x' }],
    });
    await rm(SCRATCH, { recursive: true, force: true });
    await mkdir(SCRATCH, { recursive: true });
  });

  after(async () => {
    await pool.close();
    await rm(SCRATCH, { recursive: true, force: true });
  });

  it('has TypeScript that compiles', async () => {
    const modules = blocks.filter(({ language }) => language === 'ts');
    expect(modules.length).to.be.greaterThan(10);
    await Promise.all(
      modules.map(({ code }, index) => writeFile(new URL(`block-${index}.ts`, SCRATCH), code)),
    );
    const tsconfig = {
      extends: '../../tsconfig.json',
      compilerOptions: { noUnusedLocals: false, exactOptionalPropertyTypes: false },
      include: ['*.ts'],
      exclude: [],
    };
    await writeFile(new URL('tsconfig.json', SCRATCH), JSON.stringify(tsconfig));
    const result = await run('node', ['node_modules/typescript/bin/tsc', '-p', '.tmp/readme/tsconfig.json'], {
      cwd: ROOT,
    }).catch((error: { stdout: string }) => error);
    expect(result.stdout).to.equal('');
  });

  it('has TypeScript that runs', async function () {
    this.timeout(120_000);
    const env = {
      ...process.env,
      COGNITO_USER_POOL_ID: pool.config.userPoolId,
      COGNITO_CLIENT_ID: pool.config.clientId,
      COGNITO_ENDPOINT: pool.config.endpoint,
      COOKIE_SECRET: 'a secret for the cookies of every instance',
      RATE_LIMIT_SECRET: 'a secret for every instance',
      NODE_NO_WARNINGS: '1',
    };
    const redis = await RedisServer.start();
    const modules = blocks.filter(
      ({ language, code }) => language === 'ts' && (redis || !code.includes("from 'redis'")),
    );
    if (!redis) console.warn('      skipped: the example with Redis, since there is no redis-server');
    const runner = modules.map(
      (_block, index) => `await import('./run-${index}.ts');\nconsole.log('ran ${index}');`,
    );
    await Promise.all(
      modules.map(({ code }, index) =>
        writeFile(new URL(`run-${index}.ts`, SCRATCH), code.replaceAll('app.listen(3000)', 'app.listen(0)')),
      ),
    );
    await writeFile(new URL('runner.ts', SCRATCH), `${runner.join('\n')}\nprocess.exit(0);\n`);
    const args = ['--import', 'tsx', '.tmp/readme/runner.ts'];
    const { stdout } = await run('node', args, { cwd: ROOT, env: { ...env, REDIS_URL: redis?.url } }).finally(
      () => redis?.stop(),
    );
    for (const index of modules.keys()) expect(stdout).to.include(`ran ${index}\n`);
  });

  it('has a browser example that signs a user up and in', async () => {
    const app = express()
      .use('/auth', createCognitoRouter({ ...pool.config, logger: false }))
      .get('/reports', requireAuth({ ...pool.config }), (_req, res) => void res.json({ ok: true }));
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const statuses: [string, number][] = [];
    const browserFetch = async (path: string, init: RequestInit): Promise<Response> => {
      const code = pool.inbox.latest({ to: 'ada@example.com' })?.code ?? '';
      const body = typeof init.body === 'string' ? { body: init.body.replace('123456', code) } : {};
      const response = await fetch(origin + path, { ...init, ...body });
      statuses.push([path, response.status]);
      return response;
    };
    const [example] = blocks.filter(({ language }) => language === 'js');
    const AsyncFunction = (async () => {}).constructor as new (
      ...args: string[]
    ) => (fetch: unknown) => Promise<void>;
    await new AsyncFunction('fetch', example?.code ?? '')(browserFetch);
    server.close();
    expect(statuses).to.deep.equal([
      ['/auth/sign-up', 200],
      ['/auth/confirm-sign-up', 200],
      ['/auth/sign-in', 200],
      ['/reports', 200],
    ]);
  });

  it('has shell commands that exist', async () => {
    const manifest = JSON.parse(await readFile(new URL('package.json', ROOT), 'utf8')) as {
      name: string;
      scripts: Record<string, string>;
      bin: Record<string, string>;
    };
    for (const { code } of blocks.filter(({ language }) => language === 'sh')) {
      for (const command of code.trim().split(' && ')) {
        const [program, ...words] = command.match(/'[^']*'|\S+/g) ?? [];
        const args = words.map((word) => word.replace(/^'(.*)'$/, '$1'));
        if (program === 'npx') {
          expect(Object.keys(manifest.bin)).to.include(args[0]);
          await expectLocalPoolStarts(args.slice(1));
        } else if (args[0] === 'install') expect(args[1]).to.equal(manifest.name);
        else if (args[0] !== 'ci') expect(Object.keys(manifest.scripts)).to.include(args[0]);
      }
    }
  });

  async function expectLocalPoolStarts(args: readonly string[]): Promise<void> {
    const free = args.map((arg) => (arg === '9229' ? '0' : arg));
    const child = spawn('node', ['--import', 'tsx', 'src/cli/cognito-kit.ts', ...free], { cwd: ROOT });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('COGNITO_ENDPOINT')) child.kill('SIGTERM');
    });
    const [status] = (await once(child, 'exit')) as [number | null];
    expect(output).to.match(/COGNITO_USER_POOL_ID=\S+/);
    expect(status ?? 0).to.equal(0);
  }

  it('has every error code with its status and words', async () => {
    const rows = Object.entries(PROBLEMS).map(
      ([code, [status, , detail]]) => `| \`${code}\` | ${status} | ${detail} |`,
    );
    await expectGenerated(
      'error codes',
      ['| code | status | what a client is told |', '|---|---|---|', ...rows].join('\n'),
    );
  });

  it('has every limit with its default', async () => {
    const text = ({ limit, windowMs }: RateLimit): string =>
      `${limit} in ${windowMs === 60_000 ? 'a minute' : `${windowMs / 60_000} minutes`}`;
    const rows = RATE_LIMIT_CLASSES.map((name) => {
      const paths = ALL_ENDPOINTS.filter(({ rateLimit }) => rateLimit === name).map(({ method, path }) =>
        method === 'get' || method === 'post' ? `\`${path}\`` : `\`${method.toUpperCase()} ${path}\``,
      );
      const { address, account } = DEFAULT_RATE_LIMITS;
      return `| \`${name}\` | ${paths.join(', ')} | ${text(address[name])} | ${text(account[name])} |`;
    });
    const head = ['| class | endpoints | by address | by account |', '|---|---|---|---|'];
    await expectGenerated('limits', [...head, ...rows].join('\n'));
  });

  it('has every option', () => {
    for (const name of OPTION_NAMES)
      expect(readme).to.match(new RegExp(`^\\| \`${name}\` \\| .+ \\| .+ \\|$`, 'm'));
  });

  it('has every endpoint and every challenge', () => {
    for (const { method, path, auth } of ALL_ENDPOINTS) {
      expect(readme).to.match(
        new RegExp(`^### \`${method.toUpperCase()} ${path}\`${auth === 'access' ? ' \\*' : ''}$`, 'm'),
      );
    }
    for (const name of Object.keys(CHALLENGES)) expect(readme).to.include(`| \`${name}\` |`);
  });

  it('has every event', () => {
    const subjects = ALL_ENDPOINTS.filter(isAudited).map(({ name }) => eventSubject(name));
    expect(subjects).to.have.lengthOf(30);
    for (const subject of subjects) expect(readme).to.include(`\`${subject}\``);
  });

  it('links to headings and files that are there', async () => {
    const headings = [...readme.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    );
    for (const [, target = ''] of readme.matchAll(/\]\(([^)]+)\)/g)) {
      if (target.startsWith('#'))
        expect(headings.map((heading) => heading.replace(/-$/, ''))).to.include(
          target.slice(1).replace(/-$/, ''),
        );
      else if (!target.startsWith('https://')) await readFile(new URL(target, ROOT));
    }
  });
});
