import { randomBytes } from 'node:crypto';
import { inventAddress } from '../messages/codes.ts';
import type { UserPool } from '../model/pool.ts';
import { newSub, newUser, type User } from '../model/user.ts';
import { hashPassword } from '../users/password-hash.ts';
import { inventUserId } from './srp.ts';

/**
 * Creates a user for an unknown username, which prevents account enumeration. The user has a made-up address and
 * a random password, is in no directory, and no proof of it is ever valid.
 */
export function simulatedUser(pool: UserPool, name: string): User {
  const user = newUser(inventUserId(pool, name), newSub(), 'CONFIRMED', pool.now());
  if (/^\+\d+$/.test(name)) user.attributes.set('phone_number', name);
  else user.attributes.set('email', inventAddress(name));
  user.password = hashPassword(randomBytes(32).toString('base64'));
  return user;
}
