import { randomBytes } from 'node:crypto';
import type { DeviceSecretVerifierConfigType } from '@aws-sdk/client-cognito-identity-provider';
import { verifierOf } from '../cognito/srp.ts';
import { padded } from '../cognito/srp-group.ts';
import type { DeviceSecret } from './device-types.ts';
import type { NewDevice } from './sign-in-types.ts';

const PASSWORD_BYTES = 40;
const SALT_BYTES = 16;

/** Creates a password for the device, and its verifier for Cognito. */
export function newDeviceSecret({ deviceKey, deviceGroupKey }: NewDevice): {
  readonly secret: DeviceSecret;
  readonly verifier: DeviceSecretVerifierConfigType;
} {
  const devicePassword = randomBytes(PASSWORD_BYTES).toString('base64');
  const salt = BigInt(`0x${randomBytes(SALT_BYTES).toString('hex')}`);
  const identity = { group: deviceGroupKey, name: deviceKey, password: devicePassword };
  const base64 = (value: bigint): string => padded(value).toString('base64');
  return {
    secret: { deviceKey, deviceGroupKey, devicePassword },
    verifier: { Salt: base64(salt), PasswordVerifier: base64(verifierOf(identity, salt)) },
  };
}
