import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { local } from '../../src/cli/local.ts';
import { exportLocal } from '../../src/cli/local-export.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { ROOT } from '../support/documentation.ts';
import { closeAll, sdkFor, startLocal } from '../support/local-sdk.ts';

const CLI = new URL('../../src/cli/cognito-kit.ts', import.meta.url).pathname;
const ADA = 'ada@example.com';
const YAML = `
pools:
  - users:
      - username: ${ADA}
        password: correct-Horse-7-battery
    appClients:
      - clientId: web
        settings: { CallbackURLs: [http://localhost:3000/callback] }
      - clientId: api
        clientSecret: a-fixed-secret-of-24-characters
  - userPoolId: eu-west-1_Staff
`;

describe('cognito-kit local --seed', () => {
  let folder: string;
  let child: ChildProcess | undefined;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cli-seed-'));
    await writeFile(at('pool.yaml'), YAML);
    await writeFile(at('pool.json'), '{ "pools": [{ "users": [{ "username": "ada" }] }] }');
  });
  after(() => rm(folder, { recursive: true }));
  afterEach(async () => {
    child?.kill('SIGKILL');
    await closeAll();
  });

  function at(name: string): string {
    return join(folder, name);
  }

  function linesOf(...args: string[]): AsyncIterator<string> {
    child = spawn(process.execPath, ['--import', 'tsx', CLI, 'local', '--port', '0', ...args]);
    if (!child.stdout) throw new Error('stdout is piped');
    return createInterface(child.stdout)[Symbol.asyncIterator]();
  }

  /** The kind of the error decides on the exit code. */
  async function outcomeOf(run: Promise<void>): Promise<string> {
    return run.then(
      () => 'ended',
      (error: Error) => `${error instanceof UsageError ? 2 : 1} ${error.message}`,
    );
  }

  it('starts the pools of a YAML file, and applies other options to the first one', async () => {
    const lines = linesOf(
      ...['--json', '--seed', at('pool.yaml'), '--user', 'bob@example.com:correct-Horse-8-battery'],
      ...['--callback-url', 'http://localhost:4000/callback'],
    );
    const { configs, ...config } = JSON.parse((await lines.next()).value);
    const { endpoint } = config;
    expect(config).to.include({ userPoolId: 'us-east-1_LocalPool', clientId: 'web' });
    expect(configs).to.deep.equal([
      { userPoolId: 'us-east-1_LocalPool', clientId: 'web', endpoint },
      {
        userPoolId: 'us-east-1_LocalPool',
        clientId: 'api',
        clientSecret: 'a-fixed-secret-of-24-characters',
        endpoint,
      },
      { userPoolId: 'eu-west-1_Staff', clientId: 'localclient3', endpoint },
    ]);
    const sdk = sdkFor(endpoint);
    for (const [USERNAME, PASSWORD] of [
      [ADA, 'correct-Horse-7-battery'],
      ['bob@example.com', 'correct-Horse-8-battery'],
    ] as const) {
      const { AuthenticationResult } = await sdk.initiateAuth({
        ClientId: 'web',
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME, PASSWORD },
      });
      expect(AuthenticationResult).to.have.property('AccessToken');
    }
    const UserPoolId = 'us-east-1_LocalPool';
    const { UserPoolClient } = await sdk.describeUserPoolClient({ UserPoolId, ClientId: 'web' });
    expect(UserPoolClient?.CallbackURLs).to.deep.equal([
      'http://localhost:3000/callback',
      'http://localhost:4000/callback',
    ]);
    sdk.destroy();
  });

  it('prints the ids of all pools and app clients with their secrets, and adds what a state file lacks', async () => {
    const state = at('pool.state');
    const { pool } = await startLocal({ state, userPoolId: 'us-east-1_LocalPool', clientId: 'old' });
    await pool.close();
    const lines = linesOf('--seed', at('pool.yaml'), '--state', state);
    const text: string[] = [];
    for (let line = ''; !line.startsWith('Codes are printed'); text.push(line))
      line = (await lines.next()).value;
    expect(text.join('\n')).to.include(
      `Pools that ${state} had stay as they were; the seed adds the others.\nUser pools and app clients:\n` +
        'us-east-1_LocalPool\n  old\neu-west-1_Staff\n  localclient3\n',
    );
  });

  for (const [fault, args, message] of [
    ['a missing file', ['missing.yaml'], /^2 --seed cannot be read: ENOENT/],
    [
      'a file of another kind',
      ['pool.txt'],
      /^2 --seed cannot be read: .* must end in \.yaml, \.yml or \.json/,
    ],
    [
      'a copy of a pool',
      ['pool.yaml', '--like', 'us-east-1_A'],
      /^2 --seed and --like cannot be used together/,
    ],
    ['an app client that it lacks', ['pool.yaml', '--client-id', 'app'], /^1 .*clientId is "app".*web, api/],
    ['a user whom Cognito refuses', ['pool.json'], /^1 .*seed\.pools\[0\]\.users\[0\] is refused with/],
    ['a damaged file', ['damaged.json'], /^1 The seed file .*damaged\.json is not valid JSON/],
  ] as const) {
    it(`is refused with ${fault}`, async () => {
      await writeFile(at('damaged.json'), '{');
      const [file, ...rest] = args;
      expect(await outcomeOf(local(['--port', '0', '--seed', at(file), ...rest]))).to.match(message);
    });
  }

  it('needs the package yaml for YAML only', async () => {
    const args = [
      '--import',
      'tsx',
      '--import',
      './test/support/without-yaml.js',
      CLI,
      'local',
      '--port',
      '0',
      '--seed',
    ];
    const run = promisify(execFile);
    const [yaml, json] = await Promise.all(
      ['pool.yaml', 'pool.json'].map((file) =>
        // Newer Nodes warn of the way in which the package is hidden.
        run(process.execPath, ['--no-warnings', ...args, at(file)], { cwd: ROOT }).catch((error) => error),
      ),
    );
    expect([yaml.code, yaml.stderr]).to.deep.equal([
      1,
      'cognito-kit: A seed in YAML needs the package yaml: npm install --save-dev yaml. A seed in JSON needs no package.\n',
    ]);
    expect(json.stderr).to.include('Username should be an email');
  });

  describe('and cognito-kit local export', () => {
    it('write a file from a running pool and from a state file, which only its owner can read', async () => {
      const state = at('exported.state');
      const { pool } = await startLocal({ state, seed: at('pool.yaml') });
      await exportLocal(['--endpoint', pool.url, '--output', at('out.yaml'), '--with-secrets']);
      const output = at('out.json');
      await exportLocal(['--state', state, '--output', output]);
      const yaml = await readFile(at('out.yaml'), 'utf8');
      expect(yaml)
        .to.match(/^# .*--seed/)
        .and.include('clientSecret: a-fixed-secret-of-24-characters');
      expect(yaml).to.include(
        '# Passwords, authenticator secrets and secrets of identity providers are not part',
      );
      const json = JSON.parse(await readFile(output, 'utf8'));
      expect(json).to.deep.equal(await pool.exportSeed());
      const again = await startLocal({ seed: at('out.yaml') });
      expect(await again.pool.exportSeed()).to.deep.equal(json);

      for (const file of ['out.yaml', 'out.json'])
        expect((await stat(at(file))).mode & 0o777).to.equal(0o600);
      expect(await outcomeOf(exportLocal(['--state', state, '--output', output]))).to.match(
        /^2 --output .*out\.json exists; add --force to replace it/,
      );
      await chmod(output, 0o644);
      await exportLocal(['--state', state, '--output', output, '--force', '--with-secrets']);
      expect(JSON.parse(await readFile(output, 'utf8'))).to.deep.equal(
        await pool.exportSeed({ withSecrets: true }),
      );
      expect((await stat(output)).mode & 0o777).to.equal(0o600);
    });

    for (const [fault, args, message] of [
      ['both sources', ['--state', 'pool.yaml', '--endpoint', 'http://x'], /^2 --state and --endpoint/],
      ['a missing state file', ['--state', 'missing.state'], /^2 --state .*missing\.state does not exist/],
      ['a file that is no state', ['--state', 'pool.yaml'], /^1 .*pool\.yaml is not a state file/],
      ['an address that is no URL', ['--endpoint', 'localhost'], /^2 --endpoint must be a URL/],
      [
        'an address without a pool',
        ['--endpoint', 'http://127.0.0.1:1'],
        /^1 no local user pool answers at http:\/\/127\.0\.0\.1:1 \(/,
      ],
      ['an unknown format', ['--format', 'toml'], /^2 --format must be json or yaml, not "toml"/],
      ['an output of another kind', ['--output', 'pool.txt'], /^2 --output must end in/],
      [
        'a format that does not fit',
        ['--format', 'json', '--output', 'a.yaml'],
        /^2 --format json does not fit/,
      ],
      ['an unknown option', ['--colour'], /^2 Unknown option '--colour'/],
    ] as const) {
      it(`refuse ${fault}`, async () => {
        const inFolder = args.map((arg) => (/^[a-z]+\.[a-z]+$/.test(arg) ? at(arg) : arg));
        expect(await outcomeOf(exportLocal(inFolder))).to.match(message);
      });
    }

    it('refuse a pool without control', async () => {
      const { pool } = await startLocal({ control: false });
      expect(await outcomeOf(exportLocal(['--endpoint', pool.url]))).to.match(
        /^1 .* refused the export with status 404: it has no \/_kit\/seed; do not start it with --no-control/,
      );
    });
  });
});
