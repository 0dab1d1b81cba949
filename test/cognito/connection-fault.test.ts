import { expect } from 'chai';
import express from 'express';
import supertest from 'supertest';
import { upstreamFault } from '../../src/cognito/classify-error.ts';
import type { Config } from '../../src/config/options.ts';
import { requireAuth } from '../../src/require-auth.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { createTestIssuer, type TestIssuer } from '../../src/testing/index.ts';
import { UNREACHABLE } from '../support/free-port.ts';
import { expectProblem } from '../support/helpers.ts';
import { JwksServer } from '../support/jwks-server.ts';
import { captureLog } from '../support/log-capture.ts';

const log = captureLog();
const hints = () => log.lines().flatMap(({ hint }) => hint ?? []);

const failed = (code: string, more: object = {}) => Object.assign(new Error(code), { code, ...more });

describe('The log hint of a connection to Cognito that fails', () => {
  for (const [error, words] of [
    [
      failed('ENOTFOUND', { hostname: 'cognito-idp.us-esat-1.amazonaws.com' }),
      'cognito-idp.us-esat-1.amazonaws.com is unavailable (ENOTFOUND): its name does not resolve: check the region',
    ],
    [
      failed('ECONNREFUSED', { address: '127.0.0.1', port: 9229 }),
      '127.0.0.1:9229 is unavailable (ECONNREFUSED): nothing listens there: start the local user pool',
    ],
    [
      { errors: [failed('ECONNREFUSED', { address: '::1', port: 9229 })] },
      '[::1]:9229 is unavailable (ECONNREFUSED)',
    ],
    [
      failed('SELF_SIGNED_CERT_IN_CHAIN'),
      'the connection to idp.example.com failed (SELF_SIGNED_CERT_IN_CHAIN): its certificate is not trusted',
    ],
    [failed('EHOSTUNREACH', { address: 'a b' }), 'idp.example.com is unavailable (EHOSTUNREACH): check'],
    [Object.assign(new Error('late'), { name: 'TimeoutError' }), 'idp.example.com is unavailable: check'],
    [failed('ETIMEDOUT'), 'idp.example.com did not respond in time (ETIMEDOUT)'],
    [new SyntaxError('<html>'), 'the response of idp.example.com does not come from Cognito'],
  ] as const) {
    it(`names the host, the error and what to check: "${words}" (case A7)`, () => {
      expect(upstreamFault(error, 'InitiateAuth', 'idp.example.com').hint).to.include(words);
    });
  }

  it('names the host of the option endpoint after a refused connection', async () => {
    log.clear();
    const issuer = await createTestIssuer();
    const auth = createCognitoRouter({ ...issuer.config, endpoint: UNREACHABLE, logger: log.logger });
    const app = supertest(express().use('/auth', auth));
    const body = { email: 'ada@example.com', password: 'Correct-horse-7' };
    expectProblem(await app.post('/auth/sign-in').send(body), 'upstream_unavailable');
    expect(hints()[0]).to.include(`${new URL(UNREACHABLE).host} is unavailable (ECONNREFUSED)`);
    await auth.close();
  });
});

