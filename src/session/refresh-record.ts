import { createHash } from 'node:crypto';
import { isObject } from '../shared/option-errors.ts';
import { openBytes, sealBytes, sealingKey } from '../shared/sealed.ts';

/** What a store is told in place of what a record is about. */
export function recordKey(...about: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(about)).digest('base64url');
}

/**
 * Seals a record with the refresh token that leads to it: nobody can open it who could not have asked Cognito for what
 * is in it, and no secret has to be set. It opens under its own key alone.
 */
export function seal(refreshToken: string, key: string, record: object): string {
  return sealBytes(keyFrom(refreshToken), Buffer.from(JSON.stringify(record)), key);
}

/** Throws for what was not sealed so. */
export function unseal(refreshToken: string, key: string, sealed: string): Record<string, unknown> {
  const bytes = openBytes(keyFrom(refreshToken), sealed, key);
  const record: unknown = bytes && JSON.parse(bytes.toString());
  if (!isObject(record)) throw new TypeError('A record of the refresh store does not open.');
  return record;
}

function keyFrom(refreshToken: string): Buffer {
  return sealingKey(refreshToken, '', 'express-cognito-kit refresh');
}
