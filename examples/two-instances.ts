/**
 * Two instances of an app, as behind a load balancer, that share a Redis: a sign-out on one counts on the other at
 * once, both count requests together, and a session that is refreshed on both at the same moment is refreshed once.
 * Redis is at REDIS_URL, or at redis://localhost:6379.
 * Uses COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID if they are set, else a user pool of its own, in memory.
 * Run it with node --import tsx examples/two-instances.ts
 */
import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import express from 'express';
import { createCognitoRouter, getAuth } from 'express-cognito-kit';
import { type LocalUserPool, startLocalUserPool } from 'express-cognito-kit/local';
import { redisStores } from 'express-cognito-kit/redis';
import { createClient } from 'redis';

const ADA = { username: 'ada@example.com', password: 'Analytical-1843' };
const {
  REDIS_URL = 'redis://localhost:6379',
  // The same for all instances: it stands for account names and addresses in Redis.
  RATE_LIMIT_SECRET = randomBytes(32).toString('base64url'),
} = process.env;

await (cluster.isPrimary ? startInstances() : serve());

/** One instance. Nothing in it knows of the other. */
async function serve(): Promise<void> {
  const client = createClient({ url: REDIS_URL, disableOfflineQueue: true });
  client.on('error', (error) => console.error('redis', error));
  await client.connect();
  const stores = redisStores(client, { prefix: 'two-instances:' });

  const app = express();
  const auth = createCognitoRouter({
    rateLimits: { store: stores.rateLimit, secret: RATE_LIMIT_SECRET },
    revocation: { store: stores.revocation },
    refresh: { store: stores.refresh },
    logger: false,
  });
  app.use('/auth', auth);
  app.get('/reports', auth.requireAuth(), (req, res) => {
    res.json({ reader: getAuth(req).username, answeredBy: process.pid });
  });

  const server = app.listen(Number(process.env.PORT), (error) => {
    if (error) throw error;
    console.log(`http://localhost:${process.env.PORT}/reports`);
  });
  onStop(async () => {
    await auth.close({ server });
    await client.close();
  });
}

async function startInstances(): Promise<void> {
  await checkRedis();
  const pool = process.env.COGNITO_USER_POOL_ID ? undefined : await startPool();
  const port = Number(process.env.PORT ?? 3000);
  const instances = [port, port + 1].map((PORT) =>
    cluster.fork({ ...(pool && settingsOf(pool)), RATE_LIMIT_SECRET, PORT }),
  );
  onStop(async (signal) => {
    const running = instances.filter((instance) => !instance.isDead());
    const ended = running.map((instance) => once(instance, 'exit'));
    // At Ctrl+C the terminal tells every process itself, and a second signal would end it at once.
    if (signal === 'SIGTERM') for (const instance of running) instance.process.kill(signal);
    await Promise.all(ended);
    await pool?.close();
  });
}

/** Requests under way are finished first. A second signal ends the process at once. */
function onStop(finish: (signal: NodeJS.Signals) => Promise<void>): void {
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    process.off('SIGTERM', stop).off('SIGINT', stop);
    await finish(signal);
    process.exit();
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
}

async function startPool(): Promise<LocalUserPool> {
  const pool = await startLocalUserPool({ users: [ADA], quiet: true });
  console.log(`Sign in as ${ADA.username} with ${ADA.password}`);
  return pool;
}

function settingsOf({ config }: LocalUserPool): Record<string, string> {
  return {
    COGNITO_USER_POOL_ID: config.userPoolId,
    COGNITO_CLIENT_ID: config.clientId,
    COGNITO_ENDPOINT: config.endpoint,
  };
}

async function checkRedis(): Promise<void> {
  const client = createClient({ url: REDIS_URL, socket: { reconnectStrategy: false } });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.ping();
  } catch {
    console.error(`This example needs a Redis, and there is none at ${REDIS_URL}.
Start one (redis-server, or docker run -p 6379:6379 redis), or set REDIS_URL.`);
    process.exit(1);
  } finally {
    client.destroy();
  }
}
