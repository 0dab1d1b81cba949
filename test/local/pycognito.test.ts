import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { isTested, NO_PYCOGNITO, pythonWith, skipWithout } from '../support/installed-programs.ts';

const run = promisify(execFile);
const JOURNEY = fileURLToPath(new URL('../foreign/pycognito_journey.py', import.meta.url));

describe('The local user pool with pycognito', () => {
  if (isTested('REQUIRE_PYTHON')) {
    it('passes the journey of an app client with and without a secret', journey);
  }

  async function journey(this: Mocha.Context): Promise<void> {
    const python = pythonWith('pycognito') ?? skipWithout(this, 'REQUIRE_PYTHON', NO_PYCOGNITO);
    const pool = await startLocalUserPool({ quiet: true });
    try {
      const env = {
        PATH: process.env.PATH,
        HOME: '/nonexistent',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_CONFIG_FILE: '/nonexistent',
        AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      };
      const { stdout } = await run(python, [JOURNEY, pool.url], { env });
      expect(stdout.match(/^passed: public: /gm)).to.have.lengthOf(7);
      expect(stdout.match(/^passed: confidential: /gm)).to.have.lengthOf(7);
    } finally {
      await pool.close();
    }
  }
});
