import { CognitoError } from '../model/errors.ts';

/** Timeout of a trigger, as in Cognito. */
export const TIMEOUT_MS = 5000;

/** Answers a function that threw an error. */
export function failedTrigger(title: string, reason: unknown): CognitoError {
  return new CognitoError('UserLambdaValidationException', `${title} failed with error ${reason}.`);
}

/** Answers a function that could not be invoked. */
export function uninvoked(title: string, reason: string): CognitoError {
  return new CognitoError('UnexpectedLambdaException', `${title} invocation failed due to error ${reason}.`);
}

export function timedOut(title: string): CognitoError {
  return uninvoked(title, 'Socket timeout while invoking Lambda function');
}

/** Answers a result that is no event, which is not JSON or has another form. */
export function invalidTriggerJson(): CognitoError {
  return new CognitoError('InvalidLambdaResponseException', 'Invalid lambda function output : Invalid JSON');
}

export function invalidTriggerAnswer(): CognitoError {
  return new CognitoError('InvalidLambdaResponseException', 'Unrecognizable lambda output');
}
