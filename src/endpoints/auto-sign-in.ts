import { randomBytes } from 'node:crypto';
import { upstreamFault } from '../cognito/classify-error.ts';
import type { Settings } from '../config/settings.ts';
import { foldName } from '../shared/fold-name.ts';
import { openBytes, sealBytes, sealingKey } from '../shared/sealed.ts';
import type { HandlerContext } from './endpoint.ts';
import { signInResult } from './sign-in-result.ts';
import type { SignInResult } from './sign-in-types.ts';

/** A flag, the length of the session, and the time of the sign-up in milliseconds, as a double. */
const HEAD_BYTES = 11;
const TIME_OFFSET = 3;
/**
 * Shorter than Cognito's shortest sessions (3 minutes). Cognito would refuse an expired one, and a second call without it
 * would reveal that the sign-up created the account.
 */
const MAX_SESSION_AGE_MS = 170_000;
/** Cognito's sessions have about 1,000 to 2,000 characters. A longer one is omitted. */
const MAX_SESSION_BYTES = 3000;

/** Used without a configured secret. The sessions are then valid on this instance only. */
const OWN_KEY = randomBytes(32);

/** A created account, with Cognito's session if there was one. */
export interface MadeAccount {
  readonly session: string | undefined;
}

/**
 * Seals the session for `POST /confirm-sign-up`, bound to the user name. For an existing account it is empty, but
 * looks the same to the client, to prevent account enumeration.
 */
export function sealedSession(made: MadeAccount | undefined, username: string, settings: Settings): string {
  const session = Buffer.from(made?.session ?? '');
  const content = Buffer.alloc(HEAD_BYTES + MAX_SESSION_BYTES);
  content.writeUInt8(made ? 1 : 0);
  content.writeDoubleBE(Date.now(), TIME_OFFSET);
  if (session.length <= MAX_SESSION_BYTES) {
    content.writeUInt16BE(session.length, 1);
    session.copy(content, HEAD_BYTES);
  }
  return sealBytes(keyOf(settings), content, foldName(username));
}

/**
 * Opens a sealed session. Returns `undefined` if it is empty, forged, or sealed for another name. Cognito's session is
 * left out once it may have expired.
 */
export function unsealedSession(
  sealed: string,
  username: string,
  settings: Settings,
  now: number = Date.now(),
): MadeAccount | undefined {
  const content = openBytes(keyOf(settings), sealed, foldName(username));
  if (content?.length !== HEAD_BYTES + MAX_SESSION_BYTES || content.readUInt8() === 0) return undefined;
  if (now - content.readDoubleBE(TIME_OFFSET) > MAX_SESSION_AGE_MS) return { session: undefined };
  const end = HEAD_BYTES + content.readUInt16BE(1);
  return { session: content.toString('utf8', HEAD_BYTES, end) || undefined };
}

function keyOf({ rateLimits, clientId }: Settings): Buffer {
  return sealingKey(rateLimits.secret ?? OWN_KEY, clientId, 'express-cognito-kit sign-up session');
}

/**
 * Signs in the user of a newly confirmed account. Returns `undefined` after a failure, because the account is confirmed
 * anyway. A misconfigured server is reported.
 */
export async function signInConfirmed(
  username: string,
  session: string,
  { settings, clientMetadata, send }: HandlerContext,
): Promise<SignInResult | undefined> {
  try {
    const output = await send('InitiateAuth', {
      ClientId: settings.clientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME: username },
      Session: session,
      ClientMetadata: clientMetadata,
    });
    return signInResult(output, username);
  } catch (error) {
    if (upstreamFault(error, 'InitiateAuth').problem.code === 'server_misconfigured') throw error;
    return undefined;
  }
}
