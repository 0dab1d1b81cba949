import type { ContextDataType, UserContextDataType } from '@aws-sdk/client-cognito-identity-provider';
import type { Request } from 'express';
import { clientAddress } from '../shared/client-address.ts';
import type { OperationName } from './operations.ts';

/** The operations that accept `UserContextData`. A test compares the list with the installed SDK. */
export const TAKES_USER_CONTEXT: ReadonlySet<OperationName> = new Set<OperationName>([
  'SignUp',
  'ConfirmSignUp',
  'ResendConfirmationCode',
  'ForgotPassword',
  'ConfirmForgotPassword',
  'InitiateAuth',
  'RespondToAuthChallenge',
]);

/** Device data for threat protection. */
export interface UserContext {
  /** `req.ip` depends on `trust proxy`. */
  readonly req: Request;
  /** The fingerprint from AWS's browser script. */
  readonly encodedData: unknown;
}

/** Returns `UserContextData` for threat protection, or `undefined` if it would be empty. */
export function userContextData(
  { req, encodedData }: UserContext,
  { sendIpAddress }: { readonly sendIpAddress: boolean },
): UserContextDataType | undefined {
  const IpAddress = sendIpAddress ? clientAddress(req.ip) : undefined;
  const EncodedData = typeof encodedData === 'string' ? encodedData : undefined;
  if (IpAddress === undefined && EncodedData === undefined) return undefined;
  return { ...(IpAddress !== undefined && { IpAddress }), ...(EncodedData !== undefined && { EncodedData }) };
}

/** The admin operations, which accept `ContextData` instead. */
export const TAKES_CONTEXT: ReadonlySet<OperationName> = new Set<OperationName>([
  'AdminInitiateAuth',
  'AdminRespondToAuthChallenge',
]);

/** Adds the context to the input of every operation that accepts it. */
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
 * Returns `ContextData`, or `undefined` without an address, which it requires. Of the headers only `User-Agent` is
 * sent, because others, such as cookies, are confidential or of no use to threat protection.
 */
function contextData(
  { IpAddress, EncodedData }: UserContextDataType,
  req: Request,
): ContextDataType | undefined {
  if (IpAddress === undefined) return undefined;
  const userAgent = req.get('user-agent');
  return {
    IpAddress,
    // HTTP/1.0 has no Host header.
    ServerName: req.hostname || 'localhost',
    ServerPath: `${req.baseUrl}${req.path}`,
    HttpHeaders: userAgent === undefined ? [] : [{ headerName: 'User-Agent', headerValue: userAgent }],
    ...(EncodedData !== undefined && { EncodedData }),
  };
}
