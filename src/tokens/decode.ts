import { isUtf8 } from 'node:buffer';
import { maxHeaderSize } from 'node:http';
import { isObject } from '../shared/option-errors.ts';
import type { Problem } from '../shared/problem.ts';
import { notAToken } from './mistaken-tokens.ts';
import { MALFORMED, TOO_LONG, WRONG_ALGORITHM, WRONG_HEADER } from './refusals.ts';

/** The header of a token. Cognito's tokens have only `kid` and `alg`. */
export interface TokenHeader {
  /** The signature algorithm. */
  readonly alg: 'RS256';
  /** The ID of the signing key. */
  readonly kid: string;
  readonly [name: string]: unknown;
}

/** A decoded token that is not verified. Do not trust its content. Deeply frozen. */
export interface DecodedToken {
  readonly header: TokenHeader;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Characters. Node's limit for all headers of a request, 16 KiB unless `--max-http-header-size` raises it. */
export const MAX_TOKEN_LENGTH: number = maxHeaderSize;

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** A brace after white space (RFC 8259 2). */
const BEGINNING_OF_OBJECT = /^[ \t\r\n]*\{/;

/** Members of RFC 7515 and RFC 7797 that change the token's interpretation or supply a key. */
const REFUSED_HEADER_MEMBERS = ['crit', 'b64', 'jku', 'jwk', 'x5u', 'x5c'] as const;

const MAX_NESTING = 16;

/** Decodes a token, with the checks that need neither a key nor settings. It never throws. */
export function decodeToken(token: string): DecodedToken | Problem {
  if (token.length > MAX_TOKEN_LENGTH) return TOO_LONG;
  if (!JWT.test(token)) return notAToken(token);
  const firstDot = token.indexOf('.');
  const lastDot = token.lastIndexOf('.');
  const decoded = decodeHeader(token.slice(0, firstDot));
  if ('status' in decoded) return decoded;
  const payload = decodeObject(token.slice(firstDot + 1, lastDot));
  if (payload === undefined || !isCanonical(token.slice(lastDot + 1))) return MALFORMED;
  return { header: decoded.header, payload };
}

type DecodedHeader = Pick<DecodedToken, 'header'>;

/** Decoded once, because the tokens of one key have the same header. Bounded, because attackers choose headers. */
const headers = new Map<string, DecodedHeader>();
const MAX_HEADERS = 16;

function decodeHeader(segment: string): DecodedHeader | Problem {
  const known = headers.get(segment);
  if (known !== undefined) return known;
  const header = decodeObject(segment);
  if (header === undefined) return MALFORMED;
  if (header.alg !== 'RS256') return WRONG_ALGORITHM;
  if (REFUSED_HEADER_MEMBERS.some((name) => name in header)) return WRONG_HEADER;
  if (typeof header.kid !== 'string') return MALFORMED;
  if (headers.size >= MAX_HEADERS) headers.clear();
  const decoded = { header: header as TokenHeader };
  headers.set(segment, decoded);
  return decoded;
}

function decodeObject(segment: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = Buffer.from(segment, 'base64url');
  if (!isUtf8(bytes)) return;
  const text = bytes.toString();
  // Refuses most malformed input without the cost of an exception.
  if (!BEGINNING_OF_OBJECT.test(text)) return;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return;
  }
  return isObject(value) && freezeDeep(value, MAX_NESTING) ? value : undefined;
}

/** Returns false for excessive nesting, and for `__proto__`, which would pollute code that copies the claims. */
function freezeDeep(value: object, depth: number): boolean {
  if (depth === 0) return false;
  for (const name of Object.keys(value)) {
    if (name === '__proto__') return false;
    const inner = (value as Record<string, unknown>)[name];
    if (typeof inner === 'object' && inner !== null && !freezeDeep(inner, depth - 1)) return false;
  }
  Object.freeze(value);
  return true;
}

/**
 * Base64 decoders ignore the unused bits of the last character. Without this check a signature has several spellings.
 */
function isCanonical(signature: string): boolean {
  switch (signature.length % 4) {
    case 0:
      return true;
    case 2:
      return /[AQgw]$/.test(signature);
    case 3:
      return /[AEIMQUYcgkosw048]$/.test(signature);
    default:
      return false;
  }
}
