import { createDecipheriv, createPublicKey, createVerify, ECDH, hkdfSync } from 'node:crypto';

/** A message of the AWS Encryption SDK: framed, with the algorithm 0x0378 and one data key. */
export interface EncryptedMessage {
  readonly context: Readonly<Record<string, string>>;
  readonly provider: string;
  readonly keyArn: string;
  readonly wrappedKey: Buffer;
  /** Decrypts the content; throws if a tag or the signature is wrong. */
  readonly decrypt: (dataKey: Buffer) => string;
}

/** Reads a message by its specification, independently of the code that writes it. */
export function readMessage(base64: string): EncryptedMessage {
  const bytes = Buffer.from(base64, 'base64');
  let at = 0;
  const take = (length: number): Buffer => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  const number = (length: number): number => take(length).readUIntBE(0, length);
  const sized = (): Buffer => take(number(2));
  const expectHex = (what: string, hex: string): void => {
    const found = take(hex.length / 2).toString('hex');
    if (found !== hex) throw new Error(`the ${what} is ${found}`);
  };

  expectHex('version, type and algorithm', '01800378');
  const messageId = take(16);
  number(2);
  const names = Array.from({ length: number(2) }, () => [String(sized()), String(sized())] as const);
  const context = Object.fromEntries(names);
  expectHex('number of data keys', '0001');
  const provider = String(sized());
  const keyArn = String(sized());
  const wrappedKey = sized();
  expectHex('content type, reserved bytes and length of the IV', '02000000000c');
  number(4);
  const header = bytes.subarray(0, at);
  const headerIv = take(12);
  const headerTag = take(16);
  expectHex('first frame, which is the last one', 'ffffffff00000001');
  const iv = take(12);
  const length = take(4);
  const content = take(length.readUInt32BE());
  const tag = take(16);
  const signed = bytes.subarray(0, at);
  const signature = sized();
  if (at !== bytes.length) throw new Error('bytes follow the signature');

  return {
    context,
    provider,
    keyArn,
    wrappedKey,
    decrypt(dataKey) {
      const info = Buffer.concat([Buffer.from('0378', 'hex'), messageId]);
      const key = Buffer.from(hkdfSync('sha384', dataKey, '', info, 32));
      const open = (nonce: Buffer, aad: Buffer, sealed: Buffer, mark: Buffer): string => {
        const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(aad).setAuthTag(mark);
        return Buffer.concat([decipher.update(sealed), decipher.final()]).toString();
      };
      open(headerIv, header, Buffer.alloc(0), headerTag);
      if (!isSignedBy(context['aws-crypto-public-key'] ?? '', signed, signature))
        throw new Error('the signature is wrong');
      const words = Buffer.from('AWSKMSEncryptionClient Final Frame');
      const frame = Buffer.from('0000000100000000', 'hex');
      return open(iv, Buffer.concat([messageId, words, frame, length]), content, tag);
    },
  };
}

function isSignedBy(compressed: string, signed: Buffer, signature: Buffer): boolean {
  const point = ECDH.convertKey(compressed, 'secp384r1', 'base64', undefined, 'uncompressed') as Buffer;
  const x = point.subarray(1, 49).toString('base64url');
  const y = point.subarray(49).toString('base64url');
  const key = createPublicKey({ key: { kty: 'EC', crv: 'P-384', x, y }, format: 'jwk' });
  return createVerify('sha384').update(signed).verify(key, signature);
}
