import type { IncomingMessage } from 'node:http';
import type { Problem } from '../shared/problem.ts';
import { REPEATED } from './refusals.ts';

/**
 * Takes the token out of a request: the token, `undefined` if there is none, or the refusal of a request
 * that presents it in a way that is not allowed.
 */
export type ReadToken = (req: IncomingMessage) => string | Problem | undefined;

const BEARER = /^bearer(?: +|$)/i;

/** Reads `Authorization: Bearer` (RFC 6750 2.1). Another scheme, such as Basic, is none of our business. */
export function bearerToken(req: IncomingMessage): string | Problem | undefined {
  const header: string | string[] | undefined = req.headers.authorization;
  if (header === undefined) return;
  if (typeof header !== 'string' || isRepeated(req)) return REPEATED;
  const scheme = BEARER.exec(header);
  return scheme === null ? undefined : header.slice(scheme[0].length);
}

/**
 * Node keeps the first of several Authorization headers, and a proxy in front may have judged another.
 * Adapters that make requests from something else than HTTP may leave `rawHeaders` out.
 */
function isRepeated({ rawHeaders = [] }: Partial<IncomingMessage>): boolean {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length === 13 && name.toLowerCase() === 'authorization') count++;
  }
  return count > 1;
}
