import { expect } from 'chai';
import express, { type ErrorRequestHandler } from 'express';
import type { AuthEvent } from '../../src/config/events.ts';
import type { Hooks, SignedInContext } from '../../src/config/hooks.ts';
import type { Config } from '../../src/config/options.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { ProblemError, problem } from '../../src/shared/problem.ts';
import { CookieClient, cookiesOf, SAME_ORIGIN } from '../support/cookie-client.ts';
import { eventually } from '../support/eventually.ts';
import { answerWith, type FakeCognito, startFakeCognito } from '../support/fake-cognito.ts';
import {
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';
import { Browser, signInAtPages } from '../support/login-pages.ts';
import { SoftwareAuthenticator } from '../support/software-authenticator.ts';

const REDIRECT_URI = 'http://localhost:3000/auth/callback';
const TOTP_SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const ADA = '34c84488-e0e1-70ae-d2ee-991ad1a898c8';
const SUB = /^[0-9a-f-]{36}$/;
const DOWN = new ProblemError(problem('store_unavailable', { detail: 'The user table is unavailable.' }));

/** A client of one transport: the same requests, with tokens in cookies or in headers. */
interface Client {
  post(path: string, body: object): Promise<{ status: number; body: Record<string, unknown> }>;
}

let pool: LocalUserPool;
let kit: Kit;
let log: ReturnType<typeof captureLog>;
const seen: SignedInContext[] = [];
const events: AuthEvent[] = [];
const errors: unknown[] = [];
let count = 0;

const revoked = (): number => pool.requests.count('RevokeToken');
const typesOf = (): string[] => events.map(({ type }) => type);
const isToken = ({ name, maxAge }: { name: string; maxAge: number }): boolean =>
  maxAge > 0 && /-(access|refresh)$/.test(name);

function addUser(options: object = {}): string {
  const username = `user-${++count}@example.com`;
  pool.addUser({ username, password: PASSWORD, ...options });
  return username;
}

async function start(onSignedIn: NonNullable<Hooks['onSignedIn']>, config: Config = {}): Promise<Kit> {
  const keepError: ErrorRequestHandler = (error, _req, res, _next) => {
    errors.push(error);
    res.status(599).json({ from: 'the app' });
  };
  log = captureLog();
  kit = await startKit({
    pool,
    config: {
      authFlow: 'USER_AUTH',
      autoSignIn: true,
      managedLogin: { redirectUri: REDIRECT_URI },
      cookieSecret: 'a secret for cookies, of 32 characters',
      transport: 'both',
      logger: log.logger,
      onEvent: (event) => events.push(event),
      ...config,
      hooks: { onSignedIn, ...config.hooks },
    },
    app: (auth) => express().use('/auth', auth).use(keepError),
  });
  return kit;
}

const record = (context: SignedInContext): void => void seen.push(context);

function clientFor(transport: 'bearer' | 'cookie'): Client {
  if (transport === 'cookie') {
    const page = new CookieClient(kit);
    const starts = ['/sign-in', '/sign-up'];
    return { post: (path, body) => page.post(path, starts.includes(path) ? { ...body, transport } : body) };
  }
  let accessToken: string | undefined;
  return {
    async post(path, body) {
      const response = await kit.post(path, body, accessToken);
      accessToken = response.body.tokens?.accessToken ?? accessToken;
      return response;
    },
  };
}

async function confirmNew(client: Client): Promise<{ status: number; body: Record<string, unknown> }> {
  const email = `user-${++count}@example.com`;
  const { body } = await client.post('/sign-up', { email, password: PASSWORD });
  const { code: confirmationCode } = await pool.inbox.waitFor({ to: email, kind: 'sign_up' });
  const session = body.session === undefined ? {} : { session: body.session };
  return client.post('/confirm-sign-up', { email, confirmationCode, ...session });
}

async function signInAtManagedLogin(
  browser: Browser,
  transport: 'bearer' | 'cookie',
  username: string,
): Promise<Response> {
  const begun = await browser.request(`${kit.url}/auth/login?transport=${transport}`);
  const location = begun.headers.get('location') ?? '';
  const { pathname, search } = await signInAtPages(location, { username, password: PASSWORD }, browser);
  const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' };
  return browser.request(`${kit.url}${pathname}${search}`, { headers });
}

describe('onSignedIn', () => {
  before(async () => {
    pool = await startLocalUserPool({
      quiet: true,
      pool: {
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
        WebAuthnConfiguration: { RelyingPartyId: 'localhost' },
      },
      appClient: {
        CallbackURLs: [REDIRECT_URI],
        ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      },
    });
  });
  beforeEach(() => {
    for (const list of [seen, events, errors]) list.length = 0;
    pool.requests.clear();
  });
  afterEach(() => kit.auth.close());
  after(() => pool.close());

  for (const transport of ['bearer', 'cookie'] as const) {
    describe(`with tokens in ${transport === 'cookie' ? 'cookies' : 'bodies'}`, () => {
      beforeEach(() => start(record));

      async function expectRun(endpoint: string, isNew: boolean | undefined, email?: string): Promise<void> {
        expect(seen).to.have.lengthOf(1);
        const [{ sub, username, claims, req, ...rest }] = seen as [SignedInContext];
        expect(rest).to.deep.equal({ endpoint, isNew });
        expect(sub).to.match(SUB);
        expect(claims).to.include({ sub, token_use: 'id', 'cognito:username': username });
        expect(claims.aud).to.equal(pool.config.clientId);
        if (email !== undefined) expect(claims.email).to.equal(email);
        expect(req.method).to.equal(endpoint === 'completeManagedLogin' ? 'GET' : 'POST');
        await eventually(() => events.at(-1)?.endpoint === endpoint);
        expect(events.at(-1)).to.include({ sub, code: 'ok' });
      }

      it('runs for a password', async () => {
        const email = addUser();
        const { body } = await clientFor(transport).post('/sign-in', { email, password: PASSWORD });
        expect(body.status).to.equal('complete');
        await expectRun('signIn', undefined, email);
      });

      it('runs for the answer to a challenge, and not for the challenge', async () => {
        const client = clientFor(transport);
        const email = addUser({ totpSecret: TOTP_SECRET });
        const posed = await client.post('/sign-in', { email, password: PASSWORD });
        expect([posed.body.status, seen.length]).to.deep.equal(['challenge', 0]);
        const { name, session, username } = posed.body.challenge as Record<string, string>;
        const confirmationCode = totpCode(TOTP_SECRET, pool.clock.now());
        const answer = { name, username, confirmationCode, ...(session !== undefined && { session }) };
        expect((await client.post('/challenge', answer)).body.status).to.equal('complete');
        await expectRun('respondToChallenge', undefined, email);
      });

      it('runs for the automatic sign-in of a new account, which is known to be new', async () => {
        expect((await confirmNew(clientFor(transport))).body.status).to.equal('complete');
        await expectRun('confirmSignUp', true);
      });

      it('runs for a passkey', async () => {
        const email = addUser();
        const { body } = await kit.post('/sign-in', { email, password: PASSWORD });
        const { accessToken } = body.tokens;
        const { publicKey } = (await kit.post('/passkeys/options', {}, accessToken)).body;
        const authenticator = new SoftwareAuthenticator();
        const created = { credential: authenticator.create(publicKey) };
        expectStatus(await kit.post('/passkeys', created, accessToken), 200);
        for (const list of [seen, events]) list.length = 0;
        const client = clientFor(transport);
        const posed = await client.post('/sign-in', { email, preferredChallenge: 'WEB_AUTHN' });
        const { name, session, username, parameters } = posed.body.challenge as Record<string, unknown>;
        const credential = authenticator.get((parameters as { publicKey: never }).publicKey);
        const answer = { name, username, credential, ...(session !== undefined && { session }) };
        expect((await client.post('/challenge', answer)).body.status).to.equal('complete');
        await expectRun('respondToChallenge', undefined, email);
      });

      for (const [path, endpoint, body] of [
        ['/step-up', 'stepUp', { password: PASSWORD }],
        ['/change-password', 'changePassword', { oldPassword: PASSWORD, newPassword: OTHER_PASSWORD }],
      ] as const) {
        it(`runs for POST ${path}, whose user is known not to be new`, async () => {
          const client = clientFor(transport);
          const email = addUser();
          await client.post('/sign-in', { email, password: PASSWORD });
          for (const list of [seen, events]) list.length = 0;
          expect((await client.post(path, body)).status).to.equal(200);
          await expectRun(endpoint, false, email);
        });
      }

      it('runs for managed login', async () => {
        const email = addUser();
        const response = await signInAtManagedLogin(new Browser(pool.url), transport, email);
        expect(response.status).to.equal(transport === 'cookie' ? 303 : 200);
        await expectRun('completeManagedLogin', undefined, email);
      });

      it('does not run for a refresh, a sign-out or a refused sign-in', async () => {
        const client = clientFor(transport);
        const email = addUser();
        const { body } = await client.post('/sign-in', { email, password: PASSWORD });
        seen.length = 0;
        const refreshToken = (body.tokens as { refreshToken?: string } | undefined)?.refreshToken;
        const given = refreshToken === undefined ? {} : { refreshToken };
        expect((await client.post('/refresh', given)).status).to.equal(200);
        expect((await client.post('/sign-out', given)).status).to.equal(200);
        await client.post('/sign-in', { email, password: OTHER_PASSWORD });
        expect(seen).to.deep.equal([]);
      });
    });
  }

  it('is awaited before any token leaves', async () => {
    let finished = false;
    await start(async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      finished = true;
    });
    await kit.post('/sign-in', { email: addUser(), password: PASSWORD });
    expect(finished).to.equal(true);
  });

  it('refuses the sign-in with its problem, without a token or cookie, and the session is revoked', async () => {
    for (const transport of ['bearer', 'cookie'] as const) {
      pool.requests.clear();
      events.length = 0;
      await start(() => Promise.reject(DOWN));
      const body = { email: addUser(), password: PASSWORD, transport };
      const answer = await kit.post('/sign-in', body).set(SAME_ORIGIN);
      const response = expectProblem(answer, 'store_unavailable');
      expect(response.headers['retry-after']).to.equal('5');
      expect(response.text).to.not.match(/eyJ/);
      expect(cookiesOf(response).filter(isToken)).to.deep.equal([]);
      await eventually(() => revoked() === 1);
      expect(typesOf()).to.deep.equal(['sign_in.failed']);
      expect(events[0]).to.include({ code: 'store_unavailable' });
      expect(events[0]?.sub).to.match(SUB);
    }
  });

  for (const transport of ['bearer', 'cookie'] as const) {
    it(`refuses managed login too, without a token or cookie (${transport})`, async () => {
      await start(() => Promise.reject(DOWN));
      const browser = new Browser(pool.url);
      const response = await signInAtManagedLogin(browser, transport, addUser());
      expect([response.status, response.headers.get('retry-after')]).to.deep.equal([503, '5']);
      expect(await response.text()).to.not.match(/eyJ/);
      expect(browser.cookies().filter((cookie) => /-(access|refresh)=/.test(cookie))).to.deep.equal([]);
      await eventually(() => revoked() === 1);
      expect(typesOf()).to.deep.equal(['start_managed_login.succeeded', 'complete_managed_login.failed']);
    });
  }

  it('runs again at the next sign-in after a refusal, which then succeeds', async () => {
    let isDown = true;
    await start((context) => {
      record(context);
      if (isDown) throw DOWN;
    });
    const body = { email: addUser(), password: PASSWORD };
    expectProblem(await kit.post('/sign-in', body), 'store_unavailable');
    isDown = false;
    expectStatus(await kit.post('/sign-in', body), 200);
    expect(seen.map(({ sub }) => sub)).to.deep.equal([seen[0]?.sub, seen[0]?.sub]);
  });

  it('keeps the session that the browser had before a refused sign-in', async () => {
    let isDown = false;
    await start(() => {
      if (isDown) throw DOWN;
    });
    const page = new CookieClient(kit);
    const first = addUser();
    await page.post('/sign-in', { email: first, password: PASSWORD, transport: 'cookie' });
    isDown = true;
    const body = { email: addUser(), password: PASSWORD, transport: 'cookie' };
    expect((await page.post('/sign-in', body)).status).to.equal(503);
    await eventually(() => revoked() === 1);
    expect(expectStatus(await page.get('/me'), 200).body.attributes.email).to.equal(first);
    expect((await page.post('/refresh')).status).to.equal(200);
  });

  it('passes any other error unchanged to the error handler, and logs and reports it', async () => {
    const error = new Error('database down');
    await start(() => Promise.reject(error));
    const response = await kit.post('/sign-in', { email: addUser(), password: PASSWORD });
    expect([response.status, response.body]).to.deep.equal([599, { from: 'the app' }]);
    expect(errors).to.deep.equal([error]);
    await eventually(() => revoked() === 1);
    expect(typesOf()).to.deep.equal(['hook.failed', 'sign_in.failed']);
    expect(events[0]).to.include({ hook: 'onSignedIn', code: 'hook_failed', endpoint: 'signIn' });
    const [line] = log.lines().filter(({ code }) => code === 'hook_failed');
    expect(line).to.include({ level: 50, endpoint: 'signIn', status: 500 });
    expect(line?.hint).to.match(/onSignedIn.*#faults-of-hooks$/);
  });

  it('refuses the sign-in if it takes longer than timeouts.hook', async () => {
    await start(() => new Promise(() => undefined), { timeouts: { hook: 50 } });
    expect((await kit.post('/sign-in', { email: addUser(), password: PASSWORD })).status).to.equal(599);
    expect(String(errors[0])).to.include('hooks.onSignedIn did not finish within 50 ms');
    await eventually(() => revoked() === 1);
  });

  for (const transport of ['bearer', 'cookie'] as const) {
    it(`answers that the account is confirmed if it refuses the automatic sign-in (${transport})`, async () => {
      await start(() => Promise.reject(DOWN));
      const response = await confirmNew(clientFor(transport));
      expect([response.status, response.body]).to.deep.equal([200, { status: 'confirmed' }]);
      if (transport === 'cookie') expect(cookiesOf(response as never).filter(isToken)).to.deep.equal([]);
      await eventually(() => revoked() === 1);
      expect(typesOf()).to.deep.equal(['sign_up.succeeded', 'hook.failed', 'confirm_sign_up.succeeded']);
      expect(events[1]).to.include({ hook: 'onSignedIn', code: 'store_unavailable' });
    });

    it(`answers that the password has changed if it refuses the new session (${transport})`, async () => {
      let isDown = false;
      await start(() => {
        if (isDown) throw DOWN;
      });
      const client = clientFor(transport);
      const email = addUser();
      await client.post('/sign-in', { email, password: PASSWORD });
      isDown = true;
      const change = { oldPassword: PASSWORD, newPassword: OTHER_PASSWORD };
      const response = await client.post('/change-password', change);
      expect([response.status, response.body]).to.deep.equal([200, { status: 'password_changed' }]);
      isDown = false;
      expectStatus(await kit.post('/sign-in', { email, password: OTHER_PASSWORD }), 200);
    });
  }

  it('keeps the session of a step-up that it refuses', async () => {
    let isDown = false;
    await start(() => {
      if (isDown) throw DOWN;
    });
    const { tokens } = (await kit.post('/sign-in', { email: addUser(), password: PASSWORD })).body;
    isDown = true;
    expectProblem(
      await kit.post('/step-up', { password: PASSWORD }, tokens.accessToken),
      'store_unavailable',
    );
    expectStatus(await kit.get('/me', tokens.accessToken), 200);
    expectStatus(await kit.post('/refresh', { refreshToken: tokens.refreshToken }), 200);
  });

  it('is finished before close() resolves, even if the client has disconnected', async () => {
    let begun = (): void => undefined;
    const isRunning = new Promise<void>((resolve) => {
      begun = resolve;
    });
    let finished = false;
    await start(async () => {
      begun();
      await new Promise((resolve) => setTimeout(resolve, 150));
      finished = true;
    });
    const stop = new AbortController();
    const request = fetch(`${kit.url}/auth/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: addUser(), password: PASSWORD }),
      signal: stop.signal,
    }).catch(() => undefined);
    await isRunning;
    stop.abort();
    await request;
    await kit.auth.close();
    expect(finished).to.equal(true);
  });
});

describe('The claims of onSignedIn', () => {
  let fake: FakeCognito;
  let runs = 0;
  before(async () => {
    fake = await startFakeCognito();
  });
  beforeEach(() => {
    runs = 0;
  });
  after(() => fake.close());

  async function signInWith(tokens: { AccessToken: string; IdToken: string }) {
    const app = fake.app({ hooks: { onSignedIn: () => void runs++ } });
    fake.answer = answerWith({
      AuthenticationResult: { ...tokens, RefreshToken: 'refresh', ExpiresIn: 60 },
    });
    return app.call('signIn');
  }

  it('come from an ID token of the same user as the access token', async () => {
    const { issuer } = fake;
    const tokens = { AccessToken: issuer.accessToken({ sub: ADA }), IdToken: issuer.idToken({ sub: ADA }) };
    expectStatus(await signInWith(tokens), 200);
    expect(runs).to.equal(1);
  });

  const forged: Record<string, (issuer: FakeCognito['issuer']) => string> = {
    'another signature': (issuer) => issuer.forge(issuer.idToken({ sub: ADA })),
    'another app client': (issuer) => issuer.idToken({ sub: ADA, clientId: 'another' }),
    'another user': (issuer) => issuer.idToken(),
    'another token_use': (issuer) => issuer.accessToken({ sub: ADA }),
    'no claims': () => 'opaque',
  };
  for (const [what, idToken] of Object.entries(forged)) {
    it(`are not those of an ID token with ${what}, which refuses the sign-in`, async () => {
      const tokens = { AccessToken: fake.issuer.accessToken({ sub: ADA }), IdToken: idToken(fake.issuer) };
      expectProblem(await signInWith(tokens), 'upstream_error');
      expect(runs).to.equal(0);
      await eventually(() => fake.requests.at(-1)?.operation === 'RevokeToken');
    });
  }

  it('refuse a step-up within the same session without revoking the session', async () => {
    const { issuer } = fake;
    const claims = { origin_jti: 'the session' };
    const given = issuer.accessToken({ sub: ADA, claims });
    const tokens = {
      AccessToken: issuer.accessToken({ sub: ADA, claims }),
      IdToken: issuer.idToken({ sub: ADA }),
    };
    fake.answer = answerWith({
      AuthenticationResult: { ...tokens, RefreshToken: 'refresh', ExpiresIn: 60 },
    });
    const onSignedIn = (): never => {
      throw DOWN;
    };
    const sent = fake.requests.length;
    const stepUp = fake
      .app({ hooks: { onSignedIn } })
      .anonymous('stepUp', { acr: undefined, maxAge: undefined });
    expectProblem(await stepUp.auth(given, { type: 'bearer' }), 'store_unavailable');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(fake.requests.slice(sent).map(({ operation }) => operation)).to.deep.equal(['InitiateAuth']);
  });

  it('are not verified without the hook', async () => {
    fake.answer = answerWith({
      AuthenticationResult: { AccessToken: fake.issuer.accessToken(), IdToken: 'opaque', ExpiresIn: 60 },
    });
    expectStatus(await fake.app().call('signIn'), 200);
  });
});
