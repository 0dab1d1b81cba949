import { execFile } from 'node:child_process';
import {
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parse } from 'yaml';
import { ENTRIES } from '../scripts/bundle.ts';
import { cdkTemplate } from '../src/setup/cdk.ts';
import { cloudFormationTemplate } from '../src/setup/cloudformation.ts';
import { closeAll, startLocal } from './support/local-sdk.ts';
import { signUpAndIn, startNewApp } from './support/new-app.ts';
import { ANSWERS, connected, created, findingsOf } from './support/setup-answers.ts';
import { cloudFormationInputs } from './support/template-inputs.ts';

/**
 * `npm run test:package`: the package as users get it. It builds, packs and installs into a project of each
 * kind, which takes minutes, so it is no part of `npm test`.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CONSUMERS = join(ROOT, 'test/consumers');
const JOURNEY = ['journey.cjs', 'journey.d.cts'];
/** A project of the examples, which names a published version of the kit. */
const EXAMPLE = 'example-nestjs';
const CONSUMER_LIMIT_MS = 240_000;
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
/** Consumers that run the example of their test runner in docs/testing.md, by its name there. */
const DOCUMENTED_RUNNERS: ReadonlyMap<string, string> = new Map([
  ['jest', 'Jest'],
  ['mocha', 'mocha'],
  ['node-test', 'node:test'],
  ['vitest', 'Vitest'],
]);

const exec = promisify(execFile);

