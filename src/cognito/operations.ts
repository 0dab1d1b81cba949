import type * as Sdk from '@aws-sdk/client-cognito-identity-provider';

/** The operations of Cognito that the kit sends. */
export type OperationName =
  | 'AdminGetUser'
  | 'AdminInitiateAuth'
  | 'AdminRespondToAuthChallenge'
  | 'AdminUserGlobalSignOut'
  | 'AssociateSoftwareToken'
  | 'ChangePassword'
  | 'ConfirmDevice'
  | 'CompleteWebAuthnRegistration'
  | 'ConfirmForgotPassword'
  | 'ConfirmSignUp'
  | 'UpdateUserAttributes'
  | 'VerifySoftwareToken'
  | 'VerifyUserAttribute'
  | 'DeleteUser'
  | 'DeleteUserAttributes'
  | 'ForgetDevice'
  | 'GetDevice'
  | 'ListDevices'
  | 'UpdateDeviceStatus'
  | 'DeleteWebAuthnCredential'
  | 'ForgotPassword'
  | 'GetTokensFromRefreshToken'
  | 'GetUser'
  | 'GetUserAttributeVerificationCode'
  | 'GetUserAuthFactors'
  | 'GlobalSignOut'
  | 'InitiateAuth'
  | 'ListUserSessions'
  | 'ListWebAuthnCredentials'
  | 'ResendConfirmationCode'
  | 'RespondToAuthChallenge'
  | 'RevokeToken'
  | 'RevokeUserSession'
  | 'SetUserMFAPreference'
  | 'StartWebAuthnRegistration'
  | 'SignUp'
  | 'UpdateAuthEventFeedback';

type Command<Name extends OperationName> = InstanceType<(typeof Sdk)[`${Name}Command`]>;

/** The input and output of each operation, as the SDK declares them. */
export type Operations = {
  [Name in OperationName]: {
    input: Command<Name>['input'];
    output: Awaited<ReturnType<ReturnType<Command<Name>['resolveMiddleware']>>>['output'];
  };
};
