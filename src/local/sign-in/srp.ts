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

/** The challenge PASSWORD_VERIFIER, which has no Session. */
export interface PasswordVerifier {
  readonly ChallengeName: 'PASSWORD_VERIFIER';
  readonly ChallengeParameters: Texts;
}

export const SECRET_BLOCK_BYTES = 1024;
/** Lifetime of an exchange. Cognito allows a few seconds, because a program computes the answer. */
const ANSWER_MS = 10_000;

/** Creates PASSWORD_VERIFIER. An unknown username also gets an id and a salt, always the same. */
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

/** Spends the exchange of an answer, and returns whether the password is proven. */
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
  // Kept, because clients repeat the proof without the device after ResourceNotFoundException.
  if (proven && namesUnknownDevice(client, user, responses)) pool.srpExchanges.set(secretBlock, exchange);
  return { user, proven, custom };
}

/** Checks the format of TIMESTAMP: English, UTC, the correct weekday, no leading zero in the day. */
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

/** Derives a user id of an unknown username: like a sub if users sign in with an address, else the name. */
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

/** Removes expired exchanges. A map iterates the oldest first. */
function sweep(pool: UserPool): void {
  for (const [key, { expiresAt }] of pool.srpExchanges) {
    if (pool.now() < expiresAt) return;
    pool.srpExchanges.delete(key);
  }
}
