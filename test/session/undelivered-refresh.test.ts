import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import express, { type Express } from 'express';
import type { AuthEvent } from '../../src/config/events.ts';
import type { Config } from '../../src/config/options.ts';
import type { CognitoRouter } from '../../src/router.ts';
import { MemoryRefreshStore } from '../../src/session/refresh-store.ts';
import { Browser } from '../support/browser-cookies.ts';
import { eventually } from '../support/eventually.ts';
import { type Kit, PASSWORD, startKit } from '../support/helpers.ts';

const ADA = 'ada@example.com';
const REFRESH = 'GetTokensFromRefreshToken';
/** Short enough to wait for, and longer than a test request takes. */
const WINDOW_SECONDS = 0.5;
const AFTER_WINDOW_MS = 700;
/** A shared store keeps outcomes for 2 seconds at least. */
const AFTER_SHARED_WINDOW_MS = 2300;
/** How long Cognito takes while a client disconnects. */
const COGNITO_MS = 500;

const app = (auth: CognitoRouter): Express =>
  express()
    .use('/auth', auth)
    .get('/route', auth.requireAuth(), (_req, res) => void res.json({}))
    .get('/slow', auth.requireAuth(), async (_req, res) => {
      await sleep(300);
      res.json({});
    })
    .get('/abandoned', auth.requireAuth(), async (_req, res) => {
      await once(res, 'close');
      res.json({});
    });

async function start(events: AuthEvent[], config: Config = {}): Promise<Kit> {
  return startKit({
    pool: {
      appClient: {
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
        RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
      },
      users: [{ username: ADA, password: PASSWORD }],
    },
    config: {
      transport: 'cookie',
      autoRefresh: true,
      refresh: { reuseWindowSeconds: WINDOW_SECONDS },
      onEvent: (event) => void events.push(event),
      ...config,
    },
    app,
  });
}

async function signedIn(kit: Kit): Promise<Browser> {
  const browser = new Browser(kit.url);
  expect((await browser.post('/auth/sign-in', { email: ADA, password: PASSWORD })).status).to.equal(200);
  browser.expire('access');
  return browser;
}

/** Sends a request, and disconnects after the call to Cognito has begun, before the response. */
async function abort(browser: Browser, kit: Kit, path: string, method: string): Promise<void> {
  const headers = {
    Cookie: `__Host-auth-refresh=${browser.get('refresh')}`,
    'Sec-Fetch-Site': 'same-origin',
    'Content-Type': 'application/json',
  };
  const request = httpRequest(`${kit.url}${path}`, { method, headers });
  const failed = once(request, 'error').catch((error: unknown) => error);
  request.end(method === 'POST' ? '{}' : undefined);
  await eventually(() => kit.pool.requests.count(REFRESH) === 1);
  if (path === '/abandoned') await sleep(60);
  request.destroy();
  await failed;
}

describe('A refresh whose response was never delivered', () => {
  for (const [how, path, method] of [
    ['while Cognito is asked', '/route', 'GET'],
    ['while the route is working', '/abandoned', 'GET'],
    ['at POST /refresh', '/auth/refresh', 'POST'],
  ] as const) {
    for (const where of ['in memory', 'in a shared store']) {
      it(`keeps its tokens ${where} after the reuse window, if the client disconnects ${how} (case C2)`, async () => {
        const events: AuthEvent[] = [];
        const store = where === 'in memory' ? undefined : new MemoryRefreshStore();
        const kit = await start(events, { refresh: { reuseWindowSeconds: WINDOW_SECONDS, store } });
        const browser = await signedIn(kit);
        if (path !== '/abandoned')
          kit.pool.faults.inject({ kind: 'delay', ms: COGNITO_MS, on: REFRESH, times: 1 });
        await abort(browser, kit, path, method);
        await sleep(COGNITO_MS + (store ? AFTER_SHARED_WINDOW_MS : AFTER_WINDOW_MS));
        const answer = await browser.fetch('/route');
        expect([answer.status, answer.set]).to.deep.equal([200, ['access', 'refresh']]);
        expect(kit.pool.requests.count(REFRESH)).to.equal(1);
        expect(events.map(({ type }) => type)).to.not.include('refresh.reuse');
        await kit.close();
      });
    }
  }
});

describe('A refresh whose response was delivered', () => {
  for (const reuseWindowSeconds of [0, WINDOW_SECONDS]) {
    for (const where of ['in memory', 'in a shared store']) {
      it(`counts as reuse after a window of ${reuseWindowSeconds} seconds, ${where} (case C2)`, async () => {
        const events: AuthEvent[] = [];
        const store = where === 'in memory' ? undefined : new MemoryRefreshStore();
        const kit = await start(events, { refresh: { reuseWindowSeconds, store } });
        const browser = await signedIn(kit);
        const thief = browser.clone();
        expect((await browser.fetch('/slow')).status).to.equal(200);
        await sleep(store ? AFTER_SHARED_WINDOW_MS : AFTER_WINDOW_MS);
        expect((await thief.fetch('/route')).status).to.equal(401);
        expect(events.map(({ type }) => type)).to.include('refresh.reuse');
        await kit.close();
      });
    }
  }

  it('does not get a longer window by requests within the window', async () => {
    const events: AuthEvent[] = [];
    const kit = await start(events);
    const browser = await signedIn(kit);
    const thief = browser.clone();
    expect((await browser.fetch('/route')).status).to.equal(200);
    for (let waited = 0; waited < 900; waited += 300) {
      await sleep(300);
      await thief.clone().fetch('/route');
    }
    expect(events.map(({ type }) => type)).to.include('refresh.reuse');
    await kit.close();
  });
});
