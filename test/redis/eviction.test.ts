import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import express from 'express';
import { createClient } from 'redis';
import supertest, { type Test } from 'supertest';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { redisStores } from '../../src/redis/index.ts';
import { type CognitoRouter, createCognitoRouter } from '../../src/router.ts';
import { eventually } from '../support/eventually.ts';
import { expectProblem, expectStatus, PASSWORD } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';
import { RedisServer } from '../support/redis-server.ts';

const ADA = 'ada@example.com';
const WARNING = /^Redis evicts \((.+)\)$/;

describe('Redis with a memory limit', function () {
  this.timeout(30_000);
  let redis: RedisServer;
  let pool: LocalUserPool;
  let client: Awaited<ReturnType<typeof connect>>;
  let auth: CognitoRouter;
  let request: ReturnType<typeof supertest>;
  const log = captureLog();

  async function connect(user: { username?: string; password?: string } = {}) {
    const made = createClient({ url: redis.url, ...user, socket: { reconnectStrategy: 50 } });
    made.on('error', () => undefined);
    await made.connect();
    return made;
  }

  before(async function () {
    redis = await RedisServer.startFor(this);
    pool = await startLocalUserPool({ quiet: true, users: [{ username: ADA, password: PASSWORD }] });
  });
  after(async () => {
    await pool?.close();
    await redis?.stop();
  });
  beforeEach(async () => {
    client = await connect();
    log.clear();
  });
  afterEach(async () => {
    await auth.close();
    await limitMemory('0', 'noeviction');
    await client.flushAll();
    client.destroy();
  });

  async function limitMemory(maxmemory: string, policy: string): Promise<void> {
    await client.configSet({ maxmemory, 'maxmemory-policy': policy });
  }

  function mount(of: typeof client): void {
    const stores = redisStores(of);
    auth = createCognitoRouter({
      ...pool.config,
      logger: log.logger,
      rateLimits: false,
      revocation: { store: stores.revocation },
    });
    const app = express()
      .use('/auth', auth)
      .get('/route', auth.requireAuth(), (_req, res) => res.json({}));
    request = supertest(app);
  }

  const route = (token: string): Test => request.get('/route').set('Authorization', `Bearer ${token}`);
  const signOut = ({ accessToken, refreshToken }: { accessToken: string; refreshToken: string }): Test =>
    request.post('/auth/sign-out').set('Authorization', `Bearer ${accessToken}`).send({ refreshToken });

  /** Writes keys with an expiry, as an app's cache does, until Redis has evicted more than it holds. */
  async function fillCache(): Promise<void> {
    for (let round = 0; round < 10; round++) {
      const writes = Array.from({ length: 2000 }, (_, i) =>
        client.set(`cache ${round} ${i}`, 'x'.repeat(500), { expiration: { type: 'EX', value: 600 } }),
      );
      await Promise.all(writes);
    }
    expect(Number(/evicted_keys:(\d+)/.exec(await client.info('stats'))?.[1])).to.be.greaterThan(5000);
  }

  const warnings = (): unknown[] =>
    log.lines().flatMap(({ level, msg }) => (level === 40 ? (WARNING.exec(String(msg))?.[1] ?? []) : []));

  for (const policy of ['volatile-lru', 'volatile-random', 'volatile-ttl', 'volatile-lfu']) {
    it(`keeps all revocations with the policy ${policy}`, async () => {
      await limitMemory('4mb', policy);
      mount(client);
      const tokens = Array.from({ length: 20 }, () => pool.tokensFor(ADA));
      for (const each of tokens) expectStatus(await signOut(each), 200);
      await fillCache();
      for (const { accessToken } of tokens) expectProblem(await route(accessToken), 'invalid_token');
    });
  }

  it('makes a sign-out answer store_unavailable if its memory is full, and keeps reads working', async () => {
    mount(client);
    const tokens = pool.tokensFor(ADA);
    await limitMemory('1', 'noeviction');
    expectProblem(await signOut(tokens), 'store_unavailable');
    expect(log.text()).to.include('OOM').and.not.include(tokens.accessToken);
    // Reads still succeed.
    expectStatus(await route(pool.tokensFor(ADA).accessToken), 200);
    for (let i = 0; i < 10; i++) expectProblem(await signOut(pool.tokensFor(ADA)), 'store_unavailable');
    expectStatus(await route(pool.tokensFor(ADA).accessToken), 200);
    expect((await request.get('/auth/health')).body).to.deep.equal({ status: 'ok' });
    await limitMemory('0', 'noeviction');
    const { accessToken } = tokens;
    expectStatus(await signOut(tokens), 200);
    expectProblem(await route(accessToken), 'invalid_token');
  });

  for (const policy of ['volatile-lru', 'allkeys-lru']) {
    it(`causes a warning for the policy ${policy}`, async () => {
      await limitMemory('100mb', policy);
      mount(client);
      await eventually(() => warnings().length > 0);
      expect(warnings()).to.deep.equal([policy]);
    });
  }

  for (const [maxmemory, policy] of [
    ['100mb', 'noeviction'],
    ['0', 'allkeys-lru'],
  ] as const) {
    it(`causes no warning for the policy ${policy} and a maxmemory of ${maxmemory}`, async () => {
      await limitMemory(maxmemory, policy);
      mount(client);
      await client.ping();
      await sleep(50);
      expect(warnings()).to.deep.equal([]);
    });
  }

  it('is checked for its policy again after a reconnect', async () => {
    mount(client);
    await client.ping();
    expect(warnings()).to.deep.equal([]);
    await limitMemory('100mb', 'allkeys-random');
    const other = await connect();
    await other.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
    await eventually(() => warnings().length > 0);
    other.destroy();
    expect(warnings()).to.deep.equal(['allkeys-random']);
  });

  it('causes no warning if the client is not allowed to read the policy', async () => {
    await limitMemory('100mb', 'allkeys-lru');
    await client.sendCommand([
      'ACL',
      'SETUSER',
      'app',
      'on',
      '>secret',
      '~*',
      '+@all',
      '-@dangerous',
      '-info',
    ]);
    const limited = await connect({ username: 'app', password: 'secret' });
    mount(limited);
    const tokens = pool.tokensFor(ADA);
    expectStatus(await signOut(tokens), 200);
    expectProblem(await route(tokens.accessToken), 'invalid_token');
    expect(log.lines().filter(({ level }) => Number(level) > 30)).to.deep.equal([]);
    limited.destroy();
  });
});
