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
const ASKED = 'GetTokensFromRefreshToken';

/** No grace at Cognito: of two that come with one refresh token, one loses. */
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

/** A route that asks nothing of Cognito. */
const route = (kit: Kit, accessToken: string) =>
  kit.request.get('/route').set('Authorization', `Bearer ${accessToken}`);

const refresh = (kit: Kit, refreshToken: string, more: object = {}) =>
  kit.post('/refresh', { refreshToken, ...more });

for (const [how, client] of [
  ['on', ROTATING],
  ['off', {}],
] as const) {
  describe(`Tabs that refresh one session, with rotation ${how}`, () => {
    let kit: Kit;
    let first: string;
    beforeEach(async () => {
      kit = await start(client);
      first = kit.pool.tokensFor(ADA).refreshToken;
    });
    afterEach(() => kit.close());

    it('at the same moment cost one call to Cognito, and all get the same tokens', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(kit, first)));
      for (const answer of answers) {
        expectStatus(answer, 200);
        expect(answer.body).to.deep.equal(answers[0]?.body);
      }
      expect(kit.pool.requests.count(ASKED)).to.equal(1);
      const { accessToken, refreshToken = first } = answers[0]?.body.tokens ?? {};
      expectStatus(await kit.get('/me', accessToken), 200);
      expectStatus(await refresh(kit, refreshToken), 200);
    });

    it('shortly after each other get the same tokens, with what is left of their life', async () => {
      const { tokens } = expectStatus(await refresh(kit, first), 200).body;
      await sleep(1100);
      const { tokens: again } = expectStatus(await refresh(kit, first), 200).body;
      expect(again.expiresIn).to.be.within(tokens.expiresIn - 3, tokens.expiresIn - 1);
      expect({ ...again, expiresIn: 0 }).to.deep.equal({ ...tokens, expiresIn: 0 });
      expect(kit.pool.requests.count(ASKED)).to.equal(1);
    });

    it('get nothing of a session that was signed out by its refresh token alone', async () => {
      const { refreshToken = first } = expectStatus(await refresh(kit, first), 200).body.tokens;
      expectStatus(await kit.post('/sign-out', { refreshToken }), 200);
      for (const token of new Set([first, refreshToken])) {
        expectProblem(await refresh(kit, token), 'invalid_refresh_token');
      }
    });

    it('get nothing of a session that is signed out at the same moment', async () => {
      kit.pool.faults.inject({ kind: 'delay', ms: 300, times: 1, on: ASKED, afterwards: true });
      const refreshing = refresh(kit, first).then((answer) => answer);
      while (kit.pool.requests.count(ASKED) === 0) await sleep(5);
      expectStatus(await kit.post('/sign-out', { refreshToken: first }), 200);
      expectProblem(await refreshing, 'invalid_refresh_token');
      // What came of it is revoked as well.
      expect(kit.pool.requests.count('RevokeToken')).to.equal(2);
    });

    it('get nothing of a session that was signed out meanwhile', async () => {
      const { tokens } = expectStatus(await refresh(kit, first), 200).body;
      const { accessToken, refreshToken = first } = tokens;
      expectStatus(await kit.post('/sign-out', { refreshToken }, accessToken), 200);
      kit.pool.requests.clear();
      expectProblem(await refresh(kit, first), 'invalid_refresh_token');
      // It was remembered, and not given away.
      expect(kit.pool.requests.count(ASKED)).to.equal(0);
    });

    it('are all told when Cognito does not answer, and the next one asks again', async () => {
      const hurried = await startKit({ pool: kit.pool, config: { timeouts: { call: 1000 } } });
      kit.pool.faults.inject({ kind: 'hang', times: 1 });
      const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(hurried, first)));
      for (const answer of answers) expectProblem(answer, 'upstream_timeout');
      expect(kit.pool.requests.count(ASKED)).to.equal(1);
      expectStatus(await refresh(hurried, first), 200);
    });

    for (const [kind, code] of [
      ['throttle', 'rate_limited'],
      ['status', 'upstream_unavailable'],
      ['internalError', 'upstream_error'],
      ['reset', 'upstream_error'],
    ] as const) {
      it(`are not held to what Cognito could not say: ${kind}`, async () => {
        kit.pool.faults.inject({ kind, times: 2 });
        for (let i = 0; i < 2; i++) expectProblem(await refresh(kit, first), code);
        expectStatus(await refresh(kit, first), 200);
        expect(kit.pool.requests.count(ASKED)).to.equal(3);
      });
    }

    it('are all told at once when the session is over', async () => {
      await kit.post('/sign-out', { refreshToken: first });
      kit.pool.requests.clear();
      kit.pool.faults.inject({ kind: 'delay', ms: 300, times: 1 });
      const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(kit, first)));
      for (const answer of answers) expectProblem(answer, 'invalid_refresh_token');
      expect(kit.pool.requests.count(ASKED)).to.equal(1);
    });

    it('do not depend on the one that came first, and went away', async () => {
      kit.pool.faults.inject({ kind: 'delay', ms: 300, times: 1 });
      const gone = new AbortController();
      const asked = fetch(`${kit.url}/auth/refresh`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ refreshToken: first }),
        signal: gone.signal,
      }).catch(() => undefined);
      while (kit.pool.requests.count(ASKED) === 0) await sleep(5);
      const second = refresh(kit, first).then((answer) => answer);
      gone.abort();
      await asked;
      expectStatus(await second, 200);
      expect(kit.pool.requests.count(ASKED)).to.equal(1);
    });
  });
}

