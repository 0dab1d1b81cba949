import type { IncomingHttpHeaders } from 'node:http';
import type { UserPool } from '../model/pool.ts';
import type { Answer } from '../wire/answer.ts';

/** A request to an endpoint of managed login. */
export interface HostedRequest {
  readonly pool: UserPool;
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  /** Empty unless the body is a form. */
  readonly form: URLSearchParams;
}

/** Refused with a page, since the browser cannot safely be sent back: it may be anybody's app that asks. */
export class RefusedPage extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** A parameter that must not be there twice (RFC 6749, section 3.1); an empty one counts as absent. */
export function single(parameters: URLSearchParams, name: string): string | undefined {
  return parameters.getAll(name)[0] || undefined;
}

export function hasRepeats(parameters: URLSearchParams): boolean {
  return new Set(parameters.keys()).size < parameters.size;
}

/** `location` may hold what a header must not. */
export function redirect(location: string, headers: Answer['headers'] = {}): Answer {
  const safe = location.replace(/[^\x21-\x7e]/gu, (character) =>
    encodeURIComponent(character.toWellFormed()),
  );
  return { status: 302, headers: { location: safe, 'cache-control': 'no-store', ...headers }, body: '' };
}

/** A URL of the app's with parameters added: in its query, or in the fragment. */
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
