import { CognitoError, invalidParameter, notServed, userDisabled } from './errors.ts';
import { type InputOf, required, text } from './input.ts';
import { mfaSettings, session, token } from './members.ts';
import { type OperationTable, openOperation, tokenOperation } from './operation.ts';
import { findSession, invalidSession, openSession } from './sessions.ts';
import { verifyAccessToken } from './tokens.ts';
import { checkTotp, newTotpSecret, totpSecret } from './totp.ts';
import type { User } from './user.ts';
import type { AppClient, Service, UserPool } from './user-pool.ts';

const whoShape = { AccessToken: token, Session: session };

export const mfaOperations: OperationTable = {
  AssociateSoftwareToken: openOperation(whoShape, (service, input) => {
    const { user, client, renewSession } = identify(service, input);
    if (client.pool.settings.MfaConfiguration === 'OFF' || !offersSoftwareToken(client.pool)) {
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
      return { Status: 'SUCCESS', ...renewSession({ setUp: true }) };
    },
  ),

  SetUserMFAPreference: tokenOperation(
    {
      SMSMfaSettings: mfaSettings,
      SoftwareTokenMfaSettings: mfaSettings,
      EmailMfaSettings: mfaSettings,
      WebAuthnMfaSettings: mfaSettings,
    },
    ({ user, client: { pool } }, input) => {
      for (const name of ['SMSMfaSettings', 'EmailMfaSettings', 'WebAuthnMfaSettings'] as const) {
        if (input[name]?.Enabled) throw notServed(name);
      }
      const { SoftwareTokenMfaSettings: wanted } = input;
      if (wanted) setSoftwareTokenMfa(pool, user, wanted);
      return {};
    },
  ),
};

/** Sets a user's authenticator up from outside, as if it had been associated and verified. */
export function setUpMfa(user: User, base32: string): void {
  user.totp = totpSecret(base32);
  user.mfa = { softwareToken: true, preferred: true };
}

export function offersSoftwareToken(pool: UserPool): boolean {
  return pool.settings.SoftwareTokenMfaConfiguration?.Enabled === true;
}

export function setSoftwareTokenMfa(
  pool: UserPool,
  user: User,
  wanted: { readonly Enabled?: boolean; readonly PreferredMfa?: boolean },
): void {
  if (wanted.Enabled && !user.totp) throw invalidParameter('User has not verified software token mfa');
  if (!wanted.Enabled && wanted.PreferredMfa) {
    throw invalidParameter('Software token MFA has to be enabled to be the preferred one');
  }
  if (!wanted.Enabled && user.mfa.softwareToken && pool.settings.MfaConfiguration === 'ON') {
    throw invalidParameter('MFA cannot be disabled: the user pool requires it');
  }
  user.mfa = { softwareToken: wanted.Enabled ?? false, preferred: wanted.PreferredMfa ?? false };
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
