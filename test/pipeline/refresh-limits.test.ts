import { expect } from 'chai';
import express from 'express';
import { MemoryStore } from 'express-rate-limit';
import type { Config } from '../../src/config/options.ts';
import type { ClientSettings } from '../../src/local/model/settings.ts';
import { MemoryRefreshStore } from '../../src/session/refresh-store.ts';
import { CookieClient } from '../support/cookie-client.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const ADA = 'ada@example.com';
const REFRESH = 'GetTokensFromRefreshToken';
const LIMIT = 3;
const WINDOW_MS = 60_000;
/** Every refresh reaches Cognito, and the address is no limit. */
const STRICT: Config = {
  rateLimits: {
    account: { write: { limit: LIMIT, windowMs: WINDOW_MS } },
    address: { write: { limit: 1000, windowMs: WINDOW_MS } },
  },
  refresh: { reuseWindowSeconds: 0 },
};
const ROTATION: ClientSettings = {
  RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
};
const CLIENTS: Readonly<Record<string, ClientSettings>> = { off: {}, on: ROTATION };

function start(config: Config = {}, appClient: ClientSettings = {}): Promise<Kit> {
  return startKit({
    pool: { appClient, users: [{ username: ADA, password: PASSWORD }] },
    config: { ...STRICT, ...config },
    app: (auth) =>
      express()
        .set('trust proxy', true)
        .use('/auth', auth)
        .get('/route', auth.requireAuth(), (_req, res) => void res.json({})),
  });
}

let addresses = 0;
/** The header of a request from an address of its own. */
const elsewhere = (): Record<string, string> => ({ 'X-Forwarded-For': `192.0.2.${++addresses}` });

async function bearerSession(kit: Kit): Promise<string> {
  const answer = await kit.post('/sign-in', { email: ADA, password: PASSWORD });
  return expectStatus(answer, 200).body.tokens.refreshToken;
}

async function browserSession(kit: Kit): Promise<CookieClient> {
  const page = new CookieClient(kit);
  expectStatus(await page.post('/sign-in', { email: ADA, password: PASSWORD }), 200);
  return page;
}

