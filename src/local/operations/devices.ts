import { parseHex } from '../../cognito/srp.ts';
import { CognitoError, invalidParameter } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import type { Device, SrpVerifier, User } from '../model/user.ts';
import { existingDevice } from '../users/devices.ts';
import { existingUser } from '../users/find-user.ts';
import { type InputOf, integer, oneOf, required, structure, text } from '../wire/input.ts';
import { deviceKey, pageToken, token, username } from '../wire/members.ts';
import { pageOf } from '../wire/pagination.ts';
import { type OperationTable, poolOperation, tokenOperation } from './operation.ts';

const LARGEST_PAGE = 60;

const pageShape = { Limit: integer(0, LARGEST_PAGE), PaginationToken: pageToken };
const keyShape = { DeviceKey: required(deviceKey) };
/** The API model does not require the token of GetDevice and ForgetDevice. */
const optionalTokenShape = { ...keyShape, AccessToken: token };
const statusShape = { ...keyShape, DeviceRememberedStatus: oneOf('remembered', 'not_remembered') };
const nameShape = { Username: required(username) };

export const deviceOperations: OperationTable = {
  ConfirmDevice: tokenOperation(
    {
      ...keyShape,
      DeviceSecretVerifierConfig: structure({ PasswordVerifier: text(), Salt: text() }),
      DeviceName: text({ min: 1, max: 1024 }),
    },
    ({ user, client: { pool }, device }, input) => {
      if (device?.key !== input.DeviceKey) throw invalidParameter('Invalid device key given.');
      if (user.devices.has(device.key)) {
        throw new CognitoError('DeviceKeyExistsException', 'Device already exists.');
      }
      const { DeviceOnlyRememberedOnUserPrompt: onPrompt = false } = pool.settings.DeviceConfiguration ?? {};
      const now = pool.now();
      user.devices.set(device.key, {
        ...device,
        name: input.DeviceName,
        srp: verifierOf(input.DeviceSecretVerifierConfig),
        createdAt: now,
        modifiedAt: now,
        authenticatedAt: now,
        remembered: !onPrompt,
      });
      return { UserConfirmationNecessary: onPrompt };
    },
  ),

  ListDevices: tokenOperation(pageShape, ({ user, client: { pool } }, input) => {
    // Amplify's tests expect only remembered devices.
    const remembered = [...user.devices.values()].filter((device) => device.remembered);
    return pageOfDevices(pool, user, remembered, input);
  }),
  GetDevice: tokenOperation(optionalTokenShape, ({ user, client: { pool } }, { DeviceKey }) => ({
    Device: deviceOut(pool, user, existingDevice(user, DeviceKey)),
  })),
  UpdateDeviceStatus: tokenOperation(statusShape, ({ user, client: { pool } }, input) => {
    return setStatus(pool, existingDevice(user, input.DeviceKey), input.DeviceRememberedStatus);
  }),
  ForgetDevice: tokenOperation(optionalTokenShape, ({ user }, { DeviceKey }) => forget(user, DeviceKey)),

  AdminListDevices: poolOperation({ ...nameShape, ...pageShape }, (pool, input) => {
    const user = existingUser(pool, input.Username);
    return pageOfDevices(pool, user, [...user.devices.values()], input);
  }),
  AdminGetDevice: poolOperation({ ...nameShape, ...keyShape }, (pool, input) => {
    const user = existingUser(pool, input.Username);
    return { Device: deviceOut(pool, user, existingDevice(user, input.DeviceKey)) };
  }),
  AdminUpdateDeviceStatus: poolOperation({ ...nameShape, ...statusShape }, (pool, input) => {
    const device = existingDevice(existingUser(pool, input.Username), input.DeviceKey);
    return setStatus(pool, device, input.DeviceRememberedStatus);
  }),
  AdminForgetDevice: poolOperation({ ...nameShape, ...keyShape }, (pool, input) => {
    return forget(existingUser(pool, input.Username), input.DeviceKey);
  }),
};

function pageOfDevices(
  pool: UserPool,
  user: User,
  devices: readonly Device[],
  { Limit, PaginationToken }: InputOf<typeof pageShape>,
): object {
  const { items, next } = pageOf(devices, Limit || LARGEST_PAGE, PaginationToken);
  return { Devices: items.map((device) => deviceOut(pool, user, device)), PaginationToken: next };
}

function setStatus(
  pool: UserPool,
  device: Device,
  status: 'remembered' | 'not_remembered' | undefined,
): object {
  if (status) device.remembered = status === 'remembered';
  device.modifiedAt = pool.now();
  return {};
}

function forget(user: User, key: string): object {
  existingDevice(user, key);
  user.devices.delete(key);
  return {};
}

/** Formats a device as in the reference of the AWS CLI, without IP addresses. */
function deviceOut(pool: UserPool, user: User, device: Device): object {
  const attributes = {
    device_status: 'valid',
    ...(device.name !== undefined && { device_name: device.name }),
    'dev:device_owner': `${user.username}.${pool.id}`,
    'dev:device_remembered_status': device.remembered ? 'remembered' : 'not_remembered',
  };
  return {
    DeviceKey: device.key,
    DeviceAttributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
    DeviceCreateDate: device.createdAt / 1000,
    DeviceLastModifiedDate: device.modifiedAt / 1000,
    DeviceLastAuthenticatedDate: device.authenticatedAt / 1000,
  };
}

/** Decodes both members from base64. */
function verifierOf(
  config: { readonly PasswordVerifier?: string; readonly Salt?: string } | undefined,
): SrpVerifier | undefined {
  if (!config) return undefined;
  return { salt: integerOf(config.Salt), verifier: integerOf(config.PasswordVerifier) };
}

function integerOf(base64: string | undefined): bigint {
  const bytes = Buffer.from(base64 ?? '', 'base64');
  try {
    const value = parseHex(bytes.toString('hex'));
    if (value > 0n && bytes.toString('base64') === base64) return value;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw invalidParameter('Invalid DeviceSecretVerifierConfig');
}
