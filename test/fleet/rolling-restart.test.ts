import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { PASSWORD } from '../support/helpers.ts';
import { type Balancing, Nginx } from '../support/nginx.ts';
import { RedisServer } from '../support/redis-server.ts';
import { type Action, Clients } from './clients.ts';
import { type Instance, startInstances } from './fleet.ts';

const INSTANCES = 4;
const users = Array.from({ length: 12 }, (_, each) => `user-${each}@example.com`);
const ACTIONS: readonly Action[] = ['sign-in', 'refresh', 'requireAuth', 'refresh', 'requireAuth'];
const KEEP_ALIVE = ['proxy_http_version 1.1', 'proxy_set_header Connection ""'];

describe('A rolling restart of four instances behind nginx', function () {
  this.timeout(240_000);

  let pool: LocalUserPool;
  let redis: RedisServer;
  let instances: Instance[] = [];

  before(async function () {
    Nginx.requireFor(this);
    redis = await RedisServer.startFor(this);
    pool = await startLocalUserPool({
      quiet: true,
      limits: false,
      users: users.map((username) => ({ username, password: PASSWORD })),
      // A lost answer to a refresh loses the session.
      appClient: {
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
        RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
      },
    });
    instances = await startInstances(INSTANCES, { pool, redisUrl: redis.url });
  });
  after(async () => {
    await Promise.all(instances.map((instance) => instance.stop()));
    await redis?.stop();
    await pool?.close();
  });

  const addresses = (): string[] => instances.map(({ port }) => `127.0.0.1:${port}`);

  /** Restarts each instance while clients send requests, and expects a success for each of these. */
  async function expectNoLoss(
    balancing: Balancing,
    restart: (instance: Instance, nginx: Nginx) => Promise<void>,
  ): Promise<void> {
    const nginx = await Nginx.start(balancing);
    const clients = new Clients({
      url: nginx.url,
      users,
      password: PASSWORD,
      actions: ACTIONS,
      keepAlive: false,
    });
    const more = async (): Promise<void> => {
      const before = clients.outcomes.length;
      while (clients.outcomes.length < before + 100) await sleep(20);
    };
    try {
      await more();
      for (const instance of instances) {
        await restart(instance, nginx);
        await more();
      }
    } finally {
      const lost = await clients.stop();
      const errors = nginx.log().replaceAll(/^.*\[notice\].*\n/gm, '');
      await nginx.stop();
      expect(lost, errors).to.deep.equal([]);
    }
    for (const action of ACTIONS) expect(clients.count(action)).to.be.greaterThan(50);
  }

  it('loses no request if nginx sends a request again whose connection failed', async () => {
    const balancing = {
      servers: addresses().map((address) => `${address} fail_timeout=1s`),
      upstream: ['keepalive 16', 'keepalive_timeout 1s'],
      location: [...KEEP_ALIVE, 'proxy_next_upstream error non_idempotent'],
    };
    await expectNoLoss(balancing, (instance) => instance.restart());
  });

  it('loses no request if nginx leaves an instance out before it stops, and sends nothing again', async () => {
    const without = (left?: Instance): Balancing => ({
      servers: instances.map((instance) => `127.0.0.1:${instance.port}${instance === left ? ' down' : ''}`),
      upstream: ['keepalive 16'],
      location: [...KEEP_ALIVE, 'proxy_next_upstream off'],
    });
    await expectNoLoss(without(), async (instance, nginx) => {
      await nginx.reload(without(instance));
      await instance.restart();
      await nginx.reload(without());
    });
  });
});
