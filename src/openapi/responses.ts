/** The schemas of the responses in the OpenAPI document. */
import type { TransportSettings } from '../config/transport.ts';
import { challengeSchemas } from './challenges.ts';
import { type Json, ref } from './components.ts';

const STRING: Json = { type: 'string' };

function object(properties: Json, required: readonly string[]): Json {
  return { type: 'object', properties, required };
}

function constant(text: string): Json {
  return { type: 'string', const: text };
}

function list(items: Json): Json {
  return { type: 'array', items };
}

const DELIVERY: Json = {
  ...ref('schemas', 'Delivery'),
  description: 'Only with `concealUserExistence: false`.',
};

const DATE_TIME: Json = { type: 'string', format: 'date-time' };

const REFUSED: Json = {
  type: 'boolean',
  description: 'The device is unknown, or its secret is wrong. The client must forget it.',
};

const NEXT_TOKEN: Json = { type: 'string', description: 'Token of the next page, if there is one.' };

/** Of `GET /health?deep`. */
const DEPENDENCIES = ['cognito', 'signingKeys', 'revocation', 'refresh', 'rateLimits'];

const MFA: Json = ref('schemas', 'MfaSettings');

const COMPLETE: Json = {
  status: constant('complete'),
  newDevice: ref('schemas', 'NewDevice'),
  deviceRefused: REFUSED,
};

/** Returns one of several named schemas. Code generators give unnamed ones clashing names. */
function oneOfShapes(names: readonly string[]): Json {
  return { oneOf: names.map((name) => ref('schemas', name)) };
}

/** Returns the schemas of a completed sign-in: with tokens, or with the user if the tokens are in cookies. */
function signedIn({ transport }: TransportSettings): readonly string[] {
  return [
    ...(transport === 'cookie' ? [] : ['SignedIn']),
    ...(transport === 'bearer' ? [] : ['SignedInWithCookies']),
  ];
}

