import { once } from 'node:events';
import express from 'express';
import { createCognitoRouter, requireAuth } from 'express-cognito-kit';
import { startLocalUserPool } from 'express-cognito-kit/local';
import { journey } from './journey.cjs';

const pool = await startLocalUserPool();
process.env.COGNITO_USER_POOL_ID = pool.config.userPoolId;
process.env.COGNITO_CLIENT_ID = pool.config.clientId;
process.env.COGNITO_ENDPOINT = pool.config.endpoint;

const app = express();
// An app may parse bodies before the router does.
app.use(express.json());
const auth = createCognitoRouter();
app.use('/auth', auth);
app.get('/reports', requireAuth(), (req, res) => {
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
