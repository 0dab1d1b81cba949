import { KeyObject } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { AppClient, ServerState } from '../../../src/local/model/pool.ts';
import { UserPool } from '../../../src/local/model/pool.ts';
import { UserDirectory } from '../../../src/local/model/user-directory.ts';
import { ModelDecoder } from '../../../src/local/state/decode-model.ts';
import { encodeLines, ModelEncoder } from '../../../src/local/state/encode-model.ts';
import { fullModel } from '../../support/full-model.ts';

type Pools = { readonly pools: Map<string, UserPool>; readonly clients: Map<string, AppClient> };

/** What a member of ServerState is to a state file. */
const OF_SERVER: Readonly<Record<keyof ServerState, 'saved' | 'of the process'>> = {
  pools: 'saved',
  clients: 'saved',
  keys: 'saved',
  kmsKey: 'saved',
  clock: 'saved',
  region: 'saved',
  provisionedLimits: 'saved',
  limits: 'of the process',
  triggers: 'of the process',
  lambdaEndpoint: 'of the process',
  closing: 'of the process',
  deliver: 'of the process',
  isWriteBlocked: 'of the process',
  sessionDelayOf: 'of the process',
  urlOf: 'of the process',
  issuerOf: 'of the process',
};

function reread(service: ServerState, { pools, clients }: Pools): Pools {
  const lines = [...encodeLines({ keys: service.keys }, pools, { pools, clients })];
  const decoder = new ModelDecoder((region) => ({ ...service, region }));
  return lines.map((line) => decoder.decode(line)).at(-1) as Pools;
}

/** Walks two object graphs side by side. Returns the paths at which they differ in any way. */
function differences(before: unknown, after: unknown): string[] {
  const pairs = new Map<object, object>();
  const found: string[] = [];
  const walk = (a: unknown, b: unknown, path: string): void => {
    if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) {
      if (!Object.is(a, b) || typeof a === 'function') found.push(path);
      return;
    }
    if (pairs.has(a)) {
      if (pairs.get(a) !== b) found.push(`${path} (another object)`);
      return;
    }
    pairs.set(a, b);
    if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) found.push(`${path} (another class)`);
    for (const [name, part, counterpart] of partsOf(a, b)) walk(part, counterpart, `${path}.${name}`);
  };
  walk(before, after, 'model');
  return found;
}

function* partsOf(a: object, b: object): Generator<[name: string, a: unknown, b: unknown]> {
  if (a instanceof KeyObject) {
    yield ['key', true, b instanceof KeyObject && a.equals(b)];
    return;
  }
  if (a instanceof Uint8Array || a instanceof Date) {
    const text = (value: object): string =>
      `${value.constructor.name} ${Array.from(value as Uint8Array)} ${value}`;
    yield ['content', text(a), text(b)];
    return;
  }
  if (a instanceof UserDirectory) {
    yield ['users', a.all(), (b as UserDirectory).all()];
    return;
  }
  if (a instanceof Map || a instanceof Set) yield ['entries', [...a], [...(b as Set<unknown>)]];
  const [names, others] = [a, b].map((each) => Reflect.ownKeys(each)) as [PropertyKey[], PropertyKey[]];
  yield ['names', names.map(String).sort().join(), others.map(String).sort().join()];
  for (const name of names) {
    // A pool's server has functions. Its region alone is saved.
    if (a instanceof UserPool && name === 'service')
      yield ['region', a.service.region, (b as UserPool).service.region];
    else yield [String(name), Reflect.get(a, name), Reflect.get(b, name)];
  }
}

/** Returns the paths of the pool's and the users' collections without an entry. */
function emptyMembers(of: object, path: string): string[] {
  return Object.entries(of).flatMap(([name, value]) => {
    const isEmpty =
      value === undefined ||
      (Array.isArray(value) && value.length === 0) ||
      ((value instanceof Map || value instanceof Set) && value.size === 0);
    return isEmpty ? [`${path}.${name}`] : [];
  });
}

