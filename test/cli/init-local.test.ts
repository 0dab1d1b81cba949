import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseInit } from '../../src/cli/init-flags.ts';
import { packageManager } from '../../src/cli/init-folder.ts';
import { ANSWER_OPTIONS } from '../../src/cli/setup-flags.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { readPage } from '../support/documentation.ts';
import { InitFolder } from '../support/init-command.ts';
import { sdkFor } from '../support/local-sdk.ts';

const APP = ['app.js', 'app.test.js', 'auth-config.js', 'server.js'];

describe('cognito-kit init --local', () => {
  let folder: InitFolder;

  beforeEach(async () => {
    folder = await InitFolder.create();
  });
  afterEach(() => folder.remove());

  /** Starts the pool that init has made, on a port that no other test has. */
  function startPool() {
    return startLocalUserPool({
      seed: join(folder.path, 'cognito-local.json'),
      state: join(folder.path, '.cognito-local.state'),
      port: 0,
      quiet: true,
    });
  }

  it('makes a pool with the settings of AWS, whose secret is in .env and in the state alone', async () => {
    const { code, stdout, stderr } = await folder.init(['--local', '--yes', '--mfa', 'required']);
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(folder.list()).to.deep.equal(['.cognito-local.state', '.env', '.gitignore', 'cognito-local.json']);
    for (const file of ['.env', '.cognito-local.state'])
      expect(statSync(join(folder.path, file)).mode & 0o777).to.equal(0o600);
    const variables = folder.variables();
    const secret = variables.COGNITO_CLIENT_SECRET ?? '';
    expect(secret).to.have.length.of.at.least(40);
    expect(stdout + folder.read('cognito-local.json')).to.not.include(secret);
    const ignored = folder.read('.gitignore').split('\n');
    expect(ignored).to.include.members(['.env*', '.cognito-local.state*']);

    const pool = await startPool();
    const { userPoolId, clientId, clientSecret } = pool.config;
    expect({ userPoolId, clientId, clientSecret }).to.deep.equal({
      userPoolId: variables.COGNITO_USER_POOL_ID,
      clientId: variables.COGNITO_CLIENT_ID,
      clientSecret: secret,
    });
    expect(variables.COGNITO_ENDPOINT).to.match(/^http:\/\/127\.0\.0\.1:92\d\d$/);
    const sdk = sdkFor(pool.url);
    const { UserPool } = await sdk.describeUserPool({ UserPoolId: userPoolId });
    expect(UserPool).to.deep.include({ MfaConfiguration: 'ON', UserPoolTier: 'ESSENTIALS' });
    sdk.destroy();
    expect(await folder.doctor([], { COGNITO_ENDPOINT: pool.url })).to.deep.equal([]);
    await pool.close();
  });

  it('takes the next port if another program has that of the local pool', async () => {
    const server = createServer().listen(9229, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve).once('error', resolve));
    const { stdout } = await folder.init(['--local', '--yes']);
    server.close();
    const { port } = new URL(folder.variables().COGNITO_ENDPOINT ?? '');
    expect(Number(port)).to.be.greaterThan(9229);
    expect(stdout).to.include(`--state .cognito-local.state --port ${port}\n`);
  });

  it('keeps what an earlier run has made, and adds what is new', async () => {
    await folder.init(['--local', '--yes']);
    const [env, seed] = [folder.read('.env'), folder.read('cognito-local.json')];
    const { stdout } = await folder.init(['--local', '--yes', '--transport', 'cookies', '--mfa', 'off']);
    expect(folder.read('.env').startsWith(env)).to.equal(true);
    expect(folder.variables()).to.have.property('COOKIE_SECRET');
    expect(folder.read('cognito-local.json')).to.equal(seed);
    expect(stdout).to.include(
      'Kept in .env: COGNITO_USER_POOL_ID, COGNITO_CLIENT_ID, COGNITO_CLIENT_SECRET,',
    );
    expect(stdout).to.include('Kept cognito-local.json, whose settings differ from the answers.');
    expect(stdout).to.include('Lines added: .env.');
  });

  it('gives a lost state the ids and the secret of .env again', async () => {
    await folder.init(['--local', '--yes']);
    const { COGNITO_CLIENT_SECRET } = folder.variables();
    spawnSync('rm', [join(folder.path, '.cognito-local.state')]);
    await folder.init(['--local', '--yes']);
    const pool = await startPool();
    expect(pool.config.clientSecret).to.equal(COGNITO_CLIENT_SECRET);
    await pool.close();
  });

  it('changes no line of .env, and names the lines that differ without their secrets', async () => {
    const own = '# mine\nCOGNITO_CLIENT_ID=own\nCOGNITO_CLIENT_SECRET=kept-and-secret\nPORT=1\n';
    await folder.write('.env', own);
    const { stdout, stderr } = await folder.init(['--local', '--yes', '--no-secret']);
    expect(folder.read('.env').startsWith(own)).to.equal(true);
    expect(stdout).to.include('Kept in .env: COGNITO_CLIENT_ID=own, and not localclient.');
    expect(stdout + stderr).to.not.include('kept-and-secret');
  });

  it('refuses a .env of a pool at AWS', async () => {
    await folder.write('.env', 'COGNITO_USER_POOL_ID=eu-west-1_Abc\n');
    const { code, stderr } = await folder.init(['--local', '--yes']);
    expect(code).to.equal(1);
    expect(stderr).to.include('.env has the user pool eu-west-1_Abc already, which is not on this machine');
    expect(folder.list()).to.deep.equal(['.env']);
  });

  it('tells how to start an app in the language of the folder', async () => {
    await folder.write('tsconfig.json', '{}');
    const { stdout } = await folder.init(['--local', '--yes']);
    expect(stdout).to.include('\n  node --import tsx --env-file=.env server.ts\n');
  });

  it('leaves nothing behind if an edited seed is refused', async () => {
    await folder.write('cognito-local.json', '{ "pools": [{ "pool": { "MfaConfiguration": "MAYBE" } }] }');
    const { code, stderr } = await folder.init(['--local', '--yes']);
    expect(code).to.equal(1);
    expect(stderr).to.include('seed.pools[0].pool.MfaConfiguration');
    expect(folder.list()).to.deep.equal(['cognito-local.json']);
  });

  it('refuses a folder in place of the file of variables', async () => {
    mkdirSync(join(folder.path, '.env'));
    const { code, stderr } = await folder.init(['--local', '--yes']);
    expect(code).to.equal(1);
    expect(stderr).to.include('.env cannot be read or written: EISDIR');
    expect(folder.list()).to.deep.equal(['.env']);
  });

  it('writes nothing with --dry-run', async () => {
    const { code, stdout } = await folder.init(['--local', '--app', '--dry-run', '--language', 'ts']);
    expect(code).to.equal(0);
    expect(stdout).to.include('COGNITO_CLIENT_SECRET=<secret>').and.include('app.test.ts, tsconfig.json');
    expect(folder.list()).to.deep.equal([]);
  });

  describe('with --app', () => {
    const args = ['--local', '--app', '--yes', '--no-install'];

    it('adds the app to a package.json without changing an entry, and names the script that it kept', async () => {
      const own = {
        name: 'shop',
        type: 'commonjs',
        scripts: { test: 'mocha' },
        dependencies: { express: '5.1.0' },
      };
      await folder.write('package.json', JSON.stringify(own));
      const { stdout } = await folder.init(args);
      expect(folder.list()).to.include.members(APP);
      expect(folder.read('app.js')).to.include("require('express')");
      const manifest = JSON.parse(folder.read('package.json'));
      expect(manifest).to.deep.include({ name: 'shop', type: 'commonjs' });
      expect(manifest.scripts).to.deep.equal({ start: 'node --env-file=.env server.js', test: 'mocha' });
      expect(manifest.dependencies)
        .to.have.keys('express', 'express-cognito-kit')
        .and.include({ express: '5.1.0' });
      expect(stdout).to.include(
        'Kept in package.json: the script "test". For the app it would be: node --test app.test.js',
      );
      expect(stdout).to.include('Not installed: express, express-cognito-kit.\n\n  npm install\n');
    });

    it('adds the compiler for TypeScript', async () => {
      await folder.init([...args, '--language', 'ts']);
      const manifest = JSON.parse(folder.read('package.json'));
      const kit = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
      expect(manifest.devDependencies).to.have.keys('@types/express', '@types/node', 'tsx', 'typescript');
      for (const [name, range] of Object.entries<string>(manifest.devDependencies))
        expect(kit.devDependencies[name].split('.')[0], name).to.equal(range.split('.')[0]);
    });

    it('installs with the package manager that runs it', () => {
      expect(packageManager({ npm_config_user_agent: 'pnpm/10.1.0 npm/? node/v24.0.0 linux x64' })).to.equal(
        'pnpm',
      );
      expect(packageManager({ npm_config_user_agent: 'npm/11.0.0 node/v24.0.0' })).to.equal('npm');
      expect(packageManager({})).to.equal('npm');
    });

    it('refuses to overwrite files, names all of them, and writes nothing', async () => {
      await folder.write('app.js', 'mine');
      mkdirSync(join(folder.path, 'public'));
      await folder.write('public/index.html', 'mine');
      const before = folder.list();
      const { code, stderr } = await folder.init([...args, '--transport', 'cookies']);
      expect(code).to.equal(1);
      expect(stderr).to.include('The app would overwrite app.js, public/index.html; nothing was created');
      expect(folder.list()).to.deep.equal(before);
      expect(folder.read('app.js')).to.equal('mine');
    });

    it('takes over the pool of an earlier run', async () => {
      await folder.init(['--local', '--yes']);
      expect((await folder.init(args)).code).to.equal(0);
      expect(folder.list()).to.include.members(APP);
    });

    it('refuses a kind of module that package.json excludes, and a flow that needs AWS credentials', async () => {
      await folder.write('package.json', '{ "type": "module" }');
      const [module, flow] = await Promise.all([
        folder.init([...args, '--module', 'cjs']),
        folder.init([...args, '--auth-flow', 'ADMIN_USER_PASSWORD_AUTH']),
      ]);
      expect(module).to.include({ code: 2 });
      expect(module.stderr).to.include('package.json has the type "module", so --module must be esm');
      expect(flow.stderr).to.include('--auth-flow ADMIN_USER_PASSWORD_AUTH excludes --app');
      expect(folder.list()).to.deep.equal(['package.json']);
    });

    it('starts and tests the app itself if package.json has scripts of these names', async () => {
      const scripts = { start: 'node shop.js', test: 'mocha' };
      await folder.write('package.json', `\ufeff{\n\t"scripts": ${JSON.stringify(scripts)}\n}\n`);
      const { stdout } = await folder.init(args);
      expect(JSON.parse(folder.read('package.json')).scripts).to.deep.equal(scripts);
      expect(folder.read('package.json')).to.match(/^\{\n\t"scripts"/);
      expect(stdout).to.include(
        'Start the app, and test it:\n  node --env-file=.env server.js\n  node --test app.test.js\n',
      );
    });

    it('refuses ES modules where the scripts of the folder are CommonJS', async () => {
      await folder.write('package.json', '{}');
      await folder.write('old.js', 'module.exports = 1;\n');
      const { code, stderr } = await folder.init([...args, '--module', 'esm']);
      expect(code).to.equal(2);
      expect(stderr).to.include(
        'package.json has no "type", and Node reads the files of the folder as CommonJS, so --module must be cjs',
      );
      expect(folder.list()).to.deep.equal(['old.js', 'package.json']);
    });

    it('keeps a tsconfig.json, and says which options the app needs in it', async () => {
      await folder.write('package.json', '{ "dependencies": {} }');
      await folder.write('tsconfig.json', '{ "compilerOptions": { "module": "commonjs" } }\n');
      const { code, stdout } = await folder.init(args);
      expect(code).to.equal(0);
      expect(folder.read('tsconfig.json')).to.equal('{ "compilerOptions": { "module": "commonjs" } }\n');
      expect(folder.list()).to.include.members(['app.ts', 'server.ts']);
      expect(JSON.parse(folder.read('package.json')).type).to.equal('commonjs');
      expect(stdout).to.include(
        'Kept tsconfig.json. For npm run typecheck, the app needs "noEmit": true and "allowImportingTsExtensions": true in it.',
      );
      expect(stdout).to.match(/rm .*server\.ts app\.test\.ts$/m);
    });

    it('says how to go on if the installation is stopped with Ctrl+C', async () => {
      mkdirSync(join(folder.path, 'bin'));
      const program = '#!/bin/sh\ntouch started\nsleep 1\nexit 1\n';
      writeFileSync(join(folder.path, 'bin/bun'), program, { mode: 0o755 });
      const env = {
        npm_config_user_agent: 'bun/1',
        PATH: `${join(folder.path, 'bin')}:${process.env.PATH}`,
      };
      const { code, stdout } = await folder.init(['--local', '--app', '--yes'], env, (child) => {
        const timer = setInterval(() => {
          if (!folder.has('started')) return;
          clearInterval(timer);
          child.kill('SIGINT');
        }, 20);
        child.once('exit', () => clearInterval(timer));
      });
      expect(code).to.equal(1);
      expect(stdout).to.include('Not installed: express, express-cognito-kit.\n\n  bun install\n');
      expect(stdout).to.include('To undo:');
    });

    it('writes CommonJS beside scripts that package.json gives no type', async () => {
      await folder.write('package.json', '{}');
      await folder.write('old.js', 'module.exports = 1;\n');
      await folder.init(args);
      expect(folder.read('app.js')).to.include("require('express')");
    });
  });

  it('exits with 2 without a terminal and without --yes', async () => {
    const { code, stderr } = await folder.init(['--local']);
    expect(code).to.equal(2);
    expect(stderr).to.include('stdin is no terminal, so init cannot ask; add --yes');
    expect(folder.list()).to.deep.equal([]);
  });

  it('has every option in its help and on the page of its task', async () => {
    const { stdout } = await folder.run(['init', '--help']);
    const { text } = await readPage('docs/init.md');
    const options = [...new Set(stdout.match(/--[a-z-]+/g))].map((option) => option.slice(2));
    expect(options).to.include.members(Object.keys(ANSWER_OPTIONS));
    const own = options.filter((option) => option !== 'help' && !(option in ANSWER_OPTIONS));
    expect(own).to.have.lengthOf(11);
    for (const option of own) expect(text).to.match(new RegExp(`^\\| \`--${option}[ \`]`, 'm'));
  });

  for (const [fault, args, message] of [
    [
      'an unknown transport',
      ['--transport', 'header'],
      '--transport must be bearer or cookies, not "header"',
    ],
    ['an unknown language', ['--language', 'go'], '--language must be ts or js, not "go"'],
    ['a region that is none', ['--region', 'Frankfurt'], '--region must be a region such as eu-central-1'],
    ['--local with --endpoint', ['--local', '--endpoint', 'http://localhost'], 'cannot be used together'],
    ['an endpoint that is no URL', ['--endpoint', "http://a'b"], '--endpoint must be a URL'],
    [
      'an absolute --env',
      ['--env', '/etc/app.env'],
      '--env must be a path in this folder, such as .env.local',
    ],
    ['an --env of another folder', ['--env', 'a/../../b'], '--env must be a path in this folder'],
    ['an empty --env', ['--env='], '--env must be a path in this folder'],
    ['an unknown option', ['--colour'], "Unknown option '--colour'"],
  ] as const)
    it(`refuses ${fault}`, () => {
      expect(() => parseInit(args)).to.throw(UsageError, message);
    });
});
