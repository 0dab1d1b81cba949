import { MAX_PATH_LENGTH, SAME_ORIGIN_PATTERN, sameOriginPath } from './same-origin-path.ts';

/**
 * Returns the target as browsers parse it: a path of the same origin, or a URL on one of the origins. Returns `undefined`
 * for a value that could lead elsewhere.
 */
export function redirectTarget(value: string, origins: readonly string[]): string | undefined {
  if (value.startsWith('/')) return sameOriginPath(value);
  // Browsers and proxies disagree on URLs that do not start with the origin as browsers write it.
  if (!origins.some((origin) => startsWithOrigin(value, origin))) return undefined;
  if (/[\p{Cc}\\]/u.test(value) || !value.isWellFormed() || !URL.canParse(value)) return undefined;
  const { href, origin } = new URL(value);
  return origins.includes(origin) && href.length <= MAX_PATH_LENGTH ? href : undefined;
}

/** Pattern of such a target for the OpenAPI document. */
export function redirectTargetPattern(origins: readonly string[]): string {
  const urls = origins.map(
    (origin) => `^${origin.replace(/[.[\]]/g, '\\$&')}([/?#][^\\\\\\x00-\\x1f\\x7f-\\x9f]*)?$`,
  );
  return [SAME_ORIGIN_PATTERN, ...urls].join('|');
}

function startsWithOrigin(value: string, origin: string): boolean {
  return value.startsWith(origin) && ['', '/', '?', '#'].includes(value.charAt(origin.length));
}
