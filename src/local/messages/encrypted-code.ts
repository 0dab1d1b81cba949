import {
  createCipheriv,
  createSign,
  ECDH,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { type EncryptionContext, newDataKey } from '../model/data-keys.ts';
import type { UserPool } from '../model/pool.ts';

/** AES-256-GCM with HKDF-SHA384 and ECDSA P-384, which Cognito uses. */
const ALGORITHM = Buffer.from('0378', 'hex');
/** Version 1, customer data. */
const VERSION_AND_TYPE = Buffer.from('0180', 'hex');
const FRAMED = 2;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const FRAME_BYTES = 4096;
const FINAL_FRAME = 0xff_ff_ff_ff;
const FIRST = 1;

/**
 * Encrypts a code as a message of the AWS Encryption SDK, in base64, under a data key of the KMS key.
 *
 * @see https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
 */
export function encryptCode(code: string, { id, service }: UserPool, keyArn: string): string {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
  const context = { 'aws-crypto-public-key': compressed(publicKey), 'userpool-id': id };
  const { plain, wrapped } = newDataKey(service.kmsKey, keyArn, context);
  const messageId = randomBytes(16);
  const info = Buffer.concat([ALGORITHM, messageId]);
  const key = Buffer.from(hkdfSync('sha384', plain, Buffer.alloc(0), info, 32));

  const header = Buffer.concat([
    VERSION_AND_TYPE,
    ALGORITHM,
    messageId,
    sized(serialized(context)),
    uint16(1),
    sized(Buffer.from('aws-kms')),
    sized(Buffer.from(keyArn)),
    sized(wrapped),
    Buffer.from([FRAMED, 0, 0, 0, 0, IV_BYTES]),
    uint32(FRAME_BYTES),
  ]);
  const headerIv = Buffer.alloc(IV_BYTES);
  const headerTag = seal(key, headerIv, header, Buffer.alloc(0));

  const content = Buffer.from(code);
  const iv = Buffer.concat([Buffer.alloc(IV_BYTES - 4), uint32(FIRST)]);
  const aad = Buffer.concat([
    messageId,
    Buffer.from('AWSKMSEncryptionClient Final Frame'),
    uint32(FIRST),
    uint32(0),
    uint32(content.length),
  ]);
  const body = [uint32(FINAL_FRAME), uint32(FIRST), iv, uint32(content.length), seal(key, iv, aad, content)];

  const message = Buffer.concat([header, headerIv, headerTag, ...body]);
  const signature = createSign('sha384').update(message).sign(privateKey);
  return Buffer.concat([message, sized(signature)]).toString('base64');
}

/** Returns the ciphertext, followed by its tag. */
function seal(key: Buffer, iv: Buffer, aad: Buffer, content: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(aad);
  return Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

/** Returns the compressed point of a public key, in base64. */
function compressed(publicKey: KeyObject): string {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return String(ECDH.convertKey(point, 'secp384r1', undefined, 'base64', 'compressed'));
}

/** The entries are in the order of their names. */
function serialized(context: EncryptionContext): Buffer {
  const entries = Object.entries(context);
  const texts = entries.flat().map((each) => sized(Buffer.from(each)));
  return Buffer.concat([uint16(entries.length), ...texts]);
}

function sized(bytes: Buffer): Buffer {
  return Buffer.concat([uint16(bytes.length), bytes]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
