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
  summary: 'Send a code to set a new password with.',
  description:
    'Cognito sends the code to a verified address of the account. The answer is the same for every account, unless the API reveals which accounts exist.',
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
  summary: 'Set a new password with the code that was sent.',
  description: 'Takes the code of the message. The user signs in with the new password afterwards.',
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
    'Needs the old password, unless the account has none. Attempts are limited like those of a sign-in.',
  tag: 'password',
  auth: 'access',
  // It guesses a password, so it is as strict as a sign-in.
  rateLimit: 'signIn',
  body: (settings) =>
    Joi.object({
      // Whoever signed up without a password has none to name. Cognito asks for it of everybody else.
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
