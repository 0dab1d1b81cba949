import type { AuthenticationResultType, ChallengeNameType } from '@aws-sdk/client-cognito-identity-provider';
import Joi from 'joi';
import { secretHash } from '../cognito/secret-hash.ts';
import { CHALLENGES, type ChallengeBody, challengeParameters } from './challenges.ts';
import type { CommandEndpoint } from './endpoint.ts';
import {
  accountBody,
  accountOf,
  exactUsername,
  type Identified,
  password,
  session,
  usernameOf,
} from './fields.ts';

/** The tokens of a finished sign-in. */
export interface Tokens {
  readonly accessToken: string;
  readonly idToken: string;
  /** Not there where a refresh leaves the old one in force. */
  readonly refreshToken?: string;
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
  readonly tokenType: 'Bearer';
}

/** What a sign-in step leads to. */
export type SignInResult =
  | { readonly status: 'complete'; readonly tokens: Tokens }
  | { readonly status: 'challenge'; readonly challenge: Challenge };

/** A further proof that Cognito wants. The client answers with `POST /challenge`. */
export interface Challenge {
  readonly name: string;
  /** Not there for the few challenges that carry their state themselves. */
  readonly session?: string;
  /** Send it back as it is: it can differ from the name the user typed. */
  readonly username: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

interface SignInBody extends Identified {
  readonly password: string;
}

const COMPLETE = {
  status: 'complete',
  tokens: {
    accessToken: 'eyJraWQiOi...',
    idToken: 'eyJraWQiOi...',
    refreshToken: 'eyJjdHkiOi...',
    expiresIn: 3600,
    tokenType: 'Bearer',
  },
};

export const signIn: CommandEndpoint<SignInBody, 'InitiateAuth'> = {
  name: 'signIn',
  method: 'post',
  path: '/sign-in',
  summary: 'Sign in with a password. The answer is tokens, or a challenge.',
  tag: 'sign-in',
  auth: 'none',
  rateLimit: 'signIn',
  event: 'sign_in',
  body: (settings) => accountBody(settings, { password: password().required() }),
  account: accountOf,
  conceals: {
    exceptions: [
      'UserNotFoundException',
      'UserNotConfirmedException',
      'PasswordResetRequiredException',
      'NotAuthorizedException',
      'InvalidPasswordException',
      'LimitExceededException',
      'TooManyFailedAttemptsException',
    ],
    answer: 'invalid_credentials',
  },
  command: 'InitiateAuth',
  toInput: (body, { settings, clientMetadata }) => {
    const username = usernameOf(body, settings);
    return {
      ClientId: settings.clientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: withSecretHash(
        { USERNAME: username, PASSWORD: body.password },
        secretHash(settings, username),
      ),
      ClientMetadata: clientMetadata,
    };
  },
  toResponse: (output, { settings }, body) => signInResult(output, usernameOf(body, settings)),
  errors: [
    'invalid_credentials',
    'user_not_found',
    'user_not_confirmed',
    'user_disabled',
    'password_reset_required',
    'rejected_by_pool',
    'operation_not_available',
    'forbidden',
    'too_many_attempts',
  ],
  response: { $ref: '#/components/schemas/SignInResult' },
  example: {
    request: { email: 'ada@example.com', password: 'correct-Horse-7-battery' },
    response: COMPLETE,
  },
};

export const challenge: CommandEndpoint<ChallengeBody, 'RespondToAuthChallenge'> = {
  name: 'challenge',
  method: 'post',
  path: '/challenge',
  summary: 'Answer the challenge that a sign-in met. The answer is tokens, or the next challenge.',
  tag: 'sign-in',
  auth: 'none',
  rateLimit: 'signIn',
  event: 'challenge',
  body: (settings) => ({
    discriminator: 'name',
    schemas: Object.fromEntries(
      Object.entries(CHALLENGES).map(([name, row]) => [
        name,
        Joi.object({
          name: Joi.valid(name).required(),
          session: session().required(),
          username: exactUsername().required(),
          ...row.answer(settings),
        }),
      ]),
    ),
  }),
  account: (body) => body.username,
  attempt: (body) => body.session,
  // Whoever has no session of the account must not learn about it from what is wrong besides.
  conceals: {
    exceptions: ['UserNotFoundException', 'UserNotConfirmedException', 'PasswordResetRequiredException'],
    codes: ['user_disabled'],
    answer: 'invalid_session',
  },
  command: 'RespondToAuthChallenge',
  toInput: (body, { settings, clientMetadata }) => ({
    ClientId: settings.clientId,
    ChallengeName: body.name as 'NEW_PASSWORD_REQUIRED',
    Session: body.session,
    ChallengeResponses: withSecretHash(
      { ...CHALLENGES[body.name]?.toResponses(body), USERNAME: body.username },
      secretHash(settings, body.username),
    ),
    ClientMetadata: clientMetadata,
  }),
  toResponse: (output, _call, body) => signInResult(output, body.username),
  errors: [
    'code_mismatch',
    'code_expired',
    'invalid_session',
    'invalid_credentials',
    'invalid_password',
    'password_reused',
    'alias_exists',
    'user_not_found',
    'user_not_confirmed',
    'user_disabled',
    'password_reset_required',
    'rejected_by_pool',
    'operation_not_available',
    'forbidden',
    'too_many_attempts',
  ],
  response: { $ref: '#/components/schemas/SignInResult' },
  example: {
    request: {
      name: 'SOFTWARE_TOKEN_MFA',
      session: 'AYABeC1-example-session-0123456789',
      username: '34c84488-e0e1-70ae-d2ee-991ad1a898c8',
      confirmationCode: '123456',
    },
    response: COMPLETE,
  },
};

/** Reads either of the two answers Cognito gives to a sign-in step. */
export function signInResult(
  output: {
    AuthenticationResult?: AuthenticationResultType | undefined;
    ChallengeName?: ChallengeNameType | undefined;
    ChallengeParameters?: Record<string, string> | undefined;
    Session?: string | undefined;
  },
  username: string,
): SignInResult {
  if (output.ChallengeName) {
    const parameters = output.ChallengeParameters ?? {};
    return {
      status: 'challenge',
      challenge: {
        name: output.ChallengeName,
        ...(output.Session !== undefined && { session: output.Session }),
        // Cognito's own name for the user: an alias does not fit every later step.
        username: parameters.USER_ID_FOR_SRP ?? parameters.USERNAME ?? username,
        parameters: challengeParameters(output.ChallengeName, parameters),
      },
    };
  }
  return { status: 'complete', tokens: tokensOf(output.AuthenticationResult) };
}

export function tokensOf(result: AuthenticationResultType | undefined): Tokens {
  if (result?.AccessToken === undefined || result.IdToken === undefined) {
    throw new IncompleteAnswer('Cognito answered a sign-in with neither a challenge nor tokens.');
  }
  return {
    accessToken: result.AccessToken,
    idToken: result.IdToken,
    ...(result.RefreshToken !== undefined && { refreshToken: result.RefreshToken }),
    expiresIn: result.ExpiresIn ?? 3600,
    tokenType: 'Bearer',
  };
}

/** An answer with a 200 that lacks what it has to hold: a fault of the upstream, not of the request. */
export class IncompleteAnswer extends Error {
  override readonly name = 'IncompleteAnswer';
}

/** `SECRET_HASH` is a parameter among others here, and may not be there empty. */
export function withSecretHash(
  parameters: Record<string, string>,
  hash: string | undefined,
): Record<string, string> {
  return hash === undefined ? parameters : { ...parameters, SECRET_HASH: hash };
}
