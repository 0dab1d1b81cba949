const { once } = require('node:events');
const express = require('express');
const { createCognitoRouter, getAuth } = require('express-cognito-kit');
const { startLocalUserPool } = require('express-cognito-kit/local');
const { journey } = require('./journey.cjs');

async function main() {
  const pool = await startLocalUserPool();

  const app = express();
  const auth = createCognitoRouter(pool.config);
  app.use('/auth', auth);
  app.get('/reports', auth.requireAuth(), (req, res) => {
    res.json({ sub: getAuth(req).sub });
  });

  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await journey(`http://127.0.0.1:${server.address().port}`, pool.inbox);

  // The process has to end by itself after this: nothing of the kit may keep it alive.
  server.close();
  server.closeIdleConnections();
  auth.close();
  await pool.close();
  console.log('the journey is over');
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
