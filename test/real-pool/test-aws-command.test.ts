import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { closeAll, type Local, startLocal } from '../support/local-sdk.ts';
import { PREFIX } from './contract-pool.ts';
import { FACTS } from './facts/table.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Run {
  readonly code: number;
  readonly output: string;
}

describe('npm run test:aws', () => {
  let local: Local;
  before(async () => {
    local = await startLocal();
  });
  after(closeAll);

  function run(environment: Record<string, string>, ...args: readonly string[]): Promise<Run> {
    const { PATH = '' } = process.env;
    const env = {
      PATH,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL: local.pool.url,
      ...environment,
    };
    return new Promise((resolve) => {
      const command = ['--import', 'tsx', 'scripts/test-aws.ts', ...args];
      execFile(process.execPath, command, { cwd: ROOT, env }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
      });
    });
  }

  async function poolNames(): Promise<string[]> {
    const { UserPools = [] } = await local.sdk.listUserPools({ MaxResults: 60 });
    return UserPools.map(({ Name = '' }) => Name).filter((name) => name.startsWith(PREFIX));
  }

  it('prints the region and calls nothing without COGNITO_TEST_AWS=yes', async () => {
    const calls = local.pool.requests.list().length;
    const { code, output } = await run({ AWS_REGION: 'eu-west-1' });
    expect(code).to.equal(2);
    expect(output).to.include('Region:    eu-west-1').and.include('Nothing was called.');
    expect(local.pool.requests.list().length).to.equal(calls);
  });

  it('refuses to guess a region', async () => {
    const { code, output } = await run({ COGNITO_TEST_AWS: 'yes' });
    expect(code).to.equal(2);
    expect(output).to.include('No region');
  });

  it('tells the cost, checks every fact and leaves nothing behind', async () => {
    const { code, output } = await run({ AWS_REGION: 'us-east-1', COGNITO_TEST_AWS: 'yes' });
    expect(output).to.include('https://aws.amazon.com/cognito/pricing/');
    expect(output).to.include(`${FACTS.length} facts hold, 0 differ.`);
    expect(code).to.equal(0);
    expect(await poolNames()).to.deep.equal([]);
  });

  it('ends with 1 and prints a block for each difference, and cleans up after it', async () => {
    local.pool.faults.inject({ kind: 'throttle', on: 'GetUser', times: 1 });
    const { code, output } = await run({ AWS_REGION: 'us-east-1' }, '--yes', '--fact', 'get-user/members');
    expect(code).to.equal(1);
    expect(output).to.include('fact:      get-user/members').and.include('0 facts hold, 1 differ.');
    expect(await poolNames()).to.deep.equal([]);
  });

  it('keeps pools younger than an hour with --clean', async () => {
    await local.sdk.createUserPool({ PoolName: `${PREFIX}young` });
    const { code, output } = await run({ AWS_REGION: 'us-east-1' }, '--yes', '--clean');
    expect(output).to.include('There are no leftovers older than an hour.');
    expect(code).to.equal(0);
    expect(await poolNames()).to.deep.equal([`${PREFIX}young`]);
  });
});
