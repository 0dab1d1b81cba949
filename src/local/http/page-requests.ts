import type { IncomingHttpHeaders } from 'node:http';

/** Tells whether a request may call the operations that need AWS credentials. */
export type AdminOriginCheck = (headers: IncomingHttpHeaders) => boolean;

/**
 * Creates the check of web pages. The signature is not verified, so any page that a developer visits could otherwise call
 * an operation of administrators. `origins` are those of trusted pages.
 */
export function createAdminOriginCheck(origins: readonly string[] = []): AdminOriginCheck {
  const allowed = new Set(origins);
  return (headers) => !isFromPage(headers) || allowed.has(headers.origin ?? '');
}

/** Browsers send `Origin` or `Sec-Fetch-Site` for each request of a page. `none` stands for an address that the user typed. */
export function isFromPage({ origin, 'sec-fetch-site': site = 'none' }: IncomingHttpHeaders): boolean {
  return origin !== undefined || site !== 'none';
}
