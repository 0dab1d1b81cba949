import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  claimSignature,
  claimTimestamp,
  parseHex,
  serverKey,
  serverKeyPair,
  srpPoolName,
  verifierOf,
} from '../../cognito/srp.ts';
import { invalidParameter, missingParameter, wrongPassword } from '../model/errors.ts';
import type { AppClient, UserPool } from '../model/pool.ts';
import type { CustomFlow } from '../model/sign-in-state.ts';
import type { SrpVerifier, User } from '../model/user.ts';
import { namesUnknownDevice } from '../users/devices.ts';
import { identity, SALT_BYTES, toInteger } from '../users/password-hash.ts';

type Texts = Readonly<Record<string, string>>;

/** What PASSWORD_VERIFIER tells the client. It comes without a Session. */
export interface PasswordVerifier {
  readonly ChallengeName: 'PASSWORD_VERIFIER';
  readonly ChallengeParameters: Texts;
}

export const SECRET_BLOCK_BYTES = 1024;
/** The answer is made by a program and not by a person: Cognito gives it a few seconds. */
const ANSWER_MS = 10_000;

/** Poses PASSWORD_VERIFIER. A name that belongs to nobody gets an id and a salt too, the same ones every time. */
export function beginSrp(
  client: AppClient,
  user: User | undefined,
  username: string,
  clientShared: string,
  custom?: CustomFlow,
): PasswordVerifier {
  const { pool } = client;
  const userId = user?.username ?? inventUserId(pool, username);
  const { salt, verifier } = user?.srp ?? inventVerifier(pool, username, userId);
  const pair = serverKeyPair(verifier);
  const secretBlock = randomBytes(SECRET_BLOCK_BYTES).toString('base64');
  sweep(pool);
  pool.srpExchanges.set(secretBlock, {
    client,
    user: user?.srp && user,
    userId,
    key: agree(verifier, pair, clientShared),
    custom,
    expiresAt: pool.now() + ANSWER_MS,
  });
  return {
    ChallengeName: 'PASSWORD_VERIFIER',
    ChallengeParameters: {
      SALT: salt.toString(16),
      SECRET_BLOCK: secretBlock,
      SRP_B: pair.shared.toString(16),
      USERNAME: userId,
      USER_ID_FOR_SRP: userId,
    },
  };
}

/** The exchange that an answer belongs to, which it uses up, and whether the password is proven. */
export function endSrp(
  client: AppClient,
  username: string,
  responses: Texts,
): { readonly user: User; readonly proven: boolean; readonly custom: CustomFlow | undefined } {
  const { pool } = client;
  const signature = response(responses, 'PASSWORD_CLAIM_SIGNATURE');
  const secretBlock = response(responses, 'PASSWORD_CLAIM_SECRET_BLOCK');
  const timestamp = response(responses, 'TIMESTAMP');
  const exchange = pool.srpExchanges.get(secretBlock);
  pool.srpExchanges.delete(secretBlock);
  if (exchange?.client !== client || pool.now() >= exchange.expiresAt) throw wrongPassword();
  const { user, userId, key, custom } = exchange;
  if (!user || pool.users.find(username) !== user) throw wrongPassword();
  const expected = claimSignature(key, { group: srpPoolName(pool.id), name: userId }, secretBlock, timestamp);
  const proven = isTimestamp(timestamp) && equalTexts(expected, signature);
  // Who is told that the device does not exist gives the same proof once more, without it. Public clients do.
  if (proven && namesUnknownDevice(client, user, responses)) pool.srpExchanges.set(secretBlock, exchange);
  return { user, proven, custom };
}

/** Written as the service wants it: in English and UTC, with the right weekday, and no zero before the day. */
export function isTimestamp(given: string): boolean {
  const date = new Date(given);
  return !Number.isNaN(date.getTime()) && claimTimestamp(date) === given;
}

export function agree(
  verifier: bigint,
  pair: ReturnType<typeof serverKeyPair>,
  clientShared: string,
): Buffer {
  try {
    return serverKey(verifier, pair, parseHex(clientShared));
  } catch (error) {
    if (error instanceof RangeError) throw invalidParameter('Invalid SRP_A');
    throw error;
  }
}

function inventVerifier(pool: UserPool, username: string, userId: string): SrpVerifier {
  const salt = toInteger(invent(pool, `salt ${username}`).subarray(0, SALT_BYTES));
  const password = randomBytes(SALT_BYTES).toString('hex');
  return { salt, verifier: verifierOf(identity(pool, userId, password), salt) };
}

/** Shaped like the ids of the pool's users: a sub where people sign in with an address, and else the name. */
export function inventUserId(pool: UserPool, username: string): string {
  if (!pool.settings.UsernameAttributes?.length) return username;
  const hex = invent(pool, `id ${username}`).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-70${hex.slice(14, 16)}-d${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function invent(pool: UserPool, what: string): Buffer {
  return createHmac('sha256', pool.unknownUserKey).update(what.toLowerCase()).digest();
}

export function equalTexts(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function response(responses: Texts, name: string): string {
  const value = responses[name];
  if (!value) throw missingParameter(name);
  return value;
}

/** The oldest come first in the map. */
function sweep(pool: UserPool): void {
  for (const [key, { expiresAt }] of pool.srpExchanges) {
    if (pool.now() < expiresAt) return;
    pool.srpExchanges.delete(key);
  }
}
