// An app may import the kit while a package that it uses requires it. They are two copies, with one state.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import express from 'express';
import * as imported from 'express-cognito-kit';
import { startLocalUserPool } from 'express-cognito-kit/local';
import { createTestIssuer } from 'express-cognito-kit/testing';

const required = createRequire(import.meta.url)('express-cognito-kit');

assert.notEqual(imported.getAuth, required.getAuth, 'There are two copies, or the tests below show nothing.');

async function listen(handler) {
  const server = http.createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, close };
}

function get(url, token) {
  return fetch(url, { headers: { authorization: `Bearer ${token}` } });
}

function post(url, body) {
  const headers = { 'content-type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

for (const [first, second, title] of [
  [imported, required, 'what the ES modules did is known to the CommonJS copy'],
  [required, imported, 'what the CommonJS copy did is known to the ES modules'],
]) {
  describe(title, () => {
    test('getAuth and findAuth find the token that the middleware verified', async () => {
      const { config, accessToken } = await createTestIssuer();
      const app = express().get('/', first.requireAuth(config), (req, res) => {
        res.json([second.getAuth(req).sub, second.findAuth(req).sub]);
      });
      const { url, close } = await listen(app);
      const response = await get(url, accessToken({ sub: 'ada' }));
      close();
      assert.deepEqual(await response.json(), ['ada', 'ada']);
    });

    test('getAuth trusts no req.auth that the app itself has set', async () => {
      const req = Object.assign(new http.IncomingMessage(null), { auth: { sub: 'ada' } });
      assert.throws(() => second.getAuth(req), /without a verified token/);
      assert.equal(second.findAuth(req), undefined);
    });

    test('middleware with the same settings shares the keys', async () => {
      let fetched = 0;
      const { config, accessToken } = await createTestIssuer();
      const keys = await listen((_req, res) => {
        fetched++;
        res.end(JSON.stringify(config.jwks));
      });
      const { userPoolId, clientId, issuer } = config;
      const options = { userPoolId, clientId, issuer, jwksUri: keys.url };
      const app = express().use(first.requireAuth(options), second.requireAuth(options));
      const { url, close } = await listen(app.get('/', (_req, res) => res.end()));
      const response = await get(url, accessToken());
      close();
      keys.close();
      assert.equal(response.status, 200);
      assert.equal(fetched, 1);
    });

    test('a sign-out revokes the tokens of the session', async () => {
      const pool = await startLocalUserPool({ users: [{ username: 'ada@example.com' }] });
      const { userPoolId, clientId, endpoint } = pool.config;
      const auth = first.createCognitoRouter({ ...pool.config, logger: false });
      const app = express().use('/auth', auth);
      app.get('/', second.requireAuth({ userPoolId, clientId, endpoint }), (_req, res) => res.end());
      const { url, close } = await listen(app);
      const { accessToken, refreshToken } = pool.tokensFor('ada@example.com');
      const before = await get(url, accessToken);
      const signOut = await fetch(`${url}/auth/sign-out`, {
        method: 'POST',
        headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ refreshToken }),
      });
      const after = await get(url, accessToken);
      auth.close();
      close();
      await pool.close();
      assert.deepEqual([before.status, signOut.status, after.status], [200, 200, 401]);
    });

    test('a ProblemError of a hook refuses the request, and an answer has the request id of its event', async () => {
      const events = [];
      const auth = first.createCognitoRouter({
        userPoolId: 'us-east-1_AbCdEfGhI',
        clientId: '1example23456789',
        logger: false,
        onEvent: (event) => events.push(event),
        onError: (problem, req, res) => second.sendProblem(problem, req, res),
        hooks: {
          before: {
            signIn() {
              throw new second.ProblemError(second.problem('forbidden'));
            },
          },
        },
      });
      const { url, close } = await listen(express().use(auth));
      const response = await post(`${url}/sign-in`, {
        email: 'ada@example.com',
        password: 'Correct-horse-7',
      });
      close();
      auth.close();
      const { code, requestId } = await response.json();
      assert.equal(code, 'forbidden');
      assert.equal(requestId, events[0].requestId);
      assert.ok(new second.ProblemError(second.problem('forbidden')) instanceof first.ProblemError);
      assert.ok(!(new Error('forbidden') instanceof first.ProblemError));
    });
  });
}
