import { upstreamFault } from '../cognito/classify-error.ts';
import type { Settings } from '../config/settings.ts';
import { type MadeAccount, sealedSession, signInConfirmed, unsealedSession } from './auto-sign-in.ts';
import { DELIVERY_FAULTS, deliveryOf, TRIGGER_FAULTS } from './code-delivery.ts';
import type { CommandEndpoint, HandlerContext, HandlerEndpoint } from './endpoint.ts';
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
  session,
  transportMember,
  unlessInCookies,
  usernameOf,
} from './fields.ts';
import { explainName } from './new-user-name.ts';
import { IncompleteAnswer } from './sign-in-types.ts';

interface SignUpBody extends Identified {
  readonly password?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

export const signUp: CommandEndpoint<SignUpBody, 'SignUp'> = {
  name: 'signUp',
  method: 'post',
  path: '/sign-up',
  summary: 'Create an account and send a confirmation code.',
  description:
    'Cognito sends the code to the e-mail address or phone number. The response is the same for an existing account, unless protection against account enumeration is off.',
  tag: 'sign-up',
  auth: 'none',
  startsSession: true,
  cookies: { session: 'sign-up' },
  rateLimit: 'code',
  body: (settings) =>
    newAccountBody(settings, {
      password: settings.passwordless ? newPassword(settings) : newPassword(settings).required(),
      attributes: attributes(settings),
      ...transportMember(settings),
    }),
  // Addresses in attributes get messages too.
  accounts: ({ attributes: { email, phone_number: phoneNumber } = {}, ...body }) => [
    ...accountsOf(body),
    ...accountsOf({
      ...(email !== undefined && { email }),
      ...(phoneNumber !== undefined && { phoneNumber }),
    }),
  ],
  maskedErrors: {
    exceptions: [
      'UsernameExistsException',
      'AliasExistsException',
      'LimitExceededException',
      ...DELIVERY_FAULTS,
    ],
    answer: (body, settings) => ({
      status: 'confirmation_required',
      ...toGoOn(undefined, body as SignUpBody, settings),
    }),
  },
  explain: explainName,
  command: 'SignUp',
  toInput: (body, call) => ({
    ...accountInput(call, newName(body, call.settings)),
    Password: body.password,
    UserAttributes: attributeList({
      ...body.attributes,
      ...(body.email !== undefined && { email: body.email }),
      ...(body.phoneNumber !== undefined && { phone_number: body.phoneNumber }),
    }),
  }),
  toResponse: (output, { settings }, body) => {
    if (output.UserSub === undefined)
      throw new IncompleteAnswer('Cognito answered a sign-up without a user.');
    const session = toGoOn({ session: output.Session }, body, settings);
    if (settings.concealUserExistence) return { status: 'confirmation_required', ...session };
    return {
      status: output.UserConfirmed ? 'confirmed' : 'confirmation_required',
      userSub: output.UserSub,
      ...deliveryOf(output.CodeDeliveryDetails, settings),
      ...session,
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

/** A chosen user name takes precedence over other identifiers. */
function newName(body: SignUpBody, settings: Settings): string {
  return body.username ?? usernameOf(body, settings);
}

/**
 * Returns the session for `POST /confirm-sign-up`. With `autoSignIn` it is never absent, to prevent account
 * enumeration.
 */
function toGoOn(made: MadeAccount | undefined, body: SignUpBody, settings: Settings): { session?: string } {
  return settings.autoSignIn ? { session: sealedSession(made, newName(body, settings), settings) } : {};
}

interface ConfirmSignUpBody extends Identified {
  readonly confirmationCode: string;
  readonly session?: string;
}

export const confirmSignUp: HandlerEndpoint<ConfirmSignUpBody> = {
  name: 'confirmSignUp',
  method: 'post',
  path: '/confirm-sign-up',
  summary: 'Confirm a new account with the code of the message.',
  description:
    'Takes the code of the sign-up message. With the `session` of the sign-up, if there was one, the user is also signed in.',
  tag: 'sign-up',
  auth: 'none',
  cookies: { session: 'sign-up' },
  rateLimit: 'code',
  body: (settings) =>
    accountBody(settings, {
      confirmationCode: confirmationCode().required(),
      ...unlessInCookies(settings, {
        session: session().description('The `session` of the sign-up, to sign the user in.'),
      }),
    }),
  accounts: accountsOf,
  attempt: (body) => body.session,
  maskedErrors: {
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
  operations: ['ConfirmSignUp', 'InitiateAuth'],
  async handle(body, call) {
    const { settings } = call;
    const username = usernameOf(body, settings);
    const made =
      settings.autoSignIn && body.session ? unsealedSession(body.session, username, settings) : undefined;
    const next = await confirm(body, call, made?.session);
    if (!made || next === undefined) return { status: 'confirmed' };
    const signedIn = await signInConfirmed(username, next, call);
    return signedIn ?? { status: 'confirmed' };
  },
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
  response: { $ref: '#/components/schemas/ConfirmSignUpResult' },
  example: {
    request: { email: 'ada@example.com', confirmationCode: '123456' },
    response: { status: 'confirmed' },
  },
};

/** Retries without an expired session, because sessions expire in minutes and codes in a day. */
async function confirm(
  body: ConfirmSignUpBody,
  call: HandlerContext,
  session: string | undefined,
): Promise<string | undefined> {
  try {
    const output = await call.send('ConfirmSignUp', {
      ...accountInput(call, usernameOf(body, call.settings)),
      ConfirmationCode: body.confirmationCode,
      Session: session,
    });
    return output.Session;
  } catch (error) {
    if (session === undefined || upstreamFault(error, 'ConfirmSignUp').problem.code !== 'invalid_session') {
      throw error;
    }
    return confirm(body, call, undefined);
  }
}

export const resendConfirmationCode: CommandEndpoint<Identified, 'ResendConfirmationCode'> = {
  name: 'resendConfirmationCode',
  method: 'post',
  path: '/resend-confirmation-code',
  summary: 'Send the confirmation code of a new account again.',
  description:
    'Cognito sends a new code to the address of the sign-up. The response is the same for every account, unless protection against account enumeration is off.',
  tag: 'sign-up',
  auth: 'none',
  rateLimit: 'code',
  body: (settings) => accountBody(settings, {}),
  accounts: accountsOf,
  maskedErrors: {
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
