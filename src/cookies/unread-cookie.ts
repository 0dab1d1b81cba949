import type { IncomingMessage } from 'node:http';
import type { TransportSettings } from '../config/transport.ts';
import type { Hint } from '../shared/hint.ts';

/** A session cookie of any router of the kit. Tokens start with `eyJ`, and `2~` marks a value in chunks. */
const ACCESS_COOKIE = /(?:^|;) ?(__Host-|__Secure-)?([A-Za-z][\w-]{0,31})-access=(?:[2-4]~)?eyJ/;

/**
 * Returns a check for requests without a token. It warns once if a request has the session cookie of a router whose
 * cookie options differ from those of the middleware.
 */
export function unreadCookieCheck(
  { transport, cookies }: TransportSettings,
  warn: (hint: Hint) => void,
): (req: IncomingMessage) => void {
  let warned = false;
  return ({ headers: { cookie } }) => {
    if (warned || cookie === undefined) return;
    const [, host = '', name] = ACCESS_COOKIE.exec(cookie) ?? [];
    if (name === undefined || (transport !== 'bearer' && cookies.prefix === `${host}${name}-`)) return;
    warned = true;
    const members = [
      ...(name === 'auth' ? [] : [`name: '${name}'`]),
      ...(host === '' ? ['dangerouslyAllowHttp: true'] : []),
      ...(host === '__Secure-' ? ['dangerouslyShareWithDomain'] : []),
    ];
    const options = [
      "transport: 'cookie'",
      ...(members.length > 0 ? [`cookies: { ${members.join(', ')} }`] : []),
    ];
    warn(
      `a request without a bearer token has the session cookie ${host}${name}-access, which requireAuth does not read: write requireAuth({ ${options.join(', ')} }), as for the router, or router.requireAuth(). See docs/cookies.md#requireauth-without-a-router`,
    );
  };
}
