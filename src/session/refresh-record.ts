import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { isObject } from '../options.ts';

/** What a store is told in place of what a record is about. */
export function recordKey(...about: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(about)).digest('base64url');
}

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals a record with the refresh token that leads to it: nobody can open it who could not have asked Cognito for what
 * is in it, and no secret has to be set. It opens under its own key alone.
 */
export function seal(refreshToken: string, key: string, record: object): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, sealingKey(refreshToken), iv).setAAD(Buffer.from(key));
  const sealed = cipher.update(JSON.stringify(record));
  return Buffer.concat([iv, sealed, cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** Throws for what was not sealed so. */
export function unseal(refreshToken: string, key: string, sealed: string): Record<string, unknown> {
  const bytes = Buffer.from(sealed, 'base64url');
  const end = bytes.length - TAG_BYTES;
  if (end < IV_BYTES) throw new TypeError('A record of the refresh store is too short.');
  const decipher = createDecipheriv(ALGORITHM, sealingKey(refreshToken), bytes.subarray(0, IV_BYTES))
    .setAAD(Buffer.from(key))
    .setAuthTag(bytes.subarray(end));
  const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, end)), decipher.final()]);
  const record: unknown = JSON.parse(text.toString());
  if (!isObject(record)) throw new TypeError('A record of the refresh store is no object.');
  return record;
}

function sealingKey(refreshToken: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', refreshToken, '', 'express-cognito-kit refresh', 32));
}
