import { expect } from 'chai';
import type { RevocationStore } from '../../src/config/revocation.ts';
import { redisStores } from '../../src/redis/index.ts';
import { createRevocations } from '../../src/session/revocation.ts';
import { mockMonotonicClock } from '../support/monotonic-clock.ts';

const authOf = (session: string) =>
  ({ payload: { iss: 'x/pool', sub: 'ada', origin_jti: session, iat: 1000 } }) as never;

/** A store that another process could share. */
function sharedStore() {
  const revoked = new Map<string, number>();
  const store = {
    questions: 0,
    revoke: async (key: string, upTo: number) => void revoked.set(key, upTo),
    find: async (keys: readonly string[]) => {
      store.questions++;
      return keys.map((key) => revoked.get(key));
    },
    revokeElsewhere: () => revoked.set('session pool o', Number.MAX_SAFE_INTEGER),
  };
  return store;
}

describe('A shared revocation store', () => {
  const auth = authOf('o');
  let advance: ReturnType<typeof mockMonotonicClock>;

  beforeEach(() => {
    advance = mockMonotonicClock();
  });
  afterEach(() => advance.restore());

  it('is asked about a token once in a second, and the token of another instance is refused after that', async () => {
    const store = sharedStore();
    const revocations = createRevocations({ store });
    expect(await revocations.check(auth)).to.equal(undefined);
    store.revokeElsewhere();
    advance(999);
    expect(revocations.check(auth)).to.equal(undefined);
    expect(store.questions).to.equal(1);
    advance(1);
    expect(await revocations.check(auth)).to.include({ code: 'invalid_token' });
    expect(revocations.check(auth)).to.include({ code: 'invalid_token' });
    expect(store.questions).to.equal(2);
  });

  it('is asked about each token', async () => {
    const store = sharedStore();
    const revocations = createRevocations({ store });
    for (const session of ['a', 'b', 'c']) await revocations.check(authOf(session));
    expect(store.questions).to.equal(3);
  });

  it('is asked with every request if cacheSeconds is 0, whatever the other middleware remembers', async () => {
    const store = sharedStore();
    const strict = createRevocations({ store, cacheSeconds: 0 });
    await createRevocations({ store, cacheSeconds: 60 }).check(auth);
    store.revokeElsewhere();
    expect(await strict.check(auth)).to.include({ code: 'invalid_token' });
  });

  it('is asked about each refreshed token', async () => {
    const store = sharedStore();
    const revocations = createRevocations({ store });
    await revocations.check(auth);
    store.revokeElsewhere();
    expect(await revocations.checkRefreshed(auth)).to.include({ code: 'invalid_token' });
  });

  it('refuses a token at once that any router of the process has revoked', async () => {
    const store = sharedStore();
    const revocations = createRevocations({ store });
    for (const end of ['endSession', 'endUser'] as const) {
      expect(await revocations.check(authOf(end))).to.equal(undefined);
    }
    await createRevocations({ store }).endSession(authOf('endSession'));
    expect(await revocations.check(authOf('endSession'))).to.include({ code: 'invalid_token' });
    await createRevocations({ store }).endUser(authOf('endUser'));
    expect(await revocations.check(authOf('endUser'))).to.include({ code: 'invalid_token' });
  });

  it('refuses a token at once that another store object of the same database has revoked', async () => {
    const store = sharedStore();
    const revocations = createRevocations({ store });
    expect(await revocations.check(auth)).to.equal(undefined);
    await createRevocations({ store: { ...store } }).endSession(auth);
    expect(await revocations.check(auth)).to.include({ code: 'invalid_token' });
  });

  it('leaves no answer that a revocation of the process has overtaken', async () => {
    const store = sharedStore();
    const { find } = store;
    let answer = (): void => undefined;
    store.find = async (keys) => {
      const found = await find(keys);
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return found;
    };
    const revocations = createRevocations({ store });
    const early = revocations.check(auth);
    await new Promise(setImmediate);
    await revocations.endSession(auth);
    answer();
    expect(await early).to.equal(undefined);
    store.find = find;
    expect(await revocations.check(auth)).to.include({ code: 'invalid_token' });
  });

  it('is asked again after a failure', async () => {
    const store = sharedStore();
    const { find } = store;
    store.find = () => Promise.reject(new Error('down'));
    const revocations = createRevocations({ store });
    expect(await revocations.check(auth)).to.include({ code: 'store_unavailable' });
    store.find = find;
    expect(await revocations.check(auth)).to.equal(undefined);
  });

  it('is always asked if it answers without a promise', () => {
    const revoked = new Map<string, number>();
    const store: RevocationStore = {
      revoke: () => undefined,
      find: (keys) => keys.map((key) => revoked.get(key)),
    };
    const revocations = createRevocations({ store });
    expect(revocations.check(auth)).to.equal(undefined);
    revoked.set('session pool o', Number.MAX_SAFE_INTEGER);
    expect(revocations.check(auth)).to.include({ code: 'invalid_token' });
  });
});

describe('The revocation store of Redis', () => {
  it('asks about the tokens of concurrent requests with one command', async () => {
    const commands: (readonly string[])[] = [];
    const { revocation } = redisStores({
      sendCommand: async (command) => {
        commands.push(command);
        return command.slice(2).map((_field, index) => (index % 2 ? null : `${index} 99`));
      },
    });
    const sessions = Array.from({ length: 20 }, (_, i) => [`user ${i}`, `session ${i}`]);
    const found = await Promise.all(sessions.map((keys) => revocation.find(keys)));
    expect(found).to.deep.equal(sessions.map((_keys, index) => [index * 2, undefined]));
    expect(commands.map(([name, , ...fields]) => `${name} ${fields.length}`)).to.deep.equal(['HMGET 40']);
    await revocation.find(['later']);
    expect(commands).to.have.lengthOf(2);
  });

  it('fails for all requests of a command that fails, and for no later one', async () => {
    let reply: () => Promise<unknown> = () => Promise.reject(new Error('ERR down'));
    const { revocation } = redisStores({ sendCommand: () => reply() });
    const failed = await Promise.allSettled([revocation.find(['a']), revocation.find(['b'])]);
    expect(failed.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    reply = async () => ['7 99'];
    expect(await revocation.find(['a'])).to.deep.equal([7]);
  });
});
