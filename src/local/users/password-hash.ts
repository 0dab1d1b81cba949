import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';

export interface HashedPassword {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

// Far below what a real store of passwords needs. The users of this pool are made up, and
// die with the process; a full-strength hash would only slow down every test.
const COST = { N: 16, r: 1, p: 1 };

export function hashPassword(password: string): HashedPassword {
  const salt = randomBytes(16);
  return { salt, hash: scryptSync(password, salt, 32, COST) };
}

export function passwordMatches(password: string, hashed: HashedPassword | undefined): boolean {
  return hashed !== undefined && timingSafeEqual(scryptSync(password, hashed.salt, 32, COST), hashed.hash);
}
