import {
  CognitoError,
  invalidParameter,
  resourceNotFound,
  userDisabled,
  userNotConfirmed,
} from '../model/errors.ts';
import type { AppClient, ServerState, UserPool } from '../model/pool.ts';
import type { User } from '../model/user.ts';
import { findSession, invalidSession, openSession } from '../sign-in/sessions.ts';
import { verifyAccessToken } from '../tokens/tokens.ts';
import { existingUser } from '../users/find-user.ts';
import { changedMfa, offeredMfa, switchOn, withoutSoftwareToken, withPasskeyMfa } from '../users/mfa.ts';
import { checkTotp, newTotpSecret } from '../users/totp.ts';
import { flag, type InputOf, required, structure, text } from '../wire/input.ts';
import { mfaSettings, session, token, username } from '../wire/members.ts';
import { type OperationTable, openOperation, poolOperation, tokenOperation } from './operation.ts';

const whoShape = { AccessToken: token, Session: session };
const nameShape = { Username: required(username) };
const preferenceShape = {
  SMSMfaSettings: mfaSettings,
  SoftwareTokenMfaSettings: mfaSettings,
  EmailMfaSettings: mfaSettings,
  WebAuthnMfaSettings: structure({ Enabled: flag() }),
};

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
      // A new sign-in then asks for a code instead of the setup.
      if (input.Session !== undefined && input.AccessToken === undefined)
        switchOn(user, 'SOFTWARE_TOKEN_MFA');
      return { Status: 'SUCCESS', ...renewSession({ setUp: true }) };
    },
  ),

  SetUserMFAPreference: tokenOperation(preferenceShape, ({ user, client: { pool } }, input) => {
    setPreference(pool, user, input);
    return {};
  }),

  AdminSetUserMFAPreference: poolOperation({ ...preferenceShape, ...nameShape }, (pool, input) => {
    setPreference(pool, existingUser(pool, input.Username), input);
    return {};
  }),

  AdminDeleteSoftwareToken: poolOperation(nameShape, (pool, { Username }) => {
    const user = existingUser(pool, Username);
    if (user.status === 'UNCONFIRMED') throw userNotConfirmed();
    if (!user.totp) throw resourceNotFound('Software token does not exist.');
    user.totp = undefined;
    user.pendingTotp = undefined;
    user.mfa = withoutSoftwareToken(user);
    user.modifiedAt = pool.now();
    return {};
  }),
};

function setPreference(pool: UserPool, user: User, input: InputOf<typeof preferenceShape>): void {
  const changed = changedMfa(pool, user, {
    SMS_MFA: input.SMSMfaSettings,
    SOFTWARE_TOKEN_MFA: input.SoftwareTokenMfaSettings,
    EMAIL_OTP: input.EmailMfaSettings,
  });
  user.mfa = withPasskeyMfa(pool, changed, input.WebAuthnMfaSettings?.Enabled);
}

interface Identified {
  readonly user: User;
  readonly client: AppClient;
  /** Spends the given session, if any. Returns its successor as the answer's `Session`. */
  readonly renewSession: (state: { setUp: boolean }) => { Session?: string };
}

/** Identifies the user by access token, or by the session of an MFA_SETUP challenge. */
function identify(service: ServerState, input: InputOf<typeof whoShape>): Identified {
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
