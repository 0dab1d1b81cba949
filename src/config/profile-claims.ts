import { optionError, stringList } from '../shared/option-errors.ts';
import {
  type CookieSecretOptions,
  type CookieSecrets,
  missingCookieSecret,
  parseCookieSecret,
} from './cookie-secret.ts';
import type { Transport } from './transport.ts';

/** The options of `getProfile`. */
export interface ProfileOptions extends CookieSecretOptions {
  /**
   * Claims of the ID token that `getProfile(req)` returns, such as `['email', 'name']`, 20 at most. With cookies, they
   * travel in a sealed cookie, which requires `cookieSecret`; together they may have about 1,400 bytes. With bearer tokens,
   * the client sends the ID token in `X-ID-Token`. Default: none.
   */
  profileClaims?: readonly string[] | undefined;
}

/** The parsed options. */
export interface ProfileSettings {
  readonly claims: readonly string[];
  /** Undefined if there are no cookies. */
  readonly cookieSecret: CookieSecrets | undefined;
}

const CLAIM = /^[\x21-\x7e]{1,128}$/;
const MAX_CLAIMS = 20;

/** Throws a `TypeError` for an invalid list, or for one without a secret for its cookie. */
export function parseProfileClaims(
  { profileClaims, ...secret }: ProfileOptions,
  transport: Transport,
): ProfileSettings | undefined {
  if (profileClaims === undefined) return undefined;
  const fix = "write a list of claims, such as ['email', 'name']";
  const claims = stringList('profileClaims', profileClaims, CLAIM, fix);
  if (claims.length > MAX_CLAIMS) {
    throw optionError('profileClaims', `profileClaims has more than ${MAX_CLAIMS} claims; ${fix}`);
  }
  const cookieSecret = transport === 'bearer' ? undefined : parseCookieSecret(secret);
  if (transport !== 'bearer' && cookieSecret === undefined) throw missingCookieSecret('profileClaims');
  return Object.freeze({ claims, cookieSecret });
}
