/** The parts of the OpenAPI document that are the same for every configuration, or nearly so. */

import type { TransportSettings } from './tokens/cookie-settings.ts';

export type Json = Readonly<Record<string, unknown>>;

export function ref(kind: 'schemas' | 'headers' | 'examples', name: string): { $ref: string } {
  return { $ref: `#/components/${kind}/${name}` };
}

export const TAGS: readonly Json[] = [
  { name: 'sign-up', description: 'New accounts.' },
  { name: 'sign-in', description: 'Signing in, and the challenges on the way.' },
  { name: 'password', description: 'Forgotten and changed passwords.' },
  { name: 'session', description: 'Refreshing and ending sessions.' },
  { name: 'profile', description: 'The signed-in user.' },
  { name: 'mfa', description: 'Second factors of the user.' },
  { name: 'security', description: 'Messages about sign-ins.' },
  { name: 'devices', description: 'Devices of the user that stand in for the second factor.' },
  { name: 'passkeys', description: 'Passkeys of the user.' },
  { name: 'meta', description: 'About this API.' },
];

export function securitySchemes({ transport, cookies }: TransportSettings): Json {
  return {
    accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    ...(transport !== 'bearer' && {
      accessCookie: { type: 'apiKey', in: 'cookie', name: `${cookies.prefix}access` },
    }),
  };
}

