import type {
  AdminInitiateAuthCommandInput,
  AdminInitiateAuthCommandOutput,
  AdminRespondToAuthChallengeCommandInput,
  AdminRespondToAuthChallengeCommandOutput,
  AssociateSoftwareTokenCommandInput,
  AssociateSoftwareTokenCommandOutput,
  ChangePasswordCommandInput,
  ChangePasswordCommandOutput,
  ConfirmForgotPasswordCommandInput,
  ConfirmForgotPasswordCommandOutput,
  ConfirmSignUpCommandInput,
  ConfirmSignUpCommandOutput,
  DeleteUserAttributesCommandInput,
  DeleteUserAttributesCommandOutput,
  DeleteUserCommandInput,
  DeleteUserCommandOutput,
  ForgotPasswordCommandInput,
  ForgotPasswordCommandOutput,
  GetTokensFromRefreshTokenCommandInput,
  GetTokensFromRefreshTokenCommandOutput,
  GetUserAttributeVerificationCodeCommandInput,
  GetUserAttributeVerificationCodeCommandOutput,
  GetUserAuthFactorsCommandInput,
  GetUserAuthFactorsCommandOutput,
  GetUserCommandInput,
  GetUserCommandOutput,
  GlobalSignOutCommandInput,
  GlobalSignOutCommandOutput,
  InitiateAuthCommandInput,
  InitiateAuthCommandOutput,
  ListUserSessionsCommandInput,
  ListUserSessionsCommandOutput,
  ResendConfirmationCodeCommandInput,
  ResendConfirmationCodeCommandOutput,
  RespondToAuthChallengeCommandInput,
  RespondToAuthChallengeCommandOutput,
  RevokeTokenCommandInput,
  RevokeTokenCommandOutput,
  RevokeUserSessionCommandInput,
  RevokeUserSessionCommandOutput,
  SetUserMFAPreferenceCommandInput,
  SetUserMFAPreferenceCommandOutput,
  SignUpCommandInput,
  SignUpCommandOutput,
  UpdateUserAttributesCommandInput,
  UpdateUserAttributesCommandOutput,
  VerifySoftwareTokenCommandInput,
  VerifySoftwareTokenCommandOutput,
  VerifyUserAttributeCommandInput,
  VerifyUserAttributeCommandOutput,
} from '@aws-sdk/client-cognito-identity-provider';

/** The Cognito operations that endpoints use; but for those of an administrator, none of them needs AWS credentials. */
export interface Operations {
  AdminInitiateAuth: { input: AdminInitiateAuthCommandInput; output: AdminInitiateAuthCommandOutput };
  AdminRespondToAuthChallenge: {
    input: AdminRespondToAuthChallengeCommandInput;
    output: AdminRespondToAuthChallengeCommandOutput;
  };
  AssociateSoftwareToken: {
    input: AssociateSoftwareTokenCommandInput;
    output: AssociateSoftwareTokenCommandOutput;
  };
  ChangePassword: { input: ChangePasswordCommandInput; output: ChangePasswordCommandOutput };
  ConfirmForgotPassword: {
    input: ConfirmForgotPasswordCommandInput;
    output: ConfirmForgotPasswordCommandOutput;
  };
  ConfirmSignUp: { input: ConfirmSignUpCommandInput; output: ConfirmSignUpCommandOutput };
  UpdateUserAttributes: {
    input: UpdateUserAttributesCommandInput;
    output: UpdateUserAttributesCommandOutput;
  };
  VerifySoftwareToken: { input: VerifySoftwareTokenCommandInput; output: VerifySoftwareTokenCommandOutput };
  VerifyUserAttribute: { input: VerifyUserAttributeCommandInput; output: VerifyUserAttributeCommandOutput };
  DeleteUser: { input: DeleteUserCommandInput; output: DeleteUserCommandOutput };
  DeleteUserAttributes: {
    input: DeleteUserAttributesCommandInput;
    output: DeleteUserAttributesCommandOutput;
  };
  ForgotPassword: { input: ForgotPasswordCommandInput; output: ForgotPasswordCommandOutput };
  GetTokensFromRefreshToken: {
    input: GetTokensFromRefreshTokenCommandInput;
    output: GetTokensFromRefreshTokenCommandOutput;
  };
  GetUser: { input: GetUserCommandInput; output: GetUserCommandOutput };
  GetUserAttributeVerificationCode: {
    input: GetUserAttributeVerificationCodeCommandInput;
    output: GetUserAttributeVerificationCodeCommandOutput;
  };
  GetUserAuthFactors: { input: GetUserAuthFactorsCommandInput; output: GetUserAuthFactorsCommandOutput };
  GlobalSignOut: { input: GlobalSignOutCommandInput; output: GlobalSignOutCommandOutput };
  InitiateAuth: { input: InitiateAuthCommandInput; output: InitiateAuthCommandOutput };
  ListUserSessions: { input: ListUserSessionsCommandInput; output: ListUserSessionsCommandOutput };
  ResendConfirmationCode: {
    input: ResendConfirmationCodeCommandInput;
    output: ResendConfirmationCodeCommandOutput;
  };
  RespondToAuthChallenge: {
    input: RespondToAuthChallengeCommandInput;
    output: RespondToAuthChallengeCommandOutput;
  };
  RevokeToken: { input: RevokeTokenCommandInput; output: RevokeTokenCommandOutput };
  RevokeUserSession: { input: RevokeUserSessionCommandInput; output: RevokeUserSessionCommandOutput };
  SetUserMFAPreference: {
    input: SetUserMFAPreferenceCommandInput;
    output: SetUserMFAPreferenceCommandOutput;
  };
  SignUp: { input: SignUpCommandInput; output: SignUpCommandOutput };
}

export type OperationName = keyof Operations;
