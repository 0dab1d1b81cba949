import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createHttpsServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import express from 'express';
import type { Config } from '../../src/config/options.ts';
import { selfSignedCertificate } from '../../src/local/http/self-signed-certificate.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { type CognitoRouter, createCognitoRouter } from '../../src/router.ts';
import { MemoryRefreshStore } from '../../src/session/refresh-store.ts';
import { MemoryRevocationStore } from '../../src/session/revocation.ts';
import { Browser } from '../support/browser-cookies.ts';
import { settingsOf, start, stopAll } from '../support/example-process.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';
import { head, openSocket, readAnswer } from '../support/raw-http.ts';
import { isBroken, stopUnderLoad } from './stop-under-load.ts';

const ADA = 'ada@example.com';
const SIGN_IN = { email: ADA, password: PASSWORD };
const REFRESH = 'GetTokensFromRefreshToken';

function startWithAda(config: Config = {}): Promise<Kit> {
  return startKit({
    pool: { users: [{ username: ADA, password: PASSWORD }] },
    config,
    app: (auth) =>
      express()
        .use('/auth', auth)
        .get('/route', auth.requireAuth(), (_req, res) => void res.json({ ok: true })),
  });
}

/** Waits until the pool has received a call of the operation, so that the request is in progress. */
async function received(pool: LocalUserPool, operation: string): Promise<void> {
  while (pool.requests.count(operation) === 0) await sleep(5);
}

/** Whether the promise settles within the time. */
async function settles(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return Promise.race([promise.then(() => true), sleep(ms, false)]);
}

