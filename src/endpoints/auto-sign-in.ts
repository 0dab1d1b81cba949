import { randomBytes } from 'node:crypto';
import { upstreamFault } from '../cognito/upstream-fault.ts';
import type { Settings } from '../config/settings.ts';
import { foldName } from '../shared/fold-name.ts';
import { openBytes, sealBytes, sealingKey } from '../shared/sealed.ts';
import type { HandlerContext } from './endpoint.ts';
import { signInResult } from './sign-in-result.ts';
import type { SignInResult } from './sign-in-types.ts';

const HEAD_BYTES = 3;
/** Cognito's sessions have some 1,000 to 2,000 characters. One that does not fit is left out. */
const ROOM = 3000;

/** For a server without a secret that others know: its sessions are good on itself alone. */
const OWN_KEY = randomBytes(32);

/** A sign-up that made an account, with the session that Cognito gave it, if it did. */
export interface MadeAccount {
  readonly session: string | undefined;
}

/**
 * What whoever signed up as `username` gets to go on with. It is sealed, so that a new account cannot be told from
 * one that exists already, for which there is nothing in it.
 */
export function sealedSession(made: MadeAccount | undefined, username: string, settings: Settings): string {
  const session = Buffer.from(made?.session ?? '');
  const content = Buffer.alloc(HEAD_BYTES + ROOM);
  content.writeUInt8(made ? 1 : 0);
  if (session.length <= ROOM) {
    content.writeUInt16BE(session.length, 1);
    session.copy(content, HEAD_BYTES);
  }
  return sealBytes(keyOf(settings), content, foldName(username));
}

/** What is in it; undefined if that is nothing, or if it was sealed elsewhere or for another name. */
export function unsealedSession(
  sealed: string,
  username: string,
  settings: Settings,
): MadeAccount | undefined {
  const content = openBytes(keyOf(settings), sealed, foldName(username));
  if (content?.length !== HEAD_BYTES + ROOM || content.readUInt8() === 0) return undefined;
  const end = HEAD_BYTES + content.readUInt16BE(1);
  return { session: content.toString('utf8', HEAD_BYTES, end) || undefined };
}

function keyOf({ rateLimits, clientId }: Settings): Buffer {
  return sealingKey(rateLimits.secret ?? OWN_KEY, clientId, 'express-cognito-kit sign-up session');
}

/**
 * Signs in whoever has just confirmed an account. That the account is confirmed stays true if this fails, so that
 * nothing is said of it then, but for a server that is not set up for it.
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
