import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import express, { type Express } from 'express';
import { createClient, createCluster, createSentinel } from 'redis';
import supertest from 'supertest';
import type { Config } from '../../src/config/options.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { type RedisStoresOptions, redisStores } from '../../src/redis/index.ts';
import { type CognitoRouter, createCognitoRouter } from '../../src/router.ts';
import { createRevocations } from '../../src/session/revocation.ts';
import { eventually } from '../support/eventually.ts';
import { expectProblem, expectStatus, listen, PASSWORD, startKit } from '../support/helpers.ts';
import { head, sendRaw } from '../support/raw-http.ts';
import { RedisServer } from '../support/redis-server.ts';

const SECRET = 'the same on every instance';
const ADA = 'ada@example.com';
const REVOKED = 'express-cognito-kit:revoked';

type Client = ReturnType<typeof connect>;

/** Configured as in docs/operations.md: without a connection, commands fail at once. */
function connect(url: string) {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { reconnectStrategy: 50, connectTimeout: 500 },
  });
  client.on('error', () => undefined);
  return client;
}

interface Instance {
  readonly client: Client;
  readonly auth: CognitoRouter;
  readonly app: Express;
  readonly request: ReturnType<typeof supertest>;
}

describe('Two instances with one Redis', () => {
  let redis: RedisServer;
  let pool: LocalUserPool;
  let one: Instance;
  let two: Instance;
  const instances: Instance[] = [];

  before(async function () {
    redis = await RedisServer.startFor(this);
  });
  after(() => redis?.stop());

  beforeEach(async () => {
    pool = await startLocalUserPool({ quiet: true, users: [{ username: ADA, password: PASSWORD }] });
    [one, two] = [await instance(), await instance()];
  });
  afterEach(async () => {
    for (const { client, auth } of instances.splice(0)) {
      auth.close();
      if (client.isReady) await client.flushAll();
      client.destroy();
    }
    await pool.close();
  });

  async function instance(
    {
      limit = 3,
      addressLimit = 100,
      onUnavailable,
      cacheSeconds,
      passwordBlocklist,
    }: {
      limit?: number;
      addressLimit?: number;
      onUnavailable?: 'allow' | 'deny';
      cacheSeconds?: number;
      passwordBlocklist?: Config['passwordBlocklist'];
    } = {},
    options?: RedisStoresOptions,
  ): Promise<Instance> {
    const client = connect(redis.url);
    await client.connect();
    const stores = redisStores(client, options);
    const config: Config = {
      ...pool.config,
      logger: false,
      rateLimits: {
        account: { signIn: { limit, windowMs: 60_000 } },
        address: {
          signIn: { limit: addressLimit, windowMs: 60_000 },
          code: { limit: addressLimit, windowMs: 60_000 },
        },
        store: stores.rateLimit,
        secret: SECRET,
        ...(onUnavailable && { onUnavailable }),
      },
      revocation: { store: stores.revocation, cacheSeconds, ...(onUnavailable && { onUnavailable }) },
      ...(passwordBlocklist && { passwordBlocklist }),
    };
    const auth = createCognitoRouter(config);
    const app = express()
      .use('/auth', auth)
      .get('/route', auth.requireAuth(), (_req, res) => res.json({}));
    const made = { client, auth, app, request: supertest(app) };
    instances.push(made);
    return made;
  }

  const signIn = ({ request }: Instance, password = 'Wrong-horse-1') =>
    request.post('/auth/sign-in').send({ email: ADA, password });
  const route = ({ request }: Instance, token: string) =>
    request.get('/route').set('Authorization', `Bearer ${token}`);
  const signOut = ({ request }: Instance, body: object, token: string) =>
    request.post('/auth/sign-out').set('Authorization', `Bearer ${token}`).send(body);

  it('share one rate limit', async () => {
    for (const at of [one, two, one]) expectProblem(await signIn(at), 'invalid_credentials');
    for (const at of [one, two]) {
      const response = expectProblem(await signIn(at), 'rate_limited');
      expect(Number(response.headers['retry-after'])).to.be.within(1, 60);
    }
  });

  it('count all concurrent requests', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => signIn(i % 2 ? one : two)));
    expect(answers.filter(({ status }) => status === 401)).to.have.length(3);
    expect(answers.filter(({ status }) => status === 429)).to.have.length(17);
  });

  it('count no account for a request that the limit of its address refuses', async () => {
    const few = await instance({ limit: 100, addressLimit: 2 });
    for (const status of [401, 401, 429, 429]) expectStatus(await signIn(few), status);
    const [counter = ''] = await few.client.keys('*signIn-account*');
    expect(await few.client.get(counter)).to.equal('2');
  });

  it('count a request with an invalid body by its address, and refuse it as such over the limit', async () => {
    const few = await instance({ addressLimit: 2 });
    const invalid = () => few.request.post('/auth/sign-in').send({ password: PASSWORD });
    for (const status of [400, 400, 429, 429]) expectStatus(await invalid(), status);
    expectProblem(await signIn(few), 'rate_limited');
  });

  it('read no body of a client whose address was over the limit before', async () => {
    const few = await instance({ addressLimit: 1 });
    for (const status of [401, 429]) expectStatus(await signIn(few), status);
    const server = await listen(createServer(few.app));
    const unfinished = `${head('/auth/sign-in', { 'content-type': 'application/json', 'content-length': 100 })}{`;
    expect((await sendRaw(server.url, unfinished))?.status).to.equal(429);
    await server.close();
  });

  it('share the limit of answers to one challenge', async () => {
    const session = 'x'.repeat(40);
    const body = { name: 'SMS_MFA', session, username: 'ada', confirmationCode: '123456' };
    const answer = ({ request }: Instance) => request.post('/auth/challenge').send(body);
    for (const at of [one, two, one]) expectProblem(await answer(at), 'invalid_session');
    const wide = await instance({ limit: 100 });
    for (const at of [wide, wide]) expectProblem(await answer(at), 'invalid_session');
    expectProblem(await answer(wide), 'too_many_attempts');
  });

  it('refuse a revoked token: the instance that has revoked it at once, the other one within a second', async () => {
    const { accessToken, refreshToken } = pool.tokensFor(ADA);
    for (const at of [one, two]) expectStatus(await route(at, accessToken), 200);
    expectStatus(await signOut(one, { refreshToken }, accessToken), 200);
    expectProblem(await route(one, accessToken), 'invalid_token');
    await sleep(1000);
    expectProblem(await route(two, accessToken), 'invalid_token');
  });

  it('refuse a token at once that the other instance has revoked, with revocation.cacheSeconds: 0', async () => {
    [one, two] = [await instance({ cacheSeconds: 0 }), await instance({ cacheSeconds: 0 })];
    const mine = pool.tokensFor(ADA);
    const elsewhere = pool.tokensFor(ADA);
    for (const at of [one, two]) expectStatus(await route(at, mine.accessToken), 200);
    expectStatus(await signOut(one, { refreshToken: mine.refreshToken }, mine.accessToken), 200);
    expectProblem(await route(two, mine.accessToken), 'invalid_token');
    expectStatus(await route(two, elsewhere.accessToken), 200);
    expectStatus(await signOut(two, { everywhere: true }, elsewhere.accessToken), 200);
    expectProblem(await route(one, elsewhere.accessToken), 'invalid_token');
  });

  it('send the commands of the table in docs/operations.md', async () => {
    const sent = async (requests: () => Promise<unknown>): Promise<string> => {
      await one.client.configResetStat();
      await requests();
      const stats = await one.client.info('commandstats');
      const calls = (name: string) => new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? '0';
      return `${calls('eval')} EVAL, ${calls('hmget')} HMGET`;
    };
    const { accessToken } = pool.tokensFor(ADA);
    const profile = () =>
      one.request.get('/auth/me').set('Authorization', `Bearer ${pool.tokensFor(ADA).accessToken}`);
    expect(await sent(() => signIn(one, PASSWORD))).to.equal('1 EVAL, 0 HMGET');
    expect(await sent(() => route(one, accessToken))).to.equal('0 EVAL, 1 HMGET');
    expect(await sent(() => route(one, accessToken))).to.equal('0 EVAL, 0 HMGET');
    expect(await sent(profile)).to.equal('1 EVAL, 1 HMGET');
  });

  it('count a refused address on its own, until it is not refused', async () => {
    const evals = async (request: () => Promise<unknown>): Promise<number> => {
      await one.client.configResetStat();
      await request();
      return Number(/cmdstat_eval:calls=(\d+)/.exec(await one.client.info('commandstats'))?.[1]);
    };
    for (const status of [401, 401, 401, 429]) expectStatus(await signIn(one), status);
    const other = () =>
      one.request.post('/auth/sign-in').send({ email: 'eve@example.com', password: PASSWORD });
    expect(await evals(other)).to.equal(2);
    expect(await evals(other)).to.equal(1);
  });

  it('ask no password blocklist for a client over the limit of its address', async () => {
    const asked: string[] = [];
    const few = await instance({
      addressLimit: 1,
      passwordBlocklist: { isBlocked: (password) => asked.push(password) === 0 },
    });
    const signUp = () =>
      few.request.post('/auth/sign-up').send({ email: 'bob@example.com', password: PASSWORD });
    for (const status of [200, 429]) expectStatus(await signUp(), status);
    expect(asked).to.have.length(1);
  });

  it('store no user data, and let all entries but the revocations expire', async () => {
    const { accessToken, refreshToken } = pool.tokensFor(ADA);
    await signIn(one);
    await signOut(one, { refreshToken }, accessToken);
    await signOut(one, { everywhere: true }, accessToken);
    const revoked = await one.client.hGetAll(REVOKED);
    expect(Object.keys(revoked)).to.have.lengthOf(1);
    for (const [field, value] of Object.entries(revoked)) {
      expect(field).to.match(/^[\w-]{43}$/);
      expect(value).to.match(/^\d+ \d+$/);
    }
    const keys = (await one.client.keys('*')).filter((key) => key !== REVOKED);
    expect(keys).to.have.length.of.at.least(3);
    for (const key of keys) {
      expect(key).to.match(/^express-cognito-kit:[\w-]+:[\w-]{43}$/);
      expect(await one.client.pTTL(key), key).to.be.within(1, 90_000_000);
      expect(await one.client.get(key)).to.match(/^\d+$/);
    }
  });

  it('remove expired revocations, a few with each new one', async () => {
    const { revocation } = redisStores(one.client);
    const now = Math.floor(Date.now() / 1000);
    for (let i = 0; i < 100; i++) await revocation.revoke(`old ${i}`, i, now - 1);
    expect(await one.client.hLen(REVOKED)).to.be.lessThan(20);
    for (let i = 0; i < 100; i++) await revocation.revoke(`new ${i}`, i, now + 100);
    const found = await revocation.find(Array.from({ length: 100 }, (_, i) => `new ${i}`));
    expect(found).to.deep.equal(Array.from({ length: 100 }, (_, i) => i));
  });

  it('keep the later of two revocation times, despite clock skew', async () => {
    const { revocation } = redisStores(one.client);
    const until = Math.floor(Date.now() / 1000) + 100;
    await revocation.revoke('a', 60, until);
    await revocation.revoke('a', 10, until);
    expect(await revocation.find(['a', 'b'])).to.deep.equal([60, undefined]);
  });

  it('do not share limits if their prefixes differ', async () => {
    const other = await instance({}, { prefix: 'other:' });
    for (let i = 0; i < 3; i++) expectProblem(await signIn(one), 'invalid_credentials');
    expectProblem(await signIn(two), 'rate_limited');
    expectProblem(await signIn(other), 'invalid_credentials');
  });

  it('answer 503 to sign-ins and protected routes without Redis, and recover with it', async () => {
    const { accessToken } = pool.tokensFor(ADA);
    expectStatus(await route(one, accessToken), 200);
    await redis.stop();
    try {
      const calls = Array.from({ length: 10 }, (_, i) => i % 2 === 0);
      const answers = await Promise.all(
        calls.map((even) => (even ? signIn(one, PASSWORD) : route(two, accessToken))),
      );
      for (const answer of answers) expectProblem(answer, 'store_unavailable');
    } finally {
      await redis.start();
    }
    await eventually(() => one.client.isReady && two.client.isReady);
    expectStatus(await signIn(one, PASSWORD), 200);
    expectStatus(await route(two, accessToken), 200);
  });

  it('can start without Redis, and use it as soon as it is available', async () => {
    await redis.stop();
    const client = connect(redis.url);
    const connecting = client.connect();
    connecting.catch(() => undefined);
    const stores = redisStores(client);
    const auth = createCognitoRouter({
      ...pool.config,
      logger: false,
      rateLimits: { store: stores.rateLimit, secret: SECRET },
      revocation: { store: stores.revocation },
    });
    const app = express().use('/auth', auth);
    const late = { client, auth, app, request: supertest(app) };
    instances.push(late);
    expectProblem(await signIn(late, PASSWORD), 'store_unavailable');
    await redis.start();
    await connecting;
    expectStatus(await signIn(late, PASSWORD), 200);
  });

  it("accept sign-ins and tokens without Redis with onUnavailable: 'allow'", async () => {
    const lenient = await instance({ onUnavailable: 'allow' });
    const { accessToken } = pool.tokensFor(ADA);
    await redis.stop();
    try {
      expectStatus(await signIn(lenient, PASSWORD), 200);
      expectStatus(await route(lenient, accessToken), 200);
    } finally {
      await redis.start();
    }
  });
});

