import type { UserContextDataType } from '@aws-sdk/client-cognito-identity-provider';
import type { OperationName, Operations } from './operations.ts';

/** The operations that take `UserContextData`; a test compares the list with the installed SDK. */
export const TAKES_USER_CONTEXT: ReadonlySet<OperationName> = new Set<OperationName>([
  'SignUp',
  'ConfirmSignUp',
  'ResendConfirmationCode',
  'ForgotPassword',
  'ConfirmForgotPassword',
  'InitiateAuth',
  'RespondToAuthChallenge',
]);

/** What is known about the user's device. */
export interface UserContext {
  /** As Express gives it: `trust proxy` decides whether a header has a say in it. */
  readonly ip: string | undefined;
  /** What AWS's browser script has collected. */
  readonly encodedData: unknown;
}

/** `UserContextData`, for the pool's threat protection; undefined if there is nothing in it. */
export function userContextData(
  { ip, encodedData }: UserContext,
  { sendIpAddress }: { readonly sendIpAddress: boolean },
): UserContextDataType | undefined {
  const data: UserContextDataType = {
    // Node writes an IPv4 client of a socket that takes both kinds as an IPv6 one.
    ...(sendIpAddress && ip !== undefined && { IpAddress: ip.replace(/^::ffff:(?=\d+\.)/i, '') }),
    ...(typeof encodedData === 'string' && { EncodedData: encodedData }),
  };
  return Object.keys(data).length > 0 ? data : undefined;
}

/** Adds it here, for every operation that takes it, so that no endpoint can forget to. */
export function withUserContext<O extends OperationName>(
  operation: O,
  input: Operations[O]['input'],
  data: UserContextDataType | undefined,
): Operations[O]['input'] {
  return data && TAKES_USER_CONTEXT.has(operation) ? { ...input, UserContextData: data } : input;
}
