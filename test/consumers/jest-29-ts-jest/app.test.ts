import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { type CognitoRouter, createCognitoRouter, getAuth } from 'express-cognito-kit';
import { type LocalUserPool, startLocalUserPool } from 'express-cognito-kit/local';
import { requireAuth } from 'express-cognito-kit/require-auth';
import { journey, managedLogin, poolOptions, routerOptions } from './journey.cjs';

describe('an app in ts-jest', () => {
  let pool: LocalUserPool;
  let auth: CognitoRouter;
  let server: Server;
  let url: string;

  beforeAll(async () => {
    pool = await startLocalUserPool(poolOptions);
    auth = createCognitoRouter({ ...pool.config, ...routerOptions });
    const { userPoolId, clientId, endpoint } = pool.config;
    const app = express();
    app.use('/auth', auth);
    app.get('/reports', requireAuth({ userPoolId, clientId, endpoint }), (req, res) => {
      res.json({ sub: getAuth(req).sub });
    });
    await new Promise<void>((resolve) => {
      server = app.listen(0, '127.0.0.1', () => resolve());
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    auth.close();
    server.closeAllConnections();
    server.close();
    await pool.close();
  });

  test('signs users up and in, and serves a protected route', () => journey(url, pool.inbox));

  test('signs users in at the managed login pages', () => managedLogin(url));
});
