import { createPrivateKey, createPublicKey } from 'node:crypto';

/** The 3072-bit group of RFC 5054 (appendix A) and RFC 3526 (group 15), with the generator 2. */
const PRIME =
  'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd' +
  'ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed' +
  'ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f' +
  '83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b' +
  'e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa0510' +
  '15728e5a8aaac42dad33170d04507a33a85521abdf1cba64ecfb850458dbef0a8aea71575d060c7db3970f85a6e1e4c7' +
  'abf5ae8cdb0933d71e8c94e04a25619dcee3d2261ad2ee6bf12ffa06d98a0864d87602733ec86a64521f2b18177b200c' +
  'bbe117577a615d6c770988c0bad946e208e24fa074e5ab3143db5bfce0fd108e4b82d120a93ad2caffffffffffffffff';
export const N: bigint = BigInt(`0x${PRIME}`);
export const G: bigint = 2n;

/** `dhKeyAgreement`, the object identifier of Diffie-Hellman keys (PKCS #3), in DER. */
const DH_KEY = Buffer.from('06092a864886f70d010301', 'hex');
const [INTEGER, OCTET_STRING, SEQUENCE] = [0x02, 0x04, 0x30];

/**
 * Returns `base ^ exponent mod N` in one to two milliseconds. OpenSSL computes it as the public key of a Diffie-Hellman
 * key in PKCS #8: the base is the generator, the exponent the private value.
 *
 * `createDiffieHellman` would be shorter. With OpenSSL 3.5 it tests the prime at each call, for seconds, and refuses a
 * base that is not a quadratic residue. Half of all wrong passwords yield such a base.
 *
 * Timing: OpenSSL computes powers of a private value in constant time. Two things leak: the length of the exponent in
 * machine words, and about 0.2 microseconds of variation in the BigInt arithmetic around the powers. An SRP client can
 * accept both. Nearly all passwords give exponents of one length, and an attacker measures the variation only over a
 * network.
 */
export function power(base: bigint, exponent: bigint): bigint {
  const parameters = derValue(SEQUENCE, derInteger(N), derInteger(base % N));
  const algorithm = derValue(SEQUENCE, DH_KEY, parameters);
  const privateValue = derValue(OCTET_STRING, derInteger(exponent));
  const key = derValue(SEQUENCE, derInteger(0n), algorithm, privateValue);
  const publicKey = createPublicKey(createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
  const bits = lastContent(lastContent(publicKey.export({ format: 'der', type: 'spki' })));
  // The first byte of a BIT STRING counts the unused bits of the last one.
  return BigInt(`0x${lastContent(bits.subarray(1)).toString('hex')}`);
}

function derInteger(value: bigint): Buffer {
  return derValue(INTEGER, padded(value));
}

function derValue(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const length = toBytes(BigInt(content.length));
  const longForm = content.length < 0x80 ? [] : [0x80 + length.length];
  return Buffer.concat([Buffer.of(tag, ...longForm), length, content]);
}

/** Returns the content of the last DER value in `der`. */
function lastContent(der: Buffer): Buffer {
  const first = der.readUInt8(1);
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  const start = 2 + lengthBytes;
  const end = start + (lengthBytes === 0 ? first : der.readUIntBE(2, lengthBytes));
  return end < der.length ? lastContent(der.subarray(end)) : der.subarray(start, end);
}

/** Returns a positive number in two's complement, as Java's BigInteger does: a zero byte precedes a set top bit. */
export function padded(value: bigint): Buffer {
  const bytes = toBytes(value);
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
}

function toBytes(value: bigint): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}
