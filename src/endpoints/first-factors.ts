import Joi from 'joi';
import type { MaskedErrors } from './endpoint.ts';

/** What a sign-in of USER_AUTH can begin with, by the names of the challenges. */
export const FIRST_FACTORS: readonly string[] = [
  'PASSWORD',
  'PASSWORD_SRP',
  'EMAIL_OTP',
  'SMS_OTP',
  'WEB_AUTHN',
];

export const firstFactor = (): Joi.StringSchema =>
  Joi.string().pattern(new RegExp(`^(${FIRST_FACTORS.join('|')})$`));

/** Whether a challenge comes before anything is proven. EMAIL_OTP can be a second factor as well. */
export function isFirstFactor(name: string | undefined): boolean {
  return name === 'SELECT_CHALLENGE' || (name !== undefined && FIRST_FACTORS.includes(name));
}

/** A code by e-mail or SMS costs a message, and so does whatever can lead to one at once. */
export function sendsCode(factor: string | undefined): boolean {
  return factor === undefined || factor.endsWith('_OTP');
}

/** A first factor fails in one way, however Cognito puts it: of somebody who does not exist it only simulates one. */
export function concealedFailure(name: string): MaskedErrors | undefined {
  if (!isFirstFactor(name)) return undefined;
  return {
    exceptions: ['LimitExceededException', 'TooManyFailedAttemptsException'],
    codes: ['invalid_credentials', 'too_many_attempts', 'code_mismatch', 'code_expired'],
    answer: name.endsWith('_OTP') ? 'code_mismatch' : 'invalid_credentials',
  };
}
