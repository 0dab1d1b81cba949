import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import express from 'express';
import supertest from 'supertest';
import { parseConfig } from '../../src/config/settings.ts';
import { createDocsPage } from '../../src/pipeline/docs-page.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { expectStatus } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const POOL = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'client1234567890', logger: false } as const;

function requestTo(config: object): ReturnType<typeof supertest> {
  return supertest(express().use('/auth', createCognitoRouter({ ...POOL, ...config })));
}

describe('The docs page', () => {
  const request = requestTo({ docs: true });

  it('is not served by default', async () => {
    const { status } = await requestTo({}).get('/auth/docs/');
    expect(status).to.equal(404);
  });

  it('has the same path with a slash at its end, by a relative redirect', async () => {
    const { headers } = expectStatus(await request.get('/auth/docs'), 303);
    expect(headers).to.include({ location: 'docs/', 'cache-control': 'no-store' });
    expectStatus(
      await requestTo({ docs: '/about/api' }).get('/auth/about/api').expect('Location', 'api/'),
      303,
    );
  });

  it('allows no inline script, no other host and no frame, and says nothing of the configuration', async () => {
    const { headers, text } = expectStatus(await request.get('/auth/docs/'), 200);
    expect(headers).to.include({ 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff' });
    expect(headers['content-security-policy'])
      .to.include("default-src 'none'; script-src 'self'; style-src 'self'")
      .and.include("frame-ancestors 'none'")
      .and.not.match(/unsafe|https?:/);
    expect(text).to.not.match(/<style|style=|<script>| on\w+=|us-east|client1234/);
  });

  it('has files with an ETag, which are compressed', async () => {
    const path = '/auth/docs/swagger-ui-bundle.js';
    const { headers } = expectStatus(await request.get(path).set('Accept-Encoding', 'gzip'), 200);
    expect(headers).to.include({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'no-cache',
      'content-encoding': 'gzip',
    });
    expectStatus(await request.get(path).set('If-None-Match', headers.etag ?? ''), 304);
    for (const name of ['swagger-ui.css', 'page.css', 'page.js']) {
      expectStatus(await request.get(`/auth/docs/${name}`), 200);
    }
    for (const name of ['package.json', 'swagger-ui.css/', 'Swagger-UI.css']) {
      expectStatus(await request.get(`/auth/docs/${name}`), 404);
    }
    expectStatus(await request.get('/auth/docs/..%2Fpackage.json'), 404);
  });

  it('follows the path of the OpenAPI document, from a path of its own', async () => {
    const renamed = requestTo({ docs: '/about/api', routes: { openapi: '/about/openapi.json' } });
    const { text } = expectStatus(await renamed.get('/auth/about/api/'), 200);
    expect(text).to.include('data-base="../.." data-document="../../about/openapi.json"');
  });

  it('takes precedence over a path with a parameter', async () => {
    expectStatus(await requestTo({ docs: '/devices/docs' }).get('/auth/devices/docs/'), 200);
  });

  it('is refused at a path of an endpoint, without the OpenAPI document, and at a malformed path', () => {
    const create = (config: object) => () => createCognitoRouter({ ...POOL, ...config });
    expect(create({ docs: '/Me' })).to.throw(TypeError, 'docs is "/Me", where getMe is already');
    expect(create({ docs: true, routes: { openapi: false } })).to.throw(TypeError, 'leave one of them out');
    for (const docs of ['docs', '/docs/', '/:id', '/a/../b', '', 1, null, {}]) {
      expect(create({ docs }), String(docs)).to.throw(TypeError, 'write true, false or a path');
    }
  });

  it('can be protected with cookies by a middleware before the router', async () => {
    const auth = createCognitoRouter({ ...POOL, docs: true, transport: 'cookie' });
    const app = express().use('/auth/docs', auth.requireAuth()).use('/auth', auth);
    for (const path of ['/auth/docs', '/auth/docs/', '/auth/docs/page.js']) {
      expectStatus(await supertest(app).get(path), 401);
    }
  });

  it('is a warning at the start in production, and not elsewhere', () => {
    const log = captureLog();
    const settings = parseConfig({ ...POOL, docs: true });
    createDocsPage(settings, log.logger, { NODE_ENV: 'test' });
    expect(log.lines()).to.deep.equal([]);
    createDocsPage(settings, log.logger, { NODE_ENV: 'production' });
    expect(log.lines()).to.have.length(1);
    expect(log.lines()[0]).to.include({ code: 'docs_in_production', level: 40 });
    createDocsPage(parseConfig(POOL), log.logger, { NODE_ENV: 'production' });
    expect(log.lines()).to.have.length(1);
  });

  it('is 500 with a hint in the log, and fails ready(), if swagger-ui-dist is missing', () => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [
        '--import',
        'tsx',
        '--import',
        './test/support/without-swagger-ui.js',
        'test/openapi/docs-page-without-package.ts',
      ],
      { encoding: 'utf8' },
    );
    expect(stdout.trim(), stderr).to.equal(
      [
        '500 server_misconfigured',
        'the option docs needs the package swagger-ui-dist 5: install it beside express-cognito-kit. See docs/openapi.md#a-page-to-try-the-api',
        'not ready',
      ].join('\n'),
    );
  });
});
