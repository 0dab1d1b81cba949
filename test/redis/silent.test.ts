import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import express from 'express';
import { createClient } from 'redis';
import supertest, { type Test } from 'supertest';
import type { AuthEvent } from '../../src/config/events.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { redisStores } from '../../src/redis/index.ts';
import { type CognitoRouter, createCognitoRouter } from '../../src/router.ts';
import { eventually } from '../support/eventually.ts';
import { expectProblem, expectStatus, PASSWORD } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';
import { RedisServer } from '../support/redis-server.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const ADA = 'ada@example.com';

/** Configured as in docs/operations.md. */
async function connect(port: number) {
  const client = createClient({ url: `redis://127.0.0.1:${port}`, disableOfflineQueue: true });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

describe('An unresponsive Redis', function () {
  this.timeout(30_000);
  let redis: RedisServer;
  let pool: LocalUserPool;
  let proxy: TcpProxy;
  let client: Awaited<ReturnType<typeof connect>>;
  let auth: CognitoRouter;
  let request: ReturnType<typeof supertest>;
  let events: AuthEvent[];
  const log = captureLog();

  before(async function () {
    redis = await RedisServer.startFor(this);
    pool = await startLocalUserPool({ quiet: true, users: [{ username: ADA, password: PASSWORD }] });
  });
  after(async () => {
    await pool?.close();
    await redis?.stop();
  });

  beforeEach(async () => {
    proxy = await TcpProxy.start(Number(new URL(redis.url).port));
    client = await connect(proxy.port);
    const stores = redisStores(client);
    events = [];
    log.clear();
    auth = createCognitoRouter({
      ...pool.config,
      logger: log.logger,
      onEvent: (event) => void events.push(event),
      rateLimits: {
        account: { signIn: { limit: 10_000, windowMs: 60_000 } },
        address: { signIn: { limit: 10_000, windowMs: 60_000 } },
        store: stores.rateLimit,
        secret: 'the same on every instance',
      },
      revocation: { store: stores.revocation },
      refresh: { store: stores.refresh },
    });
    const app = express()
      .use('/auth', auth)
      .get('/route', auth.requireAuth(), (_req, res) => res.json({}));
    request = supertest(app);
    // Loads the SDK and fetches the keys.
    expectStatus(await signIn(), 200);
    expectStatus(await route(), 200);
  });
  afterEach(async () => {
    await auth.close();
    client.destroy();
    await proxy.close();
  });

  const bearer = (test: Test): Test => test.set('Authorization', `Bearer ${pool.tokensFor(ADA).accessToken}`);
  const signIn = (): Test => request.post('/auth/sign-in').send({ email: ADA, password: PASSWORD });
  const route = (): Test => bearer(request.get('/route'));
  const me = (): Test => bearer(request.get('/auth/me'));
  const signOut = (): Test =>
    bearer(request.post('/auth/sign-out')).send({ refreshToken: pool.tokensFor(ADA).refreshToken });
  const refresh = (): Test =>
    request.post('/auth/refresh').send({ refreshToken: pool.tokensFor(ADA).refreshToken });
  const health = async (): Promise<unknown> => expectStatus(await request.get('/auth/health'), 200).body;
  const storeEvents = (): AuthEvent[] => events.filter(({ type }) => type.startsWith('store.'));
  const storeLines = () => log.lines().filter(({ msg }) => /^store (un)?available$/.test(String(msg)));

  async function untilAvailable(): Promise<void> {
    await eventually(async () => (await signIn()).status === 200);
  }

  it('costs one timeout in total, and not one per command', async () => {
    proxy.silenceAll();
    const startedAt = performance.now();
    expectProblem(await signIn(), 'store_unavailable');
    expectProblem(await route(), 'store_unavailable');
    expectProblem(await me(), 'store_unavailable');
    expectProblem(await signOut(), 'store_unavailable');
    expectStatus(await refresh(), 200);
    // Without a breaker: ten commands, one second each.
    expect(performance.now() - startedAt).to.be.lessThan(5000);
  });

  it('makes concurrent requests wait for one shared timeout', async () => {
    proxy.silenceAll();
    const waits: number[] = [];
    await Promise.all(
      Array.from({ length: 30 }, async (_, i) => {
        await sleep(i * 30);
        const startedAt = performance.now();
        expectProblem(await route(), 'store_unavailable');
        waits.push(performance.now() - startedAt);
      }),
    );
    // With timeouts of their own, all would wait a second.
    const mean = waits.reduce((sum, each) => sum + each) / waits.length;
    expect(mean).to.be.lessThan(900);
  });

  it('gets no commands of any store after the timeout of one', async () => {
    proxy.silenceAll();
    expectProblem(await signIn(), 'store_unavailable');
    const before = proxy.received.length;
    expectProblem(await route(), 'store_unavailable');
    expectStatus(await refresh(), 200);
    expect(proxy.received.slice(before)).to.not.match(/HMGET|EVAL/);
  });

  it('is reported once in the log, as an event and by GET /health, and so is its recovery', async () => {
    expect(await health()).to.deep.equal({ status: 'ok' });
    proxy.silenceAll();
    for (const call of [signIn, route, route, signIn]) expectProblem(await call(), 'store_unavailable');
    expect(await health()).to.deep.equal({ status: 'degraded' });
    proxy.passNew();
    await untilAvailable();
    expect(await health()).to.deep.equal({ status: 'ok' });
    expect(storeLines().map(({ level, msg }) => [level, msg])).to.deep.equal([
      [50, 'store unavailable'],
      [30, 'store available'],
    ]);
    const stores = ['revocation', 'refresh', 'rateLimits'];
    for (const line of storeLines()) expect(line.stores).to.deep.equal(stores);
    expect(storeEvents().map(({ type }) => type)).to.deep.equal(['store.unavailable', 'store.available']);
    for (const event of storeEvents()) {
      expect(event).to.deep.include({ stores, endpoint: undefined, requestId: undefined });
      expect(event).to.be.frozen;
    }
    expect(log.lines().filter(({ msg }) => /store failed/.test(String(msg)))).to.have.lengthOf(1);
  });

  it('is reached over a new connection if only the old one is silent', async () => {
    proxy.silenceOpen();
    expectProblem(await route(), 'store_unavailable');
    await untilAvailable();
    const { accessToken, refreshToken } = pool.tokensFor(ADA);
    const mine = (test: Test): Test => test.set('Authorization', `Bearer ${accessToken}`);
    expectStatus(await mine(request.get('/route')), 200);
    expectStatus(await mine(request.post('/auth/sign-out')).send({ refreshToken }), 200);
    expectProblem(await mine(request.get('/route')), 'invalid_token');
  });

  it('is reached over a new connection as soon as it accepts one', async () => {
    proxy.silenceAll();
    expectProblem(await route(), 'store_unavailable');
    await sleep(2500);
    expectProblem(await route(), 'store_unavailable');
    proxy.passNew();
    await untilAvailable();
    expectStatus(await route(), 200);
  });

  it("does not disconnect the app's client, which is used again when it answers", async () => {
    proxy.silenceOpen();
    const ofTheApp = client.get('of the app');
    expectProblem(await route(), 'store_unavailable');
    await untilAvailable();
    expect(proxy.connections).to.equal(2);
    expect(client.isReady).to.equal(true);
    proxy.passAll();
    expect(await ofTheApp).to.equal(null);
    await eventually(async () => {
      expectStatus(await route(), 200);
      return proxy.connections === 1;
    });
    expectStatus(await route(), 200);
  });

  it('is reached over a third connection if the second one falls silent', async () => {
    proxy.silenceOpen();
    expectProblem(await route(), 'store_unavailable');
    await untilAvailable();
    proxy.silenceOpen();
    expectProblem(await route(), 'store_unavailable');
    await untilAvailable();
    expectStatus(await route(), 200);
  });

  it("has no connection after the app's client is destroyed", async () => {
    proxy.silenceOpen();
    expectProblem(await route(), 'store_unavailable');
    await untilAvailable();
    client.destroy();
    await eventually(() => proxy.connections === 0);
    expectProblem(await route(), 'store_unavailable');
  });
});
