import type Joi from 'joi';
import type { Settings } from '../config/settings.ts';
import { deliveryDetails } from './code-delivery.ts';
import { forgetBrowser } from './cookie-transport.ts';
import type { CommandEndpoint, HandlerContext, HandlerEndpoint, HappeningDetails } from './endpoint.ts';
import {
  attributeList,
  clientMetadataMember,
  confirmationCode,
  oneOf,
  writableAttributes,
} from './fields.ts';
import { userOf } from './hook-user.ts';
import { joi } from './joi.ts';
import { isOnlySignInName, keepSignInName, keepsSignInName } from './sign-in-attributes.ts';
import { IncompleteAnswer } from './sign-in-types.ts';
import { TOKEN_ERRORS } from './token-errors.ts';

/** Attributes that are booleans. Cognito sends every value as text. */
const BOOLEAN_ATTRIBUTES: ReadonlySet<string> = new Set(['email_verified', 'phone_number_verified']);

export const getMe: CommandEndpoint<undefined, 'GetUser'> = {
  name: 'getMe',
  method: 'get',
  path: '/me',
  summary: 'Get the current attributes and MFA settings of the signed-in user.',
  description: 'Reads the user from Cognito. The result is up to date, unlike the claims of a token.',
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
    if (attributes.sub === undefined)
      throw new IncompleteAnswer('Cognito answered with a user without a sub.');
    return {
      sub: attributes.sub,
      username: output.Username,
      attributes,
      mfa: mfaOf(output),
    };
  },
  errors: TOKEN_ERRORS,
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

interface UpdateMeBody {
  readonly attributes: Readonly<Record<string, string>>;
}

/** The attributes that receive codes. */
const ADDRESSES: readonly string[] = ['email', 'phone_number'];

/** Addresses receive recovery codes, and users sign in with a name. A hijacker could take the account over with them. */
function isSensitiveAttribute(name: string, { signInWith }: Pick<Settings, 'signInWith'>): boolean {
  return ADDRESSES.includes(name) || (name === 'preferred_username' && signInWith.includes('username'));
}

export const updateMe: HandlerEndpoint<UpdateMeBody> = {
  name: 'updateMe',
  method: 'patch',
  path: '/me',
  summary: 'Change attributes of the signed-in user. A blank value deletes one. A new address gets a code.',
  description:
    'Omitted attributes do not change. The last name to sign in with cannot be deleted. If the user pool verifies addresses, a new address must be verified with the code.',
  tag: 'profile',
  auth: 'access',
  sensitive: {
    words: 'a change of `email`, of `phone_number`, or of a `preferred_username` to sign in with',
    includes: ({ attributes }, { settings }) =>
      Object.keys(attributes).some((name) => isSensitiveAttribute(name, settings)),
  },
  rateLimit: 'write',
  // The pool sends a message to a new address, which may belong to another person.
  accountLimit: ({ attributes }) => (ADDRESSES.some((name) => attributes[name]) ? 'code' : undefined),
  sentNothing: ({ response }) => response !== undefined && !('codesSentTo' in response),
  body: (settings) =>
    joi.object({
      attributes: writableAttributes(settings, { blank: 'deletes' }).required(),
      ...clientMetadataMember(settings),
    }),
  operations: ['UpdateUserAttributes', 'GetUser'],
  handle: async ({ attributes }, call) => {
    const blank = Object.keys(attributes).filter((name) => attributes[name] === '');
    await keepSignInName(blank, (name) => `/attributes/${name}`, call);
    const { CodeDeliveryDetailsList = [] } = await call.send('UpdateUserAttributes', {
      AccessToken: call.accessToken(),
      UserAttributes: attributeList(attributes),
      ClientMetadata: call.clientMetadata,
    });
    const changes = Object.entries(attributes).map(([name, value]) => [name, value === '' ? null : value]);
    const unverified = CodeDeliveryDetailsList.flatMap(({ AttributeName }) => AttributeName ?? []);
    noteChange(call, { changes: Object.fromEntries(changes), unverified });
    return {
      status: 'updated',
      ...(CodeDeliveryDetailsList.length > 0 && {
        codesSentTo: CodeDeliveryDetailsList.map(deliveryDetails),
      }),
    };
  },
  errors: [...TOKEN_ERRORS, 'alias_exists', 'code_mismatch', 'code_expired', 'message_not_sent'],
  response: { $ref: '#/components/schemas/MeUpdated' },
  example: {
    request: { attributes: { name: 'Ada King', email: 'ada.king@example.com' } },
    response: {
      status: 'updated',
      codesSentTo: [{ medium: 'EMAIL', destination: 'a***@e***', attribute: 'email' }],
    },
  },
};

