import { expect } from 'chai';
import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Config } from '../../src/config/options.ts';
import type { ClientSettings } from '../../src/local/model/settings.ts';
import type { CognitoRouter } from '../../src/router.ts';
import { Browser } from '../support/browser-cookies.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';

const ADA = 'ada@example.com';
/** Time limits that no other timer uses. The short one is below the time limit of a revocation. */
const CALL_MS = 41_357;
const SHORT_CALL_MS = 1957;
const ROTATING: ClientSettings = {
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
  RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
};

const { setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis;

describe('The timeout timer of a request', () => {
  const running = new Set<unknown>();
  let started = 0;

  before(() => {
    const watchedSetTimeout = (...given: Parameters<typeof setTimeout>): unknown => {
      const timer = realSetTimeout(...given);
      if (given[1] === CALL_MS || given[1] === SHORT_CALL_MS) {
        started++;
        running.add(timer);
      }
      return timer;
    };
    globalThis.setTimeout = Object.assign(watchedSetTimeout, realSetTimeout) as never;
    globalThis.clearTimeout = ((timer: never) => {
      running.delete(timer);
      realClearTimeout(timer);
    }) as never;
  });
  after(() => {
    Object.assign(globalThis, { setTimeout: realSetTimeout, clearTimeout: realClearTimeout });
  });

  let kit: Kit;
  beforeEach(() => {
    running.clear();
    started = 0;
  });
  afterEach(() => kit.close());

  async function start(config: Config = {}): Promise<void> {
    const keepError: ErrorRequestHandler = (_error, _req, res, _next) => void res.status(599).end();
    const app = (auth: CognitoRouter): Express =>
      express()
        .use('/auth', auth)
        .get('/route', auth.requireAuth(), (_req, res) => void res.json({}))
        .use(keepError);
    kit = await startKit({
      pool: { appClient: ROTATING, users: [{ username: ADA, password: PASSWORD }] },
      config: { timeouts: { call: CALL_MS }, ...config },
      app,
    });
  }

  async function expectCleared(timers: number): Promise<void> {
    // The response can arrive before the last callback of the request has run.
    await new Promise((resolve) => realSetTimeout(resolve, 20));
    expect(started).to.equal(timers);
    expect([...running]).to.deep.equal([]);
  }

  it('is cleared after a successful response', async () => {
    await start();
    expectStatus(await kit.post('/sign-in', { email: ADA, password: PASSWORD }), 200);
    await expectCleared(1);
  });

  it('is cleared after a refusal by Cognito', async () => {
    await start();
    expectProblem(await kit.post('/sign-in', { email: ADA, password: 'wrong' }), 'invalid_credentials');
    await expectCleared(1);
  });

  it('is cleared after a fault of Cognito', async () => {
    await start();
    kit.pool.faults.inject({ kind: 'reset' });
    expectProblem(await kit.post('/sign-in', { email: ADA, password: PASSWORD }), 'upstream_error');
    await expectCleared(1);
  });

  it('is cleared after an error in a hook', async () => {
    await start({ hooks: { response: { signUp: () => Promise.reject(new Error('database down')) } } });
    const eve = { email: 'eve@example.com', password: PASSWORD };
    expect((await kit.post('/sign-up', eve)).status).to.equal(599);
    await expectCleared(1);
  });

  it('is not started for a request that does not reach Cognito', async () => {
    await start();
    expectProblem(await kit.post('/sign-in', { email: ADA }), 'validation_failed');
    await expectCleared(0);
  });

  it('is cleared after a refresh, for the request and for the single-flight call', async () => {
    await start();
    const { refreshToken } = kit.pool.tokensFor(ADA);
    expectStatus(await kit.post('/refresh', { refreshToken }), 200);
    await expectCleared(2);
    expectProblem(await kit.post('/refresh', { refreshToken: 'other' }), 'invalid_refresh_token');
    await expectCleared(4);
  });

  it('is cleared after the call that revokes the session on refresh token reuse', async () => {
    await start({ refresh: { reuseWindowSeconds: 0 }, timeouts: { call: SHORT_CALL_MS } });
    const { refreshToken } = kit.pool.tokensFor(ADA);
    expectStatus(await kit.post('/refresh', { refreshToken }), 200);
    expectProblem(await kit.post('/refresh', { refreshToken }), 'invalid_refresh_token');
    expect(kit.pool.requests.count('RevokeToken')).to.equal(1);
    await expectCleared(5);
  });

  it('is cleared after an automatic refresh, for the request and for the single-flight call', async () => {
    await start({ transport: 'cookie', autoRefresh: true });
    const browser = new Browser(kit.url);
    await browser.post('/auth/sign-in', { email: ADA, password: PASSWORD });
    await expectCleared(1);
    browser.expire('access');
    expect((await browser.fetch('/route')).status).to.equal(200);
    await expectCleared(3);
  });

  it('is cleared after an introspection', async () => {
    await start({ introspect: true });
    const { accessToken } = kit.pool.tokensFor(ADA);
    const route = () => kit.request.get('/route').set('Authorization', `Bearer ${accessToken}`);
    expectStatus(await route(), 200);
    await expectCleared(1);
  });
});
