import { generateKeyPairSync } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { expect } from 'chai';
import express from 'express';
import { type Configuration, Provider } from 'oidc-provider';
import type { Config } from '../../src/config/options.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { claimsOf, listen } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';
import { Browser, leftFor } from '../support/login-pages.ts';

const REDIRECT_URI = 'http://localhost:3000/auth/callback';
const CLIENT = { client_id: 'testclient', client_secret: 'the-secret-of-the-app-client' };
const ADA = 'ada';
const SCOPES = ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'];

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** A certified provider whose tokens have the claims of Cognito. */
const CONFIGURATION: Configuration = {
  clients: [
    {
      ...CLIENT,
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'client_secret_post',
    },
  ],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }] },
  scopes: [...SCOPES, 'offline_access'],
  pkce: { required: () => true },
  cookies: { keys: ['a key for the cookies of the provider'] },
  conformIdTokenClaims: false,
  claims: { openid: ['sub', 'token_use', 'cognito:username'] },
  issueRefreshToken: async () => true,
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: async () => ({ sub: id, token_use: 'id', 'cognito:username': id }),
  }),
  extraTokenClaims: (_ctx, token) => ({
    token_use: 'access',
    username: 'accountId' in token ? token.accountId : undefined,
  }),
  features: {
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'urn:example:pool',
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: SCOPES.join(' '),
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
};

interface TestProvider {
  readonly issuer: string;
  /** Requested paths. */
  readonly requests: string[];
  /** Handlers that answer a path in place of the provider. */
  readonly answers: Map<string, RequestListener>;
  close(): Promise<void>;
}

async function startProvider(): Promise<TestProvider> {
  let handle: RequestListener = (_req, res) => void res.end();
  const requests: string[] = [];
  const answers = new Map<string, RequestListener>();
  const server = await listen(
    createServer((req, res) => {
      const { pathname } = new URL(req.url ?? '/', 'http://localhost');
      requests.push(pathname);
      (answers.get(pathname) ?? handle)(req, res);
    }),
  );
  handle = new Provider(server.url, CONFIGURATION).callback();
  return { issuer: server.url, requests, answers, close: server.close };
}

