import diagnosticsChannel from 'node:diagnostics_channel';
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import express from 'express';
import { type AuthEvent, EVENT_CHANNEL } from '../../src/config/events.ts';
import type { Config } from '../../src/config/options.ts';
import type { RefreshStore } from '../../src/config/refresh.ts';
import type { RevocationStore } from '../../src/config/revocation.ts';
import type { ClientSettings } from '../../src/local/model/settings.ts';
import { createCognitoRouter } from '../../src/router.ts';
import { recordKey, seal, unseal } from '../../src/session/refresh-record.ts';
import { MemoryRefreshStore } from '../../src/session/refresh-store.ts';
import { createSingleFlight } from '../../src/session/single-flight.ts';
import { answerWith, fail, startFakeCognito } from '../support/fake-cognito.ts';
import { claimsOf, expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const ADA = 'ada@example.com';
const REFRESH_CALL = 'GetTokensFromRefreshToken';

/** Rotation without a grace period: Cognito refuses a repeated refresh token. */
const ROTATING: ClientSettings = {
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
  RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
};

async function start(client: ClientSettings = ROTATING, config: Config = {}): Promise<Kit> {
  return startKit({
    pool: { appClient: client, users: [{ username: ADA, password: PASSWORD }] },
    config,
    app: (auth) =>
      express()
        .use('/auth', auth)
        .get('/route', auth.requireAuth(), (_req, res) => void res.json({})),
  });
}

/** Calls a route that makes no call to Cognito. */
const route = (kit: Kit, accessToken: string) =>
  kit.request.get('/route').set('Authorization', `Bearer ${accessToken}`);

const refresh = (kit: Kit, refreshToken: string, more: object = {}) =>
  kit.post('/refresh', { refreshToken, ...more });

for (const [rotation, client] of [
  ['on', ROTATING],
  ['off', {}],
] as const) {
  describe(`Refreshes of one session with rotation ${rotation}`, () => {
    let kit: Kit;
    let first: string;
    beforeEach(async () => {
      kit = await start(client);
      first = kit.pool.tokensFor(ADA).refreshToken;
    });
    afterEach(() => kit.close());

    it('concurrent refreshes make one call to Cognito, and return the same tokens', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(kit, first)));
      for (const answer of answers) {
        expectStatus(answer, 200);
        expect(answer.body).to.deep.equal(answers[0]?.body);
      }
      expect(kit.pool.requests.count(REFRESH_CALL)).to.equal(1);
      const { accessToken, refreshToken = first } = answers[0]?.body.tokens ?? {};
      expectStatus(await kit.get('/me', accessToken), 200);
      expectStatus(await refresh(kit, refreshToken), 200);
    });

    it('a repeated refresh returns the same tokens with their remaining lifetime', async () => {
      const { tokens } = expectStatus(await refresh(kit, first), 200).body;
      await sleep(1100);
      const { tokens: again } = expectStatus(await refresh(kit, first), 200).body;
      expect(again.expiresIn).to.be.within(tokens.expiresIn - 3, tokens.expiresIn - 1);
      expect({ ...again, expiresIn: 0 }).to.deep.equal({ ...tokens, expiresIn: 0 });
      expect(kit.pool.requests.count(REFRESH_CALL)).to.equal(1);
    });

    it('a refresh is refused after a sign-out by the refresh token alone', async () => {
      const { refreshToken = first } = expectStatus(await refresh(kit, first), 200).body.tokens;
      expectStatus(await kit.post('/sign-out', { refreshToken }), 200);
      for (const token of new Set([first, refreshToken])) {
        expectProblem(await refresh(kit, token), 'invalid_refresh_token');
      }
    });

    it('a refresh during a sign-out is refused, and its tokens are revoked', async () => {
      kit.pool.faults.inject({ kind: 'delay', ms: 300, times: 1, on: REFRESH_CALL, afterwards: true });
      const refreshing = refresh(kit, first).then((answer) => answer);
      while (kit.pool.requests.count(REFRESH_CALL) === 0) await sleep(5);
      expectStatus(await kit.post('/sign-out', { refreshToken: first }), 200);
      expectProblem(await refreshing, 'invalid_refresh_token');
      // The tokens of the refresh are revoked as well.
      expect(kit.pool.requests.count('RevokeToken')).to.equal(2);
    });

    it('a remembered refresh is not returned after a sign-out', async () => {
      const { tokens } = expectStatus(await refresh(kit, first), 200).body;
      const { accessToken, refreshToken = first } = tokens;
      expectStatus(await kit.post('/sign-out', { refreshToken }, accessToken), 200);
      kit.pool.requests.clear();
      expectProblem(await refresh(kit, first), 'invalid_refresh_token');
      // The refusal needs no call to Cognito.
      expect(kit.pool.requests.count(REFRESH_CALL)).to.equal(0);
    });

    it('a timeout is returned to all concurrent refreshes, and the next refresh calls Cognito again', async () => {
      const hurried = await startKit({ pool: kit.pool, config: { timeouts: { call: 1000 } } });
      kit.pool.faults.inject({ kind: 'hang', times: 1 });
      const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(hurried, first)));
      for (const answer of answers) expectProblem(answer, 'upstream_timeout');
      expect(kit.pool.requests.count(REFRESH_CALL)).to.equal(1);
      expectStatus(await refresh(hurried, first), 200);
    });

    for (const [kind, code] of [
      ['throttle', 'rate_limited'],
      ['status', 'upstream_unavailable'],
      ['internalError', 'upstream_error'],
      ['reset', 'upstream_error'],
    ] as const) {
      it(`a refresh that failed with the fault ${kind} is not remembered`, async () => {
        kit.pool.faults.inject({ kind, times: 2 });
        for (let i = 0; i < 2; i++) expectProblem(await refresh(kit, first), code);
        expectStatus(await refresh(kit, first), 200);
        expect(kit.pool.requests.count(REFRESH_CALL)).to.equal(3);
      });
    }

    it('concurrent refreshes of a revoked session are refused after one call to Cognito', async () => {
      await kit.post('/sign-out', { refreshToken: first });
      kit.pool.requests.clear();
      kit.pool.faults.inject({ kind: 'delay', ms: 300, times: 1 });
      const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(kit, first)));
      for (const answer of answers) expectProblem(answer, 'invalid_refresh_token');
      expect(kit.pool.requests.count(REFRESH_CALL)).to.equal(1);
    });

    it('concurrent refreshes succeed even if the first client disconnects', async () => {
      kit.pool.faults.inject({ kind: 'delay', ms: 300, times: 1 });
      const gone = new AbortController();
      const firstRequest = fetch(`${kit.url}/auth/refresh`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ refreshToken: first }),
        signal: gone.signal,
      }).catch(() => undefined);
      while (kit.pool.requests.count(REFRESH_CALL) === 0) await sleep(5);
      const second = refresh(kit, first).then((answer) => answer);
      gone.abort();
      await firstRequest;
      expectStatus(await second, 200);
      expect(kit.pool.requests.count(REFRESH_CALL)).to.equal(1);
    });
  });
}

