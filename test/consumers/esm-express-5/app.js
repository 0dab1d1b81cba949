import { once } from 'node:events';
import express from 'express';
import { createCognitoRouter, requireAuth } from 'express-cognito-kit';
import { startLocalUserPool } from 'express-cognito-kit/local';
import { journey } from './journey.cjs';

const pool = await startLocalUserPool();
const { userPoolId, clientId, endpoint } = pool.config;

const app = express();
const auth = createCognitoRouter({ userPoolId, clientId, endpoint });
app.use('/auth', auth);
app.get('/reports', requireAuth({ userPoolId, clientId, endpoint }), (req, res) => {
  res.json({ sub: req.auth.sub });
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
