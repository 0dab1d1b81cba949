import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { CREDENTIALS, InitFolder } from '../support/init-command.ts';
import { isTested, skipWithout } from '../support/installed-programs.ts';

const TERMINAL = fileURLToPath(new URL('../support/terminal.py', import.meta.url));
const PYTHON = process.env.PYTHON ?? 'python3';
const ENTER = '\r';
const run = promisify(execFile);

describe('cognito-kit init in a terminal', () => {
  if (!isTested('REQUIRE_PYTHON')) return;
  let pool: LocalUserPool;
  let folder: InitFolder;

  before(async function () {
    if (spawnSync(PYTHON, ['-c', 'import pty']).status !== 0)
      skipWithout(this, 'REQUIRE_PYTHON', 'no Python with terminals: install it, or set PYTHON');
    pool = await startLocalUserPool({ quiet: true });
  });
  after(() => pool?.close());
  beforeEach(async () => {
    pool.requests.clear();
    folder = await InitFolder.create();
  });
  afterEach(() => folder?.remove());

  async function type(answers: readonly string[], args: readonly string[]) {
    const command = [process.execPath, ...InitFolder.command('init', ...args)];
    const aws = { ...CREDENTIALS, AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: pool.url };
    const { stdout } = await run(PYTHON, [TERMINAL, JSON.stringify(answers), ...command], {
      cwd: folder.path,
      env: folder.environment(aws),
    });
    return JSON.parse(stdout) as { readonly output: string; readonly code: number };
  }

  it('asks, shows the plan, and creates the pool after a yes', async () => {
    const { output, code } = await type([...Array.from({ length: 8 }, () => ENTER), `y${ENTER}`], []);
    expect(code, output).to.equal(0);
    expect(output.indexOf('CreateUserPool {')).to.be.within(0, output.indexOf('Create these (y or N)?'));
    expect(pool.requests.count('CreateUserPool')).to.equal(1);
    const { COGNITO_CLIENT_SECRET = '' } = folder.variables();
    expect(COGNITO_CLIENT_SECRET).to.not.equal('');
    expect(output).to.not.include(COGNITO_CLIENT_SECRET);
  });

  it('creates nothing without a yes', async () => {
    const { output, code } = await type(
      Array.from({ length: 9 }, () => ENTER),
      [],
    );
    expect(code).to.equal(0);
    expect(output).to.include('Nothing was created or written.');
    expect(pool.requests.count()).to.equal(0);
    expect(folder.list()).to.deep.equal([]);
  });

  for (const [place, answers] of [
    ['at a question', [ENTER, '\x03']],
    ['at the last question', [...Array.from({ length: 8 }, () => ENTER), '\x03']],
  ] as const)
    it(`exits with 130 and one line after Ctrl+C ${place}, and leaves nothing behind`, async () => {
      const { output, code } = await type(answers, []);
      expect(code).to.equal(130);
      expect(output.split('\r\n').slice(-2)).to.deep.equal([
        'cognito-kit: cancelled; nothing was created or written',
        '',
      ]);
      expect(pool.requests.count()).to.equal(0);
      expect(folder.list()).to.deep.equal([]);
    });
});
