import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import { startLocalUserPool } from '../src/local/local-user-pool.ts';
import { type Action, Clients } from '../test/fleet/clients.ts';
import { type Instance, startInstances } from '../test/fleet/fleet.ts';
import { hasNginx, hasRedisServer, NO_NGINX, NO_REDIS } from '../test/support/installed-programs.ts';
import { Nginx } from '../test/support/nginx.ts';
import { RedisServer } from '../test/support/redis-server.ts';

/**
 * `npm run fleet -- 20`: four instances behind nginx, with one Redis and one local user pool, under load for seconds each of
 * sign-ins, refreshes and requireAuth. Prints requests per second, CPU time, commands of Redis with those in scripts, and the
 * memory of an instance. Everything runs on this machine, so the rates are far below those of a fleet with cores of its own.
 */

const SECONDS = Number(process.argv[2] ?? 20);
const INSTANCES = 4;
const CLIENTS = 32;
const PASSWORD = 'Correct-horse-7';
const WARM_UP_MS = 5000;
const CACHED_TOKENS = 10_000;
const MB = 1024 * 1024;

if (!(SECONDS > 0)) throw new TypeError(`The seconds are "${process.argv[2]}"; write a number, such as 20.`);
if (!hasNginx()) console.log(`skipped: ${NO_NGINX}`);
else if (!hasRedisServer()) console.log(`skipped: ${NO_REDIS}`);
else await measureFleet();

async function measureFleet(): Promise<void> {
  const users = Array.from({ length: CLIENTS }, (_, each) => `user-${each}@example.com`);
  const pool = await startLocalUserPool({
    quiet: true,
    limits: false,
    users: users.map((username) => ({ username, password: PASSWORD })),
    appClient: {
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
    },
  });
  const redis = await RedisServer.start();
  if (!redis) throw new Error('redis-server does not start.');
  const client = createClient({ url: redis.url });
  await client.connect();
  const instances = await startInstances(INSTANCES, { pool, redisUrl: redis.url });
  const nginx = await Nginx.start({
    servers: instances.map(({ port }) => `127.0.0.1:${port} max_fails=0`),
    // Shorter than Node keeps idle connections.
    upstream: ['keepalive 64', 'keepalive_timeout 4s'],
    location: ['proxy_http_version 1.1', 'proxy_set_header Connection ""'],
  });

  const rows: Row[] = [];
  for (const action of ['sign-in', 'refresh', 'requireAuth'] as const) {
    const clients = new Clients({
      url: nginx.url,
      users,
      password: PASSWORD,
      // Refreshes and routes need the tokens of a sign-in.
      actions: ['sign-in', ...Array.from({ length: 1_000_000 }, () => action)],
      keepAlive: true,
    });
    await sleep(WARM_UP_MS);
    const before = await sample(action);
    await sleep(SECONDS * 1000);
    const after = await sample(action);
    const failed = await clients.stop();
    if (failed.length > 0) throw new Error(`${failed.length} requests failed: ${JSON.stringify(failed[0])}`);
    rows.push(rowOf(action, before, after));

    async function sample(of: Action): Promise<Sample> {
      const cpu = await cpuOf(instances);
      const stats = await client.info('commandstats');
      return { at: performance.now(), requests: clients.count(of), cpu, calls: callsIn(stats) };
    }
  }
  console.log(`${INSTANCES} instances, ${CLIENTS} clients, Node ${process.version}\n`);
  console.table(Object.fromEntries(rows.map(({ action, ...numbers }) => [action, numbers])));

  const [instance] = instances;
  if (instance) {
    const before = (await instance.usage()).rss;
    const [user = ''] = users;
    for (let sent = 0; sent < CACHED_TOKENS; sent += 100) {
      await Promise.all(Array.from({ length: 100 }, () => read(instance, pool.tokensFor(user).accessToken)));
    }
    const { rss } = await instance.usage();
    const text = `${((rss - before) / MB).toFixed(0)} MB for ${CACHED_TOKENS} cached tokens`;
    console.log(
      `An instance: ${(before / MB).toFixed(0)} MB, and ${text} of ${pool.tokensFor(user).accessToken.length} characters.`,
    );
  }
  await nginx.stop();
  await Promise.all(instances.map((each) => each.stop()));
  client.destroy();
  await redis.stop();
  await pool.close();
}

interface Sample {
  readonly at: number;
  readonly requests: number;
  readonly cpu: number;
  readonly calls: number;
}

interface Row {
  readonly action: Action;
  readonly [name: string]: number | string;
}

function rowOf(action: Action, before: Sample, after: Sample): Row {
  const requests = after.requests - before.requests;
  return {
    action,
    'requests/s': Math.round(requests / ((after.at - before.at) / 1000)),
    'CPU ms/request': ((after.cpu - before.cpu) / 1000 / requests).toFixed(2),
    'Redis commands/request': ((after.calls - before.calls) / requests).toFixed(2),
  };
}

async function cpuOf(instances: readonly Instance[]): Promise<number> {
  const used = await Promise.all(instances.map((instance) => instance.usage()));
  return used.reduce((sum, { cpu }) => sum + cpu, 0);
}

/** All commands, those of scripts included, except those of this program. */
function callsIn(stats: string): number {
  return [...stats.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)]
    .filter(([, name = '']) => name !== 'info')
    .reduce((sum, [, , calls]) => sum + Number(calls), 0);
}

async function read({ port }: Instance, accessToken: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/reports`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  if (!response.ok) throw new Error(`The instance answered ${response.status}.`);
  await response.arrayBuffer();
}
