import { generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair);

/** A public key of the key set, with the same members as Cognito's. */
export interface PublicJwk {
  readonly alg: 'RS256';
  readonly e: string;
  readonly kid: string;
  readonly kty: 'RSA';
  readonly n: string;
  readonly use: 'sig';
}

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: PublicJwk;
}

/** The signing keys of access tokens and of ID tokens. */
export interface KeyPair {
  readonly access: SigningKey;
  readonly id: SigningKey;
}

let shared: Promise<KeyPair> | undefined;

/** Returns the keys of this process. Pools share them, because an RSA key pair takes about 100 ms to generate. */
export function sharedKeyPair(): Promise<KeyPair> {
  shared ??= generateSigningKeys();
  return shared;
}

export async function generateSigningKeys(): Promise<KeyPair> {
  const [access, id] = await Promise.all([generateSigningKey(), generateSigningKey()]);
  return { access, id };
}

async function generateSigningKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generate('rsa', { modulusLength: 2048 });
  const { e = '', n = '' } = publicKey.export({ format: 'jwk' });
  const kid = randomBytes(32).toString('base64');
  return { kid, privateKey, publicKey, jwk: { alg: 'RS256', e, kid, kty: 'RSA', n, use: 'sig' } };
}
