import type {
  AdminInitiateAuthCommandInput,
  AdminInitiateAuthCommandOutput,
  AdminRespondToAuthChallengeCommandInput,
  AdminRespondToAuthChallengeCommandOutput,
  AssociateSoftwareTokenCommandInput,
  AssociateSoftwareTokenCommandOutput,
  ChangePasswordCommandInput,
  ChangePasswordCommandOutput,
  CompleteWebAuthnRegistrationCommandInput,
  CompleteWebAuthnRegistrationCommandOutput,
  ConfirmDeviceCommandInput,
  ConfirmDeviceCommandOutput,
  ConfirmForgotPasswordCommandInput,
  ConfirmForgotPasswordCommandOutput,
  ConfirmSignUpCommandInput,
  ConfirmSignUpCommandOutput,
  DeleteUserAttributesCommandInput,
  DeleteUserAttributesCommandOutput,
  DeleteUserCommandInput,
  DeleteUserCommandOutput,
  DeleteWebAuthnCredentialCommandInput,
  DeleteWebAuthnCredentialCommandOutput,
  ForgetDeviceCommandInput,
  ForgetDeviceCommandOutput,
  ForgotPasswordCommandInput,
  ForgotPasswordCommandOutput,
  GetDeviceCommandInput,
  GetDeviceCommandOutput,
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
  ListDevicesCommandInput,
  ListDevicesCommandOutput,
  ListUserSessionsCommandInput,
  ListUserSessionsCommandOutput,
  ListWebAuthnCredentialsCommandInput,
  ListWebAuthnCredentialsCommandOutput,
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
  StartWebAuthnRegistrationCommandInput,
  StartWebAuthnRegistrationCommandOutput,
  UpdateAuthEventFeedbackCommandInput,
  UpdateAuthEventFeedbackCommandOutput,
  UpdateDeviceStatusCommandInput,
  UpdateDeviceStatusCommandOutput,
  UpdateUserAttributesCommandInput,
  UpdateUserAttributesCommandOutput,
  VerifySoftwareTokenCommandInput,
  VerifySoftwareTokenCommandOutput,
  VerifyUserAttributeCommandInput,
  VerifyUserAttributeCommandOutput,
} from '@aws-sdk/client-cognito-identity-provider';

/** The Cognito operations that endpoints use. Only the admin operations need AWS credentials. */
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
  ConfirmDevice: { input: ConfirmDeviceCommandInput; output: ConfirmDeviceCommandOutput };
  CompleteWebAuthnRegistration: {
    input: CompleteWebAuthnRegistrationCommandInput;
    output: CompleteWebAuthnRegistrationCommandOutput;
  };
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
  ForgetDevice: { input: ForgetDeviceCommandInput; output: ForgetDeviceCommandOutput };
  GetDevice: { input: GetDeviceCommandInput; output: GetDeviceCommandOutput };
  ListDevices: { input: ListDevicesCommandInput; output: ListDevicesCommandOutput };
  UpdateDeviceStatus: { input: UpdateDeviceStatusCommandInput; output: UpdateDeviceStatusCommandOutput };
  DeleteWebAuthnCredential: {
    input: DeleteWebAuthnCredentialCommandInput;
    output: DeleteWebAuthnCredentialCommandOutput;
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
  ListWebAuthnCredentials: {
    input: ListWebAuthnCredentialsCommandInput;
    output: ListWebAuthnCredentialsCommandOutput;
  };
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
  StartWebAuthnRegistration: {
    input: StartWebAuthnRegistrationCommandInput;
    output: StartWebAuthnRegistrationCommandOutput;
  };
  SignUp: { input: SignUpCommandInput; output: SignUpCommandOutput };
  UpdateAuthEventFeedback: {
    input: UpdateAuthEventFeedbackCommandInput;
    output: UpdateAuthEventFeedbackCommandOutput;
  };
}

export type OperationName = keyof Operations;
