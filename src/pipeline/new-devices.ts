import { faultOf } from '../cognito/classify-error.ts';
import type { CognitoClient } from '../cognito/client.ts';
import type { EventType } from '../config/events.ts';
import type { Settings } from '../config/settings.ts';
import type { DeviceSecret } from '../endpoints/device-types.ts';
import { newDeviceSecret } from '../endpoints/new-device-secret.ts';
import type { NewDevice, Tokens } from '../endpoints/sign-in-types.ts';
import { createDeadline } from '../shared/deadline.ts';
import type { Hint } from '../shared/hint.ts';
import { issuedClaims } from '../tokens/issued-claims.ts';
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
/** A failed step, in the log and in the audit trail. */
interface Failure {
  readonly type: EventType;
  readonly effect: string;
  /** The advice if the fault has none of its own. */
  readonly mend: Hint;
}

const FAILURES = {
  ConfirmDevice: {
    type: 'confirm_device.failed',
    effect: 'the sign-in has succeeded without its device, so its session cannot be refreshed',
    mend: 'let the client confirm its newDevice with POST /devices. See docs/mfa-and-devices.md#devices-of-browsers',
  },
  UpdateDeviceStatus: {
    type: 'update_device.failed',
    effect:
      'the device is confirmed, but rememberDevices is not applied, and the setting of the user pool remains',
    mend: 'let the client set it with PATCH /devices/:key. See docs/mfa-and-devices.md#devices-of-browsers',
  },
} as const satisfies Record<string, Failure>;

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
    const { deviceKey: DeviceKey } = newDevice;
    const deadline = createDeadline(undefined, Math.min(CONFIRM_MS, timeouts.call));
    const { signal } = deadline;
    const sub = issuedClaims(AccessToken)?.sub;
    let operation: keyof typeof FAILURES = 'ConfirmDevice';
    let confirmed: DeviceSecret | undefined;
    deadline.start();
    try {
      const { secret, verifier } = newDeviceSecret(newDevice);
      const DeviceName = req.get('user-agent')?.slice(0, MAX_NAME) || undefined;
      const input = { AccessToken, DeviceKey, DeviceSecretVerifierConfig: verifier, DeviceName };
      const { UserConfirmationNecessary: asksUser = false } = await cognito.send(operation, input, {
        signal,
        safeToRepeat: false,
      });
      confirmed = secret;
      audit.report(req, 'confirm_device.succeeded', 'ok', { sub });
      const remembers = rememberDevices === 'always';
      // A pool that leaves the choice to the user has not remembered the device yet. Any other pool has.
      if (asksUser === remembers) {
        operation = 'UpdateDeviceStatus';
        const DeviceRememberedStatus = remembers ? 'remembered' : 'not_remembered';
        const status = { AccessToken, DeviceKey, DeviceRememberedStatus } as const;
        await cognito.send(operation, status, { signal, safeToRepeat: true });
      }
    } catch (error) {
      const fault = faultOf(error, operation, deadline, cognitoHost);
      const { type, effect, mend } = FAILURES[operation];
      facts.operation = operation;
      facts.silentFault = { ...fault, hint: `${effect}: ${fault.hint ?? mend}` };
      const { exception, message: upstreamMessage } = fault;
      audit.report(req, type, fault.problem.code, { sub, exception, upstreamMessage });
    } finally {
      deadline.stop();
    }
    return confirmed;
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
