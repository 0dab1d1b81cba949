import { CognitoError, invalidParameter, userDisabled } from '../model/errors.ts';
import type { AppClient, Service, UserPool } from '../model/pool.ts';
import type { MfaMethod, MfaPreference, User } from '../model/user.ts';
import { findSession, invalidSession, openSession } from '../sign-in/sessions.ts';
import { verifyAccessToken } from '../tokens/tokens.ts';
import { checkTotp, newTotpSecret, totpSecret } from '../users/totp.ts';
import { flag, type InputOf, required, structure, text } from '../wire/input.ts';
import { mfaSettings, session, token } from '../wire/members.ts';
import { type OperationTable, openOperation, tokenOperation } from './operation.ts';

const whoShape = { AccessToken: token, Session: session };

export const mfaOperations: OperationTable = {
  AssociateSoftwareToken: openOperation(whoShape, (service, input) => {
    const { user, client, renewSession } = identify(service, input);
    if (
      client.pool.settings.MfaConfiguration === 'OFF' ||
      !offeredMfa(client.pool).includes('SOFTWARE_TOKEN_MFA')
    ) {
      throw new CognitoError(
        'SoftwareTokenMFANotFoundException',
        'Software Token MFA has not been enabled by the userPool',
      );
    }
    user.pendingTotp = newTotpSecret();
    return { SecretCode: user.pendingTotp.base32, ...renewSession({ setUp: false }) };
  }),

  VerifySoftwareToken: openOperation(
    {
      ...whoShape,
      UserCode: required(text({ min: 6, max: 6, pattern: /[0-9]+/, sensitive: true })),
      FriendlyDeviceName: text({ max: 131_072 }),
    },
    (service, input) => {
      const { user, client, renewSession } = identify(service, input);
      const { pendingTotp } = user;
      if (!pendingTotp) {
        throw new CognitoError('SoftwareTokenMFANotFoundException', 'Software token has not been associated');
      }
      if (checkTotp(pendingTotp, input.UserCode, client.pool.now()) !== 'accepted') {
        throw new CognitoError('EnableSoftwareTokenMFAException', 'Code mismatch');
      }
      pendingTotp.deviceName = input.FriendlyDeviceName;
      user.totp = pendingTotp;
      user.pendingTotp = undefined;
      // A sign-in that starts again from here asks for a code, and no more for the set-up.
      if (input.Session !== undefined && input.AccessToken === undefined)
        switchOn(user, 'SOFTWARE_TOKEN_MFA');
      return { Status: 'SUCCESS', ...renewSession({ setUp: true }) };
    },
  ),

  SetUserMFAPreference: tokenOperation(
    {
      SMSMfaSettings: mfaSettings,
      SoftwareTokenMfaSettings: mfaSettings,
      EmailMfaSettings: mfaSettings,
      WebAuthnMfaSettings: structure({ Enabled: flag() }),
    },
    ({ user, client: { pool } }, input) => {
      const changed = changedMfa(pool, user, {
        SMS_MFA: input.SMSMfaSettings,
        SOFTWARE_TOKEN_MFA: input.SoftwareTokenMfaSettings,
        EMAIL_OTP: input.EmailMfaSettings,
      });
      user.mfa = withPasskeyMfa(pool, changed, input.WebAuthnMfaSettings?.Enabled);
      return {};
    },
  ),
};

type MfaSettings = { readonly Enabled?: boolean; readonly PreferredMfa?: boolean };

/** How the user's own settings say each second factor. */
const PREFERENCE = { SMS_MFA: 'sms', SOFTWARE_TOKEN_MFA: 'softwareToken', EMAIL_OTP: 'email' } as const;

export const MFA_METHODS: readonly MfaMethod[] = Object.keys(PREFERENCE) as MfaMethod[];

/** Sets a user's second factors up from outside. With several of them, none is preferred. */
export function setUpMfa(user: User, methods: readonly MfaMethod[], base32?: string): void {
  if (base32 !== undefined) user.totp = totpSecret(base32);
  const enabled = base32 === undefined ? methods : [...methods, 'SOFTWARE_TOKEN_MFA' as const];
  for (const method of enabled) switchOn(user, method);
  user.mfa = { ...user.mfa, preferred: enabled.length === 1 ? enabled[0] : undefined };
}

/** Makes a second factor one of the user's own, and the preferred one. */
export function switchOn(user: User, method: MfaMethod): void {
  user.mfa = { ...user.mfa, [PREFERENCE[method]]: true, preferred: method };
}

/** Which second factors the pool has. */
export function offeredMfa({ settings }: UserPool): MfaMethod[] {
  return [
    ...(settings.SmsMfaConfiguration ? ['SMS_MFA' as const] : []),
    ...(settings.SoftwareTokenMfaConfiguration?.Enabled ? ['SOFTWARE_TOKEN_MFA' as const] : []),
    ...(settings.EmailMfaConfiguration ? ['EMAIL_OTP' as const] : []),
  ];
}

/** Which second factors the user has switched on. */
export function enabledMfa(user: User): MfaMethod[] {
  return MFA_METHODS.filter((method) => user.mfa[PREFERENCE[method]]);
}

/** Which second factors the user can be asked for: switched on, still offered by the pool, and with what it takes. */
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

function changedMfa(
  pool: UserPool,
  user: User,
  wanted: Readonly<Record<MfaMethod, MfaSettings | undefined>>,
): MfaPreference {
  const offered = offeredMfa(pool);
  let mfa: MfaPreference = user.mfa;
  for (const method of MFA_METHODS) {
    const { Enabled = false, PreferredMfa = false } = wanted[method] ?? {};
    if (!wanted[method]) continue;
    if (Enabled && !(offered.includes(method) && hasMeans(user, method))) {
      throw invalidParameter(WITHOUT_MEANS[method]);
    }
    if (!Enabled && PreferredMfa)
      throw invalidParameter(`${method} has to be enabled to be the preferred one`);
    const others = mfa.preferred === method ? undefined : mfa.preferred;
    mfa = { ...mfa, [PREFERENCE[method]]: Enabled, preferred: PreferredMfa ? method : others };
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

/** Passkeys as two factors: only in a pool that has them so, and never as the only second factor of a user. */
function withPasskeyMfa(
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

interface Identified {
  readonly user: User;
  readonly client: AppClient;
  /** Spends the session that was presented; its successor, if there was one, is the answer's `Session`. */
  readonly renewSession: (state: { setUp: boolean }) => { Session?: string };
}

/** By access token, or by the session of an MFA_SETUP challenge. */
function identify(service: Service, input: InputOf<typeof whoShape>): Identified {
  if (input.AccessToken !== undefined) {
    const { user, client } = verifyAccessToken(service, input.AccessToken);
    return { user, client, renewSession: () => ({}) };
  }
  if (input.Session === undefined)
    throw invalidParameter('Missing required parameter AccessToken or Session');
  const { Session } = input;
  const pool = [...service.pools.values()].find((each) => each.sessions.has(Session));
  if (!pool) throw invalidSession();
  const found = findSession(pool, Session, 'MFA_SETUP');
  if (!found.user.enabled) throw userDisabled();
  return {
    user: found.user,
    client: found.client,
    renewSession(state) {
      found.spent = true;
      return { Session: openSession(found.client, found.user, 'MFA_SETUP', state) };
    },
  };
}
