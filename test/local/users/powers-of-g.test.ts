import { expect } from 'chai';
import { G, power } from '../../../src/cognito/srp-group.ts';
import { powerOfG } from '../../../src/local/users/powers-of-g.ts';

describe('local user pool: powers of the generator', () => {
  it('the table of powers gives the same as OpenSSL, for the largest exponent too', () => {
    for (let count = 0; count < 60; count++) powerOfG(3n);
    for (const exponent of [0n, 1n, 63n, 64n, 2n ** 255n + 12_345n, 2n ** 256n - 1n])
      expect(powerOfG(exponent) === power(G, exponent), `exponent ${exponent}`).to.equal(true);
  });
});
