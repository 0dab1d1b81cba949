import type { IncomingMessage } from 'node:http';
import type { Problem } from '../shared/problem.ts';
import { REPEATED } from './refusals.ts';

/** Reads the token of a request. Returns `undefined` if there is none, or the problem of an ambiguous request. */
export type ReadToken = (req: IncomingMessage) => string | Problem | undefined;

const BEARER = /^bearer(?: +|$)/i;

/** Reads `Authorization: Bearer` (RFC 6750 2.1). Other schemes, such as Basic, are ignored. */
export function bearerToken(req: IncomingMessage): string | Problem | undefined {
  const header: string | string[] | undefined = req.headers.authorization;
  if (header === undefined) return;
  if (typeof header !== 'string' || isRepeated(req)) return REPEATED;
  const scheme = BEARER.exec(header);
  return scheme === null ? undefined : header.slice(scheme[0].length);
}

/**
 * Node keeps the first of several Authorization headers, and a proxy in front may have checked another. `rawHeaders` is
 * optional, because adapters that create requests without HTTP may omit it.
 */
function isRepeated({ rawHeaders = [] }: Partial<IncomingMessage>): boolean {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length === 13 && name.toLowerCase() === 'authorization') count++;
  }
  return count > 1;
}
