import { createServer } from 'node:http';
import express from 'express';
import { createClient } from 'redis';
import { getAuth } from '../../src/auth/request-auth.ts';
import { redisStores } from '../../src/redis/index.ts';
import { createCognitoRouter } from '../../src/router.ts';

/** One instance of the fleet, as docs/operations.md says: stores in Redis, and a shutdown that breaks no request. */

const unlimited = { limit: 1_000_000_000, windowMs: 60_000 };
const limits = { signIn: unlimited, code: unlimited, write: unlimited, read: unlimited };

const client = createClient({ url: process.env.REDIS_URL ?? '', disableOfflineQueue: true });
client.on('error', (error: Error) => console.error('redis', error.message));
await client.connect();
const stores = redisStores(client);

const auth = createCognitoRouter({
  logger: false,
  rateLimits: {
    address: limits,
    account: limits,
    store: stores.rateLimit,
    secret: process.env.RATE_LIMIT_SECRET,
  },
  revocation: { store: stores.revocation },
  refresh: { store: stores.refresh },
});
const app = express().set('trust proxy', 1).use('/auth', auth);
app.get('/reports', auth.requireAuth(), (req, res) => void res.json({ reader: getAuth(req).sub }));
// A machine under load may be late with the keys. The first request fetches them then.
await auth.ready().catch((error: Error) => console.error('not ready', error.message));

const server = createServer(app).listen(Number(process.env.PORT), '127.0.0.1', () => {
  process.send?.({ kind: 'listening' } satisfies FromInstance);
});

const stop = async (): Promise<void> => {
  process.off('SIGTERM', stop);
  await auth.close({ server });
  await client.close();
  process.exit();
};
process.on('SIGTERM', stop);

/** What an instance tells the fleet. */
export type FromInstance =
  | { readonly kind: 'listening' }
  /** CPU time of the process in microseconds, and its memory in bytes. */
  | { readonly kind: 'usage'; readonly cpu: number; readonly rss: number };

process.on('message', () => {
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  process.send?.({
    kind: 'usage',
    cpu: user + system,
    rss: process.memoryUsage.rss(),
  } satisfies FromInstance);
});
process.on('disconnect', () => process.exit());
