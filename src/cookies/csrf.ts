import type { IncomingMessage } from 'node:http';
import { type Problem, problem } from '../shared/problem.ts';
import { frozen } from '../tokens/refusals.ts';

/** RFC 9110 9.2.1. They change nothing, so that nobody gains by having somebody else's browser make them. */
const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

const CROSS_SITE: Problem = frozen(problem('cross_site_request'));

/**
 * The refusal of a request that could be the doing of another site: a browser sends its cookies with whatever page
 * makes it. Modern ones say where it comes from, in a header that no page can set (Fetch Metadata,
 * https://www.w3.org/TR/fetch-metadata/); older ones name the origin. A request that says neither is from no browser
 * that can be trusted with cookies. The media type makes no difference: forms can send any that matters.
 */
export function csrfProblem(req: IncomingMessage, trustedOrigins: readonly string[]): Problem | undefined {
  return SAFE_METHODS.includes(req.method ?? '') ? undefined : crossSiteProblem(req, trustedOrigins);
}

/** The same whatever the method: for a `GET` that changes something. */
export function crossSiteProblem(
  req: IncomingMessage,
  trustedOrigins: readonly string[],
): Problem | undefined {
  const { origin } = req.headers;
  const site = req.headers['sec-fetch-site'];
  // `none` is the user's own doing: a bookmark, an address typed in.
  if (site === 'same-origin' || site === 'none') return undefined;
  return origin !== undefined && trustedOrigins.includes(origin) ? undefined : CROSS_SITE;
}
