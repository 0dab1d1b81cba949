import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import express from 'express';
import { createClient } from 'redis';
import supertest from 'supertest';
import type { AuthEvent } from '../../src/config/events.ts';
import type { Config } from '../../src/config/options.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import type { ClientSettings } from '../../src/local/model/settings.ts';
import { redisStores } from '../../src/redis/index.ts';
import { type CognitoRouter, createCognitoRouter } from '../../src/router.ts';
import { claimsOf, expectProblem, expectStatus, PASSWORD } from '../support/helpers.ts';
import { RedisServer } from '../support/redis-server.ts';

const ADA = 'ada@example.com';
const REFRESH_CALL = 'GetTokensFromRefreshToken';
const ROTATING: ClientSettings = {
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
  RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
};

async function connect(url: string) {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { reconnectStrategy: 50, connectTimeout: 500 },
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

interface Instance {
  readonly client: Awaited<ReturnType<typeof connect>>;
  readonly auth: CognitoRouter;
  readonly events: AuthEvent[];
  readonly request: ReturnType<typeof supertest>;
}

describe('Refreshes on two instances with one Redis', () => {
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
    pool = await startLocalUserPool({
      quiet: true,
      appClient: ROTATING,
      users: [{ username: ADA, password: PASSWORD }],
    });
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

  async function instance(more: Config = {}, reuseWindowSeconds = 10): Promise<Instance> {
    const client = await connect(redis.url);
    const stores = redisStores(client);
    const events: AuthEvent[] = [];
    const auth = createCognitoRouter({
      ...pool.config,
      logger: false,
      rateLimits: false,
      revocation: { store: stores.revocation },
      refresh: { store: stores.refresh, reuseWindowSeconds: reuseWindowSeconds },
      onEvent: (event) => void events.push(event),
      ...more,
    });
    const app = express()
      .use('/auth', auth)
      .get('/route', auth.requireAuth(), (_req, res) => res.json({}));
    const made = { client, auth, events, request: supertest(app) };
    instances.push(made);
    return made;
  }

  const refresh = ({ request }: Instance, refreshToken: string) =>
    request.post('/auth/refresh').send({ refreshToken });
  const route = ({ request }: Instance, token: string) =>
    request.get('/route').set('Authorization', `Bearer ${token}`);

  for (const rotation of ['on', 'off']) {
    it(`fifty refreshes of one session make one call to Cognito, with rotation ${rotation}`, async () => {
      const { clientId } = rotation === 'on' ? pool.config : pool.addClient({ ExplicitAuthFlows: [] });
      if (rotation === 'off') [one, two] = [await instance({ clientId }), await instance({ clientId })];
      const { refreshToken } = pool.tokensFor(ADA, { clientId });
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) => refresh(i % 2 ? one : two, refreshToken)),
      );
      expect(pool.requests.count(REFRESH_CALL)).to.equal(1);
      for (const answer of answers) {
        expectStatus(answer, 200);
        expect(answer.body.tokens.accessToken).to.equal(answers[0]?.body.tokens.accessToken);
      }
      const { accessToken, refreshToken: next = refreshToken } = answers[0]?.body.tokens ?? {};
      for (const at of [one, two]) expectStatus(await route(at, accessToken), 200);
      expectStatus(await refresh(two, next), 200);
    });
  }

  it('entries in Redis expire, and reveal neither tokens nor the user', async () => {
    const { refreshToken } = pool.tokensFor(ADA);
    const { tokens } = expectStatus(await refresh(one, refreshToken), 200).body;
    expectProblem(await refresh(one, 'a.b.c.d.e'), 'invalid_refresh_token');
    const keys = await one.client.keys('*');
    expect(keys).to.have.length.of.at.least(3);
    const { sub, origin_jti } = claimsOf(tokens.accessToken);
    for (const key of keys) {
      expect(key).to.match(/^express-cognito-kit:refresh:[\w-]{43}$/);
      expect(await one.client.pTTL(key), key).to.be.within(1, 6 * 3_600_000);
      const value = String(await one.client.get(key));
      expect(value).to.match(/^=[\w-]+$/);
      const opened = Buffer.from(value.slice(1), 'base64url').toString('latin1');
      for (const secret of [refreshToken, tokens.refreshToken, tokens.accessToken, sub, origin_jti]) {
        expect(value + opened).to.not.include(String(secret));
      }
    }
  });

  it('a refusal reaches concurrent refreshes on the other instance without another call', async () => {
    const { refreshToken } = pool.tokensFor(ADA);
    await one.request.post('/auth/sign-out').send({ refreshToken });
    pool.requests.clear();
    pool.faults.inject({ kind: 'delay', ms: 400, times: 1 });
    const answers = await Promise.all([one, two, one, two].map((at) => refresh(at, refreshToken)));
    for (const answer of answers) expectProblem(answer, 'invalid_refresh_token');
    expect(pool.requests.count(REFRESH_CALL)).to.equal(1);
  });

  it('a refresh that failed on one instance can be retried on the other', async () => {
    const { refreshToken } = pool.tokensFor(ADA);
    pool.faults.inject({ kind: 'throttle', times: 1 });
    expectProblem(await refresh(one, refreshToken), 'rate_limited');
    expectStatus(await refresh(two, refreshToken), 200);
  });

  it('refresh token reuse revokes the session on both instances, and is reported once', async () => {
    const [first, second] = [await instance({}, 0), await instance({}, 0)];
    const { refreshToken: stolen } = pool.tokensFor(ADA);
    const { tokens } = expectStatus(await refresh(first, stolen), 200).body;
    const { tokens: newest } = expectStatus(await refresh(second, tokens.refreshToken), 200).body;
    expectStatus(await route(first, newest.accessToken), 200);
    // An outcome stays in Redis for two seconds, for waiting instances.
    await sleep(2100);
    expectProblem(await refresh(second, stolen), 'invalid_refresh_token');
    for (const at of [first, second]) expectProblem(await route(at, newest.accessToken), 'invalid_token');
    expectProblem(await refresh(first, newest.refreshToken), 'invalid_refresh_token');
    expect(second.events.filter(({ type }) => type === 'refresh.reuse')).to.have.lengthOf(1);
    expect(pool.requests.count('RevokeToken')).to.equal(1);
  });

  it('an instance takes over a refresh after the claim of a dead instance expires', async () => {
    const { refreshToken } = pool.tokensFor(ADA);
    // The instance writes its claim, and never releases it.
    const dead = await instance({ timeouts: { call: 200 } });
    pool.faults.inject({ kind: 'hang', times: 1 });
    const { client } = dead;
    const send = client.sendCommand.bind(client);
    client.sendCommand = ((args: string[]) =>
      /'DEL'/.test(args[1] ?? '') ? new Promise(() => undefined) : send(args)) as typeof send;
    expectProblem(await refresh(dead, refreshToken), 'upstream_timeout');
    const successor = await instance({ timeouts: { call: 1000 } });
    expectProblem(await refresh(successor, refreshToken), 'upstream_timeout');
    const [key = ''] = await one.client.keys('*');
    expect(await one.client.pTTL(key)).to.be.within(1, 5200);
    await one.client.pExpire(key, 1);
    expectStatus(await refresh(successor, refreshToken), 200);
  });

  it('an instance continues with its own claim if the reply of Redis was lost', async () => {
    const { refreshToken } = pool.tokensFor(ADA);
    const { client } = one;
    const send = client.sendCommand.bind(client);
    let lost = 0;
    client.sendCommand = (async (args: string[]) => {
      const reply = await send(args);
      if (String(reply) !== 'mine' || lost++ > 0) return reply;
      throw new Error('The connection was lost.');
    }) as typeof send;
    pool.faults.inject({ kind: 'status', times: 1 });
    expectProblem(await refresh(one, refreshToken), 'upstream_unavailable');
    expectStatus(await refresh(one, refreshToken), 200);
    expect(lost).to.equal(2);
  });

  it('fifty requests without an access cookie make one call to Cognito, and get the same cookies', async () => {
    const config = { transport: 'cookie', autoRefresh: true } as const;
    const pair = [await instance(config), await instance(config)] as const;
    const { refreshToken } = pool.tokensFor(ADA);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        pair[i % 2 ? 0 : 1].request.get('/route').set('Cookie', `__Host-auth-refresh=${refreshToken}`),
      ),
    );
    expect(pool.requests.count(REFRESH_CALL)).to.equal(1);
    const valuesIn = ({ headers }: { headers: Record<string, unknown> }) =>
      // The rest of a cookie's lifetime depends on the second of its answer.
      (headers['set-cookie'] as string[]).map((line) => line.replace(/Max-Age=\d+/, ''));
    for (const answer of answers) {
      expectStatus(answer, 200);
      expect(valuesIn(answer)).to.deep.equal(valuesIn(answers[0] as typeof answer));
    }
  });

  it('an instance clears no cookie without Redis, because the other one may have set it', async () => {
    const config = { transport: 'cookie', autoRefresh: true, revocation: {} } as const;
    const [first, second] = [await instance(config), await instance(config)];
    const ask = (at: Instance, path: string, refreshToken: string) =>
      at.request
        .post(path)
        .set({ 'Sec-Fetch-Site': 'same-origin', Cookie: `__Host-auth-refresh=${refreshToken}` })
        .send({});
    const used = pool.tokensFor(ADA).refreshToken;
    const over = pool.tokensFor(ADA).refreshToken;
    expectStatus(await ask(first, '/auth/sign-out', over), 200);
    await redis.stop();
    try {
      expectStatus(await ask(first, '/auth/refresh', used), 200);
      for (const token of [used, over]) {
        for (const path of ['/auth/refresh', '/auth/change-password']) {
          const lost = await ask(second, path, token);
          expect(lost.status).to.equal(401);
          expect(lost.headers).to.not.have.property('set-cookie');
        }
      }
    } finally {
      await redis.start();
    }
    while (!second.client.isReady) await sleep(20);
    // With Redis, the refusal is certain.
    const refused = expectProblem(await ask(second, '/auth/refresh', over), 'invalid_refresh_token');
    expect(refused.headers['set-cookie']).to.have.lengthOf(2);
  });

  it('each instance refreshes by itself without Redis', async () => {
    const [first, second] = [await instance({ revocation: {} }), await instance({ revocation: {} })];
    const { refreshToken } = pool.tokensFor(ADA);
    await redis.stop();
    try {
      const answers = await Promise.all([1, 2, 3].map(() => refresh(first, refreshToken)));
      for (const answer of answers) expectStatus(answer, 200);
      expect(pool.requests.count(REFRESH_CALL)).to.equal(1);
      expectProblem(await refresh(second, refreshToken), 'invalid_refresh_token');
      const { tokens } = answers[0]?.body ?? {};
      expectStatus(await refresh(first, tokens.refreshToken), 200);
    } finally {
      await redis.start();
    }
  });
});
