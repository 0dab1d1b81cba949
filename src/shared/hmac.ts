import { hash } from 'node:crypto';

/** Bytes of a block of SHA-256. */
const BLOCK_BYTES = 64;

/**
 * Returns the HMAC-SHA-256 (RFC 2104) of a text. Each call of `createHmac` leaves a native object to the garbage
 * collector, which takes several times as long as the hashes.
 */
export function hmacSha256(key: string | Buffer, text: string, encoding: 'base64' | 'base64url'): string {
  const given = Buffer.from(key);
  const short = given.length > BLOCK_BYTES ? hash('sha256', given, 'buffer') : given;
  const inner = Buffer.alloc(BLOCK_BYTES, 0x36);
  const outer = Buffer.alloc(BLOCK_BYTES, 0x5c);
  short.forEach((byte, index) => {
    inner.writeUInt8(byte ^ 0x36, index);
    outer.writeUInt8(byte ^ 0x5c, index);
  });
  const digest = hash('sha256', Buffer.concat([inner, Buffer.from(text)]), 'buffer');
  return hash('sha256', Buffer.concat([outer, digest]), encoding);
}
