import type {
  CompleteWebAuthnRegistrationCommandInput,
  WebAuthnCredentialDescription,
} from '@aws-sdk/client-cognito-identity-provider';
import { newCredential } from './credentials.ts';
import type { CommandEndpoint } from './endpoint.ts';
import { credentialId, pageToken } from './fields.ts';
import { userOf } from './hook-user.ts';
import { joi } from './joi.ts';
import { IncompleteAnswer } from './sign-in-types.ts';
import { TOKEN_ERRORS } from './token-errors.ts';

/** WebAuthn defines the data between Cognito and browsers, which is passed on unchanged. */
export const startPasskey: CommandEndpoint<undefined, 'StartWebAuthnRegistration'> = {
  name: 'startPasskey',
  method: 'post',
  path: '/passkeys/options',
  summary: 'Start to add a passkey. The response has the options for the browser.',
  description:
    'Pass `publicKey` to `navigator.credentials.create`, and send the credential to `POST /passkeys`.',
  tag: 'passkeys',
  auth: 'access',
  sensitive: true,
  rateLimit: 'write',
  command: 'StartWebAuthnRegistration',
  toInput: (_body, call) => ({ AccessToken: call.accessToken() }),
  toResponse: ({ CredentialCreationOptions: publicKey }) => {
    if (!publicKey) throw new IncompleteAnswer('Cognito answered without options for a passkey.');
    return { publicKey };
  },
  errors: [...TOKEN_ERRORS, 'conflict'],
  response: { $ref: '#/components/schemas/PasskeyOptions' },
  example: {
    response: {
      publicKey: {
        rp: { id: 'example.com', name: 'example.com' },
        user: {
          id: 'MzRjODQ0ODgtZTBlMS03MGFlLWQyZWUtOTkxYWQxYTg5OGM4',
          name: 'ada@example.com',
          displayName: 'Ada',
        },
        challenge: 'EzUGdd5h5iPqWvEJ3hOtHdaPSMUTtpEvdFGHEbMUHsQ',
        pubKeyCredParams: [
          { type: 'public-key', alg: -7 },
          { type: 'public-key', alg: -257 },
        ],
        timeout: 180_000,
        excludeCredentials: [],
        authenticatorSelection: {
          requireResidentKey: true,
          residentKey: 'required',
          userVerification: 'preferred',
        },
      },
    },
  },
};

interface AddPasskeyBody {
  readonly credential: CompleteWebAuthnRegistrationCommandInput['Credential'];
}

export const addPasskey: CommandEndpoint<AddPasskeyBody, 'CompleteWebAuthnRegistration'> = {
  name: 'addPasskey',
  method: 'post',
  path: '/passkeys',
  summary: 'Add the passkey that the browser has created.',
  description: 'Takes the credential as JSON, the result of its `toJSON()`.',
  tag: 'passkeys',
  auth: 'access',
  rateLimit: 'write',
  body: () => joi.object({ credential: newCredential().required() }),
  command: 'CompleteWebAuthnRegistration',
  toInput: ({ credential: Credential }, call) => ({ AccessToken: call.accessToken(), Credential }),
  toResponse: (_output, call) => {
    call.happened('onFactorsChanged', userOf(call));
    return { status: 'added' };
  },
  errors: [...TOKEN_ERRORS, 'conflict'],
  response: { $ref: '#/components/schemas/Status' },
  example: {
    request: {
      credential: {
        id: 'b3ZlciAxMDAgbGlmZXRpbWVz',
        rawId: 'b3ZlciAxMDAgbGlmZXRpbWVz',
        type: 'public-key',
        authenticatorAttachment: 'platform',
        clientExtensionResults: { credProps: { rk: true } },
        response: {
          clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0',
          attestationObject: 'o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YQ',
          transports: ['internal', 'hybrid'],
        },
      },
    },
    response: { status: 'added' },
  },
};

/** Cognito's maximum, for pages and for the passkeys of a user. */
const PAGE_SIZE = 20;

export const listPasskeys: CommandEndpoint<undefined, 'ListWebAuthnCredentials'> = {
  name: 'listPasskeys',
  method: 'get',
  path: '/passkeys',
  summary: 'List the passkeys of the signed-in user.',
  description: 'The passkeys come page by page, each with its name and domain.',
  tag: 'passkeys',
  auth: 'access',
  rateLimit: 'read',
  query: () => joi.object({ nextToken: pageToken() }),
  command: 'ListWebAuthnCredentials',
  safeToRepeat: true,
  toInput: (_body, call) => ({
    AccessToken: call.accessToken(),
    MaxResults: PAGE_SIZE,
    NextToken: call.query.nextToken,
  }),
  toResponse: ({ Credentials = [], NextToken }) => ({
    passkeys: Credentials.map(describePasskey),
    ...(NextToken && { nextToken: NextToken }),
  }),
  errors: TOKEN_ERRORS,
  response: { $ref: '#/components/schemas/Passkeys' },
  example: {
    response: {
      passkeys: [
        {
          id: 'b3ZlciAxMDAgbGlmZXRpbWVz',
          name: 'Passkey 1',
          relyingPartyId: 'example.com',
          attachment: 'platform',
          transports: ['internal', 'hybrid'],
          createdAt: '2026-11-01T09:30:00.000Z',
        },
      ],
    },
  },
};

function describePasskey(passkey: WebAuthnCredentialDescription): object {
  if (passkey.CredentialId === undefined)
    throw new IncompleteAnswer('Cognito answered with a passkey without an id.');
  return {
    id: passkey.CredentialId,
    name: passkey.FriendlyCredentialName,
    relyingPartyId: passkey.RelyingPartyId,
    attachment: passkey.AuthenticatorAttachment,
    transports: passkey.AuthenticatorTransports,
    createdAt: passkey.CreatedAt?.toISOString(),
  };
}

export const deletePasskey: CommandEndpoint<undefined, 'DeleteWebAuthnCredential'> = {
  name: 'deletePasskey',
  method: 'delete',
  path: '/passkeys/:id',
  summary: 'Delete a passkey. It cannot be used to sign in any more.',
  description:
    'Takes the `id` of a passkey of the user. The authenticator keeps the passkey, which is then useless.',
  tag: 'passkeys',
  auth: 'access',
  sensitive: true,
  rateLimit: 'write',
  params: () => joi.object({ id: credentialId().required() }),
  command: 'DeleteWebAuthnCredential',
  toInput: (_body, call) => ({ AccessToken: call.accessToken(), CredentialId: call.params.id }),
  toResponse: (_output, call) => {
    call.happened('onFactorsChanged', userOf(call));
    return { status: 'deleted' };
  },
  errors: [...TOKEN_ERRORS, 'not_found'],
  response: { $ref: '#/components/schemas/Status' },
  example: { params: { id: 'b3ZlciAxMDAgbGlmZXRpbWVz' }, response: { status: 'deleted' } },
};
