import type Joi from 'joi';
import type { MaskedErrors } from './endpoint.ts';
import { joi } from './joi.ts';

/** The first factors of USER_AUTH, by challenge name. */
export const FIRST_FACTORS: readonly string[] = [
  'PASSWORD',
  'PASSWORD_SRP',
  'EMAIL_OTP',
  'SMS_OTP',
  'WEB_AUTHN',
];

export const firstFactor = (): Joi.StringSchema =>
  joi.string().pattern(new RegExp(`^(${FIRST_FACTORS.join('|')})$`));

/** Whether the challenge asks for a first factor. EMAIL_OTP can be a second factor too. */
export function isFirstFactor(name: string | undefined): boolean {
  return name === 'SELECT_CHALLENGE' || (name !== undefined && FIRST_FACTORS.includes(name));
}

/** Whether the factor may send a message. Without a preference, Cognito may choose a code. */
export function sendsCode(factor: string | undefined): boolean {
  return factor === undefined || factor.endsWith('_OTP');
}

/** The challenges before which Cognito sends no message. A custom challenge may have sent one. */
const WITHOUT_MESSAGE: readonly unknown[] = ['SELECT_CHALLENGE', 'PASSWORD', 'PASSWORD_SRP', 'WEB_AUTHN'];

/** Whether the answer to a sign-in shows that no message was sent. */
export function sentNoCode({ response }: { readonly response?: object }): boolean {
  const { challenge } = (response ?? {}) as { challenge?: { name?: unknown } };
  return WITHOUT_MESSAGE.includes(challenge?.name);
}

/** Masks all failures of a first factor, because Cognito only simulates it for an unknown user. */
export function concealedFailure(name: string): MaskedErrors | undefined {
  if (!isFirstFactor(name)) return undefined;
  return {
    exceptions: ['LimitExceededException', 'TooManyFailedAttemptsException'],
    codes: ['invalid_credentials', 'too_many_attempts', 'code_mismatch', 'code_expired'],
    answer: name.endsWith('_OTP') ? 'code_mismatch' : 'invalid_credentials',
  };
}
