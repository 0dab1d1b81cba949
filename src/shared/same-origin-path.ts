/** Maximum length in characters, because several cookies carry such a path. */
export const MAX_PATH_LENGTH = 512;

const BASE = 'https://app.invalid';

const REFUSED = '\\\\\\x00-\\x1f\\x7f-\\x9f';

/** Pattern of a same-origin path for the OpenAPI document. It does not cover dot segments, which need a parser. */
export const SAME_ORIGIN_PATTERN: string = `^/((?:[^/%${REFUSED}]|%[^25${REFUSED}]|%2[^Ff${REFUSED}]|%5[^Cc${REFUSED}])[^${REFUSED}]*)?$`;

/**
 * Returns the path, query and fragment of a redirect target as browsers parse it. Returns `undefined` for a value that
 * could lead to another origin, in a browser or after decoding by a proxy.
 */
export function sameOriginPath(value: string): string | undefined {
  // Browsers remove tabs and line breaks, and read `\` as `/` and `//` as the start of a host (WHATWG URL 4.4).
  if (!value.startsWith('/') || /[\p{Cc}\p{Cs}\\]/u.test(value)) return undefined;
  if (!URL.canParse(value, BASE)) return undefined;
  const url = new URL(value, BASE);
  const path = `${url.pathname}${url.search}${url.hash}`;
  // `/.//host` normalizes to `//host`, and a proxy may decode escapes that a browser keeps.
  if (url.origin !== BASE || /^\/(?:\/|%2f|%5c)/i.test(path)) return undefined;
  return path.length <= MAX_PATH_LENGTH ? path : undefined;
}

/**
 * Returns the `returnTo` of a request if it is a path of the same origin, else the fallback. Anyone can put another
 * value into a link to the sign-in page.
 *
 * @example
 * app.get('/sign-in', (req, res) => res.render('sign-in', { returnTo: safeReturnTo(req.query.returnTo) }));
 */
export function safeReturnTo(value: unknown, fallback = '/'): string {
  return (typeof value === 'string' ? sameOriginPath(value) : undefined) ?? fallback;
}
