import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { startLocalUserPool } from '../../src/local/local-user-pool.ts';

const run = promisify(execFile);
const JOURNEY = fileURLToPath(new URL('../foreign/pycognito_journey.py', import.meta.url));
const PYTHON = process.env.PYTHON ?? 'python3';
const MISSING = 'no Python with pycognito: install both, or set PYTHON to a Python that has it';

describe('The local user pool with pycognito', () => {
  // In CI, a skip is a failure, and the clients that the machine does not have are left out.
  if (process.env.CI !== 'true' || process.env.REQUIRE_PYTHON === '1') {
    it('passes the journey of an app client with and without a secret', journey);
  }

  async function journey(this: Mocha.Context): Promise<void> {
    if (spawnSync(PYTHON, ['-c', 'import pycognito']).status !== 0) {
      if (process.env.REQUIRE_PYTHON === '1') throw new Error(MISSING);
      console.warn(`      skipped: ${MISSING}`);
      return this.skip();
    }
    const pool = await startLocalUserPool({ quiet: true });
    try {
      const env = {
        PATH: process.env.PATH,
        HOME: '/nonexistent',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_CONFIG_FILE: '/nonexistent',
        AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      };
      const { stdout } = await run(PYTHON, [JOURNEY, pool.url], { env });
      expect(stdout.match(/^passed: public: /gm)).to.have.lengthOf(7);
      expect(stdout.match(/^passed: confidential: /gm)).to.have.lengthOf(7);
    } finally {
      await pool.close();
    }
  }
});
