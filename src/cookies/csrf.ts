import type { IncomingMessage } from 'node:http';
import { type Problem, problem } from '../shared/problem.ts';
import { frozen } from '../tokens/refusals.ts';

/** Methods that change nothing (RFC 9110 9.2.1), and are useless for CSRF. */
const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

const CROSS_SITE: Problem = frozen(problem('cross_site_request'));

/**
 * The CSRF check. Returns the problem of a request that a page of another site may have made. Modern browsers report
 * the site in `Sec-Fetch-Site`, which pages cannot set; older ones send `Origin`. A request with neither header is
 * refused. The media type is not considered, because it is no protection.
 *
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function csrfProblem(req: IncomingMessage, trustedOrigins: readonly string[]): Problem | undefined {
  return SAFE_METHODS.includes(req.method ?? '') ? undefined : crossSiteProblem(req, trustedOrigins);
}

/** The CSRF check for any method, such as a `GET` that changes state. */
export function crossSiteProblem(
  req: IncomingMessage,
  trustedOrigins: readonly string[],
): Problem | undefined {
  const { origin } = req.headers;
  const site = req.headers['sec-fetch-site'];
  // `none` is a navigation by the user, such as a bookmark or a typed address.
  if (site === 'same-origin' || site === 'none') return undefined;
  return origin !== undefined && trustedOrigins.includes(origin) ? undefined : CROSS_SITE;
}
