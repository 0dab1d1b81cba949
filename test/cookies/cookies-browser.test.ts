import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import type { Browser, BrowserContext, Cookie, Page } from 'playwright-core';
import { getAuth } from '../../src/auth/request-auth.ts';
import type { Config } from '../../src/config/options.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { type CognitoRouter, createCognitoRouter } from '../../src/router.ts';
import { launchChromium } from '../support/chromium.ts';
import { start, stopAll } from '../support/example-process.ts';
import { freePort } from '../support/free-port.ts';

const ADA = { email: 'ada@example.com', password: 'Analytical-1843' };
const MALLORY = { email: 'mallory@example.com', password: 'Between-1978' };
/** A user with more groups than the access token of one cookie can hold. */
const MANY = { email: 'many@example.com', password: 'Numerous-1999' };
const GROUPS = Array.from({ length: 120 }, (_, index) => `a-group-with-quite-a-long-name-${index}`);
const TOKEN = /eyJ[\w-]{20,}/;
const COOKIES = ['__Host-auth-access', '__Host-auth-refresh'];
const KNOWN = '__Host-auth-known';

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A request that reached the app, and its response status. */
interface Arrival {
  readonly path: string;
  readonly method: string;
  readonly hasCookie: boolean;
  readonly status: number;
}