export const HEADERS: Json = {
  'WWW-Authenticate': { description: 'RFC 6750 3.', schema: { type: 'string' } },
  Location: { description: 'Where to go on.', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds to wait before the next try.', schema: { type: 'integer' } },
  Allow: { description: 'The methods that there are (RFC 9110 10.2.1).', schema: { type: 'string' } },
  RateLimit: {
    description: 'What is left of the limit of the client address, and until when (IETF draft, version 8).',
    schema: { type: 'string' },
  },
  'RateLimit-Policy': { description: 'The limit and its window.', schema: { type: 'string' } },
};

export const HEADERS_BY_STATUS: Readonly<Record<string, readonly string[]>> = {
  401: ['WWW-Authenticate'],
  405: ['Allow'],
  429: ['Retry-After', 'RateLimit', 'RateLimit-Policy'],
  503: ['Retry-After'],
};

const STRING: Json = { type: 'string' };

function object(properties: Json, required: readonly string[]): Json {
  return { type: 'object', properties, required };
}

const SENT_TO: Json = {
  ...object({ medium: { enum: ['EMAIL', 'SMS'] }, destination: STRING, attribute: STRING }, []),
  description: 'Where the code went, masked.',
};

const DELIVERY: Json = {
  ...SENT_TO,
  description: 'Where the code went, masked. Only with `concealUserExistence: false`.',
};

const DATE_TIME: Json = { type: 'string', format: 'date-time' };

const REFUSED: Json = {
  type: 'boolean',
  description: 'The device that was sent is not known, or its secret is wrong: forget it.',
};

const NEW_DEVICE: Json = {
  ...object({ deviceKey: STRING, deviceGroupKey: STRING }, ['deviceKey', 'deviceGroupKey']),
  description: 'A device that can be confirmed. Only where the user pool tracks devices.',
};

/** In place of tokens, where they are in cookies. */
const SIGNED_IN: Json = {
  user: ref('schemas', 'User'),
  expiresIn: { type: 'integer', description: 'Seconds until the access token expires.' },
};

const MFA: Json = object({ enabled: { type: 'array', items: STRING }, preferred: STRING }, ['enabled']);

const COMPLETE: Json = { status: { const: 'complete' }, newDevice: NEW_DEVICE, deviceRefused: REFUSED };

/** What a 200 has in it; the rows of the endpoint table refer to these by name. */
export function responseSchemas({ transport }: TransportSettings): Json {
  const inBody = transport !== 'cookie';
  const inCookies = transport !== 'bearer';
  return {
    Status: object({ status: STRING }, ['status']),
    CodeSent: object({ status: { const: 'code_sent' }, delivery: DELIVERY }, ['status']),
    SignUpResult: object(
      {
        status: { enum: ['confirmation_required', 'confirmed'] },
        userSub: { type: 'string', description: 'Only with `concealUserExistence: false`.' },
        delivery: DELIVERY,
        session: { type: 'string', description: 'For `/confirm-sign-up`. Only with `autoSignIn`.' },
      },
      ['status'],
    ),
    Tokens: object(
      {
        accessToken: STRING,
        idToken: STRING,
        refreshToken: STRING,
        expiresIn: { type: 'integer', description: 'Seconds.' },
        tokenType: { const: 'Bearer' },
      },
      ['accessToken', 'idToken', 'expiresIn', 'tokenType'],
    ),
    User: object({ sub: STRING, username: STRING, groups: { type: 'array', items: STRING } }, [
      'sub',
      'username',
      'groups',
    ]),
    Challenge: object({ name: STRING, session: STRING, username: STRING, parameters: { type: 'object' } }, [
      'name',
      'username',
      'parameters',
    ]),
    ConfirmSignUpResult: {
      oneOf: [
        object({ status: { const: 'confirmed' } }, ['status']),
        ...(inBody
          ? [
              object({ status: { const: 'complete' }, tokens: ref('schemas', 'Tokens') }, [
                'status',
                'tokens',
              ]),
            ]
          : []),
        ...(inCookies
          ? [object({ status: { const: 'complete' }, ...SIGNED_IN }, ['status', 'user', 'expiresIn'])]
          : []),
        object({ status: { const: 'challenge' }, challenge: ref('schemas', 'Challenge') }, [
          'status',
          'challenge',
        ]),
      ],
    },
    SignInResult: {
      oneOf: [
        ...(inBody ? [object({ ...COMPLETE, tokens: ref('schemas', 'Tokens') }, ['status', 'tokens'])] : []),
        ...(inCookies ? [object({ ...COMPLETE, ...SIGNED_IN }, ['status', 'user', 'expiresIn'])] : []),
        object(
          { status: { const: 'challenge' }, challenge: ref('schemas', 'Challenge'), deviceRefused: REFUSED },
          ['status', 'challenge'],
        ),
      ],
    },
    DeviceConfirmed: object(
      {
        status: { const: 'device_confirmed' },
        device: {
          ...object({ deviceKey: STRING, deviceGroupKey: STRING, devicePassword: STRING }, [
            'deviceKey',
            'deviceGroupKey',
            'devicePassword',
          ]),
          description:
            'For the client to keep, and to send with every sign-in. Not there if a cookie keeps it.',
        },
        userConfirmationNecessary: {
          type: 'boolean',
          description: 'Whether the user has still to say that the device is to be remembered.',
        },
      },
      ['status', 'userConfirmationNecessary'],
    ),
    Device: object(
      {
        deviceKey: STRING,
        current: { type: 'boolean', description: 'Whether it is the one in use.' },
        name: STRING,
        remembered: { type: 'boolean' },
        lastIp: STRING,
        createdAt: DATE_TIME,
        lastModifiedAt: DATE_TIME,
        lastAuthenticatedAt: DATE_TIME,
      },
      ['deviceKey', 'current'],
    ),
    Devices: object(
      {
        devices: { type: 'array', items: ref('schemas', 'Device') },
        nextToken: { type: 'string', description: 'For the next page, if there is one.' },
      },
      ['devices'],
    ),
    Me: object(
      {
        sub: STRING,
        username: STRING,
        attributes: { type: 'object', additionalProperties: { type: ['string', 'boolean'] } },
        mfa: MFA,
      },
      ['sub', 'username', 'attributes', 'mfa'],
    ),
    MeUpdated: object({ status: { const: 'updated' }, codesSentTo: { type: 'array', items: SENT_TO } }, [
      'status',
    ]),
    AttributeCodeSent: object({ status: { const: 'code_sent' }, delivery: SENT_TO }, ['status']),
    AuthFactors: object({ factors: { type: 'array', items: STRING }, mfa: MFA }, ['factors', 'mfa']),
    Sessions: object(
      {
        sessions: {
          type: 'array',
          items: object(
            {
              id: STRING,
              type: { enum: ['token', 'sso'] },
              current: { type: 'boolean', description: 'Whether it is the one in use.' },
              clientId: STRING,
              createdAt: { type: 'string', format: 'date-time' },
              lastActiveAt: { type: 'string', format: 'date-time' },
              device: STRING,
              ip: STRING,
              location: object({ city: STRING, country: STRING }, []),
            },
            ['current'],
          ),
        },
        nextToken: { type: 'string', description: 'For the next page, if there is one.' },
      },
      ['sessions'],
    ),
    PasskeyOptions: object(
      {
        publicKey: {
          type: 'object',
          description:
            'PublicKeyCredentialCreationOptionsJSON of WebAuthn, for `navigator.credentials.create`.',
        },
      },
      ['publicKey'],
    ),
    Passkeys: object(
      {
        passkeys: {
          type: 'array',
          items: object(
            {
              id: STRING,
              name: STRING,
              relyingPartyId: { type: 'string', description: 'The domain that it is for.' },
              attachment: STRING,
              transports: { type: 'array', items: STRING },
              createdAt: { type: 'string', format: 'date-time' },
            },
            ['id'],
          ),
        },
        nextToken: { type: 'string', description: 'For the next page, if there is one.' },
      },
      ['passkeys'],
    ),
    TotpSecret: object(
      {
        secretCode: { type: 'string', description: 'Base32, to type in by hand.' },
        otpauthUri: { type: 'string', description: 'For a QR code.' },
        session: { type: 'string', description: 'Takes the place of the session that was sent.' },
      },
      ['secretCode', 'otpauthUri'],
    ),
    TotpVerified: object(
      {
        status: { const: 'verified' },
        session: { type: 'string', description: 'To answer MFA_SETUP with, if a session was sent.' },
      },
      ['status'],
    ),
    Problem: object(
      {
        type: { type: 'string', format: 'uri' },
        title: STRING,
        status: { type: 'integer' },
        detail: STRING,
        code: STRING,
        requestId: STRING,
        errors: {
          type: 'array',
          items: object(
            { path: { type: 'string', description: 'JSON Pointer (RFC 6901).' }, message: STRING },
            ['path', 'message'],
          ),
        },
      },
      ['type', 'title', 'status', 'detail', 'code', 'requestId'],
    ),
  };
}
