import { resourceNotFound } from '../model/errors.ts';
import type { AppClient, UserPool } from '../model/pool.ts';
import type { Device, User } from '../model/user.ts';

export function tracksDevices({ settings }: UserPool): boolean {
  return Object.keys(settings.DeviceConfiguration ?? {}).length > 0;
}

/** Returns a device of the user. Throws ResourceNotFoundException for other keys. */
export function existingDevice(user: User, key: string): Device {
  const device = user.devices.get(key);
  if (!device) throw resourceNotFound('Device does not exist.');
  return device;
}

/** Returns the device that a step of a sign-in names. Throws if it is not the user's. */
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

/** Returns whether the device's proof replaces a second factor. */
export function replacesMfa({ settings }: UserPool, device: Device | undefined): boolean {
  const { ChallengeRequiredOnNewDevice = false } = settings.DeviceConfiguration ?? {};
  return ChallengeRequiredOnNewDevice && device?.remembered === true && device.srp !== undefined;
}
