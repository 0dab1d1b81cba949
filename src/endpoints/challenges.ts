import type Joi from 'joi';
import type { Settings } from '../config/settings.ts';
import { usedCredential } from './credentials.ts';
import { publicParameters } from './custom-auth.ts';
import { deviceSecret } from './device-fields.ts';
import type { GivenDevice } from './device-types.ts';
import { attributes, confirmationCode, customAnswer, email, newPassword, password } from './fields.ts';
import { firstFactor } from './first-factors.ts';
import { joi } from './joi.ts';

/** A challenge that `POST /challenge` can answer. */
export interface ChallengeRow {
  /** The members of the answer, in addition to `name`, `session` and `username`. */
  answer(settings: Settings): Joi.PartialSchemaMap;
  /** Returns Cognito's `ChallengeResponses`. */
  toResponses(body: ChallengeBody): Record<string, string>;
  /** Whether the password is proven with SRP. This server then performs both steps. */
  provesPassword?(body: ChallengeBody): boolean;
  /** Whether an accepted answer proves the user's identity. Default: yes. */
  identifies?(body: ChallengeBody): boolean;
  /** Returns the parameters for the client, from Cognito's `ChallengeParameters`. */
  toParameters(parameters: Readonly<Record<string, string>>): Record<string, unknown>;
}

/** A validated answer to a challenge. */
export interface ChallengeBody {
  readonly name: string;
  /** Missing only if its cookie is. */
  readonly session?: string;
  readonly username: string;
  readonly newPassword?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly confirmationCode?: string;
  readonly mfaType?: string;
  readonly email?: string;
  readonly answer?: string;
  readonly challenge?: string;
  readonly credential?: object;
  readonly password?: string;
  readonly device?: GivenDevice;
}

/**
 * The supported challenges, by Cognito's name.
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
  SMS_MFA: {
    answer: () => ({ confirmationCode: confirmationCode().required() }),
    toResponses: ({ confirmationCode = '' }) => ({ SMS_MFA_CODE: confirmationCode }),
    toParameters: deliveryParameters,
  },
  EMAIL_OTP: {
    answer: () => ({ confirmationCode: confirmationCode().required() }),
    toResponses: ({ confirmationCode = '' }) => ({ EMAIL_OTP_CODE: confirmationCode }),
    toParameters: deliveryParameters,
  },
  SMS_OTP: {
    answer: () => ({ confirmationCode: confirmationCode().required() }),
    toResponses: ({ confirmationCode = '' }) => ({ SMS_OTP_CODE: confirmationCode }),
    toParameters: deliveryParameters,
  },
  SELECT_CHALLENGE: {
    answer: () => ({
      challenge: firstFactor().required().description('One of the `availableChallenges` of the challenge.'),
      password: password().description('The password, for `PASSWORD` and `PASSWORD_SRP` only.'),
    }),
    toResponses: ({ challenge = '', password }) => ({
      ANSWER: challenge,
      ...(challenge === 'PASSWORD' && password !== undefined && { PASSWORD: password }),
    }),
    provesPassword: ({ challenge, password }) => challenge === 'PASSWORD_SRP' && password !== undefined,
    identifies: ({ challenge, password }) => challenge === 'PASSWORD' && password !== undefined,
    toParameters: () => ({}),
  },
  PASSWORD: {
    answer: () => ({ password: password().required() }),
    toResponses: ({ password = '' }) => ({ PASSWORD: password }),
    toParameters: () => ({}),
  },
  PASSWORD_SRP: {
    answer: () => ({ password: password().required() }),
    toResponses: () => ({}),
    provesPassword: () => true,
    identifies: () => false,
    toParameters: () => ({}),
  },
  WEB_AUTHN: {
    answer: () => ({ credential: usedCredential().required() }),
    toResponses: ({ credential }) => ({ CREDENTIAL: JSON.stringify(credential) }),
    toParameters: ({ CREDENTIAL_REQUEST_OPTIONS }) => ({ publicKey: parseMap(CREDENTIAL_REQUEST_OPTIONS) }),
  },
  SELECT_MFA_TYPE: {
    answer: () => ({
      mfaType: joi
        .string()
        .pattern(/^(SMS_MFA|EMAIL_OTP|SOFTWARE_TOKEN_MFA)$/)
        .required()
        .description('One of the `mfaTypes` of the challenge.'),
    }),
    toResponses: ({ mfaType = '' }) => ({ ANSWER: mfaType }),
    // The API reference and AWS's clients use different names.
    toParameters: ({ MFAS_CAN_CHOOSE, MFAS_CAN_SELECT }) => ({
      mfaTypes: parseList(MFAS_CAN_CHOOSE ?? MFAS_CAN_SELECT),
    }),
  },
  MFA_SETUP: {
    answer: () => ({
      email: email().description(
        'The address for codes. Without it, an authenticator app must be verified first, and `session` is that of the verification.',
      ),
    }),
    toResponses: ({ email }): Record<string, string> => (email === undefined ? {} : { EMAIL: email }),
    toParameters: ({ MFAS_CAN_SETUP }) => ({ mfaTypes: parseList(MFAS_CAN_SETUP) }),
  },
  SOFTWARE_TOKEN_MFA: {
    answer: () => ({ confirmationCode: confirmationCode().required() }),
    toResponses: ({ confirmationCode = '' }) => ({ SOFTWARE_TOKEN_MFA_CODE: confirmationCode }),
    toParameters: ({ FRIENDLY_DEVICE_NAME }) =>
      FRIENDLY_DEVICE_NAME ? { deviceName: FRIENDLY_DEVICE_NAME } : {},
  },
  CUSTOM_CHALLENGE: {
    answer: () => ({ answer: customAnswer().required() }),
    toResponses: ({ answer = '' }) => ({ ANSWER: answer }),
    toParameters: publicParameters,
  },
  DEVICE_SRP_AUTH: {
    answer: () => ({ device: deviceSecret().required() }),
    // callOnDevice performs the proof, which takes two steps.
    toResponses: () => ({}),
    toParameters: () => ({}),
  },
};

/** Returns the masked destination of the code. */
function deliveryParameters({
  CODE_DELIVERY_DELIVERY_MEDIUM: medium,
  CODE_DELIVERY_DESTINATION: destination,
}: Readonly<Record<string, string>>): Record<string, unknown> {
  return { delivery: { medium, destination } };
}

/** Returns the parameters for the client. Those of unsupported challenges are passed on unchanged. */
export function challengeParameters(
  name: string,
  parameters: Readonly<Record<string, string>>,
): Record<string, unknown> {
  return CHALLENGES[name]?.toParameters(parameters) ?? { ...parameters };
}

/** Cognito sends lists and maps as JSON strings. */
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
