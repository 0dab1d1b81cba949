import { expect } from 'chai';
import { RefusedAddresses } from '../../src/pipeline/refused-addresses.ts';

describe('RefusedAddresses', () => {
  it('holds the last 10,000 keys, and forgets the oldest', () => {
    const addresses = new RefusedAddresses();
    addresses.add('first');
    addresses.add('second');
    // Again, which makes it a new one.
    addresses.add('first');
    for (let i = 0; i < 9_999; i++) addresses.add(`key ${i}`);
    expect([addresses.has('second'), addresses.has('first'), addresses.has('key 9998')]).to.deep.equal([
      false,
      true,
      true,
    ]);
    addresses.delete('first');
    expect(addresses.has('first')).to.equal(false);
  });
});
