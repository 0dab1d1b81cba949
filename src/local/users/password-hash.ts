import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { type SrpIdentity, srpPoolName, verifierOf } from '../../cognito/srp.ts';
import type { UserPool } from '../model/pool.ts';
import type { HashedPassword, SrpVerifier } from '../model/user.ts';
import { powerOfG } from './powers-of-g.ts';

export const SALT_BYTES = 16;

export function srpVerifierOf(pool: UserPool, userId: string, password: string): SrpVerifier {
  const salt = toInteger(randomBytes(SALT_BYTES));
  return { salt, verifier: verifierOf(identity(pool, userId, password), salt, powerOfG) };
}

export function identity(pool: UserPool, name: string, password: string): SrpIdentity {
  return { group: srpPoolName(pool.id), name, password };
}

export function toInteger(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`);
}

// Too weak for real passwords. The users are test data, and a full-strength hash would slow down every test.
const COST = { N: 16, r: 1, p: 1 };

export function hashPassword(password: string): HashedPassword {
  const salt = randomBytes(16);
  return { salt, hash: scryptSync(password, salt, 32, COST) };
}

export function passwordMatches(password: string, hashed: HashedPassword | undefined): boolean {
  return hashed !== undefined && timingSafeEqual(scryptSync(password, hashed.salt, 32, COST), hashed.hash);
}