describe('router.close()', () => {
  let kit: Kit;
  afterEach(() => kit.close());

  it('waits for a sign-in in progress, and resolves after its response', async () => {
    kit = await startWithAda();
    kit.pool.faults.inject({ kind: 'delay', ms: 300, on: 'InitiateAuth' });
    let answered = false;
    const signIn = kit.post('/sign-in', SIGN_IN).then((response) => {
      answered = true;
      return response;
    });
    await received(kit.pool, 'InitiateAuth');
    const closed = kit.auth.close();
    expect(await settles(closed, 50)).to.equal(false);
    expectStatus(await signIn, 200);
    await closed;
    expect(answered).to.equal(true);
  });

  it('refuses later requests with 503, Retry-After and Connection: close', async () => {
    kit = await startWithAda();
    const closed = kit.auth.close();
    for (const response of [await kit.post('/sign-in', SIGN_IN), await kit.get('/health')]) {
      expectProblem(response, 'shutting_down');
      expect(response.headers).to.include({ connection: 'close', 'retry-after': '1' });
    }
    await closed;
    expectProblem(await kit.post('/sign-in', SIGN_IN), 'shutting_down');
    expect(kit.pool.requests.count('InitiateAuth')).to.equal(0);
  });

  it('returns the same promise if called twice', async () => {
    kit = await startWithAda();
    expect(kit.auth.close()).to.equal(kit.auth.close({ timeoutMs: 1 }));
    await kit.auth.close();
  });

  it('waits for a refresh whose client has disconnected, and publishes its tokens', async () => {
    const store = new MemoryRefreshStore();
    const published: string[] = [];
    const publish = store.publish.bind(store);
    store.publish = (key, owner, value, ttlMs) => {
      published.push(key);
      publish(key, owner, value, ttlMs);
    };
    kit = await startWithAda({ refresh: { store } });
    const { refreshToken } = kit.pool.tokensFor(ADA);
    kit.pool.faults.inject({ kind: 'delay', ms: 300, on: REFRESH });
    const body = JSON.stringify({ refreshToken });
    const socket = await openSocket(kit.url);
    socket.write(head('/auth/refresh', { 'content-length': body.length }) + body);
    await received(kit.pool, REFRESH);
    socket.destroy();
    await sleep(50);
    expect(published).to.deep.equal([]);
    await kit.auth.close();
    expect(published).not.to.deep.equal([]);
  });

  it('waits for a sign-out that a slow store is recording', async () => {
    const store = new MemoryRevocationStore();
    const written: string[] = [];
    kit = await startWithAda({
      revocation: {
        store: {
          find: (keys) => store.find(keys),
          async revoke(key) {
            await sleep(200);
            written.push(key);
          },
        },
      },
    });
    const { accessToken, refreshToken } = kit.pool.tokensFor(ADA);
    const signOut = kit.post('/sign-out', { refreshToken }, accessToken).then((response) => response);
    await received(kit.pool, 'RevokeToken');
    await kit.auth.close();
    expect(written).to.have.length(1);
    expectStatus(await signOut, 200);
  });

  it('waits for the introspection of a protected route', async () => {
    kit = await startWithAda({ introspect: true });
    const { accessToken } = kit.pool.tokensFor(ADA);
    kit.pool.faults.inject({ kind: 'delay', ms: 300, on: 'GetUser' });
    const route = kit.request
      .get('/route')
      .auth(accessToken, { type: 'bearer' })
      .then((response) => response);
    await received(kit.pool, 'GetUser');
    await kit.auth.close();
    expectStatus(await route, 200);
  });

  it('ends requests in progress after timeoutMs, and logs it', async () => {
    const log = captureLog();
    kit = await startWithAda({ logger: log.logger });
    kit.pool.faults.inject({ kind: 'hang', on: 'InitiateAuth' });
    const signIn = kit.post('/sign-in', SIGN_IN).then((response) => response);
    await received(kit.pool, 'InitiateAuth');
    const startedAt = performance.now();
    await kit.auth.close({ timeoutMs: 100 });
    expect(performance.now() - startedAt).to.be.lessThan(3000);
    expectProblem(await signIn, 'shutting_down');
    expect(log.text()).to.include('the router closed before all requests in progress had finished');
  });

  it('refuses a request whose body does not arrive, long before timeoutMs', async () => {
    kit = await startWithAda();
    const half = await openSocket(kit.url);
    half.write(`${head('/auth/sign-in', { 'content-length': 100 })}{"email":`);
    await sleep(50);
    const closed = kit.auth.close({ timeoutMs: 60_000 });
    let text = '';
    half.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
    });
    await once(half, 'close');
    await closed;
    expect(text)
      .to.match(/^HTTP\/1.1 503 /)
      .and.include('shutting_down');
  });

  it('waits for a hook as long as timeouts.hook allows', async () => {
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    let ended = false;
    const onSignedIn = async (): Promise<void> => {
      begin();
      await sleep(4500);
      ended = true;
    };
    kit = await startWithAda({ timeouts: { call: 500 }, hooks: { onSignedIn } });
    const signIn = kit.post('/sign-in', SIGN_IN).then((response) => response);
    await begun;
    await kit.auth.close();
    expect(ended).to.equal(true);
    expectStatus(await signIn, 200);
  });

  it('refuses a request whose body does not arrive, after a short timeoutMs', async () => {
    kit = await startWithAda();
    const half = await openSocket(kit.url);
    half.write(`${head('/auth/sign-in', { 'content-length': 100 })}{"email":`);
    await sleep(50);
    const answer = readAnswer(half);
    const startedAt = performance.now();
    await kit.auth.close({ timeoutMs: 50 });
    const { status, body = '' } = (await answer) ?? {};
    expect(status, body).to.equal(503);
    expect(body).to.include('shutting_down');
    expect(performance.now() - startedAt).to.be.below(1500);
  });

  it('throws for invalid options, and the router stays open', async () => {
    kit = await startWithAda();
    const close = (options: object) => () => kit.auth.close(options);
    expect(close({ timeoutMs: -1 })).to.throw(
      TypeError,
      'timeoutMs is -1; write a whole number from 0 to 600000',
    );
    expect(close({ server: {} })).to.throw(
      TypeError,
      'server is {}; write what app.listen() or createServer() returned',
    );
    expect(close({ timeout: 1 })).to.throw(TypeError, 'did you mean "timeoutMs"');
    expectStatus(await kit.get('/health'), 200);
  });
});

describe('A protected route of a closed router', () => {
  let kit: Kit;
  afterEach(() => kit.close());

  it('verifies tokens with the cached keys', async () => {
    kit = await startWithAda();
    await kit.auth.ready();
    await kit.auth.close();
    for (let each = 0; each < 2; each++) {
      const { accessToken } = kit.pool.tokensFor(ADA);
      expectStatus(await kit.request.get('/route').auth(accessToken, { type: 'bearer' }), 200);
    }
  });

  it('answers 503 instead of fetching keys', async () => {
    kit = await startWithAda();
    await kit.auth.close();
    const { accessToken } = kit.pool.tokensFor(ADA);
    const response = await kit.request.get('/route').auth(accessToken, { type: 'bearer' });
    expectProblem(response, 'upstream_unavailable');
    expect(kit.pool.requests.count()).to.equal(0);
  });

  it('accepts a token with a cached introspection, and answers 503 for any other', async () => {
    kit = await startWithAda({ introspect: true });
    const [known, other] = [kit.pool.tokensFor(ADA), kit.pool.tokensFor(ADA)];
    const route = ({ accessToken }: { accessToken: string }) =>
      kit.request.get('/route').auth(accessToken, { type: 'bearer' });
    expectStatus(await route(known), 200);
    await kit.auth.close();
    expectStatus(await route(known), 200);
    expectProblem(await route(other), 'shutting_down');
    expect(kit.pool.requests.count('GetUser')).to.equal(1);
  });

  it('answers 503 instead of refreshing, and keeps the cookies', async () => {
    kit = await startWithAda({ transport: 'cookie', autoRefresh: true });
    const browser = new Browser(kit.url);
    expect((await browser.post('/auth/sign-in', SIGN_IN)).status).to.equal(200);
    browser.expire('access');
    await kit.auth.close();
    const { status, body, set, cleared } = await browser.fetch('/route');
    expect([status, body.code, set, cleared]).to.deep.equal([503, 'shutting_down', [], []]);
    expect(kit.pool.requests.count(REFRESH)).to.equal(0);
  });
});

