/** The names of the endpoints, used by the option `routes`, hooks and events. */
export const ENDPOINT_NAMES = [
  'signUp',
  'confirmSignUp',
  'resendConfirmationCode',
  'signIn',
  'respondToChallenge',
  'forgotPassword',
  'confirmForgotPassword',
  'changePassword',
  'refresh',
  'importSession',
  'signOut',
  'getMe',
  'updateMe',
  'deleteMe',
  'deleteAttribute',
  'sendAttributeCode',
  'verifyAttribute',
  'listAuthFactors',
  'startTotp',
  'verifyTotp',
  'setMfaPreference',
  'listSessions',
  'revokeSession',
  'stepUp',
  'authEventFeedback',
  'confirmDevice',
  'listDevices',
  'getDevice',
  'updateDevice',
  'forgetDevice',
  'startPasskey',
  'addPasskey',
  'listPasskeys',
  'deletePasskey',
  'health',
  'openapi',
  'startManagedLogin',
  'completeManagedLogin',
  'managedLogout',
] as const;
/** The name of an endpoint, used by the option `routes`, hooks and events. */
export type EndpointName = (typeof ENDPOINT_NAMES)[number];

export const RATE_LIMIT_CLASSES = ['signIn', 'code', 'write', 'read'] as const;
/**
 * The class of an endpoint's rate limits. `signIn` checks a password or a sign-in code. `code` sends or checks a code
 * of a message. `write` changes data, and `read` does not.
 */
export type RateLimitClass = (typeof RATE_LIMIT_CLASSES)[number];
