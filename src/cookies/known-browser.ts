import { hash, randomBytes } from 'node:crypto';
import { foldName } from '../shared/fold-name.ts';
import { isObject } from '../shared/option-errors.ts';
import { createSeal } from '../shared/sealed.ts';
import { decodeToken } from '../tokens/decode.ts';
import type { CookieJar } from './cookie-jar.ts';

/**
 * Browsers that have completed a sign-in. Their attempts have a rate limit bucket of their own, which others cannot use
 * up.
 *
 * @see https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
 */
export interface KnownBrowsers {
  /** Returns the bucket of an account's name: that of the browser if it is known to the account, else the shared one. */
  bucketOf(jar: CookieJar, account: string): string;
  /** Remembers a completed sign-in, with the name that the user typed if it proves the name. It creates a new bucket. */
  remember(jar: CookieJar, idToken: string, typed: string | undefined): void;
}

const COOKIE = 'known';
const PURPOSE = 'known browser';
/** A half-year. A stolen cookie is useful for as long. */
const LIFE_SECONDS = 180 * 86_400;
/** Names of several accounts that share a browser. */
const MAX_NAMES = 12;
const HASH_LENGTH = 22;
const ID_BYTES = 12;

/** The IDs of buckets by the hashes of names, the newest first. A sign-in renews only those of its own account. */
type Known = ReadonlyMap<string, string>;

/** Used without a configured secret. The cookies are then valid on this instance only. */
const OWN_SECRET = randomBytes(32).toString('hex');

export function createKnownBrowsers({
  rateLimits,
  clientId,
}: {
  readonly rateLimits: { readonly secret: string | undefined };
  readonly clientId: string;
}): KnownBrowsers {
  const seal = createSeal([rateLimits.secret ?? OWN_SECRET], clientId);

  function knownIn(jar: CookieJar): Known | undefined {
    const value = jar.read(COOKIE);
    const content = typeof value === 'string' ? seal.open(value, PURPOSE) : undefined;
    return content === undefined ? undefined : parse(content);
  }

  return {
    bucketOf(jar, account) {
      const id = knownIn(jar)?.get(hashOf(account));
      return id === undefined ? account : `${account} ${PURPOSE} ${id}`;
    },
    remember(jar, idToken, typed) {
      const id = randomBytes(ID_BYTES).toString('hex');
      const known = new Map(
        [...(typed === undefined ? [] : [typed]), ...namesIn(idToken)].map((name) => [hashOf(name), id]),
      );
      for (const [name, other] of knownIn(jar) ?? []) if (!known.has(name)) known.set(name, other);
      const expiresAt = Date.now() + LIFE_SECONDS * 1000;
      const content = JSON.stringify({ ids: Object.fromEntries([...known].slice(0, MAX_NAMES)) });
      jar.set(COOKIE, seal.seal(content, PURPOSE, expiresAt), LIFE_SECONDS);
    },
  };
}

/** Forgets the browser's accounts. */
export function forgetKnownBrowser(jar: CookieJar): void {
  if (jar.read(COOKIE) !== undefined) jar.clear(COOKIE);
}

/** The seal proves that this server has written it, perhaps in another version. */
function parse(content: string): Known | undefined {
  const value: unknown = JSON.parse(content);
  if (!isObject(value) || !isObject(value.ids)) return undefined;
  return new Map(Object.entries(value.ids) as [string, string][]);
}

/** Keeps the cookie short. */
function hashOf(name: string): string {
  return hash('sha256', foldName(name), 'base64url').slice(0, HASH_LENGTH);
}

/**
 * Returns the names of the user, from a token that Cognito has just sent. An address counts only if it is verified: any
 * user could write the address of another one.
 */
function namesIn(idToken: string): readonly string[] {
  const decoded = decodeToken(idToken);
  if (!('payload' in decoded)) return [];
  const { payload } = decoded;
  const isTrue = (claim: unknown): boolean => claim === true || claim === 'true';
  return [
    payload.sub,
    payload['cognito:username'],
    isTrue(payload.email_verified) ? payload.email : undefined,
    isTrue(payload.phone_number_verified) ? payload.phone_number : undefined,
  ].filter((name) => typeof name === 'string');
}