/** Runs a command to its end. What it printed is in the error if it fails. */
async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  try {
    const options = { cwd, timeout: CONSUMER_LIMIT_MS, env: { ...process.env, ...env } };
    const { stdout } = await exec(command, [...args], options);
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed.\n${stdout}\n${stderr}`, { cause: error });
  }
}

function sourceOf(consumer: string): string {
  return consumer === EXAMPLE ? join(ROOT, 'examples/nestjs') : join(CONSUMERS, consumer);
}

async function useTarball(manifest: string): Promise<void> {
  const text = await readFile(manifest, 'utf8');
  const published = /("express-cognito-kit": )"\^[\d.]+"/;
  await writeFile(manifest, text.replace(published, '$1"file:../express-cognito-kit.tgz"'));
}

async function documentedTest(runner: string): Promise<string> {
  const page = await readFile(join(ROOT, 'docs/testing.md'), 'utf8');
  const [, code] = page.split(`${runner}:\n\n\`\`\`js\n`);
  if (code === undefined) throw new Error(`docs/testing.md has no example for ${runner}.`);
  return code.slice(0, code.indexOf('```'));
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
      const compiled = /^dist\/(?:esm|cjs)\/[\w/-]+\.(?:js|d\.ts)$/;
      const documentation =
        /^(?:docs\/[\w/-]+\.md|examples\/(?:[\w-]+\.(?:ts|json)|nestjs\/[\w./-]+\.(?:ts|json)|README\.md)|llms(?:-full)?\.txt)$/;
      const rest = files.filter((file) => !compiled.test(file) && !documentation.test(file));
      const read = ['README.md', 'CHANGELOG.md', 'LICENSE'];
      expect(rest).to.have.members(['package.json', 'dist/cjs/package.json', ...read]);
    });

    it('few files that Node loads, of which each entry is there as ESM and as CommonJS', () => {
      const modules = (build: string): string[] =>
        files
          .filter((file) => file.startsWith(`dist/${build}/`) && file.endsWith('.js'))
          .map((file) => file.slice('dist/esm/'.length));
      expect(modules('esm')).to.include.members([
        ...ENTRIES.map((entry) => `${entry}.js`),
        'cli/cognito-kit.js',
      ]);
      expect(modules('cjs')).to.include.members(ENTRIES.map((entry) => `${entry}.js`));
      expect([...modules('esm'), ...modules('cjs')]).to.have.lengthOf.below(65);
    });

    it('types once, those of CommonJS, and those of the ES modules that are entries', () => {
      const types = files.filter((file) => file.endsWith('.d.ts'));
      expect(types).to.include.members(ENTRIES.map((entry) => `dist/cjs/${entry}.d.ts`));
      expect(types.filter((file) => !file.startsWith('dist/cjs/'))).to.have.members(
        ENTRIES.map((entry) => `dist/esm/${entry}.d.ts`),
      );
    });
  });

  it('satisfies publint', () => run('npx', ['publint', 'run', tarball, '--strict'], ROOT));

  it('satisfies "Are the types wrong?"', () =>
    run('npx', ['attw', tarball, '--no-emoji', '--no-color'], ROOT));

  /** The consumers' projects side by side, with one installation for all whose dependencies agree. */
  async function install(consumers: readonly string[]): Promise<string> {
    const root = await mkdtemp(join(directory, 'projects-'));
    await writeFile(join(root, 'package.json'), JSON.stringify({ private: true, workspaces: consumers }));
    await copyFile(tarball, join(root, 'express-cognito-kit.tgz'));
    for (const consumer of consumers) {
      await cp(sourceOf(consumer), join(root, consumer), { recursive: true });
      await useTarball(join(root, consumer, 'package.json'));
      const runner = DOCUMENTED_RUNNERS.get(consumer);
      if (runner !== undefined)
        await writeFile(join(root, consumer, 'documented.test.js'), await documentedTest(runner));
      for (const file of JOURNEY) await copyFile(join(CONSUMERS, file), join(root, consumer, file));
    }
    const quietly = ['--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts'];
    await run('npm', ['install', '--prefer-offline', ...quietly], root);
    return root;
  }

  async function installedVersion(project: string, name: string): Promise<string> {
    const manifest = createRequire(join(project, 'package.json')).resolve(`${name}/package.json`);
    return (JSON.parse(await readFile(manifest, 'utf8')) as { version: string }).version;
  }

  describe('starts an app', () => {
    const quietly = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'];
    let root: string;

    before(async () => {
      root = await mkdtemp(join(directory, 'apps-'));
      await copyFile(tarball, join(root, 'express-cognito-kit.tgz'));
    });

    /** Signs in at the running app, and runs its own test. */
    async function expectWorkingApp(folder: string): Promise<void> {
      const app = await startNewApp(folder);
      try {
        const url = `${app.url}/api/hello`;
        expect((await fetch(url)).status).to.equal(401);
        expect((await fetch(url, { headers: await signUpAndIn(app) })).status).to.equal(200);
      } finally {
        await app.stop();
      }
      expect(await run('npm', ['test'], folder)).to.match(/pass 2$/m);
    }

    it('with three commands in an empty folder', async () => {
      const folder = join(root, 'js');
      await mkdir(folder);
      await run('npm', ['install', ...quietly, '../express-cognito-kit.tgz', 'express'], folder);
      await copyFile(join(folder, 'package.json'), join(root, 'package.json'));
      await run('npx', ['--no', 'cognito-kit', 'init', '--local', '--app', '--yes'], folder);
      await expectWorkingApp(folder);
    });

    it('with three commands in TypeScript, for which init installs the compiler', async () => {
      const folder = join(root, 'ts');
      await mkdir(folder);
      await copyFile(join(root, 'package.json'), join(folder, 'package.json'));
      await cp(join(root, 'js/node_modules'), join(folder, 'node_modules'), {
        recursive: true,
        verbatimSymlinks: true,
      });
      await run(
        'npx',
        ['--no', 'cognito-kit', 'init', '--local', '--app', '--yes', '--language', 'ts'],
        folder,
      );
      await expectWorkingApp(folder);
      await run('npm', ['run', 'typecheck'], folder);
    });

    for (const [language, module, transport] of [
      ['js', 'esm', 'cookies'],
      ['js', 'cjs', 'bearer'],
      ['js', 'cjs', 'cookies'],
      ['ts', 'esm', 'cookies'],
      ['ts', 'cjs', 'bearer'],
      ['ts', 'cjs', 'cookies'],
    ] as const) {
      it(`as ${language}, ${module}, with ${transport}`, async () => {
        const folder = join(root, `${language}-${module}-${transport}`);
        await mkdir(folder);
        await copyFile(join(root, 'package.json'), join(folder, 'package.json'));
        await symlink(join(root, language, 'node_modules'), join(folder, 'node_modules'));
        const choices = ['--language', language, '--module', module, '--transport', transport];
        await run('npx', ['--no', 'cognito-kit', 'init', '--local', '--app', '--yes', ...choices], folder);
        await expectWorkingApp(folder);
        if (language === 'ts') await run('npm', ['run', 'typecheck'], folder);
      });
    }
  });

  describe('works in a new project', () => {
    let projects: string;

    before(async () => {
      projects = await install([
        'esm-express-5',
        'cjs',
        'both-builds',
        'jest',
        'mocha',
        'node-test',
        'openapi-client',
        'typescript-nodenext',
        'vitest',
      ]);
    });

    it('with Express 5, as ES modules', async () => {
      const project = join(projects, 'esm-express-5');
      expect(await installedVersion(project, 'express')).to.match(/^5\./);
      expect(await run('npm', ['test'], project)).to.include('the journey is over');
    });

    it('with require()', async () => {
      expect(await run('npm', ['test'], join(projects, 'cjs'))).to.include('the journey is over');
    });

    it('with require() of the middleware alone, which loads neither the AWS SDK nor joi, pino or the rate limiter', async () => {
      const script =
        "require('express-cognito-kit/require-auth'); console.log(Object.keys(require.cache).join('\\n'))";
      const loaded = (await run('node', ['-e', script], join(projects, 'cjs'))).trim().split('\n');
      const packages = loaded.map((file) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]);
      expect(new Set(packages)).to.deep.equal(new Set(['express-cognito-kit', 'aws-jwt-verify']));
    });

    it('with import in the app and require() in a package, which share one state', async () => {
      expect(await run('npm', ['test'], join(projects, 'both-builds'))).to.match(/pass 10$/m);
    });

    it('as a command', async () => {
      const command = join(projects, 'node_modules/.bin/cognito-kit');
      expect((await stat(command)).mode & 0o111).to.equal(0o111);
      const project = join(projects, 'cjs');
      expect(await run(command, ['--help'], project)).to.match(/^Usage: cognito-kit/);
      expect(await run('npx', ['--no', 'cognito-kit', '--version'], project)).to.match(/^\d+\.\d+\.\d+\n$/);
    });

    it('as a command that prints a template, and finds nothing in the user pool that it creates', async () => {
      const { pool } = await startLocal();
      try {
        const project = join(projects, 'esm-express-5');
        const command = (...args: readonly string[]) =>
          run('npx', ['--no', 'cognito-kit', ...args], project, CREDENTIALS);
        const module = join(project, 'create-user-pool.mjs');
        await writeFile(module, await command('template', '--format', 'sdk', '--no-secret'));
        const aws = { ...CREDENTIALS, AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: pool.url };
        const ids = await run('node', [module], project, aws);
        await writeFile(join(project, '.env'), `${ids}COGNITO_ENDPOINT=${pool.url}\n`);
        const { findings } = JSON.parse(await command('doctor', '--json'));
        expect(findings.map(({ id }: { id: string }) => id)).to.deep.equal([]);
      } finally {
        await closeAll();
      }
    });

    it('as a command that reads options in TypeScript, with tsx if Node does not load them', async () => {
      const project = join(projects, 'node-test');
      const command = ['--no', 'cognito-kit', 'doctor', '--config', 'options.ts'];
      const ids = { COGNITO_USER_POOL_ID: 'us-east-1_AbCdEfGhI', COGNITO_CLIENT_ID: 'app' };
      const doctor = () => run('npx', command, project, ids);
      // Node does not erase an enum.
      const lines = ["enum Name { email = 'mail' }", 'export const config = { signInWith: Name.email };'];
      await writeFile(join(project, 'options.ts'), lines.join('\n'));
      expect(await doctor().catch(({ message }) => message)).to.include('run npm install --save-dev tsx');
      await mkdir(join(project, 'node_modules'), { recursive: true });
      await symlink(join(ROOT, 'node_modules/tsx'), join(project, 'node_modules/tsx'));
      expect(await doctor().catch(({ message }) => message)).to.match(/signInWith is "mail"/);
    });

    it('with TypeScript, and refuses what is wrong', () =>
      run('npm', ['test'], join(projects, 'typescript-nodenext')));

    it('with Jest 30 and its defaults', () => run('npm', ['test'], join(projects, 'jest')));

    it('with Vitest', () => run('npm', ['test'], join(projects, 'vitest')));

    it('with node:test', async () => {
      expect(await run('npm', ['test'], join(projects, 'node-test'))).to.match(/pass 3$/m);
    });

    it('with a client that openapi-typescript makes of the OpenAPI document', async () => {
      expect(await run('npm', ['test'], join(projects, 'openapi-client'))).to.include('the journey is over');
    });

    it('with mocha', () => run('npm', ['test'], join(projects, 'mocha')));
  });

  describe('works in an older project', () => {
    let projects: string;

    before(async () => {
      projects = await install(['jest-29-ts-jest', 'nestjs', EXAMPLE, 'typescript-4', 'typescript-node10']);
    });

    it('with Jest 29 and ts-jest', async () => {
      const project = join(projects, 'jest-29-ts-jest');
      expect(await installedVersion(project, 'jest')).to.match(/^29\./);
      await run('npm', ['test'], project);
    });

    it('with NestJS 11, its Jest and ts-jest', async () => {
      const project = join(projects, 'nestjs');
      expect(await installedVersion(project, '@nestjs/core')).to.match(/^11\./);
      await run('npm', ['test'], project);
    });

    it('with TypeScript 4.9, whose types of the kit are not any', async () => {
      const project = join(projects, 'typescript-4');
      expect(await installedVersion(project, 'typescript')).to.match(/^4\.9\./);
      await run('npm', ['test'], project);
    });

    it('with the guard and the module of the NestJS example', async () => {
      await run('npm', ['test'], join(projects, EXAMPLE));
    });

    it('with TypeScript that compiles to CommonJS and knows no "exports"', async () => {
      const project = join(projects, 'typescript-node10');
      expect(await run('npm', ['test'], project)).to.include('the journey is over');
    });
  });

  describe('works in a project with Express 4', () => {
    let projects: string;

    before(async () => {
      projects = await install(['esm-express-4', 'typescript-bundler']);
    });

    it('as ES modules, with the settings in the environment', async () => {
      const project = join(projects, 'esm-express-4');
      expect(await installedVersion(project, 'express')).to.match(/^4\.21\./);
      expect(await run('npm', ['test'], project)).to.include('the journey is over');
    });

    it('with the types of Express 4, an older TypeScript and the module resolution of bundlers', async () => {
      const project = join(projects, 'typescript-bundler');
      expect(await installedVersion(project, '@types/express')).to.match(/^4\./);
      await run('npm', ['test'], project);
    });
  });
});

