import { readableAttributes } from '../model/attributes.ts';
import type { AppClient } from '../model/pool.ts';
import type { User } from '../model/user.ts';

/** The scope of every token that the API (as opposed to managed login) gives out. */
export const API_SCOPE = 'aws.cognito.signin.user.admin';

/** The scopes that every pool has; all others are of a resource server. */
export const RESERVED_SCOPES: readonly string[] = ['openid', 'email', 'phone', 'profile', API_SCOPE];

/** Which attributes these scopes tell. `profile` tells all of them. */
const TOLD: Readonly<Record<string, readonly string[]>> = {
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
};

/** Makes no sense without `openid`: they say what is told about the user. */
export const NEEDS_OPENID: readonly string[] = [...Object.keys(TOLD), 'profile'];

/**
 * The attributes that an ID token and /oauth2/userInfo tell: all that the client may read, unless `email` or `phone`
 * was asked for without `profile`.
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
