import type { Settings } from '../config/config.ts';
import { authEventFeedback } from './auth-events.ts';
import { confirmDevice, device, devices, forgetDevice, updateDevice } from './devices.ts';
import type { Endpoint } from './endpoint.ts';
import { callback, login, logout } from './managed-login.ts';
import { health, openapi } from './meta.ts';
import { setMfaPreference, startTotp, verifyTotp } from './mfa.ts';
import { addPasskey, deletePasskey, passkeys, startPasskey } from './passkeys.ts';
import { changePassword, confirmForgotPassword, forgotPassword } from './password.ts';
import {
  authFactors,
  deleteAttribute,
  deleteMe,
  me,
  sendAttributeCode,
  updateMe,
  verifyAttribute,
} from './profile.ts';
import { refresh, signOut } from './session.ts';
import { challenge, signIn } from './sign-in.ts';
import { confirmSignUp, resendConfirmationCode, signUp } from './sign-up.ts';
import { stepUp } from './step-up.ts';
import { revokeSession, sessions } from './user-sessions.ts';

/** Every endpoint that there always is. The router, the validation, the limits, the docs and the tests all read this. */
export const ENDPOINTS: readonly Endpoint[] = [
  signUp,
  confirmSignUp,
  resendConfirmationCode,
  signIn,
  challenge,
  forgotPassword,
  confirmForgotPassword,
  changePassword,
  refresh,
  signOut,
  me,
  updateMe,
  deleteMe,
  deleteAttribute,
  sendAttributeCode,
  verifyAttribute,
  authFactors,
  startTotp,
  verifyTotp,
  setMfaPreference,
  sessions,
  revokeSession,
  stepUp,
  authEventFeedback,
  confirmDevice,
  devices,
  device,
  updateDevice,
  forgetDevice,
  startPasskey,
  addPasskey,
  passkeys,
  deletePasskey,
  health,
  openapi,
];

/** Those that need a domain of the user pool, and a configuration for it. */
export const MANAGED_LOGIN_ENDPOINTS: readonly Endpoint[] = [login, callback, logout];

/** The endpoints that these settings make, but for those whose route is switched off. */
export function endpointsFor({ managedLogin, routes }: Settings): readonly Endpoint[] {
  return [...ENDPOINTS, ...(managedLogin ? MANAGED_LOGIN_ENDPOINTS : [])].filter(
    ({ name }) => routes[name] !== false,
  );
}
