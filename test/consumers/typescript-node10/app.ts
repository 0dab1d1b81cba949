import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { type Auth, createCognitoRouter } from 'express-cognito-kit';
import 'express-cognito-kit/augment';
import { startLocalUserPool } from 'express-cognito-kit/local';
import { type RedisStores, redisStores } from 'express-cognito-kit/redis';
import { requireAuth } from 'express-cognito-kit/require-auth';
import { createTestIssuer, type TestIssuer } from 'express-cognito-kit/testing';
import { journey } from './journey.cjs';

async function main(): Promise<void> {
  const pool = await startLocalUserPool();
  const { userPoolId, clientId, endpoint } = pool.config;
  const auth = createCognitoRouter({ userPoolId, clientId, endpoint, logger: false });
  const app = express();
  app.use('/auth', auth);
  app.get('/reports', requireAuth({ userPoolId, clientId, endpoint }), (req, res) => {
    const found: Auth | undefined = req.auth;
    res.json({ sub: found?.sub });
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await journey(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, pool.inbox);

  const issuer: TestIssuer = await createTestIssuer();
  requireAuth({ ...issuer.config });
  const stores: RedisStores = redisStores({ sendCommand: async () => null });
  createCognitoRouter({ userPoolId, clientId, revocation: { store: stores.revocation } });

  server.close();
  server.closeIdleConnections();
  auth.close();
  await pool.close();
  console.log('the journey is over');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