describe('A single refresh', () => {
  it('is not returned after a sign-out with revocation: false', async () => {
    const kit = await start({}, { revocation: false });
    const { refreshToken } = kit.pool.tokensFor(ADA);
    expectStatus(await refresh(kit, refreshToken), 200);
    expectStatus(await kit.post('/sign-out', { refreshToken }), 200);
    expectProblem(await refresh(kit, refreshToken), 'invalid_refresh_token');
    await kit.close();
  });

  it('answers 504 after a timeout, and the next one succeeds', async () => {
    const kit = await start(ROTATING, { timeouts: { call: 1000 } });
    const { refreshToken } = kit.pool.tokensFor(ADA);
    kit.pool.faults.inject({ kind: 'hang', times: 1 });
    expectProblem(await refresh(kit, refreshToken), 'upstream_timeout');
    expectStatus(await refresh(kit, refreshToken), 200);
    await kit.close();
  });

  it('is not shared between devices', async () => {
    const kit = await startKit({ pool: { users: [{ username: ADA, password: PASSWORD }] } });
    const { refreshToken } = kit.pool.tokensFor(ADA);
    const device = (n: number) => ({
      device: { deviceKey: `us-east-1_0000000${n}-0000-0000-0000-000000000000` },
    });
    await Promise.all([refresh(kit, refreshToken, device(1)), refresh(kit, refreshToken, device(2))]);
    expect(kit.pool.requests.count(REFRESH_CALL)).to.equal(2);
    await kit.close();
  });

  it('is not shared between app clients of a pool', async () => {
    const kit = await start({}, { refresh: { store: new MemoryRefreshStore() } });
    const { refreshToken } = kit.pool.tokensFor(ADA);
    const store = new MemoryRefreshStore();
    const one = await startKit({ pool: kit.pool, config: { refresh: { store } } });
    const other = kit.pool.addClient();
    const two = await startKit({ pool: kit.pool, config: { ...other, refresh: { store } } });
    expectStatus(await refresh(one, refreshToken), 200);
    expectProblem(await refresh(two, refreshToken), 'invalid_refresh_token');
    await Promise.all([one, two, kit].map((each) => each.close()));
  });

  it('returns tokens that a sign-out by the refresh token alone revokes, even without rotation', async () => {
    const kit = await start({});
    const { refreshToken } = kit.pool.tokensFor(ADA);
    const other = kit.pool.tokensFor(ADA);
    const { tokens } = expectStatus(await refresh(kit, refreshToken), 200).body;
    expectStatus(await route(kit, tokens.accessToken), 200);
    expectStatus(await kit.post('/sign-out', { refreshToken }), 200);
    expectProblem(await route(kit, tokens.accessToken), 'invalid_token');
    // Another session of the user stays valid.
    expectStatus(await route(kit, other.accessToken), 200);
    await kit.close();
  });

  it('is refused for a session that only this process knows as revoked', async () => {
    const kit = await start();
    const { accessToken, refreshToken } = kit.pool.tokensFor(ADA);
    // Cognito revokes nothing: only this process knows of the sign-out.
    kit.pool.faults.inject({ kind: 'empty', on: 'RevokeToken', times: 1 });
    expectStatus(await kit.post('/sign-out', { refreshToken }, accessToken), 200);
    kit.pool.requests.clear();
    expectProblem(await refresh(kit, refreshToken), 'invalid_refresh_token');
    expect(kit.pool.requests.list().map(({ name }) => name)).to.deep.equal([REFRESH_CALL, 'RevokeToken']);
    expectProblem(await refresh(kit, refreshToken), 'invalid_refresh_token');
    await kit.close();
  });

  it('returns tokens that are revoked if a slow store is recording a sign-out', async () => {
    const memory = new MemoryRefreshStore();
    const steps = new EventEmitter();
    const [publishing, resume] = [once(steps, 'publishing'), once(steps, 'resume')];
    let signedOutKey = '';
    const store: RefreshStore = {
      claim: memory.claim.bind(memory),
      release: memory.release.bind(memory),
      find: memory.find.bind(memory),
      async publish(key, owner, value, ttlMs) {
        if (key === signedOutKey) {
          steps.emit('publishing');
          await resume;
        }
        memory.publish(key, owner, value, ttlMs);
      },
    };
    const kit = await start(ROTATING, { refresh: { store } });
    const { userPoolId, clientId } = kit.pool.config;
    const { refreshToken } = kit.pool.tokensFor(ADA);
    signedOutKey = recordKey('signed out', userPoolId, clientId, refreshToken);
    // Only this process knows of the sign-out, by the refresh token alone.
    kit.pool.faults.inject({ kind: 'empty', on: 'RevokeToken', times: 1 });
    const signedOut = kit.post('/sign-out', { refreshToken }).then((answer) => answer);
    await publishing;
    const { tokens } = expectStatus(await refresh(kit, refreshToken), 200).body;
    steps.emit('resume');
    expectStatus(await signedOut, 200);
    expectProblem(await kit.get('/me', tokens.accessToken), 'invalid_token');
    expectProblem(await refresh(kit, tokens.refreshToken), 'invalid_refresh_token');
    await kit.close();
  });

  it('succeeds while the revocation store is unavailable, but its tokens are refused until the store answers', async () => {
    let down = true;
    const store: RevocationStore = {
      revoke: () => undefined,
      find: (keys) => (down ? Promise.reject(new Error('down')) : keys.map(() => undefined)),
    };
    const kit = await start(ROTATING, { revocation: { store } });
    const { refreshToken } = kit.pool.tokensFor(ADA);
    const { tokens } = expectStatus(await refresh(kit, refreshToken), 200).body;
    expectProblem(await kit.get('/me', tokens.accessToken), 'store_unavailable');
    down = false;
    expectStatus(await kit.get('/me', tokens.accessToken), 200);
    expectStatus(await refresh(kit, tokens.refreshToken), 200);
    await kit.close();
  });
});

