import type { IncomingMessage } from 'node:http';
import { navigationTarget, opensPage } from '../cookies/navigation.ts';
import { optionError, wrongOption } from '../shared/option-errors.ts';
import type { Problem } from '../shared/problem.ts';
import { sameOriginPath } from '../shared/same-origin-path.ts';
import { bearerToken, type ReadToken } from '../tokens/bearer.ts';

/** Returns the location that a refused request is sent to, or `undefined` for a request that gets its refusal. */
export type SignInLocation = (refusal: Problem, req: IncomingMessage) => string | undefined;

/** Refusals of a request without a session. A sign-in cures no other. */
const NO_SESSION: readonly string[] = [
  'missing_token',
  'invalid_token',
  'token_expired',
  'invalid_refresh_token',
];

const BASE = 'https://app.invalid';

/** Parses the rule. Throws a `TypeError` that says how to fix it. */
export function parseSignInPage(signInPage: unknown, readToken: ReadToken): SignInLocation | undefined {
  if (signInPage === undefined) return undefined;
  const path = typeof signInPage === 'string' ? sameOriginPath(signInPage) : undefined;
  if (path === undefined) {
    throw wrongOption('signInPage', signInPage, "write a path of your app, such as '/sign-in'");
  }
  if (readToken === bearerToken) {
    throw optionError(
      'signInPage',
      "signInPage is set without cookies, and a browser opens a page without a bearer token; set transport to 'cookie' or 'both', or remove signInPage",
    );
  }
  const page = new URL(path, BASE);

  return function locationFor(refusal, req) {
    if (!NO_SESSION.includes(refusal.code) || !isPageOfBrowser(req)) return;
    const returnTo = sameOriginPath((req as { originalUrl?: string }).originalUrl ?? req.url ?? '');
    const target = new URL(page);
    if (returnTo !== undefined) {
      // Otherwise, a sign-in page behind the same rule would be sent to itself.
      if (new URL(returnTo, BASE).pathname === page.pathname) return;
      target.searchParams.set('returnTo', returnTo);
    }
    return `${target.pathname}${target.search}${target.hash}`;
  };
}

function isPageOfBrowser(req: IncomingMessage): boolean {
  return opensPage(req) && navigationTarget(req) === 'page' && bearerToken(req) === undefined;
}
