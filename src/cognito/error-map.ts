import type { SignInName } from '../config/options.ts';
import type { Hint } from '../shared/hint.ts';
import type { ProblemCode } from '../shared/problem.ts';

/** All exceptions of the installed SDK. A test compares the list with the SDK. */
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

/** A rule of the error map. The first matching rule applies. */
export interface ErrorRule {
  readonly exception: ExceptionName;
  /** The operations that the rule applies to. Default: all. */
  readonly operations?: readonly string[];
  /** Pattern of Cognito's message, for an exception with several meanings. */
  readonly message?: RegExp;
  readonly code: ProblemCode;
  /** Replaces the code's default detail. */
  readonly detail?: string;
  /**
   * Shows Cognito's message to the client without the parts that match. Only for messages that are meant for users.
   */
  readonly showMessageWithout?: RegExp;
  /** Names the refused attributes in `errors`. Their names are the same for every account. */
  readonly attributes?: {
    /** A global pattern of Cognito's message, whose group is the name of an attribute. */
    readonly named: RegExp;
    /** The violated rule, in English. */
    readonly violation: string;
  };
  /** The sign-in names of the pool, if it refuses the form of a new user's name. */
  readonly wantsName?: readonly SignInName[];
  /** Value of `Retry-After`, in seconds. */
  readonly retryAfter?: number;
  /** Log hint for the operator. */
  readonly hint?: Hint;
  /** The exception is the same for every account, so it does not allow account enumeration. */
  readonly sameForAll?: true;
  /** Cognito could not send a message, which only the operator can mend. */
  readonly undelivered?: true;
}

const SIGN_IN = ['InitiateAuth', 'RespondToAuthChallenge'] as const;

/** Operations that change a user, which a replica and a recovery refuse. */
const CHANGES = [
  'SignUp',
  'ConfirmSignUp',
  'ResendConfirmationCode',
  'ForgotPassword',
  'ConfirmForgotPassword',
  'RespondToAuthChallenge',
  'ChangePassword',
  'UpdateUserAttributes',
  'DeleteUserAttributes',
  'GetUserAttributeVerificationCode',
  'VerifyUserAttribute',
  'DeleteUser',
  'AssociateSoftwareToken',
  'VerifySoftwareToken',
  'SetUserMFAPreference',
] as const;

const DEVICES = ['ConfirmDevice', 'ListDevices', 'GetDevice', 'UpdateDeviceStatus', 'ForgetDevice'] as const;

/** Cognito wraps the words of a trigger: `PreSignUp failed with error <words>.` */
export const TRIGGER_WRAPPING: RegExp = /^\w+ failed with error |\.\s*$/g;

const READ_ONLY_HINT =
  'the user pool is a replica, or a point-in-time recovery is in progress: send changes to the primary region, or end the recovery. See docs/user-pool-setup.md#a-pool-that-accepts-no-changes';
const FEATURE_HINT =
  'the feature is off in the user pool, or its feature plan lacks it: enable it, or switch the endpoint off in the option routes. See docs/user-pool-setup.md#the-user-pool';
const TRIGGER_HINT =
  'a Lambda trigger of the user pool failed, took more than 5 seconds or returned an invalid event: read its log in CloudWatch. See docs/local-user-pool.md#lambda-triggers';
const ATTRIBUTES_HINT =
  'writableAttributes has an attribute that the user pool lacks: add it to the pool, or remove it from the option. See docs/customize.md#attributes';
const ADMIN_HINT =
  'Cognito does not document this exception for the operation: check that the option endpoint is the URL of Cognito. See docs/troubleshooting.md#connection-to-cognito';
const SESSIONS = ['ListUserSessions', 'RevokeUserSession'] as const;

const NO_SESSIONS = 'Session tracking is not enabled for the user pool.';

/** Cognito refuses the proof of the app client's secret. */
export const SECRET_REFUSED: RegExp = /secret.?hash|configured (with|for) secret/i;

