import {
  claimSignature,
  claimTimestamp,
  clientKey,
  parseHex,
  type SrpIdentity,
  type SrpKeyPair,
} from '../cognito/srp.ts';
import { IncompleteAnswer } from './sign-in-types.ts';

/** Returns `ChallengeResponses` that prove the password of a user or a device without sending it. */
export function passwordClaim(
  parameters: Readonly<Record<string, string>>,
  pair: SrpKeyPair,
  identity: SrpIdentity,
): Record<string, string> {
  const { SALT, SRP_B, SECRET_BLOCK } = parameters;
  if (!SALT || !SRP_B || !SECRET_BLOCK) {
    throw new IncompleteAnswer('Cognito posed a password challenge without its parameters.');
  }
  const key = clientKey(identity, parseHex(SALT), pair, parseHex(SRP_B));
  const timestamp = claimTimestamp(new Date());
  return {
    PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
    PASSWORD_CLAIM_SIGNATURE: claimSignature(key, identity, SECRET_BLOCK, timestamp),
    TIMESTAMP: timestamp,
  };
}
