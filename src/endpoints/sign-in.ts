import type Joi from 'joi';
import type { Operations } from '../cognito/operations.ts';
import { clientKeyPair } from '../cognito/srp.ts';
import type { Settings } from '../config/settings.ts';
import { ProblemError, problem, refuse } from '../shared/problem.ts';
import { issuedClaims } from '../tokens/issued-claims.ts';
import { AUTH_FLOWS, provePassword, type SignInBody } from './auth-flows.ts';
import { CHALLENGES, type ChallengeBody, type ChallengeRow } from './challenges.ts';
import { device } from './device-fields.ts';
import { isRefusedDevice, isUnknownDevice, onDevice } from './device-proof.ts';
import type { HandlerContext, HandlerEndpoint } from './endpoint.ts';
import {
  accountBody,
  accountsOf,
  clientMembers,
  exactUsername,
  rememberMeMember,
  session,
  transportMember,
  unlessInCookies,
} from './fields.ts';
import { concealedFailure, sendsCode, sentNoCode } from './first-factors.ts';
import { joi } from './joi.ts';
import { COMPLETE_EXAMPLE, signInResult } from './sign-in-result.ts';
import type { SignInResult } from './sign-in-types.ts';
import { MASKED_SIGN_IN } from './simulated-proof.ts';

export const signIn: HandlerEndpoint<SignInBody> = {
  name: 'signIn',
  method: 'post',
  path: '/sign-in',
  summary: 'Sign in. The response has tokens or a challenge.',
  description:
    'The status `complete` ends the sign-in. The status `challenge` requires another factor, such as a code, which `POST /challenge` takes.',
  tag: 'sign-in',
  auth: 'none',
  startsSession: true,
  cookies: { session: 'challenge', device: 'device' },
  rateLimit: 'signIn',
  accountLimit: ({ password, preferredChallenge }) =>
    sendsCode(preferredChallenge ?? (password === undefined ? undefined : 'PASSWORD')) ? 'code' : undefined,
  sentNothing: sentNoCode,
  body: (settings) =>
    accountBody(settings, {
      ...AUTH_FLOWS[settings.authFlow].body(),
      ...unlessInCookies(settings, { device: device() }),
      ...transportMember(settings),
      ...rememberMeMember(settings),
    }),
  accounts: accountsOf,
  maskedErrors: MASKED_SIGN_IN,
  operations: ['InitiateAuth', 'RespondToAuthChallenge'],
  handle: (body, call) =>
    onDevice(body.device, call, isRefusedDevice, (step) =>
      AUTH_FLOWS[call.settings.authFlow].signIn(body, step),
    ),
  errors: [
    'invalid_credentials',
    'invalid_session',
    'user_not_found',
    'user_not_confirmed',
    'user_disabled',
    'password_reset_required',
    'rejected_by_pool',
    'operation_not_available',
    'forbidden',
    'too_many_attempts',
    'message_not_sent',
  ],
  response: { $ref: '#/components/schemas/SignInResult' },
  example: {
    request: { email: 'ada@example.com', password: 'correct-Horse-7-battery' },
    response: COMPLETE_EXAMPLE,
  },
};