/** `An account with the given email already exists.`, also without `given`. */
const TAKEN: ErrorRule['attributes'] = {
  named: /account with the (?:given )?([\w:.-]+) already/g,
  violation: 'is used by another account',
};

/**
 * Maps Cognito's exceptions to error codes, by name, and by message where a name has several meanings. The HTTP
 * status is not used, because it is 400 for nearly all of them.
 */
export const ERROR_MAP: readonly ErrorRule[] = [
  // Server faults, although Cognito blames the caller. At a challenge the client is at fault: it sends the hashed name.
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
    hint: 'clientSecret does not match the app client: set it to the "Client secret" of the console, use secretsManagerSecret(arn) if Secrets Manager stores it, or leave it out if the client has none. See docs/user-pool-setup.md#the-app-clients-secret',
  },
  {
    exception: 'InvalidParameterException',
    message: /(flow|\w+_AUTH) (is )?not enabled|auth method not supported/i,
    code: 'server_misconfigured',
    sameForAll: true,
    hint: 'the app client does not allow this authentication flow: set authFlow to one of its ExplicitAuthFlows, or add ALLOW_USER_PASSWORD_AUTH to them. See docs/user-pool-setup.md#the-app-client',
  },
  {
    exception: 'InvalidParameterException',
    message: /lambda trigger is not configured/i,
    code: 'server_misconfigured',
    sameForAll: true,
    hint: 'the user pool has no triggers for CUSTOM_AUTH: add the three "Custom authentication" triggers, or set authFlow to another flow. See docs/sign-in-methods.md#custom-challenges',
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
    detail: 'The device was not found.',
  },
  {
    exception: 'ResourceNotFoundException',
    operations: ['RevokeUserSession'],
    code: 'not_found',
    detail: 'The session was not found.',
  },
  {
    exception: 'InvalidParameterException',
    operations: ['RevokeUserSession'],
    message: /current session/i,
    code: 'conflict',
    detail: 'This is the current session. Sign out to revoke it.',
  },
  {
    exception: 'ResourceNotFoundException',
    operations: ['UpdateAuthEventFeedback'],
    message: /^(?!.*user pool)/i,
    code: 'not_found',
    detail: 'The sign-in was not found, or the feedback token belongs to another one.',
  },
  {
    exception: 'ResourceNotFoundException',
    operations: ['DeleteWebAuthnCredential'],
    code: 'not_found',
    detail: 'The passkey was not found.',
  },
  {
    exception: 'ResourceNotFoundException',
    code: 'server_misconfigured',
    hint: 'the app client or user pool does not exist: check clientId, userPoolId and its region. See docs/user-pool-setup.md#the-app-client',
  },
  {
    exception: 'InvalidEmailRoleAccessPolicyException',
    code: 'server_misconfigured',
    undelivered: true,
    hint: 'the user pool may not send e-mail: check its SES identity and region. See docs/user-pool-setup.md#e-mail-and-sms',
  },
  {
    exception: 'InvalidSmsRoleAccessPolicyException',
    code: 'server_misconfigured',
    undelivered: true,
    hint: 'the user pool may not send SMS: the role in its SMS settings must allow sns:Publish. See docs/user-pool-setup.md#e-mail-and-sms',
  },
  {
    exception: 'InvalidSmsRoleTrustRelationshipException',
    code: 'server_misconfigured',
    undelivered: true,
    hint: 'the user pool may not send SMS: the role in its SMS settings must trust cognito-idp.amazonaws.com, with the external ID of the pool. See docs/user-pool-setup.md#e-mail-and-sms',
  },
  {
    exception: 'InvalidParameterException',
    message: /auto verification not turned on/i,
    code: 'server_misconfigured',
    undelivered: true,
    hint: 'the user pool sends no confirmation codes: choose the attributes to verify under "Sign-up", Attribute verification. See docs/user-pool-setup.md#if-messages-stop',
  },
  {
    exception: 'InvalidParameterException',
    message: /\b(SMS|e-?mail) configuration\b/i,
    code: 'server_misconfigured',
    undelivered: true,
    hint: 'the user pool has no configuration for this kind of message: set one under "Authentication methods". See docs/user-pool-setup.md#e-mail-and-sms',
  },
  {
    exception: 'InvalidUserPoolConfigurationException',
    operations: DEVICES,
    code: 'server_misconfigured',
    hint: 'the user pool does not remember devices: enable device tracking, or switch these endpoints off in the option routes. See docs/mfa-and-devices.md#remembered-devices',
  },
  {
    exception: 'InvalidUserPoolConfigurationException',
    code: 'server_misconfigured',
    hint: 'the settings of the user pool contradict each other: upstreamMessage names them. See docs/user-pool-setup.md#the-user-pool',
  },
  {
    exception: 'InvalidOAuthFlowException',
    code: 'server_misconfigured',
    hint: 'the app client does not allow this OAuth flow: enable the authorization code grant. See docs/managed-login.md#in-the-aws-console',
  },

  // Sign-in sessions.
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
    message: /temporary password has expired|account has expired/i,
    code: 'password_reset_required',
    detail: 'The temporary password has expired. An administrator must send a new one.',
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
    operations: ['GetTokensFromRefreshToken'],
    message: /invalid refresh token/i,
    code: 'invalid_refresh_token',
    hint: 'Cognito does not know the refresh token: in a pool that tracks devices, each new device must be confirmed with POST /devices before its session is refreshed. See docs/mfa-and-devices.md#remembered-devices',
  },
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
    hint: 'the refresh token belongs to another app client; if this happens with every token, clientSecret does not match the app client. See docs/user-pool-setup.md#the-app-clients-secret',
  },
  {
    exception: 'UnsupportedTokenTypeException',
    code: 'invalid_request',
    detail: 'This is not a refresh token.',
  },
  {
    exception: 'NotAuthorizedException',
    message: /required scopes/i,
    code: 'insufficient_scope',
    hint: 'the operation needs the scope aws.cognito.signin.user.admin: add it to the app client and to managedLogin.scopes. See docs/managed-login.md#in-the-aws-console',
  },
  { exception: 'NotAuthorizedException', message: /access token has expired/i, code: 'token_expired' },
  { exception: 'NotAuthorizedException', message: /access token|invalid token/i, code: 'invalid_token' },

  // Accounts.
  // ConfirmDevice declares these two, but creates no account and takes no password of the user.
  { exception: 'UsernameExistsException', operations: ['ConfirmDevice'], code: 'conflict' },
  {
    exception: 'InvalidPasswordException',
    operations: ['ConfirmDevice'],
    code: 'rejected_by_pool',
    detail: 'The user pool did not accept the device.',
  },
  { exception: 'UsernameExistsException', code: 'user_exists' },
  {
    exception: 'AliasExistsException',
    message: /\bemail\b/,
    code: 'alias_exists',
    detail: 'Another account uses this e-mail address.',
    attributes: TAKEN,
  },
  {
    exception: 'AliasExistsException',
    message: /\bphone_?number\b/i,
    code: 'alias_exists',
    detail: 'Another account uses this phone number.',
    attributes: TAKEN,
  },
  {
    exception: 'AliasExistsException',
    message: /\bpreferred_username\b/,
    code: 'alias_exists',
    detail: 'Another account uses this preferred user name.',
    attributes: TAKEN,
  },
  { exception: 'AliasExistsException', code: 'alias_exists' },
  {
    exception: 'NotAuthorizedException',
    operations: ['ConfirmSignUp'],
    message: /cannot (be )?confirm/i,
    code: 'conflict',
    detail: 'The account is already confirmed.',
  },
  {
    exception: 'InvalidParameterException',
    message: /already confirmed/i,
    code: 'conflict',
    detail: 'The account is already confirmed.',
  },
  {
    exception: 'NotAuthorizedException',
    operations: ['ForgotPassword'],
    message: /contact administrator/i,
    code: 'operation_not_available',
    hint: 'the account recovery of the user pool is "administrators only": allow e-mail or SMS, or switch the endpoint off in the option routes. See docs/user-pool-setup.md#the-user-pool',
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
    hint: 'the user pool does not allow self-registration: enable it, or switch the endpoint off in the option routes. See docs/user-pool-setup.md#the-user-pool',
  },
  {
    exception: 'NotAuthorizedException',
    message: /unauthorized attribute/i,
    code: 'rejected_by_pool',
    detail: 'The app client may not write one of these attributes.',
    hint: 'the app client may not write an attribute of writableAttributes: add the write permission, or remove it from the option. See docs/customize.md#attributes',
  },
  // The session is used up by now, and only a user with a correct temporary password gets here.
  {
    exception: 'NotAuthorizedException',
    operations: ['RespondToAuthChallenge'],
    message: /cannot modify/i,
    code: 'validation_failed',
    detail: 'An attribute of the answer cannot be changed. Sign in again, and leave it out.',
    sameForAll: true,
    attributes: {
      named: /cannot modify (?:an already provided|the non-mutable attribute) ([\w:.-]+?)\.?$/gi,
      violation: 'cannot be changed',
    },
  },

  // Attributes. The schema of the pool is the same for every account.
  {
    exception: 'InvalidParameterException',
    message: /attribute \{[^}]*\} could not be determined|attribute does not exist in the schema/i,
    code: 'server_misconfigured',
    hint: ATTRIBUTES_HINT,
  },
  {
    exception: 'InvalidParameterException',
    message: /: the attribute is required/i,
    code: 'validation_failed',
    attributes: {
      named: /(?:\buser\.)?([\w:.-]+): the attribute is required/gi,
      violation: 'is required by the user pool',
    },
  },
  {
    exception: 'InvalidParameterException',
    message: /invalid attributes given, .* (is|are) missing/i,
    code: 'validation_failed',
    attributes: { named: /given, ([\w:.-]+) is missing/gi, violation: 'is required by the user pool' },
  },
  {
    exception: 'InvalidParameterException',
    message: /attribute cannot be (updated|deleted)/i,
    code: 'validation_failed',
    attributes: {
      named: /\buser\.([\w:.-]+): attribute cannot be/gi,
      violation: 'cannot be changed in the user pool',
    },
  },
  {
    exception: 'InvalidParameterException',
    message: /(?:did not conform to the schema: |invalid user attributes: |^user\.)[\w:.-]+: /i,
    code: 'validation_failed',
    attributes: {
      named: /(?:schema: |user attributes: |\n|^)(?:user\.)?([\w:.-]+): /gi,
      violation: 'does not fit the schema of the user pool',
    },
  },
  {
    exception: 'InvalidParameterException',
    operations: ['SignUp', 'UpdateUserAttributes'],
    message: /invalid (email address|phone number) format/i,
    code: 'validation_failed',
    attributes: { named: /invalid (email|phone number)/gi, violation: 'is not accepted by the user pool' },
  },

  // The form of a new user's name.
  {
    exception: 'InvalidParameterException',
    operations: ['SignUp'],
    message: /username cannot be of (email|phone number) format/i,
    code: 'rejected_by_pool',
    wantsName: ['username'],
  },
  {
    exception: 'InvalidParameterException',
    operations: ['SignUp'],
    message: /username should be (either )?an email or a phone/i,
    code: 'rejected_by_pool',
    wantsName: ['email', 'phoneNumber'],
  },
  {
    exception: 'InvalidParameterException',
    operations: ['SignUp'],
    message: /username should be an email/i,
    code: 'rejected_by_pool',
    wantsName: ['email'],
  },
  {
    exception: 'InvalidParameterException',
    operations: ['SignUp'],
    message: /username should be a phone/i,
    code: 'rejected_by_pool',
    wantsName: ['phoneNumber'],
  },

  // Passwords and codes.
  {
    exception: 'NotAuthorizedException',
    operations: ['ChangePassword'],
    message: /incorrect/i,
    code: 'wrong_password',
  },
  // Only emulators use this exception for a wrong password.
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
    detail: 'There is no secret to verify. Request one first.',
  },
  {
    exception: 'InvalidParameterException',
    operations: ['SetUserMFAPreference'],
    message: /not verified/i,
    code: 'conflict',
    detail: 'The authenticator app is not set up yet.',
  },
  {
    exception: 'SoftwareTokenMFANotFoundException',
    operations: ['AssociateSoftwareToken'],
    code: 'operation_not_available',
    hint: 'authenticator apps are off in the user pool: enable them under "Multi-factor authentication". See docs/user-pool-setup.md#the-user-pool',
  },
  { exception: 'SoftwareTokenMFANotFoundException', code: 'operation_not_available' },
  { exception: 'MFAMethodNotFoundException', code: 'operation_not_available' },

  // Other NotAuthorizedExceptions, such as "Incorrect username or password.", by the credentials that the operation takes.
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
    detail: 'The sign-in was not found, or the feedback token belongs to another one.',
  },
  {
    exception: 'NotAuthorizedException',
    operations: ['ChangePassword'],
    message: /not authorized to change password/i,
    code: 'not_allowed_for_user',
    detail: 'The account has no password here, because it signs in with an identity provider.',
  },
  // Introspection relies on it, and no user is refused the own profile.
  { exception: 'NotAuthorizedException', operations: ['GetUser'], code: 'invalid_token' },
  // The kit has verified the token before. A 401 would sign the user out.
  { exception: 'NotAuthorizedException', code: 'not_allowed_for_user' },

  // Passkeys and devices.
  // The access token of a registration is still valid. A 401 would sign the user out.
  {
    exception: 'WebAuthnChallengeNotFoundException',
    operations: ['CompleteWebAuthnRegistration'],
    code: 'conflict',
    detail: 'The registration has expired or was already completed. Start it again.',
  },
  { exception: 'WebAuthnChallengeNotFoundException', code: 'invalid_session' },
  {
    exception: 'WebAuthnClientMismatchException',
    code: 'rejected_by_pool',
    detail: 'The registration was started with another app client. Start it again.',
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
    hint: 'the page is neither on the domain of the relying party ID nor below it: check the passkey settings of the user pool. See docs/passkeys.md#if-it-does-not-work',
  },
  {
    exception: 'WebAuthnRelyingPartyMismatchException',
    code: 'rejected_by_pool',
    detail: 'The passkey is for another site.',
    hint: 'the passkey was created for another domain than the relying party ID of the user pool. See docs/passkeys.md#if-it-does-not-work',
  },
  {
    exception: 'WebAuthnNotEnabledException',
    code: 'operation_not_available',
    detail: 'Passkeys are not enabled for the user pool.',
    hint: 'passkeys are off in the user pool: add "Passkey" to its choice-based sign-in. See docs/passkeys.md#if-it-does-not-work',
  },
  {
    exception: 'WebAuthnConfigurationMissingException',
    code: 'server_misconfigured',
    hint: 'the user pool has no domain for passkeys: set the relying party ID in its passkey settings. See docs/passkeys.md#if-it-does-not-work',
  },
  {
    exception: 'LimitExceededException',
    operations: ['StartWebAuthnRegistration', 'CompleteWebAuthnRegistration'],
    code: 'conflict',
    detail: 'The account has the maximum number of passkeys. Delete one first.',
  },
  { exception: 'DeviceKeyExistsException', code: 'conflict', detail: 'The device is already confirmed.' },
  {
    exception: 'InvalidParameterException',
    message: /invalid device key/i,
    code: 'rejected_by_pool',
    detail: 'The device key belongs to another sign-in.',
    hint: 'for users who sign in with an alias, Cognito remembers devices only if authFlow is USER_SRP_AUTH. See docs/mfa-and-devices.md#remembered-devices',
  },

  // The triggers that write or send messages. Their words are for the operator.
  ...(
    ['UserLambdaValidationException', 'UnexpectedLambdaException', 'InvalidLambdaResponseException'] as const
  ).map(
    (exception): ErrorRule => ({
      exception,
      message: /^Custom(Message|EmailSender|SMSSender)\b/i,
      code: 'message_not_sent',
      undelivered: true,
      hint: 'the Lambda trigger that writes or sends messages failed: read its log in CloudWatch. See docs/user-pool-setup.md#if-messages-stop',
    }),
  ),
  // Refusals by Lambda triggers, whose messages are written for the user. These two triggers run before the password is
  // checked, each for one kind of account only.
  {
    exception: 'UserLambdaValidationException',
    operations: SIGN_IN,
    message: /^(PreAuthentication|UserMigration)\b/,
    code: 'invalid_credentials',
    showMessageWithout: TRIGGER_WRAPPING,
  },
  {
    exception: 'UserLambdaValidationException',
    code: 'rejected_by_pool',
    showMessageWithout: TRIGGER_WRAPPING,
  },
  // Cognito validates a password's form first. The rule matches only the member's name, because the message quotes the
  // password.
  {
    exception: 'InvalidParameterException',
    operations: ['ChangePassword'],
    message: /at 'previousPassword' failed/,
    code: 'wrong_password',
  },
  {
    exception: 'InvalidParameterException',
    message: /at '(password|proposedPassword)' failed to satisfy constraint: Member must satisfy regular/,
    code: 'invalid_password',
    detail: 'The password is too short, or starts or ends with a space.',
  },
  {
    exception: 'InvalidParameterException',
    message: /at '(password|proposedPassword)' failed to satisfy constraint: Member must have length less/,
    code: 'invalid_password',
    detail: 'The password has more than 256 characters.',
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
  {
    exception: 'ForbiddenException',
    code: 'forbidden',
    hint: 'AWS WAF refused the request: check the rules of the web ACL of the user pool. See docs/user-pool-setup.md#if-it-does-not-work',
  },
  // The same for every account: nothing can be told from it.
  {
    exception: 'OperationNotEnabledException',
    message: /replica|primary|recover|restor|read.?only/i,
    code: 'pool_read_only',
    retryAfter: 60,
    sameForAll: true,
    hint: READ_ONLY_HINT,
  },
  {
    exception: 'OperationNotEnabledException',
    operations: CHANGES,
    code: 'pool_read_only',
    retryAfter: 60,
    sameForAll: true,
    hint: READ_ONLY_HINT,
  },
  {
    exception: 'OperationNotEnabledException',
    operations: SESSIONS,
    code: 'operation_not_available',
    detail: NO_SESSIONS,
    hint: 'session tracking is off: enable it for the user pool (SetUserPoolSessionConfiguration, plan Essentials or Plus), or switch these endpoints off in the option routes. See docs/sessions.md#the-list-of-sessions',
  },
  {
    exception: 'FeatureUnavailableInTierException',
    operations: SESSIONS,
    code: 'operation_not_available',
    detail: NO_SESSIONS,
    hint: 'session tracking needs the plan Essentials or Plus: change the plan, or switch these endpoints off in the option routes. See docs/sessions.md#the-list-of-sessions',
  },
  {
    exception: 'OperationNotEnabledException',
    code: 'operation_not_available',
    sameForAll: true,
    hint: FEATURE_HINT,
  },
  {
    exception: 'UnsupportedOperationException',
    operations: ['RevokeToken'],
    code: 'server_misconfigured',
    sameForAll: true,
    hint: 'Cognito cannot revoke refresh tokens of this app client: set EnableTokenRevocation to true. See docs/sessions.md#if-it-does-not-work',
  },
  { exception: 'UnsupportedOperationException', code: 'operation_not_available', hint: FEATURE_HINT },
  { exception: 'FeatureUnavailableInTierException', code: 'operation_not_available', hint: FEATURE_HINT },
  { exception: 'UserPoolAddOnNotEnabledException', code: 'operation_not_available', hint: FEATURE_HINT },

  // Limits. Cognito counts those per user by the hour.
  {
    exception: 'TooManyRequestsException',
    code: 'rate_limited',
    hint: 'the request quota of the AWS account, or of one user, is exhausted: buy a higher quota, make fewer calls, or set cognitoRequestsPerSecond. See docs/scaling.md#if-the-quota-is-too-low',
  },
  {
    exception: 'LimitExceededException',
    message: /\bdaily\b|\bSES\b/i,
    code: 'message_not_sent',
    retryAfter: 900,
    undelivered: true,
    hint: "the e-mail quota is exhausted: Cognito's own sender allows 50 messages a day for the AWS account, so connect the user pool to Amazon SES, or raise the quota of SES. See docs/user-pool-setup.md#if-messages-stop",
  },
  {
    exception: 'LimitExceededException',
    message: /\bSMS\b|\bspend/i,
    code: 'message_not_sent',
    retryAfter: 900,
    undelivered: true,
    hint: 'the SMS quota is exhausted: raise the monthly spend limit of Amazon SNS in the region that sends. See docs/user-pool-setup.md#if-messages-stop',
  },
  { exception: 'LimitExceededException', code: 'too_many_attempts', retryAfter: 900 },
  { exception: 'TooManyFailedAttemptsException', code: 'too_many_attempts', retryAfter: 900 },
  { exception: 'ConcurrentModificationException', code: 'conflict' },

  // Faults.
  { exception: 'InternalErrorException', code: 'upstream_error' },
  { exception: 'InternalServerException', code: 'upstream_error' },
  {
    exception: 'CodeDeliveryFailureException',
    code: 'message_not_sent',
    undelivered: true,
    hint: 'Cognito could not deliver a message: check the sandbox, the quota and the status of Amazon SES or Amazon SNS. See docs/user-pool-setup.md#if-messages-stop',
  },
  { exception: 'UnexpectedLambdaException', code: 'upstream_error', hint: TRIGGER_HINT },
  { exception: 'InvalidLambdaResponseException', code: 'upstream_error', hint: TRIGGER_HINT },

  // Exceptions of admin operations. An endpoint that gets one is misconfigured.
  {
    exception: 'AccessDeniedException',
    operations: ['GetUser', 'UserGlobalSignOut'],
    code: 'server_misconfigured',
    sameForAll: true,
    hint: 'sessions outlive a password reset or endUser: allow the AWS credentials cognito-idp:AdminUserGlobalSignOut and cognito-idp:AdminGetUser on the user pool, or set adminSignOut to false. See docs/user-pool-setup.md#aws-credentials',
  },
  {
    exception: 'AccessDeniedException',
    code: 'server_misconfigured',
    sameForAll: true,
    hint: 'the AWS credentials lack a permission: allow them cognito-idp:AdminInitiateAuth and cognito-idp:AdminRespondToAuthChallenge on the user pool. See docs/user-pool-setup.md#aws-credentials',
  },
  { exception: 'DuplicateProviderException', code: 'server_misconfigured', hint: ADMIN_HINT },
  { exception: 'GroupExistsException', code: 'server_misconfigured', hint: ADMIN_HINT },
  { exception: 'ManagedLoginBrandingExistsException', code: 'server_misconfigured', hint: ADMIN_HINT },
  { exception: 'PreconditionNotMetException', code: 'server_misconfigured', hint: ADMIN_HINT },
  { exception: 'ScopeDoesNotExistException', code: 'server_misconfigured', hint: ADMIN_HINT },
  { exception: 'ServiceQuotaExceededException', code: 'server_misconfigured', hint: ADMIN_HINT },
  { exception: 'TermsExistsException', code: 'server_misconfigured', hint: ADMIN_HINT },
  { exception: 'TierChangeNotAllowedException', code: 'server_misconfigured', hint: ADMIN_HINT },
  { exception: 'UnsupportedIdentityProviderException', code: 'server_misconfigured', hint: ADMIN_HINT },
  { exception: 'UserImportInProgressException', code: 'server_misconfigured', hint: ADMIN_HINT },
  { exception: 'UserPoolTaggingException', code: 'server_misconfigured', hint: ADMIN_HINT },
];
