import { randomBytes, randomUUID } from 'node:crypto';
import type { AppClient } from '../model/pool.ts';
import type {
  AuthenticationResult,
  SignInContext,
  SignInStep,
  TokenOverrides,
} from '../model/sign-in-state.ts';
import type { TokenSource } from '../model/triggers.ts';
import type { Device, User } from '../model/user.ts';
import { runPreTokenGeneration } from '../tokens/pre-token-generation.ts';
import { signIn } from '../tokens/tokens.ts';
import { attributesForTrigger, runTrigger } from '../triggers/run-trigger.ts';
import { tracksDevices } from '../users/devices.ts';

/** The user of an unproven sign-in; undefined for an unknown username. */
interface Candidate {
  readonly username: string;
  readonly user: User | undefined;
  /** ClientMetadata of InitiateAuth, which this event calls `validationData`. */
  readonly clientMetadata: SignInContext['clientMetadata'];
}

/** Runs preAuthentication, which can refuse a sign-in before the password check. */
export async function askBeforeSignIn(
  { id: clientId, pool }: AppClient,
  { username, user, clientMetadata }: Candidate,
): Promise<void> {
  await runTrigger(pool, 'preAuthentication', {
    source: 'PreAuthentication_Authentication',
    clientId,
    userName: user?.username ?? username,
    request: {
      userAttributes: user ? attributesForTrigger(pool, user) : {},
      userNotFound: !user,
      validationData: clientMetadata ?? null,
    },
    response: {},
  });
}

/** Ends every sign-in: runs postAuthentication, which can refuse it, and preTokenGeneration. */
export async function finishSignIn(
  client: AppClient,
  user: User,
  source: TokenSource,
  { device, clientMetadata, hosted }: Omit<SignInContext, 'custom'>,
): Promise<SignInStep> {
  const { pool } = client;
  await runTrigger(pool, 'postAuthentication', {
    source: 'PostAuthentication_Authentication',
    clientId: client.id,
    userName: user.username,
    request: {
      userAttributes: attributesForTrigger(pool, user),
      newDeviceUsed: tracksDevices(pool) && device === undefined,
      ...(clientMetadata && { clientMetadata }),
    },
    response: {},
  });
  if (hosted) return { ChallengeParameters: {}, signedIn: user };
  const claims = await runPreTokenGeneration(client, user, source, clientMetadata);
  return { ChallengeParameters: {}, AuthenticationResult: signInOnDevice(client, user, device, claims) };
}

/** Issues the tokens of a sign-in. If the pool tracks devices and the sign-in named none, adds the keys of a new device. */
export function signInOnDevice(
  client: AppClient,
  user: User,
  device: Device | undefined,
  overrides: TokenOverrides,
): AuthenticationResult {
  const { pool } = client;
  if (!tracksDevices(pool)) return signIn(client, user, overrides);
  if (device) {
    device.authenticatedAt = pool.now();
    return signIn(client, user, overrides, device);
  }
  const added = {
    key: `${pool.service.region}_${randomUUID()}`,
    groupKey: `-${randomBytes(6).toString('base64url')}`,
  };
  return {
    ...signIn(client, user, overrides, added),
    NewDeviceMetadata: { DeviceKey: added.key, DeviceGroupKey: added.groupKey },
  };
}