describe('Managed login at a certified OpenID provider', () => {
  let provider: TestProvider;
  let close: (() => Promise<void>)[];

  before(async () => {
    provider = await startProvider();
  });
  after(() => provider.close());
  beforeEach(() => {
    close = [];
    provider.requests.length = 0;
    provider.answers.clear();
  });
  afterEach(() => Promise.all(close.map((each) => each())));

  /** Starts an app that uses the provider, and returns its URL. */
  async function startApp(config: Config = {}): Promise<string> {
    const auth = createCognitoRouter({
      userPoolId: 'us-east-1_AbCdEfGhI',
      clientId: CLIENT.client_id,
      clientSecret: CLIENT.client_secret,
      issuer: provider.issuer,
      jwksUri: `${provider.issuer}/jwks`,
      transport: 'cookie',
      managedLogin: { redirectUri: REDIRECT_URI },
      cookieSecret: 'a secret for cookies, of 32 characters',
      logger: false,
      ...config,
    });
    const app = express()
      .use('/auth', auth)
      .get('/reports', auth.requireAuth(), (_req, res) => void res.json({ ok: true }));
    const server = await listen(createServer(app));
    close.push(async () => {
      await auth.close();
      await server.close();
    });
    return server.url;
  }

  async function begin(app: string, browser: Browser, query = ''): Promise<string> {
    const response = await browser.request(`${app}/auth/login${query}`);
    expect(response.status, await response.text()).to.equal(303);
    return response.headers.get('location') ?? '';
  }

  /** Signs in and consents at the provider's pages. */
  async function signIn(url: string, browser: Browser): Promise<URL> {
    let page = await browser.open(url);
    if (page.away === undefined) page = await browser.submit(page, { login: ADA, password: 'any' });
    if (page.away === undefined) page = await browser.submit(page, { prompt: 'consent' });
    return leftFor(page);
  }

  const openCallback = (app: string, browser: Browser, { pathname, search }: URL): Promise<Response> =>
    browser.request(`${app}${pathname}${search}`);

  const newBrowser = (): Browser => new Browser(provider.issuer);

  const tokenCalls = (): number => provider.requests.filter((path) => path === '/token').length;

  async function codeOf(response: Response): Promise<string> {
    return ((await response.json()) as { code: string }).code;
  }

  it('signs a browser in, with PKCE, state, nonce and iss', async () => {
    const app = await startApp();
    const browser = newBrowser();
    const back = await signIn(await begin(app, browser, '?returnTo=/reports'), browser);
    expect(back.searchParams.get('iss')).to.equal(provider.issuer);
    const response = await openCallback(app, browser, back);
    expect(response.status, await response.text()).to.equal(303);
    expect(response.headers.get('location')).to.equal('/reports');
    expect((await browser.request(`${app}/reports`)).status).to.equal(200);
    expect(tokenCalls()).to.equal(1);
  });

  it('returns tokens to a script with bearer transport', async () => {
    const app = await startApp({ transport: 'bearer' });
    const browser = newBrowser();
    const back = await signIn(await begin(app, browser, '?prompt=login&maxAge=60&locale=de'), browser);
    const body = (await (await openCallback(app, browser, back)).json()) as {
      tokens: { accessToken: string; idToken: string; refreshToken: string };
    };
    expect(claimsOf(body.tokens.accessToken)).to.include({ sub: ADA, client_id: CLIENT.client_id });
    expect(claimsOf(body.tokens.idToken)).to.include({ sub: ADA, aud: CLIENT.client_id });
    expect(body.tokens.refreshToken).to.be.a('string');
    const reports = await fetch(`${app}/reports`, {
      headers: { Authorization: `Bearer ${body.tokens.accessToken}` },
    });
    expect(reports.status).to.equal(200);
  });

  it('answers login_required to prompt=none without a session', async () => {
    const app = await startApp();
    const browser = newBrowser();
    const page = await browser.open(await begin(app, browser, '?prompt=none'));
    const response = await openCallback(app, browser, leftFor(page));
    expect(response.status).to.equal(401);
    expect(await codeOf(response)).to.equal('login_required');
    expect(tokenCalls()).to.equal(0);
  });

  it('answers access_denied if the user aborts the sign-in', async () => {
    const app = await startApp();
    const browser = newBrowser();
    const page = await browser.open(await begin(app, browser));
    const aborted = await browser.open(`${page.url}/abort`);
    const response = await openCallback(app, browser, leftFor(aborted));
    expect([response.status, await codeOf(response)]).to.deep.equal([403, 'access_denied']);
    expect(tokenCalls()).to.equal(0);
  });

  for (const [defect, change] of [
    ['another issuer', (back: URL) => back.searchParams.set('iss', 'https://evil.example')],
    ['no issuer, although the provider announces one', (back: URL) => back.searchParams.delete('iss')],
  ] as const) {
    it(`does not exchange the code if the callback has ${defect}`, async () => {
      const app = await startApp();
      const browser = newBrowser();
      const back = await signIn(await begin(app, browser), browser);
      change(back);
      const response = await openCallback(app, browser, back);
      expect([response.status, await codeOf(response)]).to.deep.equal([400, 'invalid_request']);
      expect(tokenCalls()).to.equal(0);
    });
  }

  it('refuses the code of another sign-in, because the provider checks PKCE', async () => {
    const app = await startApp();
    const [user, attacker] = [newBrowser(), newBrowser()];
    const stolen = await signIn(await begin(app, user), user);
    const own = await signIn(await begin(app, attacker), attacker);
    own.searchParams.set('code', stolen.searchParams.get('code') ?? '');
    const response = await openCallback(app, attacker, own);
    expect([response.status, await codeOf(response)]).to.deep.equal([401, 'invalid_session']);
    expect(tokenCalls()).to.equal(1);
    expect((await attacker.request(`${app}/reports`)).status).to.equal(401);
  });

  it('refuses a used code', async () => {
    const [one, two] = [await startApp(), await startApp()];
    const browser = newBrowser();
    const back = await signIn(await begin(one, browser), browser);
    const cookie = browser.cookies().join('; ');
    expect((await openCallback(one, browser, back)).status).to.equal(303);
    const again = await fetch(`${two}${back.pathname}${back.search}`, { headers: { Cookie: cookie } });
    expect([again.status, await codeOf(again)]).to.deep.equal([401, 'invalid_session']);
  });

  it('refuses tokens with the nonce of another sign-in', async () => {
    const app = await startApp();
    const browser = newBrowser();
    const url = new URL(await begin(app, browser));
    url.searchParams.set('nonce', 'another-nonce');
    const response = await openCallback(app, browser, await signIn(url.href, browser));
    expect([response.status, await codeOf(response)]).to.deep.equal([502, 'upstream_error']);
    expect((await browser.request(`${app}/reports`)).status).to.equal(401);
  });

  it('refuses tokens that were not signed with a key of the provider', async () => {
    const app = await startApp();
    const browser = newBrowser();
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
    const keys = [{ ...other, kid: 'one', use: 'sig', alg: 'RS256' }];
    provider.answers.set('/jwks', (_req, res) => void res.end(JSON.stringify({ keys })));
    const back = await signIn(await begin(app, browser), browser);
    const response = await openCallback(app, browser, back);
    expect([response.status, await codeOf(response)]).to.deep.equal([502, 'upstream_error']);
    expect((await browser.request(`${app}/reports`)).status).to.equal(401);
  });

  it('states only in the log that the client secret is wrong', async () => {
    const log = captureLog();
    const app = await startApp({ clientSecret: 'another-secret', logger: log.logger });
    const browser = newBrowser();
    const response = await openCallback(app, browser, await signIn(await begin(app, browser), browser));
    expect([response.status, await codeOf(response)]).to.deep.equal([500, 'server_misconfigured']);
    expect(String(log.lines().at(-1)?.hint)).to.include('clientSecret');
    expect(log.text()).to.not.include('another-secret');
  });
});
