import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { BrowserSession, Flow, SsoSession, UserPool } from '../model/pool.ts';
import { tracksSessions } from '../model/settings-rules.ts';
import { newSessionId } from '../tokens/session-id.ts';
import { type HostedRequest, RefusedPage, single } from './request.ts';
import { sessionSeconds } from './sso-lifetime.ts';

const COOKIE = 'cognito';
const KEPT_SESSIONS = 10_000;
const KEPT_FLOWS = 100;

export function findSession({ pool, headers }: HostedRequest): BrowserSession | undefined {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [name, value = ''] = pair.trim().split('=', 2);
    const found = name === COOKIE ? pool.browserSessions.get(value) : undefined;
    if (found && pool.now() < found.expiresAt) return found;
  }
  return undefined;
}

/** Returns the browser's session, or a new one. */
export function sessionOf(request: HostedRequest): BrowserSession {
  return findSession(request) ?? open(request.pool, { csrf: randomText(), flows: new Map() });
}

/** Returns the session of a form. Throws if the CSRF token is wrong or the session has expired. */
export function sessionOfForm(request: HostedRequest): BrowserSession {
  const session = findSession(request);
  const given = single(request.form, 'csrf') ?? '';
  if (session && equal(session.csrf, given)) return session;
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

export function setCookie(pool: UserPool, { id }: BrowserSession): string {
  return cookie(pool, id, sessionSeconds(pool));
}

export function clearCookie(pool: UserPool): string {
  return cookie(pool, '', 0);
}

function cookie(pool: UserPool, value: string, maxAge: number): string {
  return `${COOKIE}=${value}; Path=/${pool.id}; Max-Age=${maxAge}; HttpOnly; SameSite=Lax`;
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
