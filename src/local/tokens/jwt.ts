import { sign } from 'node:crypto';
import { type CognitoError, notAuthorized } from '../model/errors.ts';
import type { SigningKey } from '../model/keys.ts';

/** The decoded parts of an unverified token. */
export interface DecodedJwt {
  readonly header: Record<string, unknown>;
  readonly payload: Record<string, unknown>;
  readonly signed: string;
  readonly signature: Buffer;
}

/** Signs a token. Its header has the same two members as Cognito's. */
export function signJwt(key: SigningKey, claims: Readonly<Record<string, unknown>>): string {
  const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encode({ kid: key.kid, alg: 'RS256' })}.${encode(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key.privateKey).toString('base64url')}`;
}

export function decodeJwt(token: string): DecodedJwt {
  const [header = '', payload = '', signature = '', ...rest] = token.split('.');
  const decode = (part: string): Record<string, unknown> => {
    try {
      const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
      if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
    } catch {
      // A token without JSON is invalid like any foreign token.
    }
    throw invalidAccessToken();
  };
  if (rest.length > 0) throw invalidAccessToken();
  return {
    header: decode(header),
    payload: decode(payload),
    signed: `${header}.${payload}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

export function invalidAccessToken(): CognitoError {
  return notAuthorized('Invalid Access Token');
}
