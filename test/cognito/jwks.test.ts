import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type JwksTimes, RemoteKeys, staticKeys, usableKeys } from '../../src/cognito/jwks.ts';
import { JwksServer } from '../support/jwks-server.ts';
import { mockMonotonicClock } from '../support/monotonic-clock.ts';
import { newKey } from '../support/pool-keys.ts';

const first = newKey('first');
const second = newKey('second');

let server: JwksServer;
let withdrawals: number;

function remote(times: Partial<JwksTimes> = {}): RemoteKeys {
  return new RemoteKeys(server.uri, () => withdrawals++, times);
}

/** The reason why there are no keys. */
async function failure(keys: RemoteKeys): Promise<string> {
  try {
    await keys.ready();
  } catch (error) {
    return String((error as Error).cause);
  }
  return 'none';
}

describe('which keys of a JWKS are used', () => {
  const kids = (...keys: unknown[]) => [...usableKeys({ keys }).keys()];

  it('takes RSA signature keys', () => {
    expect(kids(first.jwk, second.jwk)).to.deep.equal(['first', 'second']);
    const { alg, use, ...bare } = first.jwk;
    expect(kids(bare)).to.deep.equal(['first']);
  });

  const refused: Record<string, Record<string, unknown>> = {
    'is of another type': { ...first.jwk, kty: 'EC' },
    'is a secret': { kty: 'oct', kid: 'first', k: 'c2VjcmV0', alg: 'RS256' },
    'is for encryption': { ...first.jwk, use: 'enc' },
    'is for another algorithm': { ...first.jwk, alg: 'RS512' },
    'has no key id': { ...first.jwk, kid: undefined },
    'has an empty key id': { ...first.jwk, kid: '' },
    'has a key id that is no string': { ...first.jwk, kid: 1 },
    'has no modulus': { ...first.jwk, n: undefined },
    'has no exponent': { ...first.jwk, e: undefined },
    'has a broken modulus': { ...first.jwk, n: '' },
    'is shorter than 2048 bits': newKey('short', { bits: 1024 }).jwk,
    'has a modulus over 16,384 bits': { ...first.jwk, n: 'z'.repeat(2732) },
    'has an exponent over 64 bits': { ...first.jwk, e: 'z'.repeat(12) },
    'has the exponent 1': { ...first.jwk, e: 'AQ' },
    'has an even exponent': { ...first.jwk, e: 'AQAA' },
  };
  for (const [what, jwk] of Object.entries(refused)) {
    it(`drops a key that ${what}, and keeps the others`, () => {
      expect(kids(jwk, second.jwk)).to.deep.equal(['second']);
    });
  }

  it('drops both of two keys with one id, however often it comes', () => {
    const twin = { ...second.jwk, kid: 'first' };
    expect(kids(first.jwk, twin, second.jwk)).to.deep.equal(['second']);
    expect(kids(first.jwk, twin, first.jwk, second.jwk)).to.deep.equal(['second']);
  });

  for (const jwks of [
    null,
    [],
    'keys',
    { keys: null },
    { keys: { 0: first.jwk } },
    { keys: [null, 'key', []] },
  ]) {
    it(`finds none in ${JSON.stringify(jwks)?.slice(0, 30)}`, () => {
      expect(usableKeys(jwks).size).to.equal(0);
    });
  }

  it('costs no second of CPU time, however large the exponent of a key is', () => {
    const before = process.cpuUsage();
    const size = 128 * 1024;
    expect(kids({ ...first.jwk, n: 'z'.repeat(size), e: 'z'.repeat(size - 100) })).to.deep.equal([]);
    expect(process.cpuUsage(before).user / 1e6).to.be.below(1);
  });

  it('says so when a set that was given has none', () => {
    expect(() => staticKeys({ keys: [] })).to.throw(TypeError, 'jwks has no usable key');
  });
});

