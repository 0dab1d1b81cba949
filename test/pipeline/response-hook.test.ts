import { expect } from 'chai';
import express, { type ErrorRequestHandler } from 'express';
import type { AuthEvent } from '../../src/config/events.ts';
import type { Hooks, ResponseHookContext } from '../../src/config/hooks.ts';
import type { Config } from '../../src/config/options.ts';
import { reply } from '../../src/config/reply.ts';
import { ProblemError, problem } from '../../src/shared/problem.ts';
import { CookieClient, cookiesOf } from '../support/cookie-client.ts';
import { eventually } from '../support/eventually.ts';
import {
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';
import { captureLog, type LogCapture } from '../support/log-capture.ts';
import { Browser, signInAtPages } from '../support/login-pages.ts';

const EMAIL = 'ada@example.com';
const SIGN_IN = { email: EMAIL, password: PASSWORD };
const REDIRECT_URI = 'http://localhost:3000/auth/callback';

let kit: Kit;
let log: LogCapture;
const events: AuthEvent[] = [];
const typesOf = (): string[] => events.map(({ type }) => type);

async function start(hooks: Hooks, config: Config = {}): Promise<Kit> {
  log = captureLog();
  const keepError: ErrorRequestHandler = (_error, _req, res, _next) => void res.status(599).json({});
  kit = await startKit({
    pool: {
      users: [SIGN_IN].map(({ email: username, password }) => ({ username, password })),
      appClient: { CallbackURLs: [REDIRECT_URI] },
    },
    config: { hooks, onEvent: (event) => events.push(event), logger: log.logger, ...config },
    app: (auth) => express().use('/auth', auth).use(keepError),
  });
  return kit;
}

describe('A response hook', () => {
  beforeEach(() => {
    events.length = 0;
  });
  afterEach(() => kit.close());

  it('tells a concealed response from a real one by its context', async () => {
    const seen: [string, boolean][] = [];
    const note = ({ endpoint, concealed }: ResponseHookContext): void =>
      void seen.push([endpoint, concealed]);
    await start({ response: { signUp: note, forgotPassword: note, signIn: note } });
    await kit.post('/sign-up', { ...SIGN_IN, email: 'new@example.com' });
    await kit.post('/sign-up', SIGN_IN);
    await kit.post('/forgot-password', { email: EMAIL });
    await kit.post('/sign-in', SIGN_IN);
    expect(seen).to.deep.equal([
      ['signUp', false],
      ['signUp', true],
      ['forgotPassword', false],
      ['signIn', false],
    ]);
  });

  it('that wraps a challenge does not change its event (case 12.1, sign_in.challenged)', async () => {
    await start({ response: { signIn: ({ response }) => ({ ok: true, data: response }) } });
    const username = 'mfa@example.com';
    kit.pool.addUser({ username, password: PASSWORD, totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' });
    const { body } = expectStatus(await kit.post('/sign-in', { email: username, password: PASSWORD }), 200);
    expect(body).to.have.all.keys('ok', 'data');
    expect(typesOf()).to.deep.equal(['sign_in.challenged']);
    await kit.post('/sign-in', SIGN_IN);
    expect(typesOf()).to.deep.equal(['sign_in.challenged', 'sign_in.succeeded']);
  });

  it('that hides the challenge in a reply does not change its event either', async () => {
    await start({ response: { signIn: () => reply({ json: { status: 'complete' } }) } });
    kit.pool.addUser({ username: 'b@example.com', password: PASSWORD, totpSecret: 'JBSWY3DPEHPK3PXP' });
    await kit.post('/sign-in', { email: 'b@example.com', password: PASSWORD });
    expect(typesOf()).to.deep.equal(['sign_in.challenged']);
  });

  it('answers another status with headers and a body', async () => {
    const headers = { 'X-Plan': 'free', 'Content-Type': 'application/vnd.api+json' };
    await start({ response: { signUp: () => reply({ status: 201, headers, json: { data: 1 } }) } });
    for (const email of ['new@example.com', EMAIL]) {
      const response = await kit.post('/sign-up', { ...SIGN_IN, email });
      expect([response.status, response.text]).to.deep.equal([201, '{"data":1}']);
      expect(response.headers).to.include({
        'x-plan': 'free',
        'content-type': 'application/vnd.api+json',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
    }
    expect(log.lines().map(({ status, code }) => [status, code])).to.deep.include([201, 'ok']);
  });

  it('answers a redirect, a page or nothing, and the cookies of the session are sent with it', async () => {
    let answer = reply({ redirect: '/dashboard' });
    await start({ response: { signIn: () => answer } }, { transport: 'cookie' });
    for (const [next, status, header, value] of [
      [reply({ redirect: '/dashboard' }), 303, 'location', '/dashboard'],
      [reply({ html: '<h1>Welcome</h1>' }), 200, 'content-type', 'text/html; charset=utf-8'],
      [reply({}), 204, 'cache-control', 'no-store'],
    ] as const) {
      answer = next;
      const page = new CookieClient(kit);
      const response = await page.post('/sign-in', SIGN_IN);
      expect(response.status).to.equal(status);
      expect(response.headers).to.include({ [header]: value, 'cache-control': 'no-store' });
      expect(page.names).to.include.members(['access', 'refresh']);
      expect(expectStatus(await page.get('/me'), 200).body.attributes.email).to.equal(EMAIL);
    }
  });

  it('is refused with a TypeError of the app for an invalid reply, and the session is revoked', async () => {
    await start({ response: { signIn: () => reply({ status: 404 }) } });
    expect((await kit.post('/sign-in', SIGN_IN)).status).to.equal(599);
    await eventually(() => kit.pool.requests.count('RevokeToken') === 1);
    expect(typesOf()).to.deep.equal(['hook.failed', 'sign_in.failed']);
    expect(events[0]).to.include({ hook: 'response.signIn' });
  });

  for (const [name, result] of Object.entries({
    'a text': 'text',
    true: true,
    'a BigInt': { plan: 7n },
    'a function': () => undefined,
  })) {
    it(`that returns ${name} fails, and the session is revoked`, async () => {
      await start(
        { response: { signIn: () => result as object as Record<string, unknown> } },
        { transport: 'cookie' },
      );
      const page = new CookieClient(kit);
      expect((await page.post('/sign-in', SIGN_IN)).status).to.equal(599);
      expect(page.names).to.not.include('access');
      await eventually(() => kit.pool.requests.count('RevokeToken') === 1);
      expect(typesOf()).to.deep.equal(['hook.failed', 'sign_in.failed']);
    });
  }

  it('that refuses a response does not change the event of what Cognito has done', async () => {
    const refuse = () => Promise.reject(new ProblemError(problem('forbidden')));
    await start({ response: { signUp: refuse, changePassword: refuse } });
    expectProblem(await kit.post('/sign-up', { ...SIGN_IN, email: 'new@example.com' }), 'forbidden');
    expectProblem(await kit.post('/sign-up', SIGN_IN), 'forbidden');
    const { accessToken } = (await kit.post('/sign-in', SIGN_IN)).body.tokens;
    const change = { oldPassword: PASSWORD, newPassword: OTHER_PASSWORD };
    expectProblem(await kit.post('/change-password', change, accessToken), 'forbidden');
    expect(events.map(({ type, code }) => [type, code])).to.deep.equal([
      ['sign_up.succeeded', 'ok'],
      ['sign_up.existing_account', 'user_exists'],
      ['sign_in.succeeded', 'ok'],
      ['change_password.succeeded', 'ok'],
    ]);
    expect(log.lines().filter(({ status }) => status === 403)).to.have.lengthOf(3);
  });

  it('that takes longer than timeouts.hook fails', async () => {
    await start({ response: { getMe: () => new Promise(() => undefined) } }, { timeouts: { hook: 50 } });
    const { accessToken } = kit.pool.tokensFor(EMAIL);
    expect((await kit.get('/me', accessToken)).status).to.equal(599);
  });

  describe('of managed login', () => {
    const login = {
      transport: 'cookie',
      managedLogin: { redirectUri: REDIRECT_URI },
      cookieSecret: 'a secret for cookies, of 32 characters',
    } as const;

    async function signInAt(browser: Browser): Promise<Response> {
      const begun = await browser.request(`${kit.url}/auth/login?returnTo=/reports`);
      const location = begun.headers.get('location') ?? '';
      const user = { username: EMAIL, password: PASSWORD };
      const { pathname, search } = await signInAtPages(location, user, browser);
      const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' };
      return browser.request(`${kit.url}${pathname}${search}`, { headers });
    }

    it('replaces the redirect by another one, and the cookies are sent with it', async () => {
      const shape = ({ response }: ResponseHookContext) =>
        reply({ redirect: `/welcome?next=${encodeURIComponent(String(response.location))}` });
      await start({ response: { completeManagedLogin: shape } }, login);
      const browser = new Browser(kit.pool.url);
      const response = await signInAt(browser);
      expect([response.status, response.headers.get('location')]).to.deep.equal([
        303,
        '/welcome?next=%2Freports',
      ]);
      expect((await browser.request(`${kit.url}/auth/me`)).status).to.equal(200);
    });

    it('replaces the redirect by a page with its own styles', async () => {
      const html = '<!doctype html><title>Welcome</title>';
      await start({ response: { completeManagedLogin: () => reply({ html }) } }, login);
      const response = await signInAt(new Browser(kit.pool.url));
      expect([response.status, await response.text()]).to.deep.equal([200, html]);
      expect(response.headers.get('content-security-policy')).to.equal(null);
    });
  });
});

describe('A server-rendered form', () => {
  const browserHeaders = { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'navigate' };
  afterEach(() => kit.close());

  it('signs in, fails, signs out and expires with redirects only, and each answer has its cookies', async () => {
    await start(
      {
        response: {
          signIn: ({ response }) =>
            reply({ redirect: response.status === 'challenge' ? '/code' : '/dashboard' }),
          signOut: () => reply({ redirect: '/' }),
        },
      },
      {
        transport: 'cookie',
        onError: ({ code }, _req, res) => void res.redirect(303, `/login?error=${code}`),
      },
    );
    const page = new CookieClient(kit);
    const submit = (path: string, body: object = {}) => page.post(path, body, browserHeaders);

    const wrong = await submit('/sign-in', { ...SIGN_IN, password: OTHER_PASSWORD });
    expect([wrong.status, wrong.headers.location]).to.deep.equal([303, '/login?error=invalid_credentials']);
    const empty = await submit('/sign-in', {});
    expect([empty.status, empty.headers.location]).to.deep.equal([303, '/login?error=validation_failed']);
    expect(page.names).to.deep.equal([]);

    const right = await submit('/sign-in', SIGN_IN);
    expect([right.status, right.headers.location, right.text]).to.deep.equal([303, '/dashboard', '']);
    expect(page.names).to.include.members(['access', 'refresh']);
    expectStatus(await page.get('/me'), 200);

    const out = await submit('/sign-out');
    expect([out.status, out.headers.location]).to.deep.equal([303, '/']);
    expect(page.names).to.not.include.members(['access', 'refresh']);

    const username = 'mfa@example.com';
    kit.pool.addUser({ username, password: PASSWORD, totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' });
    const posed = await submit('/sign-in', { email: username, password: PASSWORD });
    expect([posed.status, posed.headers.location]).to.deep.equal([303, '/code']);
    expect(page.names).to.include('challenge');

    // The cookies of an over session are cleared by the redirect of onError too.
    await submit('/sign-in', SIGN_IN);
    kit.pool.requests.clear();
    const sdkEnd = kit.pool.faults.inject({ kind: 'internalError', on: 'RevokeToken' });
    const failed = await submit('/sign-out');
    sdkEnd();
    expect([failed.status, failed.headers.location]).to.deep.equal([303, '/login?error=upstream_error']);
    expect(cookiesOf(failed).filter(({ maxAge }) => maxAge === 0)).to.have.length.of.at.least(2);
    expect(page.names).to.not.include.members(['access', 'refresh']);
  });
});
