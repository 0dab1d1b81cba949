import { readableAttributes } from '../model/attributes.ts';
import type { AppClient } from '../model/pool.ts';
import type { User } from '../model/user.ts';

/** The scope of access tokens issued by the API, not by managed login. */
export const API_SCOPE = 'aws.cognito.signin.user.admin';

/** The scopes of every pool; all others belong to resource servers. */
export const RESERVED_SCOPES: readonly string[] = ['openid', 'email', 'phone', 'profile', API_SCOPE];

/** The attributes that each scope covers. `profile` covers all. */
const TOLD: Readonly<Record<string, readonly string[]>> = {
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
};

/** Scopes of user claims, which need `openid`. */
export const NEEDS_OPENID: readonly string[] = [...Object.keys(TOLD), 'profile'];

/** Returns whether the client can read the addresses of the scopes, which Cognito checks when a code is redeemed. */
export function canReadScopes(
  { settings: { ReadAttributes } }: AppClient,
  scopes: readonly string[],
): boolean {
  const addresses = scopes.flatMap((scope) => (TOLD[scope] ?? []).slice(0, 1));
  return addresses.every((name) => ReadAttributes?.includes(name) ?? true);
}

/**
 * Returns the attributes in an ID token and /oauth2/userInfo: all that the client can read, unless `email` or `phone`
 * was requested without `profile`.
 */
export function attributesInScope(
  client: AppClient,
  user: User,
  scopes: readonly string[],
): [name: string, value: string][] {
  const readable = readableAttributes(client, user).filter(([name]) => name !== 'identities');
  const limits = NEEDS_OPENID.filter((scope) => scopes.includes(scope));
  if (limits.length === 0 || limits.includes('profile')) return readable;
  const told = limits.flatMap((scope) => TOLD[scope] ?? []);
  return readable.filter(([name]) => told.includes(name));
}