describe('Refresh token reuse', () => {
  let kit: Kit;
  let events: AuthEvent[];
  const log = captureLog();
  beforeEach(async () => {
    events = [];
    kit = await start(ROTATING, {
      onEvent: (event) => void events.push(event),
      refresh: { reuseWindowSeconds: 0 },
      logger: log.logger,
    });
  });
  afterEach(() => kit.close());

  it('revokes the session and no other, and is reported without any token', async () => {
    const published: unknown[] = [];
    const subscriber = (event: unknown): void => void published.push(event);
    diagnosticsChannel.subscribe(EVENT_CHANNEL, subscriber);
    const { refreshToken: stolen, accessToken } = kit.pool.tokensFor(ADA);
    const other = kit.pool.tokensFor(ADA);
    // The session is refreshed three times.
    let newest = { refreshToken: stolen, accessToken };
    for (let i = 0; i < 3; i++) {
      newest = expectStatus(await refresh(kit, newest.refreshToken), 200).body.tokens;
    }
    expectStatus(await route(kit, newest.accessToken), 200);

    expectProblem(await refresh(kit, stolen), 'invalid_refresh_token');
    expectProblem(await route(kit, newest.accessToken), 'invalid_token');
    expectProblem(await route(kit, accessToken), 'invalid_token');
    expectProblem(await refresh(kit, newest.refreshToken), 'invalid_refresh_token');
    // Cognito has revoked the session as well.
    const last = kit.pool.requests.list().at(-1);
    expect([last?.name, last?.error]).to.deep.equal([REFRESH_CALL, 'NotAuthorizedException']);
    expectStatus(await route(kit, other.accessToken), 200);
    expectStatus(await refresh(kit, other.refreshToken), 200);

    const reuse = events.filter(({ type }) => type === 'refresh.reuse');
    expect(reuse).to.have.lengthOf(1);
    expect(reuse[0]).to.include({
      endpoint: 'refresh',
      sub: claimsOf(accessToken).sub,
      code: 'invalid_refresh_token',
      exception: 'RefreshTokenReuseException',
    });
    expect(published).to.include(reuse[0]);
    diagnosticsChannel.unsubscribe(EVENT_CHANNEL, subscriber);
    const output = log.text() + JSON.stringify(events);
    for (const token of [stolen, newest.refreshToken, newest.accessToken])
      expect(output).to.not.include(token);
  });

  it('revokes the newest refresh token of the session, which is the valid one', async () => {
    const fake = await startFakeCognito();
    const app = fake.app();
    fake.answer = ({ operation, input }, res) => {
      const [, number] = /^token\.(\d)$/.exec(String(input.RefreshToken)) ?? [];
      const exchanged = { AccessToken: 'a', IdToken: 'b', RefreshToken: `token.${Number(number) + 1}` };
      const again = fake.requests.filter((each) => each.input.RefreshToken === input.RefreshToken);
      if (operation !== REFRESH_CALL) answerWith({})({ operation, input } as never, res);
      else if (again.length > 1) fail('RefreshTokenReuseException', 'x')({} as never, res);
      else answerWith({ AuthenticationResult: exchanged })({} as never, res);
    };
    for (const refreshToken of ['token.0', 'token.1', 'token.2']) {
      expectStatus(await app.call('refresh', { refreshToken }), 200);
    }
    expectProblem(await app.call('refresh', { refreshToken: 'token.0' }), 'invalid_refresh_token');
    const revoked = fake.requests.filter(({ operation }) => operation === 'RevokeToken');
    expect(revoked.map(({ input }) => input.Token)).to.deep.equal(['token.3']);
    await fake.close();
  });

  it('is reported without a sub if another instance rotated the token', async () => {
    const { refreshToken } = kit.pool.tokensFor(ADA);
    const elsewhere = await startKit({ pool: kit.pool });
    const { tokens } = expectStatus(await refresh(elsewhere, refreshToken), 200).body;
    expectProblem(await refresh(kit, refreshToken), 'invalid_refresh_token');
    expect(events.map(({ type, sub }) => [type, sub])).to.deep.equal([
      ['refresh.reuse', undefined],
      ['refresh.failed', undefined],
    ]);
    // Another instance may have refreshed legitimately, so the session stays valid.
    expectStatus(await refresh(elsewhere, tokens.refreshToken), 200);
    await elsewhere.close();
  });

  it('is not reported after a sign-out of the session', async () => {
    const { refreshToken } = kit.pool.tokensFor(ADA);
    const { tokens } = expectStatus(await refresh(kit, refreshToken), 200).body;
    expectStatus(await kit.post('/sign-out', { refreshToken: tokens.refreshToken }, tokens.accessToken), 200);
    events.length = 0;
    expectProblem(await refresh(kit, refreshToken), 'invalid_refresh_token');
    expect(events.map(({ type }) => type)).to.deep.equal(['refresh.failed']);
  });

  it('at sign-out revokes the session, including the newer tokens', async () => {
    const { refreshToken } = kit.pool.tokensFor(ADA);
    const { tokens } = expectStatus(await refresh(kit, refreshToken), 200).body;
    expectStatus(await route(kit, tokens.accessToken), 200);
    kit.pool.requests.clear();
    // As from a tab that missed the refresh and has no unexpired access token.
    expectStatus(await kit.post('/sign-out', { refreshToken }), 200);
    expect(kit.pool.requests.count('RevokeToken')).to.equal(2);
    expectProblem(await route(kit, tokens.accessToken), 'invalid_token');
    expectProblem(await refresh(kit, tokens.refreshToken), 'invalid_refresh_token');
    expect(events.map(({ type }) => type)).to.not.include('refresh.reuse');
  });

  it('is accepted within the grace period of the app client', async () => {
    const lenient = await start(
      {
        ...ROTATING,
        RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 60 },
      },
      { refresh: { reuseWindowSeconds: 0 } },
    );
    const { refreshToken } = lenient.pool.tokensFor(ADA);
    const { tokens } = expectStatus(await refresh(lenient, refreshToken), 200).body;
    expectStatus(await refresh(lenient, refreshToken), 200);
    expectStatus(await refresh(lenient, tokens.refreshToken), 200);
    await lenient.close();
  });
});

