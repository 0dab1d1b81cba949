const { readFile } = require('node:fs/promises');
const { createCognitoRouter, ProblemError } = require('express-cognito-kit');
const { startLocalUserPool } = require('express-cognito-kit/local');
const { requireAuth } = require('express-cognito-kit/require-auth');
const { createTestIssuer } = require('express-cognito-kit/testing');
const { redisStores } = require('express-cognito-kit/redis');
const { startApp } = require('./app.js');
const { journey, managedLogin, poolOptions, routerOptions } = require('./journey.cjs');

const ADA = { email: 'ada@example.com', password: 'Correct-horse-7' };

function postJson(url, body) {
  const headers = { 'content-type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

describe('an app in Jest', () => {
  let pool;
  let app;

  beforeAll(async () => {
    pool = await startLocalUserPool(poolOptions);
    app = await startApp({ ...pool.config, ...routerOptions });
  });

  afterAll(async () => {
    app.close();
    await pool.close();
  });

  test('signs users up and in, and serves a protected route', () => journey(app.url, pool.inbox));

  test('signs users in at the managed login pages', () => managedLogin(app.url));

  test('answers 503 while Cognito is unreachable', async () => {
    const stopped = await startLocalUserPool();
    await stopped.close();
    const { url, close } = await startApp({ ...stopped.config, logger: false });
    const response = await postJson(`${url}/auth/sign-in`, ADA);
    close();
    expect(await response.json()).toMatchObject({ code: 'upstream_unavailable', status: 503 });
  });
});

describe('the local pool in Jest', () => {
  test('says which package passkeys need if it is not installed', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockReturnValue();
    const pool = await startLocalUserPool({
      users: [{ username: 'ada@example.com' }],
      pool: {
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
        WebAuthnConfiguration: { RelyingPartyId: 'localhost' },
      },
    });
    const { url, close } = await startApp({ ...pool.config, logger: false });
    const { accessToken } = pool.tokensFor('ada@example.com');
    await fetch(`${url}/auth/passkeys/options`, {
      method: 'POST',
      headers: { authorization: `Bearer ${accessToken}` },
    });
    close();
    await pool.close();
    expect(warned.mock.calls.join()).toContain('npm install --save-dev @simplewebauthn/server');
    jest.restoreAllMocks();
  });

  test('passes on the message of a trigger that fails with an error of Node', async () => {
    const preSignUp = () => readFile('/no/such/file');
    const pool = await startLocalUserPool({ triggers: { preSignUp } });
    const { url, close } = await startApp({ ...pool.config, logger: false });
    const response = await postJson(`${url}/auth/sign-up`, ADA);
    close();
    await pool.close();
    expect((await response.json()).detail).toMatch(/^ENOENT/);
  });
});

describe('the kit in Jest', () => {
  test('throws errors of the classes that the tests know', () => {
    expect(() => requireAuth({ userPoolId: 'wrong', clientId: 'x' })).toThrow(TypeError);
    expect(() => createCognitoRouter({ userPoolId: 7 })).toThrow(TypeError);
    expect(() => redisStores({})).toThrow(TypeError);
    expect(Object.getPrototypeOf(ProblemError)).toBe(Error);
  });

  test('goes by a clock that a test sets', async () => {
    const issuer = await createTestIssuer();
    const middleware = requireAuth({ ...issuer.config, onError: ({ code }, _req, _res, next) => next(code) });
    const token = issuer.accessToken({ expiresIn: 60 });
    const outcome = () =>
      new Promise((resolve) => {
        middleware({ headers: { authorization: `Bearer ${token}` } }, {}, resolve);
      });
    expect(await outcome()).toBeUndefined();
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000);
    expect(await outcome()).toBe('token_expired');
    jest.restoreAllMocks();
  });
});