describe('A CDK template of a user pool', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cdk-'));
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    const quietly = ['--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts'];
    await run('npm', ['install', '--prefer-offline', ...quietly, 'aws-cdk-lib@2', 'constructs@10'], folder);
  });

  after(async () => {
    await closeAll();
    await rm(folder, { recursive: true, force: true });
  });

  it('compiles, and synthesizes the resources of the CloudFormation template, with which the doctor finds nothing', async () => {
    const answers = Object.values(ANSWERS);
    const stacks = answers.map((_each, index) => `UserPoolStack${index}`);
    const app = [
      "import { App } from 'aws-cdk-lib';",
      ...stacks.map((name, index) => `import { UserPoolStack as ${name} } from './stack-${index}.ts';`),
      'const app = new App();',
      ...stacks.map((name) => `new ${name}(app, '${name}');`),
      'const assembly = app.synth();',
      `const names = ${JSON.stringify(stacks)};`,
      'console.log(JSON.stringify(names.map((name) => assembly.getStackByName(name).template.Resources)));',
    ];
    await Promise.all([
      ...answers.map((each, index) => writeFile(join(folder, `stack-${index}.ts`), cdkTemplate(each))),
      writeFile(join(folder, 'app.ts'), app.join('\n')),
    ]);
    const types = ['--typeRoots', join(ROOT, 'node_modules/@types'), '--types', 'node'];
    const modules = ['--module', 'nodenext', '--allowImportingTsExtensions', '--target', 'es2022'];
    const compiler = [
      join(ROOT, 'node_modules/typescript/bin/tsc'),
      '--noEmit',
      '--strict',
      '--skipLibCheck',
    ];
    await run('node', [...compiler, ...modules, ...types, 'app.ts'], folder);

    const tsx = createRequire(import.meta.url).resolve('tsx');
    const synthesized = JSON.parse(
      await run('node', ['--import', pathToFileURL(tsx).href, 'app.ts'], folder),
    );
    const expected = answers.map((each) => parse(cloudFormationTemplate(each)).Resources);
    expect(synthesized).to.deep.equal(expected);
    for (const [index, each] of answers.entries()) {
      const { sdk, pool } = await startLocal();
      const ids = await created(sdk, cloudFormationInputs(synthesized[index]));
      const config = await connected({ sdk, url: pool.url }, ids, each);
      expect(await findingsOf(sdk, config)).to.deep.equal([]);
    }
  });
});
