import type { IncomingMessage } from 'node:http';
import type { TransportSettings } from '../config/transport.ts';
import type { Hint } from '../shared/hint.ts';

/** A session cookie of any router of the kit. Tokens start with `eyJ`, and `2~` marks a value in chunks. */
const ACCESS_COOKIE = /(?:^|;) ?(__Host-|__Secure-)?([A-Za-z][\w-]{0,31})-access=(?:[2-4]~)?eyJ/;

/** The function whose options decide which cookie is read. */
type Reader = 'requireAuth' | 'createCognitoRouter';

/**
 * Returns a check for requests without a token. It warns once if a request has the session cookie of a router whose
 * cookie options differ from those of the reader.
 */
export function unreadCookieCheck(
  { transport, cookies: { prefix } }: TransportSettings,
  warn: (hint: Hint) => void,
  reader: Reader = 'requireAuth',
): (req: IncomingMessage) => void {
  let warned = false;
  return ({ headers: { cookie } }) => {
    if (warned || cookie === undefined) return;
    const [, host = '', name] = ACCESS_COOKIE.exec(cookie) ?? [];
    if (name === undefined || (transport !== 'bearer' && prefix === `${host}${name}-`)) return;
    warned = true;
    const reads = transport === 'bearer' ? 'no cookies' : `${prefix}access`;
    const otherWay =
      reader === 'requireAuth'
        ? 'as for the router, or use router.requireAuth()'
        : 'or use the requireAuth of the router that set the cookie';
    warn(
      `a request without a bearer token has the session cookie ${host}${name}-access, but ${reader} has options to read ${reads}: write ${reader}({ ${optionsFor({ host, name, prefix })} }), ${otherWay}. See docs/cookies.md#requireauth-without-a-router`,
    );
  };
}

/** Returns the options that read the cookie, with those that the reader has to change even to a default. */
function optionsFor({ host, name, prefix }: { host: string; name: string; prefix: string }): string {
  const [, ownHost, ownName] = /^(__Host-|__Secure-)?(.*)-$/.exec(prefix) ?? [];
  const members = [
    ...(name === 'auth' && ownName === 'auth' ? [] : [`name: '${name}'`]),
    ...(host === '' ? ['dangerouslyAllowHttp: true'] : []),
    ...(host === '__Secure-' ? ["dangerouslyShareWithDomain: '<its domain>'"] : []),
    ...(host !== '' && ownHost === undefined ? ['dangerouslyAllowHttp: false'] : []),
  ];
  return ["transport: 'cookie'", ...(members.length > 0 ? [`cookies: { ${members.join(', ')} }`] : [])].join(
    ', ',
  );
}
