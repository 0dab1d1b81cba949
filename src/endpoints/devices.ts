import type { DeviceType } from '@aws-sdk/client-cognito-identity-provider';
import type Joi from 'joi';
import type { Settings } from '../config/settings.ts';
import { deviceIn } from './cookie-transport.ts';
import { deviceGroupKey, deviceKey } from './device-fields.ts';
import type { GivenDevice } from './device-types.ts';
import type { CommandEndpoint, HandlerContext, HandlerEndpoint } from './endpoint.ts';
import { displayName, pageToken } from './fields.ts';
import { joi } from './joi.ts';
import { newDeviceSecret } from './new-device-secret.ts';
import { IncompleteAnswer } from './sign-in-types.ts';
import { TOKEN_ERRORS } from './token-errors.ts';

const KEY = 'us-east-1_a1b2c3d4-5678-90ab-cdef-0123456789ab';

const DESCRIBED = {
  deviceKey: KEY,
  current: true,
  name: 'Firefox on Linux',
  remembered: true,
  lastIp: '192.0.2.7',
  createdAt: '2026-11-01T09:30:00.000Z',
  lastModifiedAt: '2026-11-01T09:30:00.000Z',
  lastAuthenticatedAt: '2026-11-20T18:05:00.000Z',
};

const keyParam = (): Joi.ObjectSchema => joi.object({ key: deviceKey().required() });

interface ConfirmBody {
  readonly deviceKey: string;
  readonly deviceGroupKey: string;
  readonly deviceName?: string;
  readonly remember?: boolean;
  /** From its cookie: the device that the kit has confirmed for this browser. */
  readonly device?: GivenDevice;
}

/** `rememberDevices: 'never'` holds for every client. */
const remembering = ({ rememberDevices }: Settings): Joi.BooleanSchema =>
  rememberDevices === 'never' ? joi.boolean().strict().valid(false) : joi.boolean().strict();

export const confirmDevice: HandlerEndpoint<ConfirmBody> = {
  name: 'confirmDevice',
  method: 'post',
  path: '/devices',
  summary: 'Confirm the new device of a sign-in. The response has the secret of the device.',
  description:
    'Takes the `newDevice` of a sign-in. If the user pool remembers devices, later sign-ins with the device need no second factor.',
  tag: 'devices',
  auth: 'access',
  cookies: { device: 'device' },
  rateLimit: 'write',
  body: (settings) =>
    joi.object({
      deviceKey: deviceKey().required(),
      deviceGroupKey: deviceGroupKey().required(),
      deviceName: displayName().description("The user's name for the device. It cannot be changed later."),
      remember: remembering(settings).description(
        'Whether to remember the device. Default: as configured in the user pool.',
      ),
    }),
  operations: ['ConfirmDevice', 'UpdateDeviceStatus', 'GetDevice'],
  handle: async (body, call) => {
    if (body.device?.deviceKey === body.deviceKey) return chooseAgain(body, call);
    const { secret, verifier } = newDeviceSecret(body);
    const { UserConfirmationNecessary: asksUser = false } = await call.send('ConfirmDevice', {
      AccessToken: call.accessToken(),
      DeviceKey: body.deviceKey,
      DeviceSecretVerifierConfig: verifier,
      DeviceName: body.deviceName,
    });
    // A pool that lets the user choose has not remembered the device yet. Any other pool has.
    if (body.remember !== undefined && body.remember === asksUser) await setStatus(call, body);
    return {
      status: 'device_confirmed',
      device: secret,
      userConfirmationNecessary: asksUser && body.remember === undefined,
    };
  },
  errors: [...TOKEN_ERRORS, 'not_found', 'conflict'],
  response: { $ref: '#/components/schemas/DeviceConfirmed' },
  example: {
    request: {
      deviceKey: KEY,
      deviceGroupKey: '-a1B2c3D4',
      deviceName: 'Firefox on Linux',
      remember: true,
    },
    response: {
      status: 'device_confirmed',
      device: { deviceKey: KEY, deviceGroupKey: '-a1B2c3D4', devicePassword: 'c2VjcmV0IG9mIHRoZSBkZXZpY2U=' },
      userConfirmationNecessary: false,
    },
  },
};

/** Sets the status of a device that is confirmed already. The pool has remembered it, or has not. */
async function chooseAgain(body: ConfirmBody, call: HandlerContext): Promise<object> {
  const { deviceKey: DeviceKey, device, remember } = body;
  if (remember !== undefined) await setStatus(call, body);
  const { Device } =
    remember === undefined
      ? await call.send('GetDevice', { AccessToken: call.accessToken(), DeviceKey })
      : { Device: undefined };
  const isRemembered = remember ?? (Device !== undefined && statusOf(Device) === 'remembered');
  return {
    status: 'device_confirmed',
    device,
    userConfirmationNecessary: remember === undefined && !isRemembered,
  };
}

function setStatus(call: HandlerContext, { deviceKey: DeviceKey, remember }: ConfirmBody): Promise<object> {
  return call.send('UpdateDeviceStatus', {
    AccessToken: call.accessToken(),
    DeviceKey,
    DeviceRememberedStatus: remember ? 'remembered' : 'not_remembered',
  });
}

