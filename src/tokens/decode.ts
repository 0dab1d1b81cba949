import { isUtf8 } from 'node:buffer';
import { isObject } from '../shared/option-errors.ts';
import type { Problem } from '../shared/problem.ts';
import { MALFORMED, TOO_LONG, WRONG_ALGORITHM, WRONG_HEADER } from './refusals.ts';

/** The header of a token. Cognito's has `kid` and `alg` only. */
export interface TokenHeader {
  readonly alg: 'RS256';
  readonly kid: string;
  readonly [name: string]: unknown;
}

/** A token taken apart and not verified: nothing in it may be believed yet. Deeply frozen. */
export interface DecodedToken {
  readonly header: TokenHeader;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Characters. Node takes no request with headers over 16 KiB. */
export const MAX_TOKEN_LENGTH = 8192;

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** A JSON object with a first member right after the brace, as every JSON writer in use begins it. */
const BEGINNING_OF_OBJECT = 'eyJ';

/** Of RFC 7515 and RFC 7797: they say how to understand the token, or bring a key along. */
const REFUSED_HEADER_MEMBERS = ['crit', 'b64', 'jku', 'jwk', 'x5u', 'x5c'] as const;

const DEEPEST_NESTING = 16;

/** Takes a token apart; every check here needs neither a key nor the settings. Throws nothing. */
export function decodeToken(token: string): DecodedToken | Problem {
  if (token.length > MAX_TOKEN_LENGTH) return TOO_LONG;
  if (!JWT.test(token)) return MALFORMED;
  const firstDot = token.indexOf('.');
  const lastDot = token.lastIndexOf('.');
  const header = decodeObject(token.slice(0, firstDot));
  if (header === undefined) return MALFORMED;
  if (header.alg !== 'RS256') return WRONG_ALGORITHM;
  if (REFUSED_HEADER_MEMBERS.some((name) => name in header)) return WRONG_HEADER;
  if (typeof header.kid !== 'string') return MALFORMED;
  const payload = decodeObject(token.slice(firstDot + 1, lastDot));
  if (payload === undefined || !isCanonical(token.slice(lastDot + 1))) return MALFORMED;
  return { header: header as TokenHeader, payload };
}

function decodeObject(segment: string): Readonly<Record<string, unknown>> | undefined {
  // Refuses most garbage without the cost of an error from JSON.parse.
  if (!segment.startsWith(BEGINNING_OF_OBJECT)) return;
  const bytes = Buffer.from(segment, 'base64url');
  if (!isUtf8(bytes)) return;
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    return;
  }
  return isObject(value) && freezeDeep(value, DEEPEST_NESTING) ? value : undefined;
}

/** False for nesting that is too deep, and for `__proto__`, which harms whoever copies the claims. */
function freezeDeep(value: object, depth: number): boolean {
  if (depth === 0) return false;
  for (const [name, inner] of Object.entries(value)) {
    if (name === '__proto__') return false;
    if (typeof inner === 'object' && inner !== null && !freezeDeep(inner, depth - 1)) return false;
  }
  Object.freeze(value);
  return true;
}

/**
 * One signature has one spelling. Base64 decoders ignore the bits of the last character that go beyond the
 * last byte, so that others would pass too.
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
