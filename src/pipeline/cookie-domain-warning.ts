import type { Request } from 'express';
import type { Logger } from 'pino';
import type { CookieSettings } from '../config/transport.ts';
import type { Hint } from '../shared/hint.ts';

const HINT: Hint =
  'browsers drop these cookies: correct cookies.dangerouslyShareWithDomain, or trust proxy if a proxy changes the host name. See docs/cross-origin.md#sub-domains-that-share-a-session';

/** Warns once of a request to a host outside the cookies' domain. */
export function createCookieDomainWarning(
  { domain }: CookieSettings,
  logger: Logger,
): ((req: Request) => void) | undefined {
  if (domain === undefined) return undefined;
  let warned = false;
  return function warnOfDomain({ hostname = '' }) {
    if (warned || `.${hostname.toLowerCase()}`.endsWith(`.${domain}`)) return;
    warned = true;
    logger.warn(
      { code: 'cookie_domain_mismatch', hint: HINT },
      `the host of a request is outside the cookies' domain ${domain}`,
    );
  };
}