function noteChange(
  call: HandlerContext,
  change: Partial<Pick<HappeningDetails<'onProfileChanged'>, 'changes' | 'unverified' | 'verified'>>,
): void {
  const nothing = { changes: {}, unverified: [], verified: undefined };
  call.happened('onProfileChanged', { ...userOf(call), ...nothing, ...change });
}

export const deleteMe: HandlerEndpoint<undefined> = {
  name: 'deleteMe',
  method: 'delete',
  path: '/me',
  summary: 'Delete the account of the signed-in user permanently. It requires a recent sign-in.',
  description:
    'The account cannot be restored. If the sign-in is too old, the response is 401 `insufficient_user_authentication`, and the user must sign in again.',
  tag: 'profile',
  auth: 'access',
  sensitive: true,
  rateLimit: 'write',
  operations: ['DeleteUser'],
  handle: async (_body, call) => {
    await call.send('DeleteUser', { AccessToken: call.accessToken() });
    call.happened('onUserDeleted', userOf(call));
    if (call.transport === 'cookie') forgetBrowser(call.cookies);
    await call.endUser();
    return { status: 'deleted' };
  },
  errors: TOKEN_ERRORS,
  response: { $ref: '#/components/schemas/Status' },
  example: { response: { status: 'deleted' } },
};

export const deleteAttribute: HandlerEndpoint<undefined> = {
  name: 'deleteAttribute',
  method: 'delete',
  path: '/me/attributes/:name',
  summary: 'Delete an attribute of the signed-in user.',
  description:
    'Takes the name of a writable attribute. An attribute that the user pool requires cannot be deleted, nor the last name to sign in with.',
  tag: 'profile',
  auth: 'access',
  sensitive: {
    words: '`email`, `phone_number`, or a `preferred_username` to sign in with',
    includes: (_body, { params: { name = '' }, settings }) => isSensitiveAttribute(name, settings),
  },
  rateLimit: 'write',
  params: (settings) => deletableParam(settings),
  operations: ['DeleteUserAttributes', 'GetUser'],
  handle: async (_body, call) => {
    const names = Object.values(call.params);
    await keepSignInName(names, () => '/name', call);
    await call.send('DeleteUserAttributes', { AccessToken: call.accessToken(), UserAttributeNames: names });
    noteChange(call, { changes: { [call.params.name ?? '']: null } });
    return { status: 'deleted' };
  },
  errors: TOKEN_ERRORS,
  response: { $ref: '#/components/schemas/Status' },
  example: { params: { name: 'nickname' }, response: { status: 'deleted' } },
};

export const sendAttributeCode: CommandEndpoint<undefined, 'GetUserAttributeVerificationCode'> = {
  name: 'sendAttributeCode',
  method: 'post',
  path: '/me/attributes/:name/code',
  summary: 'Send a code to verify an address of the signed-in user.',
  description: 'Takes `email` or `phone_number`. The code is sent to the address of the account.',
  tag: 'profile',
  auth: 'access',
  rateLimit: 'code',
  params: () => attributeParam(ADDRESSES),
  command: 'GetUserAttributeVerificationCode',
  toInput: (_body, call) => ({
    AccessToken: call.accessToken(),
    AttributeName: call.params.name,
    ClientMetadata: call.clientMetadata,
  }),
  toResponse: ({ CodeDeliveryDetails }) => ({
    status: 'code_sent',
    ...(CodeDeliveryDetails && { delivery: deliveryDetails(CodeDeliveryDetails) }),
  }),
  errors: [...TOKEN_ERRORS, 'message_not_sent'],
  response: { $ref: '#/components/schemas/AttributeCodeSent' },
  example: {
    params: { name: 'email' },
    response: {
      status: 'code_sent',
      delivery: { medium: 'EMAIL', destination: 'a***@e***', attribute: 'email' },
    },
  },
};

