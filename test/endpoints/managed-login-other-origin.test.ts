import { expect } from 'chai';
import express from 'express';
import type { Response } from 'supertest';
import type { ManagedLoginConfig } from '../../src/config/managed-login.ts';
import type { Config } from '../../src/config/options.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { Browser, signInAtPages } from '../support/login-pages.ts';

const API = 'https://api.example.com';
const FRONT = 'https://app.example.com';
const ADMIN = 'https://admin.example.com';
const REDIRECT_URI = `${API}/auth/callback`;
const ADA = { username: 'ada@example.com', password: PASSWORD };
const OPEN = {
  'Sec-Fetch-Site': 'same-site',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Dest': 'document',
  Referer: `${FRONT}/`,
  Accept: 'text/html,*/*;q=0.8',
};

describe('Managed login of a front end on another origin', () => {
  let pool: LocalUserPool;

  before(async () => {
    pool = await startLocalUserPool({
      quiet: true,
      appClient: {
        CallbackURLs: [REDIRECT_URI],
        LogoutURLs: [FRONT, `${FRONT}/bye`, `${ADMIN}/bye`],
      },
      users: [ADA],
    });
  });
  after(() => pool.close());

  function configOf(login: Partial<ManagedLoginConfig> = {}): Config {
    return {
      ...pool.config,
      logger: false,
      transport: 'cookie',
      trustedOrigins: [FRONT, ADMIN, API],
      cookieSecret: 'a secret for cookies, of 32 characters',
      managedLogin: { redirectUri: REDIRECT_URI, ...login },
    };
  }

  const start = (login: Partial<ManagedLoginConfig> = {}): Promise<Kit> =>
    startKit({ pool, config: configOf(login), app: (auth) => express().use('/auth', auth) });

  async function open(kit: Kit, browser: Browser, path: string): Promise<Response> {
    const request = kit.request.get(path).set('Cookie', browser.cookies().join('; '));
    const response = await request.set(OPEN).redirects(0);
    browser.keep([response.headers['set-cookie'] ?? []].flat(), new URL(kit.url).hostname);
    return response;
  }

  const query = (parameters: Record<string, string>): string => `?${new URLSearchParams(parameters)}`;
  const locationOf = (response: Response): string => expectStatus(response, 303).headers.location ?? '';

  it('returns to a URL on a trusted origin after the sign-in', async () => {
    const kit = await start();
    const browser = new Browser(pool.url);
    const returnTo = `${FRONT}/reports?year=2026#top`;
    const location = locationOf(await open(kit, browser, `/auth/login${query({ returnTo })}`));
    const { pathname, search } = await signInAtPages(location, ADA, browser);
    expect(locationOf(await open(kit, browser, pathname + search))).to.equal(returnTo);
    expect(browser.cookies().join()).to.include('__Host-auth-access');
    expect(locationOf(await open(kit, browser, pathname + search))).to.equal(returnTo);
  });

  for (const returnTo of [
    'https://evil.example/',
    'https://app.example.com.evil.example/',
    `${REDIRECT_URI}?code=1`,
    `${API}/auth/login`,
    `${API}/AUTH/Logout/`,
  ]) {
    it(`refuses to return to ${returnTo}`, async () => {
      const kit = await start();
      for (const path of ['login', 'logout']) {
        const refused = await open(kit, new Browser(pool.url), `/auth/${path}${query({ returnTo })}`);
        expect(expectStatus(refused, 400).text).to.include('validation_failed');
        expect(refused.headers).to.not.have.property('location');
      }
    });
  }

  it('returns to such a path of another origin, which is no endpoint of the kit', async () => {
    const kit = await start();
    const returnTo = `${FRONT}/auth/login`;
    expect(locationOf(await open(kit, new Browser(pool.url), `/auth/logout${query({ returnTo })}`))).to.equal(
      returnTo,
    );
  });

  it('goes to a URL on a trusted origin after /logout without logoutUri', async () => {
    const kit = await start();
    const returnTo = `${FRONT}/bye`;
    const location = locationOf(await open(kit, new Browser(pool.url), `/auth/logout${query({ returnTo })}`));
    expect(location).to.equal(returnTo);
  });

  it('sends Cognito the logoutUri that returnTo selects, else the first', async () => {
    const logoutUri = [`${FRONT}/bye`, `${ADMIN}/bye`, FRONT];
    const kit = await start({ logoutUri });
    const sentFor = async (parameters: Record<string, string>): Promise<string | null> => {
      const location = locationOf(await open(kit, new Browser(pool.url), `/auth/logout${query(parameters)}`));
      const { away } = await new Browser(pool.url).open(location);
      const sent = new URL(location).searchParams.get('logout_uri');
      expect(away).to.equal(sent);
      return sent;
    };
    expect(await sentFor({})).to.equal(logoutUri[0]);
    for (const uri of logoutUri) expect(await sentFor({ returnTo: uri })).to.equal(uri);
    expect(await sentFor({ returnTo: `${ADMIN}/other` })).to.equal(logoutUri[0]);
  });

  it('shows a failed sign-in at an errorPage on a trusted origin', async () => {
    const kit = await start({ errorPage: `${FRONT}/sorry?from=login#top` });
    const browser = new Browser(pool.url);
    const begun = new URL(locationOf(await open(kit, browser, '/auth/login')));
    const state = begun.searchParams.get('state') ?? '';
    const callback = `/auth/callback${query({ state, error: 'access_denied' })}`;
    const location = locationOf(await open(kit, browser, callback));
    expect(location).to.equal(`${FRONT}/sorry?from=login&error=access_denied#top`);
  });

  it('refuses an errorPage on an origin that is not trusted', () => {
    for (const errorPage of ['https://evil.example/sorry', '//evil.example', 'sorry']) {
      expect(() => createCognitoRouter(configOf({ errorPage })))
        .to.throw(TypeError, `managedLogin.errorPage is "${errorPage}"`)
        .with.property('message')
        .that.includes('trustedOrigins');
    }
  });
});
