import { randomBytes, randomUUID } from 'node:crypto';
import { resourceNotFound } from '../model/errors.ts';
import type { AppClient, UserPool } from '../model/pool.ts';
import type { User } from '../model/user.ts';
import type { SrpVerifier } from '../sign-in/srp.ts';
import { type AuthenticationResult, signIn, type TokenOverrides } from '../tokens/tokens.ts';

/** What names a device. In SRP the group key stands for the pool's name and the key for the user's. */
export interface DeviceMetadata {
  readonly key: string;
  readonly groupKey: string;
}

/** A device that a user has confirmed. Times are milliseconds since the epoch. */
export interface Device extends DeviceMetadata {
  readonly name: string | undefined;
  /** Of the device's password. A device that was confirmed without one cannot prove to be itself. */
  readonly srp: SrpVerifier | undefined;
  readonly createdAt: number;
  modifiedAt: number;
  authenticatedAt: number;
  remembered: boolean;
}

export function tracksDevices({ settings }: UserPool): boolean {
  return Object.keys(settings.DeviceConfiguration ?? {}).length > 0;
}

/** One of the user's own. */
export function existingDevice(user: User, key: string): Device {
  const device = user.devices.get(key);
  if (!device) throw resourceNotFound('Device does not exist.');
  return device;
}

/** The device that a step of a sign-in names, if it does; it has to be one of the user's own. */
export function namedDevice(
  { pool }: AppClient,
  user: User,
  { DEVICE_KEY: key }: Readonly<Record<string, string>>,
): Device | undefined {
  return key && tracksDevices(pool) ? existingDevice(user, key) : undefined;
}

export function namesUnknownDevice(
  { pool }: AppClient,
  user: User,
  { DEVICE_KEY: key }: Readonly<Record<string, string>>,
): boolean {
  return Boolean(key) && tracksDevices(pool) && !user.devices.has(key ?? '');
}

/** Whether the device's own proof is good enough in place of a second factor. */
export function replacesMfa({ settings }: UserPool, device: Device | undefined): boolean {
  const { ChallengeRequiredOnNewDevice = false } = settings.DeviceConfiguration ?? {};
  return ChallengeRequiredOnNewDevice && device?.remembered === true && device.srp !== undefined;
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
