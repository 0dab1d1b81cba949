import { faultOf } from '../cognito/classify-error.ts';
import type { CognitoClient } from '../cognito/client.ts';
import type { OperationName } from '../cognito/operations.ts';
import type { Settings } from '../config/settings.ts';
import type { DeviceSecret } from '../endpoints/device-types.ts';
import { newDeviceSecret } from '../endpoints/new-device-secret.ts';
import type { NewDevice, Tokens } from '../endpoints/sign-in-types.ts';
import { createDeadline } from '../shared/deadline.ts';
import type { Hint } from '../shared/hint.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { RequestContext } from './request-context.ts';

export interface NewDeviceParts {
  readonly settings: Settings;
  readonly cognito: CognitoClient;
  readonly audit: AuditTrail;
}

/** The response of a handler, and where its tokens go. */
interface NewDeviceResponse {
  readonly response: object;
  readonly transport: 'bearer' | 'cookie';
}

/** Timeout of the calls to Cognito in milliseconds. The response to the sign-in waits for them. */
const CONFIRM_MS = 2000;

/** Maximum length of a device's name at Cognito. */
const MAX_NAME = 1024;

const UNCONFIRMED: Hint =
  'the user pool tracks devices: confirm the newDevice of this sign-in with POST /devices, or its session cannot be refreshed. See docs/mfa-and-devices.md#remembered-devices';
const NOT_CONFIRMED = 'the sign-in has succeeded without its device, so its session cannot be refreshed';
const REPEAT: Hint =
  'let the client confirm its newDevice with POST /devices. See docs/mfa-and-devices.md#devices-of-browsers';
const NOT_SET =
  'the device is confirmed, but rememberDevices is not applied, and the setting of the user pool remains';
const SET: Hint =
  'let the client set it with PATCH /devices/:key. See docs/mfa-and-devices.md#devices-of-browsers';

/**
 * Confirms the new device of a sign-in whose tokens go into cookies, because Cognito refreshes no session of another
 * device. Returns the response with the secret of the device. A failure does not fail the sign-in, and is in its log line.
 */
export function createDeviceConfirmation({
  settings,
  cognito,
  audit,
}: NewDeviceParts): (context: RequestContext, leaving: NewDeviceResponse) => Promise<object> {
  const { rememberDevices, timeouts, cognitoHost } = settings;

  async function confirm(
    { req, facts }: RequestContext,
    newDevice: NewDevice,
    AccessToken: string,
  ): Promise<DeviceSecret | undefined> {
    const deadline = createDeadline(undefined, Math.min(CONFIRM_MS, timeouts.call));
    const options = { signal: deadline.signal, safeToRepeat: false };
    const fail = (operation: OperationName, error: unknown, effect: string, mend: Hint): void => {
      const fault = faultOf(error, operation, deadline, cognitoHost);
      facts.operation = operation;
      facts.silentFault = { ...fault, hint: `${effect}: ${fault.hint ?? mend}` };
      const { exception, message: upstreamMessage } = fault;
      audit.report(req, 'confirm_device.failed', fault.problem.code, { exception, upstreamMessage });
    };
    deadline.start();
    try {
      const { deviceKey: DeviceKey } = newDevice;
      const { secret, verifier } = newDeviceSecret(newDevice);
      const DeviceName = req.get('user-agent')?.slice(0, MAX_NAME) || undefined;
      const input = { AccessToken, DeviceKey, DeviceSecretVerifierConfig: verifier, DeviceName };
      const confirmed = await cognito.send('ConfirmDevice', input, options).catch((error: unknown) => {
        fail('ConfirmDevice', error, NOT_CONFIRMED, REPEAT);
      });
      if (confirmed === undefined) return undefined;
      const isRemembered = !confirmed.UserConfirmationNecessary;
      const remembers = rememberDevices === 'always';
      if (isRemembered !== remembers) {
        const DeviceRememberedStatus = remembers ? 'remembered' : 'not_remembered';
        const status = { AccessToken, DeviceKey, DeviceRememberedStatus } as const;
        const updated = await cognito.send('UpdateDeviceStatus', status, options).catch((error: unknown) => {
          fail('UpdateDeviceStatus', error, NOT_SET, SET);
        });
        // The device can refresh its session, whether it is remembered or not.
        if (updated === undefined) return secret;
      }
      audit.report(req, 'confirm_device.succeeded', 'ok');
      return secret;
    } finally {
      deadline.stop();
    }
  }

  return async function confirmNewDevice(context, { response, transport }) {
    const { newDevice, tokens, ...rest } = response as { newDevice?: NewDevice; tokens?: Tokens };
    if (newDevice === undefined || tokens === undefined) return response;
    if (transport === 'bearer') {
      context.facts.hint ??= UNCONFIRMED;
      return response;
    }
    const device = await confirm(context, newDevice, tokens.accessToken);
    if (device === undefined) return response;
    // Only a client that has to ask its user learns of the device.
    return { ...rest, tokens, device, ...(rememberDevices === 'ask' && { newDevice }) };
  };
}
