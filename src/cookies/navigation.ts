import type { IncomingMessage } from 'node:http';
import { type Problem, problem } from '../shared/problem.ts';
import { frozen } from '../tokens/refusals.ts';
import { crossSiteProblem } from './csrf.ts';

/** Accepted sources of a navigation that changes state. */
export type NavigationFrom = 'anywhere' | 'own-pages';

const PREFETCH: Problem = frozen(
  problem('invalid_request', { detail: 'This endpoint does not allow prefetch.' }),
);

/**
 * Whether the request is a prefetch, by a browser or by a proxy in front of it. A prefetch must not change state, and
 * its response must not be used for the navigation.
 *
 * @see https://wicg.github.io/nav-speculation/prefetch.html#sec-purpose-header
 */
export function isPrefetch({ method, headers }: IncomingMessage): boolean {
  const purpose = headers['sec-purpose'] ?? headers.purpose ?? headers['x-moz'];
  return method === 'HEAD' || /prefetch|prerender|preview/i.test(String(purpose));
}

/** Where a browser shows the response. */
export type NavigationTarget = 'page' | 'frame';

const FRAMES: readonly unknown[] = ['iframe', 'frame', 'embed', 'object', 'fencedframe'];

/**
 * Returns where a browser shows the response, or `undefined` for a script's request. A request without fetch metadata
 * counts as that of an older browser.
 *
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function navigationTarget({ headers }: IncomingMessage): NavigationTarget | undefined {
  if (FRAMES.includes(headers['sec-fetch-dest'])) return 'frame';
  return (headers['sec-fetch-mode'] ?? 'navigate') === 'navigate' ? 'page' : undefined;
}

/** Whether a browser navigates to the URL, and shows HTML. API clients do not ask for it. */
export function opensPage(req: IncomingMessage): boolean {
  if (req.method !== 'GET' || isPrefetch(req) || navigationTarget(req) === undefined) return false;
  return /\btext\/html\b/i.test(req.headers.accept ?? '');
}

export function navigationProblem(
  req: IncomingMessage,
  from: NavigationFrom,
  trustedOrigins: readonly string[],
): Problem | undefined {
  if (isPrefetch(req)) return PREFETCH;
  if (from === 'anywhere' || isFromTrusted(req, trustedOrigins)) return undefined;
  return crossSiteProblem(req, trustedOrigins);
}

/** Browsers send no `Origin` when they follow a link, but a `Referer`, which pages cannot forge for another origin. */
function isFromTrusted(
  { headers: { referer } }: IncomingMessage,
  trustedOrigins: readonly string[],
): boolean {
  if (referer === undefined || !URL.canParse(referer)) return false;
  return trustedOrigins.includes(new URL(referer).origin);
}
