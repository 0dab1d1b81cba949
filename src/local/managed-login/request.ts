import type { IncomingHttpHeaders } from 'node:http';
import type { UserPool } from '../model/pool.ts';
import type { Answer } from '../wire/answer.ts';

/** A request to an endpoint of managed login. */
export interface HostedRequest {
  readonly pool: UserPool;
  /** Path of the pages: that of the pool's ID or, as the client has requested it, of a domain. */
  readonly base: string;
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  /** Form fields; empty if the body is not a form. */
  readonly form: URLSearchParams;
}

/** A refusal shown on a page, because a redirect to an unverified URI is unsafe. */
export class RefusedPage extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Returns a parameter that must not be repeated (RFC 6749, section 3.1). Empty counts as absent. */
export function single(parameters: URLSearchParams, name: string): string | undefined {
  return parameters.getAll(name)[0] || undefined;
}

export function hasRepeats(parameters: URLSearchParams): boolean {
  return new Set(parameters.keys()).size < parameters.size;
}

/** Creates a redirect. Encodes characters of `location` that are invalid in a header. */
export function redirect(location: string): Answer {
  const safe = location.replace(/[^\x21-\x7e]/gu, (character) =>
    encodeURIComponent(character.toWellFormed()),
  );
  return { status: 302, headers: { location: safe, 'cache-control': 'no-store' }, body: '' };
}

/** Adds parameters to the query or the fragment of a URL. */
export function withParameters(
  url: string,
  parameters: Readonly<Record<string, string | undefined>>,
  place: 'query' | 'fragment' = 'query',
): string {
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const text = new URLSearchParams(given).toString();
  if (place === 'fragment') return `${url}#${text}`;
  return `${url}${url.includes('?') ? '&' : '?'}${text}`;
}