describe('local user pool: the model in a state file', () => {
  let service: ServerState;
  before(async () => {
    service = await fullModel();
  });

  it('no member of the model is lost or changed when the model is written and read', () => {
    const model = { pools: service.pools, clients: service.clients };
    expect(differences(model, reread(service, model))).to.deep.equal([]);
  });

  it('the walk finds a member that is lost, changed or shared no more', () => {
    const model = { pools: service.pools, clients: service.clients };
    const copy = reread(service, model);
    const pool = copy.pools.get('us-east-1_Full');
    const [user] = pool?.users.all() ?? [];
    Object.assign(pool ?? {}, { unknownUserKey: Buffer.alloc(32) });
    Reflect.deleteProperty(user ?? {}, 'totp');
    pool?.stepUps.clear();
    Object.assign(copy.clients.get('shop') ?? {}, { pool: new UserPool(service, 'us-east-1_Full', {}) });
    const found = differences(model, copy).join('\n');
    expect(found).to.include('.unknownUserKey.content');
    expect(found).to.include('users.0.names');
    expect(found).to.include('.stepUps.entries');
    expect(found).to.include('(another object)');
  });

  it('every member of a pool and of a user has a value in the walked model', () => {
    const pool = service.pools.get('us-east-1_Full');
    const [user] = pool?.users.all() ?? [];
    const empty = [...emptyMembers(pool ?? {}, 'UserPool'), ...emptyMembers(user ?? {}, 'User')];
    expect(empty, 'give these members a value in test/support/full-model.ts').to.deep.equal([]);
  });

  it('every member of the server is saved, or known to belong to the process', () => {
    expect(Object.keys(service).sort()).to.deep.equal(Object.keys(OF_SERVER).sort());
  });

  it('the model has no private or weak member, which the walk could not see, but the indexes of users', () => {
    const folder = new URL('../../../src/local/model/', import.meta.url);
    const hidden = readdirSync(folder).flatMap((file) => {
      const source = readFileSync(new URL(file, folder), 'utf8');
      const fields = [
        ...source.matchAll(/^ {2}readonly #\w+|^ {2}#\w+(?=\s*[:=;])|\bWeak(?:Map|Set|Ref)\b/gm),
      ];
      return fields.map(([text]) => `${file}: ${text.trim()}`);
    });
    expect(hidden).to.deep.equal(
      ['settings', 'users', 'bySub', 'byAlias', 'aliasKeys'].map(
        (name) => `user-directory.ts: readonly #${name}`,
      ),
    );
  });

  it('users are found by every sign-in name after the model was read', () => {
    const { pools } = reread(service, { pools: service.pools, clients: service.clients });
    const users = pools.get('us-east-1_Full')?.users;
    const [ana] = users?.all() ?? [];
    expect(['ANA', 'sub-of-ana', 'Ana@Example.com'].map((name) => users?.find(name) === ana)).to.deep.equal([
      true,
      true,
      true,
    ]);
  });

  it('a user of an older file gets the initial value of a newer member', () => {
    const pool = new UserPool(service, 'us-east-1_Old', {});
    const [user] = service.pools.get('us-east-1_Full')?.users.all() ?? [];
    const { uses: _added, ...older } = user ?? {};
    pool.users.add(older as never);
    const { pools } = reread(service, { pools: new Map([[pool.id, pool]]), clients: new Map() });
    expect(pools.get('us-east-1_Old')?.users.all()[0]?.uses).to.deep.equal(new Map());
  });

  for (const [kind, value] of [
    ['function', () => 1],
    ['WeakMap', new WeakMap()],
    ['symbol', Symbol('s')],
    ['Promise', Promise.resolve()],
    ['Float64Array', new Float64Array(1)],
    ['Session', new (class Session {})()],
    ['an object without a prototype', Object.create(null)],
  ] as const) {
    it(`a value of the kind ${kind} is refused with its path, because it could not be read again`, () => {
      expect(() => new ModelEncoder().encode({ pools: new Map([['a', { users: [value] }]]) })).to.throw(
        TypeError,
        `The member pools.1.users.0 cannot be saved, because it is of the kind ${kind}.`,
      );
    });
  }
});
