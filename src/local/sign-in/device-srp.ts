import { randomBytes } from 'node:crypto';
import { claimSignature, serverKeyPair } from '../../cognito/srp.ts';
import { missingParameter, wrongPassword } from '../model/errors.ts';
import type { ChallengeSession } from '../model/pool.ts';
import type { SessionState } from '../model/sign-in-state.ts';
import type { Device } from '../model/user.ts';
import { invalidSession } from './sessions.ts';
import { agree, equalTexts, isTimestamp, SECRET_BLOCK_BYTES } from './srp.ts';

type Texts = Readonly<Record<string, string>>;

/** Creates the parameters and session state of DEVICE_PASSWORD_VERIFIER. */
export function beginDeviceProof(
  device: Device | undefined,
  username: string,
  clientShared: string,
): { readonly parameters: Texts; readonly state: SessionState } {
  if (!device?.srp || !device.remembered) throw invalidSession();
  const { salt, verifier } = device.srp;
  const pair = serverKeyPair(verifier);
  const secretBlock = randomBytes(SECRET_BLOCK_BYTES).toString('base64');
  return {
    parameters: {
      SALT: salt.toString(16),
      SECRET_BLOCK: secretBlock,
      SRP_B: pair.shared.toString(16),
      USERNAME: username,
      DEVICE_KEY: device.key,
    },
    state: { deviceProof: { secretBlock, key: agree(verifier, pair, clientShared) } },
  };
}

/** Checks a device's proof, which spends the session even if it is wrong. */
export function checkDeviceProof(session: ChallengeSession, device: Device, responses: Texts): void {
  const { PASSWORD_CLAIM_SIGNATURE: signature, PASSWORD_CLAIM_SECRET_BLOCK: block, TIMESTAMP } = responses;
  if (!signature) throw missingParameter('PASSWORD_CLAIM_SIGNATURE');
  if (!block) throw missingParameter('PASSWORD_CLAIM_SECRET_BLOCK');
  if (!TIMESTAMP) throw missingParameter('TIMESTAMP');
  session.spent = true;
  const { deviceProof } = session;
  const { key, groupKey } = device;
  const proven =
    deviceProof?.secretBlock === block &&
    isTimestamp(TIMESTAMP) &&
    equalTexts(claimSignature(deviceProof.key, { group: groupKey, name: key }, block, TIMESTAMP), signature);
  if (!proven) throw wrongPassword();
}
