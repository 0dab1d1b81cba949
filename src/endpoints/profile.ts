import type { CommandEndpoint } from './endpoint.ts';
import { IncompleteAnswer } from './sign-in-result.ts';

/** Cognito sends every value as text; these two are truth values. */
const BOOLEAN_ATTRIBUTES: ReadonlySet<string> = new Set(['email_verified', 'phone_number_verified']);

export const me: CommandEndpoint<undefined, 'GetUser'> = {
  name: 'me',
  method: 'get',
  path: '/me',
  summary: 'The signed-in user: attributes and MFA settings, as they are now.',
  tag: 'profile',
  auth: 'access',
  rateLimit: 'read',
  command: 'GetUser',
  safeToRepeat: true,
  toInput: (_body, call) => ({ AccessToken: call.accessToken() }),
  toResponse: (output) => {
    if (output.Username === undefined) throw new IncompleteAnswer('Cognito answered without a user.');
    const attributes = Object.fromEntries(
      (output.UserAttributes ?? []).map(({ Name = '', Value = '' }) => [
        Name,
        BOOLEAN_ATTRIBUTES.has(Name) ? Value === 'true' : Value,
      ]),
    );
    return {
      sub: attributes.sub,
      username: output.Username,
      attributes,
      mfa: {
        enabled: output.UserMFASettingList ?? [],
        ...(output.PreferredMfaSetting && { preferred: output.PreferredMfaSetting }),
      },
    };
  },
  errors: [
    'user_not_found',
    'user_disabled',
    'user_not_confirmed',
    'password_reset_required',
    'insufficient_scope',
    'operation_not_available',
    'forbidden',
    'rejected_by_pool',
  ],
  response: { $ref: '#/components/schemas/Me' },
  example: {
    response: {
      sub: '34c84488-e0e1-70ae-d2ee-991ad1a898c8',
      username: '34c84488-e0e1-70ae-d2ee-991ad1a898c8',
      attributes: {
        sub: '34c84488-e0e1-70ae-d2ee-991ad1a898c8',
        email: 'ada@example.com',
        email_verified: true,
        name: 'Ada Lovelace',
      },
      mfa: { enabled: ['SOFTWARE_TOKEN_MFA'], preferred: 'SOFTWARE_TOKEN_MFA' },
    },
  },
};
