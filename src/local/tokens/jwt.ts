import { sign } from 'node:crypto';
import { type CognitoError, notAuthorized } from '../model/errors.ts';
import type { SigningKey } from '../model/keys.ts';

/** The parts of a token that nobody has checked yet. */
export interface DecodedJwt {
  readonly header: Record<string, unknown>;
  readonly payload: Record<string, unknown>;
  readonly signed: string;
  readonly signature: Buffer;
}

/** The header has exactly the two members that Cognito gives it. */
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
      // Not JSON: as invalid as any other token that is not ours.
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
