import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { expect } from 'chai';
import express, { type Express } from 'express';
import supertest, { type Response } from 'supertest';
import { requireAuth } from '../../src/require-auth.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { safeReturnTo } from '../../src/shared/same-origin-path.ts';
import { createTestIssuer, type TestIssuer } from '../../src/testing/index.ts';
import { CookieClient, cookiesOf } from '../support/cookie-client.ts';
import { expectProblem, expectStatus, listen, PASSWORD, startKit } from '../support/helpers.ts';

const NAVIGATION = {
  Accept: 'text/html,application/xhtml+xml',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Dest': 'document',
  'Sec-Fetch-Site': 'none',
};

describe('requireAuth with signInPage', () => {
  let issuer: TestIssuer;
  let app: Express;

  before(async () => {
    issuer = await createTestIssuer();
    const protect = requireAuth({
      ...issuer.config,
      transport: 'both',
      signInPage: '/sign-in',
      groups: 'staff',
    });
    app = express().use(protect, (_req, res) => void res.send('a page'));
  });

  const cookieOf = (token: string): string => `__Host-auth-access=${token}`;
  const open = (path: string, headers: object = {}): Promise<Response> =>
    supertest(app)
      .get(path)
      .set({ ...NAVIGATION, ...headers }) as never;

  function expectSentTo(response: Response, location: string): void {
    expectStatus(response, 303);
    expect(response.headers.location).to.equal(location);
    expect(response.headers['cache-control']).to.equal('no-store');
  }

  it('sends a browser without a session to the sign-in page, with the page as returnTo', async () => {
    expectSentTo(
      await open('/reports?year=2026&q=a%20b'),
      '/sign-in?returnTo=%2Freports%3Fyear%3D2026%26q%3Da%2520b',
    );
  });

  it('sends a browser without fetch metadata there too', async () => {
    const response = await supertest(app).get('/reports').set('Accept', 'text/html');
    expectSentTo(response, '/sign-in?returnTo=%2Freports');
  });

  it('sends a browser with an expired, revoked or invalid cookie there', async () => {
    const ended = issuer.accessToken();
    const { endSession, verify } = requireAuth(issuer.config);
    await endSession(await verify(ended));
    for (const token of [
      ended,
      issuer.accessToken({ expiresIn: -5 }),
      issuer.forge(issuer.accessToken()),
      'x',
    ]) {
      expectSentTo(await open('/reports', { Cookie: cookieOf(token) }), '/sign-in?returnTo=%2Freports');
    }
  });

  it('serves a browser with a session', async () => {
    const Cookie = cookieOf(issuer.accessToken({ groups: ['staff'] }));
    expect((await open('/reports', { Cookie })).text).to.equal('a page');
  });

  const REFUSED: readonly [string, Record<string, string>][] = [
    ['a script', { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty', Accept: 'text/html' }],
    ['an API client', { Accept: 'application/json' }],
    ['a prefetch', { 'Sec-Purpose': 'prefetch' }],
    ['a frame', { 'Sec-Fetch-Dest': 'iframe' }],
    ['a client with a bearer token', { Authorization: 'Bearer x.y.z' }],
  ];
  for (const [name, headers] of REFUSED) {
    it(`answers 401 to ${name}`, async () => {
      const response = await open('/reports', headers);
      expectProblem(response, name.includes('bearer') ? 'invalid_token' : 'missing_token');
    });
  }

  it('answers 401 to a POST and a HEAD', async () => {
    expectProblem(await supertest(app).post('/reports').set(NAVIGATION), 'missing_token');
    expectStatus(await supertest(app).head('/reports').set(NAVIGATION), 401);
  });

  it('answers 403 to a browser whose user lacks the group, because a sign-in does not cure that', async () => {
    expectProblem(await open('/reports', { Cookie: cookieOf(issuer.accessToken()) }), 'insufficient_group');
  });

  it('answers 401 on the sign-in page itself, and does not send it to itself', async () => {
    for (const path of ['/sign-in', '/sign-in?returnTo=%2F'])
      expectProblem(await open(path), 'missing_token');
  });

  it('leaves out a returnTo that could lead to another origin, or is too long', async () => {
    const server = await listen(createServer(app));
    const port = Number(new URL(server.url).port);
    for (const path of [
      '//attacker.example/',
      '/%2fattacker.example',
      '/.//attacker.example',
      '/\\attacker.example',
      `/${'a'.repeat(600)}`,
    ]) {
      const request = get({ host: '127.0.0.1', port, path, headers: NAVIGATION });
      const [{ statusCode, headers }] = await once(request, 'response');
      request.destroy();
      expect([statusCode, headers.location], path).to.deep.equal([303, '/sign-in']);
    }
    await server.close();
  });

  it('keeps the query and the fragment of the sign-in page', async () => {
    const protect = requireAuth({
      ...issuer.config,
      transport: 'cookie',
      signInPage: '/app?view=1#/sign-in',
    });
    const response = await supertest(express().use(protect)).get('/reports').set(NAVIGATION);
    expectSentTo(response, '/app?view=1&returnTo=%2Freports#/sign-in');
  });

  it('names the full path below a mount point', async () => {
    const protect = requireAuth({ ...issuer.config, transport: 'cookie', signInPage: '/sign-in' });
    const mounted = express().use('/admin', express.Router().get('/users', protect));
    expectSentTo(
      await supertest(mounted).get('/admin/users').set(NAVIGATION),
      '/sign-in?returnTo=%2Fadmin%2Fusers',
    );
  });

  it('leaves every other refusal to onError', async () => {
    const onError = (_problem: unknown, _req: unknown, res: express.Response): void =>
      void res.status(418).end();
    const protect = requireAuth({ ...issuer.config, transport: 'cookie', signInPage: '/sign-in', onError });
    const other = supertest(express().use(protect));
    expectSentTo(await other.get('/reports').set(NAVIGATION), '/sign-in?returnTo=%2Freports');
    expectStatus(await other.get('/reports'), 418);
  });

  for (const [value, message] of [
    ['sign-in', /signInPage is "sign-in"; write a path of your app/],
    ['//attacker.example', /write a path/],
    ['https://app.example.com/sign-in', /write a path/],
    [true, /signInPage is true/],
  ] as const) {
    it(`throws a TypeError for ${value}`, () => {
      const options = { ...issuer.config, transport: 'cookie', signInPage: value };
      expect(() => requireAuth(options as never)).to.throw(TypeError, message);
    });
  }

  it('throws a TypeError without cookies, where every page would lead to the sign-in page', () => {
    expect(() => requireAuth({ ...issuer.config, signInPage: '/sign-in' })).to.throw(
      TypeError,
      'without cookies',
    );
    const auth = createCognitoRouter({ ...issuer.config, logger: false });
    expect(() => auth.requireAuth({ signInPage: '/sign-in' })).to.throw(TypeError, 'without cookies');
    void auth.close();
  });
});

describe('auth.requireAuth with signInPage and autoRefresh', () => {
  it('refreshes a session first, and clears the cookies of one that has ended', async () => {
    const kit = await startKit({
      pool: { users: [{ username: 'ada@example.com', password: PASSWORD }] },
      config: { transport: 'cookie', autoRefresh: true },
      app: (auth) =>
        express()
          .use('/auth', auth)
          .get(
            '/reports',
            auth.requireAuth({ signInPage: '/sign-in' }),
            (_req, res) => void res.send('a page'),
          ),
    });
    const browser = new CookieClient(kit);
    const open = (): Promise<Response> => browser.send('get', '/reports', undefined, NAVIGATION);
    expectStatus(await browser.post('/sign-in', { email: 'ada@example.com', password: PASSWORD }), 200);
    browser.cookies.delete('__Host-auth-access');
    expect((await open()).text).to.equal('a page');
    browser.cookies.delete('__Host-auth-access');
    browser.cookies.set('__Host-auth-refresh', 'another');
    const sent = await open();
    expectStatus(sent, 303);
    expect(sent.headers.location).to.equal('/sign-in?returnTo=%2Freports');
    expect(cookiesOf(sent).every(({ maxAge }) => maxAge === 0)).to.equal(true);
    expect(browser.cookies.has('__Host-auth-refresh')).to.equal(false);
    await kit.close();
  });
});

describe('signInPage with managed login', () => {
  it('starts the sign-in at the user pool, also for a link on another site', async () => {
    const redirectUri = 'http://localhost:3000/auth/callback';
    const kit = await startKit({
      pool: { appClient: { CallbackURLs: [redirectUri] } },
      config: {
        transport: 'cookie',
        managedLogin: { redirectUri },
        cookieSecret: 'a secret for cookies, of 32 characters',
      },
      app: (auth) =>
        express()
          .use('/auth', auth)
          .use(auth.requireAuth({ signInPage: '/auth/login' })),
    });
    const headers = { ...NAVIGATION, 'Sec-Fetch-Site': 'cross-site' };
    const sent = await kit.request.get('/reports').set(headers);
    const started = await kit.request.get(String(sent.headers.location)).set(headers);
    expectStatus(started, 303);
    expect(started.headers.location).to.include('/oauth2/authorize?');
    await kit.close();
  });
});

describe('safeReturnTo', () => {
  it('returns a path of the same origin, else the fallback', () => {
    expect(safeReturnTo('/reports?year=2026#top')).to.equal('/reports?year=2026#top');
    for (const value of [
      '//attacker.example',
      'https://attacker.example',
      '/\\attacker.example',
      '',
      undefined,
      ['/a'],
      7,
    ]) {
      expect(safeReturnTo(value)).to.equal('/');
      expect(safeReturnTo(value, '/home')).to.equal('/home');
    }
  });
});
