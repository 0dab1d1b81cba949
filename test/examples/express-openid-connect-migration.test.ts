import { createServer } from 'node:http';
import { expect } from 'chai';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { SAME_ORIGIN } from '../support/cookie-client.ts';
import { blocksOf, codeAfter, codeBefore, readPage } from '../support/documentation.ts';
import { documentedApp, setEnvironment } from '../support/documented-app.ts';
import { freePort } from '../support/free-port.ts';
import { claimsOf, listen, PASSWORD } from '../support/helpers.ts';
import { Browser, signInAtPages } from '../support/login-pages.ts';

const PAGE = 'docs/migrate-from-express-openid-connect.md';
const ADA = { username: 'ada@example.com', password: PASSWORD };
const GRACE = { username: 'grace@example.com', password: PASSWORD };
const PAGE_OF_APP = {
  ...SAME_ORIGIN,
  'Sec-Fetch-Dest': 'document',
  Accept: 'text/html',
};
const FROM_POOL = { ...PAGE_OF_APP, 'Sec-Fetch-Site': 'cross-site' };

/** An app at the origin that the app client has in its callback URLs, replaced by the next one of the migration. */
class Deployment {
  readonly origin: string;
  #server: Awaited<ReturnType<typeof listen>> | undefined;
  #handler: Parameters<typeof createServer>[1];

  constructor(origin: string) {
    this.origin = origin;
  }

  async deploy(code: string): Promise<void> {
    this.#handler = await documentedApp(code.replaceAll('http://localhost:3000', this.origin));
    this.#server ??= await listen(
      createServer((req, res) => {
        // The fetch of Node replaces the mode by that of a script.
        if (req.headers.accept === 'text/html') req.headers['sec-fetch-mode'] = 'navigate';
        this.#handler?.(req as never, res as never);
      }),
    );
  }

  /** The server listens on a port of its own, as behind a proxy. */
  at(path: string): string {
    return `${this.#server?.url}${path}`;
  }

  close(): Promise<void> | undefined {
    return this.#server?.close();
  }
}

