import { readdir, readFile } from 'node:fs/promises';
import * as amplify from '@aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from '@aws-amplify/auth/cognito';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import { expect } from 'chai';
import express from 'express';
import type { Browser } from 'playwright-core';
import type { ClientSettings } from '../../src/local/model/settings.ts';
import { amplifyFor } from '../support/amplify.ts';
import { launchChromium } from '../support/chromium.ts';
import { CookieClient } from '../support/cookie-client.ts';
import { blocksOf, ROOT, readPage, tableRows } from '../support/documentation.ts';
import { expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';

const PAGE = 'docs/migrate-from-amplify.md';
const ADA = 'ada@example.com';
const GRACE = 'grace@example.com';
const ROTATING: ClientSettings = {
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH'],
  RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
};
const TRACKING = { DeviceConfiguration: { ChallengeRequiredOnNewDevice: true } };

/** The storage of a browser. Its keys are its own properties, as those of `localStorage`. */
class PageStorage {
  [key: string]: unknown;
  getItem(key: string): string | null {
    return Object.hasOwn(this, key) ? String(this[key]) : null;
  }
  setItem(key: string, value: string): string {
    this[key] = value;
    return value;
  }
  removeItem(key: string): boolean {
    return delete this[key];
  }
  clear(): void {
    for (const key of Object.keys(this)) delete this[key];
  }
}

/** The storage that Amplify asks for, around that of a page. */
function keyValueStorage(storage: PageStorage) {
  return {
    setItem: async (key: string, value: string) => void storage.setItem(key, value),
    getItem: async (key: string) => storage.getItem(key),
    removeItem: async (key: string) => void storage.removeItem(key),
    clear: async () => storage.clear(),
  };
}

async function snippet(): Promise<string> {
  const found = blocksOf(await readPage(PAGE)).find(({ code }) => code.includes('function importSession'));
  if (!found) throw new Error(`${PAGE} has no importSession.`);
  return found.code;
}

type ImportSession = (
  clientId: string,
  storage: PageStorage | ReturnType<typeof keyValueStorage>,
) => Promise<boolean>;

/** Returns `importSession` of the page in `docs`, whose requests a browser's page sends. */
async function importerIn(page: CookieClient): Promise<{ run: ImportSession; statuses: number[] }> {
  const statuses: number[] = [];
  const pageFetch = async (path: string, init: { body: string; headers: object }) => {
    const response = await page.send('post', path, JSON.parse(init.body) as object, init.headers);
    statuses.push(response.status);
    return { ok: response.ok, status: response.status };
  };
  return { run: await importerWith(pageFetch), statuses };
}

async function importerWith(pageFetch: unknown): Promise<ImportSession> {
  const code = `${(await snippet()).replace('export ', '')}\nreturn importSession;`;
  return new Function('fetch', 'localStorage', code)(pageFetch) as ImportSession;
}

function start(pool: object = {}): Promise<Kit> {
  return startKit({
    pool: { users: [ADA, GRACE].map((username) => ({ username, password: PASSWORD })), ...pool },
    config: { transport: 'cookie', importSessions: true },
    app: (auth) =>
      express()
        .get('/', (_req, res) => void res.type('html').send('<title>Page</title>'))
        .get('/reports', auth.requireAuth(), (_req, res) => void res.json({}))
        .use('/auth', auth),
  });
}

/** Signs in with Amplify, which stores the tokens. */
async function signInWithAmplify({ pool }: Kit, storage: PageStorage): Promise<typeof amplify> {
  const functions = amplifyFor(pool);
  cognitoUserPoolsTokenProvider.setKeyValueStorage(keyValueStorage(storage));
  const { isSignedIn } = await functions.signIn({ username: ADA, password: PASSWORD });
  expect(isSignedIn).to.equal(true);
  return functions;
}

/** Does the same with amazon-cognito-identity-js. */
async function signInWithIdentityJs({ pool }: Kit, storage: PageStorage): Promise<CognitoUser> {
  const { userPoolId: UserPoolId, clientId: ClientId } = pool.config;
  const Storage = storage as never;
  const Pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint: pool.url, Storage });
  const user = new CognitoUser({ Username: ADA, Pool, Storage });
  const details = new AuthenticationDetails({ Username: ADA, Password: PASSWORD });
  await new Promise<void>((resolve, reject) =>
    user.authenticateUser(details, { onSuccess: () => resolve(), onFailure: reject }),
  );
  return user;
}

const LIBRARIES: Readonly<Record<string, (kit: Kit, storage: PageStorage) => Promise<unknown>>> = {
  'aws-amplify': signInWithAmplify,
  'amazon-cognito-identity-js': signInWithIdentityJs,
};

