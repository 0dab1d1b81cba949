/** An exception as Cognito answers it: `name` is the exception's name on the wire. */
export class CognitoError extends Error {
  /** Always 400, or 500 for InternalErrorException: the service never answers the statuses of the SDK's model. */
  readonly status: number;

  constructor(name: string, message: string, status = 400) {
    super(message);
    this.name = name;
    this.status = status;
  }
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

/** The one answer to a wrong password, and, with PreventUserExistenceErrors ENABLED, to an unknown user. */
export function wrongPassword(): CognitoError {
  return notAuthorized('Incorrect username or password.');
}

export function userDisabled(): CognitoError {
  return notAuthorized('User is disabled.');
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

export function aliasExists(attribute: string): CognitoError {
  return new CognitoError('AliasExistsException', `An account with the given ${attribute} already exists.`);
}

/** For what exists in Cognito but not in the local user pool: said plainly, so that nobody hunts for a fault of their own. */
export function notServed(what: string): CognitoError {
  return invalidParameter(`The local user pool does not serve ${what}.`);
}