export const respondToChallenge: HandlerEndpoint<ChallengeBody> = {
  name: 'respondToChallenge',
  method: 'post',
  path: '/challenge',
  summary: 'Answer a challenge of a sign-in. The response has tokens or the next challenge.',
  description:
    'Send `name`, `session` and `username` back unchanged, with the answer to the challenge. A session accepts a few answers only. After too many, sign in again.',
  tag: 'sign-in',
  auth: 'none',
  cookies: { session: 'challenge', device: 'device' },
  rateLimit: 'signIn',
  // Such an answer sends a message before any proof, or to an address that the client chooses.
  accountLimit: ({ name, challenge, email }) =>
    email !== undefined || (name === 'SELECT_CHALLENGE' && sendsCode(challenge)) ? 'code' : undefined,
  body: (settings) => ({
    discriminator: 'name',
    schemas: Object.fromEntries(
      Object.entries(CHALLENGES).map(([name, row]) => [
        name,
        joi.object({
          name: joi.valid(name).required(),
          ...unlessInCookies(settings, { session: session().required(), device: device() }),
          username: exactUsername().required(),
          ...answerMembers(row, settings),
          ...clientMembers(settings),
        }),
      ]),
    ),
  }),
  newPassword: ({ newPassword }) => newPassword,
  accounts: ({ username, email }) => (email === undefined ? [username] : [username, email]),
  attempt: (body) => body.session,
  // Other errors would reveal the account's state to a client without its session.
  maskedErrors: {
    exceptions: ['UserNotFoundException', 'UserNotConfirmedException', 'PasswordResetRequiredException'],
    codes: ['user_disabled'],
    answer: 'invalid_session',
  },
  maskedErrorsOf: ({ name }, { authFlow }) => (authFlow === 'USER_AUTH' ? concealedFailure(name) : undefined),
  operations: ['RespondToAuthChallenge'],
  // A refused proof invalidates the session. An unknown device does not.
  handle: (body, call) => onDevice(body.device, call, isUnknownDevice, (step) => respond(body, step)),
  errors: [
    'code_mismatch',
    'code_expired',
    'invalid_session',
    'invalid_device',
    'invalid_credentials',
    'invalid_password',
    'password_reused',
    'password_blocked',
    'alias_exists',
    'user_not_found',
    'user_not_confirmed',
    'user_disabled',
    'password_reset_required',
    'rejected_by_pool',
    'operation_not_available',
    'forbidden',
    'too_many_attempts',
    'message_not_sent',
  ],
  response: { $ref: '#/components/schemas/SignInResult' },
  example: {
    request: {
      name: 'SOFTWARE_TOKEN_MFA',
      session: 'AYABeC1-example-session-0123456789',
      username: '34c84488-e0e1-70ae-d2ee-991ad1a898c8',
      confirmationCode: '123456',
    },
    response: COMPLETE_EXAMPLE,
  },
};

/** The device of DEVICE_SRP_AUTH may be in its cookie. */
function answerMembers(row: ChallengeRow, settings: Settings): Joi.PartialSchemaMap {
  const { device, ...members } = row.answer(settings) as Readonly<Record<string, Joi.Schema>>;
  return { ...members, ...(device && unlessInCookies(settings, { device })) };
}

/** The session is no longer valid, so the step cannot be repeated without the device. */
function refuseUnknownDevice(cause: unknown): never {
  throw isUnknownDevice(cause) ? new ProblemError(problem('invalid_device'), { cause }) : cause;
}

async function respond(body: ChallengeBody, call: HandlerContext): Promise<SignInResult> {
  const { settings, clientMetadata, send } = call;
  const { name, session = refuse(problem('invalid_session')), username, password = '' } = body;
  const row = CHALLENGES[name];
  const pair = row?.provesPassword?.(body) ? clientKeyPair() : undefined;
  const output = await send('RespondToAuthChallenge', {
    ClientId: settings.clientId,
    ChallengeName: name as 'NEW_PASSWORD_REQUIRED',
    Session: session,
    ChallengeResponses: {
      ...row?.toResponses(body),
      ...(pair && { SRP_A: pair.shared.toString(16) }),
      USERNAME: username,
    },
    ClientMetadata: clientMetadata,
  });
  noteChange(body, output, call);
  if (pair && output.ChallengeName === 'PASSWORD_VERIFIER') {
    return provePassword({ output, pair, password }, call).catch(refuseUnknownDevice);
  }
  const identified = row?.identifies?.(body) ?? true;
  return signInResult(output, username, { concealed: settings.concealUserExistence && !identified });
}

function noteChange(
  { name, username, email }: ChallengeBody,
  { AuthenticationResult }: Operations['RespondToAuthChallenge']['output'],
  call: HandlerContext,
): void {
  if (name !== 'NEW_PASSWORD_REQUIRED' && name !== 'MFA_SETUP') return;
  const user = { sub: issuedClaims(AuthenticationResult?.AccessToken ?? '')?.sub, username };
  if (name === 'NEW_PASSWORD_REQUIRED') call.happened('onPasswordChanged', user);
  // An address still has to be proven with a code.
  if (name === 'MFA_SETUP' && email === undefined) call.happened('onFactorsChanged', user);
}
