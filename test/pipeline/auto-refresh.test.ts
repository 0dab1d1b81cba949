import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import express, { type Express, type Request, type Response } from 'express';
import { findAuth } from '../../src/auth/request-auth.ts';
import type { AuthEvent } from '../../src/config/events.ts';
import type { Config } from '../../src/config/options.ts';
import { deferCookies } from '../../src/cookies/deferred-cookies.ts';
import type { ClientSettings } from '../../src/local/model/settings.ts';
import { requireAuth } from '../../src/require-auth.ts';
import { type CognitoRouter, createCognitoRouter } from '../../src/router.ts';
import { ProblemError, problem } from '../../src/shared/problem.ts';
import { type Answer, Browser } from '../support/browser-cookies.ts';
import { SAME_ORIGIN } from '../support/cookie-client.ts';
import { type Kit, listen, OTHER_PASSWORD, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const ADA = 'ada@example.com';
const REFRESH = 'GetTokensFromRefreshToken';
const ROTATING: ClientSettings = {
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
  RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
};

interface SignedInBrowser {
  readonly kit: Kit;
  readonly browser: Browser;
  readonly events: AuthEvent[];
}

function appWith(auth: CognitoRouter): Express {
  const sendSub = (req: Request, res: Response): void => void res.json({ sub: findAuth(req)?.sub ?? null });
  return express()
    .use('/auth', auth)
    .get('/route', auth.requireAuth(), sendSub)
    .post('/route', auth.requireAuth(), sendSub)
    .get('/optional', auth.requireAuth({ optional: true }), sendSub)
    .get('/never', auth.requireAuth({ autoRefresh: false }), sendSub)
    .get('/twice', auth.requireAuth(), auth.requireAuth({ optional: true }), sendSub);
}

/** Starts a kit, and a browser that is signed in with cookies and whose access cookie has expired. */
async function startSignedIn({
  config = {},
  client = ROTATING,
  app = appWith,
}: {
  config?: Config;
  client?: ClientSettings;
  app?: (auth: CognitoRouter) => Express;
} = {}): Promise<SignedInBrowser> {
  const events: AuthEvent[] = [];
  const kit = await startKit({
    pool: { appClient: client, users: [{ username: ADA, password: PASSWORD }] },
    config: {
      transport: 'cookie',
      autoRefresh: true,
      onEvent: (event) => void events.push(event),
      ...config,
    },
    app,
  });
  const browser = new Browser(kit.url);
  const signedIn = await browser.post('/auth/sign-in', { email: ADA, password: PASSWORD });
  expect(signedIn.status).to.equal(200);
  browser.expire('access');
  kit.pool.requests.clear();
  events.length = 0;
  return { kit, browser, events };
}

function expectCode({ status, body }: Answer, expected: number, code: string): void {
  expect([status, body.code], JSON.stringify(body)).to.deep.equal([expected, code]);
}

for (const [rotation, client] of [
  ['on', ROTATING],
  ['off', {}],
] as const) {
  describe(`POST /refresh with a cookie and rotation ${rotation}`, () => {
    let kit: Kit;
    let browser: Browser;
    beforeEach(async () => {
      ({ kit, browser } = await startSignedIn({ client, config: { autoRefresh: false } }));
    });
    afterEach(() => kit.close());

    it('sets new cookies and returns no token', async () => {
      const answer = await browser.post('/auth/refresh');
      expect(answer.status).to.equal(200);
      expect(answer.body).to.have.all.keys('status', 'user', 'expiresIn');
      expect(answer.set).to.have.members(rotation === 'on' ? ['access', 'refresh'] : ['access']);
      expect(answer.cleared).to.deep.equal([]);
      expect(answer.headers.get('cache-control')).to.equal('no-store');
      expect((await browser.fetch('/route')).status).to.equal(200);
    });

    it('keeps every tab signed in, whether the tabs refresh concurrently or one after another', async () => {
      const [one, two, late] = [browser.clone(), browser.clone(), browser.clone()];
      const answers = await Promise.all([one.post('/auth/refresh'), two.post('/auth/refresh')]);
      answers.push(await late.post('/auth/refresh'));
      expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
      expect(kit.pool.requests.count(REFRESH)).to.equal(1);
      for (const tab of [one, two, late]) {
        expect((await tab.fetch('/route')).status).to.equal(200);
        expect(tab.get('refresh')).to.equal(one.get('refresh'));
      }
      expect((await late.post('/auth/refresh')).status).to.equal(200);
    });

    it('keeps the cookies while Cognito is unavailable, and clears them if the session is revoked', async () => {
      for (const [kind, status] of [
        ['status', 503],
        ['throttle', 429],
        ['internalError', 502],
      ] as const) {
        kit.pool.faults.inject({ kind, times: 1 });
        const failed = await browser.post('/auth/refresh');
        expect([failed.status, failed.set, failed.cleared]).to.deep.equal([status, [], []]);
      }
      const otherTab = browser.clone();
      await otherTab.post('/auth/sign-out');
      const revoked = await browser.post('/auth/refresh');
      expectCode(revoked, 401, 'invalid_refresh_token');
      expect(revoked.cleared).to.have.members(['access', 'refresh']);
      expectCode(await browser.post('/auth/refresh'), 401, 'invalid_refresh_token');
    });

    it('is refused from another site', async () => {
      const answer = await browser.fetch('/auth/refresh', {
        method: 'POST',
        headers: { 'Sec-Fetch-Site': 'cross-site', 'content-type': 'application/json' },
      });
      expectCode(answer, 403, 'cross_site_request');
      expect(kit.pool.requests.count(REFRESH)).to.equal(0);
    });
  });
}

describe('A refresh during a step-up', () => {
  it('keeps the challenge cookie of the step-up', async () => {
    const { kit, browser } = await startSignedIn();
    browser.cookies.set('__Host-auth-challenge', `SMS_MFA:${'x'.repeat(40)}`);
    expect((await browser.post('/auth/refresh')).cleared).to.not.include('challenge');
    expect(browser.get('challenge')).to.be.a('string');
    await kit.close();
  });
});

describe('A request with a refresh cookie that another instance has rotated', () => {
  it('neither sets nor clears cookies', async () => {
    const { kit, browser } = await startSignedIn();
    // A second instance without a shared store.
    const other = await startKit({
      pool: kit.pool,
      config: { transport: 'cookie', autoRefresh: true },
      app: appWith,
    });
    const winner = browser.clone(other.url);
    expect((await winner.post('/auth/refresh')).status).to.equal(200);
    for (const request of [browser.post('/auth/refresh'), browser.fetch('/route'), browser.post('/route')]) {
      const lost = await request;
      expect(lost.status).to.equal(401);
      expect([lost.set, lost.cleared]).to.deep.equal([[], []]);
    }
    // The refusal of Cognito is final, and is not requested again.
    expect(kit.pool.requests.list().filter(({ error }) => error !== undefined)).to.have.lengthOf(1);
    expect((await browser.fetch('/optional')).body).to.deep.equal({ sub: null });
    expect((await winner.fetch('/route')).status).to.equal(200);
    expect((await winner.post('/auth/refresh')).status).to.equal(200);
    await Promise.all([kit.close(), other.close()]);
  });
});

describe('autoRefresh', () => {
  let events: AuthEvent[];
  let kit: Kit;
  let browser: Browser;
  const use = async (options: Parameters<typeof startSignedIn>[0] = {}): Promise<void> => {
    ({ kit, browser, events } = await startSignedIn(options));
  };
  afterEach(() => kit.close());

  it('serves a request without an access cookie, and sets new cookies on the response', async () => {
    await use();
    const first = browser.get('refresh');
    const answer = await browser.fetch('/route');
    expect(answer.status).to.equal(200);
    expect(answer.body.sub).to.be.a('string');
    expect(answer.set).to.have.members(['access', 'refresh']);
    expect(answer.headers.get('cache-control')).to.equal('no-store');
    for (const line of answer.headers.getSetCookie()) {
      expect(line).to.match(/; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    }
    expect(browser.get('refresh')).to.not.equal(first);
    const again = await browser.fetch('/route');
    expect([again.status, again.set]).to.deep.equal([200, []]);
    expect(kit.pool.requests.count(REFRESH)).to.equal(1);
    expect(events.map(({ type, endpoint, sub }) => [type, endpoint, sub])).to.deep.equal([
      ['refresh.succeeded', 'refresh', answer.body.sub],
    ]);
  });

  it('serves a request whose access token has expired', async () => {
    await use();
    const { accessToken } = kit.pool.tokensFor(ADA, { accessExpiresIn: -1 });
    browser.cookies.set('__Host-auth-access', accessToken);
    expect((await browser.fetch('/route')).status).to.equal(200);
    expect(browser.get('access')).to.not.equal(accessToken);
  });

  it('does not refresh for an access cookie that is invalid for another reason', async () => {
    await use();
    browser.cookies.set('__Host-auth-access', 'a.b.c');
    expectCode(await browser.fetch('/route'), 401, 'invalid_token');
    expect(kit.pool.requests.count(REFRESH)).to.equal(0);
  });

  it('calls Cognito once for all concurrent requests of a page', async () => {
    await use();
    const tabs = Array.from({ length: 20 }, () => browser.clone());
    const answers = await Promise.all(tabs.map((tab, i) => tab.fetch(i % 2 ? '/route' : '/auth/me')));
    expect(answers.map(({ status }) => status)).to.deep.equal(tabs.map(() => 200));
    expect(new Set(tabs.map((tab) => tab.get('refresh'))).size).to.equal(1);
    expect(kit.pool.requests.count(REFRESH)).to.equal(1);
  });

  it('applies to the endpoints of the router too', async () => {
    await use();
    const me = await browser.fetch('/auth/me');
    expect([me.status, me.set]).to.deep.equal([200, ['access', 'refresh']]);
    browser.expire('access');
    const change = { oldPassword: PASSWORD, newPassword: OTHER_PASSWORD };
    expect((await browser.post('/auth/change-password', change)).status).to.equal(200);
  });

  it('lets a global sign-out revoke the session and clear all cookies', async () => {
    await use();
    const tab = browser.clone();
    const out = await browser.post('/auth/sign-out', { everywhere: true });
    expect(out.status, JSON.stringify(out.body)).to.equal(200);
    expect(out.set).to.deep.equal([]);
    expect(out.cleared).to.include.members(['access', 'refresh']);
    expect(browser.get('refresh')).to.equal(undefined);
    const late = await tab.fetch('/route');
    expect(late.status).to.equal(401);
  });

  it('lets a sign-out revoke the refresh token that it has just received', async () => {
    await use();
    const out = await browser.post('/auth/sign-out');
    expect([out.status, out.set]).to.deep.equal([200, []]);
    expect([kit.pool.requests.count(REFRESH), kit.pool.requests.count('RevokeToken')]).to.deep.equal([1, 1]);
    expect(browser.cookies.size).to.equal(0);
  });

  it('lets a user sign out even if the refresh hook fails or refuses', async () => {
    for (const error of [new Error('down'), new ProblemError(problem('forbidden'))]) {
      const fail = (): never => {
        throw error;
      };
      await use({ config: { hooks: { before: { refresh: fail } } } });
      const tab = browser.clone();
      const out = await browser.post('/auth/sign-out');
      expect([out.status, browser.cookies.size]).to.deep.equal([200, 0]);
      expect(kit.pool.requests.count('RevokeToken')).to.equal(1);
      expect((await tab.fetch('/route')).status).to.equal(error instanceof ProblemError ? 403 : 500);
      await kit.close();
    }
  });

  it('refreshes once if one requireAuth follows another', async () => {
    await use({ config: { refresh: { reuseWindowSeconds: 0 } } });
    expect((await browser.fetch('/twice')).status).to.equal(200);
    expect(kit.pool.requests.count(REFRESH)).to.equal(1);
    expect(events.map(({ type }) => type)).to.deep.equal(['refresh.succeeded']);
  });

  it('passes the new cookies to the endpoints of the router after an app-wide requireAuth', async () => {
    await use({
      config: { refresh: { reuseWindowSeconds: 0 } },
      app: (auth) =>
        express()
          .use(auth.requireAuth({ optional: true }))
          .use('/auth', auth),
    });
    const answer = await browser.post('/auth/refresh');
    expect(answer.status).to.equal(200);
    const out = await browser.post('/auth/sign-out');
    expect([out.status, out.set]).to.deep.equal([200, []]);
    expect(browser.cookies.size).to.equal(0);
    expect(events.filter(({ type }) => type === 'refresh.reuse')).to.deep.equal([]);
  });

  it('lets a browser sign in again after another browser has revoked its session', async () => {
    await use({
      config: { introspect: true },
      app: (auth) =>
        appWith(auth)
          .use(auth.requireAuth({ optional: true }))
          .use('/again', auth),
    });
    const credentials = { email: ADA, password: PASSWORD };
    const elsewhere = new Browser(kit.url);
    await elsewhere.post('/auth/sign-in', credentials);
    await browser.post('/auth/sign-in', credentials);
    const accessToken = browser.get('access') ?? '';
    expect((await elsewhere.post('/auth/sign-out', { everywhere: true })).status).to.equal(200);
    expectCode(await browser.fetch('/route'), 401, 'invalid_token');
    const open = await browser.fetch('/optional');
    expect([open.status, open.body]).to.deep.equal([200, { sub: null }]);
    // A bearer token is refused, because the client can leave it out.
    const bearer = await new Browser(kit.url).fetch('/optional', {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    expectCode(bearer, 401, 'invalid_token');
    expect((await browser.post('/again/sign-in', credentials)).status).to.equal(200);
    expect(browser.get('access')).to.not.equal(accessToken);
  });

  it('refuses a browser without cookies, except on an optional route', async () => {
    await use();
    const signedOut = new Browser(kit.url);
    expectCode(await signedOut.fetch('/route'), 401, 'missing_token');
    expect((await signedOut.fetch('/optional')).body).to.deep.equal({ sub: null });
    const known = await browser.fetch('/optional');
    expect(known.body.sub).to.be.a('string');
    expect(known.set).to.include('access');
  });

  it('can be disabled or enabled for a single route', async () => {
    await use();
    expectCode(await browser.fetch('/never'), 401, 'missing_token');
    await kit.close();
    await use({
      config: { autoRefresh: false },
      app: (auth) =>
        appWith(auth).get('/always', auth.requireAuth({ autoRefresh: true }), (_req, res) => res.json({})),
    });
    expectCode(await browser.fetch('/route'), 401, 'missing_token');
    expectCode(await browser.fetch('/auth/me'), 401, 'missing_token');
    expect(kit.pool.requests.count(REFRESH)).to.equal(0);
    expect((await browser.fetch('/always')).status).to.equal(200);
  });

  it('does not apply to cross-site state-changing requests or to bearer tokens', async () => {
    await use({ config: { transport: 'both' } });
    const { refreshToken, accessToken } = kit.pool.tokensFor(ADA, { accessExpiresIn: -1 });
    browser.cookies.set('__Host-auth-refresh', refreshToken);
    for (const headers of [{ 'Sec-Fetch-Site': 'cross-site' }, { Origin: 'https://evil.example' }, {}]) {
      for (const path of ['/route', '/auth/change-password']) {
        expectCode(await browser.fetch(path, { method: 'POST', headers }), 403, 'cross_site_request');
      }
    }
    const headers = { ...SAME_ORIGIN, authorization: `Bearer ${accessToken}` };
    expectCode(await browser.fetch('/route', { headers }), 401, 'token_expired');
    expectCode(await browser.fetch('/auth/me', { headers }), 401, 'token_expired');
    expect(kit.pool.requests.count(REFRESH)).to.equal(0);
    expect((await browser.fetch('/route', { method: 'POST' })).status).to.equal(200);
  });

  it('keeps the cookies and sends Retry-After while Cognito is unavailable', async () => {
    const log = captureLog();
    await use({ config: { logger: log.logger, timeouts: { call: 1000 } } });
    const refreshToken = browser.get('refresh') ?? '';
    for (const [kind, status, code] of [
      ['status', 503, 'upstream_unavailable'],
      ['throttle', 429, 'rate_limited'],
      ['hang', 504, 'upstream_timeout'],
    ] as const) {
      for (const path of ['/route', '/optional', '/auth/me']) {
        const end = kit.pool.faults.inject({ kind });
        const answer = await browser.fetch(path);
        end();
        expectCode(answer, status, code);
        expect([answer.set, answer.cleared]).to.deep.equal([[], []]);
        if (status === 503) expect(answer.headers.get('retry-after')).to.match(/^\d+$/);
      }
    }
    expect(log.text()).to.include('automatic refresh failed').and.not.include(refreshToken);
    expect((await browser.fetch('/route')).status).to.equal(200);
  });

  it('clears the cookies and answers 401 on every kind of route if the session is revoked', async () => {
    for (const path of ['/route', '/optional', '/auth/me']) {
      await use();
      await kit.request
        .post('/auth/sign-out')
        .set(SAME_ORIGIN)
        .set('Cookie', `__Host-auth-refresh=${browser.get('refresh')}`)
        .send({});
      const answer = await browser.fetch(path);
      expectCode(answer, 401, 'invalid_refresh_token');
      expect(answer.headers.get('www-authenticate')).to.equal('Bearer realm="api"');
      expect(answer.cleared).to.have.members(['access', 'refresh']);
      expect(browser.cookies.size).to.equal(0);
      await kit.close();
    }
  });

  it('revokes the whole session on refresh token reuse', async () => {
    await use({ config: { refresh: { reuseWindowSeconds: 0 } } });
    const attacker = browser.clone();
    expect((await browser.fetch('/route')).status).to.equal(200);
    const reused = await attacker.fetch('/route');
    expectCode(reused, 401, 'invalid_refresh_token');
    expect(events.map(({ type }) => type)).to.deep.equal([
      'refresh.succeeded',
      'refresh.reuse',
      'refresh.failed',
    ]);
    expectCode(await browser.fetch('/route'), 401, 'invalid_token');
  });

  it('runs the before hook of refresh, which can refuse', async () => {
    const banned = new Set<string>();
    await use({
      config: {
        hooks: {
          before: {
            refresh: ({ body }) => {
              if (banned.has(String(body.refreshToken))) throw new ProblemError(problem('forbidden'));
            },
          },
        },
      },
    });
    const refreshToken = browser.get('refresh') ?? '';
    banned.add(refreshToken);
    expectCode(await browser.fetch('/route'), 403, 'forbidden');
    expect(kit.pool.requests.count(REFRESH)).to.equal(0);
    banned.clear();
    expect((await browser.fetch('/route')).status).to.equal(200);
  });

  it('does not run the response hook of refresh, because no client gets its response', async () => {
    let runs = 0;
    await use({ config: { hooks: { response: { refresh: () => void runs++ } } } });
    expect((await browser.fetch('/route')).status).to.equal(200);
    expect(runs).to.equal(0);
    expect((await browser.fetch('/auth/refresh', { method: 'POST' })).status).to.equal(200);
    expect(runs).to.equal(1);
  });

  it('counts towards the rate limit of a refresh', async () => {
    await use({ config: { rateLimits: { address: { write: { limit: 3, windowMs: 60_000 } } } } });
    const forged = new Browser(kit.url);
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) {
      forged.cookies.set('__Host-auth-refresh', `made.up.${i}`);
      statuses.push((await forged.fetch('/route')).status);
    }
    expect(statuses).to.deep.equal([401, 401, 401, 429, 429]);
    expect(kit.pool.requests.count(REFRESH)).to.equal(3);
  });

  it('counts once towards the rate limit for all concurrent requests of a page', async () => {
    await use({ config: { rateLimits: { address: { write: { limit: 1, windowMs: 60_000 } } } } });
    const answers = await Promise.all(Array.from({ length: 8 }, () => browser.fetch('/route')));
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(8).fill(200));
    const forged = new Browser(kit.url);
    forged.cookies.set('__Host-auth-refresh', 'made.up');
    expect((await forged.fetch('/route')).status).to.equal(429);
  });

  it('sends the device key of the browser', async () => {
    const DeviceConfiguration = { ChallengeRequiredOnNewDevice: true };
    const tracking = await startKit({
      pool: { pool: { DeviceConfiguration }, users: [{ username: ADA, password: PASSWORD }] },
      config: { transport: 'cookie', autoRefresh: true, authFlow: 'USER_SRP_AUTH' },
      app: appWith,
    });
    const device = new Browser(tracking.url);
    const { body } = await device.post('/auth/sign-in', { email: ADA, password: PASSWORD });
    expect((await device.post('/auth/devices', body.newDevice)).status).to.equal(200);
    device.expire('access');
    const answer = await device.fetch('/route');
    expect([answer.status, answer.set]).to.deep.equal([200, ['access']]);
    await tracking.close();
    await use();
  });
});

describe('The cookies of an automatic refresh', () => {
  it('are set with Cache-Control: no-store, however the app sends its response', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'static-'));
    await writeFile(join(folder, 'page.html'), '<p>Hello</p>');
    const { kit, browser } = await startSignedIn({
      client: {},
      app: (auth) =>
        express()
          .use('/auth', auth)
          .use(auth.requireAuth())
          .get(
            '/cached',
            (_req, res) => void res.set('Cache-Control', 'public, max-age=600').cookie('a', '1').send('x'),
          )
          .get('/replaced', (_req, res) => void res.setHeader('Set-Cookie', 'a=1').end('x'))
          .get('/head', (_req, res) => {
            res.writeHead(201, 'Made', { 'cache-control': 'public', 'set-cookie': ['a=1', 'b=2'] }).end('x');
          })
          .get('/pairs', (_req, res) => {
            res
              .writeHead(200, ['Cache-Control', 'public', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'])
              .end('x');
          })
          .get('/stream', (_req, res) => {
            res.flushHeaders();
            res.end('x');
          })
          .get('/away', (_req, res) => void res.redirect('/elsewhere'))
          .use(express.static(folder, { maxAge: 600_000, immutable: true })),
    });
    const others: Record<string, readonly string[]> = {
      '/cached': ['a'],
      '/replaced': ['a'],
      '/head': ['a', 'b'],
      '/pairs': ['a', 'b'],
      '/stream': [],
      '/away': [],
      '/page.html': [],
    };
    for (const [path, expected] of Object.entries(others)) {
      browser.expire('access');
      const answer = await browser.fetch(path);
      expect(answer.set, path).to.have.members(['access', ...expected]);
      expect(answer.headers.get('cache-control'), path).to.equal('no-store');
      if (path === '/head') expect(answer.status).to.equal(201);
    }
    // A request without a refresh keeps the Cache-Control of the app.
    const again = await browser.fetch('/page.html');
    expect(again.headers.get('cache-control')).to.include('max-age=600');
    await rm(folder, { recursive: true });
    await kit.close();
  });

  it('keep the headers that the app passes to writeHead', async () => {
    const server = await listen(
      createServer((_req, res: ServerResponse) => {
        deferCookies(res, ['a=deferred; Path=/']);
        res.writeHead(200, undefined, { 'X-One': '1', 'Content-Type': 'text/plain' });
        res.end();
      }),
    );
    const { headers } = await fetch(server.url);
    expect([headers.get('x-one'), headers.get('content-type')]).to.deep.equal(['1', 'text/plain']);
    expect(headers.getSetCookie()).to.deep.equal(['a=deferred; Path=/']);
    await server.close();
  });

  it('keep each header a string for middleware that wraps writeHead', async () => {
    const types: unknown[] = [];
    const server = await listen(
      createServer((_req, res: ServerResponse) => {
        const { writeHead } = res;
        res.writeHead = function wrapped(this: ServerResponse, ...args: unknown[]): ServerResponse {
          types.push(this.getHeader('Content-Type'));
          return writeHead.apply(this, args as never);
        } as never;
        deferCookies(res, ['a=deferred; Path=/']);
        res.writeHead(200, ['Content-Type', 'text/plain']).end();
      }),
    );
    await fetch(server.url);
    expect(types).to.deep.equal(['text/plain']);
    await server.close();
  });

  it('are set on the response of an error handler after writeHead has thrown', async () => {
    const server = await listen(
      createServer((_req, res: ServerResponse) => {
        deferCookies(res, ['a=deferred; Path=/']);
        expect(() => res.writeHead(200, 'two\nlines')).to.throw();
        // The error handler of Express does the same.
        for (const name of res.getHeaderNames()) res.removeHeader(name);
        res.statusMessage = 'Internal Server Error';
        res.writeHead(500).end();
      }),
    );
    const { status, headers } = await fetch(server.url);
    expect([status, headers.getSetCookie()]).to.deep.equal([500, ['a=deferred; Path=/']]);
    expect(headers.get('cache-control')).to.equal('no-store');
    await server.close();
  });

  it('are replaced by a cookie of the same name that is set later', async () => {
    const server = await listen(
      createServer((_req, res: ServerResponse) => {
        deferCookies(res, ['a=old; Path=/', 'b=old; Path=/']);
        deferCookies(res, ['b=new; Path=/']);
        res.setHeader('Set-Cookie', 'a=since; Path=/');
        res.end();
      }),
    );
    const { headers } = await fetch(server.url);
    expect(headers.getSetCookie()).to.deep.equal(['b=new; Path=/', 'a=since; Path=/']);
    await server.close();
  });
});

describe('The option autoRefresh', () => {
  const pool = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: '1example23456789' };

  it('is refused without cookie transport', () => {
    const message = "autoRefresh is set without cookies; set transport to 'cookie' or 'both'";
    expect(() => createCognitoRouter({ ...pool, autoRefresh: true })).to.throw(TypeError, message);
    const auth = createCognitoRouter({ ...pool, logger: false });
    expect(() => auth.requireAuth({ autoRefresh: true })).to.throw(TypeError, message);
  });

  it('is refused for ID tokens, because no cookie has one', () => {
    const auth = createCognitoRouter({ ...pool, logger: false, transport: 'both', autoRefresh: true });
    expect(() => auth.requireAuth({ autoRefresh: true, tokenUse: 'id' })).to.throw(
      TypeError,
      'leave one of them out',
    );
    expect(() => auth.requireAuth({ tokenUse: 'id' })).to.not.throw();
    expect(() => auth.requireAuth({ autoRefresh: 'yes' as never })).to.throw(
      TypeError,
      'write true or false',
    );
  });

  it('is refused by the standalone requireAuth, which cannot call Cognito', () => {
    const options = { ...pool, transport: 'cookie', autoRefresh: true } as object;
    expect(() => requireAuth(options)).to.throw(TypeError, 'write router.requireAuth({ autoRefresh: true })');
  });
});
