import { setTimeout as sleep } from 'node:timers/promises';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import express, { type Express } from 'express';
import { createClient } from 'redis';
import { getAuth } from '../../src/auth/request-auth.ts';
import type { SessionControl } from '../../src/auth/session-control.ts';
import type { Config } from '../../src/config/options.ts';
import type { RevocationStore } from '../../src/config/revocation.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { redisStores } from '../../src/redis/index.ts';
import { requireAuth } from '../../src/require-auth.ts';
import { type CognitoRouter, createCognitoRouter } from '../../src/router.ts';
import { MemoryRevocationStore } from '../../src/session/revocation.ts';
import { ProblemError } from '../../src/shared/problem.ts';
import { CookieClient, cookiesOf } from '../support/cookie-client.ts';
import { type FakeCognito, fail, startFakeCognito } from '../support/fake-cognito.ts';
import { claimsOf, expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';
import { RedisServer } from '../support/redis-server.ts';

const ADA = 'ada@example.com';
const ALAN = 'alan@example.com';
/** Token times have whole seconds. */
const NEXT_SECOND_MS = 1100;
const MONTH = 30 * 86_400;

/** A store that several instances could share: every answer takes a turn. */
class SharedStore implements RevocationStore {
  readonly entries = new Map<string, { upTo: number; until: number }>();
  isDown = false;
  async revoke(key: string, upTo: number, until: number): Promise<void> {
    if (this.isDown) throw new Error('down');
    this.entries.set(key, { upTo, until });
  }
  async find(keys: readonly string[]): Promise<readonly (number | undefined)[]> {
    if (this.isDown) throw new Error('down');
    return keys.map((key) => this.entries.get(key)?.upTo);
  }
}

function startPool(): Promise<LocalUserPool> {
  const users = [ADA, ALAN].map((username) => ({ username, password: PASSWORD }));
  return startLocalUserPool({ quiet: true, users });
}

/** Routes for access and ID tokens behind the router, and behind a standalone requireAuth that is called with `alone`. */
function startInstance(pool: LocalUserPool, config: Config = {}, alone?: SessionControl): Promise<Kit> {
  const app = (auth: CognitoRouter): Express => {
    const routes = express()
      .use('/auth', auth)
      .get('/route', auth.requireAuth(), (req, res) => void res.json({ sub: getAuth(req).sub }));
    if (config.transport !== 'cookie') {
      routes.get('/id', auth.requireAuth({ tokenUse: 'id' }), (_req, res) => void res.json({}));
    }
    return alone === undefined ? routes : routes.get('/alone', alone as never, (_req, res) => res.json({}));
  };
  return startKit({ pool, config, app });
}

const call = (kit: Kit, path: string, token: string) =>
  kit.request.get(path).set('Authorization', `Bearer ${token}`);

async function failureOf(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error('It did not fail.');
}

describe('auth.endUser', () => {
  let pool: LocalUserPool;
  let store: SharedStore;
  let one: Kit;
  let two: Kit;
  let alone: ReturnType<typeof requireAuth>;

  beforeEach(async () => {
    pool = await startPool();
    store = new SharedStore();
    const { userPoolId, clientId, endpoint } = pool.config;
    alone = requireAuth({ userPoolId, clientId, endpoint, revocation: { store } });
    one = await startInstance(pool, { revocation: { store } });
    two = await startInstance(pool, { revocation: { store } }, alone);
  });
  afterEach(() => Promise.all([one.close(), two.close()]));

  it('refuses all access and ID tokens of the user at once on every instance, and none of another user', async () => {
    const [here, elsewhere, other] = [pool.tokensFor(ADA), pool.tokensFor(ADA), pool.tokensFor(ALAN)];
    for (const { accessToken, idToken } of [here, elsewhere, other]) {
      for (const kit of [one, two]) {
        expectStatus(await call(kit, '/route', accessToken), 200);
        expectStatus(await call(kit, '/id', idToken), 200);
      }
    }
    await one.auth.endUser(String(claimsOf(here.accessToken).sub));
    for (const kit of [one, two]) {
      for (const { accessToken, idToken } of [here, elsewhere]) {
        expectProblem(await call(kit, '/route', accessToken), 'invalid_token');
        expectProblem(await call(kit, '/id', idToken), 'invalid_token');
      }
      expectStatus(await call(kit, '/route', other.accessToken), 200);
    }
    expectProblem(await call(two, '/alone', here.accessToken), 'invalid_token');
  });

  it('of a standalone requireAuth applies to the routers with its store', async () => {
    const { accessToken } = pool.tokensFor(ADA);
    expectStatus(await call(one, '/route', accessToken), 200);
    await alone.endUser({ sub: String(claimsOf(accessToken).sub) });
    expectProblem(await call(one, '/route', accessToken), 'invalid_token');
    expectProblem(await call(two, '/alone', accessToken), 'invalid_token');
  });

  it('refuses a later refresh of an earlier session on every instance, and revokes its refresh token', async () => {
    const { accessToken, refreshToken } = pool.tokensFor(ADA);
    await one.auth.endUser(String(claimsOf(accessToken).sub));
    await sleep(NEXT_SECOND_MS);
    expectProblem(await two.post('/refresh', { refreshToken }), 'invalid_refresh_token');
    expect(pool.requests.count('RevokeToken')).to.equal(1);
  });

  it('accepts a later sign-in and its refreshes', async () => {
    await one.auth.endUser(String(claimsOf(pool.tokensFor(ADA).accessToken).sub));
    await sleep(NEXT_SECOND_MS);
    const { tokens } = expectStatus(await two.post('/sign-in', { email: ADA, password: PASSWORD }), 200).body;
    expectStatus(await call(one, '/route', tokens.accessToken), 200);
    const refreshed = expectStatus(await one.post('/refresh', { refreshToken: tokens.refreshToken }), 200);
    expectStatus(await call(two, '/route', refreshed.body.tokens.accessToken), 200);
  });

  it('keeps the end of the sessions for as long as a refresh token lives', async () => {
    await one.auth.endUser('someone');
    const lifetimes = [...store.entries].map(
      ([key, { until }]) => [key.split(' ')[0], until - Date.now() / 1000] as const,
    );
    const ends = new Map(lifetimes);
    expect(ends.get('user')).to.be.within(86_400, 90_000);
    expect(ends.get('sign-ins')).to.be.within(MONTH + 86_400, MONTH + 90_000);
  });

  it('of the result of getAuth applies to this very token, even if the clock of the server is slow', async () => {
    const iat = Math.floor(Date.now() / 1000) + 20;
    const { accessToken } = pool.tokensFor(ADA, { accessClaims: { iat } });
    const auth = await one.auth.verify(accessToken);
    await one.auth.endUser(auth);
    expectProblem(await call(two, '/route', accessToken), 'invalid_token');
  });

  it('rejects with store_unavailable while the store is down, and reports it once in the log', async () => {
    const log = captureLog();
    const kit = await startInstance(pool, { revocation: { store }, logger: log.logger });
    store.isDown = true;
    const { accessToken } = pool.tokensFor(ADA);
    const auth = { sub: String(claimsOf(accessToken).sub) };
    for (const control of [kit.auth, alone]) {
      const failure = await failureOf(control.endUser(auth));
      expect(failure).to.be.instanceOf(ProblemError);
      expect((failure as ProblemError).problem).to.include({ code: 'store_unavailable', status: 503 });
    }
    expect(log.text()).to.include('revocation store failed');
    await kit.close();
  });

  const MISUSES: readonly [string, unknown, RegExp][] = [
    ['nothing', undefined, /endUser was called with undefined/],
    ['null', null, /endUser was called with null/],
    ['a number', 7, /endUser was called with a number/],
    ['an empty text', '', /the sub of endUser is an empty text/],
    ['the text "undefined"', 'undefined', /the sub of endUser is the text "undefined"/],
    ['an e-mail address', ADA, /the sub of endUser is an e-mail address/],
    ['a token', 'aaaa.bbbb.cccc', /the sub of endUser is a token/],
    ['a user without a sub', { username: 'ada' }, /the sub of endUser is undefined/],
  ];
  for (const [name, given, message] of MISUSES) {
    it(`rejects with a TypeError for ${name}, and quotes no secret`, async () => {
      for (const control of [one.auth, alone]) {
        const failure = await failureOf(control.endUser(given as never));
        expect(failure).to.be.instanceOf(TypeError);
        expect(failure.message).to.match(message).and.to.include('docs/sessions.md');
        expect(failure.message).to.not.include('aaaa').and.not.include(ADA);
      }
      expect(store.entries.size).to.equal(0);
    });
  }

  it('ends the sessions of a user with any name, which users choose themselves at sign-up', async () => {
    for (const username of ['null', 'Undefined', 'ada.king.lovelace', 'ada@example.com']) {
      for (const control of [one.auth, alone]) {
        store.entries.clear();
        await control.endUser({ sub: 'a-user', username });
        expect(store.entries.size).to.equal(2);
      }
    }
  });

  it('rejects with a TypeError with revocation: false, because it would change nothing', async () => {
    const { userPoolId, clientId, endpoint } = pool.config;
    const kit = await startInstance(pool, { revocation: false });
    const blind = requireAuth({ userPoolId, clientId, endpoint, revocation: false });
    for (const control of [kit.auth, blind]) {
      for (const work of [control.endUser('someone'), control.endSession({ originJti: 'o' })]) {
        const failure = await failureOf(work);
        expect(failure).to.be.instanceOf(TypeError);
        expect(failure.message).to.include('revocation is false');
      }
    }
    await kit.close();
  });
});

describe('auth.endUser with cookies and autoRefresh', () => {
  it('refuses the access cookie, then the refresh, and clears the cookies', async () => {
    const pool = await startPool();
    const kit = await startInstance(pool, { transport: 'both', autoRefresh: true });
    const browser = new CookieClient(kit);
    expectStatus(
      await browser.post('/sign-in', { email: ADA, password: PASSWORD, transport: 'cookie' }),
      200,
    );
    const { sub } = (await browser.send('get', '/route')).body;
    await kit.auth.endUser(sub);
    await sleep(NEXT_SECOND_MS);
    expectProblem(await browser.send('get', '/route'), 'invalid_token');
    browser.cookies.delete('__Host-auth-access');
    const refused = await browser.send('get', '/route');
    expectProblem(refused, 'invalid_refresh_token');
    expect(cookiesOf(refused).every(({ maxAge }) => maxAge === 0)).to.equal(true);
    await kit.close();
  });
});

describe('auth.endUser with adminSignOut', () => {
  const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a-secret-access-key-of-the-tests' };
  const routerFor = ({ url }: FakeCognito, config: Config = {}): CognitoRouter =>
    createCognitoRouter({
      userPoolId: 'us-east-1_TestPool1',
      clientId: 'testclient',
      logger: false,
      ...config,
      adminSignOut: true,
      cognitoClient: clientFor(url),
    });
  const clientFor = (endpoint: string): CognitoIdentityProviderClient =>
    new CognitoIdentityProviderClient({ region: 'us-east-1', endpoint, credentials });

  it('signs the user out at Cognito by the sub', async () => {
    const pool = await startPool();
    const config = { adminSignOut: true, cognitoClient: clientFor(pool.config.endpoint) };
    const kit = await startInstance(pool, config);
    const { accessToken, refreshToken } = pool.tokensFor(ADA);
    await kit.auth.endUser(String(claimsOf(accessToken).sub));
    expect(pool.requests.count('AdminUserGlobalSignOut')).to.equal(1);
    const direct = await fetch(pool.config.endpoint, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': 'AWSCognitoIdentityProviderService.GetTokensFromRefreshToken',
      },
      body: JSON.stringify({ RefreshToken: refreshToken, ClientId: pool.config.clientId }),
    });
    expect(await direct.json()).to.include({ message: 'Refresh Token has been revoked' });
    await kit.close();
  });

  it('asks Cognito by the user name if there is one', async () => {
    const fake = await startFakeCognito();
    const names: unknown[] = [];
    fake.answer = ({ operation, input }, res) => {
      if (operation === 'AdminUserGlobalSignOut') names.push((input as { Username: string }).Username);
      res.end('{}');
    };
    const auth = routerFor(fake);
    await auth.endUser({ sub: 'a-sub', username: 'Google_123' });
    await auth.endUser('a-sub');
    expect(names).to.deep.equal(['Google_123', 'a-sub']);
    await Promise.all([auth.close(), fake.close()]);
  });

  it('succeeds for a user that Cognito does not know, with a hint in the log', async () => {
    const log = captureLog();
    const fake = await startFakeCognito(fail('UserNotFoundException', 'User does not exist.'));
    const store = new SharedStore();
    const auth = routerFor(fake, { logger: log.logger, revocation: { store } });
    await auth.endUser('a-sub');
    expect(store.entries.size).to.equal(2);
    const [line] = log.lines();
    expect(line).to.include({ level: 50, exception: 'UserNotFoundException' });
    expect(line?.hint).to.include('{ sub, username }');
    await Promise.all([auth.close(), fake.close()]);
  });

  it('rejects if Cognito refuses, with a hint in the log, and still refuses the tokens', async () => {
    const log = captureLog();
    const fake = await startFakeCognito(fail('AccessDeniedException', 'not authorized to perform'));
    const store = new SharedStore();
    const auth = routerFor(fake, { logger: log.logger, revocation: { store } });
    const failure = await failureOf(auth.endUser('a-sub'));
    expect((failure as ProblemError).problem).to.include({ code: 'server_misconfigured', status: 500 });
    expect(log.lines()[0]?.hint).to.include('cognito-idp:AdminUserGlobalSignOut');
    expect(store.entries.size).to.equal(2);
    await Promise.all([auth.close(), fake.close()]);
  });
});

