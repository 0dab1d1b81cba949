import type {
  ChangePasswordCommandInput,
  ChangePasswordCommandOutput,
  ConfirmForgotPasswordCommandInput,
  ConfirmForgotPasswordCommandOutput,
  ConfirmSignUpCommandInput,
  ConfirmSignUpCommandOutput,
  ForgotPasswordCommandInput,
  ForgotPasswordCommandOutput,
  GetTokensFromRefreshTokenCommandInput,
  GetTokensFromRefreshTokenCommandOutput,
  GetUserCommandInput,
  GetUserCommandOutput,
  GlobalSignOutCommandInput,
  GlobalSignOutCommandOutput,
  InitiateAuthCommandInput,
  InitiateAuthCommandOutput,
  ResendConfirmationCodeCommandInput,
  ResendConfirmationCodeCommandOutput,
  RespondToAuthChallengeCommandInput,
  RespondToAuthChallengeCommandOutput,
  RevokeTokenCommandInput,
  RevokeTokenCommandOutput,
  SignUpCommandInput,
  SignUpCommandOutput,
} from '@aws-sdk/client-cognito-identity-provider';

/** The Cognito operations that endpoints use; none of them needs AWS credentials. */
export interface Operations {
  ChangePassword: { input: ChangePasswordCommandInput; output: ChangePasswordCommandOutput };
  ConfirmForgotPassword: {
    input: ConfirmForgotPasswordCommandInput;
    output: ConfirmForgotPasswordCommandOutput;
  };
  ConfirmSignUp: { input: ConfirmSignUpCommandInput; output: ConfirmSignUpCommandOutput };
  ForgotPassword: { input: ForgotPasswordCommandInput; output: ForgotPasswordCommandOutput };
  GetTokensFromRefreshToken: {
    input: GetTokensFromRefreshTokenCommandInput;
    output: GetTokensFromRefreshTokenCommandOutput;
  };
  GetUser: { input: GetUserCommandInput; output: GetUserCommandOutput };
  GlobalSignOut: { input: GlobalSignOutCommandInput; output: GlobalSignOutCommandOutput };
  InitiateAuth: { input: InitiateAuthCommandInput; output: InitiateAuthCommandOutput };
  ResendConfirmationCode: {
    input: ResendConfirmationCodeCommandInput;
    output: ResendConfirmationCodeCommandOutput;
  };
  RespondToAuthChallenge: {
    input: RespondToAuthChallengeCommandInput;
    output: RespondToAuthChallengeCommandOutput;
  };
  RevokeToken: { input: RevokeTokenCommandInput; output: RevokeTokenCommandOutput };
  SignUp: { input: SignUpCommandInput; output: SignUpCommandOutput };
}

export type OperationName = keyof Operations;
