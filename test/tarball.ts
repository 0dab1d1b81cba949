import { execFile } from 'node:child_process';
import { copyFile, cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';

/**
 * `npm run test:package`: the package as users get it. It builds, packs and installs into a project of each
 * kind, which takes a minute, so it is no part of `npm test`.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CONSUMERS = join(ROOT, 'test/consumers');
const CONSUMER_LIMIT_MS = 120_000;

const exec = promisify(execFile);

/** Runs a command to its end. What it printed is in the error if it fails. */
async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await exec(command, [...args], { cwd, timeout: CONSUMER_LIMIT_MS });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed.\n${stdout}\n${stderr}`, { cause: error });
  }
}

describe('the packed package', () => {
  let directory: string;
  let tarball: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'express-cognito-kit-'));
    // As `npm publish` does it: `prepack` builds first.
    await run('npm', ['pack', '--pack-destination', directory], ROOT);
    const [name = ''] = await readdir(directory);
    tarball = join(directory, name);
  });

  after(() => rm(directory, { recursive: true, force: true }));

  describe('holds', () => {
    let files: readonly string[];

    before(async () => {
      const list = await run('tar', ['-tzf', tarball], directory);
      files = list
        .trim()
        .split('\n')
        .map((file) => file.replace('package/', ''));
    });

    it('what users read, compiled code with its types, and nothing else', () => {
      const rest = files.filter((file) => !/^dist\/[\w/-]+\.(?:js|d\.ts)$/.test(file));
      expect(rest).to.have.members(['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE']);
    });

    it('types beside every module', () => {
      const modules = files.filter((file) => file.endsWith('.js'));
      const withoutTypes = modules.filter((file) => !files.includes(file.replace(/\.js$/, '.d.ts')));
      expect(modules).to.not.be.empty;
      expect(withoutTypes).to.deep.equal([]);
    });
  });

  it('satisfies publint', () => run('npx', ['publint', 'run', tarball, '--strict'], ROOT));

  it('satisfies "Are the types wrong?"', () =>
    run('npx', ['attw', tarball, '--profile', 'esm-only', '--no-emoji', '--no-color'], ROOT));

  describe('works in a new project', () => {
    /** The consumer's project, with the tarball and all that it depends on installed. */
    async function install(consumer: string): Promise<string> {
      const project = join(directory, consumer);
      await cp(join(CONSUMERS, consumer), project, { recursive: true });
      await copyFile(join(CONSUMERS, 'journey.mjs'), join(project, 'journey.mjs'));
      await copyFile(tarball, join(project, 'express-cognito-kit.tgz'));
      const quietly = ['--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts'];
      await run('npm', ['install', '--prefer-offline', ...quietly], project);
      return project;
    }

    async function installedVersion(project: string, name: string): Promise<string> {
      const manifest = await readFile(join(project, 'node_modules', name, 'package.json'), 'utf8');
      return (JSON.parse(manifest) as { version: string }).version;
    }

    it('with Express 5, as ES modules', async () => {
      const project = await install('esm-express-5');
      expect(await installedVersion(project, 'express')).to.match(/^5\./);
      expect(await run('npm', ['test'], project)).to.include('the journey is over');
    });

    it('with Express 4.21, as ES modules, with the settings in the environment', async () => {
      const project = await install('esm-express-4');
      expect(await installedVersion(project, 'express')).to.match(/^4\.21\./);
      expect(await run('npm', ['test'], project)).to.include('the journey is over');
    });

    it('with require()', async () => {
      const project = await install('cjs');
      expect(await run('npm', ['test'], project)).to.include('the journey is over');
    });

    it('as a command', async () => {
      const project = join(directory, 'cjs');
      const command = join(project, 'node_modules/.bin/cognito-kit');
      expect((await stat(command)).mode & 0o111).to.equal(0o111);
      expect(await run(command, ['--help'], project)).to.match(/^Usage: cognito-kit/);
      expect(await run('npx', ['--no', 'cognito-kit', '--version'], project)).to.match(/^\d+\.\d+\.\d+\n$/);
    });

    it('with TypeScript, and refuses what is wrong', async () => {
      const project = await install('typescript-nodenext');
      await run('npm', ['test'], project);
    });

    it('with the types of Express 4, an older TypeScript and the module resolution of bundlers', async () => {
      const project = await install('typescript-bundler');
      expect(await installedVersion(project, '@types/express')).to.match(/^4\./);
      await run('npm', ['test'], project);
    });
  });
});
