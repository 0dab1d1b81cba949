import { createHmac, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { hmacSha256 } from '../../src/shared/hmac.ts';

describe('hmacSha256', () => {
  const texts = ['', 'ada@example.com', 'x'.repeat(5000), '\u{1f511} ключ', '\ud800'];

  for (const length of [0, 1, 32, 63, 64, 65, 200]) {
    it(`equals createHmac for a key of ${length} bytes`, () => {
      const key = randomBytes(length);
      for (const text of texts) {
        const expected = createHmac('sha256', key).update(text);
        expect(hmacSha256(key, text, 'base64url')).to.equal(expected.digest('base64url'));
      }
    });
  }

  it('takes a key as text, and encodes as Base64', () => {
    const expected = createHmac('sha256', 'schlüssel').update('ada').digest('base64');
    expect(hmacSha256('schlüssel', 'ada', 'base64')).to.equal(expected);
  });
});
