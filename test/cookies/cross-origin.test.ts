import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import cors from 'cors';
import express, { type Express } from 'express';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { getAuth } from '../../src/auth/request-auth.ts';
import { selfSignedCertificate } from '../../src/local/http/self-signed-certificate.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { requireAuth } from '../../src/require-auth.ts';
import { type CognitoRouter, createCognitoRouter } from '../../src/router.ts';
import { launchChromium } from '../support/chromium.ts';
import { PASSWORD } from '../support/helpers.ts';

const ADA = 'ada@example.com';
const SIGN_IN = { email: ADA, password: PASSWORD };

/** The hosts of two sites, which Chromium finds on loopback. */
const API = 'api.example.test';
const APP = 'app.example.test';
const OTHER_SITE = 'app.other.test';

/** The answer that a script of the page gets, or that there is none. */
interface Answer {
  readonly status: number | 'blocked';
  readonly body: {
    readonly code?: string;
    readonly for?: string;
    readonly tokens?: { readonly accessToken: string };
  };
  readonly retryAfter: string | null;
}

interface Asked {
  readonly body?: object;
  readonly token?: string;
  readonly credentials?: 'omit' | 'include';
}

describe('A front end on another origin, in Chromium', () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let pool: LocalUserPool;
  const servers: Server[] = [];
  const routers: CognitoRouter[] = [];
  let api: string;
  let apiPort: number;
  let pagePort: number;

  before(async function () {
    browser = await launchChromium(this, {
      args: ['--host-resolver-rules=MAP *.test 127.0.0.1', '--ignore-certificate-errors'],
    });
    const certificate = selfSignedCertificate([API, APP, OTHER_SITE]);
    const serve = async (app: Express): Promise<number> => {
      const server = createServer(certificate, app).listen(0, '127.0.0.1');
      servers.push(server);
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    };

    const site = express();
    const pages = express();
    [apiPort, pagePort] = await Promise.all([serve(site), serve(pages)]);
    api = `https://${API}:${apiPort}`;
    const trusted = [API, APP, OTHER_SITE].map((host) => `https://${host}:${pagePort}`);
    pool = await startLocalUserPool({
      quiet: true,
      appClient: {
        CallbackURLs: [`${api}/login/callback`],
        LogoutURLs: [`https://${APP}:${pagePort}/bye`],
      },
      users: [{ username: ADA, password: PASSWORD }],
    });

    const router = (config: object): CognitoRouter => {
      const auth = createCognitoRouter({ ...pool.config, logger: false, rateLimits: false, ...config });
      routers.push(auth);
      return auth;
    };
    const cookie = router({ transport: 'cookie', trustedOrigins: trusted });
    const bearer = router({ rateLimits: { account: { signIn: { limit: 2, windowMs: 60_000 } } } });
    const shared = {
      transport: 'cookie',
      cookies: { name: 'shared', dangerouslyShareWithDomain: 'example.test' },
      trustedOrigins: trusted,
    } as const;
    const login = router({
      transport: 'cookie',
      cookies: { name: 'login' },
      trustedOrigins: trusted,
      cookieSecret: 'a secret for cookies, of 32 characters',
      managedLogin: {
        redirectUri: `${api}/login/callback`,
        logoutUri: `https://${APP}:${pagePort}/bye`,
      },
    });
    const report: express.RequestHandler = (req, res) => void res.json({ for: getAuth(req).username });
    site
      .use(
        cors({
          origin: [...trusted, `https://blog.example.test:${pagePort}`],
          credentials: true,
          exposedHeaders: ['Retry-After', 'RateLimit', 'RateLimit-Policy', 'WWW-Authenticate'],
        }),
      )
      .use('/auth', cookie)
      .all('/reports', cookie.requireAuth(), report)
      .use('/bearer', bearer)
      .get('/bearer-reports', bearer.requireAuth(), report)
      .use('/shared', router(shared))
      .use('/login', login)
      .get('/login-reports', login.requireAuth(), report);
    pages.get('/private', requireAuth({ ...pool.config, ...shared }), report).get('/{*path}', (req, res) => {
      const returnTo = `https://${APP}:${pagePort}/home`;
      const links = ['login', 'logout'].map(
        (name) => `<a href="${api}/login/${name}?returnTo=${encodeURIComponent(returnTo)}">${name}</a>`,
      );
      res.send(`<link rel="icon" href="data:,"><p>At ${req.path}</p>${links.join(' ')}`);
    });
  });

  after(async () => {
    await browser?.close();
    await Promise.all(routers.map((router) => router.close()));
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
    await pool?.close();
  });

  beforeEach(async () => {
    context = await browser.newContext({ ignoreHTTPSErrors: true });
    page = await context.newPage();
  });
  afterEach(() => context?.close());

  const openPage = (host: string): Promise<unknown> => page.goto(`https://${host}:${pagePort}/`);

  /** Fetches a URL of the API as a script of the page. */
  function ask(path: string, { body, token, credentials = 'include' }: Asked = {}): Promise<Answer> {
    const init: RequestInit = {
      credentials,
      method: body ? 'POST' : 'GET',
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    };
    return page.evaluate(
      async ([url, sent]): Promise<Answer> => {
        try {
          const response = await fetch(url, sent);
          const answer = (await response.json()) as Answer['body'];
          return { status: response.status, body: answer, retryAfter: response.headers.get('retry-after') };
        } catch {
          return { status: 'blocked', body: {}, retryAfter: null };
        }
      },
      [`${api}${path}`, init] as const,
    );
  }

  for (const [where, host] of [
    ['on another port', API],
    ['on another host of the site', APP],
  ] as const) {
    it(`uses cookies from sign-in to sign-out, ${where}`, async () => {
      await openPage(host);
      expect((await ask('/auth/sign-in', { body: SIGN_IN })).status).to.equal(200);
      expect((await ask('/reports')).body.for).to.be.a('string');
      expect((await ask('/reports', { body: {} })).status).to.equal(200);
      expect((await ask('/auth/refresh', { body: {} })).status).to.equal(200);
      expect((await ask('/auth/sign-out', { body: {} })).status).to.equal(200);
      expect(await ask('/reports')).to.deep.include({ status: 401 });
    });
  }

  it('has no session without credentials in the request', async () => {
    await openPage(APP);
    expect((await ask('/auth/sign-in', { body: SIGN_IN, credentials: 'omit' })).status).to.equal(200);
    expect((await ask('/reports')).body.code).to.equal('missing_token');
  });

  it('gets no cookies on another site, although the sign-in answers 200', async () => {
    await openPage(OTHER_SITE);
    expect((await ask('/auth/sign-in', { body: SIGN_IN })).status).to.equal(200);
    expect((await ask('/reports')).body.code).to.equal('missing_token');
    expect(await context.cookies(api)).to.deep.equal([]);
  });

  it('is refused by the CSRF check on an origin that CORS allows and trustedOrigins does not name', async () => {
    await openPage('blog.example.test');
    const refused = await ask('/auth/sign-in', { body: SIGN_IN });
    expect([refused.status, refused.body.code]).to.deep.equal([403, 'cross_site_request']);
  });

  it('reads no answer on an origin that CORS does not allow', async () => {
    await openPage('www.example.test');
    expect((await ask('/auth/sign-in', { body: SIGN_IN })).status).to.equal('blocked');
    expect((await ask('/reports')).status).to.equal('blocked');
  });

  it('uses bearer tokens on another site, and reads the exposed headers', async () => {
    await openPage(OTHER_SITE);
    const { body } = await ask('/bearer/sign-in', { body: SIGN_IN, credentials: 'omit' });
    const token = body.tokens?.accessToken ?? '';
    expect((await ask('/bearer-reports', { token, credentials: 'omit' })).body.for).to.be.a('string');
    await ask('/bearer/sign-in', { body: SIGN_IN, credentials: 'omit' });
    const limited = await ask('/bearer/sign-in', { body: SIGN_IN, credentials: 'omit' });
    expect(limited.status).to.equal(429);
    expect(Number(limited.retryAfter)).to.be.greaterThan(0);
  });

  it('shares a session with another host of the domain, and only with dangerouslyShareWithDomain', async () => {
    await openPage(APP);
    await ask('/auth/sign-in', { body: SIGN_IN });
    expect((await page.goto(`https://${APP}:${pagePort}/private`))?.status()).to.equal(401);
    await openPage(APP);
    expect((await ask('/shared/sign-in', { body: SIGN_IN })).status).to.equal(200);
    expect((await page.goto(`https://${APP}:${pagePort}/private`))?.status()).to.equal(200);
    await openPage(APP);
    expect((await ask('/shared/sign-out', { body: {} })).status).to.equal(200);
    expect(await context.cookies(`https://${APP}:${pagePort}`)).to.satisfy((cookies: { name: string }[]) =>
      cookies.every(({ name }) => !/-(access|refresh)$/.test(name)),
    );
    expect((await page.goto(`https://${APP}:${pagePort}/private`))?.status()).to.equal(401);
  });

  it('signs in and out by managed login of the API, and comes back to the front end', async () => {
    await openPage(APP);
    await page.getByText('login').click();
    await page.getByLabel('E-mail address').fill(ADA);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL(`https://${APP}:${pagePort}/home`);
    expect((await ask('/login-reports')).status).to.equal(200);
    await page.getByText('logout').click();
    await page.waitForURL(`https://${APP}:${pagePort}/bye`);
    expect((await ask('/login-reports')).status).to.equal(401);
  });
});
