import type { QuotaCategory } from '../config/cognito-quotas.ts';
import type { OperationName } from './operations.ts';

/**
 * The category of each operation, `undefined` if the guide names none.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html#category_operations
 */
export const OPERATION_CATEGORIES: Readonly<Record<OperationName, QuotaCategory | undefined>> = {
  AdminInitiateAuth: 'userAuthentication',
  AdminRespondToAuthChallenge: 'userAuthentication',
  GetTokensFromRefreshToken: 'userAuthentication',
  InitiateAuth: 'userAuthentication',
  RespondToAuthChallenge: 'userAuthentication',
  ConfirmSignUp: 'userCreation',
  SignUp: 'userCreation',
  ChangePassword: 'userAccountRecovery',
  ConfirmForgotPassword: 'userAccountRecovery',
  ForgotPassword: 'userAccountRecovery',
  AdminGetUser: 'userRead',
  GetUser: 'userRead',
  AdminUserGlobalSignOut: 'userUpdate',
  DeleteUser: 'userUpdate',
  DeleteUserAttributes: 'userUpdate',
  GlobalSignOut: 'userUpdate',
  UpdateUserAttributes: 'userUpdate',
  VerifyUserAttribute: 'userUpdate',
  RevokeToken: 'userToken',
  GetDevice: 'userResourceRead',
  GetUserAttributeVerificationCode: 'userResourceRead',
  ListDevices: 'userResourceRead',
  ResendConfirmationCode: 'userResourceRead',
  AssociateSoftwareToken: 'userResourceUpdate',
  ConfirmDevice: 'userResourceUpdate',
  ForgetDevice: 'userResourceUpdate',
  SetUserMFAPreference: 'userResourceUpdate',
  UpdateAuthEventFeedback: 'userResourceUpdate',
  UpdateDeviceStatus: 'userResourceUpdate',
  VerifySoftwareToken: 'userResourceUpdate',
  CompleteWebAuthnRegistration: undefined,
  DeleteWebAuthnCredential: undefined,
  GetUserAuthFactors: undefined,
  ListUserSessions: undefined,
  ListWebAuthnCredentials: undefined,
  RevokeUserSession: undefined,
  StartWebAuthnRegistration: undefined,
};

/**
 * The quota that a call counts in: a category, or a further quota that depends on that of `userAuthentication`.
 *
 * - `challengeAnswers`: three times its rate
 * - `codeExchanges`: the same rate again, for the codes of managed login
 */
export type Quota = QuotaCategory | 'challengeAnswers' | 'codeExchanges';

/** Returns the quota of a call. The answer to a challenge counts by the name of the challenge. */
export function quotaOf(operation: OperationName, input: object): Quota | undefined {
  if (!operation.endsWith('RespondToAuthChallenge')) return OPERATION_CATEGORIES[operation];
  const { ChallengeName } = input as { readonly ChallengeName?: string };
  return ChallengeName === 'NEW_PASSWORD_REQUIRED' ? 'userAccountRecovery' : 'challengeAnswers';
}