describe('router.close({ server })', function () {
  this.timeout(20_000);
  let pool: LocalUserPool;
  let auth: CognitoRouter;

  beforeEach(async () => {
    pool = await startLocalUserPool({ quiet: true, users: [{ username: ADA, password: PASSWORD }] });
    auth = createCognitoRouter({ ...pool.config, logger: false });
  });
  afterEach(() => pool.close());

  async function serve(server: Server): Promise<string> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('waits for a request to a route of the app, and closes its connection', async () => {
    const app = express().get('/slow', (_req, res) => void setTimeout(() => res.send('done'), 400));
    const server = createServer(app);
    const url = await serve(server);
    const slow = fetch(`${url}/slow`);
    await once(server, 'request');
    await auth.close({ server });
    const response = await slow;
    expect([response.status, response.headers.get('connection')]).to.deep.equal([200, 'close']);
    expect(await response.text()).to.equal('done');
    expect(server.listening).to.equal(false);
  });

  it('closes idle and half-open connections, long before timeoutMs', async () => {
    const app = express()
      // Silences the error log of Express.
      .set('env', 'test')
      .use('/auth', auth)
      .use(express.json())
      .post('/own', (_req, res) => void res.json({}));
    const server = createServer(app);
    const url = await serve(server);
    const closed: Promise<unknown>[] = [];
    for (const text of [
      '',
      'POST /auth/sign-in HTTP/1.1\r\nHos',
      `${head('/own', { 'content-length': 100 })}{`,
      'GET /auth/health HTTP/1.1\r\nHost: localhost\r\n\r\n',
    ]) {
      const socket = await openSocket(url);
      socket.on('error', () => undefined).resume();
      if (text !== '') socket.write(text);
      closed.push(once(socket, 'close'));
    }
    await sleep(100);
    await auth.close({ server, timeoutMs: 60_000 });
    await Promise.all(closed);
  });

  it('serves the request of a connection that was accepted before the server stopped listening', async () => {
    const server = createServer(express().use('/auth', auth));
    const url = await serve(server);
    const closed = auth.close({ server });
    const socket = await openSocket(url);
    const text = JSON.stringify(SIGN_IN);
    while (server.listening) await sleep(1);
    socket.write(head('/auth/sign-in', { 'content-length': text.length }) + text);
    const answer = await readAnswer(socket);
    expect(answer?.status, answer?.body).to.equal(200);
    await closed;
  });

  it('does not wait long for a connection that sends no request', async () => {
    const server = createServer(express().use('/auth', auth));
    const url = await serve(server);
    const closed = auth.close({ server, timeoutMs: 60_000 });
    const socket = await openSocket(url);
    await Promise.all([closed, once(socket.on('error', () => undefined).resume(), 'close')]);
  });

  it('keeps idle connections and accepts new ones for drainMs, and ends each after its next response', async () => {
    const server = createServer(express().use('/auth', auth));
    const url = await serve(server);
    const request = 'GET /auth/health HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const kept = await openSocket(url);
    kept.write(request);
    expect((await readAnswer(kept))?.status).to.equal(200);
    const closed = auth.close({ server, drainMs: 1000 });
    await sleep(500);
    for (const socket of [kept, await openSocket(url)]) {
      let text = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        text += chunk;
      });
      socket.write(request);
      await once(socket, 'close');
      expect(text)
        .to.match(/^HTTP\/1\.1 200 /)
        .and.match(/^Connection: close\r$/m);
    }
    expect(server.listening).to.equal(true);
    await closed;
    expect(server.listening).to.equal(false);
  });

  it('ends a request that takes longer than timeoutMs', async () => {
    const server = createServer(express().get('/never', () => undefined));
    const url = await serve(server);
    const never = fetch(`${url}/never`).catch((error: Error) => error);
    await once(server, 'request');
    await auth.close({ server, timeoutMs: 200 });
    expect(await never).to.be.an.instanceOf(Error);
  });

  it('waits for a request in progress on an HTTPS server', async () => {
    const certificate = selfSignedCertificate(['localhost']);
    const server = createHttpsServer(certificate, express().use('/auth', auth));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    pool.faults.inject({ kind: 'delay', ms: 300, on: 'InitiateAuth' });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const signIn = postOverTls(`${url}/auth/sign-in`, JSON.stringify(SIGN_IN));
    await received(pool, 'InitiateAuth');
    await auth.close({ server });
    expect(await signIn).to.equal(200);
    expect(server.listening).to.equal(false);
  });

  it('waits for requests in progress on two routers of one server', async () => {
    const other = createCognitoRouter({ ...pool.config, logger: false });
    const server = createServer(express().use('/auth', auth).use('/other', other));
    const url = await serve(server);
    pool.faults.inject({ kind: 'delay', ms: 300, on: 'InitiateAuth' });
    const signIns = ['/auth', '/other'].map((path) =>
      fetch(`${url}${path}/sign-in`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(SIGN_IN),
      }),
    );
    await received(pool, 'InitiateAuth');
    await Promise.all([auth, other].map((router) => router.close({ server })));
    expect((await Promise.all(signIns)).map(({ status }) => status)).to.deep.equal([200, 200]);
  });

  it('accepts a server that is not listening', async () => {
    await auth.close({ server: createServer() });
  });
});

