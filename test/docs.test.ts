import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import express from 'express';
import { TASK_PAGES } from '../scripts/docs-llms.ts';
import { ENDPOINT_NAMES, RATE_LIMIT_CLASSES } from '../src/config/endpoint-names.ts';
import { eventSubject } from '../src/config/events.ts';
import type { RateLimit } from '../src/config/options.ts';
import { DEFAULT_RATE_LIMITS } from '../src/config/settings.ts';
import { CHALLENGES } from '../src/endpoints/challenges.ts';
import { isAudited } from '../src/endpoints/endpoint.ts';
import { ALL_ENDPOINTS } from '../src/endpoints/table.ts';
import { type LocalUserPool, startLocalUserPool } from '../src/local/local-user-pool.ts';
import { requireAuth } from '../src/require-auth.ts';
import { createCognitoRouter } from '../src/router.ts';
import {
  anchorsOf,
  type Block,
  blocksOf,
  type Page,
  ROOT,
  readPages,
  sentencesOf,
  tableRows,
} from './support/documentation.ts';
import { RedisServer } from './support/redis-server.ts';

const run = promisify(execFile);
// Inside the project, so that the blocks find the packages they import.
const SCRATCH = new URL('.tmp/docs/', ROOT);

/** Pages about one task each, with the same parts in the same order. */
const TASK_FILES = TASK_PAGES.map((name) => `docs/${name}.md`);

/** Pages about the repository: their links may lead to files that are not in the tarball. */
const CONTRIBUTOR_PAGES = ['docs/architecture.md'];

const MAX_WORDS = 25;

interface Manifest {
  readonly name: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly peerDependencies: Readonly<Record<string, string>>;
}