async function emailOf(page: CookieClient): Promise<string> {
  return expectStatus(await page.get('/me'), 200).body.attributes.email;
}

/** Node 20 has none, and Amplify drops a device whose name it cannot read. */
function withNavigator(): void {
  if ('navigator' in globalThis) return;
  before(() => Object.assign(globalThis, { navigator: { userAgent: 'Node.js' } }));
  after(() => Reflect.deleteProperty(globalThis, 'navigator'));
}

describe(PAGE, () => {
  withNavigator();
  let kit: Kit;
  afterEach(async () => {
    await kit?.close();
  });

  for (const [library, signIn] of Object.entries(LIBRARIES)) {
    for (const [rotation, appClient] of Object.entries({ off: {}, on: ROTATING })) {
      it(`moves the session that ${library} stored into cookies, with rotation ${rotation}`, async () => {
        kit = await start({ appClient });
        const storage = new PageStorage();
        await signIn(kit, storage);
        storage.setItem('theme', 'dark');
        const page = new CookieClient(kit);
        const { run, statuses } = await importerIn(page);
        expect(await run(kit.pool.config.clientId, storage)).to.equal(true);
        expect(Object.keys(storage)).to.deep.equal(['theme']);
        expect(await emailOf(page)).to.equal(ADA);
        expectStatus(await page.post('/refresh'), 200);
        expect(await run(kit.pool.config.clientId, storage)).to.equal(true);
        expect(statuses).to.deep.equal([200]);
      });
    }

    it(`moves the device that ${library} stored, so that the session can be refreshed`, async () => {
      kit = await start({ pool: TRACKING });
      const storage = new PageStorage();
      await signIn(kit, storage);
      const page = new CookieClient(kit);
      const { run } = await importerIn(page);
      expect(await run(kit.pool.config.clientId, storage)).to.equal(true);
      expect(page.names).to.include('device');
      expectStatus(await page.post('/refresh'), 200);
      const again = await page.post('/sign-in', { email: ADA, password: PASSWORD });
      expect(expectStatus(again, 200).body).to.not.have.any.keys('newDevice', 'deviceRefused');
    });
  }

  it('moves a session out of a storage whose keys it cannot list, such as CookieStorage', async () => {
    kit = await start({ pool: TRACKING });
    const storage = new PageStorage();
    await signInWithAmplify(kit, storage);
    const page = new CookieClient(kit);
    const { run } = await importerIn(page);
    expect(await run(kit.pool.config.clientId, keyValueStorage(storage))).to.equal(true);
    expect(Object.keys(storage)).to.deep.equal([]);
    expect(await emailOf(page)).to.equal(ADA);
  });

  it('keeps the tokens while Cognito is unavailable or the endpoint is missing, and not if the session is over', async () => {
    kit = await start();
    const storage = new PageStorage();
    const amplified = await signInWithAmplify(kit, storage);
    const { run, statuses } = await importerIn(new CookieClient(kit));
    const { clientId } = kit.pool.config;
    const keys = Object.keys(storage);
    const end = kit.pool.faults.inject({ kind: 'internalError' });
    expect(await run(clientId, storage)).to.equal(false);
    end();
    const other = await startKit({ pool: kit.pool, config: { transport: 'cookie' } });
    const elsewhere = await importerIn(new CookieClient(other));
    expect(await elsewhere.run(clientId, storage)).to.equal(false);
    expect(Object.keys(storage)).to.deep.equal(keys);
    const copy = Object.assign(new PageStorage(), storage);
    await amplified.signOut({ global: true });
    expect(await run(clientId, copy)).to.equal(true);
    expect(Object.keys(copy)).to.deep.equal([]);
    expect([...statuses, ...elsewhere.statuses]).to.deep.equal([502, 401, 404]);
  });

  it('keeps the tokens while the server cannot be reached, and lets the page go on', async () => {
    kit = await start();
    const storage = new PageStorage();
    await signInWithAmplify(kit, storage);
    const keys = Object.keys(storage);
    const offline = await importerWith(() => Promise.reject(new TypeError('Failed to fetch')));
    expect(await offline(kit.pool.config.clientId, storage)).to.equal(false);
    expect(Object.keys(storage)).to.deep.equal(keys);
  });

  it("keeps the browser's session in cookies, and removes the tokens of another user", async () => {
    kit = await start();
    const storage = new PageStorage();
    await signInWithAmplify(kit, storage);
    const page = new CookieClient(kit);
    expectStatus(await page.post('/sign-in', { email: GRACE, password: PASSWORD }), 200);
    const { run, statuses } = await importerIn(page);
    expect(await run(kit.pool.config.clientId, storage)).to.equal(true);
    expect(statuses).to.deep.equal([409]);
    expect(Object.keys(storage)).to.deep.equal([]);
    expect(await emailOf(page)).to.equal(GRACE);
  });

  it('has a server that accepts the access token of Amplify beside the cookies', async () => {
    kit = await start();
    const functions = await signInWithAmplify(kit, new PageStorage());
    const { tokens } = await functions.fetchAuthSession();
    const asked = kit.request.get('/reports').set('Authorization', `Bearer ${tokens?.accessToken}`);
    expectStatus(await asked, 200);
    await functions.signOut();
  });

  it('refuses the session of an app client that the router does not have', async () => {
    kit = await start();
    const storage = new PageStorage();
    await signInWithAmplify(kit, storage);
    const other = await startKit({
      pool: kit.pool,
      config: { ...kit.pool.addClient(), transport: 'cookie', importSessions: true },
    });
    const { run, statuses } = await importerIn(new CookieClient(other));
    await run(kit.pool.config.clientId, storage);
    expect(statuses).to.deep.equal([401]);
  });

  it('names every function of Amplify and every step of its sign-in', async () => {
    const { text } = await readPage(PAGE);
    const wordsIn = (heading: string): string[] =>
      tableRows(text, heading).flatMap(([cell = '']) =>
        [...cell.matchAll(/`(\w+)/g)].map(([, word = '']) => word),
      );
    const functions = Object.keys(amplify).filter((name) => name !== 'AuthError');
    expect(functions).to.have.length.above(30);
    expect([...new Set(wordsIn('## Functions'))]).to.have.members(functions);
    const folder = new URL('node_modules/@aws-amplify/auth/dist/esm/providers/cognito/', ROOT);
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.mjs'));
    const sources = await Promise.all(files.map((file) => readFile(new URL(file, folder), 'utf8')));
    const steps = sources.flatMap((code) =>
      [...code.matchAll(/signInStep: '([A-Z_]+)'/g)].map(([, step]) => step),
    );
    expect(new Set(steps).size).to.be.above(10);
    expect(wordsIn('### Steps of a sign-in')).to.have.members([...new Set(steps)]);
  });

  it('names methods that amazon-cognito-identity-js has', async () => {
    const methods = new Set([
      ...Object.getOwnPropertyNames(CognitoUser.prototype),
      ...Object.getOwnPropertyNames(CognitoUserPool.prototype).map((name) => `pool.${name}`),
      'session.getIdToken',
    ]);
    const rows = tableRows((await readPage(PAGE)).text, '## Functions');
    const named = rows.flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([\w.]+?)(?:\(\).*?)?`/g)].map(([, name = '']) => name),
    );
    expect(named).to.have.length.above(25);
    for (const name of named) expect([...methods]).to.include(name);
  });
});