describe('An unavailable refresh store', () => {
  const throwDown = (): never => {
    throw new Error('down');
  };
  const hang = () => new Promise<never>(() => undefined);
  /** A new store each time: one that did not answer in time is not asked again at once. */
  const hanging = (): RefreshStore => ({ claim: hang, publish: hang, release: hang, find: hang });
  const answering = (answer: unknown): RefreshStore =>
    ({
      claim: () => answer,
      publish: () => undefined,
      release: () => undefined,
      find: () => answer,
    }) as unknown as RefreshStore;
  const STORES: Record<string, RefreshStore> = {
    throws: { claim: throwDown, publish: throwDown, release: throwDown, find: throwDown },
    rejects: {
      claim: () => Promise.reject(new Error('down')),
      publish: () => Promise.reject(new Error('down')),
      release: () => Promise.reject(new Error('down')),
      find: () => Promise.reject(new Error('down')),
    },
    hangs: hanging(),
    'returns invalid records': {
      claim: () => ({ value: 'garbage' }),
      publish: () => undefined,
      release: () => undefined,
      find: () => 'garbage',
    },
    'returns null': answering(null),
    'returns a number': answering(1),
    'returns an object': answering({}),
    'returns a value that is not text': answering({ value: 1 }),
    'returns an unknown word': answering('yours'),
  };
  for (const [fault, store] of Object.entries(STORES)) {
    it(`that ${fault} is logged, and concurrent refreshes still make one call to Cognito`, async () => {
      const log = captureLog();
      const kit = await start(ROTATING, { refresh: { store }, logger: log.logger });
      const { refreshToken } = kit.pool.tokensFor(ADA);
      const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(kit, refreshToken)));
      for (const answer of answers) expectStatus(answer, 200);
      expectStatus(await refresh(kit, refreshToken), 200);
      expect(kit.pool.requests.count(REFRESH_CALL)).to.equal(1);
      expect(log.text()).to.include('refresh store failed').and.not.include(refreshToken);
      await kit.close();
    });
  }

  it('that hangs delays a refresh by one store timeout only', async () => {
    const kit = await start(ROTATING, {
      refresh: { store: hanging() },
      // Longer than one store timeout, and shorter than two.
      timeouts: { call: 1900 },
    });
    const { refreshToken } = kit.pool.tokensFor(ADA);
    expectStatus(await refresh(kit, refreshToken), 200);
    await kit.close();
  });

  for (const invalid of [null, 1, {}, false, Buffer.from('text')]) {
    it(`that returns ${JSON.stringify(invalid)} in place of text is reported, and counts as no record`, async () => {
      const faults: unknown[] = [];
      const singleFlight = createSingleFlight({
        store: answering(invalid),
        callMs: 1000,
        onFault: (error) => faults.push(String(error)),
      });
      expect(await singleFlight.recall('token', 'key')).to.equal(undefined);
      expect(faults).to.deep.equal(['TypeError: The refresh store did not answer with text.']);
    });
  }

  it('makes a refusal of Cognito uncertain, because another instance may have refreshed', async () => {
    for (const [store, certain] of [
      [STORES.rejects, false],
      [undefined, true],
    ] as const) {
      const singleFlight = createSingleFlight({ store, callMs: 1000, onFault: () => undefined });
      const outcome = await singleFlight.once('token', 'key', async () => ({ record: {}, rememberMs: 0 }));
      expect(outcome.certain).to.equal(certain);
    }
  });
});

