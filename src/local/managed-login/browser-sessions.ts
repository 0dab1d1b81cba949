import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { BrowserSession, Flow, SsoSession, UserPool } from '../model/pool.ts';
import { tracksSessions } from '../model/settings-rules.ts';
import { newSessionId } from '../tokens/session-id.ts';
import { type HostedRequest, RefusedPage, single } from './request.ts';
import { sessionSeconds } from './sso-lifetime.ts';

const COOKIE = 'cognito';
/** The cookie and the form field of the CSRF token have Cognito's names, because scripts that sign in look for them. */
const CSRF_COOKIE = 'XSRF-TOKEN';
export const CSRF_FIELD = '_csrf';
const KEPT_SESSIONS = 10_000;
const KEPT_FLOWS = 100;

export function findSession(request: HostedRequest): BrowserSession | undefined {
  const { pool } = request;
  return cookiesOf(request, COOKIE)
    .map((value) => pool.browserSessions.get(value))
    .find((found) => found && pool.now() < found.expiresAt);
}

function cookiesOf({ headers }: HostedRequest, wanted: string): string[] {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('=', 2));
  return pairs.flatMap(([name, value = '']) => (name === wanted ? [value] : []));
}

/** Returns the browser's session, or a new one. */
export function sessionOf(request: HostedRequest): BrowserSession {
  return findSession(request) ?? open(request.pool, { csrf: randomText(), flows: new Map() });
}

/**
 * Returns the session of a form. Throws if the CSRF token is wrong or the session has expired. As at Cognito, the token
 * in the form and in its cookie are enough: no other site can set that cookie.
 */
export function sessionOfForm(request: HostedRequest): BrowserSession {
  const session = findSession(request);
  const given = single(request.form, CSRF_FIELD) ?? '';
  if (session && equal(session.csrf, given)) return session;
  const isRepeated = given !== '' && cookiesOf(request, CSRF_COOKIE).some((value) => equal(value, given));
  if (!session && isRepeated) return open(request.pool, { csrf: given, flows: new Map() });
  throw new RefusedPage('invalid_request', 'This form has expired. Go back to the app and sign in again.');
}

/** Signs in under a new session id, which prevents session fixation. Keeps the sign-ins of other tabs. */
export function signInSession(
  pool: UserPool,
  before: BrowserSession,
  who: Pick<SsoSession, 'user' | 'client' | 'provider'>,
): BrowserSession & { readonly signedIn: SsoSession } {
  pool.browserSessions.delete(before.id);
  const ssoSessionId = tracksSessions(pool.settings) ? newSessionId('sso') : undefined;
  const signedIn = { ...who, at: pool.now(), ssoSessionId };
  return { ...open(pool, { csrf: before.csrf, flows: before.flows, signedIn }), signedIn };
}

export function endSession(pool: UserPool, session: BrowserSession | undefined): void {
  if (session) pool.browserSessions.delete(session.id);
}

/** Returns the signed-in user, unless the user was deleted or disabled. */
export function signedInUser(
  pool: UserPool,
  session: BrowserSession | undefined,
): BrowserSession['signedIn'] | undefined {
  const { user } = session?.signedIn ?? {};
  return user?.enabled && pool.users.find(user.username) === user ? session?.signedIn : undefined;
}

/** Stores the state of a tab. Returns its `flow` parameter. */
export function keepFlow(session: BrowserSession, flow: Flow, id: string = randomText()): string {
  const [oldest] = session.flows.keys();
  if (oldest !== undefined && session.flows.size >= KEPT_FLOWS) session.flows.delete(oldest);
  session.flows.set(id, flow);
  return id;
}

/** Returns the cookies of a session. */
export function sessionCookies({ pool, base }: HostedRequest, { id, csrf }: BrowserSession): string[] {
  const seconds = sessionSeconds(pool);
  return [cookie(COOKIE, id, base, seconds), cookie(CSRF_COOKIE, csrf, base, seconds)];
}

/** Returns the cookies that end a session in the browser. */
export function clearedCookies({ base }: HostedRequest): string[] {
  return [COOKIE, CSRF_COOKIE].map((name) => cookie(name, '', base, 0));
}

function cookie(name: string, value: string, path: string, maxAge: number): string {
  return `${name}=${value}; Path=${path}; Max-Age=${maxAge}; HttpOnly; SameSite=Lax`;
}

function open(pool: UserPool, state: Omit<BrowserSession, 'id' | 'expiresAt'>): BrowserSession {
  const session = { ...state, id: randomText(), expiresAt: pool.now() + sessionSeconds(pool) * 1000 };
  const [oldest] = pool.browserSessions.keys();
  if (oldest !== undefined && pool.browserSessions.size >= KEPT_SESSIONS) pool.browserSessions.delete(oldest);
  pool.browserSessions.set(session.id, session);
  return session;
}

function randomText(): string {
  return randomBytes(32).toString('base64url');
}

function equal(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
