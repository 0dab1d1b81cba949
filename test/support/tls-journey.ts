import express from 'express';
import * as openid from 'openid-client';
import request from 'supertest';
import { requireAuth } from '../../src/require-auth.ts';
import { createCognitoRouter } from '../../src/router.ts';

// Node reads NODE_EXTRA_CA_CERTS when a process starts, so this is a process of its own.
const config = JSON.parse(process.env.POOL ?? '') as {
  userPoolId: string;
  clientId: string;
  endpoint: string;
};
const { USERNAME: email, PASSWORD: password } = process.env;

const auth = createCognitoRouter({ ...config, logger: false });
const app = express()
  .use('/auth', auth)
  .get('/reports', requireAuth({ ...config }), (_req, res) => void res.json({ ok: true }));
const { body } = await request(app).post('/auth/sign-in').send({ email, password }).expect(200);
await request(app).get('/reports').auth(body.tokens.accessToken, { type: 'bearer' }).expect(200);
await auth.close();

const issuer = new URL(`${config.endpoint}/${config.userPoolId}`);
const server = await openid.discovery(issuer, config.clientId, undefined, openid.None());
const refreshed = await openid.refreshTokenGrant(server, body.tokens.refreshToken);
console.log(`iss ${refreshed.claims()?.iss}`);
