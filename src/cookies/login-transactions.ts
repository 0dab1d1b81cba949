import { randomBytes } from 'node:crypto';
import type { Seal } from '../shared/sealed.ts';
import type { CookieJar } from './cookie-jar.ts';

/** A pending sign-in at the managed login pages, until the browser returns to the app. */
export interface LoginTransaction {
  readonly nonce: string;
  readonly codeVerifier: string;
  /** A same-origin path. */
  readonly returnTo: string;
  readonly transport: 'bearer' | 'cookie';
  /** Maximum age of the sign-in, in seconds. */
  readonly maxAge?: number | undefined;
  /** Undefined if the request to `/login` did not say. */
  readonly rememberMe?: boolean | undefined;
}

export interface LoginWish
  extends Pick<LoginTransaction, 'returnTo' | 'transport' | 'maxAge' | 'rememberMe'> {
  /** Whether the sign-in replaces one whose callback was refused. */
  readonly replaces?: boolean;
}

/** The pending sign-ins of a browser. Each has its own sealed cookie, because several may be pending at once. */
export interface LoginTransactions {
  begin(jar: CookieJar, wish: LoginWish): LoginTransaction & { readonly state: string };
  /** Completes the sign-in of this state. Returns `undefined` if this browser did not start it, or if it is over. */
  end(jar: CookieJar, state: string): LoginTransaction | undefined;
  /** Returns the path of a sign-in that is over, if this instance has completed it. */
  returnToOf(state: string): string | undefined;
  /** Whether the state may be that of a replacement, which is not replaced again: a browser without cookies would loop. */
  isReplacement(state: string): boolean;
}

/** The names of other routers have no dot, so none of their cookies starts like this. */
const COOKIE = 'login.';
/** Cognito allows 3 to 15 minutes for each step. */
const LIFE_SECONDS = 10 * 60;
/** Every request carries all of them, each about 400 bytes plus its `returnTo`. */
const MAX_PENDING = 5;
const REPLACEMENT = 'again-';
/** Used states that are remembered to prevent replay, about 100 bytes each plus the `returnTo`. */
const MAX_USED = 10_000;

interface Pending extends LoginTransaction {
  readonly expiresAt: number;
}

export function createLoginTransactions(seal: Seal, maxUsed: number = MAX_USED): LoginTransactions {
  /** Used states, with the expiry of their cookies. */
  const used = new Map<string, Pick<Pending, 'expiresAt' | 'returnTo'>>();

  function remember(state: string, { expiresAt, returnTo }: Pending): void {
    const now = Date.now();
    // Entries are in order of expiry.
    for (const [known, { expiresAt }] of used) {
      if (expiresAt > now && used.size < maxUsed) break;
      used.delete(known);
    }
    used.set(state, { expiresAt, returnTo });
  }

  function open(jar: CookieJar, name: string): Pending | undefined {
    const content = seal.open(jar.get(name) ?? '', name);
    return content === undefined ? undefined : (JSON.parse(content) as Pending);
  }

  /** Clears invalid and surplus cookies to make room for one more. */
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
    begin(jar, { replaces, ...wish }) {
      makeRoom(jar);
      const state = `${replaces ? REPLACEMENT : ''}${randomBytes(16).toString('base64url')}`;
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
      remember(state, pending);
      return pending;
    },
    returnToOf: (state) => used.get(state)?.returnTo,
    isReplacement: (state) => state.startsWith(REPLACEMENT),
  };
}
