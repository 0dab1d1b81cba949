import {
  claimSignature,
  claimTimestamp,
  clientKey,
  parseHex,
  type SrpIdentity,
  type SrpKeyPair,
} from '../cognito/srp.ts';
import { IncompleteAnswer } from './sign-in-types.ts';

/** The proof of a password, as `ChallengeResponses`: of a user's or of a device's. The password never leaves this server. */
export function passwordClaim(
  parameters: Readonly<Record<string, string>>,
  pair: SrpKeyPair,
  identity: SrpIdentity,
): Record<string, string> {
  const { SALT, SRP_B, SECRET_BLOCK } = parameters;
  if (!SALT || !SRP_B || !SECRET_BLOCK) {
    throw new IncompleteAnswer('Cognito asked for the proof of a password without what it takes to give it.');
  }
  const key = clientKey(identity, parseHex(SALT), pair, parseHex(SRP_B));
  const timestamp = claimTimestamp(new Date());
  return {
    PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
    PASSWORD_CLAIM_SIGNATURE: claimSignature(key, identity, SECRET_BLOCK, timestamp),
    TIMESTAMP: timestamp,
  };
}
