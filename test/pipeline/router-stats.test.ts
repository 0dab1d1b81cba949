import { expect } from 'chai';
import express from 'express';
import supertest from 'supertest';
import type { RouterStats } from '../../src/pipeline/router-stats.ts';
import { requireAuth } from '../../src/require-auth.ts';
import { ProblemError } from '../../src/shared/problem.ts';
import {
  expectProblem,
  expectStatus,
  type Kit,
  type KitOptions,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';
import { TOUR_POOL, TOUR_USERS, takeTour } from '../support/tour.ts';

const ADA = { email: 'ada@example.com', password: PASSWORD };

describe('auth.stats()', () => {
  let kit: Kit;
  const start = async (options: KitOptions = {}): Promise<void> => {
    kit = await startKit({
      app: (auth) =>
        express()
          .use('/auth', auth)
          .get('/route', auth.requireAuth(), (_req, res) => res.json({})),
      ...options,
      pool: { users: [{ username: ADA.email, password: PASSWORD }], ...options.pool },
    });
  };
  afterEach(() => kit.close());
  const route = (token: string): supertest.Test =>
    kit.request.get('/route').set('Authorization', `Bearer ${token}`);
  const signIn = async (body: object = ADA): Promise<{ accessToken: string; refreshToken: string }> =>
    expectStatus(await kit.post('/sign-in', body), 200).body.tokens;

  it('starts at zero, and is plain JSON', async () => {
    await start();
    const stats = kit.auth.stats();
    expect(JSON.parse(JSON.stringify(stats))).to.deep.equal(stats);
    expect(stats.since).to.be.within(Date.now() - 60_000, Date.now());
    expect(stats).to.deep.include({
      events: {},
      signIns: { completed: 0, challenged: 0, failed: {} },
      challenges: {},
      refreshes: { succeeded: 0, failed: {}, reused: 0 },
      rateLimits: {},
      cognito: {},
    });
    expect(stats.tokens.keys).to.deep.equal([
      {
        userPoolId: kit.pool.config.userPoolId,
        keys: 0,
        ageSeconds: null,
        fetches: 0,
        failedFetches: 0,
        lastError: null,
      },
    ]);
  });

  it('counts completed and failed sign-ins, and keeps earlier snapshots', async () => {
    await start();
    const before = kit.auth.stats();
    await signIn();
    await signIn();
    expectProblem(await kit.post('/sign-in', { ...ADA, password: OTHER_PASSWORD }), 'invalid_credentials');
    expectProblem(await kit.post('/sign-in', {}), 'validation_failed');
    expect(kit.auth.stats().signIns).to.deep.equal({
      completed: 2,
      challenged: 0,
      failed: { invalid_credentials: 1, validation_failed: 1 },
    });
    expect(kit.auth.stats().events).to.deep.equal({
      'sign_in.succeeded': { ok: 2 },
      'sign_in.failed': { invalid_credentials: 1, validation_failed: 1 },
    });
    expect(before.signIns.completed).to.equal(0);
  });

  it('counts challenges that were posed, passed and failed, by name', async () => {
    await start();
    const email = 'invited@example.com';
    kit.pool.addUser({ username: email, password: PASSWORD, status: 'FORCE_CHANGE_PASSWORD' });
    const { challenge } = (await kit.post('/sign-in', { email, password: PASSWORD })).body;
    const { name, session, username } = challenge;
    const answer = { name, session, username };
    expectProblem(await kit.post('/challenge', { ...answer, newPassword: 'short' }), 'invalid_password');
    expectStatus(await kit.post('/challenge', { ...answer, newPassword: OTHER_PASSWORD }), 200);
    expectProblem(await kit.post('/challenge', { ...answer, name: 'NO_SUCH' }), 'validation_failed');
    const { challenges, signIns } = kit.auth.stats();
    expect(challenges).to.deep.equal({ NEW_PASSWORD_REQUIRED: { posed: 1, passed: 1, failed: 1 } });
    expect(signIns).to.deep.include({ completed: 1, challenged: 1 });
  });

  it('does not count a sign-in that onSignedIn refuses as completed', async () => {
    const refusal = { status: 403, code: `user ${ADA.email} is late`, title: 'x', detail: 'x', headers: {} };
    await start({
      config: {
        hooks: {
          onSignedIn: () => {
            throw new ProblemError(refusal);
          },
        },
      },
    });
    expectStatus(await kit.post('/sign-in', ADA), 403);
    // The code of a hook may be any text.
    expect(kit.auth.stats().signIns).to.deep.equal({ completed: 0, challenged: 0, failed: { custom: 1 } });
  });

  it('counts refreshes, and reused refresh tokens', async () => {
    await start({
      config: { refresh: { reuseWindowSeconds: 0 } },
      pool: { appClient: { RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 } } },
    });
    const { refreshToken } = await signIn();
    const { body } = expectStatus(await kit.post('/refresh', { refreshToken }), 200);
    expectStatus(await kit.post('/refresh', { refreshToken: body.tokens.refreshToken }), 200);
    expectProblem(await kit.post('/refresh', { refreshToken }), 'invalid_refresh_token');
    expect(kit.auth.stats().refreshes).to.deep.equal({
      succeeded: 2,
      failed: { invalid_refresh_token: 1 },
      reused: 1,
    });
  });

  it('counts refusals by limiter', async () => {
    const limit = { limit: 1, windowMs: 60_000 };
    await start({ config: { rateLimits: { account: { signIn: limit } } } });
    await signIn();
    for (let i = 0; i < 3; i++) expectProblem(await kit.post('/sign-in', ADA), 'rate_limited');
    expect(kit.auth.stats().rateLimits).to.deep.equal({ 'signIn-account': 3 });
  });

  it('counts accepted and refused tokens, the cache and the signing keys', async () => {
    await start();
    const { accessToken } = await signIn();
    for (let i = 0; i < 3; i++) expectStatus(await route(accessToken), 200);
    expectStatus(await kit.get('/me', accessToken), 200);
    expectProblem(await route('undefined'), 'invalid_token');
    expectProblem(await route(kit.pool.tokensFor(ADA.email).idToken), 'invalid_token');
    expectStatus(await kit.request.get('/route'), 401);
    expectStatus(await kit.post('/sign-out', { everywhere: true }, accessToken), 200);
    expectProblem(await route(accessToken), 'invalid_token');
    const { tokens } = kit.auth.stats();
    expect(tokens.refused).to.deep.equal({ malformed: 1, wrong_token_use: 1, revoked: 1 });
    expect(tokens.accepted).to.equal(5);
    expect(tokens.cache).to.include({ entries: 1, hits: 5 });
    expect(tokens.cache?.bytes).to.be.greaterThan(500);
    const [keys] = tokens.keys;
    expect(keys).to.include({ fetches: 1, failedFetches: 0, lastError: null });
    expect(keys?.keys).to.be.greaterThan(0);
    expect(keys?.ageSeconds).to.be.within(0, 60);
  });

  it('names the error of a failed fetch of the signing keys', async () => {
    await start();
    const { accessToken } = await signIn();
    kit.pool.faults.inject({ kind: 'status', on: 'jwks', status: 503 });
    expectProblem(await route(accessToken), 'upstream_unavailable');
    const { refused, keys } = kit.auth.stats().tokens;
    expect(refused).to.deep.equal({ upstream_unavailable: 1 });
    expect(keys[0]).to.include({ keys: 0, ageSeconds: null, failedFetches: 1, lastError: 'HTTP 503' });
  });

  it('tells the state of each store', async () => {
    await start();
    const inMemory = { shared: false, available: true, evicted: 0 };
    expect(kit.auth.stats().stores).to.deep.equal({
      revocation: inMemory,
      refresh: inMemory,
      rateLimits: inMemory,
    });
    await kit.close();
    let fails = false;
    const store = {
      revoke: () => undefined,
      find: (keys: readonly string[]) => {
        if (fails) throw new Error('down');
        return keys.map(() => undefined);
      },
    };
    await start({ config: { revocation: { store: store as never } } });
    const { accessToken } = await signIn();
    expectStatus(await route(accessToken), 200);
    expect(kit.auth.stats().stores.revocation).to.include({ shared: true, available: true });
    fails = true;
    for (let i = 0; i < 5; i++) expectProblem(await route(accessToken), 'store_unavailable');
    expect(kit.auth.stats().stores.revocation).to.include({ shared: true, available: false });
  });

  it('is the same for every middleware of the router, and separate for each router', async () => {
    await start();
    const { accessToken } = await signIn();
    expectStatus(await route(accessToken), 200);
    expect(kit.auth.requireAuth({ groups: 'admin' }).stats()).to.deep.equal(kit.auth.stats().tokens);
    const other = await startKit({ pool: kit.pool });
    expect(other.auth.stats().tokens.accepted).to.equal(0);
    await other.auth.close();
  });

  it('holds no name, address, token or code after a tour of every endpoint', async () => {
    await start({ pool: { pool: TOUR_POOL, users: TOUR_USERS } as never });
    const tour = await takeTour(kit);
    const stats: RouterStats = kit.auth.stats();
    // The decimals of a duration can be those of a code.
    const text = JSON.stringify(stats, (_name, value) => (typeof value === 'number' ? 0 : value));
    expect(Object.keys(stats.events).length).to.be.greaterThan(40);
    expect(Object.keys(stats.cognito).length).to.be.greaterThan(20);
    expect(text).to.not.match(/@|example|127\.0\.0\.1|eyJ|[\da-f]{8}-[\da-f]{4}|\+\d{8}/);
    const { never, handedOut } = tour.secrets;
    for (const secret of [...never, ...handedOut]) expect(text).to.not.include(secret);
  });
});

describe('requireAuth().stats()', () => {
  it('counts the tokens of all middleware with the same pools and cache, without a router', async () => {
    const kit = await startKit({ pool: { users: [{ username: ADA.email, password: PASSWORD }] } });
    const options = { ...kit.pool.config, cache: { maxEntries: 77 } };
    const protect = requireAuth(options);
    const app = supertest(
      express()
        .get('/', protect, (_req, res) => res.json({}))
        .get('/admin', requireAuth({ ...options, groups: 'admin' }), (_req, res) => res.json({})),
    );
    const { accessToken } = kit.pool.tokensFor(ADA.email);
    const bearer = `Bearer ${accessToken}`;
    expectStatus(await app.get('/').set('Authorization', bearer), 200);
    expectProblem(await app.get('/admin').set('Authorization', bearer), 'insufficient_group');
    expectProblem(await app.get('/').set('Authorization', `${bearer}x`), 'invalid_token');
    await protect.verify(accessToken);
    expect(protect.stats()).to.deep.include({ accepted: 3, refused: { malformed: 1 } });
    expect(protect.stats().cache).to.include({ hits: 2, misses: 2, entries: 1 });
    expect(requireAuth({ ...options, cache: false }).stats().cache).to.equal(null);
    await kit.close();
  });
});
