import { expect } from 'chai';
import express, { type Express } from 'express';
import supertest from 'supertest';
import type { Config } from '../../src/config/options.ts';
import type { RevocationStore } from '../../src/config/revocation.ts';
import { startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { requireAuth } from '../../src/require-auth.ts';
import { type CognitoRouter, createCognitoRouter } from '../../src/router.ts';
import { createRevocations, MemoryRevocationStore } from '../../src/session/revocation.ts';
import {
  claimsOf,
  expectProblem,
  expectStatus,
  type Kit,
  type SignedIn,
  startKit,
} from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const DAY = 86_400;

/** An app with a route behind the router's requireAuth, and one behind a standalone requireAuth. */
async function startRoutes(config: Config = {}): Promise<Kit> {
  const pool = await startLocalUserPool({ quiet: true });
  const { userPoolId, clientId, endpoint } = pool.config;
  const { revocation } = config;
  const alone = requireAuth({ userPoolId, clientId, endpoint, revocation });
  const app = (auth: CognitoRouter): Express =>
    express()
      .use('/auth', auth)
      .get('/route', auth.requireAuth(), (_req, res) => res.json({}))
      .get('/alone', alone, (_req, res) => res.json({}));
  return startKit({ pool, config, app });
}

const call = (kit: Kit, path: string, token: string) =>
  kit.request.get(path).set('Authorization', `Bearer ${token}`);

describe('Revocation by sign-out', () => {
  let kit: Kit;
  let user: SignedIn;

  before(async () => {
    kit = await startRoutes();
  });
  after(() => kit.close());
  beforeEach(async () => {
    user = await kit.signUpAndIn();
  });

  const PATHS = ['/route', '/alone', '/auth/me'];

  it('signing out revokes every token of the session on every route', async () => {
    const { accessToken, refreshToken } = user.tokens;
    const refreshed = (await kit.post('/refresh', { refreshToken })).body.tokens.accessToken;
    for (const path of PATHS) expectStatus(await call(kit, path, accessToken), 200);
    expectStatus(await kit.post('/sign-out', { refreshToken }, accessToken), 200);
    for (const path of PATHS) {
      for (const token of [accessToken, refreshed])
        expectProblem(await call(kit, path, token), 'invalid_token');
    }
  });

  it('signing out keeps the other sessions of the user valid', async () => {
    const elsewhere = kit.pool.tokensFor(user.email).accessToken;
    const { accessToken, refreshToken } = user.tokens;
    expectStatus(await kit.post('/sign-out', { refreshToken }, accessToken), 200);
    for (const path of PATHS) expectStatus(await call(kit, path, elsewhere), 200);
  });

  it('signing out everywhere revokes all sessions of the user, and of no other user', async () => {
    const elsewhere = kit.pool.tokensFor(user.email).accessToken;
    const other = (await kit.signUpAndIn()).tokens.accessToken;
    expectStatus(await kit.post('/sign-out', { everywhere: true }, user.tokens.accessToken), 200);
    for (const path of PATHS) {
      for (const token of [user.tokens.accessToken, elsewhere]) {
        expectProblem(await call(kit, path, token), 'invalid_token');
      }
      expectStatus(await call(kit, path, other), 200);
    }
  });

  it('a sign-in after signing out everywhere is valid', async () => {
    expectStatus(await kit.post('/sign-out', { everywhere: true }, user.tokens.accessToken), 200);
    const iat = Math.floor(Date.now() / 1000) + 1;
    const { accessToken } = kit.pool.tokensFor(user.email, { accessClaims: { iat } });
    expectStatus(await call(kit, '/route', accessToken), 200);
  });

  it('signing out again answers 200 and keeps the session revoked', async () => {
    const { accessToken, refreshToken } = user.tokens;
    for (const body of [{ refreshToken }, { refreshToken }, { everywhere: true }, { everywhere: true }]) {
      expectStatus(await kit.post('/sign-out', body, accessToken), 200);
      expectProblem(await call(kit, '/route', accessToken), 'invalid_token');
    }
  });

  it('a revoked token cannot revoke a later session by signing out everywhere', async () => {
    const { accessToken: stolen } = user.tokens;
    expectStatus(await kit.post('/sign-out', { everywhere: true }, stolen), 200);
    const iat = Math.floor(Date.now() / 1000) + 1;
    const { accessToken } = kit.pool.tokensFor(user.email, { accessClaims: { iat } });
    expectStatus(await call(kit, '/route', accessToken), 200);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expectStatus(await kit.post('/sign-out', { everywhere: true }, stolen), 200);
    expectStatus(await call(kit, '/route', accessToken), 200);
  });

  it('a revocation applies to tokens of both issuers of the pool, and of no other pool', async () => {
    const revocations = createRevocations({ store: new MemoryRevocationStore() });
    const auth = (iss: string, claims: object = {}) =>
      ({ payload: { iss, sub: 's', origin_jti: 'o', iat: 1, ...claims } }) as never;
    const [one, two] = [
      'https://cognito-idp.eu-west-1.amazonaws.com',
      'https://issuer-cognito-idp.eu-west-1.amazonaws.com',
    ];
    await revocations.endSession(auth(`${one}/eu-west-1_a`));
    expect(revocations.check(auth(`${two}/eu-west-1_a`))).to.include({ code: 'invalid_token' });
    expect(revocations.check(auth(`${two}/eu-west-1_b`))).to.equal(undefined);
  });

  it('a revocation applies to the jti of a token without origin_jti', async () => {
    const revocations = createRevocations({ store: new MemoryRevocationStore() });
    const auth = (jti: string) => ({ payload: { iss: 'x/p', sub: 's', jti, iat: 1 } }) as never;
    await revocations.endSession(auth('mine'));
    expect(revocations.check(auth('mine'))).to.include({ code: 'invalid_token' });
    expect(revocations.check(auth('other'))).to.equal(undefined);
  });

  it('signing out with an invalid access token revokes the refresh token only', async () => {
    const { refreshToken } = user.tokens;
    expectStatus(await kit.post('/sign-out', { refreshToken }, 'garbage'), 200);
    expectProblem(await kit.post('/refresh', { refreshToken }), 'invalid_refresh_token');
    expectStatus(await call(kit, '/route', user.tokens.accessToken), 200);
  });

  it('a token is revoked at once, even if Cognito fails to revoke the session', async () => {
    const { accessToken, refreshToken } = user.tokens;
    kit.pool.faults.inject({ kind: 'internalError', times: 1 });
    expectProblem(await kit.post('/sign-out', { refreshToken }, accessToken), 'upstream_error');
    expectProblem(await call(kit, '/route', accessToken), 'invalid_token');
  });

  it('signing out with the refresh token of another user does not revoke their access token', async () => {
    const eve = await kit.signUpAndIn();
    expectStatus(
      await kit.post('/sign-out', { refreshToken: user.tokens.refreshToken }, eve.tokens.accessToken),
      200,
    );
    expectStatus(await call(kit, '/route', user.tokens.accessToken), 200);
  });

  it('deleting the account revokes all tokens of the user', async () => {
    const elsewhere = kit.pool.tokensFor(user.email).accessToken;
    const { accessToken } = user.tokens;
    expectStatus(await kit.request.delete('/auth/me').set('Authorization', `Bearer ${accessToken}`), 200);
    for (const token of [accessToken, elsewhere]) {
      expectProblem(await call(kit, '/route', token), 'invalid_token');
    }
  });
});

describe('A sign-out on routes of the app', () => {
  it('keeps access tokens valid with revocation: false', async () => {
    const kit = await startRoutes({ revocation: false });
    const { accessToken, refreshToken } = (await kit.signUpAndIn()).tokens;
    expectStatus(await kit.post('/sign-out', { refreshToken }, accessToken), 200);
    for (const path of ['/route', '/alone']) expectStatus(await call(kit, path, accessToken), 200);
    await kit.close();
  });

  it('revokes tokens on other instances with a shared store', async () => {
    const memory = new MemoryRevocationStore();
    const store: RevocationStore = {
      revoke: async (key, upTo, until) => memory.revoke(key, upTo, until),
      find: async (keys) => memory.find(keys),
    };
    const kit = await startRoutes({ revocation: { store } });
    const other = createCognitoRouter({ ...kit.pool.config, logger: false, revocation: { store } });
    const otherApp = supertest(express().get('/route', other.requireAuth(), (_req, res) => res.json({})));
    const { accessToken } = (await kit.signUpAndIn()).tokens;
    const there = () => otherApp.get('/route').set('Authorization', `Bearer ${accessToken}`);
    expectStatus(await there(), 200);
    expectStatus(await kit.post('/sign-out', { everywhere: true }, accessToken), 200);
    expectProblem(await there(), 'invalid_token');
    await other.close();
    await kit.close();
  });
});

describe('An unavailable revocation store', () => {
  const FAULTS: Record<string, RevocationStore> = {
    rejects: {
      revoke: () => Promise.reject(new Error('down')),
      find: () => Promise.reject(new Error('down')),
    },
    throws: {
      revoke: () => {
        throw new Error('down');
      },
      find: () => {
        throw new Error('down');
      },
    },
    hangs: {
      revoke: () => new Promise<never>(() => undefined),
      find: () => new Promise<never>(() => undefined),
    },
  };

  for (const [fault, store] of Object.entries(FAULTS)) {
    it(`that ${fault} causes 503 for protected routes and sign-outs, and is logged`, async () => {
      const log = captureLog();
      const kit = await startRoutes({ revocation: { store }, logger: log.logger });
      const { accessToken, refreshToken } = (await kit.signUpAndIn()).tokens;
      expectProblem(await call(kit, '/route', accessToken), 'store_unavailable');
      expectProblem(await call(kit, '/auth/me', accessToken), 'store_unavailable');
      expectProblem(await kit.post('/sign-out', { refreshToken }, accessToken), 'store_unavailable');
      expect(log.text()).to.include('revocation store failed').and.not.include(accessToken);
      await kit.close();
    });

    it(`that ${fault} accepts valid tokens only, with onUnavailable: 'allow'`, async () => {
      // A copy, because a store that did not answer in time is not asked again at once.
      const kit = await startRoutes({ revocation: { store: { ...store }, onUnavailable: 'allow' } });
      const { accessToken } = (await kit.signUpAndIn()).tokens;
      expectStatus(await call(kit, '/route', accessToken), 200);
      expectProblem(await call(kit, '/route', 'garbage'), 'invalid_token');
      await kit.close();
    });
  }
});

describe('An invalid answer of a revocation store', () => {
  /** The kit looks up two keys: the user and the session. */
  const ANSWERS: Readonly<Record<string, unknown>> = {
    'NaN for the user': [Number.NaN, undefined],
    'NaN for the session': [undefined, Number.NaN],
    'a string for the user': ['1', undefined],
    'a string for the session': [undefined, '9999999999'],
    'empty strings': ['', ''],
    'null for the user': [null, undefined],
    'null for the session': [undefined, null],
    'an object': [{}, undefined],
    'an array': [undefined, [0]],
    booleans: [false, false],
    'a bigint': [0n, undefined],
    '-Infinity for the user': [Number.NEGATIVE_INFINITY, undefined],
    'a negative number': [-1, undefined],
    'a fraction': [0.5, undefined],
    'an empty array': [],
    'an array that is too short': [undefined],
    'an array that is too long': [undefined, undefined, undefined],
    'undefined in place of an array': undefined,
    'null in place of an array': null,
    'a string in place of an array': 'no',
    'a number in place of an array': 0,
    'an object in place of an array': { 0: undefined, 1: undefined, length: 2 },
    'a typed array in place of an array': new Uint32Array(2),
    'a map in place of an array': new Map(),
  };
  const auth = { payload: { iss: 'x/pool', sub: 'ada', origin_jti: 'o', iat: 1000 } } as never;

  for (const [fault, answer] of Object.entries(ANSWERS)) {
    for (const [mode, find] of [
      ['synchronously', () => answer],
      ['asynchronously', async () => answer],
    ] as const) {
      const store = { revoke: () => undefined, find } as unknown as RevocationStore;

      it(`counts as unavailable: ${fault}, ${mode}`, async () => {
        const faults: unknown[] = [];
        const revocations = createRevocations({ store }, { onFault: (error) => faults.push(error) });
        expect(await revocations.check(auth)).to.include({ code: 'store_unavailable', status: 503 });
        expect(faults).to.have.lengthOf(1);
        expect(faults[0]).to.be.instanceOf(TypeError);
      });

      it(`accepts the token with onUnavailable: 'allow', and is reported: ${fault}, ${mode}`, async () => {
        const faults: unknown[] = [];
        const lenient = createRevocations(
          { store, onUnavailable: 'allow' },
          { onFault: (error) => faults.push(error) },
        );
        expect(await lenient.check(auth)).to.equal(undefined);
        expect(faults).to.have.lengthOf(1);
      });
    }
  }

  it('causes 503 on endpoints and protected routes', async () => {
    const log = captureLog();
    const store = { revoke: () => undefined, find: async () => [Number.NaN, undefined] };
    const kit = await startRoutes({ revocation: { store }, logger: log.logger });
    const { accessToken } = kit.pool.tokensFor(kit.pool.addUser({ username: 'ada@example.com' }).username);
    for (const path of ['/route', '/alone', '/auth/me']) {
      expectProblem(await call(kit, path, accessToken), 'store_unavailable');
    }
    expect(log.text()).to.include('revocation store failed').and.not.include(accessToken);
    await kit.close();
  });

  it('is not an array with one undefined for each key', async () => {
    const lookups: (readonly string[])[] = [];
    const store: RevocationStore = {
      revoke: () => undefined,
      find: (keys) => {
        lookups.push(keys);
        return keys.map(() => undefined);
      },
    };
    expect(await createRevocations({ store }).check(auth)).to.equal(undefined);
    expect(lookups).to.deep.equal([['user pool ada', 'session pool o']]);
  });
});

describe('MemoryRevocationStore', () => {
  const now = (): number => Math.floor(Date.now() / 1000);

  it('keeps the later of two revocation times', () => {
    const store = new MemoryRevocationStore();
    store.revoke('a', 60, now() + DAY);
    store.revoke('a', 10, now() + DAY);
    expect(store.find(['a'])).to.deep.equal([60]);
  });

  it('evicts the oldest entry if it is full', () => {
    const store = new MemoryRevocationStore(3);
    for (const key of ['a', 'b', 'c', 'd']) store.revoke(key, 1, now() + DAY);
    expect(store.find(['a', 'b', 'c', 'd'])).to.deep.equal([undefined, 1, 1, 1]);
    expect(store.size).to.equal(3);
  });

  it('removes expired entries when an entry is added', () => {
    const store = new MemoryRevocationStore();
    store.revoke('old', 1, now() - 1);
    store.revoke('new', 1, now() + DAY);
    expect(store.size).to.equal(1);
  });

  it('gets entries that expire after every token', async () => {
    let expiry = 0;
    const store: RevocationStore = {
      revoke: (_key, _upTo, until) => {
        expiry = until;
      },
      find: () => [],
    };
    const kit = await startKit();
    const { accessToken } = (await kit.signUpAndIn()).tokens;
    const payload = claimsOf(accessToken);
    await createRevocations({ store }).endUser({ payload } as never);
    expect(expiry).to.be.within(now() + DAY, now() + DAY + 600);
    await kit.close();
  });
});

describe('An invalid revocation option', () => {
  const wrong: readonly [revocation: unknown, message: string][] = [
    [true, 'revocation is true; write { store, onUnavailable, cacheSeconds }, or false'],
    [{ store: {} }, 'revocation.store is {}; write a store with revoke() and find()'],
    [{ onUnavailable: 'ignore' }, "write 'allow' or 'deny'"],
    [{ cacheSeconds: 61 }, 'revocation.cacheSeconds is 61; write a whole number from 0 to 60'],
    [{ stor: {} }, 'did you mean "store"'],
  ];
  const pool = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: '1example23456789' };

  for (const [revocation, message] of wrong) {
    it(`is refused: ${message}`, () => {
      const options = { ...pool, revocation } as object;
      expect(() => requireAuth(options)).to.throw(TypeError, message);
      expect(() => createCognitoRouter(options)).to.throw(TypeError, message);
    });
  }
});
