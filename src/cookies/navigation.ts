import type { IncomingMessage } from 'node:http';
import { type Problem, problem } from '../shared/problem.ts';
import { frozen } from '../tokens/refusals.ts';
import { crossSiteProblem } from './csrf.ts';

/** Who may send a browser to a page that changes something: anybody, or the app's own pages alone. */
export type NavigationFrom = 'anywhere' | 'own-pages';

const AHEAD: Problem = frozen(
  problem('invalid_request', { detail: 'This cannot be fetched ahead of a visit.' }),
);

/**
 * Whether a browser, or something before it, only gets ready for a visit that may never come. What is done on a
 * visit must not be done by that, and what it is answered must not be kept for the visit.
 *
 * @see https://wicg.github.io/nav-speculation/prefetch.html#sec-purpose-header
 */
export function isPrefetch({ method, headers }: IncomingMessage): boolean {
  const purpose = headers['sec-purpose'] ?? headers.purpose ?? headers['x-moz'];
  return method === 'HEAD' || /prefetch|prerender|preview/i.test(String(purpose));
}

export function navigationProblem(
  req: IncomingMessage,
  from: NavigationFrom,
  trustedOrigins: readonly string[],
): Problem | undefined {
  if (isPrefetch(req)) return AHEAD;
  if (from === 'anywhere' || isFromTrusted(req, trustedOrigins)) return undefined;
  return crossSiteProblem(req, trustedOrigins);
}

/** A browser that follows a link says no `Origin`, but where the link is. No page can say that of another origin. */
function isFromTrusted(
  { headers: { referer } }: IncomingMessage,
  trustedOrigins: readonly string[],
): boolean {
  if (referer === undefined || !URL.canParse(referer)) return false;
  return trustedOrigins.includes(new URL(referer).origin);
}
