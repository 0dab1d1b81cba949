/** An exception of Cognito; `name` is its name on the wire. */
export class CognitoError extends Error {
  /** 400, or 500 for InternalErrorException. Cognito does not use the statuses of the SDK's model. */
  readonly status: number;

  constructor(name: string, message: string, status = 400) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

/** A call of the pool's JavaScript API that cannot be met. No exception of Cognito, because AWS has no such call. */
export class RefusedCall extends Error {}

export function unknownUser(username: string): RefusedCall {
  return new RefusedCall(`The local user pool has no user "${username}". Add one with addUser().`);
}

export function invalidParameter(message: string): CognitoError {
  return new CognitoError('InvalidParameterException', message);
}

export function missingParameter(name: string): CognitoError {
  return invalidParameter(`Missing required parameter ${name}`);
}

export function notAuthorized(message: string): CognitoError {
  return new CognitoError('NotAuthorizedException', message);
}

/** Answers a wrong password and, with PreventUserExistenceErrors ENABLED, an unknown user. */
export function wrongPassword(): CognitoError {
  return notAuthorized('Incorrect username or password.');
}

export function userDisabled(): CognitoError {
  return notAuthorized('User is disabled.');
}

export function userNotConfirmed(): CognitoError {
  return new CognitoError('UserNotConfirmedException', 'User is not confirmed.');
}

export function userNotFound(message = 'User does not exist.'): CognitoError {
  return new CognitoError('UserNotFoundException', message);
}

export function resourceNotFound(message: string): CognitoError {
  return new CognitoError('ResourceNotFoundException', message);
}

export function codeMismatch(
  message = 'Invalid verification code provided, please try again.',
): CognitoError {
  return new CognitoError('CodeMismatchException', message);
}

export function expiredCode(message = 'Invalid code provided, please request a code again.'): CognitoError {
  return new CognitoError('ExpiredCodeException', message);
}

export function limitExceeded(): CognitoError {
  return new CognitoError('LimitExceededException', 'Attempt limit exceeded, please try after some time.');
}

/** Cognito's texts for messages that it cannot send. */
const UNDELIVERED = {
  emailQuota: [
    'LimitExceededException',
    'Exceeded daily email limit for the operation or the account. If a higher limit is required, please configure your user pool to use your own Amazon SES configuration for sending email.',
  ],
  smsQuota: ['LimitExceededException', 'SMS quota exceeded.'],
  codeDelivery: ['CodeDeliveryFailureException', 'Unable to deliver message.'],
} as const;

export function undelivered(cause: keyof typeof UNDELIVERED): CognitoError {
  const [name, message] = UNDELIVERED[cause];
  return new CognitoError(name, message);
}

export function aliasExists(attribute: string): CognitoError {
  return new CognitoError('AliasExistsException', `An account with the given ${attribute} already exists.`);
}

/** Refuses a feature of Cognito that the local user pool does not have. */
export function notServed(what: string): CognitoError {
  return invalidParameter(`The local user pool does not serve ${what}.`);
}
