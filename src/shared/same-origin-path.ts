/** Characters of a path as a URL has it. It travels in a cookie, of which there may be several. */
export const MAX_PATH_LENGTH = 512;

/** Any origin will do: what must not leave this one leaves no other. */
const BASE = 'https://app.invalid';

const REFUSED = '\\\\\\x00-\\x1f\\x7f-\\x9f';

/** The form of a path of the same origin, for the OpenAPI document. Dot segments take a parser as well. */
export const SAME_ORIGIN_PATTERN: string = `^/((?:[^/%${REFUSED}]|%[^25${REFUSED}]|%2[^Ff${REFUSED}]|%5[^Cc${REFUSED}])[^${REFUSED}]*)?$`;

/**
 * The path, query and fragment to send a browser to, as a URL parser such as the browser's reads them; undefined for
 * what could take it to another origin, by the rules of browsers or by those of a proxy that knows better.
 */
export function sameOriginPath(value: string): string | undefined {
  // Browsers drop tabs and line breaks, take `\` for `/` and `//` for the start of a host name (WHATWG URL 4.4).
  if (!value.startsWith('/') || /[\p{Cc}\\]/u.test(value) || !value.isWellFormed()) return undefined;
  if (!URL.canParse(value, BASE)) return undefined;
  const url = new URL(value, BASE);
  const path = `${url.pathname}${url.search}${url.hash}`;
  // What is left of `/.//host` is `//host`; and a proxy may decode what the browser would not.
  if (url.origin !== BASE || /^\/(?:\/|%2f|%5c)/i.test(path)) return undefined;
  return path.length <= MAX_PATH_LENGTH ? path : undefined;
}
