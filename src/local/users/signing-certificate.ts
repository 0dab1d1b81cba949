import { generateKeyPair, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';

const TEN_YEARS = 10;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const SHA256_WITH_RSA = Buffer.from('300d06092a864886f70d01010b0500', 'hex');

/** Creates a self-signed certificate (RFC 5280) of a new RSA key for a pool. Returns its DER form in base64. */
export async function createSigningCertificate(poolId: string, now: number): Promise<string> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  // Positive, and without a leading zero byte.
  const serial = Buffer.concat([Buffer.from([0x40]), randomBytes(15)]);
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from(poolId)))));
  const end = new Date(now);
  end.setUTCFullYear(end.getUTCFullYear() + TEN_YEARS);
  const content = der(
    SEQUENCE,
    der(INTEGER, serial),
    SHA256_WITH_RSA,
    name,
    der(SEQUENCE, time(new Date(now)), time(end)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('sha256', content, privateKey);
  return der(SEQUENCE, content, SHA256_WITH_RSA, der(BIT_STRING, Buffer.from([0]), signature)).toString(
    'base64',
  );
}

/** Encodes a value by the Distinguished Encoding Rules (X.690): tag, length, content. */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content)]), content]);
}

function lengthOf({ length }: Buffer): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

/** RFC 5280 wants the short form, without a century, before 2050. */
function time(at: Date): Buffer {
  const digits = `${at.toISOString().replace(/\..*|\D/g, '')}Z`;
  return digits < '2050'
    ? der(UTC_TIME, Buffer.from(digits.slice(2)))
    : der(GENERALIZED_TIME, Buffer.from(digits));
}