describe('Documentation', () => {
  let pages: Page[];
  let blocks: Block[];
  let manifest: Manifest;
  let pool: LocalUserPool;

  before(async () => {
    pages = await readPages();
    blocks = pages.flatMap(blocksOf);
    manifest = JSON.parse(await readFile(new URL('package.json', ROOT), 'utf8')) as Manifest;
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

  function page(path: string): Page {
    const found = pages.find((each) => each.path === path);
    if (!found) throw new Error(`There is no page ${path}.`);
    return found;
  }

  function blocksIn(language: string): Block[] {
    return blocks.filter((block) => block.language === language);
  }

  describe('code', () => {
    it('compiles in every TypeScript and JavaScript block', async () => {
      const sources = blocks.filter(({ language }) => language === 'ts' || language === 'js');
      expect(blocksIn('ts').length).to.be.greaterThan(25);
      expect(blocksIn('js').length).to.be.greaterThan(3);
      await Promise.all(
        sources.map(({ page: path, language, code }, index) =>
          writeFile(new URL(`${slugOf(path)}-${index}.${language}`, SCRATCH), code),
        ),
      );
      const tsconfig = {
        extends: '../../tsconfig.json',
        compilerOptions: { noUnusedLocals: false, exactOptionalPropertyTypes: false, allowJs: true },
        include: ['*.ts', '*.js'],
        exclude: [],
      };
      await writeFile(new URL('tsconfig.json', SCRATCH), JSON.stringify(tsconfig));
      const args = ['node_modules/typescript/bin/tsc', '-p', '.tmp/docs/tsconfig.json'];
      const result = await run('node', args, { cwd: ROOT }).catch((error: { stdout: string }) => error);
      expect(result.stdout).to.equal('');
    });

    it('runs in every TypeScript block', async function () {
      this.timeout(180_000);
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
      const modules = blocksIn('ts').filter(({ code }) => redis || !code.includes("from 'redis'"));
      if (!redis) console.warn('      skipped: the example with Redis, since there is no redis-server');
      await Promise.all(
        modules.map(({ code }, index) =>
          writeFile(
            new URL(`run-${index}.ts`, SCRATCH),
            // A program of the reader, such as the example server, may have the port.
            code.replaceAll('.listen(3000)', '.listen(0)'),
          ),
        ),
      );
      const runner = modules.map(
        ({ page: path }, index) =>
          `await import('./run-${index}.ts');\nconsole.log('ran ${index} of ${path}');`,
      );
      await writeFile(new URL('runner.ts', SCRATCH), `${runner.join('\n')}\nprocess.exit(0);\n`);
      const { stdout } = await run('node', ['--import', 'tsx', 'runner.ts'], {
        // An example may write a file.
        cwd: SCRATCH,
        env: { ...env, REDIS_URL: redis?.url },
      }).finally(() => redis?.stop());
      for (const [index, { page: path }] of modules.entries())
        expect(stdout).to.include(`ran ${index} of ${path}\n`);
    });

    it('signs a user up and in with the browser example of "Get started"', async () => {
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
      const example = blocksIn('js').find((block) => block.page === 'docs/getting-started.md');
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
      const commands = blocksIn('sh').flatMap(({ code }) => code.trim().split(/ && |\n/));
      expect(commands.length).to.be.greaterThan(5);
      for (const command of commands) {
        const [program, ...words] = command.match(/'[^']*'|\S+/g) ?? [];
        const args = words.map((word) => word.replace(/^'(.*)'$/, '$1'));
        if (program === 'export') continue;
        if (args[0] === 'run') args.shift();
        if (program === 'npx') {
          expect(Object.keys(manifest.bin)).to.include(args[0]);
          if (args[1] === 'doctor') await expectDoctorExamines(args.slice(1));
          else if (args[1] === 'template') await expectTemplate(args.slice(1));
          else if (args[1] === 'init') await expectInit(args.slice(1));
          else await expectLocalPoolStarts(args.slice(1));
        } else if (args[0] === 'install') expect(args[1]).to.equal(manifest.name);
        else if (args[0] !== 'ci') expect(Object.keys(manifest.scripts)).to.include(args[0]);
      }
    });

    async function expectDoctorExamines(args: readonly string[]): Promise<void> {
      const { userPoolId, clientId, endpoint } = pool.config;
      const env = {
        ...process.env,
        AWS_EC2_METADATA_DISABLED: 'true',
        COGNITO_USER_POOL_ID: userPoolId,
        COGNITO_CLIENT_ID: clientId,
        COGNITO_ENDPOINT: endpoint,
      };
      const command = ['--import', 'tsx', 'src/cli/cognito-kit.ts', ...args];
      const { stdout } = await run('node', command, { cwd: ROOT, env });
      expect(stdout).to.include(`User pool ${userPoolId}, app client ${clientId}`);
    }

    async function expectTemplate(args: readonly string[]): Promise<void> {
      const given = args.slice(0, args.indexOf('>'));
      const command = ['--import', 'tsx', 'src/cli/cognito-kit.ts', ...given];
      const { stdout } = await run('node', command, { cwd: ROOT });
      expect(stdout).to.include('AWS::Cognito::UserPool');
    }

    async function expectInit(args: readonly string[]): Promise<void> {
      const folder = await mkdtemp(join(tmpdir(), 'init-'));
      const loader = ['--import', new URL('node_modules/tsx/dist/loader.mjs', ROOT).href];
      const command = [
        ...loader,
        fileURLToPath(new URL('src/cli/cognito-kit.ts', ROOT)),
        ...args,
        '--no-install',
      ];
      const { stdout } = await run('node', command, { cwd: folder });
      expect(stdout).to.include('Variables added to .env: COGNITO_USER_POOL_ID');
      await rm(folder, { recursive: true });
    }

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
  });

  describe('README.md', () => {
    it('has the two commands of CI and package.json', async () => {
      const commands = blocksOf(page('README.md')).filter(({ language }) => language === 'sh');
      expect(commands.map(({ code }) => code.trim())).to.deep.equal([
        'npm ci && npm start',
        'npm ci && npm test',
      ]);
      expect(await readFile(new URL('.ci/run', ROOT), 'utf8')).to.include("'npm ci && npm test'");
      expect(manifest.scripts).to.include.keys('start', 'test');
    });

    it('has fewer than 90 lines', () => {
      expect(page('README.md').text.split('\n').length).to.be.lessThan(90);
    });

    it('names the versions of Node and Express that package.json allows', () => {
      const { text } = page('README.md');
      const versions = Object.fromEntries(tableRows(text, '## Supported versions'));
      expect(versions.Node).to.include('22.12').and.include('20.19');
      expect(versions.Express).to.include('4.21').and.include('5');
    });
  });

  describe('task page', () => {
    for (const path of TASK_FILES) {
      it(`${path} starts with a sentence and code, and ends with "If it does not work"`, () => {
        const { text } = page(path);
        expect(text).to.match(/^# \S.*\n\nYou get [^\n]+(?:\n[^\n]+)?\.\n\n```\w+\n/);
        const table = text.search(/^\|/m);
        expect(table).to.be.greaterThan(text.indexOf('\n```\n'));
        const sections = [...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
        expect(sections.at(-1)).to.equal('If it does not work');
      });

      it(`${path} gives each symptom a cause and a fix`, () =>
        expectSymptoms(tableRows(page(path).text, '## If it does not work')));
    }
  });

  function expectSymptoms(rows: readonly string[][]): void {
    expect(rows.length).to.be.greaterThan(3);
    for (const row of rows) {
      expect(row, row.join(' | ')).to.have.lengthOf(3);
      for (const cell of row) expect(cell, row.join(' | ')).to.not.equal('');
    }
  }

  it('has a link to a page in every row of "Troubleshooting"', () => {
    const { text } = page('docs/troubleshooting.md');
    const sections = [...text.matchAll(/^## .+$/gm)].map(([heading]) => heading);
    expect(sections.length).to.be.greaterThan(5);
    for (const section of sections) {
      const rows = tableRows(text, section);
      expectSymptoms(rows);
      for (const row of rows) expect(row.join(' | ')).to.match(/\]\([\w/-]+\.md/);
    }
  });

  it('lists every rate limit with its default', async () => {
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
    await expectGenerated('docs/rate-limits.md', 'limits', [...head, ...rows].join('\n'));
  });

  /** Compares the text between two markers with the source; `UPDATE_DOCS=1` rewrites it. */
  async function expectGenerated(path: string, name: string, table: string): Promise<void> {
    const section = new RegExp(`(<!-- ${name}: begin -->\n)([\\s\\S]*?)(<!-- ${name}: end -->)`);
    const { text } = page(path);
    if (process.env.UPDATE_DOCS === '1') {
      await writeFile(
        new URL(path, ROOT),
        text.replace(section, (_all, begin: string, _old, end: string) => `${begin}${table}\n${end}`),
      );
      return;
    }
    expect(section.exec(text)?.[2]?.trim()).to.equal(table.trim());
  }

  it('has a row for every challenge', () => {
    const names = tableRows(page('docs/sign-in-methods.md').text, '## Challenges').map(([name]) => name);
    expect(names).to.have.members(
      [...Object.keys(CHALLENGES), 'DEVICE_PASSWORD_VERIFIER'].map((name) => `\`${name}\``),
    );
  });

  it('names the subject of every event', () => {
    const { text } = page('docs/operations.md');
    const subjects = ALL_ENDPOINTS.filter(isAudited).map(({ name }) => eventSubject(name));
    expect(subjects).to.have.lengthOf(31);
    const named = [...text.matchAll(/^\| [\w -]+ \| ((?:`[a-z_]+`(?:, )?)+) \|$/gm)].flatMap(
      ([, list = '']) => list.split(', '),
    );
    expect(named).to.have.members(subjects.map((subject) => `\`${subject}\``));
  });

  it('links to every endpoint from a page about its task', () => {
    const linked = new Set(linksOf(pages).map(({ target }) => target.replace(/^.*reference\//, '')));
    for (const name of ENDPOINT_NAMES) expect([...linked]).to.include(`endpoints.md#${kebab(name)}`);
  });

  it('links to every page from the index', () => {
    const linked = linksOf([page('docs/README.md')]).map(({ target }) => target.replace(/#.*/, ''));
    for (const { path } of pages) {
      if (path === 'README.md' || path === 'docs/README.md') continue;
      expect(linked).to.include(path.startsWith('docs/') ? path.slice('docs/'.length) : `../${path}`);
    }
  });

  it('links to pages and headings that exist', () => {
    const anchors = new Map(pages.map((each) => [each.path, anchorsOf(each)]));
    const links = linksOf(pages);
    expect(links.length).to.be.greaterThan(300);
    for (const { from, target } of links) {
      const path = pathOf(from, target);
      const anchor = target.split('#')[1];
      const where = `${from} -> ${target}`;
      if (anchor !== undefined) expect([...(anchors.get(path) ?? [])], where).to.include(anchor);
    }
  });

  it('has the pages and headings that messages of the code name', async () => {
    const anchors = new Map(pages.map((each) => [each.path, anchorsOf(each)]));
    const sources = await Promise.all(
      (await readdir(new URL('src/', ROOT), { recursive: true }))
        .filter((path) => path.endsWith('.ts'))
        .map((path) => readFile(new URL(`src/${path}`, ROOT), 'utf8')),
    );
    const named = sources.flatMap((text) =>
      [...text.matchAll(/docs\/[\w/-]+\.md(?:#[\w-]+)?/g)].map(([name]) => name),
    );
    expect(named.length).to.be.greaterThan(40);
    for (const name of named) {
      const [path = '', anchor] = name.split('#');
      expect([...anchors.keys()]).to.include(path);
      if (anchor !== undefined) expect([...(anchors.get(path) ?? [])], name).to.include(anchor);
    }
  });

  it('links to files that exist, in the repository and in the tarball', async () => {
    const always = ['README.md', 'LICENSE', 'package.json'];
    for (const { from, target } of linksOf(pages)) {
      const path = pathOf(from, target);
      const forContributors = CONTRIBUTOR_PAGES.includes(from);
      await readFile(new URL(path, ROOT));
      const isInTarball =
        forContributors || always.includes(path) || manifest.files.some((pattern) => isIn(path, pattern));
      expect(isInTarball, `${from} -> ${target}`).to.equal(true);
    }
  });

  it('has sentences of 25 words at most', () => {
    const long = pages
      .filter(({ path }) => !path.startsWith('docs/reference/'))
      .flatMap(({ path, text }) => sentencesOf(text).map((sentence) => `${path}: ${sentence}`))
      .filter((sentence) => wordsOf(sentence).length > MAX_WORDS + 1);
    expect(long).to.deep.equal([]);
  });
});

interface Link {
  readonly from: string;
  readonly target: string;
}

function linksOf(pages: readonly Page[]): Link[] {
  return pages.flatMap(({ path, text }) =>
    [...text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '').matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => ({ from: path, target }))
      .filter(({ target }) => !target.startsWith('https://')),
  );
}

/** The page or file that a link leads to, relative to the root of the repository. */
function pathOf(from: string, target: string): string {
  const [file = ''] = target.split('#');
  return file === '' ? from : new URL(file, new URL(from, ROOT)).href.slice(ROOT.href.length);
}

/** Whether a pattern of package.json's `files` takes the path into the tarball. */
function isIn(path: string, pattern: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return path === pattern || path.startsWith(`${pattern}/`);
  const [start, end] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return path.startsWith(start) && path.endsWith(end) && !path.slice(start.length).includes('/');
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function slugOf(path: string): string {
  return path.replace(/\.md$/, '').replaceAll('/', '-');
}

function wordsOf(sentence: string): string[] {
  return sentence.match(/[\p{L}\p{N}`][\p{L}\p{N}'’`/:.*<>-]*/gu) ?? [];
}