describe('The rate limit of refreshes by session', () => {
  for (const [rotation, appClient] of Object.entries(CLIENTS)) {
    // The first refresh of a rotated session counts for the token, and all later ones count together.
    const allowed = rotation === 'on' ? LIMIT + 1 : LIMIT;

    it(`refuses bearer tokens from any address before Cognito is asked, with rotation ${rotation} (case C5)`, async () => {
      const kit = await start({}, appClient);
      let refreshToken = await bearerSession(kit);
      const refresh = () => kit.post('/refresh', { refreshToken }).set(elsewhere());
      for (let count = 0; count < allowed; count++) {
        const { tokens } = expectStatus(await refresh(), 200).body;
        refreshToken = tokens.refreshToken ?? refreshToken;
      }
      const refused = expectProblem(await refresh(), 'rate_limited');
      expect(Number(refused.headers['retry-after'])).to.be.within(50, 60);
      expect(kit.pool.requests.count(REFRESH)).to.equal(allowed);
      refreshToken = await bearerSession(kit);
      expectStatus(await refresh(), 200);
      await kit.close();
    });

    it(`refuses cookies and keeps them, with rotation ${rotation} (case C5)`, async () => {
      const kit = await start({ transport: 'cookie' }, appClient);
      const page = await browserSession(kit);
      for (let count = 0; count < allowed; count++) expectStatus(await page.post('/refresh'), 200);
      expectProblem(await page.post('/refresh', {}, elsewhere()), 'rate_limited');
      expect(page.names).to.deep.equal(['access', 'known', 'refresh']);
      expect(kit.pool.requests.count(REFRESH)).to.equal(allowed);
      expectStatus(await page.get('/me'), 200);
      await kit.close();
    });

    it(`counts an automatic refresh too, with rotation ${rotation} (case C5)`, async () => {
      const log = captureLog();
      const config: Config = { transport: 'cookie', autoRefresh: true, logger: log.logger };
      const kit = await start(config, appClient);
      const page = await browserSession(kit);
      const visit = () => {
        page.cookies.delete('__Host-auth-access');
        return page.send('get', '/route', undefined, elsewhere());
      };
      for (let count = 1; count < allowed; count++) expectStatus(await visit(), 200);
      expectStatus(await page.post('/refresh'), 200);
      expectProblem(await visit(), 'rate_limited');
      expectProblem(await page.post('/refresh'), 'rate_limited');
      expect(page.names).to.include('refresh');
      expect(kit.pool.requests.count(REFRESH)).to.equal(allowed);
      expect(log.text()).to.include('"limiter":"write-account"').and.not.include(page.value('refresh'));
      await kit.close();
    });

    it(`does not count the tabs of a browser that share one refresh, with rotation ${rotation} (case C5)`, async () => {
      const kit = await start({ transport: 'cookie', refresh: { reuseWindowSeconds: 10 } }, appClient);
      const page = await browserSession(kit);
      const tabs = Array.from({ length: 20 }, () => page.copy());
      const answers = await Promise.all(tabs.map((tab) => tab.post('/refresh')));
      for (const answer of answers) expectStatus(answer, 200);
      for (let count = 0; count < 20; count++) expectStatus(await page.copy().post('/refresh'), 200);
      expect(kit.pool.requests.count(REFRESH)).to.equal(1);
      await kit.close();
    });
  }

  it('ends with its window', async () => {
    const account = { write: { limit: 1, windowMs: 1000 } };
    const kit = await start({ rateLimits: { account } });
    const refreshToken = await bearerSession(kit);
    expectStatus(await kit.post('/refresh', { refreshToken }), 200);
    const refused = expectProblem(await kit.post('/refresh', { refreshToken }), 'rate_limited');
    expect(refused.headers['retry-after']).to.equal('1');
    await new Promise((resolve) => setTimeout(resolve, 1050));
    expectStatus(await kit.post('/refresh', { refreshToken }), 200);
    await kit.close();
  });

  it('counts other spellings of the same bytes together', async () => {
    const kit = await start();
    const token = await bearerSession(kit);
    const last = token.slice(-1);
    const sameBytes = (other: string): boolean =>
      Buffer.from(`A${other}`, 'base64').equals(Buffer.from(`A${last}`, 'base64'));
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const same = [...alphabet].filter((letter) => letter !== last && sameBytes(letter));
    expect(same.length).to.be.above(LIMIT);
    for (const letter of same.slice(0, LIMIT)) {
      const refreshToken = `${token.slice(0, -1)}${letter}`;
      expectProblem(await kit.post('/refresh', { refreshToken }), 'invalid_refresh_token');
    }
    expectProblem(await kit.post('/refresh', { refreshToken: token }), 'rate_limited');
    await kit.close();
  });

  it('never refuses a sign-out, which may refresh', async () => {
    const kit = await start({ transport: 'cookie' });
    const page = await browserSession(kit);
    for (let count = 0; count < LIMIT; count++) expectStatus(await page.post('/refresh'), 200);
    expectProblem(await page.post('/refresh'), 'rate_limited');
    page.cookies.delete('__Host-auth-access');
    expectStatus(await page.post('/sign-out', { everywhere: true }), 200);
    await kit.close();
  });

  it('holds for all instances that share their stores, which learn no token', async () => {
    const stores = new Map<string, MemoryStore>();
    const keys: string[] = [];
    const refreshStore = new MemoryRefreshStore();
    const shared: Config = {
      ...STRICT,
      rateLimits: {
        ...(STRICT.rateLimits as object),
        secret: 'a random string of the app',
        store: ({ prefix }) => {
          const store = stores.get(prefix) ?? new MemoryStore();
          stores.set(prefix, store);
          return {
            init: (options) => store.init(options),
            increment: (key) => {
              keys.push(key);
              return store.increment(key);
            },
            decrement: (key) => store.decrement(key),
            resetKey: (key) => store.resetKey(key),
          };
        },
      },
      refresh: { reuseWindowSeconds: 0, store: refreshStore },
    };
    const one = await start(shared, ROTATION);
    const two = await startKit({ pool: one.pool, config: shared });
    let refreshToken = await bearerSession(one);
    const used = [refreshToken];
    for (const kit of [one, two, one, two]) {
      refreshToken = expectStatus(await kit.post('/refresh', { refreshToken }), 200).body.tokens.refreshToken;
      used.push(refreshToken);
    }
    expectProblem(await one.post('/refresh', { refreshToken }), 'rate_limited');
    expectProblem(await two.post('/refresh', { refreshToken }), 'rate_limited');
    expect(used.filter((token) => keys.some((key) => key.includes(token)))).to.deep.equal([]);
    await two.close();
    await one.close();
  });

  it('is off with rateLimits: false', async () => {
    const kit = await start({ rateLimits: false });
    const refreshToken = await bearerSession(kit);
    for (let count = 0; count < 40; count++) expectStatus(await kit.post('/refresh', { refreshToken }), 200);
    await kit.close();
  });
});