describe('Refresh store entries', () => {
  it('reveal neither tokens nor the user', async () => {
    const given: string[] = [];
    const memory = new MemoryRefreshStore();
    const recorded =
      <A extends unknown[], T>(method: (...args: A) => T) =>
      (...args: A): T => {
        given.push(...args.map(String));
        return method.apply(memory, args);
      };
    const store: RefreshStore = {
      claim: recorded(memory.claim),
      publish: recorded(memory.publish),
      release: recorded(memory.release),
      find: recorded(memory.find),
    };
    const kit = await start(ROTATING, { refresh: { store } });
    const { refreshToken } = kit.pool.tokensFor(ADA);
    const { tokens } = expectStatus(await refresh(kit, refreshToken), 200).body;
    expect(given).to.have.length.of.at.least(8);
    const { sub, origin_jti } = claimsOf(tokens.accessToken);
    const everything = given.flatMap((text) => [text, Buffer.from(text, 'base64url').toString('latin1')]);
    for (const secret of [refreshToken, tokens.refreshToken, tokens.accessToken, sub, origin_jti, ADA]) {
      for (const text of everything) expect(text).to.not.include(String(secret));
    }
    await kit.close();
  });

  it('open only unchanged, with their token and their key', () => {
    const key = recordKey('a', 'b');
    const sealed = seal('token', key, { secret: 1 });
    expect(unseal('token', key, sealed)).to.deep.equal({ secret: 1 });
    expect(seal('token', key, { secret: 1 })).to.not.equal(sealed);
    const changed = `${sealed.slice(0, 20)}${sealed[20] === 'A' ? 'B' : 'A'}${sealed.slice(21)}`;
    for (const [token, under, text] of [
      ['other', key, sealed],
      ['token', recordKey('ab'), sealed],
      ['token', key, changed],
      ['token', key, ''],
    ] as const) {
      expect(() => unseal(token, under, text)).to.throw();
    }
  });
});

