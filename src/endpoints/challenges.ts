import type Joi from 'joi';
import type { Settings } from '../config.ts';
import { attributes, confirmationCode, newPassword } from './fields.ts';

/** One challenge that `POST /challenge` can answer. */
interface ChallengeRow {
  /** The members of the answer, beside `name`, `session` and `username`. */
  answer(settings: Settings): Joi.PartialSchemaMap;
  /** The answer as Cognito's `ChallengeResponses`. */
  toResponses(body: ChallengeBody): Record<string, string>;
  /** What the client is told of Cognito's `ChallengeParameters`. */
  toParameters(parameters: Readonly<Record<string, string>>): Record<string, unknown>;
}

/** An answer to a challenge, validated. */
export interface ChallengeBody {
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
    answer: (settings) => ({
      newPassword: newPassword(settings).required(),
      attributes: attributes(settings),
    }),
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