/** Returns the schemas of 200 responses. Endpoint definitions refer to them by name. */
export function responseSchemas(settings: TransportSettings): Json {
  return {
    Delivery: {
      ...object(
        { medium: { type: 'string', enum: ['EMAIL', 'SMS'] }, destination: STRING, attribute: STRING },
        [],
      ),
      description: 'Destination of the code, masked.',
    },
    NewDevice: {
      ...object({ deviceKey: STRING, deviceGroupKey: STRING }, ['deviceKey', 'deviceGroupKey']),
      description: 'A device that can be confirmed. Only if the user pool tracks devices.',
    },
    MfaSettings: object({ enabled: list(STRING), preferred: STRING }, ['enabled']),
    Status: object({ status: STRING }, ['status']),
    HealthReport: object(
      {
        status: { type: 'string', enum: ['ok', 'degraded'] },
        dependencies: { ...ref('schemas', 'Dependencies'), description: 'Only with `?deep`.' },
      },
      ['status'],
    ),
    Dependencies: object(
      Object.fromEntries(DEPENDENCIES.map((name) => [name, ref('schemas', 'Dependency')])),
      DEPENDENCIES,
    ),
    Dependency: object(
      {
        status: { type: 'string', enum: ['ok', 'unavailable'] },
        affects: {
          ...list(STRING),
          description:
            'The operations that fail while it is unavailable. `requireAuth` stands for the routes of the app.',
        },
      },
      ['status', 'affects'],
    ),
    CodeSent: object({ status: constant('code_sent'), delivery: DELIVERY }, ['status']),
    SignUpResult: object(
      {
        status: { type: 'string', enum: ['confirmation_required', 'confirmed'] },
        userSub: { type: 'string', description: 'Only with `concealUserExistence: false`.' },
        delivery: DELIVERY,
        session: {
          type: 'string',
          description:
            'Session for `/confirm-sign-up` and `/resend-confirmation-code`. Absent if a cookie holds it.',
        },
      },
      ['status'],
    ),
    Tokens: object(
      {
        accessToken: STRING,
        idToken: STRING,
        refreshToken: STRING,
        expiresIn: { type: 'integer', description: 'Seconds until the access token expires.' },
        tokenType: constant('Bearer'),
      },
      ['accessToken', 'idToken', 'expiresIn', 'tokenType'],
    ),
    User: object({ sub: STRING, username: STRING, groups: list(STRING) }, ['sub', 'username', 'groups']),
    ...challengeSchemas(),
    SignedIn: object({ ...COMPLETE, tokens: ref('schemas', 'Tokens') }, ['status', 'tokens']),
    SignedInWithCookies: object(
      {
        ...COMPLETE,
        user: ref('schemas', 'User'),
        expiresIn: { type: 'integer', description: 'Seconds until the access token expires.' },
      },
      ['status', 'user', 'expiresIn'],
    ),
    SignInChallenge: object(
      {
        status: constant('challenge'),
        challenge: ref('schemas', 'Challenge'),
        deviceRefused: REFUSED,
      },
      ['status', 'challenge'],
    ),
    SignInResult: oneOfShapes([...signedIn(settings), 'SignInChallenge']),
    SignUpConfirmed: object(
      {
        status: {
          type: 'string',
          enum: ['confirmed', 'password_reset_required'],
          description: 'With `password_reset_required`, another client may have chosen the password.',
        },
      },
      ['status'],
    ),
    PasswordChanged: object(
      {
        status: constant('password_changed'),
        ...(settings.transport !== 'cookie' && { tokens: ref('schemas', 'Tokens') }),
        ...(settings.transport !== 'bearer' && {
          user: ref('schemas', 'User'),
          expiresIn: { type: 'integer', description: 'Seconds until the access token expires.' },
        }),
        challenge: {
          ...ref('schemas', 'Challenge'),
          description: 'The new session requires another factor, which `POST /challenge` takes.',
        },
        newDevice: ref('schemas', 'NewDevice'),
        deviceRefused: REFUSED,
      },
      ['status'],
    ),
    ConfirmSignUpResult: oneOfShapes(['SignUpConfirmed', ...signedIn(settings), 'SignInChallenge']),
    ManagedLoginResult: object(
      {
        status: constant('complete'),
        tokens: ref('schemas', 'Tokens'),
        returnTo: { type: 'string', description: 'The path to continue at, from the start of the sign-in.' },
      },
      ['status', 'tokens', 'returnTo'],
    ),
    DeviceConfirmed: object(
      {
        status: constant('device_confirmed'),
        device: {
          ...object({ deviceKey: STRING, deviceGroupKey: STRING, devicePassword: STRING }, [
            'deviceKey',
            'deviceGroupKey',
            'devicePassword',
          ]),
          description:
            'The device secret. The client stores it and sends it with every sign-in. Absent if a cookie stores it.',
        },
        userConfirmationNecessary: {
          type: 'boolean',
          description: 'Whether the user must still choose to have the device remembered.',
        },
      },
      ['status', 'userConfirmationNecessary'],
    ),
    Device: object(
      {
        deviceKey: STRING,
        current: { type: 'boolean', description: 'Whether this request comes from the device.' },
        name: STRING,
        remembered: { type: 'boolean' },
        lastIp: STRING,
        createdAt: DATE_TIME,
        lastModifiedAt: DATE_TIME,
        lastAuthenticatedAt: DATE_TIME,
      },
      ['deviceKey', 'current'],
    ),
    Devices: object({ devices: list(ref('schemas', 'Device')), nextToken: NEXT_TOKEN }, ['devices']),
    Me: object(
      {
        sub: STRING,
        username: STRING,
        attributes: {
          type: 'object',
          additionalProperties: { anyOf: [{ type: 'string' }, { type: 'boolean' }] },
        },
        mfa: MFA,
      },
      ['sub', 'username', 'attributes', 'mfa'],
    ),
    MeUpdated: object({ status: constant('updated'), codesSentTo: list(ref('schemas', 'Delivery')) }, [
      'status',
    ]),
    AttributeCodeSent: object({ status: constant('code_sent'), delivery: ref('schemas', 'Delivery') }, [
      'status',
    ]),
    AuthFactors: object({ factors: list(STRING), mfa: MFA }, ['factors', 'mfa']),
    UserSession: object(
      {
        id: STRING,
        type: { type: 'string', enum: ['token', 'sso'] },
        current: { type: 'boolean', description: 'Whether this request belongs to the session.' },
        clientId: STRING,
        createdAt: DATE_TIME,
        lastActiveAt: DATE_TIME,
        device: STRING,
        ip: STRING,
        location: object({ city: STRING, country: STRING }, []),
      },
      ['current'],
    ),
    Sessions: object({ sessions: list(ref('schemas', 'UserSession')), nextToken: NEXT_TOKEN }, ['sessions']),
    PasskeyOptions: object({ publicKey: ref('schemas', 'PasskeyCreationOptions') }, ['publicKey']),
    Passkey: object(
      {
        id: STRING,
        name: STRING,
        relyingPartyId: { type: 'string', description: 'The domain of the passkey.' },
        attachment: STRING,
        transports: list(STRING),
        createdAt: DATE_TIME,
      },
      ['id'],
    ),
    Passkeys: object({ passkeys: list(ref('schemas', 'Passkey')), nextToken: NEXT_TOKEN }, ['passkeys']),
    TotpSecret: object(
      {
        secretCode: { type: 'string', description: 'The secret in Base32, for manual entry.' },
        otpauthUri: { type: 'string', description: 'The secret as a URI, for a QR code.' },
        session: { type: 'string', description: 'Replaces the session of the request.' },
      },
      ['secretCode', 'otpauthUri'],
    ),
    TotpVerified: object(
      {
        status: constant('verified'),
        session: { type: 'string', description: 'Session for the challenge MFA_SETUP, if one was sent.' },
      },
      ['status'],
    ),
    FieldError: object(
      { path: { type: 'string', description: 'JSON Pointer (RFC 6901).' }, message: STRING },
      ['path', 'message'],
    ),
    Problem: object(
      {
        type: { type: 'string', format: 'uri' },
        title: STRING,
        status: { type: 'integer' },
        detail: STRING,
        code: STRING,
        requestId: STRING,
        errors: list(ref('schemas', 'FieldError')),
      },
      ['type', 'title', 'status', 'detail', 'code', 'requestId'],
    ),
  };
}