interface VerifyAttributeBody {
  readonly confirmationCode: string;
}

export const verifyAttribute: CommandEndpoint<VerifyAttributeBody, 'VerifyUserAttribute'> = {
  name: 'verifyAttribute',
  method: 'post',
  path: '/me/attributes/:name/verify',
  summary: 'Verify an address of the signed-in user with the code of the message.',
  description:
    'Takes `email` or `phone_number`, and the code. Cognito sends recovery codes to verified addresses only.',
  tag: 'profile',
  auth: 'access',
  rateLimit: 'code',
  params: () => attributeParam(ADDRESSES),
  body: () => joi.object({ confirmationCode: confirmationCode().required() }),
  command: 'VerifyUserAttribute',
  toInput: (body, call) => ({
    AccessToken: call.accessToken(),
    AttributeName: call.params.name,
    Code: body.confirmationCode,
  }),
  toResponse: (_output, call) => {
    noteChange(call, { verified: call.params.name });
    return { status: 'verified' };
  },
  errors: [...TOKEN_ERRORS, 'alias_exists', 'code_mismatch', 'code_expired'],
  response: { $ref: '#/components/schemas/Status' },
  example: {
    params: { name: 'email' },
    request: { confirmationCode: '123456' },
    response: { status: 'verified' },
  },
};

export const listAuthFactors: CommandEndpoint<undefined, 'GetUserAuthFactors'> = {
  name: 'listAuthFactors',
  method: 'get',
  path: '/me/auth-factors',
  summary: 'List the factors of the signed-in user, and the MFA settings.',
  description:
    'Lists the first factors of the account, such as a password or a passkey, and its second factors.',
  tag: 'profile',
  auth: 'access',
  rateLimit: 'read',
  command: 'GetUserAuthFactors',
  safeToRepeat: true,
  toInput: (_body, call) => ({ AccessToken: call.accessToken() }),
  toResponse: (output) => ({ factors: output.ConfiguredUserAuthFactors ?? [], mfa: mfaOf(output) }),
  errors: TOKEN_ERRORS,
  response: { $ref: '#/components/schemas/AuthFactors' },
  example: {
    response: {
      factors: ['PASSWORD', 'EMAIL_OTP'],
      mfa: { enabled: ['SOFTWARE_TOKEN_MFA'], preferred: 'SOFTWARE_TOKEN_MFA' },
    },
  },
};

function deletableParam(settings: Settings): Joi.ObjectSchema {
  const isOnlyName = (name: unknown): boolean => isOnlySignInName(String(name), settings);
  const names = settings.writableAttributes.filter((name) => !isOnlyName(name));
  const name = oneOf(names).required().description('The name of the attribute.');
  return joi.object({ name: keepsSignInName(name, isOnlyName) });
}

function attributeParam(names: readonly string[]): Joi.ObjectSchema {
  return joi.object({ name: oneOf(names).required().description('The name of the attribute.') });
}

/** Cognito omits lists that are empty. */
function mfaOf(output: {
  UserMFASettingList?: string[] | undefined;
  PreferredMfaSetting?: string | undefined;
}): {
  enabled: string[];
  preferred?: string;
} {
  return {
    enabled: output.UserMFASettingList ?? [],
    ...(output.PreferredMfaSetting && { preferred: output.PreferredMfaSetting }),
  };
}
