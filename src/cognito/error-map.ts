import type { ProblemCode } from '../shared/problem.ts';

/** Every exception that the installed SDK models; a test compares the list with the SDK's own. */
export const EXCEPTION_NAMES = [
  'AccessDeniedException',
  'AliasExistsException',
  'CodeDeliveryFailureException',
  'CodeMismatchException',
  'ConcurrentModificationException',
  'DeviceKeyExistsException',
  'DuplicateProviderException',
  'EnableSoftwareTokenMFAException',
  'ExpiredCodeException',
  'FeatureUnavailableInTierException',
  'ForbiddenException',
  'GroupExistsException',
  'InternalErrorException',
  'InternalServerException',
  'InvalidEmailRoleAccessPolicyException',
  'InvalidLambdaResponseException',
  'InvalidOAuthFlowException',
  'InvalidParameterException',
  'InvalidPasswordException',
  'InvalidSmsRoleAccessPolicyException',
  'InvalidSmsRoleTrustRelationshipException',
  'InvalidUserPoolConfigurationException',
  'LimitExceededException',
  'MFAMethodNotFoundException',
  'ManagedLoginBrandingExistsException',
  'NotAuthorizedException',
  'OperationNotEnabledException',
  'PasswordHistoryPolicyViolationException',
  'PasswordResetRequiredException',
  'PreconditionNotMetException',
  'RefreshTokenReuseException',
  'ResourceNotFoundException',
  'ScopeDoesNotExistException',
  'ServiceQuotaExceededException',
  'SoftwareTokenMFANotFoundException',
  'TermsExistsException',
  'TierChangeNotAllowedException',
  'TooManyFailedAttemptsException',
  'TooManyRequestsException',
  'UnauthorizedException',
  'UnexpectedLambdaException',
  'UnsupportedIdentityProviderException',
  'UnsupportedOperationException',
  'UnsupportedTokenTypeException',
  'UnsupportedUserStateException',
  'UserImportInProgressException',
  'UserLambdaValidationException',
  'UserNotConfirmedException',
  'UserNotFoundException',
  'UserPoolAddOnNotEnabledException',
  'UserPoolTaggingException',
  'UsernameExistsException',
  'WebAuthnChallengeNotFoundException',
  'WebAuthnClientMismatchException',
  'WebAuthnConfigurationMissingException',
  'WebAuthnCredentialNotSupportedException',
  'WebAuthnNotEnabledException',
  'WebAuthnOriginNotAllowedException',
  'WebAuthnRelyingPartyMismatchException',
] as const;
export type ExceptionName = (typeof EXCEPTION_NAMES)[number];

/** One line of the error map. The first line that fits decides. */
export interface ErrorRule {
  readonly exception: ExceptionName;
  /** The operations it is for; all of them if left out. */
  readonly operations?: readonly string[];
  /** What Cognito's message has to look like, where one exception stands for several things. */
  readonly message?: RegExp;
  readonly code: ProblemCode;
  /** What the client is told in place of the code's own words. */
  readonly detail?: string;
  /** Tell the client Cognito's message, less whatever this matches: only for texts that are meant for users. */
  readonly showMessageWithout?: RegExp;
  /** Seconds, for `Retry-After`. */
  readonly retryAfter?: number;
  /** What the log tells whoever runs the server. */
  readonly hint?: string;
  /** Every account meets it alike, so that it gives none away. */
  readonly sameForAll?: true;
}

const SIGN_IN = ['InitiateAuth', 'RespondToAuthChallenge'] as const;

const DEVICES = ['ConfirmDevice', 'ListDevices', 'GetDevice', 'UpdateDeviceStatus', 'ForgetDevice'] as const;

/** Cognito refuses the proof of the app client's secret. */
export const SECRET_REFUSED: RegExp = /secret.?hash|configured (with|for) secret/i;

