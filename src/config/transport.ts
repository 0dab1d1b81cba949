import {
  booleanOption,
  checkOptionNames,
  isObject,
  optionError,
  wholeOption,
  wrongOption,
} from '../shared/option-errors.ts';
import { isPrivateWay } from './loopback.ts';

/**
 * Storage of tokens in the browser. `bearer` leaves it to the page's scripts. `cookie` uses httpOnly cookies, which
 * scripts cannot read. `both` lets each sign-in choose.
 */
export type Transport = 'bearer' | 'cookie' | 'both';

/** The options of the session cookies. The cookies are always httpOnly, and valid for all paths of their host. */
export interface CookieOptions {
  /**
   * Prefix of the cookie names, after `__Host-`: a letter, then letters, digits, `_` and `-`, 32 at most. Two routers
   * on one host need different names. Default: `'auth'`.
   */
  name?: string | undefined;
  /**
   * The cookies' `SameSite` attribute. With `'strict'`, the first request from a link on another site has no session.
   * Default: `'lax'`.
   */
  sameSite?: 'lax' | 'strict' | undefined;
  /**
   * Lifetime of the refresh cookie in seconds, 60 or more. Set it to the app client's "Refresh token expiration", which
   * Cognito does not report. Default: 30 days, Cognito's default.
   */
  refreshMaxAge?: number | undefined;
  /**
   * Whether a session outlives the browser, for a sign-in without `rememberMe`. With `false`, its cookies have no lifetime,
   * and the browser deletes them when it ends. Default: `true`.
   */
  rememberMe?: boolean | undefined;
  /**
   * Omits `Secure` and the prefix `__Host-`, for a server on loopback without TLS. The cookies are then not protected
   * from other hosts of the domain, nor on the network. Default: `false`.
   */
  dangerouslyAllowHttp?: boolean | undefined;
  /**
   * Sends the cookies to every host of this domain, such as `example.com`, under the prefix `__Secure-`. Any host of the
   * domain then gets the users' tokens and can replace them, also one that an attacker has taken over. Requires
   * `trustedOrigins`. Default: none; one host.
   */
  dangerouslyShareWithDomain?: string | undefined;
}

/** The options of the token transport, for the router and for `requireAuth`. */
export interface TransportOptions {
  /** Storage of tokens in the browser. Default: `'bearer'`. */
  transport?: Transport | undefined;
  /** The options of the session cookies. Default: `{}`. */
  cookies?: CookieOptions | undefined;
  /**
   * Other origins, such as `https://app.example.com`, whose pages pass the CSRF check. The app's own origin always
   * passes. Default: none.
   */
  trustedOrigins?: readonly string[] | undefined;
}

export const TRANSPORT_OPTIONS = ['transport', 'cookies', 'trustedOrigins'] as const;

/** The parsed cookie options. */
export interface CookieSettings {
  /** First part of every cookie name, including `__Host-`. */
  readonly prefix: string;
  /** Attributes of every cookie except `Max-Age`. */
  readonly attributes: string;
  /** The domain whose hosts share the cookies. */
  readonly domain: string | undefined;
  /** Seconds. */
  readonly refreshMaxAge: number;
  readonly rememberMe: boolean;
}

export interface TransportSettings {
  readonly transport: Transport;
  readonly cookies: CookieSettings;
  readonly trustedOrigins: readonly string[];
}

const NAME = /^[A-Za-z][\w-]{0,31}$/;
const COOKIE_OPTIONS = [
  'name',
  'sameSite',
  'refreshMaxAge',
  'rememberMe',
  'dangerouslyAllowHttp',
  'dangerouslyShareWithDomain',
] as const;
/** A registrable name has two labels or more. Browsers refuse public suffixes themselves. */
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const MEMBERS = COOKIE_OPTIONS.slice(1).join(', ');
const DEFAULT_REFRESH_SECONDS = 30 * 86_400;
const MIN_REFRESH_SECONDS = 60;
/** Maximum lifetime of Cognito's refresh tokens, 10 years. Browsers limit cookies to 400 days (RFC 6265bis 5.5). */
const MAX_REFRESH_SECONDS = 3650 * 86_400;

/** Parses the options. Throws a `TypeError` that says how to fix them. */
export function parseTransport(
  given: TransportOptions & { managedLogin?: unknown; forms?: unknown },
): TransportSettings {
  const { transport = 'bearer', trustedOrigins = [] } = given;
  if (transport !== 'bearer' && transport !== 'cookie' && transport !== 'both') {
    throw wrongOption('transport', transport, "write 'bearer', 'cookie' or 'both'");
  }
  if (given.cookies !== undefined && !isObject(given.cookies)) throw wrongCookies(given.cookies);
  // Managed login stores pending sign-ins in cookies.
  if (transport === 'bearer' && given.managedLogin === undefined) {
    for (const name of ['cookies', 'trustedOrigins'] as const) {
      if (given[name] === undefined) continue;
      // The CSRF check applies to every form.
      if (name === 'trustedOrigins' && given.forms === true) continue;
      throw optionError(
        name,
        `${name} is set, and transport is 'bearer', which uses no cookies; set transport to 'cookie' or 'both', or remove ${name}`,
      );
    }
  }
  const cookies = parseCookies(given.cookies ?? {});
  const origins = parseOrigins(trustedOrigins, given.cookies ?? {});
  if (given.cookies?.dangerouslyShareWithDomain !== undefined && origins.length === 0) {
    throw optionError(
      'trustedOrigins',
      'trustedOrigins is missing; cookies.dangerouslyShareWithDomain requires it: list the origins whose pages use the cookies, such as "https://app.example.com"',
    );
  }
  return Object.freeze({ transport, cookies, trustedOrigins: origins });
}

