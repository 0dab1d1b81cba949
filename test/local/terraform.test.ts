import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { hasProgram, isTested, NO_TERRAFORM, skipWithout } from '../support/installed-programs.ts';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('../foreign/terraform/main.tf', import.meta.url));
/** The provider is never downloaded here. */
const { TERRAFORM_PLUGINS } = process.env;

describe('The local user pool with Terraform', () => {
  let pool: LocalUserPool;
  let folder: string;

  before(async () => {
    pool = await startLocalUserPool({ quiet: true });
    folder = await mkdtemp(join(tmpdir(), 'terraform-'));
    await copyFile(SCRIPT, join(folder, 'main.tf'));
  });
  after(async () => {
    await pool.close();
    await rm(folder, { recursive: true });
  });

  /** Returns what Terraform prints. Rejects if it exits with another status than 0. */
  async function terraform(command: string, ...options: string[]): Promise<string> {
    const { stdout } = await run('terraform', [command, '-no-color', '-input=false', ...options], {
      cwd: folder,
      // Neither a file of settings nor a request for a newer version.
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        CHECKPOINT_DISABLE: '1',
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    });
    return stdout;
  }

  if (isTested('REQUIRE_TERRAFORM')) {
    it(
      'finds no change after it has created or changed its resources, and deletes them (cases T1, T2)',
      journey,
    );
  }

  async function journey(this: Mocha.Context): Promise<void> {
    this.timeout(600_000);
    if (TERRAFORM_PLUGINS === undefined || !hasProgram('terraform', 'version'))
      skipWithout(this, 'REQUIRE_TERRAFORM', NO_TERRAFORM);
    await terraform('init', `-plugin-dir=${TERRAFORM_PLUGINS}`);
    const endpoint = ['-var', `endpoint=${pool.url}`];
    for (const [stage, changes] of [
      ['one', '9 added, 0 changed, 0 destroyed'],
      ['two', '0 added, 5 changed, 0 destroyed'],
    ] as const) {
      const variables = [...endpoint, '-var', `stage=${stage}`];
      expect(await terraform('apply', '-auto-approve', ...variables)).to.include(changes);
      // Exits with 2 if there is a change.
      expect(await terraform('plan', '-detailed-exitcode', ...variables)).to.include('No changes.');
    }
    expect(await terraform('destroy', '-auto-approve', ...endpoint)).to.include('9 destroyed');
  }
});
