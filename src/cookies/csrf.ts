import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../config/loopback.ts';
import type { Hint } from '../shared/hint.ts';
import { type Problem, problem } from '../shared/problem.ts';
import { frozen } from '../tokens/refusals.ts';

/** Methods that change nothing (RFC 9110 9.2.1), and are useless for CSRF. */
const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

const CROSS_SITE: Problem = frozen(problem('cross_site_request'));
/** Clients other than browsers, and old browsers at a `GET`. */
const UNKNOWN_SITE: Problem = frozen(
  problem('cross_site_request', {
    detail:
      'The request has neither a Sec-Fetch-Site nor an Origin header. Clients other than browsers send "Sec-Fetch-Site: same-origin", or a bearer token without cookies.',
  }),
);
/** Browsers send no `Sec-Fetch-Site` to `http:`, except on loopback. */
const UNKNOWN_ORIGIN: Problem = frozen(
  problem('cross_site_request', {
    detail: 'The request has no Sec-Fetch-Site header, and its origin is not trusted.',
  }),
);

const PAGE = 'See docs/cookies.md#the-csrf-check';
const HINTS: ReadonlyMap<Problem, Hint> = new Map<Problem, Hint>([
  [
    CROSS_SITE,
    `a page of another origin made the request: add its origin to trustedOrigins if it is yours. ${PAGE}`,
  ],
  [
    UNKNOWN_SITE,
    `the client is no browser, such as curl, Postman or supertest: let it send Sec-Fetch-Site: same-origin, or use bearer tokens. ${PAGE}`,
  ],
  [
    UNKNOWN_ORIGIN,
    `the page is on http:, where browsers send no Sec-Fetch-Site, or on another origin: serve it over https:, or add its origin to trustedOrigins. ${PAGE}`,
  ],
]);

/** Returns the log hint for a refusal of the CSRF check. */
export function csrfHint(refusal: Problem | undefined): Hint | undefined {
  return refusal && HINTS.get(refusal);
}

/**
 * The CSRF check. Returns the problem of a request that a page of another site may have made. Modern browsers report
 * the site in `Sec-Fetch-Site`, which pages cannot set; older ones send `Origin`. A request with neither header is
 * refused. The media type is not considered, because it is no protection.
 *
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function csrfProblem(req: IncomingMessage, trustedOrigins: readonly string[]): Problem | undefined {
  if (!SAFE_METHODS.includes(req.method ?? '')) return crossSiteProblem(req, trustedOrigins);
  return opensWebSocket(req) ? handshakeProblem(req, trustedOrigins) : undefined;
}

/** The handshake is a `GET`, and the same-origin policy does not apply to the socket (RFC 6455 10.2). */
function opensWebSocket({ headers: { upgrade } }: IncomingMessage): boolean {
  return upgrade !== undefined && /\bwebsocket\b/i.test(upgrade);
}

/** Some browsers send no `Sec-Fetch-Site` with a handshake. All send `Origin` (RFC 6455 4.1). */
function handshakeProblem(req: IncomingMessage, trustedOrigins: readonly string[]): Problem | undefined {
  const { origin, host } = req.headers;
  const isOwn = req.headers['sec-fetch-site'] === undefined && isOwnOrigin(origin, host);
  return isOwn ? undefined : crossSiteProblem(req, trustedOrigins);
}

/** A network attacker can put a page on an `http:` origin, except on loopback. */
function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined || host === undefined) return false;
  return (
    origin === `https://${host}` ||
    (origin === `http://${host}` && URL.canParse(origin) && isLoopback(new URL(origin)))
  );
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
  if (origin !== undefined && trustedOrigins.includes(origin)) return undefined;
  if (site !== undefined) return CROSS_SITE;
  return origin === undefined ? UNKNOWN_SITE : UNKNOWN_ORIGIN;
}
