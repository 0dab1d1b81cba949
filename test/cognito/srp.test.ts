import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import {
  claimSignature,
  claimTimestamp,
  clientKey,
  clientKeyPair,
  parseHex,
  serverKey,
  serverKeyPair,
  srpPoolName,
  verifierOf,
} from '../../src/cognito/srp.ts';
import { padded, power } from '../../src/cognito/srp-group.ts';

/** Computed with two public clients of Cognito, which agree on every value. */
const VECTOR = {
  identity: {
    group: srpPoolName('us-east-1_AbCdEfGhI'),
    name: '34c84488-e0e1-70ae-d2ee-991ad1a898c8',
    password: 'Passw0rd!x',
  },
  salt: 0x0123456789abcdef0123456789abcdefn,
  a: 0x1234567890abcdefn,
  b: 0xfedcba0987654321n,
  secretBlock: 'c2VjcmV0LWJsb2NrLXRlc3Q=',
  timestamp: 'Sun Nov 1 01:02:03 UTC 2026',
  sha256: {
    A: '244733b9ccc4d789997ca36868525797a339344c1305d24b75e372be5920deb3',
    v: 'f7e14a552341d3124c34164d490bcc612725b3db1322cd9584277e6704e28760',
    B: '10d0c87cbe79030754b788b83c448220529344592f2ddf53fb961870919b8fd0',
  },
  key: 'ed22f3febce1bae108e27b5287a7ec1f',
  signature: 'xB6apCftNde3xeUwYHNbsP/oeYC/vc0qfsHIIthHEng=',
};

/** 2^3072 - 2^3008 - 1 + 2^64 * (floor(2^2942 * pi) + 1690314), by RFC 3526. */
const N = parseHex(
  'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd' +
    'ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed' +
    'ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f' +
    '83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b' +
    'e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa0510' +
    '15728e5a8aaac42dad33170d04507a33a85521abdf1cba64ecfb850458dbef0a8aea71575d060c7db3970f85a6e1e4c7' +
    'abf5ae8cdb0933d71e8c94e04a25619dcee3d2261ad2ee6bf12ffa06d98a0864d87602733ec86a64521f2b18177b200c' +
    'bbe117577a615d6c770988c0bad946e208e24fa074e5ab3143db5bfce0fd108e4b82d120a93ad2caffffffffffffffff',
);

/** Square-and-multiply, independent of OpenSSL. */
function plainPower(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % N;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % N;
    square = (square * square) % N;
  }
  return result;
}

/** Euler's criterion. */
const isResidue = (base: bigint): boolean => plainPower(base, (N - 1n) / 2n) === 1n;

const randomInteger = (bytes: number): bigint => parseHex(randomBytes(bytes).toString('hex'));

const sha256OfHex = (value: bigint): string => createHash('sha256').update(value.toString(16)).digest('hex');

describe('SRP', () => {
  const { identity, salt, secretBlock, timestamp } = VECTOR;
  const client = clientKeyPair(VECTOR.a);
  const verifier = verifierOf(identity, salt);
  const server = serverKeyPair(verifier, VECTOR.b);

  it('computes the public keys and the verifier of the test vector', () => {
    expect(sha256OfHex(client.shared)).to.equal(VECTOR.sha256.A);
    expect(sha256OfHex(verifier)).to.equal(VECTOR.sha256.v);
    expect(sha256OfHex(server.shared)).to.equal(VECTOR.sha256.B);
  });

  it('computes the session key of the test vector on both sides', () => {
    expect(clientKey(identity, salt, client, server.shared).toString('hex')).to.equal(VECTOR.key);
    expect(serverKey(verifier, server, client.shared).toString('hex')).to.equal(VECTOR.key);
  });

  it('computes the signature of the test vector', () => {
    const key = Buffer.from(VECTOR.key, 'hex');
    expect(claimSignature(key, identity, secretBlock, timestamp)).to.equal(VECTOR.signature);
  });

  it('agrees on a session key for the right password only, with random key pairs', () => {
    for (let i = 0; i < 10; i++) {
      const [mine, theirs] = [clientKeyPair(), serverKeyPair(verifier)];
      const key = serverKey(verifier, theirs, mine.shared);
      expect(clientKey(identity, salt, mine, theirs.shared).equals(key)).to.equal(true);
      const wrong = { ...identity, password: 'Passw0rd!y' };
      expect(clientKey(wrong, salt, mine, theirs.shared).equals(key)).to.equal(false);
    }
  });

  it('refuses a public key that is zero modulo N', () => {
    for (const zero of [0n, N, 2n * N]) {
      expect(() => serverKey(verifier, server, zero)).to.throw(RangeError);
      expect(() => clientKey(identity, salt, client, zero)).to.throw(RangeError);
    }
  });

  it('reads hexadecimal numbers of at most 2048 digits, and nothing else', () => {
    expect(parseHex('0Ff')).to.equal(255n);
    for (const wrong of ['', '0x1', '-1', 'g', '1 ', 'f'.repeat(2049)])
      expect(() => parseHex(wrong)).to.throw(RangeError);
  });

  it("pads numbers as Java's BigInteger does", () => {
    expect(padded(0x7fn).toString('hex')).to.equal('7f');
    expect(padded(0x80n).toString('hex')).to.equal('0080');
    expect(padded(0xabcn).toString('hex')).to.equal('0abc');
  });

  it('formats timestamps in English and UTC, without a leading zero of the day', () => {
    expect(claimTimestamp(new Date('2026-11-01T01:02:03Z'))).to.equal(timestamp);
    expect(claimTimestamp(new Date('2026-02-28T23:59:59.999Z'))).to.equal('Sat Feb 28 23:59:59 UTC 2026');
  });
});

describe('Powers modulo the SRP prime', () => {
  const drawn = randomInteger(383);
  // The prime is 3 modulo 4, so exactly one of a number and its negative is a residue.
  const residues = [2n, 4n, 9n, isResidue(drawn) ? drawn : N - drawn];
  const others = residues.map((residue) => N - residue);
  const exponents = [
    ...[0n, 1n, 2n, 3n, 16n, 17n, 255n, 256n, 0x1234567890abcdefn],
    ...[2n ** 255n, 2n ** 256n - 1n, randomInteger(32), 2n ** 511n, 2n ** 512n - 1n, randomInteger(64)],
  ];

  function expectPlainPowers(bases: readonly bigint[]): void {
    for (const base of bases) {
      for (const exponent of exponents) {
        const where = `${base.toString(16)} ^ ${exponent.toString(16)}`;
        expect(power(base, exponent), where).to.equal(plainPower(base, exponent));
      }
    }
  }

  it('are correct for bases that are quadratic residues', () => {
    expect(residues.map(isResidue)).to.deep.equal([true, true, true, true]);
    expectPlainPowers(residues);
  });

  it('are correct for bases that are not quadratic residues', () => {
    expect(others.map(isResidue)).to.deep.equal([false, false, false, false]);
    expectPlainPowers(others);
  });

  it('are correct for the bases 0, 1 and N - 1, for bases of any length, and for bases beyond N', () => {
    expectPlainPowers([0n, 1n, N - 1n, N, N + 1n, 3n * N - 5n]);
    expectPlainPowers([1, 127, 128, 255, 256, 383].map((bytes) => 2n ** BigInt(8 * bytes - 1) + 1n));
  });

  it('take less than 5 seconds for 20 random pairs', () => {
    const start = performance.now();
    for (let i = 0; i < 20; i++) power(randomInteger(383), randomInteger(64));
    expect(performance.now() - start).to.be.below(5_000);
  });
});
