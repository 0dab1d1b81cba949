import {
  booleanOption,
  checkOptionNames,
  isObject,
  optionError,
  wholeOption,
  wrongOption,
} from '../shared/option-errors.ts';

/**
 * Where a browser keeps its tokens: `bearer`, the page's scripts do; `cookie`, httpOnly cookies that no script can
 * read do; `both`, each sign-in says.
 */
export type Transport = 'bearer' | 'cookie' | 'both';

/** How the cookies are made. They are always httpOnly, for the whole of one host, and for no other. */
export interface CookieOptions {
  /**
   * What their names begin with after `__Host-`, for two routers on one host: letters, digits, `_` and `-`.
   * Default: `'auth'`.
   */
  name?: string | undefined;
  /**
   * `'strict'` keeps them out of the first request that a link on another site makes, which then finds nobody
   * signed in. Default: `'lax'`.
   */
  sameSite?: 'lax' | 'strict' | undefined;
  /**
   * Seconds that the refresh token is kept: the app client's "Refresh token expiration", which Cognito does not
   * tell. Default: 30 days, as Cognito's.
   */
  refreshMaxAge?: number | undefined;
  /**
   * For a server on loopback without TLS: leaves out `Secure` and the prefix `__Host-`, and with them the protection
   * from other hosts of the domain and from the network. Default: `false`.
   */
  dangerouslyAllowHttp?: boolean | undefined;
}

/** The options that say how tokens reach the browser, of the router and of `requireAuth` alike. */
export interface TransportOptions {
  /** Where the browser keeps its tokens. Default: `'bearer'`. */
  transport?: Transport | undefined;
  /** How the cookies are made. Default: `{}`. */
  cookies?: CookieOptions | undefined;
  /**
   * Other origins, such as `https://app.example.com`, whose pages may make requests with the cookies that change
   * something. A page of the same origin always may. Default: none.
   */
  trustedOrigins?: readonly string[] | undefined;
}

export const TRANSPORT_OPTIONS = ['transport', 'cookies', 'trustedOrigins'] as const;

/** The same, checked and complete. */
export interface CookieSettings {
  /** What the name of each of them begins with. */
  readonly prefix: string;
  /** What follows the value of each of them, but for its age. */
  readonly attributes: string;
  /** Seconds. */
  readonly refreshMaxAge: number;
}

export interface TransportSettings {
  readonly transport: Transport;
  readonly cookies: CookieSettings;
  readonly trustedOrigins: readonly string[];
}

const NAME = /^[A-Za-z][\w-]{0,31}$/;
const COOKIE_OPTIONS = ['name', 'sameSite', 'refreshMaxAge', 'dangerouslyAllowHttp'];
const DEFAULT_REFRESH_SECONDS = 30 * 86_400;
const MIN_REFRESH_SECONDS = 60;
/** Of a refresh token at Cognito: 10 years. Browsers keep no cookie for longer than 400 days (RFC 6265bis 5.5). */
const MAX_REFRESH_SECONDS = 3650 * 86_400;

/** Checks the options. Throws a `TypeError` that names the fix. */
export function parseTransport(given: TransportOptions & { managedLogin?: unknown }): TransportSettings {
  const { transport = 'bearer', trustedOrigins = [] } = given;
  if (transport !== 'bearer' && transport !== 'cookie' && transport !== 'both') {
    throw wrongOption('transport', transport, "write 'bearer', 'cookie' or 'both'");
  }
  // Managed login keeps a log-in in cookies until the browser comes back.
  if (transport === 'bearer' && given.managedLogin === undefined) {
    for (const name of ['cookies', 'trustedOrigins'] as const) {
      if (given[name] === undefined) continue;
      throw optionError(
        `${name} is set and there are no cookies; set transport to 'cookie' or 'both', or leave ${name} out`,
      );
    }
  }
  return Object.freeze({
    transport,
    cookies: parseCookies(given.cookies ?? {}),
    trustedOrigins: parseOrigins(trustedOrigins),
  });
}

function parseCookies(given: unknown): CookieSettings {
  if (!isObject(given)) {
    throw wrongOption('cookies', given, 'write { name, sameSite, refreshMaxAge, dangerouslyAllowHttp }');
  }
  checkOptionNames('cookies', given, COOKIE_OPTIONS);
  const { name = 'auth', sameSite = 'lax' } = given;
  const bounds = [MIN_REFRESH_SECONDS, MAX_REFRESH_SECONDS] as const;
  const refreshMaxAge = wholeOption('cookies.refreshMaxAge', given.refreshMaxAge, bounds);
  const allowHttp = booleanOption('cookies.dangerouslyAllowHttp', given.dangerouslyAllowHttp);
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw wrongOption('cookies.name', name, 'write letters, digits, "_" and "-", 32 at most');
  }
  if (sameSite !== 'lax' && sameSite !== 'strict') {
    throw wrongOption('cookies.sameSite', sameSite, "write 'lax' or 'strict'");
  }
  return Object.freeze({
    // Browsers take a cookie of this name only over TLS, for one host and all of its paths (RFC 6265bis 4.1.3.2).
    prefix: `${allowHttp ? '' : '__Host-'}${name}-`,
    attributes: `; Path=/; HttpOnly${allowHttp ? '' : '; Secure'}; SameSite=${sameSite === 'lax' ? 'Lax' : 'Strict'}`,
    refreshMaxAge: refreshMaxAge ?? DEFAULT_REFRESH_SECONDS,
  });
}

/** The browser refreshes a session only where it keeps one. Throws a `TypeError` that names the fix. */
export function refuseWithoutCookies(transport: Transport): void {
  if (transport !== 'bearer') return;
  throw optionError(
    "autoRefresh is true and there are no cookies; set transport to 'cookie' or 'both', or leave autoRefresh out",
  );
}

function parseOrigins(given: unknown): readonly string[] {
  const fix = 'write a list of origins such as "https://app.example.com", without a path';
  if (!Array.isArray(given)) throw wrongOption('trustedOrigins', given, fix);
  for (const origin of given) {
    if (typeof origin !== 'string' || originOf(origin) !== origin)
      throw wrongOption('trustedOrigins', origin, fix);
  }
  return Object.freeze([...given]);
}

/** As a browser writes it; undefined for what is no origin on the web. */
function originOf(text: string): string | undefined {
  try {
    const { protocol, hostname, origin } = new URL(text);
    // A pattern would be taken for the name of a host, and fit none.
    if (hostname.includes('*')) return undefined;
    return protocol === 'https:' || protocol === 'http:' ? origin : undefined;
  } catch {
    return undefined;
  }
}
