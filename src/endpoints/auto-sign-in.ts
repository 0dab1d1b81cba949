import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { secretHash } from '../cognito/secret-hash.ts';
import { upstreamFault } from '../cognito/upstream-fault.ts';
import type { Settings } from '../config.ts';
import type { Call } from './endpoint.ts';
import { type SignInResult, signInResult, withSecretHash } from './sign-in-result.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const LENGTH_BYTES = 2;
/** Cognito's sessions have some 1,000 to 2,000 characters. One that does not fit is left out. */
const ROOM = 3000;

/** For a server without a secret that others know: its sessions are good on itself alone. */
const OWN_KEY = randomBytes(32);

/**
 * What a new account gets to go on with: Cognito's session, sealed, so that it cannot be told from the one that
 * is made up where there is none, such as for an account that exists already.
 */
export function sealedSession(session: string | undefined, settings: Settings): string {
  const held = Buffer.from(session ?? '');
  const content = Buffer.alloc(LENGTH_BYTES + ROOM);
  if (held.length <= ROOM) {
    content.writeUInt16BE(held.length);
    held.copy(content, LENGTH_BYTES);
  }
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, keyOf(settings), nonce);
  const sealed = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
}

/** Cognito's session, if there is one in it and it was sealed here. */
export function unsealedSession(sealed: string, settings: Settings): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length !== NONCE_BYTES + LENGTH_BYTES + ROOM + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, keyOf(settings), bytes.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const content = Buffer.concat([
      decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)),
      decipher.final(),
    ]);
    const length = content.readUInt16BE();
    return length === 0 ? undefined : content.toString('utf8', LENGTH_BYTES, LENGTH_BYTES + length);
  } catch {
    return undefined;
  }
}

function keyOf({ rateLimits, clientId, clientSecret }: Settings): Buffer {
  const secret = rateLimits.secret ?? clientSecret ?? OWN_KEY;
  return Buffer.from(hkdfSync('sha256', secret, clientId, 'express-cognito-kit sign-up session', 32));
}

/**
 * Signs in whoever has just confirmed an account. That the account is confirmed stays true if this fails, so that
 * nothing is said of it then, but for a server that is not set up for it.
 */
export async function signInConfirmed(
  username: string,
  session: string,
  { settings, clientMetadata, send }: Call,
): Promise<SignInResult | undefined> {
  try {
    const output = await send('InitiateAuth', {
      ClientId: settings.clientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: withSecretHash({ USERNAME: username }, secretHash(settings, username)),
      Session: session,
      ClientMetadata: clientMetadata,
    });
    return signInResult(output, username);
  } catch (error) {
    if (upstreamFault(error, 'InitiateAuth').problem.code === 'server_misconfigured') throw error;
    return undefined;
  }
}
