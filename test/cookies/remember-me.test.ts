import { expect } from 'chai';
import express from 'express';
import type { Response } from 'supertest';
import { getAuth } from '../../src/auth/request-auth.ts';
import type { Config } from '../../src/config/options.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import type { ClientSettings } from '../../src/local/model/settings.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { SAME_ORIGIN } from '../support/cookie-client.ts';
import {
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';
import { Browser, signInAtPages } from '../support/login-pages.ts';

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const DAYS_30 = 30 * 86_400;
const REDIRECT_URI = 'http://localhost:3000/auth/callback';
const ROTATING: ClientSettings = {
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_AUTH'],
  RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
  CallbackURLs: [REDIRECT_URI],
};

/** `Max-Age` of cookies by short name. `browser` for a cookie without a lifetime, which ends with the browser. */
type Lifetimes = Readonly<Record<string, number | 'browser'>>;

/** A browser that knows the lifetimes of its cookies. */
class Page {
  readonly cookies = new Map<string, string>();
  readonly #url: string;

  constructor({ url }: Kit) {
    this.#url = url;
  }

  /** Sends a request, and returns the response and the lifetimes of the cookies that it sets. */
  async send(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; body: never; set: Lifetimes }> {
    const cookie = [...this.cookies].map(([name, value]) => `__Host-auth-${name}=${value}`).join('; ');
    const response = await fetch(`${this.#url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...SAME_ORIGIN,
        'sec-fetch-mode': 'navigate',
        cookie,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: (text === '' ? {} : JSON.parse(text)) as never,
      set: this.keep(response.headers),
    };
  }

  async post(path: string, body: object = {}): Promise<{ body: Record<string, never>; set: Lifetimes }> {
    const answer = await this.send('POST', `/auth${path}`, body);
    expect(answer.status, JSON.stringify(answer.body)).to.equal(200);
    return answer;
  }

  keep(headers: Headers): Lifetimes {
    const set = headers.getSetCookie().map((line) => {
      const [, name = '', value = '', age] =
        /^__Host-auth-([^=]+)=([^;]*)(?:; Max-Age=(\d+))?; Path=\//.exec(line) ?? [];
      if (age === '0') this.cookies.delete(name);
      else this.cookies.set(name, value);
      return [name, age === undefined ? 'browser' : Number(age)] as const;
    });
    return Object.fromEntries(set.filter(([, age]) => age !== 0));
  }

  /** Deletes the cookies that end with the browser. */
  restart(set: Lifetimes): void {
    for (const [name, age] of Object.entries(set)) if (age === 'browser') this.cookies.delete(name);
  }
}

describe('The lifetime of a session in cookies', () => {
  let pool: LocalUserPool;
  let users = 0;

  before(async () => {
    pool = await startLocalUserPool({ quiet: true, appClient: ROTATING });
  });
  after(() => pool.close());

  const start = (config: Config = {}): Promise<Kit> =>
    startKit({
      pool,
      config: { transport: 'cookie', ...config },
      app: (auth) =>
        express()
          .use('/auth', auth)
          .get('/route', auth.requireAuth(), (req, res) => void res.json(getAuth(req).sub)),
    });

  function addUser(options: object = {}): string {
    const username = `remember-${++users}@example.com`;
    pool.addUser({ username, password: PASSWORD, ...options });
    return username;
  }

  const code = (): string => {
    pool.clock.advance(60_000);
    return totpCode(SECRET, pool.clock.now());
  };

  const KEPT = { access: 3600, refresh: DAYS_30 };
  const BROWSER = { access: 'browser', refresh: 'browser' };

  it('is that of the tokens, unless the sign-in says otherwise with rememberMe', async () => {
    const kit = await start();
    const email = addUser();
    const page = new Page(kit);
    expect((await page.post('/sign-in', { email, password: PASSWORD })).set).to.include(KEPT);
    expect((await page.post('/sign-in', { email, password: PASSWORD, rememberMe: true })).set).to.include(
      KEPT,
    );
    const { set } = await page.post('/sign-in', { email, password: PASSWORD, rememberMe: false });
    expect(set).to.include(BROWSER);
    expect((await page.send('GET', '/route')).status).to.equal(200);
    page.restart(set);
    expect((await page.send('GET', '/route')).status).to.equal(401);
  });

  it('is that of the browser with cookies.rememberMe: false, unless the sign-in says otherwise', async () => {
    const kit = await start({ cookies: { rememberMe: false } });
    const email = addUser();
    const page = new Page(kit);
    expect((await page.post('/sign-in', { email, password: PASSWORD })).set).to.include(BROWSER);
    expect((await page.post('/sign-in', { email, password: PASSWORD, rememberMe: true })).set).to.include(
      KEPT,
    );
  });

  for (const rememberMe of [true, false]) {
    const expected = rememberMe ? KEPT : BROWSER;

    it(`stays through a challenge and refreshes with rememberMe: ${rememberMe}`, async () => {
      const kit = await start({ cookies: { rememberMe: !rememberMe } });
      const email = addUser({ totpSecret: SECRET });
      const page = new Page(kit);
      const posed = await page.post('/sign-in', { email, password: PASSWORD, rememberMe });
      expect(posed.set).to.deep.equal({ challenge: 900 });
      const { name, username } = posed.body.challenge as unknown as { name: string; username: string };
      const done = await page.post('/challenge', { name, username, confirmationCode: code() });
      expect(done.set).to.include(expected);
      for (let refresh = 0; refresh < 2; refresh++)
        expect((await page.post('/refresh')).set).to.include(expected);
      expect((await page.send('GET', '/route')).status).to.equal(200);
    });

    it(`stays through the set-up of an authenticator app with rememberMe: ${rememberMe}`, async () => {
      const strict = await startLocalUserPool({ quiet: true, pool: { MfaConfiguration: 'ON' } });
      const email = 'setup@example.com';
      strict.addUser({ username: email, password: PASSWORD });
      const kit = await startKit({
        pool: strict,
        config: { transport: 'cookie', cookies: { rememberMe: !rememberMe } },
      });
      const page = new Page(kit);
      const posed = await page.post('/sign-in', { email, password: PASSWORD, rememberMe });
      const { name, username } = posed.body.challenge as unknown as { name: string; username: string };
      expect(name).to.equal('MFA_SETUP');
      const { secretCode } = (await page.post('/mfa/totp')).body as unknown as { secretCode: string };
      await page.post('/mfa/totp/verify', { confirmationCode: totpCode(secretCode, strict.clock.now()) });
      expect((await page.post('/challenge', { name, username })).set).to.include(expected);
      await kit.close();
    });

    it(`stays through automatic refreshes with rememberMe: ${rememberMe}`, async () => {
      const kit = await start({ autoRefresh: true, cookies: { rememberMe: !rememberMe } });
      const page = new Page(kit);
      await page.post('/sign-in', { email: addUser(), password: PASSWORD, rememberMe });
      for (let refresh = 0; refresh < 2; refresh++) {
        page.cookies.delete('access');
        const answer = await page.send('GET', '/route');
        expect(answer.status).to.equal(200);
        expect(answer.set).to.include(expected);
      }
    });

    it(`stays through a step-up and a new password with rememberMe: ${rememberMe}`, async () => {
      const kit = await start({ cookies: { rememberMe: !rememberMe } });
      const page = new Page(kit);
      await page.post('/sign-in', { email: addUser(), password: PASSWORD, rememberMe });
      expect((await page.post('/step-up', { password: PASSWORD })).set).to.include(expected);
      const change = { oldPassword: PASSWORD, newPassword: OTHER_PASSWORD };
      expect((await page.post('/change-password', change)).set).to.include(expected);
    });

    it(`is chosen for a managed login by rememberMe=${rememberMe}`, async () => {
      const kit = await start({
        managedLogin: { redirectUri: REDIRECT_URI },
        cookieSecret: 'a secret for cookies, of 32 characters',
        cookies: { rememberMe: !rememberMe },
      });
      const username = addUser();
      const signIn = async (query: string, page = new Browser(pool.url)): Promise<Lifetimes> => {
        const link = await page.request(`${kit.url}/auth/login${query}`, {
          headers: { 'Sec-Fetch-Mode': 'navigate' },
        });
        expect(link.headers.get('location')).to.include('oauth2/authorize').and.not.include('remember');
        const back = await signInAtPages(
          link.headers.get('location') ?? '',
          { username, password: PASSWORD },
          page,
        );
        const answer = await page.request(`${kit.url}${back.pathname}${back.search}`, {
          headers: { 'Sec-Fetch-Mode': 'navigate' },
        });
        expect(answer.status).to.equal(303);
        return new Page(kit).keep(answer.headers);
      };
      expect(await signIn(`?rememberMe=${rememberMe}`)).to.include(expected);
      expect(await signIn('')).to.include(rememberMe ? BROWSER : KEPT);
      const stepUp = new Browser(pool.url);
      await signIn(`?rememberMe=${rememberMe}`, stepUp);
      expect(await signIn('?maxAge=0', stepUp)).to.include(expected);
      expect(await signIn('?prompt=login', stepUp)).to.include(rememberMe ? BROWSER : KEPT);
      const refused = await kit.request.get('/auth/login?rememberMe=yes').set('Sec-Fetch-Mode', 'navigate');
      expect(refused.status).to.equal(400);
    });

    it(`is chosen for the sign-in of a confirmed sign-up by rememberMe: ${rememberMe}`, async () => {
      const codes = await startLocalUserPool({
        quiet: true,
        appClient: { ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
        pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } },
      });
      const config = {
        transport: 'cookie',
        authFlow: 'USER_AUTH',
        passwordless: true,
        autoSignIn: true,
      } as const;
      const kit = await startKit({
        pool: codes,
        config: { ...config, cookies: { rememberMe: !rememberMe } },
      });
      const page = new Page(kit);
      const email = 'new@example.com';
      await page.post('/sign-up', { email });
      const { code: confirmationCode } = await codes.inbox.waitFor({ to: email, kind: 'sign_up' });
      expect((await page.post('/confirm-sign-up', { email, confirmationCode, rememberMe })).set).to.include(
        expected,
      );
      await kit.close();
    });
  }

  it('ends the session at Cognito with a sign-out and with the next sign-in', async () => {
    const kit = await start();
    const email = addUser();
    const page = new Page(kit);
    pool.requests.clear();
    await page.post('/sign-in', { email, password: PASSWORD, rememberMe: false });
    const replaced = new Page(kit);
    replaced.cookies.set('refresh', page.cookies.get('refresh') ?? '');
    await page.post('/sign-in', { email, password: PASSWORD, rememberMe: false });
    expect(pool.requests.count('RevokeToken')).to.equal(1);
    expect((await replaced.send('POST', '/auth/refresh', {})).status).to.equal(401);
    const [refresh] = [page.cookies.get('refresh') ?? ''];
    await page.post('/sign-out');
    expect(pool.requests.count('RevokeToken')).to.equal(2);
    page.cookies.set('refresh', refresh);
    expect((await page.send('POST', '/auth/refresh', {})).status).to.equal(401);
  });

  it('clears and revokes ambiguous cookies of a session that ends with the browser', async () => {
    const kit = await start();
    const page = new Page(kit);
    await page.post('/sign-in', { email: addUser(), password: PASSWORD, rememberMe: false });
    const refresh = `__Host-auth-refresh=${page.cookies.get('refresh')}`;
    pool.requests.clear();
    const answer: Response = await kit.request
      .post('/auth/sign-out')
      .set(SAME_ORIGIN)
      .set('Cookie', `${refresh}; ${refresh}`)
      .send({});
    expectStatus(answer, 200);
    expect(pool.requests.count('RevokeToken')).to.equal(1);
    page.cookies.delete('access');
    expect((await page.send('POST', '/auth/refresh', {})).status).to.equal(401);
  });

  it('can be decided by a before hook', async () => {
    const before = { signIn: ({ body }: { body: object }) => ({ body: { ...body, rememberMe: false } }) };
    const kit = await start({ hooks: { before } });
    const page = new Page(kit);
    const { set } = await page.post('/sign-in', { email: addUser(), password: PASSWORD, rememberMe: true });
    expect(set).to.include(BROWSER);
  });

  it('has no member for it with bearer tokens, and no effect on a sign-in that takes them with both', async () => {
    const bearer = await start({ transport: 'bearer' });
    const body = { email: addUser(), password: PASSWORD, rememberMe: false };
    expectProblem(await bearer.post('/sign-in', body), 'validation_failed');
    const both = await start({ transport: 'both' });
    const answer = expectStatus(await both.post('/sign-in', body), 200);
    expect(answer.body.tokens.refreshToken).to.match(/^eyJ/);
    const page = new Page(both);
    expect((await page.post('/sign-in', { ...body, transport: 'cookie' })).set).to.include(BROWSER);
  });

  it('is an invalid option if it is no boolean', () => {
    const cookies = { rememberMe: 'no' } as never;
    expect(() => createCognitoRouter({ ...pool.config, transport: 'cookie', cookies })).to.throw(
      TypeError,
      'cookies.rememberMe is "no"; write true or false',
    );
  });
});
