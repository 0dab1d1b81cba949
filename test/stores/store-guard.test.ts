import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import express from 'express';
import type { ClientRateLimitInfo } from 'express-rate-limit';
import supertest, { type Response } from 'supertest';
import type { AuthEvent } from '../../src/config/events.ts';
import type { Config } from '../../src/config/options.ts';
import type { RevocationStore } from '../../src/config/revocation.ts';
import { MemoryStore } from '../../src/pipeline/memory-store.ts';
import { requireAuth } from '../../src/require-auth.ts';
import { MemoryRevocationStore } from '../../src/session/revocation.ts';
import { StoreBreaker, StoreUnavailable } from '../../src/stores/store-guard.ts';
import type { StoreNotice } from '../../src/stores/store-source.ts';
import { eventually } from '../support/eventually.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const SECRET = 'the same on every instance';

/** A store that can hang or fail, and records the keys of each lookup. */
class AppStore implements RevocationStore {
  readonly lookups: (readonly string[])[] = [];
  mode: 'answers' | 'hangs' | 'rejects' = 'answers';

  async revoke(): Promise<void> {
    await this.find([]);
  }

  async find(keys: readonly string[]): Promise<readonly undefined[]> {
    this.lookups.push(keys);
    if (this.mode === 'hangs') await new Promise(() => undefined);
    if (this.mode === 'rejects') throw new Error('down');
    return keys.map(() => undefined);
  }
}

function start(config: Config): Promise<Kit> {
  return startKit({
    config,
    app: (auth) =>
      express()
        .use('/auth', auth)
        .get('/route', auth.requireAuth(), (_req, res) => res.json({})),
  });
}

describe('A revocation store of the app', function () {
  this.timeout(20_000);
  let kit: Kit;
  let store: AppStore;
  let token: string;
  const events: AuthEvent[] = [];
  const log = captureLog();

  beforeEach(async () => {
    store = new AppStore();
    log.clear();
    events.length = 0;
    kit = await start({
      logger: log.logger,
      revocation: { store, cacheSeconds: 0 },
      onEvent: (event) => void events.push(event),
    });
    token = (await kit.signUpAndIn()).tokens.accessToken;
    expectStatus(await route(), 200);
  });
  afterEach(() => kit.close());

  const route = (): PromiseLike<Response> =>
    kit.request.get('/route').set('Authorization', `Bearer ${token}`);
  const health = async (): Promise<unknown> => expectStatus(await kit.get('/health'), 200).body;
  const lines = (): unknown[] =>
    log.lines().flatMap(({ msg, stores }) => (/^store (un)?av/.test(String(msg)) ? [[msg, stores]] : []));

  it('that hangs is only probed until it answers, and is reported once', async () => {
    store.mode = 'hangs';
    expectProblem(await route(), 'store_unavailable');
    const before = store.lookups.length;
    for (let i = 0; i < 20; i++) expectProblem(await route(), 'store_unavailable');
    for (const keys of store.lookups.slice(before)) expect(keys).to.deep.equal(['probe']);
    expect(await health()).to.deep.equal({ status: 'degraded' });
    store.mode = 'answers';
    await eventually(async () => (await route()).status === 200);
    expect(await health()).to.deep.equal({ status: 'ok' });
    const stores = ['revocation'];
    expect(lines()).to.deep.equal([
      ['store unavailable', stores],
      ['store available', stores],
    ]);
    expect(events.filter(({ type }) => type.startsWith('store.'))).to.have.lengthOf(2);
  });

  it('that fails five times in a row is reported as unavailable once, and not after four times', async () => {
    store.mode = 'rejects';
    for (let i = 0; i < 4; i++) expectProblem(await route(), 'store_unavailable');
    store.mode = 'answers';
    expectStatus(await route(), 200);
    store.mode = 'rejects';
    for (let i = 0; i < 4; i++) expectProblem(await route(), 'store_unavailable');
    expect(lines()).to.deep.equal([]);
    for (let i = 0; i < 4; i++) expectProblem(await route(), 'store_unavailable');
    expect(lines()).to.deep.equal([['store unavailable', ['revocation']]]);
  });

  it('has one state for the router and a standalone requireAuth', async () => {
    const alone = supertest(
      express().get(
        '/',
        requireAuth({ ...kit.pool.config, revocation: { store, cacheSeconds: 0 } }),
        (_req, res) => res.json({}),
      ),
    );
    store.mode = 'hangs';
    expectProblem(await route(), 'store_unavailable');
    const before = store.lookups.length;
    expectProblem(await alone.get('/').set('Authorization', `Bearer ${token}`), 'store_unavailable');
    expect(store.lookups.slice(before).filter(([key]) => key !== 'probe')).to.deep.equal([]);
  });
});

