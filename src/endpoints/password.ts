import { DELIVERY_FAULTS, deliveryOf, TRIGGER_FAULTS } from './code-delivery.ts';
import { device } from './device-fields.ts';
import type { GivenDevice } from './device-types.ts';
import type { CommandEndpoint, HandlerEndpoint } from './endpoint.ts';
import {
  accountBody,
  accountInput,
  accountsOf,
  clientMembers,
  confirmationCode,
  type Identified,
  newPassword,
  password,
  unlessInCookies,
  usernameOf,
} from './fields.ts';
import { userOf } from './hook-user.ts';
import { joi } from './joi.ts';
import { endSessionsAfterReset, restartSession } from './password-sessions.ts';
import { COMPLETE_EXAMPLE } from './sign-in-result.ts';

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
    'message_not_sent',
  ],
  response: { $ref: '#/components/schemas/CodeSent' },
  example: { request: { email: 'ada@example.com' }, response: { status: 'code_sent' } },
};

interface ConfirmForgotPasswordBody extends Identified {
  readonly confirmationCode: string;
  readonly newPassword: string;
}

export const confirmForgotPassword: HandlerEndpoint<ConfirmForgotPasswordBody> = {
  name: 'confirmForgotPassword',
  method: 'post',
  path: '/confirm-forgot-password',
  summary: 'Set a new password with the code of the message.',
  description:
    'The user is not signed in by this, and signs in with the new password afterwards. Other sessions end if the server has AWS credentials for that (`adminSignOut`).',
  tag: 'password',
  auth: 'none',
  rateLimit: 'code',
  body: (settings) =>
    accountBody(settings, {
      confirmationCode: confirmationCode().required(),
      newPassword: newPassword(settings).required(),
    }),
  newPassword: ({ newPassword }) => newPassword,
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
  operations: ['ConfirmForgotPassword'],
  handle: async (body, call) => {
    const username = usernameOf(body, call.settings);
    await call.send('ConfirmForgotPassword', {
      ...accountInput(call, username),
      ConfirmationCode: body.confirmationCode,
      Password: body.newPassword,
    });
    call.happened('onPasswordChanged', { sub: undefined, username });
    await endSessionsAfterReset(username, call);
    return { status: 'password_reset' };
  },
  errors: [
    'invalid_code',
    'code_mismatch',
    'code_expired',
    'invalid_password',
    'password_reused',
    'password_blocked',
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
  readonly device?: GivenDevice;
}

export const changePassword: HandlerEndpoint<ChangePasswordBody> = {
  name: 'changePassword',
  method: 'post',
  path: '/change-password',
  summary: 'Change the password of the signed-in user.',
  description:
    'Requires the old password, unless the account has none. All sessions of the user end. The response has the tokens of a new one, or the challenge of its sign-in. Without either, the user must sign in. Attempts are limited like those of a sign-in.',
  tag: 'password',
  auth: 'access',
  cookies: { device: 'device' },
  sensitive: {
    words: 'a first password, which takes no `oldPassword`',
    includes: ({ oldPassword }) => oldPassword === undefined,
  },
  // It checks a password, as a sign-in does.
  rateLimit: 'signIn',
  body: (settings) =>
    joi.object({
      // An account without a password has no old one. Cognito requires it for all others.
      oldPassword: settings.passwordless ? password() : password().required(),
      newPassword: newPassword(settings).required(),
      ...(settings.passwordChangeEndsSessions && {
        ...unlessInCookies(settings, { device: device() }),
        ...clientMembers(settings),
      }),
    }),
  newPassword: ({ newPassword }) => newPassword,
  operations: ['ChangePassword'],
  handle: async ({ oldPassword, newPassword, device }, call) => {
    await call.send('ChangePassword', {
      AccessToken: call.accessToken(),
      PreviousPassword: oldPassword,
      ProposedPassword: newPassword,
    });
    call.happened('onPasswordChanged', userOf(call));
    const started = call.settings.passwordChangeEndsSessions
      ? await restartSession({ password: newPassword, device }, call)
      : {};
    return { ...started, status: 'password_changed' };
  },
  errors: [
    'wrong_password',
    'invalid_password',
    'password_reused',
    'password_blocked',
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
  withoutSignIn: { status: 'password_changed' },
  response: { $ref: '#/components/schemas/PasswordChanged' },
  example: {
    request: { oldPassword: 'correct-Horse-7-battery', newPassword: 'staple-Horse-9-correct' },
    response: { ...COMPLETE_EXAMPLE, status: 'password_changed' },
  },
};
