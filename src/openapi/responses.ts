/** The schemas of the responses in the OpenAPI document. */
import type { TransportSettings } from '../config/transport.ts';
import { type Json, ref } from './components.ts';

const STRING: Json = { type: 'string' };

function object(properties: Json, required: readonly string[]): Json {
  return { type: 'object', properties, required };
}

/** A text that is always the same. */
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
  description: 'The device that was sent is not known, or its secret is wrong: forget it.',
};

const NEXT_TOKEN: Json = { type: 'string', description: 'For the next page, if there is one.' };

const CHALLENGE_NAME: Json = {
  type: 'string',
  description:
    "Cognito's name. A name that no request body has is of a challenge that this API cannot answer.",
};

const MFA: Json = ref('schemas', 'MfaSettings');

const COMPLETE: Json = {
  status: constant('complete'),
  newDevice: ref('schemas', 'NewDevice'),
  deviceRefused: REFUSED,
};

/** One of several shapes, each with a name: of shapes without one, generators make models whose names clash. */
function oneOfShapes(names: readonly string[]): Json {
  return { oneOf: names.map((name) => ref('schemas', name)) };
}

/** The shapes of a finished sign-in: with tokens, or with the user while the tokens are in cookies. */
function signedIn({ transport }: TransportSettings): readonly string[] {
  return [
    ...(transport === 'cookie' ? [] : ['SignedIn']),
    ...(transport === 'bearer' ? [] : ['SignedInWithCookies']),
  ];
}

/** What a 200 has in it; the rows of the endpoint table refer to these by name. */
export function responseSchemas(settings: TransportSettings): Json {
  return {
    Delivery: {
      ...object(
        { medium: { type: 'string', enum: ['EMAIL', 'SMS'] }, destination: STRING, attribute: STRING },
        [],
      ),
      description: 'Where the code went, masked.',
    },
    NewDevice: {
      ...object({ deviceKey: STRING, deviceGroupKey: STRING }, ['deviceKey', 'deviceGroupKey']),
      description: 'A device that can be confirmed. Only where the user pool tracks devices.',
    },
    MfaSettings: object({ enabled: list(STRING), preferred: STRING }, ['enabled']),
    Status: object({ status: STRING }, ['status']),
    CodeSent: object({ status: constant('code_sent'), delivery: DELIVERY }, ['status']),
    SignUpResult: object(
      {
        status: { type: 'string', enum: ['confirmation_required', 'confirmed'] },
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
        tokenType: constant('Bearer'),
      },
      ['accessToken', 'idToken', 'expiresIn', 'tokenType'],
    ),
    User: object({ sub: STRING, username: STRING, groups: list(STRING) }, ['sub', 'username', 'groups']),
    Challenge: object(
      { name: CHALLENGE_NAME, session: STRING, username: STRING, parameters: { type: 'object' } },
      ['name', 'username', 'parameters'],
    ),
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
    SignUpConfirmed: object({ status: constant('confirmed') }, ['status']),
    ConfirmSignUpResult: oneOfShapes(['SignUpConfirmed', ...signedIn(settings), 'SignInChallenge']),
    ManagedLoginResult: object(
      {
        status: constant('complete'),
        tokens: ref('schemas', 'Tokens'),
        returnTo: { type: 'string', description: 'The path that the sign-in was for.' },
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
    Devices: object({ devices: list(ref('schemas', 'Device')), nextToken: NEXT_TOKEN }, ['devices']),
    Me: object(
      {
        sub: STRING,
        username: STRING,
        attributes: { type: 'object', additionalProperties: { type: ['string', 'boolean'] } },
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
        current: { type: 'boolean', description: 'Whether it is the one in use.' },
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
    Passkey: object(
      {
        id: STRING,
        name: STRING,
        relyingPartyId: { type: 'string', description: 'The domain that it is for.' },
        attachment: STRING,
        transports: list(STRING),
        createdAt: DATE_TIME,
      },
      ['id'],
    ),
    Passkeys: object({ passkeys: list(ref('schemas', 'Passkey')), nextToken: NEXT_TOKEN }, ['passkeys']),
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
        status: constant('verified'),
        session: { type: 'string', description: 'To answer MFA_SETUP with, if a session was sent.' },
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
