import Joi from 'joi';
import { DELIVERY_FAULTS, deliveryOf, TRIGGER_FAULTS } from './code-delivery.ts';
import type { CommandEndpoint } from './endpoint.ts';
import {
  accountBody,
  accountInput,
  accountsOf,
  confirmationCode,
  type Identified,
  newPassword,
  password,
  usernameOf,
} from './fields.ts';

export const forgotPassword: CommandEndpoint<Identified, 'ForgotPassword'> = {
  name: 'forgotPassword',
  method: 'post',
  path: '/forgot-password',
  summary: 'Send a code for setting a new password.',
  description:
    'Cognito sends the code to a verified address of the account. The response is the same for every account, unless protection against account enumeration is off.',
  tag: 'password',
  auth: 'none',
  rateLimit: 'code',
  body: (settings) => accountBody(settings, {}),
  accounts: accountsOf,
  maskedErrors: {
    exceptions: [
      'UserNotFoundException',
      'UserNotConfirmedException',
      'InvalidParameterException',
      'NotAuthorizedException',
      'LimitExceededException',
      ...DELIVERY_FAULTS,
      ...TRIGGER_FAULTS,
    ],
    answer: { status: 'code_sent' },
  },
  command: 'ForgotPassword',
  toInput: (body, call) => accountInput(call, usernameOf(body, call.settings)),
  toResponse: (output, { settings }) => ({
    status: 'code_sent',
    ...deliveryOf(output.CodeDeliveryDetails, settings),
  }),
  errors: [
    'user_not_found',
    'user_not_confirmed',
    'user_disabled',
    'conflict',
    'rejected_by_pool',
    'operation_not_available',
    'forbidden',
    'too_many_attempts',
  ],
  response: { $ref: '#/components/schemas/CodeSent' },
  example: { request: { email: 'ada@example.com' }, response: { status: 'code_sent' } },
};

interface ConfirmForgotPasswordBody extends Identified {
  readonly confirmationCode: string;
  readonly newPassword: string;
}

export const confirmForgotPassword: CommandEndpoint<ConfirmForgotPasswordBody, 'ConfirmForgotPassword'> = {
  name: 'confirmForgotPassword',
  method: 'post',
  path: '/confirm-forgot-password',
  summary: 'Set a new password with the code of the message.',
  description: 'The user is not signed in by this, and signs in with the new password afterwards.',
  tag: 'password',
  auth: 'none',
  rateLimit: 'code',
  body: (settings) =>
    accountBody(settings, {
      confirmationCode: confirmationCode().required(),
      newPassword: newPassword(settings).required(),
    }),
  accounts: accountsOf,
  maskedErrors: {
    exceptions: [
      'UserNotFoundException',
      'UserNotConfirmedException',
      'NotAuthorizedException',
      'CodeMismatchException',
      'ExpiredCodeException',
      'LimitExceededException',
      'TooManyFailedAttemptsException',
    ],
    answer: 'invalid_code',
  },
  command: 'ConfirmForgotPassword',
  toInput: (body, call) => ({
    ...accountInput(call, usernameOf(body, call.settings)),
    ConfirmationCode: body.confirmationCode,
    Password: body.newPassword,
  }),
  toResponse: () => ({ status: 'password_reset' }),
  errors: [
    'invalid_code',
    'code_mismatch',
    'code_expired',
    'invalid_password',
    'password_reused',
    'user_not_found',
    'user_not_confirmed',
    'user_disabled',
    'rejected_by_pool',
    'operation_not_available',
    'forbidden',
    'too_many_attempts',
  ],
  response: { $ref: '#/components/schemas/Status' },
  example: {
    request: { email: 'ada@example.com', confirmationCode: '123456', newPassword: 'staple-Horse-9-correct' },
    response: { status: 'password_reset' },
  },
};

interface ChangePasswordBody {
  readonly oldPassword?: string;
  readonly newPassword: string;
}

export const changePassword: CommandEndpoint<ChangePasswordBody, 'ChangePassword'> = {
  name: 'changePassword',
  method: 'post',
  path: '/change-password',
  summary: 'Change the password of the signed-in user.',
  description:
    'Requires the old password, unless the account has none. Attempts are limited like those of a sign-in.',
  tag: 'password',
  auth: 'access',
  // It checks a password, as a sign-in does.
  rateLimit: 'signIn',
  body: (settings) =>
    Joi.object({
      // An account without a password has no old one. Cognito requires it for all others.
      oldPassword: settings.passwordless ? password() : password().required(),
      newPassword: newPassword(settings).required(),
    }),
  command: 'ChangePassword',
  toInput: (body, call) => ({
    AccessToken: call.accessToken(),
    PreviousPassword: body.oldPassword,
    ProposedPassword: body.newPassword,
  }),
  toResponse: () => ({ status: 'password_changed' }),
  errors: [
    'wrong_password',
    'invalid_password',
    'password_reused',
    'user_not_found',
    'user_disabled',
    'user_not_confirmed',
    'password_reset_required',
    'insufficient_scope',
    'not_allowed_for_user',
    'rejected_by_pool',
    'operation_not_available',
    'forbidden',
    'too_many_attempts',
  ],
  response: { $ref: '#/components/schemas/Status' },
  example: {
    request: { oldPassword: 'correct-Horse-7-battery', newPassword: 'staple-Horse-9-correct' },
    response: { status: 'password_changed' },
  },
};