describe('Signing keys that cannot be fetched', () => {
  let issuer: TestIssuer;
  let keys: JwksServer;

  before(async () => {
    issuer = await createTestIssuer();
  });
  beforeEach(async () => {
    log.clear();
    keys = await JwksServer.start((_req, res) => void res.writeHead(404).end());
  });
  afterEach(() => keys.close());

  const config = (): Config => ({
    userPoolId: issuer.config.userPoolId,
    clientId: issuer.config.clientId,
    issuer: issuer.config.issuer,
    jwksUri: keys.uri,
    logger: log.logger,
  });
  const call = (path: string, app: ReturnType<typeof supertest>) =>
    app.get(path).set('Authorization', `Bearer ${issuer.accessToken()}`);

  it('are in the log of the router once, with URL, status and advice, for its routes and endpoints (case A7)', async () => {
    const auth = createCognitoRouter(config());
    const app = supertest(
      express()
        .use('/auth', auth)
        .get('/x', auth.requireAuth(), (_req, res) => res.json({})),
    );
    expectProblem(await call('/x', app), 'upstream_unavailable');
    expectProblem(await call('/x', app), 'upstream_unavailable');
    expect(log.lines()).to.have.lengthOf(1);
    expect(log.lines()[0]).to.include({
      level: 50,
      exception: 'HTTP 404',
      msg: 'the signing keys cannot be fetched',
    });
    expect(hints()[0]).to.include(`no signing keys at ${keys.uri} (HTTP 404): check userPoolId`);
    await auth.close();
  });

  it('are in a warning of the process once, for requireAuth without a router', async () => {
    const warnings: Error[] = [];
    const listener = (warning: Error): void => void warnings.push(warning);
    process.on('warning', listener);
    const { logger: _logger, ...options } = config();
    const app = supertest(express().get('/x', requireAuth(options as object), (_req, res) => res.json({})));
    expectProblem(await call('/x', app), 'upstream_unavailable');
    expectProblem(await call('/x', app), 'upstream_unavailable');
    await new Promise(setImmediate);
    process.off('warning', listener);
    const ours = warnings.filter((warning) => (warning as NodeJS.ErrnoException).code === 'COGNITO_KIT_KEYS');
    expect(ours).to.have.lengthOf(1);
    expect(ours[0]?.message).to.include(`no signing keys at ${keys.uri} (HTTP 404)`);
  });

  for (const [answer, words] of [
    [(_req, res) => void res.end('<html>'), '(SyntaxError): the response is not a key set'],
    [{ keys: [] }, '(Error): the response is not a key set'],
    [(_req, res) => void res.destroy(), '(ECONNRESET): check the options'],
  ] as const satisfies readonly (readonly [JwksServer['answer'], string])[]) {
    it(`are explained in the log: ${words}`, async () => {
      keys.answer = answer;
      const auth = createCognitoRouter(config());
      const app = supertest(express().get('/x', auth.requireAuth(), (_req, res) => res.json({})));
      expectProblem(await call('/x', app), 'upstream_unavailable');
      expect(hints()[0]).to.include(words);
      await auth.close();
    });
  }
});

describe('A token that names the issuer form that its pool does not use', () => {
  let issuer: TestIssuer;
  let pool: JwksServer;
  let other: JwksServer;

  beforeEach(async () => {
    log.clear();
    issuer = await createTestIssuer();
    pool = await JwksServer.start(issuer.config.jwks, '/p/.well-known/jwks.json');
    other = await JwksServer.start((_req, res) => void res.writeHead(403).end(), '/p/.well-known/jwks.json');
  });
  afterEach(() => Promise.all([pool.close(), other.close()]));

  function start() {
    const auth = createCognitoRouter({
      userPoolId: issuer.config.userPoolId,
      clientId: issuer.config.clientId,
      issuer: [`${pool.origin}/p`, `${other.origin}/p`],
      logger: log.logger,
    });
    const app = supertest(express().get('/x', auth.requireAuth(), (_req, res) => res.json({})));
    const call = (origin: string) =>
      app.get('/x').set('Authorization', `Bearer ${issuer.accessToken({ claims: { iss: `${origin}/p` } })}`);
    return { auth, call };
  }

  it('gets 401, and its keys are asked for once (case C22)', async () => {
    const { auth, call } = start();
    for (let i = 0; i < 3; i++) {
      expectProblem(await call(other.origin), 'invalid_token');
      await new Promise((resolve) => setTimeout(resolve, 1_100 * (i === 0 ? 1 : 0)));
    }
    expect(other.requests).to.equal(1);
    expect((await call(pool.origin)).status).to.equal(200);
    expect(log.lines()).to.deep.equal([]);
    await auth.close();
  });

  it('gets 503 if the keys of the other issuer cannot be fetched either', async () => {
    pool.answer = (_req, res) => void res.writeHead(403).end();
    const { auth, call } = start();
    expectProblem(await call(other.origin), 'upstream_unavailable');
    expect(hints()[0]).to.include(`no signing keys at ${other.uri} (HTTP 403)`);
    await auth.close();
  });

  it('gets 503 if the key endpoint of its issuer fails', async () => {
    other.answer = (_req, res) => void res.writeHead(500).end();
    const { auth, call } = start();
    expectProblem(await call(other.origin), 'upstream_unavailable');
    await auth.close();
  });

  it('gets 503 after a 403 of an issuer that has had keys', async () => {
    const { auth, call } = start();
    expect((await call(pool.origin)).status).to.equal(200);
    const stranger = await createTestIssuer();
    const foreign = stranger.accessToken({ claims: { iss: `${pool.origin}/p` } });
    pool.answer = (_req, res) => void res.writeHead(403).end();
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const app = supertest(express().get('/x', auth.requireAuth(), (_req, res) => res.json({})));
    const refused = await app.get('/x').set('Authorization', `Bearer ${foreign}`);
    expectProblem(refused, 'upstream_unavailable');
    await auth.close();
  });
});
