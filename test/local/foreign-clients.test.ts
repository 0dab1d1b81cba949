import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import {
  goProgram,
  isTested,
  NO_BOTO3,
  NO_GO,
  pythonWith,
  skipWithout,
} from '../support/installed-programs.ts';

const run = promisify(execFile);
const FOLDER = fileURLToPath(new URL('../foreign/', import.meta.url));

/** Neither client may find the settings of a developer, nor ask AWS for credentials. */
const ENV = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/nonexistent',
  AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
};

describe('The local user pool with a client of another language', () => {
  let pool: LocalUserPool;
  let folder: string;

  before(async () => {
    pool = await startLocalUserPool({ quiet: true });
    folder = await mkdtemp(join(tmpdir(), 'foreign-'));
  });
  after(async () => {
    await pool.close();
    await rm(folder, { recursive: true });
  });

  const stepsIn = (output: string): string[] => output.match(/^passed: .+$/gm) ?? [];

  if (isTested('REQUIRE_PYTHON')) it('passes the journey of boto3 and pycognito', viaPython);
  if (isTested('REQUIRE_GO')) it('passes the journey of aws-sdk-go-v2', viaGo);

  async function viaPython(this: Mocha.Context): Promise<void> {
    const python = pythonWith('boto3') ?? skipWithout(this, 'REQUIRE_PYTHON', NO_BOTO3);
    const { stdout } = await run(python, [join(FOLDER, 'boto3_journey.py'), pool.url], { env: ENV });
    if (process.env.REQUIRE_PYTHON === '1') expect(stdout).to.not.include('skipped');
    else if (stdout.includes('skipped')) console.warn(`      ${/skipped.*/.exec(stdout)?.[0]}`);
    expect(stepsIn(stdout)).to.have.length.greaterThan(8).and.include('passed: sign out and delete');
  }

  async function viaGo(this: Mocha.Context): Promise<void> {
    const program = join(folder, 'journey');
    if (!goProgram(join(FOLDER, 'go'), program)) skipWithout(this, 'REQUIRE_GO', NO_GO);
    const { stdout } = await run(program, [pool.url], { env: ENV });
    expect(stepsIn(stdout)).to.have.length.greaterThan(5).and.include('passed: delete');
  }
});