describe('MemoryRefreshStore', () => {
  it('gives a claim to one owner, until the claim expires', async () => {
    const store = new MemoryRefreshStore();
    expect(store.claim('key', 'a', 30)).to.equal('mine');
    expect(store.claim('key', 'b', 1000)).to.equal('pending');
    expect(store.claim('key', 'a', 30)).to.equal('mine');
    store.release('key', 'b');
    expect(store.claim('key', 'b', 1000)).to.equal('pending');
    await sleep(40);
    expect(store.claim('key', 'b', 1000)).to.equal('mine');
    store.publish('key', 'a', 'late', 1000);
    expect(store.find('key')).to.equal(undefined);
    store.publish('key', 'b', 'value', 30);
    expect(store.claim('key', 'a', 1000)).to.deep.equal({ value: 'value' });
    expect(store.find('key')).to.equal('value');
    await sleep(40);
    expect(store.find('key')).to.equal(undefined);
    expect(store.size).to.equal(0);
  });

  it('evicts the oldest entry if it is full', () => {
    const store = new MemoryRefreshStore(3_000_000);
    const value = 'x'.repeat(500_000);
    for (let i = 0; i < 20; i++) store.publish(`key ${i}`, 'me', value, 60_000);
    expect(store.size).to.be.within(2, 5);
    expect(store.find('key 19')).to.equal(value);
    expect(store.find('key 0')).to.equal(undefined);
  });

  it('removes expired entries before it evicts others', async () => {
    const store = new MemoryRefreshStore(3_000_000);
    const value = 'x'.repeat(500_000);
    store.publish('lasting', 'me', value, 60_000);
    for (let i = 0; i < 4; i++) store.publish(`brief ${i}`, 'me', value, 1);
    await sleep(10);
    for (let i = 0; i < 4; i++) store.publish(`new ${i}`, 'me', value, 60_000);
    expect(store.find('lasting')).to.equal(value);
    expect(store.find('new 3')).to.equal(value);
  });
});

describe('An invalid refresh option', () => {
  const wrong: readonly [refresh: unknown, message: string][] = [
    [false, 'refresh is false; write { reuseWindowSeconds, store }, or leave it out'],
    [{ reuseWindowSeconds: 61 }, 'refresh.reuseWindowSeconds is 61; write a number of seconds from 0 to 60'],
    [{ reuseWindowSeconds: '10' }, 'refresh.reuseWindowSeconds is "10"; write a number'],
    [{ reuseWindowSeconds: Number.NaN }, 'write a number of seconds from 0 to 60'],
    [{ store: {} }, 'refresh.store is {}; write a store with claim(), publish(), release() and find()'],
    [{ grace: 1 }, 'refresh has no option "grace"'],
  ];
  for (const [given, message] of wrong) {
    it(`is refused: ${message}`, () => {
      const config = {
        userPoolId: 'us-east-1_AbCdEfGhI',
        clientId: '1example23456789',
        refresh: given,
      } as Config;
      expect(() => createCognitoRouter(config)).to.throw(TypeError, message);
    });
  }
});
