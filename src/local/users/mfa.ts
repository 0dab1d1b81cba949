import { invalidParameter } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import type { MfaMethod, MfaPreference, User } from '../model/user.ts';
import { totpSecret } from './totp.ts';

type MfaSettings = { readonly Enabled?: boolean; readonly PreferredMfa?: boolean };

/** The member of MfaPreference for each second factor. */
const PREFERENCE = { SMS_MFA: 'sms', SOFTWARE_TOKEN_MFA: 'softwareToken', EMAIL_OTP: 'email' } as const;

export const MFA_METHODS: readonly MfaMethod[] = Object.keys(PREFERENCE) as MfaMethod[];

/** Sets up the second factors of a new user. If there are several, none is preferred. */
export function setUpMfa(user: User, methods: readonly MfaMethod[], base32?: string): void {
  if (base32 !== undefined) user.totp = totpSecret(base32);
  const enabled = base32 === undefined ? methods : [...methods, 'SOFTWARE_TOKEN_MFA' as const];
  for (const method of enabled) switchOn(user, method);
  user.mfa = { ...user.mfa, preferred: enabled.length === 1 ? enabled[0] : undefined };
}

/** Enables a second factor for the user, and makes it the preferred one. */
export function switchOn(user: User, method: MfaMethod): void {
  user.mfa = { ...user.mfa, [PREFERENCE[method]]: true, preferred: method };
}

/** Returns the second factors that the pool offers. */
export function offeredMfa({ settings }: UserPool): MfaMethod[] {
  return [
    ...(settings.SmsMfaConfiguration ? ['SMS_MFA' as const] : []),
    ...(settings.SoftwareTokenMfaConfiguration?.Enabled ? ['SOFTWARE_TOKEN_MFA' as const] : []),
    ...(settings.EmailMfaConfiguration ? ['EMAIL_OTP' as const] : []),
  ];
}

/** Returns the second factors that the user has enabled. */
export function enabledMfa(user: User): MfaMethod[] {
  return MFA_METHODS.filter((method) => user.mfa[PREFERENCE[method]]);
}

/** Returns the second factors that the user can answer: enabled, offered by the pool, and set up. */
export function usableMfa(pool: UserPool, user: User): MfaMethod[] {
  const offered = offeredMfa(pool);
  return enabledMfa(user).filter((method) => offered.includes(method) && hasMeans(user, method));
}

function hasMeans(user: User, method: MfaMethod): boolean {
  if (method === 'SOFTWARE_TOKEN_MFA') return user.totp !== undefined;
  return Boolean(user.attributes.get(method === 'SMS_MFA' ? 'phone_number' : 'email'));
}

const WITHOUT_MEANS: Readonly<Record<MfaMethod, string>> = {
  SMS_MFA: 'User does not have delivery config set to turn on SMS_MFA',
  SOFTWARE_TOKEN_MFA: 'User has not verified software token mfa',
  EMAIL_OTP: 'User does not have delivery config set to turn on EMAIL_OTP',
};

export function changedMfa(
  pool: UserPool,
  user: User,
  wanted: Readonly<Record<MfaMethod, MfaSettings | undefined>>,
): MfaPreference {
  const offered = offeredMfa(pool);
  let mfa: MfaPreference = user.mfa;
  for (const method of MFA_METHODS) {
    const { Enabled = false, PreferredMfa = false } = wanted[method] ?? {};
    if (!wanted[method]) continue;
    // Cognito takes SMS in a pool that does not offer it, without an effect on the sign-in.
    const isTaken = method === 'SMS_MFA' || offered.includes(method);
    if (Enabled && !(isTaken && hasMeans(user, method))) {
      throw invalidParameter(WITHOUT_MEANS[method]);
    }
    if (!Enabled && PreferredMfa)
      throw invalidParameter(`${method} has to be enabled to be the preferred one`);
    const others = mfa.preferred === method ? undefined : mfa.preferred;
    mfa = { ...mfa, [PREFERENCE[method]]: Enabled, preferred: PreferredMfa ? method : others };
    if (method === 'SMS_MFA') mfa = { ...mfa, smsAsOption: false };
  }
  if (Object.values(wanted).filter((settings) => settings?.PreferredMfa).length > 1) {
    throw invalidParameter('Only one MFA method can be the preferred one');
  }
  const left = MFA_METHODS.some((method) => mfa[PREFERENCE[method]]);
  if (!left && enabledMfa(user).length > 0 && pool.settings.MfaConfiguration === 'ON') {
    throw invalidParameter('MFA cannot be disabled: the user pool requires it');
  }
  return mfa;
}

/** Removes the authenticator app. If none of the user's second factors is left, passkeys count as one factor again. */
export function withoutSoftwareToken(user: User): MfaPreference {
  const { preferred, passkey, ...mfa } = user.mfa;
  const left = enabledMfa(user).some((method) => method !== 'SOFTWARE_TOKEN_MFA');
  return {
    ...mfa,
    softwareToken: false,
    passkey: passkey && left,
    preferred: preferred === 'SOFTWARE_TOKEN_MFA' ? undefined : preferred,
  };
}

/** Sets passkeys as two factors. The pool must allow it, and the user must have another second factor. */
export function withPasskeyMfa(
  { settings }: UserPool,
  mfa: MfaPreference,
  wanted: boolean | undefined,
): MfaPreference {
  const passkey = wanted ?? mfa.passkey;
  if (wanted && settings.WebAuthnConfiguration?.FactorConfiguration !== 'MULTI_FACTOR_WITH_USER_VERIFICATION')
    throw invalidParameter('The user pool is not configured for passkeys as a multi-factor authentication');
  if (passkey && !MFA_METHODS.some((method) => mfa[PREFERENCE[method]]))
    throw invalidParameter('WebAuthn MFA needs another MFA method to be enabled');
  return { ...mfa, passkey };
}
