import type Joi from 'joi';
import type { TransportSettings } from '../config/transport.ts';
import type { CookieJar } from '../cookies/cookie-jar.ts';
import { forgetKnownBrowser } from '../cookies/known-browser.ts';
import { forgetProfileCookie } from '../cookies/profile-cookie.ts';
import {
  lifetimeIn,
  type SessionLifetime,
  sessionLifetime,
  withLifetime,
  withoutLifetime,
} from '../cookies/session-lifetime.ts';
import { isObject } from '../shared/option-errors.ts';
import { decodeToken } from '../tokens/decode.ts';
import { deviceSecret } from './device-fields.ts';
import type { DeviceSecret } from './device-types.ts';
import type { Endpoint } from './endpoint.ts';
import { refreshToken, session } from './fields.ts';
import type { Tokens } from './sign-in-types.ts';

/**
 * Moves tokens, sessions and device secrets between cookies and the bodies of requests and responses. Endpoints thus
 * work the same with either transport.
 */

/** Cognito's maximum lifetime of a sign-in session (`AuthSessionValidity`), in seconds. */
const SESSION_SECONDS = 15 * 60;
/** Lifetime of Cognito's confirmation codes, in seconds. */
const SIGN_UP_SECONDS = 86_400;
/** Browsers' maximum lifetime of a cookie (RFC 6265bis 5.5). */
const DEVICE_SECONDS = 400 * 86_400;

type Body = Readonly<Record<string, unknown>>;

export interface Presented {
  readonly endpoint: Endpoint;
  readonly body: Body;
  readonly query: Readonly<Record<string, string>>;
  /** The location of the access token, valid or not. `undefined` if there is none, or if the endpoint takes none. */
  readonly tokenFrom: 'bearer' | 'cookie' | undefined;
}

/** Returns the transport of the request. */
export function transportOf(
  { endpoint, body, query, tokenFrom }: Presented,
  jar: CookieJar,
  { transport }: TransportSettings,
): 'bearer' | 'cookie' {
  if (transport !== 'both') return transport;
  if (endpoint.importsSession) return 'cookie';
  if (endpoint.startsSession) {
    return (body.transport ?? query.transport) === 'cookie' ? 'cookie' : 'bearer';
  }
  // A client that sends these in the body stores them itself. Cookies may remain from another session.
  if (body.session !== undefined || body.refreshToken !== undefined) return 'bearer';
  if (tokenFrom !== undefined) return tokenFrom;
  const { session, refreshToken } = endpoint.cookies ?? {};
  const isIn = (cookie: string | undefined): boolean =>
    cookie !== undefined && memberIn(jar, cookie) !== undefined;
  return isIn(session) || isIn(refreshToken) ? 'cookie' : 'bearer';
}

/** Adds the members that are in cookies to the body, unless a client has made them invalid. */
export function withCookies(body: Body, endpoint: Endpoint, jar: CookieJar): Record<string, unknown> {
  const filled: Record<string, unknown> = { ...body };
  for (const [member, cookie] of Object.entries(endpoint.cookies ?? {})) {
    // An endpoint that starts a session takes none.
    if (endpoint.startsSession && member === 'session') continue;
    filled[member] ??= memberIn(jar, cookie);
  }
  return filled;
}

function memberIn(jar: CookieJar, cookie: string): unknown {
  switch (cookie) {
    case 'refresh':
      return valid(refreshToken(), withoutLifetime(jar.get('refresh') ?? ''));
    case 'device':
      return deviceIn(jar);
    case 'sign-up':
    case 'pending-sign-up':
      return valid(session(), jar.get('sign-up'));
    default: {
      const [, name, value] = /^(\w+):(.*)$/.exec(withoutLifetime(jar.get('challenge') ?? '')) ?? [];
      return cookie === 'mfa-setup' && name !== 'MFA_SETUP' ? undefined : valid(session(), value);
    }
  }
}

export function deviceIn(jar: CookieJar): DeviceSecret | undefined {
  const text = jar.get('device') ?? '';
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return valid(deviceSecret(), value) as DeviceSecret | undefined;
  } catch {
    return undefined;
  }
}

function valid(schema: Joi.Schema, value: unknown): unknown {
  if (value === undefined) return undefined;
  return schema.validate(value, { convert: false }).error === undefined ? value : undefined;
}

/**
 * Returns the lifetime of the session's cookies. The client chooses it when it signs in. The later steps of the sign-in,
 * refreshes and step-ups keep it.
 */
