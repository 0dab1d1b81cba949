import type { Settings } from '../config/settings.ts';
import { authEventFeedback } from './auth-events.ts';
import { confirmDevice, forgetDevice, getDevice, listDevices, updateDevice } from './devices.ts';
import type { Endpoint } from './endpoint.ts';
import { importSession } from './import-session.ts';
import { completeManagedLogin, managedLogout, startManagedLogin } from './managed-login.ts';
import { health, openapi } from './meta.ts';
import { setMfaPreference, startTotp, verifyTotp } from './mfa.ts';
import { addPasskey, deletePasskey, listPasskeys, startPasskey } from './passkeys.ts';
import { changePassword, confirmForgotPassword, forgotPassword } from './password.ts';
import {
  deleteAttribute,
  deleteMe,
  getMe,
  listAuthFactors,
  sendAttributeCode,
  updateMe,
  verifyAttribute,
} from './profile.ts';
import { refresh, signOut } from './session.ts';
import { respondToChallenge, signIn } from './sign-in.ts';
import { confirmSignUp, resendConfirmationCode, signUp } from './sign-up.ts';
import { stepUp } from './step-up.ts';
import { listSessions, revokeSession } from './user-sessions.ts';

/**
 * The endpoints of every configuration. The router, validation, rate limits, documentation and tests read this table.
 */
export const ENDPOINTS: readonly Endpoint[] = [
  signUp,
  confirmSignUp,
  resendConfirmationCode,
  signIn,
  respondToChallenge,
  forgotPassword,
  confirmForgotPassword,
  changePassword,
  refresh,
  signOut,
  getMe,
  updateMe,
  deleteMe,
  deleteAttribute,
  sendAttributeCode,
  verifyAttribute,
  listAuthFactors,
  startTotp,
  verifyTotp,
  setMfaPreference,
  listSessions,
  revokeSession,
  stepUp,
  authEventFeedback,
  confirmDevice,
  listDevices,
  getDevice,
  updateDevice,
  forgetDevice,
  startPasskey,
  addPasskey,
  listPasskeys,
  deletePasskey,
  health,
  openapi,
];

/** The endpoints of managed login, which needs configuration and a domain of the user pool. */
export const MANAGED_LOGIN_ENDPOINTS: readonly Endpoint[] = [
  startManagedLogin,
  completeManagedLogin,
  managedLogout,
];

/** Every endpoint, including those that an option switches on. */
export const ALL_ENDPOINTS: readonly Endpoint[] = [...ENDPOINTS, importSession, ...MANAGED_LOGIN_ENDPOINTS];

/** Returns the endpoints for the settings, without those that are switched off. */
export function endpointsFor({ importSessions, managedLogin, routes }: Settings): readonly Endpoint[] {
  const optional = [
    ...(importSessions ? [importSession] : []),
    ...(managedLogin ? MANAGED_LOGIN_ENDPOINTS : []),
  ];
  return [...ENDPOINTS, ...optional].filter(({ name }) => routes[name] !== false);
}