describe('An invalid reply of Redis', () => {
  const replies: readonly unknown[] = [
    'garbage',
    undefined,
    new Error('x'),
    '',
    {},
    [],
    'NaN',
    -1,
    '1e3',
    true,
  ];
  for (const reply of replies) {
    it(`counts as unavailable: ${reply instanceof Error ? 'an Error' : JSON.stringify(reply)}`, async () => {
      const stores = redisStores({ sendCommand: async () => [reply, reply] });
      const revocations = createRevocations({ store: stores.revocation });
      const auth = { payload: { iss: 'x/p', sub: 's', origin_jti: 'o', iat: 1 } } as never;
      expect(await revocations.check(auth)).to.include({ code: 'store_unavailable' });
      const limiter = stores.rateLimit({ prefix: 'x:', windowMs: 1000 });
      let counted: unknown;
      await Promise.resolve(limiter.increment('key')).then(
        (info) => {
          counted = info;
        },
        () => undefined,
      );
      expect(counted).to.equal(undefined);
    });
  }
});

describe('A cluster of Redis', () => {
  it('counts the limits of a request one by one, because their keys have different slots', async function () {
    const folder = await mkdtemp(join(tmpdir(), 'redis-cluster-'));
    const redis = await RedisServer.startFor(this, ['--cluster-enabled', 'yes', '--dir', folder]);
    const node = connect(redis.url);
    await node.connect();
    await node.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '0', '16383']);
    const cluster = createCluster({ rootNodes: [{ url: redis.url }] });
    while (!(await node.sendCommand(['CLUSTER', 'INFO'])).toString().includes('cluster_state:ok'))
      await sleep(20);
    await cluster.connect();
    const stores = redisStores({
      sendCommand: (command) =>
        cluster.sendCommand(command[0] === 'EVAL' ? command[3] : command[1], false, [...command]),
    });
    const kit = await startKit({
      config: {
        rateLimits: {
          account: { signIn: { limit: 3, windowMs: 60_000 } },
          address: { signIn: { limit: 5, windowMs: 60_000 } },
          store: stores.rateLimit,
          secret: SECRET,
        },
      },
    });
    const signIn = (email: string) => kit.post('/sign-in', { email, password: 'Wrong-horse-1' });
    for (const status of [401, 401, 401, 429]) expectStatus(await signIn(ADA), status);
    for (const status of [401, 429]) expectStatus(await signIn('eve@example.com'), status);
    await kit.close();
    cluster.destroy();
    node.destroy();
    await redis.stop();
    await rm(folder, { recursive: true });
  });
});

describe('redisStores', () => {
  it('refuses a client whose sendCommand takes other arguments', () => {
    const cluster = createCluster({ rootNodes: [] });
    const sentinel = createSentinel({ name: 'x', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] });
    // The signature of ioredis.
    const ioredis = { sendCommand: (_command: object) => undefined, call: () => undefined };
    for (const client of [cluster, sentinel, ioredis]) {
      expect(() => redisStores(client as never)).to.throw(TypeError, 'pass { sendCommand: (command) =>');
    }
  });

  for (const client of [undefined, null, {}, 'redis://127.0.0.1']) {
    it(`refuses ${JSON.stringify(client)} in place of a client`, () => {
      expect(() => redisStores(client as never)).to.throw(TypeError, 'from createClient()');
    });
  }
});