describe('Rate limit stores of the app', () => {
  it('are not queried after one of them hangs', async () => {
    let hangs = false;
    let increments = 0;
    class HangingStore extends MemoryStore {
      override increment(key: string): ClientRateLimitInfo {
        increments++;
        return hangs ? (new Promise(() => undefined) as never) : super.increment(key);
      }
      override resetKey(key: string): void {
        super.resetKey(key);
        if (hangs) throw new Error('down');
      }
    }
    const kit = await startKit({
      config: { rateLimits: { store: () => new HangingStore(), secret: SECRET, onUnavailable: 'allow' } },
    });
    const { email } = await kit.signUpAndIn();
    hangs = true;
    increments = 0;
    expectStatus(await kit.post('/sign-in', { email, password: PASSWORD }), 200);
    expectProblem(await kit.post('/sign-in', { email, password: 'Wrong-horse-1' }), 'invalid_credentials');
    expect(increments).to.equal(1);
    await kit.close();
  });
});

describe('StoreBreaker', function () {
  this.timeout(10_000);

  it('stays closed after one late answer if other calls are answered in time', async () => {
    const notices: StoreNotice[] = [];
    const breaker = new StoreBreaker({ probe: () => undefined });
    breaker.watch((notice) => notices.push(notice));
    const late = Promise.resolve(breaker.ask(() => new Promise(() => undefined))).catch(
      (error: Error) => error.message,
    );
    const others = setInterval(() => void breaker.ask(async () => 'in time'), 50);
    expect(await late).to.match(/^No answer within/);
    clearInterval(others);
    expect(notices).to.deep.equal([]);
  });

  it('refuses every pending call when one of them times out and none was answered', async () => {
    const breaker = new StoreBreaker({ probe: () => undefined });
    const outcomes: string[] = [];
    const hang = (name: string): Promise<void> =>
      Promise.resolve(breaker.ask(() => new Promise<never>(() => undefined))).catch((error: Error) => {
        outcomes.push(`${name}: ${error.constructor.name}`);
      });
    const first = hang('first');
    await sleep(600);
    await Promise.all([first, hang('second')]);
    expect(outcomes).to.have.members(['first: TookTooLong', 'second: StoreUnavailable']);
  });

  it('closes as soon as a probe succeeds', async () => {
    const breaker = new StoreBreaker({ probe: async () => undefined });
    await Promise.resolve(breaker.ask(() => new Promise(() => undefined))).catch(() => undefined);
    expect(() => breaker.ask(() => undefined)).to.throw(StoreUnavailable);
    await eventually(() => breaker.available);
  });
});

describe('A full memory store', () => {
  it('reports evictions once per interval, in the log and as an event', async () => {
    const events: AuthEvent[] = [];
    const log = captureLog();
    const kit = await startKit({
      config: {
        logger: log.logger,
        revocation: { store: new MemoryRevocationStore(2) },
        onEvent: (event) => void events.push(event),
      },
    });
    for (let i = 0; i < 6; i++) {
      const { accessToken, refreshToken } = (await kit.signUpAndIn()).tokens;
      expectStatus(await kit.post('/sign-out', { refreshToken }, accessToken), 200);
    }
    const warnings = log.lines().filter(({ msg }) => /^memory store full/.test(String(msg)));
    expect(warnings).to.have.lengthOf(1);
    expect(warnings[0]).to.deep.include({ level: 40, stores: ['revocation'], evicted: 1, evictedTotal: 1 });
    const full = events.filter(({ type }) => type === 'store.full');
    expect(full).to.have.lengthOf(1);
    expect(full[0]).to.deep.include({ stores: ['revocation'], evicted: 1 });
    await kit.close();
  });

  it('does not report the removal of expired entries', () => {
    const store = new MemoryRevocationStore(2);
    const notices: StoreNotice[] = [];
    store.evictions.watch((notice) => notices.push(notice));
    for (let i = 0; i < 10; i++) store.revoke(String(i), 1, 1);
    expect(notices).to.deep.equal([]);
  });
});
