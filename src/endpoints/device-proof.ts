import type {
  InitiateAuthCommandInput,
  RespondToAuthChallengeCommandInput,
  RespondToAuthChallengeCommandOutput,
} from '@aws-sdk/client-cognito-identity-provider';
import type { OperationName } from '../cognito/operations.ts';
import { clientKeyPair } from '../cognito/srp.ts';
import { ProblemError, problem } from '../shared/problem.ts';
import { isSecret } from './device-fields.ts';
import type { DeviceSecret, GivenDevice } from './device-types.ts';
import type { HandlerContext } from './endpoint.ts';
import type { SignInResult } from './sign-in-types.ts';
import { passwordClaim } from './srp-claim.ts';

/**
 * Runs a step of a sign-in with the client's device. If Cognito refuses the device, the step is repeated without it,
 * and the user needs the second factor. `safely` tells whether the step can be repeated after an error.
 */
export async function onDevice(
  device: GivenDevice | undefined,
  call: HandlerContext,
  safely: (error: unknown) => boolean,
  step: (call: HandlerContext) => Promise<SignInResult>,
): Promise<SignInResult> {
  if (device === undefined) return step(call);
  try {
    return await step(callOnDevice(call, device));
  } catch (error) {
    if (!safely(error)) {
      // Otherwise the browser would send the refused device with every attempt.
      if (call.transport === 'cookie' && isRefusedDevice(error)) call.cookies.clear('device');
      throw error;
    }
  }
  return { ...(await step(call)), deviceRefused: true };
}

/** Whether the device is unknown to Cognito, or belongs to another user. Cognito has changed nothing then. */
export function isUnknownDevice(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.name === 'ResourceNotFoundException' &&
    /device does not exist/i.test(error.message)
  );
}

/** Whether the device is unknown, or its proof was wrong. A wrong proof ends the sign-in. */
export function isRefusedDevice(error: unknown): boolean {
  return isUnknownDevice(error) || (error instanceof ProblemError && error.problem.code === 'invalid_device');
}

/**
 * Wraps a call to name the device in every step, and to prove it when Cognito asks. Flows and challenges thus need no
 * knowledge of devices.
 */
export function callOnDevice<C extends ProvingCall>(call: C, device: GivenDevice | undefined): C {
  if (device === undefined) return call;
  const send = async (operation: OperationName, input: object): Promise<object> => {
    switch (operation) {
      case 'InitiateAuth': {
        const given = input as InitiateAuthCommandInput;
        const AuthParameters: Record<string, string> = {
          ...given.AuthParameters,
          DEVICE_KEY: device.deviceKey,
        };
        const output = await call.send(operation, { ...given, AuthParameters });
        return proveIfAsked(output, AuthParameters.USERNAME, device, call);
      }
      case 'RespondToAuthChallenge': {
        const given = input as RespondToAuthChallengeCommandInput;
        const ChallengeResponses: Record<string, string> = {
          ...given.ChallengeResponses,
          DEVICE_KEY: device.deviceKey,
        };
        if (given.ChallengeName === 'DEVICE_SRP_AUTH' && isSecret(device)) {
          return proveDevice(given.Session, ChallengeResponses.USERNAME ?? '', device, call);
        }
        const output = await call.send(operation, { ...given, ChallengeResponses });
        return proveIfAsked(output, ChallengeResponses.USERNAME, device, call);
      }
      case 'GetTokensFromRefreshToken':
        return call.send(operation, { ...input, DeviceKey: device.deviceKey } as never);
      default:
        return call.send(operation, input as never);
    }
  };
  return { ...call, send: send as HandlerContext['send'] };
}

/** The part of a call that a proof needs. */
type ProvingCall = Pick<HandlerContext, 'settings' | 'clientMetadata' | 'send'>;

type Step = Pick<
  RespondToAuthChallengeCommandOutput,
  'ChallengeName' | 'ChallengeParameters' | 'Session' | 'AuthenticationResult'
>;

function proveIfAsked(
  output: Step,
  username: string | undefined,
  device: GivenDevice,
  call: ProvingCall,
): Step | Promise<Step> {
  if (output.ChallengeName !== 'DEVICE_SRP_AUTH' || !isSecret(device)) return output;
  const { USER_ID_FOR_SRP, USERNAME } = output.ChallengeParameters ?? {};
  return proveDevice(output.Session, USER_ID_FOR_SRP ?? USERNAME ?? username ?? '', device, call);
}

/** Answers DEVICE_SRP_AUTH, and then DEVICE_PASSWORD_VERIFIER. */
async function proveDevice(
  session: string | undefined,
  username: string,
  device: DeviceSecret,
  { settings, clientMetadata, send }: ProvingCall,
): Promise<Step> {
  const { deviceKey: name, deviceGroupKey: group, devicePassword: password } = device;
  const answer = (
    ChallengeName: 'DEVICE_SRP_AUTH' | 'DEVICE_PASSWORD_VERIFIER',
    Session: string | undefined,
    USERNAME: string,
    responses: Record<string, string>,
  ): Promise<Step> =>
    send('RespondToAuthChallenge', {
      ClientId: settings.clientId,
      ChallengeName,
      Session,
      ChallengeResponses: { USERNAME, DEVICE_KEY: name, ...responses },
      ClientMetadata: clientMetadata,
    });
  try {
    const pair = clientKeyPair();
    const posed = await answer('DEVICE_SRP_AUTH', session, username, {
      SRP_A: pair.shared.toString(16),
    });
    if (posed.ChallengeName !== 'DEVICE_PASSWORD_VERIFIER') return posed;
    const { USERNAME = username, ...parameters } = posed.ChallengeParameters ?? {};
    const claim = passwordClaim(parameters, pair, { group, name, password });
    return await answer('DEVICE_PASSWORD_VERIFIER', posed.Session, USERNAME, claim);
  } catch (cause) {
    if (!(isWrongProof(cause) || isUnknownDevice(cause))) throw cause;
    throw new ProblemError(problem('invalid_device'), { cause });
  }
}

/** Matches Cognito's message for a wrong password. Other refusals concern the session or the account. */
function isWrongProof(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.name === 'NotAuthorizedException' &&
    /incorrect username or password/i.test(error.message)
  );
}
