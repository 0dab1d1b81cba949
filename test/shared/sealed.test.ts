import { expect } from 'chai';
import { createSeal } from '../../src/shared/sealed.ts';

const OLD = 'the secret of last year, 32 characters';
const NEW = 'the secret of this year, 32 characters';
const FOREIGN = 'the secret of another app, 32 characters';
const LATER = 2_000;
const NOW = 1_000;

describe('A sealed value', () => {
  const seal = createSeal([NEW], 'client');
  const sealed = seal.seal('wörds', 'login', LATER);

  it('opens with its content, and does not reveal it', () => {
    expect(seal.open(sealed, 'login', NOW)).to.equal('wörds');
    expect(seal.open(seal.seal('', 'login', LATER), 'login', NOW)).to.equal('');
    expect(sealed).to.match(/^[\w-]+$/);
    expect(Buffer.from(sealed, 'base64url').includes('rds')).to.equal(false);
  });

  it('differs each time it is sealed', () => {
    expect(seal.seal('wörds', 'login', LATER)).not.to.equal(sealed);
  });

  it('does not open for another purpose, secret or client', () => {
    expect(seal.open(sealed, 'logout', NOW)).to.equal(undefined);
    expect(createSeal([FOREIGN], 'client').open(sealed, 'login', NOW)).to.equal(undefined);
    expect(createSeal([NEW], 'other').open(sealed, 'login', NOW)).to.equal(undefined);
  });

  it('does not open after its expiry, regardless of the secret', () => {
    expect(seal.open(sealed, 'login', LATER - 1)).to.equal('wörds');
    expect(seal.open(sealed, 'login', LATER)).to.equal(undefined);
    expect(createSeal([OLD, NEW], 'client').open(sealed, 'login', LATER)).to.equal(undefined);
  });

  it('does not open if one bit is changed or if it is truncated', () => {
    const bytes = Buffer.from(sealed, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(seal.open(changed.toString('base64url'), 'login', NOW), `bit ${bit}`).to.equal(undefined);
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(seal.open(sealed.slice(0, length), 'login', NOW), `length ${length}`).to.equal(undefined);
    }
  });

  for (const junk of ['', 'a', 'ä', '"', ' '.repeat(100), `${sealed} `, `${sealed}=`, `${sealed}\n`]) {
    it(`does not open from malformed text of ${junk.length} characters that ends in ${JSON.stringify(junk.slice(-4))}`, () => {
      expect(seal.open(junk, 'login', NOW)).to.equal(undefined);
    });
  }

  it('opens as long as its secret is in the list of secrets', () => {
    const byOld = createSeal([OLD], 'client').seal('old', 'login', LATER);
    const rotated = createSeal([NEW, OLD], 'client');
    expect(rotated.open(byOld, 'login', NOW)).to.equal('old');
    expect(rotated.open(sealed, 'login', NOW)).to.equal('wörds');
    expect(createSeal([NEW], 'client').open(byOld, 'login', NOW)).to.equal(undefined);
    const byBoth = rotated.seal('new', 'login', LATER);
    expect(createSeal([NEW], 'client').open(byBoth, 'login', NOW)).to.equal('new');
    expect(createSeal([OLD], 'client').open(byBoth, 'login', NOW)).to.equal(undefined);
  });
});