export const listDevices: CommandEndpoint<undefined, 'ListDevices'> = {
  name: 'listDevices',
  method: 'get',
  path: '/devices',
  summary: 'List the devices of the user.',
  description: 'Lists the confirmed devices of the user, page by page.',
  tag: 'devices',
  auth: 'access',
  rateLimit: 'read',
  query: () =>
    joi.object({
      limit: joi
        .string()
        .pattern(/^([1-9]|[1-5][0-9]|60)$/)
        .description('Maximum number of devices, 1 to 60.'),
      nextToken: pageToken(),
    }),
  command: 'ListDevices',
  safeToRepeat: true,
  toInput: (_body, call) => ({
    AccessToken: call.accessToken(),
    Limit: call.query.limit === undefined ? undefined : Number(call.query.limit),
    PaginationToken: call.query.nextToken,
  }),
  toResponse: ({ Devices = [], PaginationToken }, call) => ({
    devices: Devices.map((device) => describeDevice(device, call)),
    ...(PaginationToken && { nextToken: PaginationToken }),
  }),
  errors: TOKEN_ERRORS,
  response: { $ref: '#/components/schemas/Devices' },
  example: { response: { devices: [DESCRIBED] } },
};

export const getDevice: CommandEndpoint<undefined, 'GetDevice'> = {
  name: 'getDevice',
  method: 'get',
  path: '/devices/:key',
  summary: 'Get one device of the signed-in user.',
  description: 'Takes the `deviceKey` of a confirmed device.',
  tag: 'devices',
  auth: 'access',
  rateLimit: 'read',
  params: keyParam,
  command: 'GetDevice',
  safeToRepeat: true,
  toInput: (_body, call) => ({ AccessToken: call.accessToken(), DeviceKey: call.params.key }),
  toResponse: ({ Device }, call) => {
    if (!Device) throw new IncompleteAnswer('Cognito answered without the device.');
    return describeDevice(Device, call);
  },
  errors: [...TOKEN_ERRORS, 'not_found'],
  response: { $ref: '#/components/schemas/Device' },
  example: { params: { key: KEY }, response: DESCRIBED },
};

/** Members without a value are `undefined`, and JSON omits them. */
function describeDevice(described: DeviceType, { auth }: HandlerContext): object {
  if (described.DeviceKey === undefined)
    throw new IncompleteAnswer('Cognito answered with a device without a key.');
  const attributes = new Map(described.DeviceAttributes?.map(({ Name, Value }) => [Name, Value]));
  const status = statusOf(described);
  return {
    deviceKey: described.DeviceKey,
    current: auth?.payload.device_key === described.DeviceKey,
    name: attributes.get('device_name'),
    ...(status && { remembered: status === 'remembered' }),
    lastIp: attributes.get('last_ip_used'),
    createdAt: described.DeviceCreateDate?.toISOString(),
    lastModifiedAt: described.DeviceLastModifiedDate?.toISOString(),
    lastAuthenticatedAt: described.DeviceLastAuthenticatedDate?.toISOString(),
  };
}

function statusOf({ DeviceAttributes = [] }: DeviceType): string | undefined {
  return DeviceAttributes.find(({ Name }) => Name === 'dev:device_remembered_status')?.Value;
}

interface UpdateBody {
  readonly remembered: boolean;
}

export const updateDevice: CommandEndpoint<UpdateBody, 'UpdateDeviceStatus'> = {
  name: 'updateDevice',
  method: 'patch',
  path: '/devices/:key',
  summary: 'Remember a confirmed device, or stop remembering it. Its name cannot be changed.',
  description: 'Only a remembered device replaces the second factor.',
  tag: 'devices',
  auth: 'access',
  rateLimit: 'write',
  params: keyParam,
  body: (settings) => joi.object({ remembered: remembering(settings).required() }),
  command: 'UpdateDeviceStatus',
  toInput: ({ remembered }, call) => ({
    AccessToken: call.accessToken(),
    DeviceKey: call.params.key,
    DeviceRememberedStatus: remembered ? 'remembered' : 'not_remembered',
  }),
  toResponse: () => ({ status: 'updated' }),
  errors: [...TOKEN_ERRORS, 'not_found'],
  response: { $ref: '#/components/schemas/Status' },
  example: { params: { key: KEY }, request: { remembered: true }, response: { status: 'updated' } },
};

export const forgetDevice: CommandEndpoint<undefined, 'ForgetDevice'> = {
  name: 'forgetDevice',
  method: 'delete',
  path: '/devices/:key',
  summary: 'Forget a device. A sign-in with it needs the second factor again.',
  description: 'Takes the `deviceKey` of a confirmed device. Use it for a lost device.',
  tag: 'devices',
  auth: 'access',
  rateLimit: 'write',
  params: keyParam,
  command: 'ForgetDevice',
  toInput: (_body, call) => ({ AccessToken: call.accessToken(), DeviceKey: call.params.key }),
  toResponse: (_output, { transport, cookies, params }) => {
    if (transport === 'cookie' && deviceIn(cookies)?.deviceKey === params.key) cookies.clear('device');
    return { status: 'forgotten' };
  },
  errors: [...TOKEN_ERRORS, 'not_found'],
  response: { $ref: '#/components/schemas/Status' },
  example: { params: { key: KEY }, response: { status: 'forgotten' } },
};
