import { hash } from 'node:crypto';
import { isObject } from '../shared/option-errors.ts';
import { openBytes, sealBytes, sealingKey } from '../shared/sealed.ts';

/** Returns the store key for the given parts. It is a hash, to keep them out of the store. */
export function recordKey(...about: readonly string[]): string {
  return hash('sha256', JSON.stringify(about), 'base64url');
}

/**
 * Seals a record with its refresh token, whose holder could get the content from Cognito anyway. No secret needs to be
 * configured. The record opens under its own key only.
 */
export function seal(refreshToken: string, key: string, record: object): string {
  return sealBytes(keyFrom(refreshToken), Buffer.from(JSON.stringify(record)), key);
}

/** Opens a record. Throws a `TypeError` if it was not sealed with this refresh token and key. */
export function unseal(refreshToken: string, key: string, sealed: string): Record<string, unknown> {
  const bytes = openBytes(keyFrom(refreshToken), sealed, key);
  const record: unknown = bytes && JSON.parse(bytes.toString());
  if (!isObject(record)) throw new TypeError('A record of the refresh store does not open.');
  return record;
}

function keyFrom(refreshToken: string): Buffer {
  return sealingKey(refreshToken, '', 'express-cognito-kit refresh');
}
