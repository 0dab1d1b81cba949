import { expect } from 'chai';
import express, { type RequestHandler } from 'express';
import type { Config } from '../../src/config/options.ts';
import type { LocalUserPoolOptions } from '../../src/local/local-user-pool.ts';
import { getProfile, type RequireAuthOptions, requireAuth } from '../../src/require-auth.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { createTestIssuer, type TestIssuer } from '../../src/testing/index.ts';
import { Browser } from '../support/browser-cookies.ts';
import { startFakeCognito, succeed } from '../support/fake-cognito.ts';
import { claimsOf, expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';
import { Browser as LoginBrowser, signInAtPages } from '../support/login-pages.ts';

const ADA = 'ada@example.com';
const ALAN = 'alan@example.com';
const SECRET = 'a secret for cookies, of 32 characters';
const CLAIMS = ['email', 'email_verified', 'name', 'custom:plan', 'cognito:groups'];
const POOL = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: '1example23456789' };
const SIGN_IN = { method: 'POST', body: { email: ADA, password: PASSWORD } };

const profile: RequestHandler = (req, res) => void res.json({ profile: getProfile(req) ?? null });

describe('getProfile', () => {
  const USERS: LocalUserPoolOptions = {
    users: [
      { username: ADA, password: PASSWORD, attributes: { name: 'Ada' }, groups: ['admin'] },
      { username: ALAN, password: PASSWORD, attributes: { name: 'Alan' } },
    ],
  };

  function start(config: Config = {}, pool: LocalUserPoolOptions = USERS): Promise<Kit> {
    return startKit({
      pool,
      config: { profileClaims: CLAIMS, cookieSecret: SECRET, ...config },
      app: (auth) =>
        express()
          .use('/auth', auth)
          .get('/profile', auth.requireAuth(), profile)
          .get('/optional', auth.requireAuth({ optional: true }), profile)
          .get('/verify', async (req, res) => {
            await auth.verify(req);
            res.json({ profile: getProfile(req) });
          })
          .get('/refused', async (req, res) => {
            const customCheck = (): boolean => getProfile(req) === undefined;
            await auth.verify(req, { customCheck }).catch(() => undefined);
            expect(() => getProfile(req)).to.throw('without a verified token');
            res.json({});
          })
          .get(
            '/checked',
            auth.requireAuth({ customCheck: ({ req }) => getProfile(req)?.name === 'Ada' }),
            profile,
          ),
    });
  }

  describe('with cookies', () => {
    const startWithCookies = (config: Config = {}, pool?: LocalUserPoolOptions): Promise<Kit> =>
      start({ transport: 'cookie', ...config }, pool);

    async function signedIn(kit: Kit, email = ADA): Promise<Browser> {
      const browser = new Browser(kit.url);
      const { status } = await browser.fetch('/auth/sign-in', {
        ...SIGN_IN,
        body: { email, password: PASSWORD },
      });
      expect(status).to.equal(200);
      return browser;
    }

    const profileIn = async (browser: Browser, path = '/profile'): Promise<unknown> =>
      (await browser.fetch(path)).body.profile;

    it('returns the named claims of the ID token, without a call to Cognito', async () => {
      const kit = await startWithCookies();
      const browser = await signedIn(kit);
      kit.pool.requests.clear();
      expect(await profileIn(browser)).to.deep.equal({
        email: ADA,
        email_verified: true,
        name: 'Ada',
        'cognito:groups': ['admin'],
      });
      expect(kit.pool.requests.count('GetUser')).to.equal(0);
      expect(await profileIn(browser, '/verify')).to.include({ name: 'Ada' });
    });

    it('has no member of every object for a claim of that name', async () => {
      const kit = await startWithCookies({ profileClaims: ['name', 'toString', '__proto__'] });
      const browser = await signedIn(kit);
      expect(await profileIn(browser)).to.deep.equal({ name: 'Ada' });
    });

    it('is there for customCheck', async () => {
      const kit = await startWithCookies();
      expect((await (await signedIn(kit)).fetch('/checked')).status).to.equal(200);
      expect((await (await signedIn(kit, ALAN)).fetch('/checked')).status).to.equal(403);
    });

    it('throws after a refusal by verify', async () => {
      const browser = await signedIn(await startWithCookies());
      expect((await browser.fetch('/refused')).status).to.equal(200);
    });

    it('follows the token through /refresh and an automatic refresh', async () => {
      const kit = await startWithCookies({ autoRefresh: true });
      const browser = await signedIn(kit);
      browser.expire('profile');
      expect(await profileIn(browser)).to.equal(null);
      await browser.fetch('/auth/refresh', { method: 'POST', body: {} });
      expect(await profileIn(browser)).to.include({ email: ADA });
      browser.expire('profile');
      browser.expire('access');
      expect(await profileIn(browser)).to.include({ email: ADA });
      expect(browser.get('profile')).to.be.a('string');
    });

    it('has a changed attribute at once, and no deleted one', async () => {
      const kit = await startWithCookies();
      const browser = await signedIn(kit);
      const change = { method: 'PATCH', body: { attributes: { name: 'Ada King' } } };
      expect((await browser.fetch('/auth/me', change)).status).to.equal(200);
      expect(await profileIn(browser)).to.include({ name: 'Ada King', email: ADA });
      expect(await profileIn(browser)).to.have.property('cognito:groups');
      expect((await browser.fetch('/auth/me/attributes/name', { method: 'DELETE' })).status).to.equal(200);
      expect(await profileIn(browser)).to.not.have.property('name');
    });

    it('keeps the claims of a trigger when another attribute changes (claims that only the trigger may set)', async () => {
      const kit = await startWithCookies(
        { profileClaims: ['name', 'nickname', 'email', 'profile'] },
        {
          users: [
            { username: ADA, password: PASSWORD, attributes: { nickname: 'admin', profile: 'secret' } },
          ],
          triggers: {
            preTokenGeneration: (event) => {
              const claimsToAddOrOverride = { nickname: 'guest' };
              event.response.claimsOverrideDetails = { claimsToAddOrOverride, claimsToSuppress: ['profile'] };
              return event;
            },
          },
        },
      );
      const browser = await signedIn(kit);
      const before = await profileIn(browser);
      await browser.fetch('/auth/me', { method: 'PATCH', body: { attributes: { name: 'Ada King' } } });
      expect(await profileIn(browser)).to.deep.equal({ ...(before as object), name: 'Ada King' });
      expect(before).to.deep.equal({ nickname: 'guest', email: ADA });
    });

    it('has a new address when it is verified', async () => {
      const kit = await startWithCookies();
      const browser = await signedIn(kit);
      const email = 'ada.king@example.com';
      await browser.fetch('/auth/me', { method: 'PATCH', body: { attributes: { email } } });
      const before = await profileIn(browser);
      const { code } = await kit.pool.inbox.waitFor({ to: email });
      const verify = { method: 'POST', body: { confirmationCode: code } };
      expect((await browser.fetch('/auth/me/attributes/email/verify', verify)).status).to.equal(200);
      expect(await profileIn(browser)).to.include({ email, email_verified: true });
      expect(before).to.not.deep.include({ email, email_verified: true });
    });

    it('is undefined, and the log has the cause, if Cognito does not tell the changed attributes', async () => {
      const log = captureLog();
      const kit = await startWithCookies({ logger: log.logger });
      const browser = await signedIn(kit);
      kit.pool.faults.inject({ on: 'GetUser', kind: 'throttle', times: 3 });
      const change = { method: 'PATCH', body: { attributes: { name: 'Ada King' } } };
      expect((await browser.fetch('/auth/me', change)).status).to.equal(200);
      expect(await profileIn(browser)).to.equal(null);
      expect(log.lines().find(({ code }) => code === 'profile_stale')).to.include({ level: 40 });
    });

    it('is undefined for a cookie that is forged, or of another session', async () => {
      const kit = await startWithCookies();
      const [ada, alan] = [await signedIn(kit), await signedIn(kit, ALAN)];
      const mine = ada.get('profile') ?? '';
      for (const value of [alan.get('profile'), `${mine.slice(0, -2)}AA`, 'eyJhIjoxfQ', '']) {
        ada.cookies.set('__Host-auth-profile', value ?? '');
        expect(await profileIn(ada)).to.equal(null);
      }
      ada.cookies.set('__Host-auth-profile', mine);
      expect(await profileIn(ada)).to.include({ email: ADA });
    });

    it('is undefined for a cookie of an earlier session of the user, also in an app client without token revocation', async () => {
      for (const EnableTokenRevocation of [true, false]) {
        const kit = await startWithCookies({}, { ...USERS, appClient: { EnableTokenRevocation } });
        const [earlier, browser] = [await signedIn(kit), await signedIn(kit)];
        expect(await profileIn(browser)).to.include({ name: 'Ada' });
        browser.cookies.set('__Host-auth-profile', earlier.get('profile') ?? '');
        expect(await profileIn(browser)).to.equal(null);
      }
    });

    it('hides the claims from scripts and from readers of the cookie', async () => {
      const kit = await startWithCookies();
      const answer = await new Browser(kit.url).fetch('/auth/sign-in', SIGN_IN);
      const line = answer.headers.getSetCookie().find((each) => each.includes('-profile=')) ?? '';
      expect(line).to.match(
        /^__Host-auth-profile=[\w-]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      );
      const value = line.slice(line.indexOf('=') + 1, line.indexOf(';'));
      expect(Buffer.from(value, 'base64url').toString('latin1')).to.not.include('Ada');
    });

    it('ends with the browser if its session does, also after a refresh and a change', async () => {
      const kit = await startWithCookies({ autoRefresh: true });
      const browser = new Browser(kit.url);
      const body = { email: ADA, password: PASSWORD, rememberMe: false };
      const change = { method: 'PATCH', body: { attributes: { name: 'Ada King' } } };
      const answers = [
        await browser.fetch('/auth/sign-in', { method: 'POST', body }),
        await browser.fetch('/auth/refresh', { method: 'POST', body: {} }),
        await browser.fetch('/auth/me', change),
      ];
      browser.expire('access');
      answers.push(await browser.fetch('/profile'));
      for (const { headers } of answers) {
        const line = headers.getSetCookie().find((each) => each.includes('-profile='));
        expect(line).to.match(/-profile=[\w-]+; Path=/);
      }
    });

    it('ends with the session', async () => {
      const kit = await startWithCookies();
      const browser = await signedIn(kit);
      await browser.fetch('/auth/sign-out', { method: 'POST', body: {} });
      expect(browser.get('profile')).to.equal(undefined);
      expect(await profileIn(browser, '/optional')).to.equal(null);
    });

    it('is undefined, and the log tells it once for each session, if the claims are too long for a cookie', async () => {
      const log = captureLog();
      const kit = await startWithCookies({ logger: log.logger, profileClaims: ['email', 'website'] });
      const browser = await signedIn(kit);
      const website = `https://example.com/${'a'.repeat(1500)}`;
      await browser.fetch('/auth/me', { method: 'PATCH', body: { attributes: { website } } });
      expect(await profileIn(browser)).to.equal(null);
      const warning = log.lines().find(({ code }) => code === 'profile_too_long');
      expect(warning?.hint).to.include('docs/protect-routes.md#the-user-of-a-request');
      expect(log.text()).to.not.include('aaaa');
    });

    it('is undefined, and the sign-in succeeds, if the tokens leave no room for it', async () => {
      const groups = Array.from({ length: 100 }, (_, index) => `${index}-`.padEnd(64, 'g'));
      const attributes = { name: 'A'.repeat(1300) };
      const kit = await startWithCookies(
        { profileClaims: ['name'] },
        { users: [{ username: ADA, password: PASSWORD, attributes, groups }] },
      );
      const browser = await signedIn(kit);
      expect(await profileIn(browser)).to.equal(null);
    });

    it('is read by a requireAuth without a router that has the same secret, and by no other', async () => {
      const kit = await startWithCookies();
      const browser = await signedIn(kit);
      const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const answerWith = async (cookieSecret: string): Promise<unknown> => {
        const options = { transport: 'cookie', profileClaims: CLAIMS, cookieSecret } as const;
        const other = await startKit({
          pool: kit.pool,
          app: () => express().get('/', requireAuth({ ...kit.pool.config, ...options }), profile),
        });
        return expectStatus(await other.request.get('/').set('Cookie', cookie), 200).body.profile;
      };
      expect(await answerWith(SECRET)).to.include({ name: 'Ada' });
      expect(await answerWith('another secret, of 32 characters')).to.equal(null);
    });
  });

  for (const transport of ['cookie', 'both'] as const) {
    it(`has the claims after managed login into cookies, with transport '${transport}'`, async () => {
      const redirectUri = 'http://localhost:3000/auth/callback';
      const kit = await start(
        { transport, managedLogin: { redirectUri } },
        { ...USERS, appClient: { CallbackURLs: [redirectUri] } },
      );
      const browser = new LoginBrowser(kit.pool.url);
      const begun = await browser.request(
        `${kit.url}/auth/login${transport === 'both' ? '?transport=cookie' : ''}`,
      );
      const user = { username: ADA, password: PASSWORD };
      const { pathname, search } = await signInAtPages(begun.headers.get('location') ?? '', user, browser);
      const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' };
      await browser.request(`${kit.url}${pathname}${search}`, { headers });
      const answer = await browser.request(`${kit.url}/profile`);
      expect(await answer.json()).to.have.nested.property('profile.name', 'Ada');
    });
  }

  for (const [what, idTokenOf] of [
    ['that Cognito has not signed', (issuer) => `${issuer.idToken().slice(0, -6)}AAAAAA`],
    ['of another user', (issuer) => issuer.idToken({ sub: 'another-user' })],
  ] as const satisfies readonly [string, (issuer: TestIssuer) => string][]) {
    it(`has no claims of an ID token ${what}`, async () => {
      const log = captureLog();
      const cognito = await startFakeCognito(succeed);
      const app = cognito.app({
        transport: 'cookie',
        profileClaims: ['email'],
        cookieSecret: SECRET,
        logger: log.logger,
      });
      const tokens = {
        AccessToken: cognito.issuer.accessToken(),
        IdToken: idTokenOf(cognito.issuer),
        ExpiresIn: 3600,
        TokenType: 'Bearer',
      };
      cognito.answer = (_request, res) => res.end(JSON.stringify({ AuthenticationResult: tokens }));
      const answer = expectStatus(await app.anonymous('signIn').set('Sec-Fetch-Site', 'same-origin'), 200);
      const cookies = [answer.headers['set-cookie']].flat().join();
      expect(cookies).to.include('-access=').and.not.include('-profile=');
      expect(log.lines().map(({ code }) => code)).to.include('profile_unverified');
      await cognito.close();
    });
  }

  describe('with bearer tokens', () => {
    const signIn = async (kit: Kit, email = ADA): Promise<{ accessToken: string; idToken: string }> =>
      expectStatus(await kit.post('/sign-in', { email, password: PASSWORD }), 200).body.tokens;

    const ask = (kit: Kit, token: string, headers: object = {}) =>
      kit.request.get('/profile').set({ Authorization: `Bearer ${token}`, ...headers });

    it('returns the claims of the ID token in X-ID-Token', async () => {
      const kit = await start();
      const { accessToken, idToken } = await signIn(kit);
      const { body } = expectStatus(await ask(kit, accessToken, { 'X-ID-Token': idToken }), 200);
      expect(body.profile).to.include({ email: ADA, name: 'Ada' });
      expect(expectStatus(await ask(kit, accessToken), 200).body.profile).to.equal(null);
    });

    it('refuses an ID token of another user, an access token and a forged token', async () => {
      const kit = await start();
      const [ada, alan] = [await signIn(kit), await signIn(kit, ALAN)];
      for (const token of [
        alan.idToken,
        ada.accessToken,
        `${ada.idToken.slice(0, -6)}AAAAAA`,
        'undefined',
        '',
      ]) {
        const refused = await ask(kit, ada.accessToken, { 'X-ID-Token': token });
        expectProblem(refused, 'invalid_token');
        expect(refused.body.detail).to.include('X-ID-Token');
      }
    });

    it('refuses the ID token of an ended session beside the access token of a new one (stale claims)', async () => {
      const kit = await start();
      const standalone = await startKit({
        pool: kit.pool,
        app: () =>
          express().get('/profile', requireAuth({ ...kit.pool.config, profileClaims: CLAIMS }), profile),
      });
      const old = await signIn(kit);
      await kit.auth.endSession({ originJti: String(claimsOf(old.idToken).origin_jti) });
      const { accessToken, idToken } = await signIn(kit);
      for (const app of [kit, standalone]) {
        expectProblem(await ask(app, accessToken, { 'X-ID-Token': old.idToken }), 'invalid_token');
        expectStatus(await ask(app, accessToken, { 'X-ID-Token': idToken }), 200);
      }
    });

    it('asks for a refresh if the ID token has expired', async () => {
      const issuer = await createTestIssuer();
      const other = await startKit({
        app: () =>
          express().get('/profile', requireAuth({ ...issuer.config, profileClaims: ['name'] }), profile),
      });
      const sub = 'a-user';
      const expired = issuer.idToken({ sub, expiresIn: -60 });
      const refused = await ask(other, issuer.accessToken({ sub }), { 'X-ID-Token': expired });
      expectProblem(refused, 'token_expired');
    });

    it('returns the claims of the token itself where a route takes an ID token', async () => {
      const kit = await start();
      const options: RequireAuthOptions = { ...kit.pool.config, tokenUse: 'id', profileClaims: ['name'] };
      const other = await startKit({
        pool: kit.pool,
        app: () => express().get('/profile', requireAuth(options), profile),
      });
      const { idToken } = await signIn(kit);
      expect(expectStatus(await ask(other, idToken), 200).body.profile).to.deep.equal({ name: 'Ada' });
    });
  });

  it('throws for a route without profileClaims, and for one without requireAuth', async () => {
    const kit = await startKit();
    const faults: string[] = [];
    const handler: RequestHandler = (req, res) => {
      try {
        getProfile(req);
      } catch (error) {
        faults.push(String(error));
      }
      res.end();
    };
    const other = await startKit({
      pool: kit.pool,
      app: () =>
        express()
          .get('/open', handler)
          .get('/', requireAuth({ ...kit.pool.config }), handler),
    });
    const { tokens } = await kit.signUpAndIn();
    await other.request.get('/open');
    await other.request.get('/').set('Authorization', `Bearer ${tokens.accessToken}`);
    expect(faults).to.have.lengthOf(2);
    for (const fault of faults) expect(fault).to.include('option profileClaims');
  });

  const WRONG: readonly [options: object, fix: string][] = [
    [{ profileClaims: 7 }, 'profileClaims'],
    [{ profileClaims: [] }, 'profileClaims'],
    [{ profileClaims: ['e mail'] }, 'profileClaims'],
    [{ profileClaims: Array.from({ length: 21 }, (_, index) => `c${index}`) }, 'more than 20'],
    [{ profileClaims: ['email'], transport: 'cookie' }, 'cookieSecret is missing; profileClaims requires it'],
    [{ profileClaims: ['email'], transport: 'cookie', cookieSecret: 'short' }, 'cookieSecret'],
  ];
  for (const [options, fix] of WRONG) {
    it(`refuses the options ${JSON.stringify(options).slice(0, 80)}`, () => {
      expect(() => createCognitoRouter({ ...POOL, ...options })).to.throw(TypeError, fix);
      expect(() => requireAuth({ ...POOL, ...options })).to.throw(TypeError, fix);
    });
  }

  it("is the way to claims of the ID token with cookies, where tokenUse 'id' is refused", () => {
    const cookies = { ...POOL, transport: 'cookie' } as const;
    const fix = 'name the claims that you need in profileClaims';
    expect(() => requireAuth({ ...cookies, tokenUse: 'id' })).to.throw(TypeError, fix);
    expect(() => createCognitoRouter(cookies).requireAuth({ tokenUse: 'id' })).to.throw(TypeError, fix);
    expect(() => requireAuth({ ...POOL, transport: 'both', tokenUse: 'id' })).to.not.throw();
  });
});
