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
import { claimsOfTriggers } from '../tokens/pre-token-generation.ts';
import { signIn } from '../tokens/tokens.ts';
import { attributesForTrigger, runTrigger } from '../triggers/run-trigger.ts';
import { tracksDevices } from '../users/devices.ts';

/** Who wants to sign in, before anything is proven: undefined for a name that belongs to nobody. */
interface Candidate {
  readonly username: string;
  readonly user: User | undefined;
  /** What came with InitiateAuth; AWS calls it `validationData` here. */
  readonly clientMetadata: SignInContext['clientMetadata'];
}

/** Lets the app refuse a sign-in before the password is looked at. */
export async function askBeforeSignIn(
  { id: clientId, pool }: AppClient,
  { username, user, clientMetadata }: Candidate,
): Promise<void> {
  await runTrigger(pool, 'preAuthentication', {
    source: 'PreAuthentication_Authentication',
    clientId,
    userName: user?.username ?? username,
    request: {
      userAttributes: user ? attributesForTrigger(user) : {},
      userNotFound: !user,
      ...(clientMetadata && { validationData: clientMetadata }),
    },
    response: {},
  });
}

/** The end of every sign-in: the app may still refuse it, and then say what its tokens are to hold. */
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
      userAttributes: attributesForTrigger(user),
      newDeviceUsed: tracksDevices(pool) && device === undefined,
      ...(clientMetadata && { clientMetadata }),
    },
    response: {},
  });
  if (hosted) return { ChallengeParameters: {}, signedIn: user };
  const claims = await claimsOfTriggers(client, user, source, clientMetadata);
  return { ChallengeParameters: {}, AuthenticationResult: signInOnDevice(client, user, device, claims) };
}

/** The tokens of a sign-in. Where devices are tracked, one that named no device is told how to confirm a new one. */
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