describe('Tokens in cookies in Chromium', () => {
  let browser: Browser;
  let pool: LocalUserPool;
  let auth: CognitoRouter;
  let app: Server;
  let attacker: Server;
  let origin: string;
  let context: BrowserContext;
  let page: Page;
  let arrivals: Arrival[];
  let notes: string[];

  before(async function () {
    browser = await launchChromium(this, {
      args: ['--host-resolver-rules=MAP attacker.test 127.0.0.1'],
      // Browsers have this cache by default.
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    });
  });

  after(() => browser?.close());

  beforeEach(async () => {
    pool = await startLocalUserPool({
      quiet: true,
      // Makes Cognito refuse the second use of a refresh token.
      appClient: { RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 } },
      users: [
        { username: ADA.email, password: ADA.password },
        { username: MALLORY.email, password: MALLORY.password },
        { username: MANY.email, password: MANY.password, groups: GROUPS },
      ],
    });
    attacker = await listen(createServer(attack));
    await serve();
    context = await browser.newContext();
    page = await open();
  });

  afterEach(async () => {
    await context?.close();
    await stopServing();
    attacker?.close();
    attacker?.closeAllConnections();
    await pool?.close();
    await stopAll();
  });

  const portOf = (server: Server): number => (server.address() as AddressInfo).port;

  async function listen(server: Server): Promise<Server> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  }

  /** Starts an app as in docs/cookies.md, with a route that accepts any kind of body. */
  async function serve(config: Config = {}): Promise<void> {
    auth = createCognitoRouter({ ...pool.config, transport: 'cookie', logger: false, ...config });
    arrivals = [];
    notes = [];
    const routes = express();
    routes.use((req, res, next) => {
      const { path, method } = req;
      const hasCookie = (req.headers.cookie ?? '').includes('__Host-auth-access');
      res.on('finish', () => arrivals.push({ path, method, hasCookie, status: res.statusCode }));
      next();
    });
    routes.use('/auth', auth);
    routes.post('/notes', auth.requireAuth(), (req, res) => {
      notes.push(getAuth(req).sub);
      res.json({ status: 'kept' });
    });
    routes.get('/', (_req, res) => res.type('html').send('<!doctype html><title>App</title>'));
    app = await listen(createServer(routes));
    origin = `http://localhost:${portOf(app)}`;
  }

  async function stopServing(): Promise<void> {
    await auth?.close();
    app?.close();
    app?.closeAllConnections();
  }

  async function open(): Promise<Page> {
    const opened = await context.newPage();
    await opened.goto(origin);
    return opened;
  }

  /** Sends a request from a script of the app's page. */
  function call(method: string, path: string, body?: object, at = page): Promise<Answer> {
    const headers = body && { 'content-type': 'application/json' };
    const init = { method, headers, body: body && JSON.stringify(body) };
    return at.evaluate(`fetch(${JSON.stringify(path)}, ${JSON.stringify(init)})
      .then(async (response) => ({ status: response.status, body: await response.text() }))`);
  }

  const post = (path: string, body: object = {}, at = page): Promise<Answer> => call('POST', path, body, at);
  const me = async (at = page): Promise<number> => (await call('GET', '/auth/me', undefined, at)).status;

  async function signIn(user: typeof ADA, at = page): Promise<Answer> {
    const answer = await post('/auth/sign-in', user, at);
    expect(answer.status, answer.body).to.equal(200);
    return answer;
  }

  async function wholeJar(): Promise<Map<string, Cookie>> {
    return new Map((await context.cookies(origin)).map((cookie) => [cookie.name, cookie]));
  }

  /** Without the cookie of a known browser, which outlives sessions. */
  async function jar(): Promise<Map<string, Cookie>> {
    return new Map([...(await wholeJar())].filter(([name]) => name !== KNOWN));
  }

  it('are httpOnly, and invisible to scripts', async () => {
    const bodies = [await signIn(ADA), await post('/auth/refresh'), await call('GET', '/auth/me')];
    const cookies = await wholeJar();
    expect([...cookies.keys()]).to.have.members([...COOKIES, KNOWN]);
    for (const { httpOnly, secure, sameSite, path, domain } of cookies.values()) {
      expect({ httpOnly, secure, sameSite, path, domain }).to.deep.equal({
        httpOnly: true,
        secure: true,
        sameSite: 'Lax',
        path: '/',
        domain: 'localhost',
      });
    }
    expect(await page.evaluate('document.cookie')).to.equal('');
    const stored = await page.evaluate(`(async () => JSON.stringify([
      { ...localStorage }, { ...sessionStorage }, await indexedDB.databases(), await caches.keys(),
      (await cookieStore.getAll()).map(({ name }) => name),
    ]))()`);
    expect(stored).to.equal('[{},{},[],[],[]]');
    for (const { status, body } of bodies) {
      expect(status).to.equal(200);
      expect(body).not.to.match(TOKEN);
      for (const { value } of cookies.values()) expect(body).not.to.include(value);
    }
    // A script cannot replace them either.
    await page.evaluate(`document.cookie = '${COOKIES[0]}=mine; Secure; Path=/'`);
    expect((await jar()).get(String(COOKIES[0]))?.value).not.to.equal('mine');
  });

  it('are all replaced at each sign-in', async () => {
    await signIn(MALLORY);
    const planted = await jar();
    await signIn(ADA);
    const first = await jar();
    await signIn(ADA);
    const second = await jar();
    for (const name of COOKIES) {
      const values = [planted, first, second].map((cookies) => cookies.get(name)?.value);
      expect(new Set(values), name).to.have.property('size', 3);
    }
    expect([...second.keys()]).to.have.members(COOKIES);
    const { body } = await call('GET', '/auth/me');
    expect(JSON.parse(body).attributes.email).to.equal(ADA.email);
  });

  it('hold a token that is too long for one cookie, and are all cleared later', async () => {
    await signIn(MANY);
    const long = await jar();
    expect([...long.keys()]).to.include.members([...COOKIES, '__Host-auth-access.1']);
    const token = [...long.values()].filter(({ name }) => name.startsWith('__Host-auth-access'));
    expect(token.reduce((length, { value }) => length + value.length, 0)).to.be.above(4096);
    expect(await me()).to.equal(200);
    expect((await post('/auth/refresh')).status).to.equal(200);
    expect((await post('/notes')).status).to.equal(200);

    await signIn(ADA);
    expect([...(await jar()).keys()]).to.have.members(COOKIES);
    const { body } = await call('GET', '/auth/me');
    expect(JSON.parse(body).attributes.email).to.equal(ADA.email);

    await signIn(MANY);
    expect((await post('/auth/sign-out')).status).to.equal(200);
    expect([...(await jar()).keys()]).to.deep.equal([]);
  });

  it('keep all tabs signed in after concurrent refreshes with rotation', async () => {
    await signIn(ADA);
    const tabs = [page, await open(), await open()];
    for (let round = 0; round < 3; round++) {
      const before = await jar();
      const answers = await Promise.all(tabs.map((tab) => post('/auth/refresh', {}, tab)));
      expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
      for (const tab of tabs) expect(await me(tab)).to.equal(200);
      const after = await jar();
      for (const name of COOKIES) expect(after.get(name)?.value).not.to.equal(before.get(name)?.value);
    }
  });

  describe('A page of an attacker', () => {
    /** Other ports and subdomains are same-site, so their requests have the cookies. */
    const ATTACKERS = [
      { host: 'localhost', site: 'another port of the same host', cookiesGoAlong: true },
      { host: '127.0.0.1', site: 'another host', cookiesGoAlong: false },
      { host: 'attacker.test', site: 'another site', cookiesGoAlong: false },
    ];
    const TARGETS = ['/auth/sign-out', '/auth/change-password', '/auth/refresh', '/notes'];
    const ENCTYPES = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'];

    const attackFrom = (host: string, query: Record<string, string>): string =>
      `http://${host}:${portOf(attacker)}/?${new URLSearchParams(query)}`;

    /** Submits a form by top-level navigation, for which browsers send the most cookies. */
    async function submitForm(host: string, target: string, enctype: string): Promise<void> {
      const tab = await context.newPage();
      await tab.goto(attackFrom(host, { target: origin + target, enctype }));
      await tab.waitForURL(origin + target);
      await tab.close();
    }

    async function fetchFrom(host: string, target: string): Promise<void> {
      const tab = await context.newPage();
      await tab.goto(attackFrom(host, {}));
      for (const mode of ['no-cors', 'cors']) {
        for (const type of ['', 'text/plain', 'application/x-www-form-urlencoded', 'application/json']) {
          const init = {
            method: 'POST',
            mode,
            credentials: 'include',
            ...(type && { headers: { 'content-type': type }, body: CHANGE }),
          };
          await tab.evaluate(
            `fetch(${JSON.stringify(origin + target)}, ${JSON.stringify(init)}).catch(() => undefined)`,
          );
        }
      }
      await tab.close();
    }

    for (const { host, site, cookiesGoAlong } of ATTACKERS) {
      it(`on ${site} cannot change anything with a form or a script`, async () => {
        await signIn(ADA);
        const before = await jar();
        arrivals = [];
        for (const target of TARGETS) {
          for (const enctype of ENCTYPES) await submitForm(host, target, enctype);
          await fetchFrom(host, target);
        }
        const posts = arrivals.filter(({ method }) => method === 'POST');
        expect(posts.length, 'the attacks reached the app').to.be.at.least(
          TARGETS.length * (ENCTYPES.length + 5),
        );
        expect(posts.some(({ hasCookie }) => hasCookie)).to.equal(cookiesGoAlong);
        // The endpoints of the router check the media type first, and accept only JSON.
        for (const { path, status, hasCookie } of posts)
          expect(status, path).to.be.oneOf(path === '/notes' ? [hasCookie ? 403 : 401] : [401, 403, 415]);
        const signOuts = posts.filter(({ path, status }) => path === '/auth/sign-out' && status !== 415);
        expect(new Set(signOuts.map(({ status }) => status))).to.deep.equal(new Set([403]));
        // The session is valid and unchanged, here and at Cognito.
        expect(notes).to.deep.equal([]);
        expect(await jar()).to.deep.equal(before);
        expect(await me()).to.equal(200);
        expect((await post('/auth/refresh')).status).to.equal(200);
        expect((await post('/notes')).status).to.equal(200);
        await signIn(ADA);
      });
    }

    it('can change everything if its origin is in trustedOrigins', async () => {
      await stopServing();
      await serve({ trustedOrigins: [`http://localhost:${portOf(attacker)}`] });
      await page.goto(origin);
      await signIn(ADA);
      for (const enctype of ENCTYPES) await submitForm('localhost', '/notes', enctype);
      expect(notes).to.have.length(3);
      await fetchFrom('localhost', '/auth/sign-out');
      expect(await me()).to.equal(401);
      expect(await jar()).to.deep.equal(new Map());
    });

    it('cannot sign the user out with GET /logout in a link, a frame, an image or a fetch', async () => {
      await stopServing();
      await serve({
        managedLogin: { redirectUri: 'http://localhost:3000/auth/callback' },
        cookieSecret: 'a secret for cookies, of 32 characters',
      });
      await page.goto(origin);
      await signIn(ADA);
      const before = await jar();
      arrivals = [];
      const url = JSON.stringify(`${origin}/auth/logout`);
      for (const { host } of ATTACKERS) {
        const tab = await context.newPage();
        for (const script of [
          `new Promise((done) => Object.assign(new Image(), { onload: done, onerror: done, src: ${url} }))`,
          `new Promise((done) => document.documentElement.append(
            Object.assign(document.createElement('iframe'), { onload: done, src: ${url} }),
          ))`,
          `fetch(${url}, { mode: 'no-cors', credentials: 'include' }).then(() => undefined)`,
          `void setTimeout(() => location.assign(${url}))`,
        ]) {
          await tab.goto(attackFrom(host, {}));
          await tab.evaluate(script);
        }
        await tab.waitForURL(`${origin}/auth/logout`);
        await tab.close();
      }
      const visits = arrivals.filter(({ path }) => path === '/auth/logout');
      expect(visits.map(({ status }) => status)).to.deep.equal(Array(12).fill(403));
      expect(visits.some(({ hasCookie }) => hasCookie)).to.equal(true);
      expect(await jar()).to.deep.equal(before);
      expect(await me()).to.equal(200);

      await page.evaluate(`void setTimeout(() => location.assign(${url}))`);
      await page.waitForURL(`${origin}/`);
      await page.waitForFunction("document.title === 'App'");
      expect(await jar()).to.deep.equal(new Map());
      expect(await me()).to.equal(401);
    });

    it('cannot read a response', async () => {
      await signIn(ADA);
      const tab = await context.newPage();
      for (const { host } of ATTACKERS) {
        await tab.goto(attackFrom(host, {}));
        const read = `fetch('${origin}/auth/me', { credentials: 'include' })
          .then((response) => response.text()).catch(() => 'nothing')`;
        expect(await tab.evaluate(read)).to.equal('nothing');
      }
    });
  });

  it('do not show a protected page after a sign-out and Back (examples/browser-session.ts)', async () => {
    const example = start('examples/browser-session.ts', { PORT: String(await freePort()) });
    const [, url = ''] = await example.prints(/(http:\/\/localhost:\d+)/);
    await page.goto(url);
    await page.getByLabel('E-mail').fill(ADA.email);
    await page.getByLabel('Password').fill(ADA.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${url}/account`);
    await page.getByText('Signed in as').waitFor();
    await page.getByLabel('New note').fill('Bring tea');
    await page.getByRole('button', { name: 'Keep it' }).click();
    await page.getByText('Your note: Bring tea').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${url}/`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();

    for (let steps = 0; steps < 2; steps++) {
      await page.goBack();
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      expect(await page.content())
        .not.to.include('Signed in as')
        .and.not.include('Bring tea');
      expect(page.url()).to.equal(`${url}/${steps === 0 ? '?returnTo=%2Faccount' : ''}`);
    }
  });
});

/** The attacker's request: a change of password, as far as a form can express it. */
const CHANGE = '{"oldPassword":"Analytical-1843","newPassword":"Mallory-was-here-1"}';

/** Serves a page that submits a form to the target by itself, or an inert page. */
function attack(req: IncomingMessage, res: ServerResponse): void {
  const query = new URL(req.url ?? '/', 'http://attacker').searchParams;
  const form = `<form method="post" action="${query.get('target')}" enctype="${query.get('enctype')}">
    <input name='{"oldPassword":"Analytical-1843","newPassword":"Mallory-was-here-1","x":"' value='"}'>
  </form><script>document.forms[0].submit()</script>`;
  res.setHeader('Content-Type', 'text/html');
  res.end(`<!doctype html><title>Kittens</title>${query.has('target') ? form : ''}`);
}
