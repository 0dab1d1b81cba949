import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import express from 'express';
import { createCognitoRouter, getAuth } from 'express-cognito-kit';
import { startLocalUserPool } from 'express-cognito-kit/local';
import { journey, managedLogin, poolOptions, routerOptions } from './journey.cjs';

describe('an app in node:test', () => {
  let pool;
  let auth;
  let server;
  let url;

  before(async () => {
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

  after(async () => {
    auth.close();
    server.closeAllConnections();
    server.close();
    await pool.close();
  });

  test('signs users up and in, and serves a protected route', () => journey(url, pool.inbox));

  test('signs users in at the managed login pages', () => managedLogin(url));
});
