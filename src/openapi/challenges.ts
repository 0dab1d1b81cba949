/** The schemas of the challenges in the OpenAPI document. */
import { type Json, ref } from './components.ts';

const STRING: Json = { type: 'string' };
const STRINGS: Json = { type: 'array', items: STRING };

function parameters(properties: Json, required: readonly string[] = []): Json {
  return { type: 'object', properties, required };
}

const CODE_SENT = parameters(
  {
    delivery: {
      type: 'object',
      properties: { medium: STRING, destination: STRING },
      description: 'Destination of the code, masked.',
    },
  },
  ['delivery'],
);

const MFA_TYPES: Json = {
  type: 'array',
  items: { type: 'string', enum: ['SMS_MFA', 'EMAIL_OTP', 'SOFTWARE_TOKEN_MFA'] },
};

/** The `parameters` of each challenge, by Cognito's name. */
const PARAMETERS: Readonly<Record<string, Json>> = {
  NEW_PASSWORD_REQUIRED: parameters(
    {
      requiredAttributes: { ...STRINGS, description: 'Attributes that the answer must have.' },
      attributes: {
        type: 'object',
        additionalProperties: true,
        description: 'Attributes that the user has.',
      },
    },
    ['requiredAttributes', 'attributes'],
  ),
  SMS_MFA: CODE_SENT,
  EMAIL_OTP: CODE_SENT,
  SMS_OTP: CODE_SENT,
  SELECT_CHALLENGE: parameters({}),
  PASSWORD: parameters({}),
  PASSWORD_SRP: parameters({}),
  WEB_AUTHN: parameters({ publicKey: ref('schemas', 'PasskeyRequestOptions') }, ['publicKey']),
  SELECT_MFA_TYPE: parameters({ mfaTypes: { ...MFA_TYPES, description: 'Factors that the user has.' } }, [
    'mfaTypes',
  ]),
  MFA_SETUP: parameters({ mfaTypes: { ...MFA_TYPES, description: 'Factors that the user may set up.' } }, [
    'mfaTypes',
  ]),
  SOFTWARE_TOKEN_MFA: parameters({
    deviceName: { type: 'string', description: 'Name of the authenticator app, if it has one.' },
  }),
  CUSTOM_CHALLENGE: {
    type: 'object',
    additionalProperties: STRING,
    description: 'The public parameters of the trigger that created the challenge.',
  },
  DEVICE_SRP_AUTH: parameters({}),
};

/** Cognito adds them to any challenge of a sign-in by choice. */
const AVAILABLE_CHALLENGES: Json = {
  availableChallenges: { ...STRINGS, description: 'Challenges that can be chosen in place of this one.' },
};

/** Challenges that this API passes on and cannot answer. */
const UNSUPPORTED = ['ADMIN_NO_SRP_AUTH', 'PASSWORD_VERIFIER', 'DEVICE_PASSWORD_VERIFIER'];

/** Returns the schema `Challenge` and those that it is made of: one for each name, so that clients tell them apart. */
export function challengeSchemas(): Readonly<Record<string, Json>> {
  const schemas = Object.entries(PARAMETERS).map(([name, given]) => [
    challengeName(name),
    challenge({ type: 'string', const: name }, withChoice(name, given)),
  ]);
  const unsupported = challenge({ type: 'string', enum: UNSUPPORTED }, PARAMETERS.CUSTOM_CHALLENGE ?? {});
  const mapping = [
    ...Object.keys(PARAMETERS).map((name) => [name, challengeName(name)] as const),
    ...UNSUPPORTED.map((name) => [name, 'UnsupportedChallenge'] as const),
  ];
  return {
    ...Object.fromEntries(schemas),
    UnsupportedChallenge: { ...unsupported, description: 'A challenge that this API cannot answer.' },
    Challenge: {
      oneOf: [...new Set(mapping.map(([, schema]) => schema))].map((schema) => ref('schemas', schema)),
      discriminator: {
        propertyName: 'name',
        mapping: Object.fromEntries(mapping.map(([name, schema]) => [name, ref('schemas', schema).$ref])),
      },
    },
    PasskeyRequestOptions: PASSKEY_REQUEST_OPTIONS,
    PasskeyCreationOptions: PASSKEY_CREATION_OPTIONS,
  };
}

function challengeName(name: string): string {
  return `Challenge.${name}`;
}

function challenge(name: Json, given: Json): Json {
  return {
    type: 'object',
    properties: {
      name,
      session: { type: 'string', description: 'Send it back with the answer. Absent if a cookie holds it.' },
      username: { type: 'string', description: 'Send it back with the answer.' },
      parameters: given,
    },
    required: ['name', 'username', 'parameters'],
  };
}

function withChoice(name: string, given: Json): Json {
  if (name === 'CUSTOM_CHALLENGE') return given;
  const required = given.required as readonly string[];
  return {
    ...given,
    properties: { ...(given.properties as Json), ...AVAILABLE_CHALLENGES },
    required: name === 'SELECT_CHALLENGE' ? [...required, 'availableChallenges'] : required,
  };
}

const CREDENTIALS: Json = {
  type: 'array',
  items: {
    type: 'object',
    properties: { id: STRING, type: { type: 'string', const: 'public-key' }, transports: STRINGS },
    required: ['id', 'type'],
  },
};
const BASE64URL: Json = { type: 'string', description: 'Base64url.' };
const USER_VERIFICATION: Json = { type: 'string', enum: ['required', 'preferred', 'discouraged'] };
const MILLISECONDS: Json = { type: 'integer', description: 'Milliseconds.' };
const EXTENSIONS: Json = { type: 'object', additionalProperties: true };

/** https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialrequestoptionsjson */
const PASSKEY_REQUEST_OPTIONS: Json = {
  type: 'object',
  description: 'PublicKeyCredentialRequestOptionsJSON of WebAuthn, for `navigator.credentials.get`.',
  properties: {
    challenge: BASE64URL,
    rpId: STRING,
    timeout: MILLISECONDS,
    allowCredentials: CREDENTIALS,
    userVerification: USER_VERIFICATION,
    extensions: EXTENSIONS,
  },
  required: ['challenge'],
};

/** https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialcreationoptionsjson */
const PASSKEY_CREATION_OPTIONS: Json = {
  type: 'object',
  description: 'PublicKeyCredentialCreationOptionsJSON of WebAuthn, for `navigator.credentials.create`.',
  properties: {
    rp: { type: 'object', properties: { id: STRING, name: STRING }, required: ['name'] },
    user: {
      type: 'object',
      properties: { id: BASE64URL, name: STRING, displayName: STRING },
      required: ['id', 'name', 'displayName'],
    },
    challenge: BASE64URL,
    pubKeyCredParams: {
      type: 'array',
      items: {
        type: 'object',
        properties: { type: { type: 'string', const: 'public-key' }, alg: { type: 'integer' } },
        required: ['type', 'alg'],
      },
    },
    timeout: MILLISECONDS,
    excludeCredentials: CREDENTIALS,
    authenticatorSelection: {
      type: 'object',
      properties: {
        authenticatorAttachment: STRING,
        residentKey: STRING,
        requireResidentKey: { type: 'boolean' },
        userVerification: USER_VERIFICATION,
      },
    },
    attestation: STRING,
    extensions: EXTENSIONS,
  },
  required: ['rp', 'user', 'challenge', 'pubKeyCredParams'],
};