describe('A process that receives a stop signal', function () {
  this.timeout(60_000);
  afterEach(stopAll);

  for (const [version, nodeOptions] of [
    [5, []],
    [4, ['--import', './test/support/with-express-4.ts']],
  ] as const) {
    it(`answers every request in progress under load, and exits (Express ${version})`, async () => {
      const { outcomes, exitCode, ms } = await stopUnderLoad({ nodeOptions: [...nodeOptions] });
      expect(outcomes.filter(isBroken)).to.deep.equal([]);
      expect(outcomes.filter(({ before }) => before).length).to.be.greaterThan(30);
      expect(exitCode).to.equal(0);
      expect(ms).to.be.lessThan(15_000);
    });
  }

  it('exits at once on a second signal', async () => {
    const pool = await startLocalUserPool({ quiet: true, users: [{ username: ADA, password: PASSWORD }] });
    pool.faults.inject({ kind: 'hang', on: 'InitiateAuth' });
    const app = start('test/pipeline/stopping-app.ts', settingsOf(pool));
    const [, url = ''] = await app.prints(/(http:\/\/\S+)/);
    fetch(`${url}/auth/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(SIGN_IN),
    }).catch(() => undefined);
    await received(pool, 'InitiateAuth');
    app.process.kill('SIGINT');
    await sleep(200);
    app.process.kill('SIGTERM');
    await app.exitCode();
    expect(app.process.signalCode).to.equal('SIGTERM');
    await pool.close();
  });

  it('is not kept running by the standalone requireAuth', async () => {
    const pool = await startLocalUserPool({ quiet: true, users: [{ username: ADA, password: PASSWORD }] });
    const { accessToken } = pool.tokensFor(ADA);
    const code = `
      import express from 'express';
      import { requireAuth } from './src/require-auth.ts';
      const app = express().get('/', requireAuth(), (_req, res) => res.send('ok'));
      const server = app.listen(0, async () => {
        const url = 'http://127.0.0.1:' + server.address().port;
        const { status } = await fetch(url, { headers: { authorization: 'Bearer ${accessToken}' } });
        console.log(status);
        server.close();
      });`;
    const app = start(`--eval=${code}`, settingsOf(pool), ['--input-type=module']);
    await app.prints(/200/);
    const printedAt = performance.now();
    expect(await app.exitCode()).to.equal(0);
    expect(performance.now() - printedAt).to.be.lessThan(3000);
    await pool.close();
  });
});

describe('close() of a local user pool', () => {
  it('closes half-open connections, and returns the same promise if called twice', async () => {
    const pool = await startLocalUserPool({ quiet: true });
    const idle = await openSocket(pool.url);
    const half = await openSocket(pool.url);
    half.write('POST / HTTP/1.1\r\nHost: x');
    const ended = [idle, half].map((socket) =>
      once(
        socket.on('error', () => undefined),
        'close',
      ),
    );
    await sleep(50);
    expect(pool.close()).to.equal(pool.close());
    await Promise.all([pool.close(), ...ended]);
  });
});

async function postOverTls(url: string, body: string): Promise<number | undefined> {
  const req = request(url, {
    method: 'POST',
    rejectUnauthorized: false,
    headers: { 'content-type': 'application/json' },
  });
  req.end(body);
  const [response] = (await once(req, 'response')) as [{ statusCode?: number; resume(): void }];
  response.resume();
  return response.statusCode;
}
