import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import express from 'express';
import type { Response as Answer, Test } from 'supertest';
import type { AuthEvent } from '../../src/config/events.ts';
import type { Config } from '../../src/config/options.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { type CognitoRouter, createCognitoRouter } from '../../src/router.ts';
import { ProblemError, problem } from '../../src/shared/problem.ts';
import { type FakeProvider, sendJson, startFakeProvider, USER } from '../support/fake-provider.ts';
import { claimsOf, expectProblem, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';
import { Browser, leftFor, signInAtPages } from '../support/login-pages.ts';

/** Origin of the redirect URIs. The app itself listens on another port. */
const APP = 'http://localhost:3000';
const REDIRECT_URI = `${APP}/auth/callback`;
const GOODBYE = `${APP}/goodbye`;
const SECRET = 'a secret for cookies, of 32 characters';
const ADA = { username: 'ada@example.com', password: PASSWORD };
const GRACE = { username: 'grace@example.com', password: PASSWORD };

/** Headers of a click on a page of the app, of a script there, and of a click on another site. */
const CLICK = { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'navigate' };
const SCRIPT = { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'cors' };
const OTHER_SITE = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' };

type Headers = Record<string, string>;
type FakeTokens = Readonly<Record<'access_token' | 'id_token', string>>;

describe('Managed login', () => {
  let pool: LocalUserPool;
  const kits: Kit[] = [];

  before(async () => {
    pool = await startLocalUserPool({
      quiet: true,
      appClient: { CallbackURLs: [REDIRECT_URI], LogoutURLs: [GOODBYE], GenerateSecret: true },
      identityProviders: ['Google'],
      users: [ADA, GRACE],
    });
  });
  beforeEach(() => {
    pool.faults.clear();
    pool.requests.clear();
  });
  afterEach(() => {
    for (const kit of kits.splice(0)) kit.auth.close();
  });
  after(() => pool.close());

  async function start(config: Config = {}, mount = '/auth'): Promise<Kit> {
    const kit = await startKit({
      pool,
      config: {
        transport: 'cookie',
        managedLogin: { redirectUri: REDIRECT_URI, logoutUri: GOODBYE },
        cookieSecret: SECRET,
        ...config,
      },
      app: (auth: CognitoRouter) =>
        express()
          .use(mount, auth)
          .get('/reports', auth.requireAuth(), (_req, res) => void res.json({ ok: true })),
    });
    kits.push(kit);
    return kit;
  }

  const tokenCalls = (): number => pool.requests.count('oauth2/token');

  /** Follows the link to sign in, and returns the URL at the pool. */
  async function begin(kit: Kit, browser: Browser, query = ''): Promise<string> {
    const response = await browser.request(`${kit.url}/auth/login${query}`, { headers: CLICK });
    expect(response.status, await response.text()).to.equal(303);
    return response.headers.get('location') ?? '';
  }

  /** Requests the callback that the pool redirects to. */
  function openCallback(kit: Kit, browser: Browser, { pathname, search }: URL, headers = OTHER_SITE) {
    return browser.request(`${kit.url}${pathname}${search}`, { headers });
  }

  /** Signs in, from the link to the answer of the callback. */
  async function signIn(kit: Kit, browser: Browser, query = '', user = ADA): Promise<Response> {
    const back = await signInAtPages(await begin(kit, browser, query), user, browser);
    return openCallback(kit, browser, back);
  }

  const newBrowser = (): Browser => new Browser(pool.url);

  const pendingIn = (browser: Browser): string[] =>
    browser.cookies().filter((cookie) => cookie.startsWith('__Host-auth-login.'));

  async function expectRefused(response: Response, status: number, code: string): Promise<void> {
    const body = (await response.json()) as { code: string };
    expect(body.code, JSON.stringify(body)).to.equal(code);
    expect(response.status).to.equal(status);
  }

  describe('with tokens in cookies', () => {
    it('signs in at the pages of the pool, and redirects to returnTo', async () => {
      const kit = await start();
      const browser = newBrowser();
      const response = await signIn(kit, browser, '?returnTo=/reports');
      expect(response.status).to.equal(303);
      expect(response.headers.get('location')).to.equal('/reports');
      expect(response.headers.get('cache-control')).to.equal('no-store');
      expect(await response.text()).to.equal('');
      expect((await browser.request(`${kit.url}/reports`)).status).to.equal(200);
      const me = (await (await browser.request(`${kit.url}/auth/me`)).json()) as { attributes: object };
      expect(me.attributes).to.include({ email: ADA.username });
      expect(pendingIn(browser)).to.deep.equal([]);
    });

    it('keeps a pending sign-in in one sealed cookie with SameSite=Lax', async () => {
      const kit = await start({ cookies: { sameSite: 'strict' } });
      const response = await fetch(`${kit.url}/auth/login?returnTo=/reports`, { redirect: 'manual' });
      const cookies = response.headers.getSetCookie();
      expect(cookies).to.have.lengthOf(1);
      expect(cookies[0]).to.match(
        /^__Host-auth-login\.[\w-]{22}=[\w-]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      );
      const asked = new URL(response.headers.get('location') ?? '').searchParams;
      expect(cookies[0]).to.include(`login.${asked.get('state')}=`);
      const value = Buffer.from(/=([\w-]+);/.exec(cookies[0] ?? '')?.[1] ?? '', 'base64url').toString(
        'latin1',
      );
      for (const secret of [asked.get('nonce') ?? '-', 'reports', 'codeVerifier']) {
        expect(value).to.not.include(secret);
      }
    });

    it('uses a new state, nonce and PKCE challenge each time, and requests the scopes of the endpoints', async () => {
      const kit = await start();
      const browser = newBrowser();
      const [one, two] = [await begin(kit, browser), await begin(kit, browser)].map(
        (url) => new URL(url).searchParams,
      );
      for (const name of ['state', 'nonce', 'code_challenge']) {
        expect(one?.get(name), name).to.match(/^[\w-]{22,}$/);
        expect(one?.get(name), name).to.not.equal(two?.get(name));
      }
      expect(Object.fromEntries(one ?? [])).to.include({
        client_id: pool.config.clientId,
        redirect_uri: REDIRECT_URI,
        response_type: 'code',
        code_challenge_method: 'S256',
        scope: 'openid email profile aws.cognito.signin.user.admin',
      });
    });

    it('passes the parameters of the link to the pool', async () => {
      const kit = await start();
      const url = await begin(
        kit,
        newBrowser(),
        '?identityProvider=Google&loginHint=ada%2B1%40example.com&locale=pt-BR&prompt=login&maxAge=60&acr=urn:cognito:loa:3',
      );
      expect(Object.fromEntries(new URL(url).searchParams)).to.include({
        identity_provider: 'Google',
        login_hint: 'ada+1@example.com',
        lang: 'pt-BR',
        prompt: 'login',
        max_age: '60',
        acr_values: 'urn:cognito:loa:3',
      });
      const byDomain = await begin(kit, newBrowser(), '?idpIdentifier=example.com');
      expect(new URL(byDomain).searchParams.get('idp_identifier')).to.equal('example.com');
    });

    it('signs in at an identity provider of the pool', async () => {
      const kit = await start();
      const browser = newBrowser();
      const page = await browser.open(await begin(kit, browser, '?identityProvider=Google'));
      const back = leftFor(
        await browser.submit(page, { id: 'linus', 'attribute.email': 'linus@example.com' }),
      );
      expect((await openCallback(kit, browser, back)).status).to.equal(303);
      expect((await browser.request(`${kit.url}/reports`)).status).to.equal(200);
    });

    it('works with /refresh and /sign-out afterwards', async () => {
      const kit = await start();
      const browser = newBrowser();
      await signIn(kit, browser);
      const post = (path: string) =>
        browser.request(`${kit.url}/auth${path}`, {
          method: 'POST',
          headers: { ...SCRIPT, 'Content-Type': 'application/json' },
          body: '{}',
        });
      expect((await post('/refresh')).status).to.equal(200);
      expect((await post('/sign-out')).status).to.equal(200);
      expect((await browser.request(`${kit.url}/reports`)).status).to.equal(401);
    });

    it('replaces the session of another user', async () => {
      const kit = await start();
      const browser = newBrowser();
      await signIn(kit, browser);
      const before = browser.cookies().filter((cookie) => /-(access|refresh)=/.test(cookie));
      const response = await signIn(kit, browser, '?prompt=login', GRACE);
      expect(response.status).to.equal(303);
      const after = browser.cookies();
      expect(before).to.have.lengthOf(2);
      for (const cookie of before) expect(after).to.not.include(cookie);
      const me = (await (await browser.request(`${kit.url}/auth/me`)).json()) as { attributes: object };
      expect(me.attributes).to.include({ email: GRACE.username });
    });

    it('sets no tokens if a response hook refuses, which gets the user and the location', async () => {
      const seen: unknown[] = [];
      const kit = await start({
        hooks: {
          response: {
            completeManagedLogin: ({ auth, response }) => {
              seen.push([auth?.sub, response]);
              throw new ProblemError(problem('forbidden'));
            },
          },
        },
      });
      const browser = newBrowser();
      await expectRefused(await signIn(kit, browser, '?returnTo=/reports'), 403, 'forbidden');
      const sub = claimsOf(pool.tokensFor(ADA.username).idToken).sub;
      expect(seen).to.deep.equal([[sub, { location: '/reports' }]]);
      expect(browser.cookies().filter((cookie) => /-(access|refresh)=/.test(cookie))).to.deep.equal([]);
      expect((await browser.request(`${kit.url}/reports`)).status).to.equal(401);
      // The pending sign-in ends all the same.
      expect(pendingIn(browser)).to.deep.equal([]);
    });

    it('redirects regardless of an object that a response hook returns', async () => {
      const kit = await start({ hooks: { response: { completeManagedLogin: () => ({ status: 'mine' }) } } });
      const browser = newBrowser();
      const response = await signIn(kit, browser, '?returnTo=/reports');
      expect([response.status, response.headers.get('location')]).to.deep.equal([303, '/reports']);
      expect((await browser.request(`${kit.url}/reports`)).status).to.equal(200);
    });

    it('emits events with the sub of the user', async () => {
      const events: AuthEvent[] = [];
      const kit = await start({ onEvent: (event) => events.push(event) });
      const browser = newBrowser();
      await signIn(kit, browser);
      await browser.request(`${kit.url}/auth/logout`, { headers: CLICK });
      const sub = claimsOf(pool.tokensFor(ADA.username).idToken).sub;
      expect(events.map(({ type, sub: subject }) => [type, subject])).to.deep.equal([
        ['start_managed_login.succeeded', undefined],
        ['complete_managed_login.succeeded', sub],
        ['managed_logout.succeeded', sub],
      ]);
    });
  });

  describe('in several tabs', () => {
    it('returns each tab to its own returnTo', async () => {
      const kit = await start();
      const browser = newBrowser();
      const one = await begin(kit, browser, '?returnTo=/one');
      const two = await begin(kit, browser, '?returnTo=/two');
      expect(pendingIn(browser)).to.have.lengthOf(2);
      const second = await openCallback(kit, browser, await signInAtPages(two, ADA, browser));
      const first = await openCallback(kit, browser, await signInAtPages(one, ADA, browser));
      expect(second.headers.get('location')).to.equal('/two');
      expect(first.headers.get('location')).to.equal('/one');
      expect(pendingIn(browser)).to.deep.equal([]);
    });

    it('keeps the five newest pending sign-ins, and clears unreadable cookies', async () => {
      const kit = await start();
      const browser = newBrowser();
      const urls: string[] = [];
      for (let tab = 0; tab < 7; tab++) urls.push(await begin(kit, browser, `?returnTo=/${tab}`));
      expect(pendingIn(browser)).to.have.lengthOf(5);
      const back = async (tab: number): Promise<Response> =>
        openCallback(kit, browser, await signInAtPages(urls[tab] ?? '', ADA, browser));
      await expectRefused(await back(0), 401, 'invalid_session');
      await expectRefused(await back(1), 401, 'invalid_session');
      expect((await back(2)).headers.get('location')).to.equal('/2');
      expect((await back(6)).headers.get('location')).to.equal('/6');
      const response = await fetch(`${kit.url}/auth/login`, {
        redirect: 'manual',
        headers: { Cookie: '__Host-auth-login.x=junk' },
      });
      expect(response.headers.getSetCookie().join()).to.include('__Host-auth-login.x=; Max-Age=0');
    });
  });

  describe('before the token request', () => {
    let kit: Kit;
    let browser: Browser;
    let back: URL;

    beforeEach(async () => {
      kit = await start();
      browser = newBrowser();
      back = await signInAtPages(await begin(kit, browser), ADA, browser);
      expect(tokenCalls()).to.equal(0);
    });

    async function expectNoTokens(response: Response, status = 401, code = 'invalid_session'): Promise<void> {
      await expectRefused(response, status, code);
      expect(tokenCalls()).to.equal(0);
      expect(response.headers.getSetCookie().join()).to.not.match(/-(access|refresh)=[^;]/);
    }

    it('refuses a callback in another browser', async () => {
      await expectNoTokens(await openCallback(kit, newBrowser(), back));
      const other = newBrowser();
      await begin(kit, other);
      await expectNoTokens(await openCallback(kit, other, back));
    });

    it('refuses a callback with the state of another sign-in in the same browser', async () => {
      const another = new URL(await begin(kit, browser)).searchParams.get('state') ?? '';
      const name = `__Host-auth-login.${back.searchParams.get('state')}`;
      const value = browser
        .cookies()
        .find((cookie) => cookie.startsWith(name))
        ?.slice(name.length + 1);
      const swapped = `__Host-auth-login.${another}=${value}`;
      const url = `${kit.url}/auth/callback?code=${back.searchParams.get('code')}&state=${another}`;
      await expectNoTokens(await fetch(url, { headers: { Cookie: swapped }, redirect: 'manual' }));
    });

    it('refuses a callback whose cookie is altered or sealed with another secret', async () => {
      const cookie = pendingIn(browser)[0] ?? '';
      const url = `${kit.url}${back.pathname}${back.search}`;
      const changed = cookie.slice(0, -10) + (cookie.at(-10) === 'A' ? 'B' : 'A') + cookie.slice(-9);
      await expectNoTokens(await fetch(url, { headers: { Cookie: changed }, redirect: 'manual' }));
      const otherApp = await start({ cookieSecret: 'the secret of another app altogether!' });
      const otherUrl = `${otherApp.url}${back.pathname}${back.search}`;
      await expectNoTokens(await fetch(otherUrl, { headers: { Cookie: cookie }, redirect: 'manual' }));
    });

    it('refuses a repeated callback, even with the cookie restored', async () => {
      const cookie = pendingIn(browser)[0] ?? '';
      expect((await openCallback(kit, browser, back)).status).to.equal(303);
      expect(tokenCalls()).to.equal(1);
      await expectRefused(await openCallback(kit, browser, back), 401, 'invalid_session');
      const url = `${kit.url}${back.pathname}${back.search}`;
      await expectRefused(
        await fetch(url, { headers: { Cookie: cookie }, redirect: 'manual' }),
        401,
        'invalid_session',
      );
      expect(tokenCalls()).to.equal(1);
    });

    it('refuses a callback after ten minutes', async () => {
      const realNow = Date.now;
      try {
        Date.now = () => realNow() + 10 * 60_000;
        await expectNoTokens(await openCallback(kit, browser, back));
      } finally {
        Date.now = realNow;
      }
    });

    it('refuses a callback without state, with two, or with neither code nor error', async () => {
      const state = back.searchParams.get('state');
      for (const query of [
        '',
        '?code=x',
        `?code=x&state=${state}&state=${state}`,
        `?code=x&code=y&state=${state}`,
        `?state=${state}`,
        `?code=%00&state=${state}`,
        `?code=${'x'.repeat(2049)}&state=${state}`,
        `?code=x&state=${'x'.repeat(129)}`,
        '?code=x&state=..%2F..%2F',
        '?state[]=x&code=x',
      ]) {
        const response = await browser.request(`${kit.url}/auth/callback${query}`);
        await expectNoTokens(response, 400, 'validation_failed');
      }
      expect((await openCallback(kit, browser, back)).status).to.equal(303);
    });

    it('refuses a callback with another issuer (RFC 9207)', async () => {
      back.searchParams.set('iss', 'https://evil.example');
      await expectNoTokens(await openCallback(kit, browser, back), 400, 'invalid_request');
    });

    it('refuses a callback with two cookies of the same name', async () => {
      const cookie = pendingIn(browser)[0] ?? '';
      const url = `${kit.url}${back.pathname}${back.search}`;
      const headers = { Cookie: `${cookie}; ${cookie}` };
      await expectNoTokens(await fetch(url, { headers, redirect: 'manual' }), 400, 'invalid_request');
    });

    for (const [request, init] of [
      ['a HEAD request', { method: 'HEAD' }],
      ['a prefetch', { headers: { 'Sec-Purpose': 'prefetch' } }],
      ['a prerendering', { headers: { 'Sec-Purpose': 'prefetch;prerender' } }],
      ['a prefetch of an older browser', { headers: { Purpose: 'prefetch' } }],
    ] as const) {
      it(`refuses ${request}, and leaves the code unused`, async () => {
        const url = `${kit.url}${back.pathname}${back.search}`;
        const response = await browser.request(url, init);
        expect(response.status).to.equal(400);
        expect(tokenCalls()).to.equal(0);
        expect((await openCallback(kit, browser, back)).status).to.equal(303);
      });
    }
  });

  it('opens a cookie sealed with an older secret while that secret is listed', async () => {
    const [older, newer] = [
      'the older secret of thirty-two letters',
      'the newer secret of thirty-two letters',
    ];
    const browser = newBrowser();
    const begun = await start({ cookieSecret: older });
    const back = await signInAtPages(await begin(begun, browser), ADA, browser);
    const cookie = pendingIn(browser)[0] ?? '';
    const without = await start({ cookieSecret: [newer] });
    const url = `${without.url}${back.pathname}${back.search}`;
    await expectRefused(await fetch(url, { headers: { Cookie: cookie } }), 401, 'invalid_session');
    expect(
      (await openCallback(await start({ cookieSecret: [newer, older] }), browser, back)).status,
    ).to.equal(303);
  });

  describe('with returnTo', () => {
    for (const returnTo of [
      '//evil.example',
      '/\\evil.example',
      '/\t/evil.example',
      '/.//evil.example',
      'https://evil.example',
      'https:evil.example',
      'javascript:alert(1)',
      '/a\r\nSet-Cookie: b=c',
      '',
      '/auth/login',
      '/auth/login?returnTo=/auth/login',
      '/AUTH/Login/',
      '/auth/./logout',
      '/auth/callback?code=x&state=y',
      `/${'x'.repeat(512)}`,
    ]) {
      it(`refuses ${JSON.stringify(returnTo.slice(0, 40))}`, async () => {
        const kit = await start();
        const query = `?${new URLSearchParams({ returnTo })}`;
        for (const path of ['/auth/login', '/auth/logout']) {
          const response = await fetch(`${kit.url}${path}${query}`, { redirect: 'manual', headers: CLICK });
          await expectRefused(response, 400, 'validation_failed');
          expect(response.headers.getSetCookie().join()).to.not.include('auth-login.');
        }
      });
    }

    it('redirects to the normalized path, or to / without the parameter', async () => {
      const kit = await start();
      expect((await signIn(kit, newBrowser())).headers.get('location')).to.equal('/');
      const odd = await signIn(kit, newBrowser(), `?returnTo=${encodeURIComponent('/münchen?a=b&c=//x#d')}`);
      expect(odd.headers.get('location')).to.equal('/m%C3%BCnchen?a=b&c=//x#d');
    });
  });

  it('never takes the redirect URI from a request', async () => {
    const kit = await start();
    for (const headers of [
      { 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https' },
      { Forwarded: 'host=evil.example' },
      { Referer: 'https://evil.example/' },
    ] as Record<string, string>[]) {
      const response = await fetch(`${kit.url}/auth/login`, {
        redirect: 'manual',
        headers,
      });
      const asked = new URL(response.headers.get('location') ?? '').searchParams;
      expect(asked.get('redirect_uri')).to.equal(REDIRECT_URI);
    }
    const more = await fetch(`${kit.url}/auth/login?redirect_uri=https://evil.example`, {
      redirect: 'manual',
    });
    const asked = new URL(more.headers.get('location') ?? '').searchParams;
    expect(asked.getAll('redirect_uri')).to.deep.equal([REDIRECT_URI]);
  });

  it('refuses unknown parameters, invalid values and identity providers that are not listed', async () => {
    const kit = await start({
      managedLogin: { redirectUri: REDIRECT_URI, identityProviders: ['Google', 'COGNITO'] },
    });
    for (const query of [
      'identityProvider=Facebook',
      'prompt=create',
      'maxAge=-1',
      'maxAge=1e9',
      'locale=../x',
      'acr=%22',
      'loginHint=a%00b',
      'prompt=none&prompt=login',
    ]) {
      const response = await fetch(`${kit.url}/auth/login?${query}`, { redirect: 'manual' });
      await expectRefused(response, 400, 'validation_failed');
    }
    await begin(kit, newBrowser(), '?identityProvider=Google');
  });

  describe('with tokens in the response body', () => {
    for (const [config, query] of [
      [{ transport: 'bearer' }, '?returnTo=/reports'],
      [{ transport: 'both' }, '?returnTo=/reports&transport=bearer'],
      [{ transport: 'both' }, '?returnTo=/reports'],
    ] as const satisfies [Config, string][]) {
      it(`answers a script that fetches the callback, with transport ${config.transport} and ${query}`, async () => {
        const kit = await start(config);
        const browser = newBrowser();
        const back = await signInAtPages(await begin(kit, browser, query), ADA, browser);
        const response = await openCallback(kit, browser, back, SCRIPT);
        expect(response.status).to.equal(200);
        expect(response.headers.get('cache-control')).to.equal('no-store');
        const body = (await response.json()) as { tokens: { accessToken: string; expiresIn: number } };
        expect(body).to.include({ status: 'complete', returnTo: '/reports' });
        expect(body.tokens).to.have.all.keys(
          'accessToken',
          'idToken',
          'refreshToken',
          'expiresIn',
          'tokenType',
        );
        expect(body.tokens.expiresIn).to.be.within(3000, 3600);
        expect(browser.cookies().join()).to.not.match(/auth-(access|refresh|login)/);
        await kit.get('/me', body.tokens.accessToken).expect(200);
        await kit.request.get('/reports').auth(body.tokens.accessToken, { type: 'bearer' }).expect(200);
      });
    }

    it('sets cookies instead, with transport both, if the link requests them', async () => {
      const kit = await start({ transport: 'both' });
      const browser = newBrowser();
      expect((await signIn(kit, browser, '?transport=cookie&returnTo=/reports')).status).to.equal(303);
      expect((await browser.request(`${kit.url}/reports`)).status).to.equal(200);
    });

    it('sets its cookie without Secure if dangerouslyAllowHttp is on', async () => {
      const kit = await start({ transport: 'bearer', cookies: { dangerouslyAllowHttp: true } });
      const response = await fetch(`${kit.url}/auth/login`, { redirect: 'manual' });
      expect(response.headers.getSetCookie()[0]).to.match(
        /^auth-login\.[\w-]{22}=[\w-]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/,
      );
    });
  });

  describe('when it fails', () => {
    const ERROR_PAGE = { redirectUri: REDIRECT_URI, errorPage: '/sorry?from=login#top' };
    const INJECTION = '<script>alert(1)</script> ada@example.com';

    /** Requests a path, as a navigation by default. fetch() would set Sec-Fetch-Mode to cors. */
    const requestWith = (
      kit: Kit,
      path: string,
      cookies: string[] = [],
      headers: Headers = OTHER_SITE,
    ): Test => kit.request.get(path).set('Cookie', cookies.join('; ')).set(headers).redirects(0);

    async function failed(kit: Kit, error: string, description = INJECTION): Promise<Answer> {
      const browser = newBrowser();
      const state = new URL(await begin(kit, browser)).searchParams.get('state') ?? '';
      const query = new URLSearchParams({
        state,
        error,
        error_description: description,
        error_uri: INJECTION,
      });
      const answer = await requestWith(kit, `/auth/callback?${query}`, browser.cookies());
      expect(String(answer.headers['set-cookie'])).to.include(`login.${state}=; Max-Age=0`);
      return answer;
    }

    for (const [error, status, code] of [
      ['access_denied', 403, 'access_denied'],
      ['login_required', 401, 'login_required'],
      ['interaction_required', 401, 'login_required'],
      ['invalid_request', 400, 'rejected_by_pool'],
      ['server_error', 502, 'upstream_error'],
      ['temporarily_unavailable', 503, 'upstream_unavailable'],
      ['invalid_scope', 500, 'server_misconfigured'],
      ['unauthorized_client', 500, 'server_misconfigured'],
      ['made_up', 400, 'rejected_by_pool'],
      [INJECTION, 400, 'rejected_by_pool'],
    ] as const) {
      it(`answers ${error.slice(0, 30)} without text of the provider, as a problem or at errorPage`, async () => {
        const log = captureLog();
        const kit = await start({ logger: log.logger });
        const answer = await failed(kit, error);
        expect([answer.status, answer.body.code]).to.deep.equal([status, code]);
        expect(answer.text).to.not.include('<script>').and.not.include('ada@');

        const withPage = await start({ managedLogin: ERROR_PAGE, logger: log.logger });
        const shown = await failed(withPage, error);
        expect([shown.status, shown.text]).to.deep.equal([303, '']);
        expect(shown.headers.location).to.equal(`/sorry?from=login&error=${code}#top`);
        expect(log.lines().at(-1)).to.include({ endpoint: 'completeManagedLogin', status: 303, code });
        expect(log.text()).to.not.include('<script>').and.not.include('ada@');
        expect(tokenCalls()).to.equal(0);
      });
    }

    for (const [description, hint] of [
      ['invalid_scope', /managedLogin\.scopes/],
      ['unauthorized_client', /authorization code grant/],
    ] as const) {
      it(`answers invalid_request with the description ${description} as a misconfiguration, with a hint`, async () => {
        const log = captureLog();
        const kit = await start({ logger: log.logger });
        expectProblem(await failed(kit, 'invalid_request', description), 'server_misconfigured');
        expect(log.lines().at(-1)?.hint).to.match(hint);
      });
    }

    it('emits complete_managed_login.failed even if the browser is redirected to errorPage', async () => {
      const events: AuthEvent[] = [];
      const kit = await start({ managedLogin: ERROR_PAGE, onEvent: (event) => events.push(event) });
      await failed(kit, 'access_denied');
      expect(events.at(-1)).to.include({ type: 'complete_managed_login.failed', code: 'access_denied' });
    });

    it('answers scripts and prefetches with a problem, and redirects navigations to errorPage', async () => {
      const kit = await start({ managedLogin: ERROR_PAGE });
      const path = '/auth/callback?error=x&state=unknown';
      expectProblem(await requestWith(kit, path, [], SCRIPT), 'invalid_session');
      expectProblem(
        await requestWith(kit, path, [], { ...CLICK, 'Sec-Purpose': 'prefetch' }),
        'invalid_request',
      );
      for (const headers of [OTHER_SITE, CLICK, {}]) {
        const page = await requestWith(kit, path, [], headers);
        expect(page.headers.location).to.equal('/sorry?from=login&error=invalid_session#top');
      }
      const asked = await requestWith(kit, '/auth/login?prompt=x', []);
      expect(asked.headers.location).to.equal('/sorry?from=login&error=validation_failed#top');
    });

    it('answers server_misconfigured to a wrong client secret, and logs a hint without secrets', async () => {
      const log = captureLog();
      const clientSecret = `${pool.config.clientSecret}x`;
      const kit = await start({ logger: log.logger, clientSecret });
      const browser = newBrowser();
      const back = await signInAtPages(await begin(kit, browser), ADA, browser);
      await expectRefused(await openCallback(kit, browser, back), 500, 'server_misconfigured');
      expect(String(log.lines().at(-1)?.hint)).to.include('clientSecret');
      for (const secret of [clientSecret, back.searchParams.get('code') ?? '-', SECRET]) {
        expect(log.text()).to.not.include(secret);
      }
    });

    it('answers invalid_session to a used code', async () => {
      const [one, two] = [await start(), await start()];
      const browser = newBrowser();
      const back = await signInAtPages(await begin(one, browser), ADA, browser);
      const cookie = pendingIn(browser)[0] ?? '';
      expect((await openCallback(one, browser, back)).status).to.equal(303);
      const url = `${two.url}${back.pathname}${back.search}`;
      await expectRefused(await fetch(url, { headers: { Cookie: cookie } }), 401, 'invalid_session');
    });

    for (const [kind, status, code] of [
      [{ kind: 'reset' }, 502, 'upstream_error'],
      [{ kind: 'hang' }, 504, 'upstream_timeout'],
      [{ kind: 'status', status: 503 }, 503, 'upstream_unavailable'],
      [{ kind: 'html' }, 502, 'upstream_error'],
    ] as const) {
      it(`answers ${code} to the fault ${JSON.stringify(kind)} of the token endpoint, and sets no cookie`, async () => {
        const kit = await start(kind.kind === 'hang' ? { timeouts: { call: 500 } } : {});
        const browser = newBrowser();
        const back = await signInAtPages(await begin(kit, browser), ADA, browser);
        pool.faults.inject({ on: 'oauth2/token', ...kind } as never);
        const response = await openCallback(kit, browser, back);
        expect(response.headers.getSetCookie().join()).to.not.match(/-(access|refresh)=/);
        await expectRefused(response, status, code);
      });

      it(`answers ${code} to the fault ${JSON.stringify(kind)} of the OpenID configuration, and recovers`, async () => {
        const kit = await start(kind.kind === 'hang' ? { timeouts: { call: 500 } } : {});
        pool.faults.inject({ on: 'openid-configuration', times: 1, ...kind } as never);
        await expectRefused(await fetch(`${kit.url}/auth/login`, { redirect: 'manual' }), status, code);
        const deadline = Date.now() + 10_000;
        while (Date.now() < deadline) {
          const response = await fetch(`${kit.url}/auth/login`, { redirect: 'manual' });
          if (response.status === 303) return;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        throw new Error('The sign-in did not recover.');
      }).timeout(15_000);
    }
  });

  describe('with tokens of a fake provider', () => {
    let provider: FakeProvider;

    beforeEach(async () => {
      provider = await startFakeProvider();
    });
    afterEach(() => provider.close());

    async function callbackWith(change: (tokens: FakeTokens) => object): Promise<Answer> {
      const { userPoolId, clientId, jwks } = provider.keys.config;
      const kit = await start({ userPoolId, clientId, issuer: provider.issuer, jwks });
      const begun = await kit.request.get('/auth/login').redirects(0);
      const { searchParams } = new URL(begun.headers.location as string);
      provider.answers.token = (res) => {
        const tokens = provider.tokens(searchParams.get('nonce') ?? '') as unknown as FakeTokens;
        sendJson(res, 200, { ...tokens, ...change(tokens) });
      };
      const [cookie = ''] = String(begun.headers['set-cookie']).split(';');
      return kit.request
        .get(`/auth/callback?code=x&state=${searchParams.get('state')}`)
        .set('Cookie', cookie)
        .redirects(0);
    }

    it('accepts valid tokens', async () => {
      expect((await callbackWith(() => ({}))).status).to.equal(303);
    });

    const fromIssuer = (claims: object) => ({ claims: { iss: provider.issuer, ...claims } });
    for (const [defect, change] of [
      [
        'an access token of another user',
        () => ({ access_token: provider.keys.accessToken(fromIssuer({})) }),
      ],
      [
        'an access token of another app client',
        () => ({
          access_token: provider.keys.accessToken({ ...USER, ...fromIssuer({ client_id: 'another' }) }),
        }),
      ],
      [
        'an access token of another pool',
        () => ({
          access_token: provider.keys.accessToken({ ...USER, ...fromIssuer({ iss: 'https://a.example' }) }),
        }),
      ],
      [
        'an expired access token',
        () => ({ access_token: provider.keys.accessToken({ ...USER, expiresIn: -1, ...fromIssuer({}) }) }),
      ],
      ['an access token that is not a JWT', () => ({ access_token: 'opaque' })],
      ['the ID token in place of the access token', ({ id_token }) => ({ access_token: id_token })],
      [
        'an access token with a forged signature',
        ({ access_token }) => ({ access_token: provider.keys.forge(access_token) }),
      ],
      [
        'an ID token with a forged signature',
        ({ id_token }) => ({ id_token: provider.keys.forge(id_token) }),
      ],
    ] as [string, (tokens: FakeTokens) => object][]) {
      it(`refuses ${defect}`, async () => {
        const answer = await callbackWith(change);
        expectProblem(answer, 'upstream_error');
        expect(String(answer.headers['set-cookie'])).to.not.match(/-(access|refresh)=/);
      });
    }
  });

  describe('at sign-out', () => {
    const signOut = (kit: Kit, browser: Browser, query = '', headers: Headers = CLICK) =>
      browser.request(`${kit.url}/auth/logout${query}`, { headers });

    it('revokes the session, and redirects the browser to the sign-out of the pool', async () => {
      const kit = await start();
      const browser = newBrowser();
      await signIn(kit, browser);
      const kept = browser.cookies().join('; ');
      const response = await signOut(kit, browser);
      expect(response.status).to.equal(303);
      const { origin, pathname, searchParams } = new URL(response.headers.get('location') ?? '');
      expect(`${origin}${pathname}`).to.equal(`${pool.domain}/logout`);
      expect(Object.fromEntries(searchParams)).to.deep.equal({
        client_id: pool.config.clientId,
        logout_uri: GOODBYE,
      });
      expect(browser.cookies().join()).to.not.match(/auth-(access|refresh)/);
      const replayed = await fetch(`${kit.url}/reports`, { headers: { Cookie: kept } });
      await expectRefused(replayed, 401, 'invalid_token');
      expect(pool.requests.count('RevokeToken')).to.equal(1);
      expect(leftFor(await browser.open(response.headers.get('location') ?? '')).href).to.equal(GOODBYE);
      const again = await browser.open(await begin(kit, browser));
      expect(again.away).to.equal(undefined);
    });

    it('redirects to returnTo or / if logoutUri is not set', async () => {
      const kit = await start({ managedLogin: { redirectUri: REDIRECT_URI } });
      const browser = newBrowser();
      await signIn(kit, browser);
      expect((await signOut(kit, browser, '?returnTo=/bye')).headers.get('location')).to.equal('/bye');
      expect((await signOut(kit, browser)).headers.get('location')).to.equal('/');
      expect((await browser.request(`${kit.url}/reports`)).status).to.equal(401);
    });

    it('clears the cookies and revokes the session even if Cognito is unavailable', async () => {
      const kit = await start();
      const browser = newBrowser();
      await signIn(kit, browser);
      const kept = browser.cookies().join('; ');
      pool.faults.inject({ on: ['RevokeToken', 'oauth2/token', 'openid-configuration'], kind: 'reset' });
      expect((await signOut(kit, browser)).status).to.equal(303);
      expect(browser.cookies().join()).to.not.match(/auth-(access|refresh)/);
      expect((await fetch(`${kit.url}/reports`, { headers: { Cookie: kept } })).status).to.equal(401);
    });

    it('clears the cookies even if the OpenID configuration was never available', async () => {
      const browser = newBrowser();
      await signIn(await start(), browser);
      const kit = await start();
      pool.faults.inject({ on: 'openid-configuration', kind: 'reset' });
      await expectRefused(await signOut(kit, browser), 502, 'upstream_error');
      expect(browser.cookies().join()).to.not.match(/auth-(access|refresh)/);
    });

    for (const [request, headers] of [
      ['a request of another site', OTHER_SITE],
      [
        'a request of another host of the domain',
        { 'Sec-Fetch-Site': 'same-site', Origin: 'https://x.example.com' },
      ],
      [
        'a request of another site with an untrusted Referer',
        { ...OTHER_SITE, Referer: 'https://evil.example/' },
      ],
      ['a request of unknown origin', {}],
      ['a prefetch by a page of the app', { ...CLICK, 'Sec-Purpose': 'prefetch' }],
    ] as const) {
      it(`refuses ${request}`, async () => {
        const kit = await start({ trustedOrigins: ['https://app.example.com'] });
        const browser = newBrowser();
        await signIn(kit, browser);
        const response = await signOut(kit, browser, '', headers as Headers);
        expect(response.status).to.be.oneOf([400, 403]);
        expect(response.headers.getSetCookie()).to.deep.equal([]);
        expect((await browser.request(`${kit.url}/reports`)).status).to.equal(200);
      });
    }

    it('accepts a link of a trusted origin', async () => {
      const kit = await start({ trustedOrigins: ['https://app.example.com'] });
      const browser = newBrowser();
      await signIn(kit, browser);
      const headers = { 'Sec-Fetch-Site': 'same-site', Referer: 'https://app.example.com/' };
      expect((await signOut(kit, browser, '', headers)).status).to.equal(303);
    });

    it('redirects to the pool and revokes nothing with bearer transport', async () => {
      const kit = await start({ transport: 'bearer' });
      const response = await signOut(kit, newBrowser());
      expect(response.headers.get('location')).to.include(`${pool.domain}/logout?`);
      expect(pool.requests.count('RevokeToken')).to.equal(0);
    });
  });

  it('works with other paths and at the root', async () => {
    const redirectUri = `${APP}/back`;
    const client = pool.addClient({ CallbackURLs: [redirectUri], GenerateSecret: true });
    const kit = await start(
      {
        ...client,
        managedLogin: { redirectUri },
        routes: { startManagedLogin: '/enter', completeManagedLogin: '/back', managedLogout: '/leave' },
      },
      '/',
    );
    const browser = newBrowser();
    const begun = await browser.request(`${kit.url}/enter?returnTo=/login`);
    const back = await signInAtPages(begun.headers.get('location') ?? '', ADA, browser);
    const response = await browser.request(`${kit.url}${back.pathname}${back.search}`);
    expect(response.headers.get('location')).to.equal('/login');
    const loop = await browser.request(`${kit.url}/enter?returnTo=/enter`);
    await expectRefused(loop, 400, 'validation_failed');
    expect((await browser.request(`${kit.url}/leave`, { headers: CLICK })).status).to.equal(303);
  });

  it('has no endpoints without the option', async () => {
    const kit = await start({ managedLogin: undefined as never });
    for (const path of ['login', 'callback', 'logout']) {
      expect((await fetch(`${kit.url}/auth/${path}`)).status).to.equal(404);
    }
    const { body } = await kit.get('/openapi.json');
    expect(Object.keys(body.paths)).to.not.include.members(['/login', '/callback', '/logout']);
  });

  it('loads openid-client at the first sign-in, and not before', async () => {
    const hook = `export function resolve(name, context, next) {
      if (name === 'openid-client') process._rawDebug('loading');
      return next(name, context);
    }`;
    const config = { ...pool.config, logger: false, managedLogin: { redirectUri: REDIRECT_URI } };
    const script = `
      import { register } from 'node:module';
      import express from 'express';
      register('data:text/javascript,' + ${JSON.stringify(encodeURIComponent(hook))});
      const { createCognitoRouter } = await import('./src/index.ts');
      const auth = createCognitoRouter(${JSON.stringify({ ...config, cookieSecret: SECRET })});
      const server = express().use(auth).listen(0, async () => {
        process._rawDebug('made');
        const url = 'http://127.0.0.1:' + server.address().port;
        await fetch(url + '/health');
        process._rawDebug((await fetch(url + '/login', { redirect: 'manual' })).status);
        process.exit();
      });`;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
    const { stderr } = await promisify(execFile)(process.execPath, args, { cwd: process.cwd() });
    expect(stderr.match(/made|loading|303/g)).to.deep.equal(['made', 'loading', '303']);
  }).timeout(20_000);

  it('requires cookieSecret, and refuses an issuer without TLS', () => {
    const managedLogin = { redirectUri: REDIRECT_URI };
    const config = { ...pool.config, logger: false, managedLogin } as const;
    expect(() => createCognitoRouter(config)).to.throw(TypeError, 'cookieSecret is missing');
    expect(() =>
      createCognitoRouter({ ...config, cookieSecret: SECRET, endpoint: 'http://cognito.internal' }),
    ).to.throw(TypeError, 'cannot be used with the issuer "http://cognito.internal');
  });
});
