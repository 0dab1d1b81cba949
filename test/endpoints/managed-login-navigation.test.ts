import { expect } from 'chai';
import express from 'express';
import type { Response } from 'supertest';
import type { AuthEvent } from '../../src/config/events.ts';
import type { Config } from '../../src/config/options.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { Browser, signInAtPages } from '../support/login-pages.ts';

const REDIRECT_URI = 'http://localhost:3000/auth/callback';
const SECRET = 'a secret for cookies, of 32 characters';
const ADA = { username: 'ada@example.com', password: PASSWORD };
const OPEN = {
  'Sec-Fetch-Site': 'cross-site',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Dest': 'document',
  Accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
};
const FRAME = { ...OPEN, 'Sec-Fetch-Dest': 'iframe' };

describe('A navigation to managed login', () => {
  let pool: LocalUserPool;

  before(async () => {
    pool = await startLocalUserPool({
      quiet: true,
      appClient: { CallbackURLs: [REDIRECT_URI], GenerateSecret: true },
      users: [ADA],
    });
  });
  beforeEach(() => pool.requests.clear());
  after(() => pool.close());

  function start(config: Config = {}, login: Partial<Config['managedLogin']> = {}): Promise<Kit> {
    const managedLogin = { redirectUri: REDIRECT_URI, ...login };
    return startKit({
      pool,
      config: { transport: 'cookie', cookieSecret: SECRET, ...config, managedLogin },
      app: (auth) =>
        express()
          .use('/auth', auth)
          .get('/reports', auth.requireAuth(), (_req, res) => void res.send('The reports')),
    });
  }

  /** Opens a path as a browser does, which `fetch` cannot, with the cookies of the browser. */
  async function open(kit: Kit, browser: Browser, path: string, headers: object = OPEN): Promise<Response> {
    const request = kit.request.get(path).set('Cookie', browser.cookies().join('; '));
    const response = await request.set({ ...headers }).redirects(0);
    browser.keep([response.headers['set-cookie'] ?? []].flat(), new URL(kit.url).hostname);
    return response;
  }

  /** Signs Ada in at the pages of the pool. Returns the path of the callback. */
  async function signInAt(location: string, browser: Browser): Promise<string> {
    const { pathname, search } = await signInAtPages(location, ADA, browser);
    return pathname + search;
  }

  async function signIn(kit: Kit, browser: Browser, query = ''): Promise<string> {
    const begun = expectStatus(await open(kit, browser, `/auth/login${query}`), 303);
    const callback = await signInAt(locationOf(begun), browser);
    expectStatus(await open(kit, browser, callback), 303);
    return callback;
  }

  const locationOf = (response: Response): string => expectStatus(response, 303).headers.location ?? '';
  const newBrowser = (): Browser => new Browser(pool.url);
  const tokenCalls = (): number => pool.requests.count('oauth2/token');

  it('goes on to returnTo when the back button repeats a completed callback (case B3)', async () => {
    const events: AuthEvent[] = [];
    const kit = await start({ onEvent: (event) => void events.push(event) });
    const browser = newBrowser();
    const callback = await signIn(kit, browser, '?returnTo=/reports');
    const again = expectStatus(await open(kit, browser, callback), 303);
    expect(again.headers.location).to.equal('/reports');
    expect(tokenCalls()).to.equal(1);
    expect(events.at(-1)).to.include({ type: 'complete_managed_login.failed', code: 'invalid_session' });
    expectStatus(await open(kit, browser, '/reports'), 200);
  });

  it('starts a sign-in when a bookmarked page of the pool returns with a state of another day (case B3)', async () => {
    const kit = await start();
    const browser = newBrowser();
    const location = locationOf(await open(kit, browser, '/auth/login'));
    const callback = await signInAt(location, browser);
    for (const name of browser.cookies().filter((cookie) => cookie.includes('-login.'))) {
      browser.keep([`${name.split('=')[0]}=; Max-Age=0`], new URL(kit.url).hostname);
    }
    const begun = expectStatus(await open(kit, browser, callback), 303);
    expect(begun.headers.location).to.include(`${pool.domain}/oauth2/authorize`);
    expect(tokenCalls()).to.equal(0);
    const { away = '' } = await browser.open(locationOf(begun));
    const { pathname, search } = new URL(away);
    const done = expectStatus(await open(kit, browser, pathname + search), 303);
    expect(done.headers.location).to.equal('/');
    expectStatus(await open(kit, browser, '/reports'), 200);
  });

  it('starts one sign-in and no second one in a browser that keeps no cookies (case B3)', async () => {
    const kit = await start();
    const [browser, without] = [newBrowser(), newBrowser()];
    const location = locationOf(await open(kit, without, '/auth/login'));
    const callback = await signInAt(location, browser);
    const begun = expectStatus(await open(kit, newBrowser(), callback), 303);
    const { away = '' } = await browser.open(locationOf(begun));
    const { pathname, search } = new URL(away);
    expectStatus(await open(kit, newBrowser(), pathname + search), 401);
    expect(tokenCalls()).to.equal(0);
  });

  it('never uses the code of another browser, whose user it would sign in (case B3)', async () => {
    const kit = await start();
    const attacker = newBrowser();
    const location = locationOf(await open(kit, attacker, '/auth/login'));
    const callback = await signInAt(location, attacker);
    const victim = newBrowser();
    const begun = expectStatus(await open(kit, victim, callback), 303);
    expect(new URL(locationOf(begun)).searchParams.get('state')).to.match(/^again-/);
    expect(victim.cookies().join()).to.not.match(/auth-(access|refresh)=/);
    expect(tokenCalls()).to.equal(0);
  });

  it('gets a page with a way on in place of JSON, and a script gets the problem (case B3)', async () => {
    const kit = await start();
    const path = '/auth/callback?error=access_denied&state=unknown';
    const page = expectStatus(await open(kit, newBrowser(), path), 401);
    expect(page.headers['content-type']).to.equal('text/html; charset=utf-8');
    expect(page.headers).to.include({ 'x-frame-options': 'DENY', 'cache-control': 'no-store' });
    expect(page.headers['content-security-policy']).to.include("frame-ancestors 'none'");
    expect(page.text).to.include('<a href="/auth/login">').and.include('invalid_session');
    for (const headers of [{ ...OPEN, 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' }, {}]) {
      expectProblem(await open(kit, newBrowser(), path, headers), 'invalid_session');
    }
    const refused = await open(kit, newBrowser(), '/auth/login?returnTo=//evil.example');
    expect([refused.status, refused.headers['content-type']]).to.deep.equal([
      400,
      'text/html; charset=utf-8',
    ]);
    expect(refused.text).to.not.include('evil');
  });

  it('in a frame of a page that signs in without a prompt gets the problem, which the page can read', async () => {
    const kit = await start();
    const browser = newBrowser();
    const location = locationOf(await open(kit, browser, '/auth/login?prompt=none', FRAME));
    const state = new URL(location).searchParams.get('state');
    const callback = `/auth/callback?error=login_required&state=${state}`;
    const refused = await open(kit, browser, callback, FRAME);
    expectProblem(refused, 'login_required');
    expect(refused.headers).to.not.have.property('x-frame-options');
  });

  it('is answered by onError of the app, if it has one', async () => {
    const kit = await start({ onError: (refusal, _req, res) => void res.status(418).send(refusal.code) });
    const answer = await open(kit, newBrowser(), '/auth/callback?error=x&state=unknown');
    expect([answer.status, answer.text]).to.deep.equal([418, 'invalid_session']);
    expect(answer.headers).to.not.have.property('content-security-policy');
  });

  it('keeps its members when a link has further ones, such as those of a campaign (case D6)', async () => {
    const kit = await start();
    const browser = newBrowser();
    const query = '?returnTo=/reports&utm_source=mail&fbclid=x&a[b][c][d][e][f][g]=1&__proto__=x';
    const callback = await signIn(kit, browser, query);
    expect((await open(kit, browser, callback)).headers.location).to.equal('/reports');
    const location = locationOf(await open(kit, browser, '/auth/login?utm_source=mail'));
    expect(location).to.not.include('utm_source');
    const own = { ...OPEN, 'Sec-Fetch-Site': 'same-origin' };
    const left = expectStatus(
      await open(kit, browser, '/auth/logout?returnTo=/bye&utm_source=mail', own),
      303,
    );
    expect(left.headers.location).to.equal('/bye');
  });

  it('sets nothing of the request to the pool by a member that /login does not have (case D6)', async () => {
    const kit = await start({}, { identityProviders: ['Google'] });
    const others =
      'redirect_uri=https://evil.example&client_id=x&scope=admin&idpIdentifier=y&transport=bearer';
    const location = locationOf(await open(kit, newBrowser(), `/auth/login?${others}`));
    const asked = new URL(location).searchParams;
    expect(asked.getAll('redirect_uri')).to.deep.equal([REDIRECT_URI]);
    expect(asked.getAll('client_id')).to.deep.equal([pool.config.clientId]);
    expect(asked.get('scope')?.split(' ')).to.include('openid').and.not.include('admin');
    expect([...asked.keys()])
      .to.include('state')
      .and.not.include.members(['idp_identifier', 'transport']);
  });

  it('in a frame gets no tokens, whatever transport the link asks for (case C17)', async () => {
    const kit = await start({ transport: 'both' });
    for (const dest of ['iframe', 'frame', 'embed', 'object', 'fencedframe']) {
      const browser = newBrowser();
      const begun = await open(kit, browser, '/auth/login?transport=bearer', FRAME);
      const callback = await signInAt(locationOf(begun), browser);
      const answer = await open(kit, browser, callback, { ...OPEN, 'Sec-Fetch-Dest': dest });
      expectStatus(answer, 400);
      expect(answer.text).to.include('invalid_request').and.not.include('eyJ');
    }
    expect(tokenCalls()).to.equal(0);
  });

  it('with tokens in its answer cannot be framed by a browser without fetch metadata (case C17)', async () => {
    const kit = await start({ transport: 'both' });
    const browser = newBrowser();
    const begun = await open(kit, browser, '/auth/login?transport=bearer', {});
    const callback = await signInAt(locationOf(begun), browser);
    const answer = expectStatus(await open(kit, browser, callback, {}), 200);
    expect(answer.body.tokens).to.have.property('accessToken');
    expect(answer.headers).to.include({ 'x-frame-options': 'DENY' });
  });

  describe('from an identity provider that starts the sign-in, with a code and no state,', () => {
    /** The callback that follows a sign-in without a request of the app. */
    async function startedElsewhere(browser: Browser): Promise<string> {
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: pool.config.clientId,
        redirect_uri: REDIRECT_URI,
      });
      const callback = await signInAt(`${pool.domain}/oauth2/authorize?${query}`, browser);
      expect(callback)
        .to.match(/\?code=/)
        .and.not.include('state=');
      return callback;
    }

    it('ends signed in with idpInitiated, by a sign-in of the router (case B4)', async () => {
      const kit = await start({}, { idpInitiated: true });
      const browser = newBrowser();
      const begun = expectStatus(await open(kit, browser, await startedElsewhere(browser)), 303);
      const asked = new URL(locationOf(begun)).searchParams;
      expect(asked.get('state')).to.match(/^again-/);
      expect(asked.has('prompt')).to.equal(false);
      expect(tokenCalls()).to.equal(0);
      const { away = '' } = await browser.open(locationOf(begun));
      const { pathname, search } = new URL(away);
      expect(locationOf(await open(kit, browser, pathname + search))).to.equal('/');
      expectStatus(await open(kit, browser, '/reports'), 200);
    });

    it('is refused without the option, and for a script with it (case B4)', async () => {
      const refusing = await start();
      const browser = newBrowser();
      expectStatus(await open(refusing, browser, await startedElsewhere(browser)), 400);
      const kit = await start({}, { idpInitiated: true });
      const script = { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'cors' };
      const refused = await open(kit, browser, '/auth/callback?code=x', script);
      expect(expectProblem(refused, 'validation_failed').body.errors).to.deep.equal([
        { path: '/state', message: 'is required' },
      ]);
    });

    it('is not an option without cookies, which the new sign-in needs (case B4)', () => {
      const managedLogin = { redirectUri: REDIRECT_URI, idpInitiated: true };
      const config = { ...pool.config, cookieSecret: SECRET };
      expect(() => createCognitoRouter({ ...config, transport: 'bearer', managedLogin }))
        .to.throw(TypeError, 'managedLogin.idpInitiated is set without cookies')
        .with.property('message')
        .that.includes("set transport to 'cookie' or 'both'");
      expect(() =>
        createCognitoRouter({ ...config, managedLogin: { ...managedLogin, idpInitiated: 1 as never } }),
      ).to.throw(TypeError, 'managedLogin.idpInitiated is 1');
    });
  });
});
