import type { ContextDataType, UserContextDataType } from '@aws-sdk/client-cognito-identity-provider';
import type { Request } from 'express';
import type { OperationName } from './operations.ts';

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

/** The operations of an administrator that take `ContextData` in its place. */
export const TAKES_CONTEXT: ReadonlySet<OperationName> = new Set<OperationName>([
  'AdminInitiateAuth',
  'AdminRespondToAuthChallenge',
]);

/** Adds it here, for every operation that takes it, so that no endpoint can forget to. */
export function withUserContext(
  operation: OperationName,
  input: object,
  data: UserContextDataType | undefined,
  req: Request,
): object {
  if (!data) return input;
  if (TAKES_USER_CONTEXT.has(operation)) return { ...input, UserContextData: data };
  const ContextData = TAKES_CONTEXT.has(operation) ? contextData(data, req) : undefined;
  return ContextData ? { ...input, ContextData } : input;
}

/**
 * All but the device data is required there, so that without an address there is none. Of the headers the browser's
 * name is passed on: the others are either no news to threat protection or nobody's business, as cookies are.
 */
function contextData(
  { IpAddress, EncodedData }: UserContextDataType,
  req: Request,
): ContextDataType | undefined {
  if (IpAddress === undefined) return undefined;
  const userAgent = req.get('user-agent');
  return {
    IpAddress,
    // HTTP/1.0 knows no Host.
    ServerName: req.hostname || 'localhost',
    ServerPath: `${req.baseUrl}${req.path}`,
    HttpHeaders: userAgent === undefined ? [] : [{ headerName: 'User-Agent', headerValue: userAgent }],
    ...(EncodedData !== undefined && { EncodedData }),
  };
}
