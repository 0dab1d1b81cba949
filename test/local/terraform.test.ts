import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { isTested } from '../support/installed-programs.ts';
import { terraformFolder } from '../support/terraform.ts';

const SCRIPT = fileURLToPath(new URL('../foreign/terraform/main.tf', import.meta.url));

describe('The local user pool with Terraform', () => {
  let pool: LocalUserPool;

  before(async () => {
    pool = await startLocalUserPool({ quiet: true });
  });
  after(async () => {
    await pool.close();
  });

  if (isTested('REQUIRE_TERRAFORM')) {
    it(
      'finds no change after it has created or changed its resources, and deletes them (cases T1, T2)',
      journey,
    );
  }

  async function journey(this: Mocha.Context): Promise<void> {
    this.timeout(600_000);
    const folder = await terraformFolder(this);
    try {
      await copyFile(SCRIPT, join(folder.path, 'main.tf'));
      await folder.init();
      const endpoint = ['-var', `endpoint=${pool.url}`];
      for (const [stage, changes] of [
        ['one', '9 added, 0 changed, 0 destroyed'],
        ['two', '0 added, 5 changed, 0 destroyed'],
      ] as const) {
        const variables = [...endpoint, '-var', `stage=${stage}`];
        expect(await folder.terraform('apply', '-auto-approve', ...variables)).to.include(changes);
        // Exits with 2 if there is a change.
        expect(await folder.terraform('plan', '-detailed-exitcode', ...variables)).to.include('No changes.');
      }
      expect(await folder.terraform('destroy', '-auto-approve', ...endpoint)).to.include('9 destroyed');
    } finally {
      await folder.remove();
    }
  }
});
