import { isObject } from '../shared/option-errors.ts';
import type { OperationName, Operations } from './operations.ts';

/** A 200 response that violates Cognito's API. */
export class InvalidAnswer extends Error {
  override readonly name: string = 'InvalidAnswer';
}

/** The type of a member if present. `strings` is a map of strings, and `document` is any JSON object. */
type Shape<T> = [T] extends [string]
  ? 'string'
  : [string] extends [T]
    ? 'document'
    : [T] extends [number]
      ? 'seconds'
      : [T] extends [boolean]
        ? 'boolean'
        : [T] extends [Date]
          ? 'date'
          : [T] extends [readonly (infer Item)[]]
            ? readonly [Shape<Item>]
            : string extends keyof T
              ? 'strings'
              : { readonly [Member in keyof T]?: Shape<NonNullable<T[Member]>> };

type AnyShape =
  | 'string'
  | 'seconds'
  | 'boolean'
  | 'date'
  | 'strings'
  | 'document'
  | readonly [AnyShape]
  | { readonly [member: string]: AnyShape };

const DELIVERY = { DeliveryMedium: 'string', Destination: 'string', AttributeName: 'string' } as const;
const MFA = { UserMFASettingList: ['string'], PreferredMfaSetting: 'string' } as const;
const ATTRIBUTES = [{ Name: 'string', Value: 'string' }] as const;

const TOKENS = {
  AccessToken: 'string',
  IdToken: 'string',
  RefreshToken: 'string',
  ExpiresIn: 'seconds',
  NewDeviceMetadata: { DeviceKey: 'string', DeviceGroupKey: 'string' },
} as const;

const SIGN_IN_STEP = {
  AuthenticationResult: TOKENS,
  ChallengeName: 'string',
  ChallengeParameters: 'strings',
  AvailableChallenges: ['string'],
  Session: 'string',
} as const;

const DEVICE = {
  DeviceKey: 'string',
  DeviceAttributes: ATTRIBUTES,
  DeviceCreateDate: 'date',
  DeviceLastModifiedDate: 'date',
  DeviceLastAuthenticatedDate: 'date',
} as const;

/** The members that endpoints read. No members of other operations are read. */
const SHAPES: { readonly [O in OperationName]?: Shape<Omit<Operations[O]['output'], '$metadata'>> } = {
  SignUp: {
    UserSub: 'string',
    UserConfirmed: 'boolean',
    Session: 'string',
    CodeDeliveryDetails: DELIVERY,
  },
  ConfirmSignUp: { Session: 'string' },
  ResendConfirmationCode: { CodeDeliveryDetails: DELIVERY },
  ForgotPassword: { CodeDeliveryDetails: DELIVERY },
  InitiateAuth: SIGN_IN_STEP,
  RespondToAuthChallenge: SIGN_IN_STEP,
  AdminInitiateAuth: SIGN_IN_STEP,
  AdminRespondToAuthChallenge: SIGN_IN_STEP,
  GetTokensFromRefreshToken: { AuthenticationResult: TOKENS },
  GetUser: { Username: 'string', UserAttributes: ATTRIBUTES, ...MFA },
  AdminGetUser: { UserAttributes: ATTRIBUTES },
  GetUserAuthFactors: { ConfiguredUserAuthFactors: ['string'], ...MFA },
  UpdateUserAttributes: { CodeDeliveryDetailsList: [DELIVERY] },
  GetUserAttributeVerificationCode: { CodeDeliveryDetails: DELIVERY },
  AssociateSoftwareToken: { SecretCode: 'string', Session: 'string' },
  VerifySoftwareToken: { Status: 'string', Session: 'string' },
  ListUserSessions: {
    Sessions: [
      {
        SessionId: 'string',
        SessionType: 'string',
        IsCurrentSession: 'boolean',
        ClientId: 'string',
        CreateDate: 'date',
        LastActiveDate: 'date',
        DeviceType: 'string',
        LastIPAddress: 'string',
        LastLocation: { City: 'string', Country: 'string' },
      },
    ],
    NextToken: 'string',
  },
  ConfirmDevice: { UserConfirmationNecessary: 'boolean' },
  ListDevices: { Devices: [DEVICE], PaginationToken: 'string' },
  GetDevice: { Device: DEVICE },
  StartWebAuthnRegistration: { CredentialCreationOptions: 'document' },
  ListWebAuthnCredentials: {
    Credentials: [
      {
        CredentialId: 'string',
        FriendlyCredentialName: 'string',
        RelyingPartyId: 'string',
        AuthenticatorAttachment: 'string',
        AuthenticatorTransports: ['string'],
        CreatedAt: 'date',
      },
    ],
    NextToken: 'string',
  },
};

/**
 * Checks the types of a response, because the SDK does not. A number in place of a token would reach the client.
 *
 * @throws InvalidAnswer if a member that an endpoint reads has another type. The message names the member and no value.
 */
export function checkAnswer(operation: OperationName, answer: object): void {
  const shape = SHAPES[operation] as AnyShape | undefined;
  const wrong = shape && firstMisfit(shape, answer);
  if (wrong !== undefined) {
    throw new InvalidAnswer(
      `the response to ${operation} has a ${wrong.slice(1)} of another type than Cognito's`,
    );
  }
}

/** Returns the path from the value to the first one of another type, or `undefined`. */
function firstMisfit(shape: AnyShape, value: unknown): string | undefined {
  if (typeof shape === 'string') return fits(shape, value) ? undefined : '';
  if (isList(shape)) {
    if (!Array.isArray(value)) return '';
    for (const item of value) {
      const path = firstMisfit(shape[0], item);
      if (path !== undefined) return `[]${path}`;
    }
    return undefined;
  }
  if (!isObject(value)) return '';
  for (const name in shape) {
    const path = isAbsent(value[name]) ? undefined : firstMisfit(shape[name] as AnyShape, value[name]);
    if (path !== undefined) return `.${name}${path}`;
  }
  return undefined;
}

function isList(shape: AnyShape): shape is readonly [AnyShape] {
  return Array.isArray(shape);
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function fits(shape: Extract<AnyShape, string>, value: unknown): boolean {
  switch (shape) {
    case 'string':
    case 'boolean':
      return typeof value === shape;
    case 'seconds':
      return Number.isInteger(value) && Number(value) > 0;
    case 'date':
      return value instanceof Date && !Number.isNaN(value.getTime());
    case 'strings':
      return (
        isObject(value) && Object.values(value).every((each) => isAbsent(each) || typeof each === 'string')
      );
    case 'document':
      return isObject(value);
  }
}