/** Most other libraries switch cookies on with a flag or a name. */
function wrongCookies(given: unknown): TypeError {
  if (given === false) return wrongOption('cookies', given, "write transport: 'bearer', the default");
  const name =
    typeof given === 'string' && NAME.test(given) ? `{ name: '${given}' }` : `{ name, ${MEMBERS} }`;
  const fix = `write transport: 'cookie' to use cookies, and cookies: ${name} to change a default`;
  return wrongOption('cookies', given, fix);
}

function parseCookies(given: CookieOptions & Record<string, unknown>): CookieSettings {
  checkOptionNames('cookies', given, COOKIE_OPTIONS, {
    secure: ['dangerouslyAllowHttp'],
    maxage: ['refreshMaxAge'],
    domain: ['dangerouslyShareWithDomain'],
    persistent: ['rememberMe'],
    remember: ['rememberMe'],
  });
  const { name = 'auth', sameSite = 'lax', dangerouslyShareWithDomain: domain } = given;
  const bounds = [MIN_REFRESH_SECONDS, MAX_REFRESH_SECONDS] as const;
  const refreshMaxAge = wholeOption('cookies.refreshMaxAge', given.refreshMaxAge, bounds);
  const rememberMe = booleanOption('cookies.rememberMe', given.rememberMe ?? true);
  const allowHttp = booleanOption('cookies.dangerouslyAllowHttp', given.dangerouslyAllowHttp);
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw wrongOption('cookies.name', name, 'write letters, digits, "_" and "-", 32 at most');
  }
  if (sameSite !== 'lax' && sameSite !== 'strict') {
    throw wrongOption('cookies.sameSite', sameSite, "write 'lax' or 'strict'");
  }
  if (domain !== undefined && (typeof domain !== 'string' || !DOMAIN.test(domain))) {
    throw wrongOption(
      'cookies.dangerouslyShareWithDomain',
      domain,
      'write a domain such as "example.com", in lower case, without a leading dot',
    );
  }
  // Browsers accept the prefix __Host- only over TLS, for one host and all of its paths (RFC 6265bis 4.1.3.2).
  const prefix = domain === undefined ? '__Host-' : '__Secure-';
  const scope = domain === undefined ? '' : `; Domain=${domain}`;
  return Object.freeze({
    prefix: `${allowHttp ? '' : prefix}${name}-`,
    attributes: `${scope}; Path=/; HttpOnly${allowHttp ? '' : '; Secure'}; SameSite=${sameSite === 'lax' ? 'Lax' : 'Strict'}`,
    domain,
    refreshMaxAge: refreshMaxAge ?? DEFAULT_REFRESH_SECONDS,
    rememberMe,
  });
}

/** Throws a `TypeError` for `tokenUse: 'id'` where only cookies are read. */
export function refuseIdTokenInCookies(tokenUse: unknown, transport: Transport): void {
  if (tokenUse !== 'id' || transport !== 'cookie') return;
  throw optionError(
    'tokenUse',
    "tokenUse is 'id' with transport 'cookie'; cookies hold no ID token: leave tokenUse out, and name the claims that you need in profileClaims",
  );
}

/**
 * Throws a `TypeError` for an option that needs cookies, such as `autoRefresh`: only cookies carry a refresh token in each
 * request.
 */
export function refuseWithoutCookies(
  transport: Transport,
  option: 'autoRefresh' | 'importSessions' | 'managedLogin.idpInitiated',
): void {
  if (transport !== 'bearer') return;
  throw optionError(
    option,
    `${option} is set without cookies; set transport to 'cookie' or 'both', or remove ${option}`,
  );
}

/** A network attacker can put a page on an `http:` origin (RFC 6454 8.1). */
function parseOrigins(given: unknown, { dangerouslyAllowHttp }: CookieOptions): readonly string[] {
  const fix = 'write a list of origins such as "https://app.example.com", without a path';
  if (!Array.isArray(given)) throw wrongOption('trustedOrigins', given, fix);
  for (const origin of given) {
    if (typeof origin !== 'string' || originOf(origin) !== origin)
      throw wrongOption('trustedOrigins', origin, fix);
    if (!isPrivateWay(new URL(origin)) && dangerouslyAllowHttp !== true) {
      throw wrongOption(
        'trustedOrigins',
        origin,
        'write https://, because http:// is allowed on loopback only',
      );
    }
  }
  return Object.freeze([...given]);
}

/** Returns the origin as browsers serialize it, or `undefined` if the text is not a web origin. */
function originOf(text: string): string | undefined {
  try {
    const { protocol, hostname, origin } = new URL(text);
    // Wildcards are not supported; `URL` would parse one as a host name.
    if (hostname.includes('*')) return undefined;
    return protocol === 'https:' || protocol === 'http:' ? origin : undefined;
  } catch {
    return undefined;
  }
}
