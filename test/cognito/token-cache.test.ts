import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { bytesOf, TokenCache } from '../../src/cognito/token-cache.ts';
import type { Auth } from '../../src/tokens/auth.ts';

/** Only the token and its size matter here. */
function authFor(token: string, payload: object = {}): Auth {
  return { token, header: {}, payload, scopes: [] as readonly string[] } as Auth;
}

const cacheOf = (maxEntries: number, maxBytes = 1_000_000): TokenCache =>
  new TokenCache({ maxEntries, maxBytes });

const tail = 's'.repeat(24);

describe('Token cache', () => {
  it('returns a stored token until it expires', () => {
    const cache = cacheOf(10);
    const auth = authFor(`a${tail}`);
    cache.set(auth, 1000);
    expect(cache.get(auth.token, 999)).to.equal(auth);
    expect(cache.get(auth.token, 1000)).to.equal(undefined);
    expect(cache.size).to.equal(0);
  });

  it('distinguishes tokens with the same end', () => {
    const cache = cacheOf(10);
    cache.set(authFor(`a${tail}`), 1000);
    expect(cache.get(`b${tail}`, 0)).to.equal(undefined);
    expect(cache.get(`a${tail}`, 0)).to.have.property('token', `a${tail}`);
  });

  it('evicts the least recently used token when it is full', () => {
    const cache = cacheOf(2);
    cache.set(authFor('first'), 1000);
    cache.set(authFor('second'), 1000);
    cache.get('first', 0);
    cache.set(authFor('third'), 1000);
    expect(cache.get('second', 0)).to.equal(undefined);
    expect(cache.get('first', 0)).to.have.property('token', 'first');
    expect(cache.get('third', 0)).to.have.property('token', 'third');
    expect(cache.size).to.equal(2);
  });

  it('counts a token once even if it is stored twice', () => {
    const cache = cacheOf(2);
    cache.set(authFor('first'), 1000);
    cache.set(authFor('second'), 1000);
    cache.set(authFor('second'), 2000);
    expect(cache.size).to.equal(2);
    expect(cache.get('first', 0)).to.have.property('token', 'first');
    expect(cache.get('second', 1500)).to.have.property('token', 'second');
  });

  it('is empty after clear()', () => {
    const cache = cacheOf(2);
    cache.set(authFor('first'), 1000);
    cache.clear();
    expect(cache.get('first', 0)).to.equal(undefined);
  });

  it('evicts least recently used tokens until its size is within the byte limit', () => {
    const size = bytesOf(authFor('small'));
    const cache = cacheOf(100, 4 * size);
    for (const token of ['token', 'other', 'third', 'forth']) cache.set(authFor(token), 1000);
    expect(cache.size).to.equal(4);
    cache.get('token', 0);
    cache.set(authFor('large', { claim: 'x'.repeat(size) }), 1000);
    expect(cache.get('other', 0)).to.equal(undefined);
    expect(cache.get('third', 0)).to.equal(undefined);
    expect(cache.get('token', 0), 'used last').to.be.an('object');
    expect(cache.get('large', 0)).to.be.an('object');
  });

  it('frees the bytes of a token that is evicted, replaced or expired', () => {
    const size = bytesOf(authFor('small'));
    const cache = cacheOf(100, 2 * size);
    for (let round = 0; round < 10; round++) {
      cache.set(authFor('twice'), 1000);
      cache.set(authFor('twice'), 1000);
      cache.set(authFor('stale'), round);
      expect(cache.get('stale', round)).to.equal(undefined);
      cache.set(authFor('third'), 1000);
      expect(cache.size).to.equal(2);
      cache.clear();
    }
  });

  it('does not store a token that is larger than its byte limit', () => {
    const cache = cacheOf(100, bytesOf(authFor('small')));
    cache.set(authFor('large', { claim: 'x' }), 1000);
    expect(cache.size).to.equal(0);
    cache.set(authFor('small'), 1000);
    expect(cache.size).to.equal(1);
  });

  const shapes = ['usual', 'groups', 'permissions', 'unicode', 'empty objects', 'many names'];
  for (const shape of shapes) {
    it(`keeps the heap within its byte limit with tokens of the kind "${shape}"`, async function () {
      this.timeout(60_000);
      const maxBytes = 4_000_000;
      const script = new URL('token-cache-heap.ts', import.meta.url).pathname;
      const args = ['--expose-gc', '--import', 'tsx', script, shape, String(maxBytes)];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      const { heap, offered } = JSON.parse(stdout) as { heap: number; offered: number };
      expect(offered, 'more than fits').to.be.above(1.3 * maxBytes);
      // The estimate is a little high for most claims, and the rest of the process has a heap as well.
      expect(heap).to.be.within(0.5 * maxBytes, 1.15 * maxBytes);
    });
  }
});