export function lifetimeOf(
  { endpoint, body }: Pick<Presented, 'endpoint' | 'body'>,
  jar: CookieJar,
  { cookies }: TransportSettings,
): SessionLifetime {
  const { session } = endpoint.cookies ?? {};
  const { startsSession = false, importsSession = false } = endpoint;
  const isChosen = startsSession || importsSession || session === 'sign-up';
  const earlier = isChosen ? undefined : jar.read(session === undefined ? 'refresh' : 'challenge');
  if (typeof earlier === 'string') return lifetimeIn(earlier);
  const { rememberMe } = body;
  return sessionLifetime(isChosen && typeof rememberMe === 'boolean' ? rememberMe : cookies.rememberMe);
}

/** Moves the confidential members of a response into cookies. */
export function intoCookies(
  answer: object,
  { endpoint, lifetime }: { readonly endpoint: Endpoint; readonly lifetime: SessionLifetime },
  jar: CookieJar,
  settings: TransportSettings,
): object {
  const { tokens, challenge, session, device, ...rest } = answer as Readonly<Record<string, unknown>>;
  if (isObject(tokens)) {
    const replaces = endpoint.cookies?.refreshToken === undefined ? 'session' : 'tokens';
    const kept = keepTokens(jar, tokens as unknown as Tokens, { lifetime, replaces }, settings);
    return keepDevice({ ...rest, ...kept }, device, jar);
  }
  const isSignUp = endpoint.cookies?.session === 'sign-up';
  if (isSignUp) jar.clear('sign-up');
  if (isObject(challenge)) {
    // The new sign-in replaces the browser's previous session.
    if (endpoint.startsSession || isSignUp) forgetTokens(jar);
    const { session: next, ...posed } = challenge;
    if (typeof next === 'string') keepChallenge(jar, `${String(challenge.name)}:${next}`, lifetime);
    else jar.clear('challenge');
    return keepDevice({ ...rest, challenge: posed }, undefined, jar);
  }
  if (typeof session === 'string') {
    if (isSignUp) jar.set('sign-up', session, SIGN_UP_SECONDS);
    else keepChallenge(jar, `MFA_SETUP:${session}`, lifetime);
  }
  return keepDevice(rest, device, jar);
}

function keepChallenge(jar: CookieJar, challenge: string, lifetime: SessionLifetime): void {
  jar.set('challenge', withLifetime(challenge, lifetime), SESSION_SECONDS);
}

function keepDevice(answer: Record<string, unknown>, device: unknown, jar: CookieJar): object {
  // A sign-in can refuse one device and confirm another.
  if (answer.deviceRefused) jar.clear('device');
  if (isObject(device)) {
    jar.set('device', Buffer.from(JSON.stringify(device)).toString('base64url'), DEVICE_SECONDS);
  }
  return answer;
}

/** The part of a response that replaces tokens in cookies. */
export interface SignedIn {
  readonly user: {
    readonly sub: unknown;
    readonly username: unknown;
    readonly groups: unknown;
  };
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
}

/**
 * Sets the token cookies. A sign-in replaces the whole session of the browser. A refresh replaces only the tokens,
 * because a step-up may be pending.
 */
export function keepTokens(
  jar: CookieJar,
  { accessToken, idToken, refreshToken, expiresIn }: Tokens,
  { lifetime, replaces }: { readonly lifetime: SessionLifetime; readonly replaces: 'session' | 'tokens' },
  { cookies }: TransportSettings,
): SignedIn {
  const maxAge = (seconds: number): number | 'session' => (lifetime === 'browser' ? 'session' : seconds);
  if (replaces === 'session') forgetTokens(jar);
  jar.set('access', accessToken, maxAge(expiresIn));
  if (refreshToken !== undefined) {
    jar.set('refresh', withLifetime(refreshToken, lifetime), maxAge(cookies.refreshMaxAge));
  }
  return { user: userOf(idToken, accessToken), expiresIn };
}

/**
 * Reads the claims without verification, because Cognito has just sent the token. An ID token with many claims may be
 * too long to decode.
 */
function userOf(idToken: string, accessToken: string): SignedIn['user'] {
  const [claims = {}] = [idToken, accessToken].flatMap((token) => {
    const decoded = decodeToken(token);
    return 'payload' in decoded ? [decoded.payload] : [];
  });
  return {
    sub: claims.sub,
    username: claims['cognito:username'] ?? claims.username,
    groups: claims['cognito:groups'] ?? [],
  };
}

/** Clears all cookies, including the device. */
export function forgetBrowser(jar: CookieJar): void {
  forgetTokens(jar);
  jar.clear('device');
  forgetKnownBrowser(jar);
}

/** Clears all cookies except the device. */
export function forgetTokens(jar: CookieJar): void {
  forgetSession(jar);
  for (const name of ['challenge', 'sign-up']) jar.clear(name);
}

/** Clears the token cookies of an expired or revoked session. A pending sign-in continues. */
export function forgetSession(jar: CookieJar): void {
  for (const name of ['access', 'refresh']) jar.clear(name);
  forgetProfileCookie(jar);
}
