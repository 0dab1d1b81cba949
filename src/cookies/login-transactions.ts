import { randomBytes } from 'node:crypto';
import type { Seal } from '../shared/sealed.ts';
import type { CookieJar } from './cookie-jar.ts';

/** A log-in at the managed login pages, from its beginning until the browser comes back. */
export interface LoginTransaction {
  readonly nonce: string;
  readonly codeVerifier: string;
  /** A path of the same origin. */
  readonly returnTo: string;
  /** Where the browser wants its tokens. */
  readonly transport: 'bearer' | 'cookie';
  /** Seconds that the sign-in may be ago. */
  readonly maxAge?: number | undefined;
}

export type LoginWish = Pick<LoginTransaction, 'returnTo' | 'transport' | 'maxAge'>;

/** The log-ins that a browser has begun, each in a sealed cookie of its own, for several may go on at a time. */
export interface LoginTransactions {
  begin(jar: CookieJar, wish: LoginWish): LoginTransaction & { readonly state: string };
  /** Ends the one of this state; undefined if the browser has not begun it, or if it is over. */
  end(jar: CookieJar, state: string): LoginTransaction | undefined;
}

const COOKIE = 'login-';
/** Cognito itself gives a user 3 to 15 minutes for each step. */
const LIFE_SECONDS = 10 * 60;
/** Every request brings them all along: each some 400 bytes, and as many more as the return-to has. */
const MAX_PENDING = 5;
/** States that are remembered so as not to be used twice; one takes some 100 bytes. */
const MAX_USED = 10_000;

interface Pending extends LoginTransaction {
  readonly expiresAt: number;
}

export function createLoginTransactions(seal: Seal, mostUsed: number = MAX_USED): LoginTransactions {
  /** With the time at which the cookie would not open any more. */
  const used = new Map<string, number>();

  function remember(state: string, until: number): void {
    const now = Date.now();
    // The oldest come first.
    for (const [known, expiresAt] of used) {
      if (expiresAt > now && used.size < mostUsed) break;
      used.delete(known);
    }
    used.set(state, until);
  }

  function open(jar: CookieJar, name: string): Pending | undefined {
    const content = seal.open(jar.get(name) ?? '', name);
    return content === undefined ? undefined : (JSON.parse(content) as Pending);
  }

  /** Leaves room for one more. What does not open is of no use to anybody. */
  function makeRoom(jar: CookieJar): void {
    const pending = jar
      .names(COOKIE)
      .map((name) => ({ name, expiresAt: open(jar, name)?.expiresAt ?? 0 }))
      .sort((a, b) => b.expiresAt - a.expiresAt);
    for (const [index, { name, expiresAt }] of pending.entries()) {
      if (index >= MAX_PENDING - 1 || expiresAt === 0) jar.clear(name);
    }
  }

  return {
    begin(jar, wish) {
      makeRoom(jar);
      const state = randomBytes(16).toString('base64url');
      const secrets = {
        nonce: randomBytes(16).toString('base64url'),
        codeVerifier: randomBytes(32).toString('base64url'),
      };
      const expiresAt = Date.now() + LIFE_SECONDS * 1000;
      const name = `${COOKIE}${state}`;
      const pending: Pending = { ...wish, ...secrets, expiresAt };
      jar.set(name, seal.seal(JSON.stringify(pending), name, expiresAt), LIFE_SECONDS);
      return { ...wish, ...secrets, state };
    },
    end(jar, state) {
      const name = `${COOKIE}${state}`;
      const pending = open(jar, name);
      if (!pending) return;
      jar.clear(name);
      if (used.has(state)) return;
      remember(state, pending.expiresAt);
      return pending;
    },
  };
}
