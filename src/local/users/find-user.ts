import { userNotFound } from '../model/errors.ts';
import type { AppClient, UserPool } from '../model/pool.ts';
import type { User } from '../model/user.ts';

/**
 * Who a name belongs to. Undefined if it belongs to nobody and the app client conceals that;
 * UserNotFoundException if the client's PreventUserExistenceErrors is LEGACY.
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

/** For administrators, who are always told. */
export function existingUser(pool: UserPool, name: string): User {
  const user = pool.users.find(name);
  if (!user) throw userNotFound();
  return user;
}