describe('fetching the keys of a pool', () => {
  beforeEach(async () => {
    withdrawals = 0;
    server = await JwksServer.start({ keys: [first.jwk] });
  });
  afterEach(() => server.close());

  it('is not done before they are needed', () => {
    remote();
    expect(server.requests).to.equal(0);
  });

  it('is done once for all who wait', async () => {
    const keys = remote();
    await Promise.all([keys.ready(), keys.ready(), keys.refresh(), keys.refresh()]);
    await keys.ready();
    expect(server.requests).to.equal(1);
    expect(keys.find('first')?.jwk.kid).to.equal('first');
    expect(keys.find('second')).to.equal(undefined);
    expect(keys.seek('second')).to.equal(2);
  });

  const bad: Record<string, { answer: JwksServer['answer']; says: string }> = {
    'an error': { answer: (_req, res) => res.writeHead(500).end('{"keys":[]}'), says: '500' },
    'an answer without keys': { answer: { keys: [] }, says: 'no usable key' },
    'an answer with unusable keys': {
      answer: { keys: [{ ...first.jwk, use: 'enc' }] },
      says: 'no usable key',
    },
    'an answer that is no JSON': { answer: (_req, res) => res.end('<html>'), says: 'SyntaxError' },
    'an answer that breaks off': {
      answer: (_req, res) => {
        res.writeHead(200, { 'Content-Length': 1000 });
        res.write('{"keys":', () => res.destroy());
      },
      says: 'aborted',
    },
    'an answer over 256 KiB': {
      answer: (_req, res) => res.end(JSON.stringify({ keys: [first.jwk], padding: 'x'.repeat(256 * 1024) })),
      says: 'larger than 262144 bytes',
    },
    'an answer without end': {
      answer: (_req, res) => {
        const more = () => res.write('x'.repeat(65_536), (error) => error ?? setImmediate(more));
        more();
      },
      says: 'larger than 262144 bytes',
    },
    'an answer that does not come': { answer: () => {}, says: 'AbortError' },
    'an answer that drips': {
      answer: (_req, res) => {
        const drip = setInterval(() => res.write(' '), 20);
        res.on('close', () => clearInterval(drip));
      },
      says: 'aborted',
    },
  };
  for (const [what, { answer, says }] of Object.entries(bad)) {
    it(`keeps the good keys over ${what}, and says what it was`, async () => {
      const started = performance.now();
      const keys = remote({ coolDown: 0, fetchTimeout: 300 });
      await keys.ready();
      server.answer = answer;
      await keys.refresh();
      expect(keys.find('first')).to.be.an('object');
      expect(keys.seek('second')).to.equal(1);
      expect(await failure(remote({ fetchTimeout: 300 }))).to.include(says);
      // Twice the default would be 6,000.
      expect(performance.now() - started).to.be.below(5000);
    });
  }

  it('gives up a whole fetch after 3 seconds', async () => {
    server.answer = bad['an answer that drips']?.answer ?? {};
    const started = performance.now();
    expect(await failure(remote())).to.include('aborted');
    expect(performance.now() - started).to.be.within(2900, 6000);
  });

  it('follows no redirect', async () => {
    const elsewhere = await JwksServer.start({ keys: [first.jwk] });
    server.answer = (_req, res) => res.writeHead(302, { Location: elsewhere.uri }).end();
    expect(await failure(remote())).to.include('302');
    expect(elsewhere.requests).to.equal(0);
    await elsewhere.close();
  });

  it('reports an endpoint that is not there, and recovers when it is', async () => {
    const { port } = server;
    await server.close();
    const keys = new RemoteKeys(`http://127.0.0.1:${port}/jwks.json`, () => {}, { firstBackOff: 50 });
    expect(await failure(keys)).to.include('ECONNREFUSED');
    expect(keys.seek('first')).to.equal(1);
    await server.listen(port);
    await sleep(60);
    expect(await keys.seek('first')).to.be.an('object');
  });

  it('backs off further with each failure, up to a limit, and starts anew after a success', async () => {
    const backOff = { coolDown: 0, firstBackOff: 1_000, maxBackOff: 3_000 };
    const keys = remote(backOff);
    const advance = mockMonotonicClock();
    try {
      server.answer = { keys: [] };
      const waits: unknown[] = [];
      for (let i = 0; i < 4; i++) {
        await keys.refresh();
        const wait = Number(keys.seek('first'));
        waits.push(wait);
        advance(wait * 1000 - 1);
        expect(keys.refresh()).to.equal(undefined);
        advance(1);
      }
      expect(waits).to.deep.equal([1, 2, 3, 3]);
      expect(server.requests).to.equal(4);
      server.answer = { keys: [first.jwk] };
      await keys.refresh();
      server.answer = { keys: [] };
      await keys.refresh();
      expect(keys.seek('second')).to.equal(1);
    } finally {
      advance.restore();
    }
  });

  it('happens at most once in a cool-down, and finds a rotated key right after it', async () => {
    const keys = remote();
    const advance = mockMonotonicClock();
    try {
      await keys.ready();
      server.answer = { keys: [second.jwk] };
      for (let elapsed = 0; elapsed < 2; elapsed++) {
        expect(keys.refresh()).to.equal(undefined);
        advance(999);
      }
      expect(keys.refresh()).to.equal(undefined);
      advance(2);
      await Promise.all([keys.refresh(), keys.refresh()]);
      expect(server.requests).to.equal(2);
      expect(keys.find('second')).to.be.an('object');
    } finally {
      advance.restore();
    }
  });

  it('tells when a key is withdrawn or replaced, and not when one is added', async () => {
    const keys = remote({ coolDown: 0 });
    await keys.ready();
    server.answer = { keys: [first.jwk, second.jwk] };
    await keys.refresh();
    expect(withdrawals).to.equal(0);
    server.answer = { keys: [first.jwk, { ...first.jwk, kid: 'second' }] };
    await keys.refresh();
    expect(withdrawals).to.equal(1);
    server.answer = { keys: [first.jwk] };
    await keys.refresh();
    expect(withdrawals).to.equal(2);
    expect(keys.find('second')).to.equal(undefined);
  });

  it('is repeated in the background after an hour of use, so that a withdrawn key goes', async () => {
    const keys = remote();
    const advance = mockMonotonicClock();
    try {
      await keys.ready();
      server.answer = { keys: [second.jwk] };
      advance(3_599_000);
      expect(keys.find('first')).to.be.an('object');
      expect(server.requests).to.equal(1);
      advance(1_000);
      expect(keys.find('first'), 'the old key serves meanwhile').to.be.an('object');
      await keys.refresh();
      expect(server.requests).to.equal(2);
      expect(keys.find('first')).to.equal(undefined);
      expect(withdrawals).to.equal(1);
    } finally {
      advance.restore();
    }
  });
});