describe(`${PAGE} in Chromium`, () => {
  const BUNDLE = 'node_modules/amazon-cognito-identity-js/dist/amazon-cognito-identity.min.js';
  let browser: Browser;
  before(async function () {
    browser = await launchChromium(this);
  });
  after(() => browser?.close());

  it('moves a session out of localStorage, and no script reads a token afterwards', async () => {
    const kit = await start();
    const { url, config } = kit.pool;
    const page = await browser.newPage();
    await page.goto(kit.url.replace('127.0.0.1', 'localhost'));
    await page.addScriptTag({ path: BUNDLE });
    const signIn = `
      const { CognitoUserPool, CognitoUser, AuthenticationDetails } = AmazonCognitoIdentity;
      const Pool = new CognitoUserPool({ UserPoolId: userPoolId, ClientId: clientId, endpoint: url });
      const user = new CognitoUser({ Username: name, Pool });
      const details = new AuthenticationDetails({ Username: name, Password: password });
      return new Promise((onSuccess, onFailure) => user.authenticateUser(details, { onSuccess, onFailure }));`;
    const given = { url, ...config, name: ADA, password: PASSWORD };
    // A text, because the compiler of the tests adds functions that the page does not have.
    await page.evaluate(
      `(({ url, userPoolId, clientId, name, password }) => {${signIn}})(${JSON.stringify(given)}).then(() => {})`,
    );
    const stored = (): Promise<string> => page.evaluate('JSON.stringify(localStorage) + document.cookie');
    expect(await stored()).to.match(/refreshToken.*eyJ/);
    await page.addScriptTag({
      type: 'module',
      content: `${await snippet()}\nwindow.importSession = importSession;`,
    });
    expect(await page.evaluate(`importSession(${JSON.stringify(config.clientId)})`)).to.equal(true);
    expect(await stored()).to.equal('{}');
    const me = await page.evaluate("fetch('/auth/me').then((response) => response.json())");
    expect(me).to.have.nested.property('attributes.email', ADA);
    await page.close();
    await kit.close();
  });
});
