import { expect } from 'chai';
import { TokenCache } from '../src/cognito/token-cache.ts';
import type { Auth } from '../src/cognito/token-verifier.ts';

/** Only the token matters here. */
function authFor(token: string): Auth {
  return { token } as Auth;
}

const tail = 's'.repeat(24);

describe('the cache of verified tokens', () => {
  it('gives back what was put in, until its time is up', () => {
    const cache = new TokenCache(10);
    const auth = authFor(`a${tail}`);
    cache.set(auth, 1000);
    expect(cache.get(auth.token, 999)).to.equal(auth);
    expect(cache.get(auth.token, 1000)).to.equal(undefined);
    expect(cache.size).to.equal(0);
  });

  it('does not take one token for another with the same end', () => {
    const cache = new TokenCache(10);
    cache.set(authFor(`a${tail}`), 1000);
    expect(cache.get(`b${tail}`, 0)).to.equal(undefined);
    expect(cache.get(`a${tail}`, 0)).to.have.property('token', `a${tail}`);
  });

  it('forgets the token that was not used for longest, once it is full', () => {
    const cache = new TokenCache(2);
    cache.set(authFor('first'), 1000);
    cache.set(authFor('second'), 1000);
    cache.get('first', 0);
    cache.set(authFor('third'), 1000);
    expect(cache.get('second', 0)).to.equal(undefined);
    expect(cache.get('first', 0)).to.have.property('token', 'first');
    expect(cache.get('third', 0)).to.have.property('token', 'third');
    expect(cache.size).to.equal(2);
  });

  it('counts a token that is put in again once', () => {
    const cache = new TokenCache(2);
    cache.set(authFor('first'), 1000);
    cache.set(authFor('second'), 1000);
    cache.set(authFor('second'), 2000);
    expect(cache.size).to.equal(2);
    expect(cache.get('first', 0)).to.have.property('token', 'first');
    expect(cache.get('second', 1500)).to.have.property('token', 'second');
  });

  it('forgets everything when told to', () => {
    const cache = new TokenCache(2);
    cache.set(authFor('first'), 1000);
    cache.clear();
    expect(cache.get('first', 0)).to.equal(undefined);
  });
});
