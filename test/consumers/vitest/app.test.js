import { once } from 'node:events';
import express from 'express';
import { createCognitoRouter, getAuth } from 'express-cognito-kit';
import { startLocalUserPool } from 'express-cognito-kit/local';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { journey, managedLogin, poolOptions, routerOptions } from './journey.cjs';

describe('an app in Vitest', () => {
  let pool;
  let auth;
  let server;
  let url;

  beforeAll(async () => {
    pool = await startLocalUserPool(poolOptions);
    auth = createCognitoRouter({ ...pool.config, ...routerOptions });
    const app = express().use('/auth', auth);
    app.get('/reports', auth.requireAuth(), (req, res) => {
      res.json({ sub: getAuth(req).sub });
    });
    server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${server.address().port}`;
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