/**
 * What Cognito's exceptions mean to a client. It goes by name, and by message where Cognito
 * overloads a name, never by HTTP status: the service answers 400 to nearly all of them.
 */
export const ERROR_MAP: readonly ErrorRule[] = [
  // Not the caller's doing, though Cognito words it as theirs. At a challenge it is: they send the name that is hashed.
  {
    exception: 'NotAuthorizedException',
    operations: ['RespondToAuthChallenge'],
    message: SECRET_REFUSED,
    code: 'invalid_session',
  },
  {
    exception: 'NotAuthorizedException',
    message: SECRET_REFUSED,
    code: 'server_misconfigured',
    sameForAll: true,
    hint: 'clientSecret does not fit the app client: set it to the "Client secret" of the console, use secretsManagerSecret(arn) if Secrets Manager keeps it, or leave it out if the client has none',
  },
  {
    exception: 'InvalidParameterException',
    message: /flow (is )?not enabled/i,
    code: 'server_misconfigured',
    sameForAll: true,
    hint: 'the app client does not allow this authentication flow: set authFlow to one of its ExplicitAuthFlows, or add ALLOW_USER_PASSWORD_AUTH to them',
  },
  {
    exception: 'InvalidParameterException',
    message: /lambda trigger is not configured/i,
    code: 'server_misconfigured',
    sameForAll: true,
    hint: 'the user pool has no triggers for CUSTOM_AUTH: add the three of "Custom authentication", or set authFlow to another flow',
  },
  {
    exception: 'ResourceNotFoundException',
    operations: SIGN_IN,
    message: /device does not exist/i,
    code: 'invalid_device',
  },
  {
    exception: 'ResourceNotFoundException',
    message: /device does not exist/i,
    code: 'not_found',
    detail: 'There is no such device.',
  },
  {
    exception: 'ResourceNotFoundException',
    operations: ['RevokeUserSession'],
    code: 'not_found',
    detail: 'There is no such session.',
  },
  {
    exception: 'InvalidParameterException',
    operations: ['RevokeUserSession'],
    message: /current session/i,
    code: 'conflict',
    detail: 'This is the session in use. Sign out to end it.',
  },
  {
    exception: 'ResourceNotFoundException',
    operations: ['UpdateAuthEventFeedback'],
    message: /^(?!.*user pool)/i,
    code: 'not_found',
    detail: 'There is no such sign-in, or the feedback token is not for it.',
  },
  {
    exception: 'ResourceNotFoundException',
    operations: ['DeleteWebAuthnCredential'],
    code: 'not_found',
    detail: 'There is no such passkey.',
  },
  {
    exception: 'ResourceNotFoundException',
    code: 'server_misconfigured',
    hint: 'there is no such app client or user pool: check clientId, userPoolId and its region',
  },
  {
    exception: 'InvalidEmailRoleAccessPolicyException',
    code: 'server_misconfigured',
    hint: 'the user pool may not send e-mail: check its SES identity and region',
  },
  {
    exception: 'InvalidSmsRoleAccessPolicyException',
    code: 'server_misconfigured',
    hint: 'the user pool may not send SMS: the role in its SMS settings has to allow sns:Publish',
  },
  {
    exception: 'InvalidSmsRoleTrustRelationshipException',
    code: 'server_misconfigured',
    hint: 'the user pool may not send SMS: the role in its SMS settings has to trust cognito-idp.amazonaws.com, with the external id of the pool',
  },
  {
    exception: 'InvalidUserPoolConfigurationException',
    operations: DEVICES,
    code: 'server_misconfigured',
    hint: 'the user pool does not remember devices: switch device tracking on in it, or leave these endpoints out',
  },
  { exception: 'InvalidUserPoolConfigurationException', code: 'server_misconfigured' },
  { exception: 'InvalidOAuthFlowException', code: 'server_misconfigured' },

  // A sign-in and its session.
  {
    exception: 'NotAuthorizedException',
    message: /session.*(expired|used once)|^invalid session/i,
    code: 'invalid_session',
  },
  {
    exception: 'InvalidParameterException',
    message: /missing required parameter session/i,
    code: 'invalid_session',
  },
  { exception: 'NotAuthorizedException', message: /password attempts exceeded/i, code: 'too_many_attempts' },
  { exception: 'NotAuthorizedException', message: /user is disabled/i, code: 'user_disabled' },
  {
    exception: 'NotAuthorizedException',
    message: /temporary password has expired/i,
    code: 'password_reset_required',
    detail: 'The temporary password has expired. An administrator has to send a new one.',
  },
  { exception: 'UserNotConfirmedException', code: 'user_not_confirmed' },
  { exception: 'PasswordResetRequiredException', code: 'password_reset_required' },
  { exception: 'UserNotFoundException', code: 'user_not_found' },
  {
    exception: 'UnsupportedUserStateException',
    code: 'conflict',
    detail: 'The account is not in a state that allows this.',
  },

  // Tokens.
  {
    exception: 'NotAuthorizedException',
    operations: ['GetTokensFromRefreshToken', 'RevokeToken'],
    code: 'invalid_refresh_token',
  },
  { exception: 'NotAuthorizedException', message: /refresh token/i, code: 'invalid_refresh_token' },
  { exception: 'RefreshTokenReuseException', code: 'invalid_refresh_token' },
  {
    exception: 'UnauthorizedException',
    code: 'invalid_refresh_token',
    hint: 'a refresh token of another app client; if it comes with every token, clientSecret does not fit the app client',
  },
  {
    exception: 'UnsupportedTokenTypeException',
    code: 'invalid_request',
    detail: 'This is not a refresh token.',
  },
  { exception: 'NotAuthorizedException', message: /required scopes/i, code: 'insufficient_scope' },
  { exception: 'NotAuthorizedException', message: /access token has expired/i, code: 'token_expired' },
  { exception: 'NotAuthorizedException', message: /access token/i, code: 'invalid_token' },

  // Accounts.
  // By its model it can answer so; there is no account that it makes, and no password that the client chose.
  { exception: 'UsernameExistsException', operations: ['ConfirmDevice'], code: 'conflict' },
  {
    exception: 'InvalidPasswordException',
    operations: ['ConfirmDevice'],
    code: 'rejected_by_pool',
    detail: 'The user pool did not accept the device.',
  },
  { exception: 'UsernameExistsException', code: 'user_exists' },
  { exception: 'AliasExistsException', code: 'alias_exists' },
  {
    exception: 'NotAuthorizedException',
    operations: ['ConfirmSignUp'],
    message: /cannot be confirmed/i,
    code: 'conflict',
    detail: 'The account is confirmed already.',
  },
  {
    exception: 'InvalidParameterException',
    message: /already confirmed/i,
    code: 'conflict',
    detail: 'The account is confirmed already.',
  },
  {
    exception: 'InvalidParameterException',
    operations: ['ForgotPassword'],
    message: /cannot reset password/i,
    code: 'conflict',
    detail: 'The account has no verified e-mail address or phone number to send a code to.',
  },
  {
    exception: 'NotAuthorizedException',
    operations: ['ForgotPassword'],
    code: 'conflict',
    detail: 'The password cannot be reset in the current state of the account.',
  },
  {
    exception: 'NotAuthorizedException',
    operations: ['SignUp'],
    message: /not permitted/i,
    code: 'operation_not_available',
  },
  {
    exception: 'NotAuthorizedException',
    message: /unauthorized attribute/i,
    code: 'rejected_by_pool',
    detail: 'The app client may not write one of these attributes.',
  },

  // Passwords and codes.
  {
    exception: 'NotAuthorizedException',
    operations: ['ChangePassword'],
    message: /incorrect/i,
    code: 'wrong_password',
  },
  // Cognito answers a wrong password so nowhere; emulators do.
  { exception: 'InvalidPasswordException', operations: ['InitiateAuth'], code: 'invalid_credentials' },
  { exception: 'InvalidPasswordException', code: 'invalid_password', showMessageWithout: /^$/ },
  { exception: 'PasswordHistoryPolicyViolationException', code: 'password_reused' },
  { exception: 'CodeMismatchException', code: 'code_mismatch' },
  { exception: 'ExpiredCodeException', code: 'code_expired' },
  { exception: 'EnableSoftwareTokenMFAException', code: 'code_mismatch' },
  {
    exception: 'SoftwareTokenMFANotFoundException',
    operations: ['VerifySoftwareToken'],
    code: 'conflict',
    detail: 'There is no secret to verify. Ask for one first.',
  },
  {
    exception: 'InvalidParameterException',
    operations: ['SetUserMFAPreference'],
    message: /not verified/i,
    code: 'conflict',
    detail: 'The authenticator app is not set up yet.',
  },
  { exception: 'SoftwareTokenMFANotFoundException', code: 'operation_not_available' },
  { exception: 'MFAMethodNotFoundException', code: 'operation_not_available' },

  // The rest of NotAuthorized, by what the operation asks of the caller.
  { exception: 'NotAuthorizedException', operations: SIGN_IN, code: 'invalid_credentials' },
  {
    exception: 'NotAuthorizedException',
    operations: ['SignUp', 'ConfirmSignUp', 'ResendConfirmationCode', 'ConfirmForgotPassword'],
    code: 'rejected_by_pool',
  },
  {
    exception: 'NotAuthorizedException',
    operations: ['UpdateAuthEventFeedback'],
    code: 'not_found',
    detail: 'There is no such sign-in, or the feedback token is not for it.',
  },
  { exception: 'NotAuthorizedException', code: 'invalid_token' },

  // Passkeys and devices.
  // A registration has a token, which is as good as before: a 401 would send the user away.
  {
    exception: 'WebAuthnChallengeNotFoundException',
    operations: ['CompleteWebAuthnRegistration'],
    code: 'conflict',
    detail: 'This registration has expired or was finished already. Start it again.',
  },
  { exception: 'WebAuthnChallengeNotFoundException', code: 'invalid_session' },
  {
    exception: 'WebAuthnClientMismatchException',
    code: 'rejected_by_pool',
    detail: 'This registration was started with another app client. Start it again.',
  },
  {
    exception: 'WebAuthnCredentialNotSupportedException',
    code: 'rejected_by_pool',
    detail: 'The user pool does not accept this passkey. Try another device or security key.',
  },
  {
    exception: 'WebAuthnOriginNotAllowedException',
    code: 'rejected_by_pool',
    detail: 'The user pool does not accept passkeys from this page.',
    hint: 'the page is not on the relying party id of the user pool, nor below it: look at the passkey settings of the pool',
  },
  {
    exception: 'WebAuthnRelyingPartyMismatchException',
    code: 'rejected_by_pool',
    detail: 'The passkey is for another site.',
    hint: 'the passkey was made for another domain than the relying party id of the user pool',
  },
  {
    exception: 'WebAuthnNotEnabledException',
    code: 'operation_not_available',
    detail: 'The user pool does not offer passkeys.',
  },
  {
    exception: 'WebAuthnConfigurationMissingException',
    code: 'server_misconfigured',
    hint: 'the user pool does not know which domain passkeys are for: set the relying party id in its passkey settings',
  },
  {
    exception: 'LimitExceededException',
    operations: ['StartWebAuthnRegistration', 'CompleteWebAuthnRegistration'],
    code: 'conflict',
    detail: 'The account has as many passkeys as it can have. Delete one first.',
  },
  { exception: 'DeviceKeyExistsException', code: 'conflict', detail: 'The device is confirmed already.' },
  {
    exception: 'InvalidParameterException',
    message: /invalid device key/i,
    code: 'rejected_by_pool',
    detail: 'The device key is not that of this sign-in.',
    hint: 'Cognito remembers devices of users who sign in with an alias only where authFlow is USER_SRP_AUTH',
  },

  // The pool's own rules. A Lambda trigger's refusal is written for the user. These two triggers run before the
  // password is looked at, each for one kind of account only.
  {
    exception: 'UserLambdaValidationException',
    operations: SIGN_IN,
    message: /^(PreAuthentication|UserMigration)\b/,
    code: 'invalid_credentials',
    showMessageWithout: /^\w+ failed with error /,
  },
  {
    exception: 'UserLambdaValidationException',
    code: 'rejected_by_pool',
    showMessageWithout: /^\w+ failed with error /,
  },
  // Cognito checks the form of a password before it looks at it. Only the member's name is read from the text,
  // which quotes what was sent.
  {
    exception: 'InvalidParameterException',
    operations: ['ChangePassword'],
    message: /at 'previousPassword' failed/,
    code: 'wrong_password',
  },
  {
    exception: 'InvalidParameterException',
    message: /at '(password|proposedPassword)' failed/,
    code: 'invalid_password',
  },
  {
    exception: 'InvalidParameterException',
    code: 'rejected_by_pool',
    detail: 'The user pool did not accept one of the values.',
  },
  { exception: 'ForbiddenException', code: 'forbidden' },
  { exception: 'OperationNotEnabledException', code: 'operation_not_available' },
  { exception: 'UnsupportedOperationException', code: 'operation_not_available' },
  { exception: 'FeatureUnavailableInTierException', code: 'operation_not_available' },
  { exception: 'UserPoolAddOnNotEnabledException', code: 'operation_not_available' },

  // Limits. Those per user are counted by the hour.
  { exception: 'TooManyRequestsException', code: 'rate_limited' },
  { exception: 'LimitExceededException', code: 'too_many_attempts', retryAfter: 900 },
  { exception: 'TooManyFailedAttemptsException', code: 'too_many_attempts', retryAfter: 900 },
  { exception: 'ConcurrentModificationException', code: 'conflict' },

  // Faults.
  { exception: 'InternalErrorException', code: 'upstream_error' },
  { exception: 'InternalServerException', code: 'upstream_error' },
  {
    exception: 'CodeDeliveryFailureException',
    code: 'upstream_error',
    detail: 'The code could not be sent. Try again.',
  },
  { exception: 'UnexpectedLambdaException', code: 'upstream_error' },
  { exception: 'InvalidLambdaResponseException', code: 'upstream_error' },

  // Only administration can meet these; an endpoint that does is not doing what it should.
  {
    exception: 'AccessDeniedException',
    code: 'server_misconfigured',
    sameForAll: true,
    hint: 'the AWS credentials may not do this: allow them cognito-idp:AdminInitiateAuth and cognito-idp:AdminRespondToAuthChallenge on the user pool',
  },
  { exception: 'DuplicateProviderException', code: 'server_misconfigured' },
  { exception: 'GroupExistsException', code: 'server_misconfigured' },
  { exception: 'ManagedLoginBrandingExistsException', code: 'server_misconfigured' },
  { exception: 'PreconditionNotMetException', code: 'server_misconfigured' },
  { exception: 'ScopeDoesNotExistException', code: 'server_misconfigured' },
  { exception: 'ServiceQuotaExceededException', code: 'server_misconfigured' },
  { exception: 'TermsExistsException', code: 'server_misconfigured' },
  { exception: 'TierChangeNotAllowedException', code: 'server_misconfigured' },
  { exception: 'UnsupportedIdentityProviderException', code: 'server_misconfigured' },
  { exception: 'UserImportInProgressException', code: 'server_misconfigured' },
  { exception: 'UserPoolTaggingException', code: 'server_misconfigured' },
];
