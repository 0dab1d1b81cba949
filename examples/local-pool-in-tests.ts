/**
 * Tests of an app of your own, without AWS: a local user pool stands in for Cognito.
 * Run it with node --import tsx --test examples/local-pool-in-tests.ts
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import express, { type Express } from 'express';
import { type CognitoRouter, type Config, createCognitoRouter, getAuth } from 'express-cognito-kit';
import { startTestApp, type TestApp } from 'express-cognito-kit/testing';

/** Your app: it takes the pool's settings from outside, so that tests can give it a pool of their own. */
function createApp(config: Config): { app: Express; auth: CognitoRouter } {
  const app = express();
  const auth = createCognitoRouter(config);
  app.use('/auth', auth);
  app.get('/reports', auth.requireAuth({ groups: 'admin' }), (req, res) => {
    res.json({ reader: getAuth(req).username });
  });
  return { app, auth };
}

let app: TestApp;

before(async () => {
  app = await startTestApp({
    createApp,
    pool: {
      users: [
        { username: 'ada@example.com', password: 'Analytical-1843', groups: ['admin'] },
        { username: 'alan@example.com', password: 'Enigmatic-1912' },
      ],
    },
  });
});

after(() => app.close());

function getReports(accessToken: string): Promise<Response> {
  return fetch(`${app.url}/reports`, { headers: { authorization: `Bearer ${accessToken}` } });
}

function post(path: string, body: object): Promise<Response> {
  return fetch(app.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

// tokensFor() gives real, signed tokens: a test of a protected route needs no sign-in.
test('an admin reads the reports', async () => {
  const response = await getReports(app.pool.tokensFor('ada@example.com').accessToken);
  assert.equal(response.status, 200);
});

test('others do not', async () => {
  const response = await getReports(app.pool.tokensFor('alan@example.com').accessToken);
  assert.equal(response.status, 403);
});

test('a new user confirms with the code from the inbox', async () => {
  const email = 'grace@example.com';
  await post('/auth/sign-up', { email, password: 'Compiler-1906' });
  const { code } = await app.pool.inbox.waitFor({ to: email });
  const response = await post('/auth/confirm-sign-up', { email, confirmationCode: code });
  assert.equal(response.status, 200);
});

// What an app has to get right when Cognito is in trouble is hard to see on AWS, and one line here.
test('Cognito at its limits is a 429 with Retry-After', async () => {
  app.pool.faults.inject({ kind: 'throttle', times: 1 });
  const response = await post('/auth/sign-in', { email: 'ada@example.com', password: 'Analytical-1843' });
  assert.equal(response.status, 429);
  assert.ok(response.headers.get('retry-after'));
});
