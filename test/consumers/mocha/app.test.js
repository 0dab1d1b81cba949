const { once } = require('node:events');
const express = require('express');
const { createCognitoRouter, getAuth } = require('express-cognito-kit');
const { startLocalUserPool } = require('express-cognito-kit/local');
const { journey, managedLogin, poolOptions, routerOptions } = require('./journey.cjs');

describe('an app in mocha', () => {
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

  it('signs users up and in, and serves a protected route', () => journey(url, pool.inbox));

  it('signs users in at the managed login pages', () => managedLogin(url));
});