describe(PAGE, () => {
  let pool: LocalUserPool;
  let restore: () => void;
  let app: Deployment;
  let codeOfBefore: string;
  let codeOfAfter: string;
  let importing: string;

  before(async () => {
    const origin = `http://localhost:${await freePort()}`;
    app = new Deployment(origin);
    pool = await startLocalUserPool({
      quiet: true,
      appClient: { GenerateSecret: true, CallbackURLs: [`${origin}/callback`], LogoutURLs: [`${origin}/`] },
      users: [ADA, GRACE],
    });
    const { userPoolId, clientId, clientSecret, endpoint } = pool.config;
    restore = setEnvironment({
      COGNITO_USER_POOL_ID: userPoolId,
      COGNITO_CLIENT_ID: clientId,
      COGNITO_CLIENT_SECRET: clientSecret,
      COGNITO_ENDPOINT: endpoint,
      ISSUER_BASE_URL: pool.issuer,
      COOKIE_SECRET: 'a secret of the app, of 32 characters or more',
    });
    const blocks = blocksOf(await readPage(PAGE)).map(({ code }) => code);
    const [diff = ''] = blocks;
    codeOfBefore = codeBefore(diff);
    codeOfAfter = codeAfter(diff);
    importing = blocks.find((code) => code.includes('importSessions')) ?? '';
  });
  after(async () => {
    await app.close();
    await pool.close();
    restore();
  });

  /** Opens a page, signs in at the pages of the pool, and returns the answer after the callback. */
  async function signIn(browser: Browser, path: string, user = ADA): Promise<Response> {
    const open = async (at: string, headers: Record<string, string>): Promise<URL | Response> => {
      const response = await browser.request(app.at(at), { headers });
      const location = response.headers.get('location');
      return location === null ? response : new URL(location, app.origin);
    };
    let next = await open(path, PAGE_OF_APP);
    for (let hop = 0; next instanceof URL && hop < 8; hop++) {
      const isAway = next.origin !== app.origin;
      const back: URL = isAway ? await signInAtPages(next, user, browser) : next;
      next = await open(`${back.pathname}${back.search}`, isAway ? FROM_POOL : PAGE_OF_APP);
    }
    if (next instanceof URL) throw new Error(`The browser ends at ${next.href}.`);
    return next;
  }

  const emailAt = async (response: Response): Promise<unknown> =>
    ((await response.json()) as { email?: unknown }).email;
  const newBrowser = (): Browser => new Browser(new URL(pool.domain ?? pool.url).origin);
  /** The names of the cookies, without those that the app has cleared. A long cookie has several parts. */
  const namesIn = (browser: Browser): string[] =>
    browser.cookies().flatMap((cookie) => /^([^=]+?)(?:\.\d)?=./.exec(cookie)?.[1] ?? []);
  const importIn = (browser: Browser, headers: Record<string, string> = SAME_ORIGIN): Promise<Response> =>
    browser.request(app.at('/import-session'), { method: 'POST', headers });

  it('signs in at the same pages and paths before and after, and shows the same user', async () => {
    for (const code of [codeOfBefore, codeOfAfter]) {
      await app.deploy(code);
      expect(await emailAt(await signIn(newBrowser(), '/account'))).to.equal(ADA.username);
    }
  });

  it('hands the session of appSession over without a sign-in, and removes the old cookie', async () => {
    await app.deploy(codeOfBefore);
    const browser = newBrowser();
    await signIn(browser, '/account');
    expect(namesIn(browser)).to.include('appSession');
    await app.deploy(importing);
    expect((await browser.request(app.at('/account'), { headers: PAGE_OF_APP })).status).to.equal(401);
    const signIns = pool.requests.count('oauth2/token');
    const imported = await importIn(browser);
    expect(imported.status).to.equal(200);
    const { user } = (await imported.json()) as { user: { sub: string } };
    expect(user.sub).to.equal(claimsOf(pool.tokensFor(ADA.username).accessToken).sub);
    expect(namesIn(browser)).to.include.members(['__Host-auth-access', '__Host-auth-refresh']);
    expect(namesIn(browser)).to.not.include('appSession');
    expect((await browser.request(app.at('/account'), { headers: PAGE_OF_APP })).status).to.equal(200);
    expect(pool.requests.count('oauth2/token')).to.equal(signIns);
    expect((await importIn(browser)).status).to.equal(401);
  });

  it('hands nothing over to another site, to a browser without an old session, or over a newer session', async () => {
    await app.deploy(codeOfBefore);
    const browser = newBrowser();
    await signIn(browser, '/account');
    expect(namesIn(browser)).to.include('appSession');
    await app.deploy(importing);
    expect((await importIn(browser, { 'Sec-Fetch-Site': 'cross-site' })).status).to.equal(403);
    expect((await importIn(newBrowser())).status).to.equal(401);
    const headers = { ...SAME_ORIGIN, 'Content-Type': 'application/json' };
    const body = JSON.stringify({ email: GRACE.username, password: GRACE.password });
    const signedIn = await browser.request(app.at('/sign-in'), { method: 'POST', headers, body });
    expect(signedIn.status).to.equal(200);
    expect((await importIn(browser)).status).to.equal(401);
    const me = (await (await browser.request(app.at('/me'))).json()) as { attributes: { email: string } };
    expect(me.attributes.email).to.equal(GRACE.username);
  });

  it('does not bring an old session back after a newer one has ended', async () => {
    await app.deploy(codeOfBefore);
    const browser = newBrowser();
    await signIn(browser, '/account');
    await app.deploy(importing);
    const headers = { ...SAME_ORIGIN, 'Content-Type': 'application/json' };
    const post = (path: string, body: object): Promise<Response> =>
      browser.request(app.at(path), { method: 'POST', headers, body: JSON.stringify(body) });
    expect((await post('/sign-in', { email: GRACE.username, password: GRACE.password })).status).to.equal(
      200,
    );
    expect((await post('/sign-out', {})).status).to.equal(200);
    expect((await importIn(browser)).status).to.equal(401);
    expect(namesIn(browser)).to.not.include('appSession');
  });

  it('asks for the old session only without a new one, and for a sign-in only without both', async () => {
    const code = blocksOf(await readPage(PAGE)).find((block) =>
      block.code.includes("fetch('/import-session'"),
    );
    const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as FunctionConstructor;
    const run = new AsyncFunction('fetch', 'location', code?.code ?? '');
    const walk = async (...statuses: number[]): Promise<string[]> => {
      const asked: string[] = [];
      const fetched = async (path: string) => {
        asked.push(path);
        return { status: statuses.shift() };
      };
      await run(fetched, { assign: (path: string) => asked.push(path) });
      return asked;
    };
    expect(await walk(200)).to.deep.equal(['/account']);
    expect(await walk(401, 200)).to.deep.equal(['/account', '/import-session']);
    expect(await walk(401, 503)).to.deep.equal(['/account', '/import-session']);
    expect(await walk(401, 401)).to.deep.equal(['/account', '/import-session', '/login']);
  });

  it('takes no refresh token from the body of a page', async () => {
    await app.deploy(importing);
    const browser = newBrowser();
    const headers = { ...SAME_ORIGIN, 'Content-Type': 'application/json' };
    const body = JSON.stringify({ refreshToken: pool.tokensFor(GRACE.username).refreshToken });
    const refused = await browser.request(app.at('/import-session'), { method: 'POST', headers, body });
    expect(refused.status).to.equal(401);
    expect(namesIn(browser)).to.deep.equal([]);
  });
});
