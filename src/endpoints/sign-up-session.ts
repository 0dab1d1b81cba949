import { hash, randomBytes } from 'node:crypto';
import type { Settings } from '../config/settings.ts';
import { foldName } from '../shared/fold-name.ts';
import { openBytes, sealBytes, sealingKey } from '../shared/sealed.ts';

/** A sign-up, as `POST /confirm-sign-up` needs to know it. */
export interface BegunSignUp {
  /** Whether the sign-up created the account, so its client has chosen the password. */
  readonly made: boolean;
  /** The user's ID, if the sign-up created the account and the ID is a UUID, as Cognito's are. */
  readonly sub: string | undefined;
  /** The name that Cognito knows. An alias is unknown to Cognito until it is verified. */
  readonly username: string;
  /** Cognito's session, if there was one. */
  readonly session: string | undefined;
}

/**
 * `made`, the length of Cognito's session, the length of the block that holds it, the time in milliseconds as a double,
 * and the `sub` in 16 bytes, which are zero without one.
 */
const HEAD_BYTES = 29;
const TIME_OFFSET = 5;
const SUB_OFFSET = 13;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/**
 * Shorter than Cognito's shortest sessions (3 minutes). Cognito would refuse an expired one, and a second call without it
 * would reveal that the sign-up created the account.
 */
const MAX_SESSION_AGE_MS = 170_000;
/** Cognito's sessions have about 1,000 to 2,000 characters. A longer one is omitted. */
const MAX_SESSION_BYTES = 2400;
const MAX_NAMES = 5;

/** Used without a configured secret. The sessions are then valid on this instance only. */
const OWN_KEY = randomBytes(32);

/**
 * Seals the session for `POST /confirm-sign-up`. `names` are all names of the account in the request. The session of
 * an existing account looks the same to the client, to prevent account enumeration.
 */
export function sealSignUp(
  { made, sub = '', username, session: given }: BegunSignUp,
  names: readonly string[],
  settings: Settings,
): string {
  const block = Buffer.alloc(settings.autoSignIn ? MAX_SESSION_BYTES : 0);
  const session = Buffer.from(given ?? '');
  const length = session.length <= block.length ? session.copy(block) : 0;
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(made ? 1 : 0);
  head.writeUInt16BE(length, 1);
  head.writeUInt16BE(block.length, 3);
  head.writeDoubleBE(Date.now(), TIME_OFFSET);
  if (UUID.test(sub)) head.write(sub.replaceAll('-', ''), SUB_OFFSET, 'hex');
  const known = [...new Set([username, ...names].map(nameHash))].slice(0, MAX_NAMES);
  return sealBytes(
    keyOf(settings),
    Buffer.concat([head, block, Buffer.from(JSON.stringify([username, ...known]))]),
    CONTEXT,
  );
}

/**
 * Opens a sealed session. Returns `undefined` if it is forged, or if `name` is not in it. Cognito's session is left out
 * once it may have expired.
 */
export function openSignUp(
  sealed: string,
  name: string,
  settings: Settings,
  now: number = Date.now(),
): BegunSignUp | undefined {
  const content = openBytes(keyOf(settings), sealed, CONTEXT);
  if (!content) return undefined;
  const end = HEAD_BYTES + content.readUInt16BE(1);
  const [username = '', ...known] = JSON.parse(
    content.toString('utf8', HEAD_BYTES + content.readUInt16BE(3)),
  ) as string[];
  if (!known.includes(nameHash(name))) return undefined;
  const expired = now - content.readDoubleBE(TIME_OFFSET) > MAX_SESSION_AGE_MS;
  return {
    made: content.readUInt8() === 1,
    sub: uuidIn(content),
    username,
    session: expired ? undefined : content.toString('utf8', HEAD_BYTES, end) || undefined,
  };
}

function uuidIn(content: Buffer): string | undefined {
  const hex = content.toString('hex', SUB_OFFSET, HEAD_BYTES);
  if (/^0+$/.test(hex)) return undefined;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const CONTEXT = 'sign-up';

/** Short, because a cookie holds the session. */
function nameHash(name: string): string {
  return hash('sha256', foldName(name), 'base64url').slice(0, 12);
}

function keyOf({ rateLimits, clientId }: Settings): Buffer {
  return sealingKey(rateLimits.secret ?? OWN_KEY, clientId, 'express-cognito-kit sign-up session');
}
