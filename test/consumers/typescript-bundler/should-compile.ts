// The types with Express 4, an older compiler and the module resolution of bundlers.
import express from 'express';
import { createCognitoRouter, getAuth, requireAuth } from 'express-cognito-kit';
import { startLocalUserPool } from 'express-cognito-kit/local';
import { requireAuth as requireAuthAlone } from 'express-cognito-kit/require-auth';
import { createTestIssuer } from 'express-cognito-kit/testing';

const userPoolId = 'us-east-1_AbCdEfGhI';
const clientId = '1example23456789';
const app = express();

app.use('/auth', createCognitoRouter({ userPoolId, clientId }));
app.get('/reports', requireAuth({ userPoolId, clientId, groups: 'admin' }), (req, res) => {
  const sub: string = getAuth(req).sub;
  res.json({ sub });
});
app.use(requireAuthAlone({ userPoolId, clientId, optional: true }), createCognitoRouter().requireAuth());

async function inTests(): Promise<void> {
  const pool = await startLocalUserPool();
  app.use(createCognitoRouter(pool.config));
  const issuer = await createTestIssuer();
  app.use(requireAuth({ ...issuer.config }));
}

void inTests();

// Without 'express-cognito-kit/augment' nothing is added to the types of Express.
export const untouched = (req: express.Request): unknown =>
  // @ts-expect-error
  req.auth;