describe('auth.endSession', () => {
  let pool: LocalUserPool;
  let kit: Kit;
  let alone: ReturnType<typeof requireAuth>;

  beforeEach(async () => {
    pool = await startPool();
    const { userPoolId, clientId, endpoint } = pool.config;
    alone = requireAuth({ userPoolId, clientId, endpoint });
    kit = await startInstance(pool, {}, alone);
  });
  afterEach(() => kit.close());

  it('refuses the access and ID tokens of this session, before and after a refresh, and of no other', async () => {
    for (const control of [kit.auth, alone]) {
      const [tokens, other] = [pool.tokensFor(ADA), pool.tokensFor(ADA)];
      const { refreshToken } = tokens;
      const refreshed = (await kit.post('/refresh', { refreshToken })).body.tokens;
      await control.endSession(await kit.auth.verify(tokens.accessToken));
      for (const { accessToken, idToken } of [tokens, refreshed]) {
        for (const path of ['/route', '/alone'])
          expectProblem(await call(kit, path, accessToken), 'invalid_token');
        expectProblem(await call(kit, '/id', idToken), 'invalid_token');
      }
      expectProblem(await kit.post('/refresh', { refreshToken }), 'invalid_refresh_token');
      expectStatus(await call(kit, '/alone', other.accessToken), 200);
    }
  });

  it('takes the origin_jti that the app has stored', async () => {
    const { accessToken } = pool.tokensFor(ADA);
    await kit.auth.endSession({ originJti: String(claimsOf(accessToken).origin_jti) });
    expectProblem(await call(kit, '/route', accessToken), 'invalid_token');
  });

  it('keeps the end for as long as the refresh token lives', async () => {
    const store = new SharedStore();
    const { userPoolId, clientId, endpoint } = pool.config;
    const { endSession } = requireAuth({ userPoolId, clientId, endpoint, revocation: { store } });
    await endSession({ originJti: 'o' });
    const [entry] = store.entries.values();
    expect((entry?.until ?? 0) - Date.now() / 1000).to.be.within(MONTH + 86_400, MONTH + 90_000);
  });

  const MISUSES: readonly [string, unknown, RegExp][] = [
    ['nothing', undefined, /endSession was called with undefined/],
    ['a token', 'aaaa.bbbb.cccc', /endSession was called with a text/],
    ['an object without a session', { sub: 'x' }, /the originJti of endSession is undefined/],
    ['a token without a session', { payload: { iss: 'x/y', sub: 'z' } }, /has no claim origin_jti/],
    [
      'a token whose claims do not name its session, which a refresh would continue',
      { payload: { iss: 'x/y', sub: 'z', jti: 'j' } },
      /has no claim origin_jti/,
    ],
  ];
  for (const [name, given, message] of MISUSES) {
    it(`rejects with a TypeError for ${name}`, async () => {
      const failure = await failureOf(kit.auth.endSession(given as never));
      expect(failure).to.be.instanceOf(TypeError);
      expect(failure.message).to.match(message).and.to.not.include('aaaa');
    });
  }
});

