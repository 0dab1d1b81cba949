import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type LocalUserPool, startLocalUserPool } from 'express-cognito-kit/local';
import request from 'supertest';
import { createExampleApp, type ExampleApp } from '../../examples/server/app.ts';
import { type DemoPool, startDemoPool } from '../../examples/server/demo-pool.ts';
import { CHALLENGES } from '../../src/endpoints/challenges.ts';
import { ask } from '../support/cookie-client.ts';
import { settingsOf, start, startApp, stopAll } from '../support/example-process.ts';
import { freePort } from '../support/free-port.ts';
import { RedisServer } from '../support/redis-server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ADA = { email: 'ada@example.com', password: 'Analytical-1843' };
const ALAN = { email: 'alan@example.com', password: 'Enigmatic-1912' };

/** Fetch metadata of a request by a page of the same origin. */
const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' };

describe('Examples:', () => {
  let pool: LocalUserPool;

  before(async () => {
    pool = await startLocalUserPool({
      quiet: true,
      users: [
        { username: ADA.email, password: ADA.password, groups: ['admin'] },
        { username: ALAN.email, password: ALAN.password },
      ],
    });
  });

  after(() => pool.close());

  afterEach(stopAll);

  describe('example server app', () => {
    let demo: DemoPool;
    let example: ExampleApp;

    before(async () => {
      demo = await startDemoPool();
      example = createExampleApp({ demo, config: { logger: false } });
    });

    after(async () => {
      await example.close();
      await demo.pool.close();
    });

    async function tokenOf(user: { email: string; password: string }): Promise<string> {
      const { email, password } = user;
      const { body } = await request(example.app).post('/auth/sign-in').send({ email, password }).expect(200);
      return body.tokens.accessToken;
    }

    it('allows a user without groups to call the protected route, but not the admin route', async () => {
      const token = await tokenOf(ALAN);
      const { body, headers } = await request(example.app)
        .get('/api/profile')
        .auth(token, { type: 'bearer' })
        .expect(200);
      expect(body.groups).to.deep.equal([]);
      expect(headers['cache-control']).to.equal('no-store');
      await request(example.app).get('/api/admin').auth(token, { type: 'bearer' }).expect(403);
    });

    it('allows an admin to call the protected route and the admin route', async () => {
      const token = await tokenOf(ADA);
      await request(example.app).get('/api/profile').auth(token, { type: 'bearer' }).expect(200);
      await request(example.app).get('/api/admin').auth(token, { type: 'bearer' }).expect(200);
    });

    it('answers 401 at the protected route without a token', async () => {
      const { headers } = await request(example.app).get('/api/profile').expect(401);
      expect(headers['www-authenticate']).to.equal('Bearer realm="api"');
      expect(headers['cache-control']).to.equal('no-store');
    });

    it('signs in each demo account with the expected result or challenge', async () => {
      const outcomes = await Promise.all(
        demo.users.map(async ({ email, password }) => {
          const { body } = await request(example.app)
            .post('/auth/sign-in')
            .send({ email, password })
            .expect(200);
          return body.challenge?.name ?? body.status;
        }),
      );
      expect(outcomes).to.deep.equal(['complete', 'complete', 'NEW_PASSWORD_REQUIRED', 'SOFTWARE_TOKEN_MFA']);
    });

    it('shows a valid code of the second factor in the inbox', async () => {
      const { email, password } = demo.users[3] ?? ADA;
      const { body } = await request(example.app).post('/auth/sign-in').send({ email, password });
      const { name, session, username } = body.challenge;
      const inbox = await request(example.app).get('/inbox').set('Host', 'localhost').expect(200);
      await request(example.app)
        .post('/auth/challenge')
        .send({ name, session, username, confirmationCode: inbox.body.authenticators[0].code })
        .expect(200);
    });

    it('shows the code of a sent message in the inbox', async () => {
      const email = 'marie@example.com';
      await request(example.app).post('/auth/sign-up').send({ email, password: 'Radium-1898' }).expect(200);
      const { body, headers } = await request(example.app)
        .get('/inbox')
        .set('Host', 'localhost:3000')
        .expect(200);
      const message = body.messages.at(-1);
      expect(message).to.include({ to: email, kind: 'sign_up', medium: 'EMAIL' });
      expect(headers['cache-control']).to.equal('no-store');
      await request(example.app)
        .post('/auth/confirm-sign-up')
        .send({ email, confirmationCode: message.code })
        .expect(200);
    });

    it('refuses the inbox to a Host header that is not loopback (DNS rebinding)', async () => {
      await request(example.app).get('/inbox').set('Host', 'attacker.example').expect(403);
      await request(example.app).get('/inbox/events').set('Host', 'attacker.example').expect(403);
    });

    it('serves the page with a Content Security Policy without inline code and other hosts', async () => {
      const { headers, text } = await request(example.app).get('/').expect(200);
      const policy = String(headers['content-security-policy']);
      expect(policy).to.include("default-src 'none'").and.include("script-src 'self'");
      expect(policy).to.include("frame-ancestors 'none'").and.include("require-trusted-types-for 'script'");
      expect(policy).not.to.match(/unsafe|https?:|\*/);
      expect(text).not.to.match(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
    });

    it('has a form for every endpoint of the router, and no other', async () => {
      const { body } = await request(example.app).get('/auth/openapi.json').expect(200);
      const served = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      );
      const { OPERATIONS } = (await import(`${ROOT}examples/server/public/operations.js`)) as {
        OPERATIONS: { method: string; path: string }[];
      };
      const base = String(body.servers?.[0]?.url ?? '');
      const offered = OPERATIONS.filter(({ path }) => path.startsWith('/auth/')).map(
        ({ method, path }) => `${method} ${path.slice(base.length)}`,
      );
      expect([...new Set(offered)].sort()).to.deep.equal(served.sort());
    });

    it('has a form for every challenge that POST /challenge answers', async () => {
      const forms = (await import(`${ROOT}examples/server/public/operations.js`)) as { CHALLENGES: object };
      expect(Object.keys(forms.CHALLENGES).sort()).to.deep.equal(Object.keys(CHALLENGES).sort());
    });
  });

  describe('example server process (npm start)', () => {
    it('starts on the local pool, prints its URL, streams codes, and exits with 0 on SIGTERM', async () => {
      const server = start('examples/server/main.ts', { PORT: '0' });
      const [, url = ''] = await server.prints(/Auth console +(http:\S+)/);
      expect(await server.prints(/Press Ctrl\+C/)).not.to.equal(null);
      const events = await fetch(`${url}/inbox/events`);
      expect(events.headers.get('content-type')).to.match(/^text\/event-stream/);
      const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
      expect((await reader?.read())?.value).to.include('"messages":[]');
      await postJson(`${url}/auth/sign-up`, { email: 'marie@example.com', password: 'Radium-1898' });
      let event = await reader?.read();
      // The same messages repeat when the codes of authenticator apps change meanwhile.
      while (event?.value?.includes('"messages":[]')) event = await reader?.read();
      expect(event?.value).to.include('marie@example.com');
      server.process.kill('SIGTERM');
      expect(await server.exitCode()).to.equal(0);
    });

    it('uses the user pool in COGNITO_* and has no inbox', async () => {
      const server = start('examples/server/main.ts', { PORT: '0', ...settingsOf(pool) });
      const [, url = ''] = await server.prints(/Auth console +(http:\S+)/);
      expect((await fetch(`${url}/inbox`)).status).to.equal(404);
      const console = await (await fetch(`${url}/console.json`)).json();
      expect(console).to.include({ mode: 'cognito', userPoolId: pool.config.userPoolId });
      expect(console).not.to.have.property('managedLogin');
      expect((await fetch(`${url}/auth/login`, { redirect: 'manual' })).status).to.equal(404);
      const { status, body } = await postJson(`${url}/auth/sign-in`, ALAN);
      expect([status, body.status]).to.deep.equal([200, 'complete']);
    });

    it('redirects to managed login of the user pool if MANAGED_LOGIN is set', async () => {
      const env = { PORT: '0', MANAGED_LOGIN: '1', ...settingsOf(pool) };
      const server = start('examples/server/main.ts', env);
      const [, url = ''] = await server.prints(/Auth console +(http:\S+)/);
      const response = await fetch(`${url}/auth/login`, { redirect: 'manual' });
      const location = new URL(response.headers.get('location') ?? '');
      expect(location.href).to.include(`${pool.domain}/oauth2/authorize`);
      expect(location.searchParams.get('redirect_uri')).to.equal(`${url}/auth/callback`);
    });

    it('suggests another port if the port is in use', async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      const server = start('examples/server/main.ts', { PORT: String(port) });
      expect(await server.exitCode()).to.equal(1);
      expect(server.output())
        .to.include(`Port ${port} is in use`)
        .and.include(`PORT=${port + 1} npm start`);
      other.close();
    });

    it('exits with 1 and names the invalid PORT, user pool ID or missing variable', async () => {
      const badPort = start('examples/server/main.ts', { PORT: 'http' });
      expect(await badPort.exitCode()).to.equal(1);
      expect(badPort.output()).to.include('PORT is "http"');
      const badPool = start('examples/server/main.ts', {
        PORT: '0',
        COGNITO_USER_POOL_ID: 'my pool',
        COGNITO_CLIENT_ID: 'x',
      });
      expect(await badPool.exitCode()).to.equal(1);
      const halfSet = start('examples/server/main.ts', { PORT: '0', COGNITO_CLIENT_ID: 'x' });
      expect(await halfSet.exitCode()).to.equal(1);
      expect(halfSet.output()).to.include('COGNITO_USER_POOL_ID');
      expect(badPool.output()).to.include('"my pool"').and.not.include('    at ');
    });
  });

  for (const [file, env] of [
    ['server/main.ts', { PORT: '0' }],
    ['browser-session.ts', {}],
    ['existing-app.ts', {}],
    ['access-rules.ts', {}],
    ['hooks.ts', {}],
  ] as const) {
    it(`${file} completes a sign-in in progress on SIGTERM, and exits despite an incomplete request`, async () => {
      const slow = await startLocalUserPool({
        quiet: true,
        users: [{ username: ALAN.email, password: ALAN.password }],
      });
      slow.faults.inject({ kind: 'delay', ms: 400, on: 'InitiateAuth' });
      const app = start(`examples/${file}`, { PORT: String(await freePort()), ...env, ...settingsOf(slow) });
      const [, url = ''] = await app.prints(/(http:\/\/localhost:\d+)/);
      const half = connect(Number(new URL(url).port), 'localhost');
      half.on('error', () => undefined).write('GET / HTTP/1.1\r\nHost: local');
      await once(half, 'connect');
      const signIn = postJson(`${url}/auth/sign-in`, ALAN, SAME_ORIGIN);
      while (slow.requests.count('InitiateAuth') === 0) await sleep(5);
      app.process.kill('SIGTERM');
      expect((await signIn).status).to.equal(200);
      const answeredAt = performance.now();
      expect(await app.exitCode()).to.equal(0);
      expect(performance.now() - answeredAt).to.be.lessThan(5000);
      half.destroy();
      await slow.close();
    });
  }

  it('existing-app.ts signs users in and protects its route', async () => {
    const url = await startApp('examples/existing-app.ts', pool);
    expect((await fetch(`${url}/reports`)).status).to.equal(401);
    const { body } = await postJson(`${url}/auth/sign-in`, ALAN);
    const reports = await fetch(`${url}/reports`, {
      headers: { authorization: `Bearer ${body.tokens.accessToken}` },
    });
    expect(reports.status).to.equal(200);
    expect(await reports.json())
      .to.have.property('reader')
      .that.is.a('string');
  });

  it('access-rules.ts applies its rules for groups, scopes, owners and guests', async () => {
    const url = await startApp('examples/access-rules.ts', pool);
    const ada = pool.tokensFor(ADA.email).accessToken;
    const alan = pool.tokensFor(ALAN.email).accessToken;
    const status = async (path: string, token?: string): Promise<number> =>
      (await fetch(url + path, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }))
        .status;
    const sub = (await (
      await fetch(`${url}/auth/me`, { headers: { authorization: `Bearer ${alan}` } })
    ).json()) as {
      sub: string;
    };
    expect(await status('/invoices', ada)).to.equal(200);
    expect(await status('/invoices', alan)).to.equal(403);
    expect(await status('/account', alan)).to.equal(200);
    expect(await status(`/users/${sub.sub}/notes`, alan)).to.equal(200);
    expect(await status(`/users/${sub.sub}/notes`, ada)).to.equal(403);
    expect(await status('/welcome')).to.equal(200);
    expect(await status('/welcome', alan)).to.equal(200);
    expect(await status('/welcome', 'not.a.token')).to.equal(401);
  });

  it('hooks.ts refuses foreign addresses, extends the profile, and writes the audit trail', async () => {
    const app = start('examples/hooks.ts', { PORT: String(await freePort()), ...settingsOf(pool) });
    const [, url = ''] = await app.prints(/(http:\S+)\/auth\/health/);
    const refused = await postJson(`${url}/auth/sign-up`, {
      email: 'eve@stranger.test',
      password: 'Radium-1898',
    });
    expect([refused.status, refused.body.detail]).to.deep.equal([
      403,
      'Sign up with your example.com address.',
    ]);
    const token = pool.tokensFor(ALAN.email).accessToken;
    const me = await fetch(`${url}/auth/me`, { headers: { authorization: `Bearer ${token}` } });
    expect(await me.json()).to.include({ plan: 'free' });
    await postJson(`${url}/auth/sign-in`, { ...ALAN, password: 'Wrong-1912-word' });
    await app.prints(/"audit":"sign_in.failed"/);
    expect(app.output()).not.to.include('Wrong-1912-word').and.not.to.include(token);
  });

  describe('browser-session.ts', () => {
    const setCookies = (response: Response): string =>
      response.headers
        .getSetCookie()
        .map((cookie) => cookie.split(';')[0])
        .join('; ');
    const post = (url: string, headers: Record<string, string>, body: object = {}): Promise<Response> =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });

    async function walkThrough(url: string, prefix: string): Promise<void> {
      // As a browser opens a page: fetch() sends the fetch metadata of a script.
      const account = async (cookie: string): Promise<Response> => {
        const { status, headers, body } = await ask(`${url}/account`, 'GET', { cookie, accept: 'text/html' });
        const lines = Object.entries(headers).flatMap(([name, value]) =>
          [value].flat().map((each) => [name, String(each)]),
        );
        return new Response(body, { status, headers: lines as [string, string][] });
      };
      expect((await account('')).headers.get('location')).to.equal('/?returnTo=%2Faccount');
      const signedIn = await post(`${url}/auth/sign-in`, SAME_ORIGIN, ADA);
      expect(await signedIn.json()).to.have.all.keys('status', 'user', 'expiresIn');
      const cookie = setCookies(signedIn);
      expect(cookie).to.include(`${prefix}access=`);

      const page = await account(cookie);
      expect(page.headers.get('cache-control')).to.equal('no-store');
      expect(page.headers.get('content-security-policy')).to.include("default-src 'self'");
      expect(await page.text())
        .to.include('Signed in as')
        .and.not.match(/<script(?![^>]*\ssrc=)|\son\w+=/);
      const note = { note: '<b>Bring tea</b>' };
      const elsewhere = await post(`${url}/note`, { cookie, 'sec-fetch-site': 'cross-site' }, note);
      expect(elsewhere.status).to.equal(403);
      expect((await post(`${url}/note`, { cookie, ...SAME_ORIGIN }, note)).status).to.equal(200);
      expect(await (await account(cookie)).text()).to.include('&#60;b&#62;Bring tea');

      // Without the access token cookie, as after its expiry.
      const [refresh = ''] = cookie.split('; ').filter((pair) => pair.startsWith(`${prefix}refresh=`));
      const refreshed = await account(refresh);
      expect(refreshed.status).to.equal(200);
      expect(setCookies(refreshed)).to.include(`${prefix}access=`);

      expect((await post(`${url}/auth/sign-out`, { cookie, ...SAME_ORIGIN })).status).to.equal(200);
      expect((await account(cookie)).status).to.equal(303);
      expect((await post(`${url}/auth/refresh`, { cookie, ...SAME_ORIGIN })).status).to.equal(401);
    }

    it('signs in, refreshes and signs out with cookies on its own local pool', async () => {
      const app = start('examples/browser-session.ts', { PORT: String(await freePort()) });
      const [, url = ''] = await app.prints(/(http:\/\/localhost:\d+)/);
      await app.prints(/Sign in as ada@example.com with/);
      await walkThrough(url, 'auth-');
    });

    it('signs in, refreshes and signs out with __Host- cookies on the user pool in COGNITO_*', async () => {
      await walkThrough(await startApp('examples/browser-session.ts', pool), '__Host-auth-');
    });
  });

  describe('two-instances.ts', () => {
    it('shares revocation, single-flight refresh and rate limits between its instances', async function () {
      const redis = await RedisServer.startFor(this);
      try {
        const port = await freePort();
        const app = start('examples/two-instances.ts', { PORT: String(port), REDIS_URL: redis.url });
        const urls = [`http://localhost:${port}`, `http://localhost:${port + 1}`];
        for (const url of urls) await app.prints(new RegExp(`${url}/reports`));
        const [one = '', two = ''] = urls;
        const reports = (url: string, token: string): Promise<Response> =>
          fetch(`${url}/reports`, { headers: { authorization: `Bearer ${token}` } });

        const { body } = await postJson(`${one}/auth/sign-in`, ADA);
        const { accessToken, refreshToken } = body.tokens;
        const answers = await Promise.all(urls.map(async (url) => (await reports(url, accessToken)).json()));
        const processes = answers.map((answer) => (answer as { answeredBy: number }).answeredBy);
        expect(new Set(processes)).to.have.property('size', 2);
        // Concurrent refreshes on both instances are one call to the user pool.
        const refreshed = await Promise.all(
          urls.map(async (url) => (await postJson(`${url}/auth/refresh`, { refreshToken })).body.tokens),
        );
        expect(refreshed[0]?.accessToken).to.be.a('string');
        expect(refreshed[0]?.accessToken).to.equal(refreshed[1]?.accessToken);

        const signOut = await fetch(`${one}/auth/sign-out`, {
          method: 'POST',
          headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
          body: '{"everywhere":true}',
        });
        expect(signOut.status).to.equal(200);
        // The other instance may answer for a second from the last look-up (`revocation.cacheSeconds`).
        await sleep(1_100);
        expect((await reports(two, accessToken)).status).to.equal(401);

        // Ten attempts per account over both instances.
        const guess = { ...ALAN, password: 'Wrong-1912-word' };
        const statuses: number[] = [];
        for (let attempt = 0; attempt < 11; attempt++)
          statuses.push((await postJson(`${urls[attempt % 2]}/auth/sign-in`, guess)).status);
        expect(statuses).to.deep.equal([...Array<number>(10).fill(401), 429]);

        app.process.kill('SIGTERM');
        expect(await app.exitCode()).to.equal(0);
      } finally {
        await stopAll();
        await redis.stop();
      }
    });

    it('exits with 1 and a message if Redis is unavailable', async () => {
      const REDIS_URL = `redis://127.0.0.1:${await freePort()}`;
      const app = start('examples/two-instances.ts', { PORT: '3000', REDIS_URL });
      expect(await app.exitCode()).to.equal(1);
      expect(app.output()).to.include(`needs a Redis, and there is none at ${REDIS_URL}`);
      expect(app.output()).to.include('redis-server').and.not.include('    at ');
    });
  });

  it('local-pool-in-tests.ts passes its own tests', async () => {
    const tests = start('examples/local-pool-in-tests.ts', {}, ['--test']);
    expect(await tests.exitCode(), tests.output()).to.equal(0);
    expect(tests.output()).to.match(/pass 4/);
  });
});

/** The union of the members that the tests read. */
interface JsonAnswer {
  status: number;
  body: { status?: string; detail?: string; tokens: { accessToken: string; refreshToken: string } };
}

async function postJson(
  url: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<JsonAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as JsonAnswer['body'] };
}
