import type { ServerResponse } from 'node:http';

/** Redirects with 303, which does not repeat the body of the request (RFC 9110 15.4.4). */
export function sendSeeOther(res: ServerResponse, location: string): void {
  res.statusCode = 303;
  res.setHeader('Location', location);
  res.setHeader('Cache-Control', 'no-store');
  res.end();
}
