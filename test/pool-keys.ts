import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A real key of a pretended pool, as the tests' tokens are signed with. */
export interface PoolKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  /** As the pool's JWKS lists it. */
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

/** A token of any header and payload, a string being taken for the JSON text itself, with a good signature. */
export function signToken(
  key: PoolKey,
  payload: object | string,
  header: object | string = {},
  digest = 'sha256',
): string {
  const text = typeof header === 'string' ? header : JSON.stringify({ kid: key.kid, alg: 'RS256', ...header });
  const input = `${base64url(text)}.${base64url(typeof payload === 'string' ? payload : JSON.stringify(payload))}`;
  return `${input}.${sign(digest, Buffer.from(input), key.privateKey).toString('base64url')}`;
}

export function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}

export function secondsFromNow(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}
