/** The names of the endpoints, as `config.routes`, hooks and events use them. */
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
export type EndpointName = (typeof ENDPOINT_NAMES)[number];

/**
 * How costly a request is to let through: `signIn` guesses a password or code of a sign-in, `code` sends a
 * message or guesses a code out of one, `write` changes something, `read` does not.
 */
export const RATE_LIMIT_CLASSES = ['signIn', 'code', 'write', 'read'] as const;
export type RateLimitClass = (typeof RATE_LIMIT_CLASSES)[number];
