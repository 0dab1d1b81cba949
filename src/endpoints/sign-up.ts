import { upstreamFault } from '../cognito/classify-error.ts';
import type { Operations } from '../cognito/operations.ts';
import type { Settings } from '../config/settings.ts';
import type { Hint } from '../shared/hint.ts';
import { signInConfirmed } from './auto-sign-in.ts';
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
  rememberMeMember,
  session,
  transportMember,
  unlessInCookies,
  usernameOf,
} from './fields.ts';
import { explainName } from './new-user-name.ts';
import { IncompleteAnswer } from './sign-in-types.ts';
import { type BegunSignUp, openSignUp, sealSignUp } from './sign-up-session.ts';

interface SignUpBody extends Identified {
  readonly password?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

export const signUp: HandlerEndpoint<SignUpBody> = {
  name: 'signUp',
  method: 'post',
  path: '/sign-up',
  summary: 'Create an account and send a confirmation code.',
  description:
    'Cognito sends the code to the e-mail address or phone number. The response is the same for an existing account, unless protection against account enumeration is off. An existing account that was never confirmed gets a new code.',
  tag: 'sign-up',
  auth: 'none',
  startsSession: true,
  cookies: { session: 'sign-up' },
  rateLimit: 'code',
  // A refused password is corrected and sent again.
  sentNothing: ({ problem }) => problem?.code === 'invalid_password',
  body: (settings) =>
    newAccountBody(settings, {
      password: settings.passwordless ? newPassword(settings) : newPassword(settings).required(),
      attributes: attributes(settings),
      ...transportMember(settings),
    }),
  newPassword: ({ password }) => password,
  accounts: namesOf,
  maskedErrors: {
    exceptions: [
      'UsernameExistsException',
      'AliasExistsException',
      'LimitExceededException',
      ...DELIVERY_FAULTS,
    ],
    codes: ['message_not_sent'],
    answer: (body, settings) => ({
      status: statusForAll(settings),
      session: sessionOf({ made: false }, body as SignUpBody, settings),
    }),
  },
  explain: explainName,
  operations: ['SignUp', 'ResendConfirmationCode'],
  async handle(body, call) {
    const { settings } = call;
    const output = await makeAccount(body, call);
    if (output.UserSub === undefined)
      throw new IncompleteAnswer('Cognito answered a sign-up without a user.');
    noteSignUp(output.UserSub, output, body, call);
    const hint = signUpHint(output, settings);
    if (hint !== undefined) call.advise(hint);
    const begun = { made: true, sub: output.UserSub, session: output.Session };
    const session = sessionOf(begun, body, settings);
    if (settings.concealUserExistence) return { status: statusForAll(settings), session };
    return {
      status: output.UserConfirmed ? 'confirmed' : 'confirmation_required',
      userSub: output.UserSub,
      ...deliveryOf(output.CodeDeliveryDetails, settings),
      session,
    };
  },
  errors: [
    'user_exists',
    'alias_exists',
    'invalid_password',
    'password_blocked',
    'rejected_by_pool',
    'operation_not_available',
    'forbidden',
    'too_many_attempts',
    'message_not_sent',
  ],
  response: { $ref: '#/components/schemas/SignUpResult' },
  example: {
    request: {
      email: 'ada@example.com',
      password: 'correct-Horse-7-battery',
      attributes: { name: 'Ada Lovelace' },
    },
    response: { status: 'confirmation_required', session: 'AYABeC1-example-session-0123456789' },
  },
};

/** All names in the request, also those in attributes, which get messages too. */
function namesOf({ attributes: { email, phone_number: phoneNumber } = {}, ...body }: SignUpBody): string[] {
  return [
    ...accountsOf(body),
    ...accountsOf({
      ...(email !== undefined && { email }),
      ...(phoneNumber !== undefined && { phoneNumber }),
    }),
  ];
}

function noteSignUp(
  sub: string,
  { UserConfirmed: confirmed = false }: Operations['SignUp']['output'],
  body: SignUpBody,
  call: HandlerContext,
): void {
  const username = newName(body, call.settings);
  call.happened('onSignedUp', { sub, username, attributes: sentAttributes(body), confirmed });
  if (confirmed) call.happened('onConfirmed', { sub, username });
}

function sentAttributes(body: SignUpBody): Record<string, string> {
  return {
    ...body.attributes,
    ...(body.email !== undefined && { email: body.email }),
    ...(body.phoneNumber !== undefined && { phone_number: body.phoneNumber }),
  };
}

/** The status for new and existing accounts alike. */
function statusForAll({ autoConfirmUser }: Settings): string {
  return autoConfirmUser ? 'confirmed' : 'confirmation_required';
}

/** Returns advice if the client waits for a code that is not sent, or is not told to wait for one. */
function signUpHint(
  { UserConfirmed, CodeDeliveryDetails }: Operations['SignUp']['output'],
  { autoConfirmUser, concealUserExistence }: Settings,
): Hint | undefined {
  if (UserConfirmed) {
    return autoConfirmUser || !concealUserExistence
      ? undefined
      : 'the pre sign-up trigger confirmed the account, and the client was told to wait for a code: set autoConfirmUser. See docs/sign-in-methods.md#accounts-that-a-trigger-confirms';
  }
  if (autoConfirmUser && concealUserExistence) {
    return 'the option autoConfirmUser is set, and the pre sign-up trigger did not confirm the account: remove the option, or change the trigger. See docs/sign-in-methods.md#accounts-that-a-trigger-confirms';
  }
  return CodeDeliveryDetails
    ? undefined
    : 'Cognito created the account and sent no code: choose the attributes to verify under "Sign-up", Attribute verification, and send one of them. See docs/user-pool-setup.md#if-messages-stop';
}

/**
 * Calls SignUp. An existing account may be one that was never confirmed, whose user needs a new code and is told the
 * same as any other. Cognito sends none to a confirmed account.
 */
async function makeAccount(body: SignUpBody, call: HandlerContext): Promise<Operations['SignUp']['output']> {
  const account = accountInput(call, newName(body, call.settings));
  try {
    return await call.send('SignUp', {
      ...account,
      Password: body.password,
      UserAttributes: attributeList(sentAttributes(body)),
    });
  } catch (error) {
    const { concealUserExistence, autoConfirmUser } = call.settings;
    const isKnown = upstreamFault(error, 'SignUp').problem.code === 'user_exists';
    if (isKnown) call.contestedSignUps.add(account.Username);
    if (isKnown && concealUserExistence && !autoConfirmUser) {
      call.sendLater('ResendConfirmationCode', account);
    }
    throw error;
  }
}

/** A chosen user name takes precedence over other identifiers. */
function newName(body: SignUpBody, settings: Settings): string {
  return body.username ?? usernameOf(body, settings);
}

/** Returns the session for `POST /confirm-sign-up`. It is never absent, to prevent account enumeration. */
function sessionOf(
  begun: Pick<BegunSignUp, 'made'> & Partial<BegunSignUp>,
  body: SignUpBody,
  settings: Settings,
): string {
  const { made, sub, session } = begun;
  return sealSignUp({ made, sub, username: newName(body, settings), session }, namesOf(body), settings);
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
    'Takes the code of the sign-up message, and the `session` of the sign-up. The status `password_reset_required` means that another client may have chosen the password: continue with `POST /forgot-password`. With `autoSignIn`, the user is also signed in.',
  tag: 'sign-up',
  auth: 'none',
  cookies: { session: 'sign-up' },
  rateLimit: 'code',
  body: (settings) =>
    accountBody(settings, {
      confirmationCode: confirmationCode().required(),
      ...unlessInCookies(settings, {
        session: session().description('The `session` of the sign-up.'),
      }),
      ...(settings.autoSignIn && rememberMeMember(settings)),
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
    const begun = begunSignUp(body, settings);
    const { made, sub, username, session } = begun ?? {
      made: undefined,
      username: usernameOf(body, settings),
    };
    const next = await confirm(username, { ...body, session: made ? session : undefined }, call);
    call.happened('onConfirmed', { sub: made ? sub : undefined, username });
    const contested = call.contestedSignUps.take(username);
    // Cognito has kept the password of the first sign-up.
    if (!(made ?? !contested)) return { status: 'password_reset_required' };
    if (!made || !settings.autoSignIn || next === undefined) return { status: 'confirmed' };
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
  withoutSignIn: { status: 'confirmed' },
  response: { $ref: '#/components/schemas/ConfirmSignUpResult' },
  example: {
    request: { email: 'ada@example.com', confirmationCode: '123456' },
    response: { status: 'confirmed' },
  },
};

/** Returns the sign-up of the session, if it is about the account that the body names. */
function begunSignUp({ session, ...body }: Identified & { readonly session?: string }, settings: Settings) {
  return session === undefined ? undefined : openSignUp(session, usernameOf(body, settings), settings);
}

/** Retries without a session that Cognito refuses, because sessions expire in minutes and codes in a day. */
async function confirm(
  username: string,
  {
    confirmationCode,
    session,
  }: Pick<ConfirmSignUpBody, 'confirmationCode'> & { session?: string | undefined },
  call: HandlerContext,
): Promise<string | undefined> {
  try {
    const output = await call.send('ConfirmSignUp', {
      ...accountInput(call, username),
      ConfirmationCode: confirmationCode,
      Session: session,
    });
    return output.Session;
  } catch (error) {
    if (session === undefined || upstreamFault(error, 'ConfirmSignUp').problem.code !== 'invalid_session') {
      throw error;
    }
    return confirm(username, { confirmationCode }, call);
  }
}

interface ResendBody extends Identified {
  readonly session?: string;
}

export const resendConfirmationCode: CommandEndpoint<ResendBody, 'ResendConfirmationCode'> = {
  name: 'resendConfirmationCode',
  method: 'post',
  path: '/resend-confirmation-code',
  summary: 'Send the confirmation code of a new account again.',
  description:
    'Cognito sends a new code to the address of the sign-up. The response is the same for every account, unless protection against account enumeration is off.',
  tag: 'sign-up',
  auth: 'none',
  cookies: { session: 'pending-sign-up' },
  rateLimit: 'code',
  body: (settings) =>
    accountBody(
      settings,
      unlessInCookies(settings, { session: session().description('The `session` of the sign-up.') }),
    ),
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
  toInput: (body, call) =>
    accountInput(call, begunSignUp(body, call.settings)?.username ?? usernameOf(body, call.settings)),
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
    'message_not_sent',
  ],
  response: { $ref: '#/components/schemas/CodeSent' },
  example: { request: { email: 'ada@example.com' }, response: { status: 'code_sent' } },
};
