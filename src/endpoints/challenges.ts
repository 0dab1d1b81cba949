import Joi from 'joi';
import { secretHash } from '../cognito/secret-hash.ts';
import type { Settings } from '../config.ts';
import type { CommandEndpoint } from './endpoint.ts';
import { attributes, confirmationCode, password, session, username } from './fields.ts';
import { signInResult, withSecretHash } from './sign-in.ts';

/** One challenge that `POST /challenge` can answer. */
interface ChallengeRow {
  /** The members of the answer, beside `name`, `session` and `username`. */
  answer(settings: Settings): Joi.PartialSchemaMap;
  /** The answer as Cognito's `ChallengeResponses`. */
  toResponses(body: ChallengeBody): Record<string, string>;
  /** What the client is told of Cognito's `ChallengeParameters`. */
  toParameters(parameters: Readonly<Record<string, string>>): Record<string, unknown>;
}

interface ChallengeBody {
  readonly name: string;
  readonly session: string;
  readonly username: string;
  readonly newPassword?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly confirmationCode?: string;
}

/**
 * Every challenge that can be answered, by Cognito's name for it. To support another is to add a row.
 *
 * @see https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
 */
export const CHALLENGES: Readonly<Record<string, ChallengeRow>> = {
  NEW_PASSWORD_REQUIRED: {
    answer: (settings) => ({ newPassword: password().required(), attributes: attributes(settings) }),
    toResponses: ({ newPassword = '', attributes = {} }) => ({
      NEW_PASSWORD: newPassword,
      ...Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [`userAttributes.${name}`, value]),
      ),
    }),
    toParameters: ({ requiredAttributes, userAttributes }) => ({
      requiredAttributes: parseList(requiredAttributes).map((name) => name.replace(/^userAttributes\./, '')),
      attributes: parseMap(userAttributes),
    }),
  },
  SOFTWARE_TOKEN_MFA: {
    answer: () => ({ confirmationCode: confirmationCode().required() }),
    toResponses: ({ confirmationCode = '' }) => ({ SOFTWARE_TOKEN_MFA_CODE: confirmationCode }),
    toParameters: ({ FRIENDLY_DEVICE_NAME }) =>
      FRIENDLY_DEVICE_NAME ? { deviceName: FRIENDLY_DEVICE_NAME } : {},
  },
};

/** A challenge that is not in the table is told as Cognito put it: the client then knows what was asked for. */
export function challengeParameters(
  name: string,
  parameters: Readonly<Record<string, string>>,
): Record<string, unknown> {
  return CHALLENGES[name]?.toParameters(parameters) ?? { ...parameters };
}

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
          username: username().required(),
          ...row.answer(settings),
        }),
      ]),
    ),
  }),
  account: (body) => body.username,
  attempt: (body) => body.session,
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
    response: signInExample(),
  },
};

function signInExample(): object {
  return {
    status: 'complete',
    tokens: {
      accessToken: 'eyJraWQiOi...',
      idToken: 'eyJraWQiOi...',
      refreshToken: 'eyJjdHkiOi...',
      expiresIn: 3600,
      tokenType: 'Bearer',
    },
  };
}

/** Cognito sends lists and maps as JSON in a string. */
function parseJson(json: string | undefined): unknown {
  try {
    return JSON.parse(json ?? 'null');
  } catch {
    return null;
  }
}

function parseList(json: string | undefined): string[] {
  const value = parseJson(json);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function parseMap(json: string | undefined): Record<string, unknown> {
  const value = parseJson(json);
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : {};
}
