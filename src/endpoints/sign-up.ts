import { DELIVERY_FAULTS, deliveryOf, TRIGGER_FAULTS } from './code-delivery.ts';
import type { CommandEndpoint } from './endpoint.ts';
import {
  accountBody,
  accountInput,
  accountsOf,
  attributeList,
  attributes,
  confirmationCode,
  type Identified,
  newAccountBody,
  newPassword,
  usernameOf,
} from './fields.ts';
import { IncompleteAnswer } from './sign-in-result.ts';

interface SignUpBody extends Identified {
  readonly password: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

export const signUp: CommandEndpoint<SignUpBody, 'SignUp'> = {
  name: 'signUp',
  method: 'post',
  path: '/sign-up',
  summary: 'Create an account and send a confirmation code.',
  tag: 'sign-up',
  auth: 'none',
  rateLimit: 'code',
  event: 'sign_up',
  body: (settings) =>
    newAccountBody(settings, {
      password: newPassword(settings).required(),
      attributes: attributes(settings),
    }),
  // An address that is an attribute gets a message as well.
  accounts: ({ attributes: { email, phone_number: phoneNumber } = {}, ...body }) => [
    ...accountsOf(body),
    ...accountsOf({
      ...(email !== undefined && { email }),
      ...(phoneNumber !== undefined && { phoneNumber }),
    }),
  ],
  conceals: {
    exceptions: [
      'UsernameExistsException',
      'AliasExistsException',
      'LimitExceededException',
      ...DELIVERY_FAULTS,
    ],
    answer: { status: 'confirmation_required' },
  },
  command: 'SignUp',
  toInput: (body, call) => ({
    // Whoever chooses a name has it, whatever else they may sign in with later.
    ...accountInput(call, body.username ?? usernameOf(body, call.settings)),
    Password: body.password,
    UserAttributes: attributeList({
      ...body.attributes,
      ...(body.email !== undefined && { email: body.email }),
      ...(body.phoneNumber !== undefined && { phone_number: body.phoneNumber }),
    }),
  }),
  toResponse: (output, { settings }) => {
    if (output.UserSub === undefined)
      throw new IncompleteAnswer('Cognito answered a sign-up without a user.');
    if (settings.concealUserExistence) return { status: 'confirmation_required' };
    return {
      status: output.UserConfirmed ? 'confirmed' : 'confirmation_required',
      userSub: output.UserSub,
      ...deliveryOf(output.CodeDeliveryDetails, settings),
    };
  },
  errors: [
    'user_exists',
    'alias_exists',
    'invalid_password',
    'rejected_by_pool',
    'operation_not_available',
    'forbidden',
    'too_many_attempts',
  ],
  response: { $ref: '#/components/schemas/SignUpResult' },
  example: {
    request: {
      email: 'ada@example.com',
      password: 'correct-Horse-7-battery',
      attributes: { name: 'Ada Lovelace' },
    },
    response: { status: 'confirmation_required' },
  },
};

interface ConfirmSignUpBody extends Identified {
  readonly confirmationCode: string;
}

export const confirmSignUp: CommandEndpoint<ConfirmSignUpBody, 'ConfirmSignUp'> = {
  name: 'confirmSignUp',
  method: 'post',
  path: '/confirm-sign-up',
  summary: 'Confirm a new account with the code that was sent.',
  tag: 'sign-up',
  auth: 'none',
  rateLimit: 'code',
  event: 'confirm_sign_up',
  body: (settings) => accountBody(settings, { confirmationCode: confirmationCode().required() }),
  accounts: accountsOf,
  conceals: {
    exceptions: [
      'UserNotFoundException',
      'NotAuthorizedException',
      'CodeMismatchException',
      'ExpiredCodeException',
      'LimitExceededException',
      'TooManyFailedAttemptsException',
    ],
    answer: 'invalid_code',
  },
  command: 'ConfirmSignUp',
  toInput: (body, call) => ({
    ...accountInput(call, usernameOf(body, call.settings)),
    ConfirmationCode: body.confirmationCode,
  }),
  toResponse: () => ({ status: 'confirmed' }),
  errors: [
    'invalid_code',
    'code_mismatch',
    'code_expired',
    'user_not_found',
    'alias_exists',
    'conflict',
    'rejected_by_pool',
    'user_disabled',
    'operation_not_available',
    'forbidden',
    'too_many_attempts',
  ],
  response: { $ref: '#/components/schemas/Status' },
  example: {
    request: { email: 'ada@example.com', confirmationCode: '123456' },
    response: { status: 'confirmed' },
  },
};

export const resendConfirmationCode: CommandEndpoint<Identified, 'ResendConfirmationCode'> = {
  name: 'resendConfirmationCode',
  method: 'post',
  path: '/resend-confirmation-code',
  summary: 'Send the confirmation code of a new account again.',
  tag: 'sign-up',
  auth: 'none',
  rateLimit: 'code',
  event: 'resend_confirmation_code',
  body: (settings) => accountBody(settings, {}),
  accounts: accountsOf,
  conceals: {
    exceptions: [
      'UserNotFoundException',
      'InvalidParameterException',
      'NotAuthorizedException',
      'LimitExceededException',
      ...DELIVERY_FAULTS,
      ...TRIGGER_FAULTS,
    ],
    answer: { status: 'code_sent' },
  },
  command: 'ResendConfirmationCode',
  toInput: (body, call) => accountInput(call, usernameOf(body, call.settings)),
  toResponse: (output, { settings }) => ({
    status: 'code_sent',
    ...deliveryOf(output.CodeDeliveryDetails, settings),
  }),
  errors: [
    'user_not_found',
    'conflict',
    'rejected_by_pool',
    'user_disabled',
    'operation_not_available',
    'forbidden',
    'too_many_attempts',
  ],
  response: { $ref: '#/components/schemas/CodeSent' },
  example: { request: { email: 'ada@example.com' }, response: { status: 'code_sent' } },
};
