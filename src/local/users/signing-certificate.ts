import { generateKeyPair, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { BIT_STRING, der, INTEGER, newSerial, SEQUENCE, SET, time, UTF8_STRING } from '../model/der.ts';

const TEN_YEARS = 10;
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const SHA256_WITH_RSA = Buffer.from('300d06092a864886f70d01010b0500', 'hex');

/** Creates a self-signed certificate (RFC 5280) of a new RSA key for a pool. Returns its DER form in base64. */
export async function createSigningCertificate(poolId: string, now: number): Promise<string> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from(poolId)))));
  const end = new Date(now);
  end.setUTCFullYear(end.getUTCFullYear() + TEN_YEARS);
  const content = der(
    SEQUENCE,
    der(INTEGER, newSerial()),
    SHA256_WITH_RSA,
    name,
    der(SEQUENCE, time(now), time(end.getTime())),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('sha256', content, privateKey);
  return der(SEQUENCE, content, SHA256_WITH_RSA, der(BIT_STRING, Buffer.from([0]), signature)).toString(
    'base64',
  );
}
