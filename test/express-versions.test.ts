import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import express from 'express';
import { expectProblem, expectStatus, startKit } from './support/helpers.ts';

const ROOT = new URL('../', import.meta.url);

/** Tests of behaviour that depends on Express. */
const SPECS = [
  'express-versions',
  'pipeline/form-body',
  'pipeline/request-body',
  'pipeline/hooks',
  'pipeline/proxy-warning',
  'pipeline/hostile-input',
  'pipeline/methods',
];

const LIMIT_MS = 240_000;

const major = process.env.EXPRESS_MAJOR ?? '5';

describe(`Express ${major}`, () => {
  it('is the loaded version', () => {
    // Express 5 removed app.del().
    expect('del' in express.application).to.equal(major === '4');
  });

  it('mounts the router, protects routes with it, and serves sign-up, refresh and sign-out', async () => {
    const kit = await startKit({
      app: (auth) =>
        express()
          .use('/auth', auth)
          .get('/reports', auth.requireAuth(), (_req, res) => void res.json({ ok: true })),
    });
    expect((await kit.request.get('/reports')).status).to.equal(401);
    const { tokens } = await kit.signUpAndIn();
    const reports = kit.request.get('/reports').set('Authorization', `Bearer ${tokens.accessToken}`);
    expectStatus(await reports, 200);
    expectStatus(await kit.get('/me', tokens.accessToken), 200);
    expectStatus(await kit.post('/refresh', { refreshToken: tokens.refreshToken }), 200);
    expectStatus(await kit.post('/sign-out', { refreshToken: tokens.refreshToken }), 200);
    expectProblem(await kit.post('/refresh', { refreshToken: tokens.refreshToken }), 'invalid_refresh_token');
  });

  if (major === '5') {
    it('can be replaced by Express 4, with which the same tests pass', async function () {
      this.timeout(LIMIT_MS);
      const loaders = ['tsx', './test/support/with-express-4.ts'].flatMap((loader) => ['--import', loader]);
      const files = SPECS.map((name) => `test/${name}.test.ts`);
      const child = spawn(
        process.execPath,
        [
          ...loaders,
          'node_modules/mocha/bin/mocha.js',
          '--no-config',
          ...files,
          '--reporter',
          'dot',
          '--timeout',
          '60000',
        ],
        {
          cwd: ROOT,
          timeout: LIMIT_MS,
          env: { ...process.env, EXPRESS_MAJOR: '4', FUZZ_MS: '500' },
        },
      );
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      }
      const [status] = (await once(child, 'exit')) as [number];
      expect(status, output).to.equal(0);
      expect(output).to.match(/[56]\d\d passing/);
    });
  }
});
