import { userNotFound } from '../model/errors.ts';
import type { AppClient, UserPool } from '../model/pool.ts';
import type { User } from '../model/user.ts';

/**
 * Finds a user by a sign-in name. For an unknown name, returns undefined if the app client prevents account
 * enumeration, or throws UserNotFoundException if its PreventUserExistenceErrors is LEGACY.
 */
export function findUser(client: AppClient, name: string): User | undefined {
  return orUnknown(client, client.pool.users.find(name), 'Username/client id combination not found.');
}

/** Finds the user of a sign-in like `findUser`. In a pool with usernames, a `sub` is no sign-in name. */
export function findBySignInName(client: AppClient, name: string): User | undefined {
  return orUnknown(client, client.pool.users.findBySignInName(name), 'User does not exist.');
}

function orUnknown(client: AppClient, user: User | undefined, message: string): User | undefined {
  if (!user && !concealsUsers(client)) throw userNotFound(message);
  return user;
}

/** Returns whether the app client prevents account enumeration. */
export function concealsUsers({ settings }: AppClient): boolean {
  return settings.PreventUserExistenceErrors === 'ENABLED';
}

/** Finds a user for an administrator. Throws UserNotFoundException for an unknown name. */
export function existingUser(pool: UserPool, name: string): User {
  const user = pool.users.find(name);
  if (!user) throw userNotFound();
  return user;
}
