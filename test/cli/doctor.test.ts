import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { Diagnosis } from '../../src/doctor/diagnose.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const CLI = join(ROOT, 'src/cli/cognito-kit.ts');
const run = promisify(execFile);

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe('cognito-kit doctor command', () => {
  let pool: LocalUserPool;
  let folder: string;

  before(async () => {
    pool = await startLocalUserPool({ quiet: true, appClient: { GenerateSecret: true } });
    await mkdir(join(ROOT, '.tmp'), { recursive: true });
    folder = await mkdtemp(join(ROOT, '.tmp/doctor-'));
    const { userPoolId, clientId, clientSecret, endpoint } = pool.config;
    const lines = [
      `COGNITO_USER_POOL_ID="${userPoolId}" # quoted, with a comment`,
      `COGNITO_CLIENT_ID=${clientId}`,
      `COGNITO_CLIENT_SECRET=${clientSecret}`,
      `COGNITO_ENDPOINT=${endpoint}`,
    ];
    await writeFile(join(folder, '.env'), lines.join('\n'));
    await writeFile(
      join(folder, 'config.mjs'),
      "console.log('loaded');\nconsole.info('too');\nexport const config = { signInWith: 'username' };\nexport const app = { get: () => true };\nsetInterval(() => {}, 1e6);\n",
    );
    await writeFile(join(folder, 'empty.cjs'), 'module.exports = 7;\n');
  });

  after(async () => {
    await rm(folder, { recursive: true, force: true });
    await pool.close();
  });

  async function doctor(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const command = ['--import', join(ROOT, 'node_modules/tsx/dist/loader.mjs'), CLI, 'doctor', ...args];
    const own = { PATH: process.env.PATH, HOME: folder, AWS_EC2_METADATA_DISABLED: 'true', ...env };
    return run(process.execPath, command, { cwd: folder, env: own }).then(
      (ended) => ({ code: 0, ...ended }),
      (ended: Ended) => ended,
    );
  }

  const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

  it('reads .env, and a pool on this machine without AWS credentials, and prints JSON without the secret', async () => {
    const { code, stdout } = await doctor(['--json']);
    const diagnosis = JSON.parse(stdout) as Diagnosis;
    expect(Object.keys(diagnosis)).to.deep.equal([
      'version',
      'userPoolId',
      'clientId',
      'findings',
      'accepted',
      'notChecked',
    ]);
    expect(diagnosis.userPoolId).to.equal(pool.config.userPoolId);
    expect(diagnosis.findings.filter(({ severity }) => severity === 'error')).to.deep.equal([]);
    expect(diagnosis.findings.map(({ id }) => id)).to.include('pool-deletion-protection');
    expect(diagnosis.notChecked).to.deep.equal([]);
    expect(stdout).to.not.include(pool.config.clientSecret);
    expect(code).to.equal(0);
  });

  it('exits with 1 for an error, reads the module of --config and ends although it holds a timer', async () => {
    const { code, stdout } = await doctor(['--config', 'config.mjs'], CREDENTIALS);
    expect(stdout).to.match(/^error {4}pool-sign-in-names$/m);
    expect(stdout).to.match(/^error {4}env-trust-proxy$/m);
    expect(stdout).to.include('command  aws cognito-idp update-user-pool --region us-east-1');
    expect(stdout).to.not.include(pool.config.clientSecret);
    expect(stdout).to.not.include('\u001b');
    expect(code).to.equal(1);
  });

  it('prints the report alone to stdout, even if the module of --config prints', async () => {
    const { stdout, stderr } = await doctor(['--config', 'config.mjs', '--json']);
    expect(JSON.parse(stdout)).to.include({ version: 1 });
    expect(stderr).to.include('loaded\ntoo\n');
  });

  it('exits with 1 for a warning if --fail-on says so', async () => {
    const { code, stdout } = await doctor(['--fail-on', 'warning'], CREDENTIALS);
    expect(stdout).to.include('pool-deletion-protection');
    expect(code).to.equal(1);
  });

  it('finds a file of variables that Git would commit, or has committed, and none that it ignores', async () => {
    const git = (...args: string[]) => run('git', ['-C', folder, ...args]);
    const isFound = async () => (await doctor(['--json'])).stdout.includes('env-file-exposed');
    await git('init', '--quiet');
    expect(await isFound(), 'no .gitignore').to.equal(true);
    await writeFile(join(folder, '.gitignore'), '.env.*\n.e?v\n');
    expect(await isFound(), 'a pattern').to.equal(false);
    await writeFile(join(folder, '.gitignore'), '.env\n!.env\n');
    expect(await isFound(), 'a pattern that a later line undoes').to.equal(true);
    await writeFile(join(folder, '.gitignore'), '.env\n');
    expect(await isFound(), 'its name').to.equal(false);
    await git('add', '--force', '.env');
    expect(await isFound(), 'a committed file').to.equal(true);
    await rm(join(folder, '.git'), { recursive: true });
    expect(await isFound(), 'no repository').to.equal(false);
  });

  it('reads the file of --env, and refuses one that is missing', async () => {
    await writeFile(join(folder, 'other.env'), 'COGNITO_USER_POOL_ID=no-pool\n');
    const [other, missing] = await Promise.all([
      doctor(['--env', 'other.env', '--json']),
      doctor(['--env', 'missing.env']),
    ]);
    expect((JSON.parse(other.stdout) as Diagnosis).userPoolId).to.equal('no-pool');
    expect(missing.code).to.equal(2);
    expect(missing.stderr).to.include('cognito-kit: --env names missing.env, which does not exist');
  });

  it('exits with 2 for an unknown severity, and with 1 and a reason for a module without options', async () => {
    const [usage, empty, missing] = await Promise.all([
      doctor(['--fail-on', 'fatal']),
      doctor(['--config', 'empty.cjs']),
      doctor(['--config', 'missing.mjs']),
    ]);
    expect(usage.code).to.equal(2);
    expect(usage.stderr).to.include('See "cognito-kit doctor --help".');
    expect(empty).to.include({ code: 1 });
    expect(empty.stderr).to.include('exports no options; write export const config');
    expect(missing.stderr).to.include('missing.mjs cannot be loaded: Cannot find module');
  });
});
