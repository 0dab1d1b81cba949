import { userNotFound } from '../model/errors.ts';
import type { AppClient, UserPool } from '../model/pool.ts';
import type { User } from '../model/user.ts';

/**
 * Finds a user by a sign-in name. For an unknown name, returns undefined if the app client prevents account
 * enumeration, or throws UserNotFoundException if its PreventUserExistenceErrors is LEGACY.
 */
export function findUser(
  client: AppClient,
  name: string,
  message = 'Username/client id combination not found.',
): User | undefined {
  const user = client.pool.users.find(name);
  if (!user && client.settings.PreventUserExistenceErrors !== 'ENABLED') throw userNotFound(message);
  return user;
}

/** Finds a user for an administrator. Throws UserNotFoundException for an unknown name. */
export function existingUser(pool: UserPool, name: string): User {
  const user = pool.users.find(name);
  if (!user) throw userNotFound();
  return user;
}
