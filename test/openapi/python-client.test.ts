import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import express from 'express';
import { ENDPOINTS } from '../../src/endpoints/table.ts';
import { startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { startKit } from '../support/helpers.ts';
import {
  isTested,
  NO_OPENAPI_PYTHON_CLIENT,
  pythonWith,
  skipWithout,
} from '../support/installed-programs.ts';

const run = promisify(execFile);
const JOURNEY = fileURLToPath(new URL('python_client_journey.py', import.meta.url));

describe('A client of openapi-python-client', () => {
  let folder: string | undefined;

  after(async () => {
    if (folder) await rm(folder, { recursive: true });
  });

  if (isTested('REQUIRE_PYTHON')) {
    it('has every endpoint, and signs up, signs in and calls a protected endpoint', journey).timeout(60_000);
  }

  async function journey(this: Mocha.Context): Promise<void> {
    const python =
      pythonWith('openapi_python_client') ?? skipWithout(this, 'REQUIRE_PYTHON', NO_OPENAPI_PYTHON_CLIENT);
    folder = await mkdtemp(join(tmpdir(), 'python-client-'));
    const pool = await startLocalUserPool({ quiet: true });
    const kit = await startKit({
      pool,
      app: (auth) =>
        express()
          .use('/auth', auth)
          .get('/code', async (_req, res) => {
            res.send((await pool.inbox.waitFor({ kind: 'sign_up' })).code);
          }),
    });
    const document = join(folder, 'openapi.json');
    await writeFile(document, (await kit.get('/openapi.json')).text);
    const target = join(folder, 'auth_api');
    const generate = ['-m', 'openapi_python_client', 'generate', '--meta', 'none', '--path', document];
    const { stdout, stderr } = await run(python, [...generate, '--output-path', target], { cwd: folder });
    expect(stdout + stderr)
      .to.not.include('will not be generated')
      .and.not.include('Unable to process');
    const listed = `import pathlib; print(len([f for f in pathlib.Path('auth_api/api').glob('*/*.py') if f.name != '__init__.py']))`;
    const modules = await run(python, ['-c', listed], { cwd: folder });
    expect(Number(modules.stdout)).to.equal(ENDPOINTS.length);
    const journeyed = await run(python, [JOURNEY, folder, `${kit.url}/auth`, `${kit.url}/code`]);
    expect(journeyed.stdout.trim()).to.equal('the journey is over');
  }
});