describe('A refresh', () => {
  it('is not given away after a sign-out where no token is ever looked up', async () => {
    const kit = await start({}, { revocation: false });
    const { refreshToken } = kit.pool.tokensFor(ADA);
    expectStatus(await refresh(kit, refreshToken), 200);
    expectStatus(await kit.post('/sign-out', { refreshToken }), 200);
    expectProblem(await refresh(kit, refreshToken), 'invalid_refresh_token');
    await kit.close();
  });

  it('whose answer is late is a 504, and what came of it is there for the next try', async () => {
    const kit = await start(ROTATING, { timeouts: { call: 1000 } });
    const { refreshToken } = kit.pool.tokensFor(ADA);
    kit.pool.faults.inject({ kind: 'hang', times: 1 });
    expectProblem(await refresh(kit, refreshToken), 'upstream_timeout');
    expectStatus(await refresh(kit, refreshToken), 200);
    await kit.close();
  });

  it('of a device that was not named does not count for one that was', async () => {
    const kit = await startKit({ pool: { users: [{ username: ADA, password: PASSWORD }] } });
    const { refreshToken } = kit.pool.tokensFor(ADA);
    const device = (n: number) => ({
      device: { deviceKey: `us-east-1_0000000${n}-0000-0000-0000-000000000000` },
    });
    await Promise.all([refresh(kit, refreshToken, device(1)), refresh(kit, refreshToken, device(2))]);
    expect(kit.pool.requests.count(ASKED)).to.equal(2);
    await kit.close();
  });

  it('does not count for another app client of the same pool', async () => {
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

  it('gives tokens that end with a sign-out by the refresh token alone, with rotation off too', async () => {
    const kit = await start({});
    const { refreshToken } = kit.pool.tokensFor(ADA);
    const other = kit.pool.tokensFor(ADA);
    const { tokens } = expectStatus(await refresh(kit, refreshToken), 200).body;
    expectStatus(await route(kit, tokens.accessToken), 200);
    expectStatus(await kit.post('/sign-out', { refreshToken }), 200);
    expectProblem(await route(kit, tokens.accessToken), 'invalid_token');
    // Another session of the same user goes on.
    expectStatus(await route(kit, other.accessToken), 200);
    await kit.close();
  });

  it('does not bring back a session that was signed out here, though Cognito would', async () => {
    const kit = await start();
    const { accessToken, refreshToken } = kit.pool.tokensFor(ADA);
    // Cognito ends nothing: the sign-out is known here alone.
    kit.pool.faults.inject({ kind: 'empty', on: 'RevokeToken', times: 1 });
    expectStatus(await kit.post('/sign-out', { refreshToken }, accessToken), 200);
    kit.pool.requests.clear();
    expectProblem(await refresh(kit, refreshToken), 'invalid_refresh_token');
    expect(kit.pool.requests.list().map(({ name }) => name)).to.deep.equal([ASKED, 'RevokeToken']);
    expectProblem(await refresh(kit, refreshToken), 'invalid_refresh_token');
    await kit.close();
  });

  it('does not outlive a sign-out that a slow store writes down while it is on its way', async () => {
    const memory = new MemoryRefreshStore();
    const steps = new EventEmitter();
    const [asked, heard] = [once(steps, 'asked'), once(steps, 'heard')];
    let signedOutKey = '';
    const store: RefreshStore = {
      claim: memory.claim.bind(memory),
      release: memory.release.bind(memory),
      find: memory.find.bind(memory),
      async publish(key, owner, value, ttlMs) {
        if (key === signedOutKey) {
          steps.emit('asked');
          await heard;
        }
        memory.publish(key, owner, value, ttlMs);
      },
    };
    const kit = await start(ROTATING, { refresh: { store } });
    const { userPoolId, clientId } = kit.pool.config;
    const { refreshToken } = kit.pool.tokensFor(ADA);
    signedOutKey = recordKey('signed out', userPoolId, clientId, refreshToken);
    // It is known here alone, and by the refresh token alone.
    kit.pool.faults.inject({ kind: 'empty', on: 'RevokeToken', times: 1 });
    const signedOut = kit.post('/sign-out', { refreshToken }).then((answer) => answer);
    await asked;
    const { tokens } = expectStatus(await refresh(kit, refreshToken), 200).body;
    steps.emit('heard');
    expectStatus(await signedOut, 200);
    expectProblem(await kit.get('/me', tokens.accessToken), 'invalid_token');
    expectProblem(await refresh(kit, tokens.refreshToken), 'invalid_refresh_token');
    await kit.close();
  });

  it('is not lost while the sign-outs cannot be looked up, and its tokens are not taken before they can', async () => {
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

describe('A refresh token that was used up', () => {
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

  it('ends the session for whoever has it when it comes again, and is reported', async () => {
    const published: unknown[] = [];
    const subscriber = (event: unknown): void => void published.push(event);
    diagnosticsChannel.subscribe(EVENT_CHANNEL, subscriber);
    const { refreshToken: stolen, accessToken } = kit.pool.tokensFor(ADA);
    const other = kit.pool.tokensFor(ADA);
    // It was refreshed several times since.
    let newest = { refreshToken: stolen, accessToken };
    for (let i = 0; i < 3; i++) {
      newest = expectStatus(await refresh(kit, newest.refreshToken), 200).body.tokens;
    }
    expectStatus(await route(kit, newest.accessToken), 200);

    expectProblem(await refresh(kit, stolen), 'invalid_refresh_token');
    expectProblem(await route(kit, newest.accessToken), 'invalid_token');
    expectProblem(await route(kit, accessToken), 'invalid_token');
    expectProblem(await refresh(kit, newest.refreshToken), 'invalid_refresh_token');
    // At Cognito it has ended too.
    const last = kit.pool.requests.list().at(-1);
    expect([last?.name, last?.error]).to.deep.equal([ASKED, 'NotAuthorizedException']);
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
    const said = log.text() + JSON.stringify(events);
    for (const token of [stolen, newest.refreshToken, newest.accessToken]) expect(said).to.not.include(token);
  });

  it('has the newest of its successors revoked, which is the one that is still good', async () => {
    const fake = await startFakeCognito();
    const app = fake.app();
    fake.answer = ({ operation, input }, res) => {
      const [, number] = /^token\.(\d)$/.exec(String(input.RefreshToken)) ?? [];
      const exchanged = { AccessToken: 'a', IdToken: 'b', RefreshToken: `token.${Number(number) + 1}` };
      const again = fake.requests.filter((each) => each.input.RefreshToken === input.RefreshToken);
      if (operation !== ASKED) answerWith({})({ operation, input } as never, res);
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

  it('is reported even if it is not known here whose it was', async () => {
    const { refreshToken } = kit.pool.tokensFor(ADA);
    const elsewhere = await startKit({ pool: kit.pool });
    const { tokens } = expectStatus(await refresh(elsewhere, refreshToken), 200).body;
    expectProblem(await refresh(kit, refreshToken), 'invalid_refresh_token');
    expect(events.map(({ type, sub }) => [type, sub])).to.deep.equal([
      ['refresh.reuse', undefined],
      ['refresh.failed', undefined],
    ]);
    // It may have been another instance that used it, which has no part in this.
    expectStatus(await refresh(elsewhere, tokens.refreshToken), 200);
    await elsewhere.close();
  });

  it('is no alarm once its session was signed out', async () => {
    const { refreshToken } = kit.pool.tokensFor(ADA);
    const { tokens } = expectStatus(await refresh(kit, refreshToken), 200).body;
    expectStatus(await kit.post('/sign-out', { refreshToken: tokens.refreshToken }, tokens.accessToken), 200);
    events.length = 0;
    expectProblem(await refresh(kit, refreshToken), 'invalid_refresh_token');
    expect(events.map(({ type }) => type)).to.deep.equal(['refresh.failed']);
  });

  it('still signs out: the session goes on under another one, which ends too', async () => {
    const { refreshToken } = kit.pool.tokensFor(ADA);
    const { tokens } = expectStatus(await refresh(kit, refreshToken), 200).body;
    expectStatus(await route(kit, tokens.accessToken), 200);
    kit.pool.requests.clear();
    // Of a tab that has not heard of the refresh, and whose access token has expired.
    expectStatus(await kit.post('/sign-out', { refreshToken }), 200);
    expect(kit.pool.requests.count('RevokeToken')).to.equal(2);
    expectProblem(await route(kit, tokens.accessToken), 'invalid_token');
    expectProblem(await refresh(kit, tokens.refreshToken), 'invalid_refresh_token');
    expect(events.map(({ type }) => type)).to.not.include('refresh.reuse');
  });

  it('is good for as long as Cognito still takes it', async () => {
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

describe('A refresh store that is down', () => {
  const fault = (): never => {
    throw new Error('down');
  };
  const hang = () => new Promise<never>(() => undefined);
  const answering = (answer: unknown): RefreshStore =>
    ({
      claim: () => answer,
      publish: () => undefined,
      release: () => undefined,
      find: () => answer,
    }) as unknown as RefreshStore;
  const STORES: Record<string, RefreshStore> = {
    throws: { claim: fault, publish: fault, release: fault, find: fault },
    rejects: {
      claim: () => Promise.reject(new Error('down')),
      publish: () => Promise.reject(new Error('down')),
      release: () => Promise.reject(new Error('down')),
      find: () => Promise.reject(new Error('down')),
    },
    hangs: { claim: hang, publish: hang, release: hang, find: hang },
    'answers nonsense': {
      claim: () => ({ value: 'garbage' }),
      publish: () => undefined,
      release: () => undefined,
      find: () => 'garbage',
    },
    'answers null': answering(null),
    'answers a number': answering(1),
    'answers an object': answering({}),
    'answers a value that is no text': answering({ value: 1 }),
    'answers another word': answering('yours'),
  };
  for (const [what, store] of Object.entries(STORES)) {
    it(`and ${what}, still has one process refresh once, and says so in the log`, async () => {
      const log = captureLog();
      const kit = await start(ROTATING, { refresh: { store }, logger: log.logger });
      const { refreshToken } = kit.pool.tokensFor(ADA);
      const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(kit, refreshToken)));
      for (const answer of answers) expectStatus(answer, 200);
      expectStatus(await refresh(kit, refreshToken), 200);
      expect(kit.pool.requests.count(ASKED)).to.equal(1);
      expect(log.text()).to.include('refresh store failed').and.not.include(refreshToken);
      await kit.close();
    }).timeout(10_000);
  }

  it('and hangs, does not keep a refresh waiting for each of its questions', async () => {
    const kit = await start(ROTATING, {
      refresh: { store: STORES.hangs },
      // Longer than one question may take, and shorter than two.
      timeouts: { call: 1900 },
    });
    const { refreshToken } = kit.pool.tokensFor(ADA);
    expectStatus(await refresh(kit, refreshToken), 200);
    await kit.close();
  }).timeout(10_000);

  for (const nonsense of [null, 1, {}, false, Buffer.from('text')]) {
    it(`and answers ${JSON.stringify(nonsense)} in place of text, counts as a fault and as no record`, async () => {
      const faults: unknown[] = [];
      const flights = createSingleFlight({
        store: answering(nonsense),
        callMs: 1000,
        onFault: (error) => faults.push(String(error)),
      });
      expect(await flights.recall('token', 'key')).to.equal(undefined);
      expect(faults).to.deep.equal(['TypeError: The refresh store did not answer with text.']);
    });
  }

  it('leaves in doubt what Cognito refuses: another instance may have been first', async () => {
    for (const [store, certain] of [
      [STORES.rejects, false],
      [undefined, true],
    ] as const) {
      const flights = createSingleFlight({ store, callMs: 1000, onFault: () => undefined });
      const landed = await flights.once('token', 'key', async () => ({ record: {}, rememberMs: 0 }));
      expect(landed.certain).to.equal(certain);
    }
  });
});

describe('What a refresh store is given', () => {
  it('is a hash, and what only the refresh token opens', async () => {
    const given: string[] = [];
    const memory = new MemoryRefreshStore();
    const noted =
      <A extends unknown[], T>(method: (...args: A) => T) =>
      (...args: A): T => {
        given.push(...args.map(String));
        return method.apply(memory, args);
      };
    const store: RefreshStore = {
      claim: noted(memory.claim),
      publish: noted(memory.publish),
      release: noted(memory.release),
      find: noted(memory.find),
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

  it('opens with no other token, under no other key, and not when it was changed', () => {
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

describe('The refresh store in memory', () => {
  it('gives a claim to one owner, until it ends', async () => {
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

  it('is bounded, and forgets the oldest first', () => {
    const store = new MemoryRefreshStore(3_000_000);
    const value = 'x'.repeat(500_000);
    for (let i = 0; i < 20; i++) store.publish(`key ${i}`, 'me', value, 60_000);
    expect(store.size).to.be.within(2, 5);
    expect(store.find('key 19')).to.equal(value);
    expect(store.find('key 0')).to.equal(undefined);
  });

  it('makes room first where something has expired', async () => {
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

describe('A wrong refresh option', () => {
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
