import type { EndpointName } from '../config/endpoint-names.ts';

/** Members that the steps before the endpoint read in every body. */
const EVERYWHERE = ['clientMetadata', 'encodedData', 'refreshToken', 'session', 'transport'];

const ACCOUNT = ['email', 'phoneNumber', 'username'];

/**
 * The kit's own fields of each body, under any options: another option must not give a field of the app a meaning. The
 * schemas have the same names, but joi is not loaded when the router is created.
 */
const FIELD_NAMES: Readonly<Partial<Record<EndpointName, readonly string[]>>> = {
  signUp: [...ACCOUNT, 'password', 'attributes'],
  confirmSignUp: [...ACCOUNT, 'confirmationCode', 'rememberMe'],
  resendConfirmationCode: ACCOUNT,
  signIn: [...ACCOUNT, 'password', 'preferredChallenge', 'device', 'rememberMe'],
  respondToChallenge: [
    'name',
    'device',
    'username',
    'newPassword',
    'attributes',
    'confirmationCode',
    'challenge',
    'password',
    'credential',
    'mfaType',
    'email',
    'answer',
  ],
  forgotPassword: ACCOUNT,
  confirmForgotPassword: [...ACCOUNT, 'confirmationCode', 'newPassword'],
  changePassword: ['oldPassword', 'newPassword', 'device'],
  refresh: ['device', 'username'],
  signOut: ['everywhere'],
  importSession: ['device', 'rememberMe'],
  updateMe: ['attributes'],
  verifyAttribute: ['confirmationCode'],
  startTotp: ['accountName'],
  verifyTotp: ['confirmationCode', 'deviceName'],
  setMfaPreference: ['totp', 'sms', 'email', 'passkey'],
  stepUp: ['acr', 'maxAge', 'password', 'preferredChallenge', 'device'],
  authEventFeedback: ['username', 'feedbackToken', 'feedback'],
  confirmDevice: ['deviceKey', 'deviceGroupKey', 'deviceName', 'remember'],
  updateDevice: ['remembered'],
  addPasskey: ['credential'],
};

/** Returns the names that no field of the app may have in the endpoint's body. */
export function fieldNamesOf(name: EndpointName): ReadonlySet<string> {
  return new Set([...EVERYWHERE, ...(FIELD_NAMES[name] ?? [])]);
}
