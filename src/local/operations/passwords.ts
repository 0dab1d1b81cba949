import {
  type CodeDeliveryDetails,
  checkCode,
  pretendToSendCode,
  sendCode,
  unknownUserCodeError,
} from '../messages/codes.ts';
import { invalidParameter, notAuthorized, userDisabled, wrongPassword } from '../model/errors.ts';
import { countUse } from '../model/limits.ts';
import { forgetWrongPasswords } from '../model/lockout.ts';
import type { UserPool } from '../model/pool.ts';
import type { AddressAttribute } from '../model/settings.ts';
import type { User } from '../model/user.ts';
import { migrateUnknown } from '../sign-in/migrate-user.ts';
import { checkSecretHash } from '../sign-in/secret-hash.ts';
import { tellConfirmed } from '../triggers/post-confirmation.ts';
import { concealsUsers, findUser } from '../users/find-user.ts';
import { usableMfa } from '../users/mfa.ts';
import { passwordMatches } from '../users/password-hash.ts';
import { checkPassword, setPassword } from '../users/password-policy.ts';
import { required } from '../wire/input.ts';
import {
  analyticsMetadata,
  clientMetadata,
  confirmationCode,
  password,
  secretHash,
  userContextData,
  username,
} from '../wire/members.ts';
import { clientOperation, type OperationTable, tokenOperation } from './operation.ts';

const ADDRESSES: readonly AddressAttribute[] = ['phone_number', 'email'];

export const passwordOperations: OperationTable = {
  ForgotPassword: clientOperation(
    {
      SecretHash: secretHash,
      AnalyticsMetadata: analyticsMetadata,
      UserContextData: userContextData,
      Username: required(username),
      ClientMetadata: clientMetadata,
    },
    async (client, input) => {
      const { pool } = client;
      checkSecretHash(client, input.SecretHash, input.Username);
      await migrateUnknown(client, 'UserMigration_ForgotPassword', {
        username: input.Username,
        clientMetadata: input.ClientMetadata,
      });
      const user = findUser(client, input.Username);
      countUse(pool, user ?? pool.unknownUser(input.Username), 'forgotPassword');
      const conceals = concealsUsers(client);
      if (!user || (conceals && !user.enabled)) return pretended(pool, input.Username);
      if (!user.enabled) throw userDisabled();
      if (user.status === 'FORCE_CHANGE_PASSWORD' || user.status === 'EXTERNAL_PROVIDER') {
        throw notAuthorized('User password cannot be reset in the current state.');
      }
      if (conceals && !ADDRESSES.some((name) => isVerified(user, name)))
        return pretended(pool, input.Username);
      return { CodeDeliveryDetails: sendRecoveryCode(pool, user) };
    },
  ),

  ConfirmForgotPassword: clientOperation(
    {
      SecretHash: secretHash,
      Username: required(username),
      ConfirmationCode: required(confirmationCode),
      Password: required(password),
      AnalyticsMetadata: analyticsMetadata,
      UserContextData: userContextData,
      ClientMetadata: clientMetadata,
    },
    async (client, input) => {
      const { pool } = client;
      checkSecretHash(client, input.SecretHash, input.Username);
      // Before the user lookup, because a weak password must not reveal whether the user exists.
      checkPassword(pool, input.Password);
      const user = findUser(client, input.Username);
      countUse(pool, user ?? pool.unknownUser(input.Username), 'forgotPassword');
      if (!user || (concealsUsers(client) && !(user.enabled && user.codes.has('forgot_password'))))
        throw unknownUserCodeError(pool, input.Username);
      if (!user.enabled) throw userDisabled();
      checkCode(pool, user, 'forgot_password', input.ConfirmationCode);
      setPassword(pool, user, input.Password);
      user.codes.delete('forgot_password');
      user.status = 'CONFIRMED';
      forgetWrongPasswords(user);
      await tellConfirmed(pool, user, 'PostConfirmation_ConfirmForgotPassword', {
        clientId: client.id,
        clientMetadata: input.ClientMetadata,
      });
      return {};
    },
  ),

  ChangePassword: tokenOperation(
    { PreviousPassword: password, ProposedPassword: required(password) },
    ({ user, client: { pool } }, input) => {
      countUse(pool, user, 'changePassword');
      if (user.status === 'EXTERNAL_PROVIDER')
        throw notAuthorized('User is not authorized to change password.');
      if (user.password) {
        if (input.PreviousPassword === undefined)
          throw invalidParameter('Missing required parameter PreviousPassword');
        if (!passwordMatches(input.PreviousPassword, user.password)) throw wrongPassword();
      }
      checkPassword(pool, input.ProposedPassword);
      setPassword(pool, user, input.ProposedPassword);
      return {};
    },
  ),
};

/** The answer of ForgotPassword for a user who gets no message. */
function pretended(pool: UserPool, username: string): object {
  return { CodeDeliveryDetails: pretendToSendCode(pool, username) };
}

/**
 * Sends a code to the verified address that the pool's AccountRecoverySetting prefers. An address that receives the user's
 * second factor recovers no password, because one mailbox or phone would then be enough.
 */
export function sendRecoveryCode(pool: UserPool, user: User): CodeDeliveryDetails {
  const mechanisms = [...(pool.settings.AccountRecoverySetting?.RecoveryMechanisms ?? [])]
    .sort((a, b) => a.Priority - b.Priority)
    .map((mechanism) => mechanism.Name);
  if (mechanisms.includes('admin_only')) throw notAuthorized('Contact administrator to reset password.');
  // Without the setting, Cognito prefers the phone number.
  const names = mechanisms.length > 0 ? mechanisms : ['verified_phone_number', 'verified_email'];
  const address = names
    .map((name) => name.replace('verified_', '') as AddressAttribute)
    .find((name) => isVerified(user, name) && !receivesMfa(pool, user, name));
  if (!address) {
    throw invalidParameter(
      'Cannot reset password for the user as there is no registered/verified email or phone_number',
    );
  }
  return sendCode(pool, user, 'forgot_password', address);
}

function isVerified({ attributes }: User, name: AddressAttribute): boolean {
  return Boolean(attributes.get(name)) && attributes.get(`${name}_verified`) === 'true';
}

function receivesMfa(pool: UserPool, user: User, name: AddressAttribute): boolean {
  if ((pool.settings.MfaConfiguration ?? 'OFF') === 'OFF') return false;
  return usableMfa(pool, user).includes(name === 'email' ? 'EMAIL_OTP' : 'SMS_MFA');
}
