import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A signing key of a simulated user pool. */
export interface PoolKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  /** The entry in the JWKS of the pool. */
  readonly jwk: Record<string, unknown>;
}

export function newKey(kid: string, options: { bits?: number; exponent?: number } = {}): PoolKey {
  const { bits = 2048, exponent = 65537 } = options;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: bits,
    publicExponent: exponent,
  });
  return {
    kid,
    privateKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' },
  };
}

/**
 * Returns a token with any header and payload, and a valid signature. A string or buffer is used as raw JSON;
 * the members of an object extend the default header.
 */
export function signToken(
  key: PoolKey,
  payload: object | string,
  header: object | string = {},
  digest = 'sha256',
): string {
  const usual = { kid: key.kid, alg: 'RS256' };
  const input = `${base64url(typeof header === 'string' ? header : { ...usual, ...header })}.${base64url(payload)}`;
  return `${input}.${sign(digest, Buffer.from(input), key.privateKey).toString('base64url')}`;
}

export function base64url(value: object | string): string {
  const bytes = Buffer.isBuffer(value)
    ? value
    : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  return bytes.toString('base64url');
}

export function secondsFromNow(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}
