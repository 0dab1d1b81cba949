/** The lifetime of a session's cookies: until the browser ends, or as long as their tokens. */
export type SessionLifetime = 'browser' | 'tokens';

/**
 * Precedes the refresh token, and the challenge, of a session that ends with the browser: a browser does not send the
 * lifetime of its cookies. Neither value has a colon at this place.
 */
const MARK = 's:';

export function sessionLifetime(rememberMe: boolean): SessionLifetime {
  return rememberMe ? 'tokens' : 'browser';
}

/** Returns the value for a cookie that tells the lifetime of its session. */
export function withLifetime(value: string, lifetime: SessionLifetime): string {
  return lifetime === 'browser' ? `${MARK}${value}` : value;
}

/** Returns the lifetime that a cookie tells. */
export function lifetimeIn(cookie: string): SessionLifetime {
  return cookie.startsWith(MARK) ? 'browser' : 'tokens';
}

/** Returns the value of a cookie without its lifetime. */
export function withoutLifetime(cookie: string): string {
  return cookie.startsWith(MARK) ? cookie.slice(MARK.length) : cookie;
}
