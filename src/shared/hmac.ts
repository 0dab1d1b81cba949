import { hash } from 'node:crypto';

/** Bytes of a block of SHA-256. */
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;

/**
 * Returns the HMAC-SHA-256 (RFC 2104) of a text. Each call of `createHmac` leaves a native object to the garbage
 * collector, which takes several times as long as the hashes.
 */
export function hmacSha256(key: string | Buffer, text: string, encoding: 'base64' | 'base64url'): string {
  const given = typeof key === 'string' ? Buffer.from(key) : key;
  const short = given.length > BLOCK_BYTES ? hash('sha256', given, 'buffer') : given;
  const inner = padded(short, 0x36, Buffer.byteLength(text));
  inner.write(text, BLOCK_BYTES);
  const outer = padded(short, 0x5c, DIGEST_BYTES);
  hash('sha256', inner, 'buffer').copy(outer, BLOCK_BYTES);
  return hash('sha256', outer, encoding);
}

/** Returns a buffer that begins with the key, each byte XOR `pad`, and has room for the message. */
function padded(key: Buffer, pad: number, messageBytes: number): Buffer {
  const block = Buffer.allocUnsafe(BLOCK_BYTES + messageBytes).fill(pad, 0, BLOCK_BYTES);
  for (let index = 0; index < key.length; index++) block[index] = pad ^ (key[index] as number);
  return block;
}
