import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type JwksTimes, RemoteKeys, staticKeys, usableKeys } from '../../src/cognito/jwks.ts';
import { collectGarbage } from '../support/collect-garbage.ts';
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

/** The cause of a failed fetch. */
async function failure(keys: RemoteKeys): Promise<string> {
  try {
    await keys.ready();
  } catch (error) {
    return String((error as Error).cause);
  }
  return 'none';
}

describe('Keys of a JWKS', () => {
  const kids = (...keys: unknown[]) => [...usableKeys({ keys }).keys()];

  it('are usable if they are RSA signature keys', () => {
    expect(kids(first.jwk, second.jwk)).to.deep.equal(['first', 'second']);
    const { alg, use, ...bare } = first.jwk;
    expect(kids(bare)).to.deep.equal(['first']);
  });

  const refused: Record<string, Record<string, unknown>> = {
    'of another type': { ...first.jwk, kty: 'EC' },
    'that is a symmetric secret': { kty: 'oct', kid: 'first', k: 'c2VjcmV0', alg: 'RS256' },
    'for encryption': { ...first.jwk, use: 'enc' },
    'for another algorithm': { ...first.jwk, alg: 'RS512' },
    'without a key ID': { ...first.jwk, kid: undefined },
    'with an empty key ID': { ...first.jwk, kid: '' },
    'with a key ID that is not a string': { ...first.jwk, kid: 1 },
    'without a modulus': { ...first.jwk, n: undefined },
    'without an exponent': { ...first.jwk, e: undefined },
    'with an empty modulus': { ...first.jwk, n: '' },
    'shorter than 2048 bits': newKey('short', { bits: 1024 }).jwk,
    'with a modulus over 16,384 bits': { ...first.jwk, n: 'z'.repeat(2732) },
    'with an exponent over 64 bits': { ...first.jwk, e: 'z'.repeat(12) },
    'with the exponent 1': { ...first.jwk, e: 'AQ' },
    'with an even exponent': { ...first.jwk, e: 'AQAA' },
  };
  for (const [kind, jwk] of Object.entries(refused)) {
    it(`do not include a key ${kind}, but include the others`, () => {
      expect(kids(jwk, second.jwk)).to.deep.equal(['second']);
    });
  }

  it('do not include two different keys with the same key ID, even if one is repeated', () => {
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
    it(`are none in ${JSON.stringify(jwks)?.slice(0, 30)}`, () => {
      expect(usableKeys(jwks).size).to.equal(0);
    });
  }

  it('take less than a second of CPU time to check, even if a key has a huge exponent', () => {
    const before = process.cpuUsage();
    const size = 128 * 1024;
    expect(kids({ ...first.jwk, n: 'z'.repeat(size), e: 'z'.repeat(size - 100) })).to.deep.equal([]);
    expect(process.cpuUsage(before).user / 1e6).to.be.below(1);
  });

  it('throw a TypeError if a given JWKS has no usable key', () => {
    expect(() => staticKeys({ keys: [] })).to.throw(TypeError, 'jwks has no usable key');
  });
});

describe('Fetch of the JWKS', () => {
  beforeEach(async () => {
    withdrawals = 0;
    server = await JwksServer.start({ keys: [first.jwk] });
  });
  afterEach(() => server.close());

  it('does not start before a key is needed', () => {
    remote();
    expect(server.requests).to.equal(0);
  });

  it('is single-flight for concurrent calls', async () => {
    const keys = remote();
    await Promise.all([keys.ready(), keys.ready(), keys.refresh(), keys.refresh()]);
    await keys.ready();
    expect(server.requests).to.equal(1);
    expect(keys.find('first')?.jwk.kid).to.equal('first');
    expect(keys.find('second')).to.equal(undefined);
    expect(keys.seek('second')).to.equal(2);
  });

  const faults: Record<string, { answer: JwksServer['answer']; cause: string }> = {
    'an error response': { answer: (_req, res) => res.writeHead(500).end('{"keys":[]}'), cause: '500' },
    'a response without keys': { answer: { keys: [] }, cause: 'no usable key' },
    'a response with unusable keys': {
      answer: { keys: [{ ...first.jwk, use: 'enc' }] },
      cause: 'no usable key',
    },
    'a response that is not JSON': { answer: (_req, res) => res.end('<html>'), cause: 'SyntaxError' },
    'an aborted response': {
      answer: (_req, res) => {
        res.writeHead(200, { 'Content-Length': 1000 });
        res.write('{"keys":', () => res.destroy());
      },
      cause: 'aborted',
    },
    'a response over 256 KiB': {
      answer: (_req, res) => res.end(JSON.stringify({ keys: [first.jwk], padding: 'x'.repeat(256 * 1024) })),
      cause: 'larger than 262144 bytes',
    },
    'an endless response': {
      answer: (_req, res) => {
        const more = () => res.write('x'.repeat(65_536), (error) => error ?? setImmediate(more));
        more();
      },
      cause: 'larger than 262144 bytes',
    },
    'no response': { answer: () => {}, cause: 'AbortError' },
    'a response in slow single bytes': {
      answer: (_req, res) => {
        const drip = setInterval(() => res.write(' '), 20);
        res.on('close', () => clearInterval(drip));
      },
      cause: 'aborted',
    },
  };
  for (const [fault, { answer, cause }] of Object.entries(faults)) {
    it(`keeps the known keys after ${fault}, and reports the cause`, async () => {
      const started = performance.now();
      const keys = remote({ coolDown: 0, fetchTimeout: 300 });
      await keys.ready();
      server.answer = answer;
      await keys.refresh();
      expect(keys.find('first')).to.be.an('object');
      expect(keys.seek('second')).to.equal(1);
      expect(await failure(remote({ fetchTimeout: 300 }))).to.include(cause);
      // Twice the default would be 6,000.
      expect(performance.now() - started).to.be.below(5000);
    });
  }

  it('is aborted at its timeout even if the garbage collector runs meanwhile', async () => {
    server.answer = () => {};
    const collecting = setInterval(collectGarbage, 50);
    const keys = remote({ fetchTimeout: 500 });
    expect(await failure(keys).finally(() => clearInterval(collecting))).to.include('AbortError');
  });

  it('is aborted after 3 seconds in total', async () => {
    server.answer = faults['a response in slow single bytes']?.answer ?? {};
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

  it('reports an unreachable endpoint, and succeeds once the endpoint is reachable', async () => {
    const { port } = server;
    await server.close();
    const keys = new RemoteKeys(`http://127.0.0.1:${port}/jwks.json`, () => {}, { firstBackOff: 50 });
    expect(await failure(keys)).to.include('ECONNREFUSED');
    expect(keys.seek('first')).to.equal(1);
    await server.listen(port);
    await sleep(60);
    expect(await keys.seek('first')).to.be.an('object');
  });

  it('backs off longer after each failure, up to a limit, and resets the delay after a success', async () => {
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

  it('happens at most once per cool-down, and finds a rotated key right after it', async () => {
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

  it('reports a withdrawn or replaced key, but not an added one', async () => {
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

  it('is repeated in the background after an hour of use, which drops a withdrawn key', async () => {
    const keys = remote();
    const advance = mockMonotonicClock();
    try {
      await keys.ready();
      server.answer = { keys: [second.jwk] };
      advance(3_599_000);
      expect(keys.find('first')).to.be.an('object');
      expect(server.requests).to.equal(1);
      advance(1_000);
      expect(keys.find('first'), 'the old key is valid until the fetch ends').to.be.an('object');
      await keys.refresh();
      expect(server.requests).to.equal(2);
      expect(keys.find('first')).to.equal(undefined);
      expect(withdrawals).to.equal(1);
    } finally {
      advance.restore();
    }
  });
});
