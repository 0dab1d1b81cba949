import { type KeyObject, verify } from 'node:crypto';

/**
 * Returns whether the key has signed the token with RS256 (RFC 7518 3.3). The algorithm is fixed, whatever the header
 * says. The token must have passed `decodeToken`, which refuses every second spelling of a signature.
 */
export function isSignedBy(publicKey: KeyObject, token: string): boolean {
  const lastDot = token.lastIndexOf('.');
  const signed = Buffer.from(token.slice(0, lastDot), 'latin1');
  const signature = Buffer.from(token.slice(lastDot + 1), 'base64url');
  return verify('RSA-SHA256', signed, publicKey, signature);
}