describe('auth.endUser over Redis', () => {
  it('applies within a second to an instance with a connection of its own', async function () {
    const redis = await RedisServer.startFor(this);
    const clients = [0, 1].map(() => createClient({ url: redis.url }).on('error', () => undefined));
    await Promise.all(clients.map((client) => client.connect()));
    const pool = await startPool();
    const [one, two] = await Promise.all(
      clients.map((client) => startInstance(pool, { revocation: { store: redisStores(client).revocation } })),
    );
    const { accessToken, refreshToken } = pool.tokensFor(ADA);
    expectStatus(await call(two as Kit, '/route', accessToken), 200);
    await one?.auth.endUser(String(claimsOf(accessToken).sub));
    await sleep(NEXT_SECOND_MS);
    expectProblem(await call(two as Kit, '/route', accessToken), 'invalid_token');
    expectProblem(await (two as Kit).post('/refresh', { refreshToken }), 'invalid_refresh_token');
    await Promise.all([one?.close(), two?.close()]);
    for (const client of clients) client.destroy();
    await redis.stop();
  });
});

describe('The memory store of revocations', () => {
  const soon = Date.now() / 1000 + 3600;
  const late = Date.now() / 1000 + MONTH;

  it('evicts no end by the app for the sake of sign-outs, nor the other way round', () => {
    const store = new MemoryRevocationStore(2);
    store.revoke('ended', 5, late);
    for (const key of ['a', 'b', 'c']) store.revoke(key, 1, soon);
    expect(store.find(['ended', 'a', 'b', 'c'])).to.deep.equal([5, undefined, 1, 1]);
    expect(store.size).to.equal(3);
  });

  it('keeps the later of two times under one key, whichever lives longer', () => {
    const store = new MemoryRevocationStore();
    store.revoke('x', 5, late);
    store.revoke('x', 3, soon);
    store.revoke('y', 5, soon);
    store.revoke('y', 3, late);
    expect(store.find(['x', 'y'])).to.deep.equal([5, 5]);
  });
});
