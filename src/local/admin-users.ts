import { attributesOut, checkAttributes, toRecord } from './attributes.ts';
import { mediumOf } from './codes.ts';
import {
  CognitoError,
  codeMismatch,
  invalidParameter,
  notAuthorized,
} from './errors.ts';
import { flag, integer, list, oneOf, required, text } from './input.ts';
import { attribute, attributeName, clientMetadata, pageToken, password, username } from './members.ts';
import { mfaOut, writeAttributes } from './profile.ts';
import { addUser, attributesOfNewUser, existingUser, refuseTakenNames, verifyAddress } from './new-user.ts';
import { type OperationTable, poolOperation } from './operation.ts';
import { pageOf } from './page.ts';
import { checkPassword, randomPassword, setPassword, setTemporaryPassword } from './password-policy.ts';
import { sendRecoveryCode } from './passwords.ts';
import { forgetSignIns, revokeAll } from './tokens.ts';
import type { User } from './user.ts';
import type { UserPool } from './user-pool.ts';

const nameShape = { Username: required(username) };
const LARGEST_PAGE = 60;

export const adminUserOperations: OperationTable = {
  AdminCreateUser: poolOperation(
    {
      ...nameShape,
      UserAttributes: list(attribute),
      ValidationData: list(attribute),
      TemporaryPassword: password,
      ForceAliasCreation: flag(),
      MessageAction: oneOf('RESEND', 'SUPPRESS'),
      DesiredDeliveryMediums: list(oneOf('SMS', 'EMAIL')),
      ClientMetadata: clientMetadata,
    },
    (pool, input) => {
      const temporary = input.TemporaryPassword ?? randomPassword(pool);
      checkPassword(pool, temporary);
      let user: User;
      if (input.MessageAction === 'RESEND') {
        user = existingUser(pool, input.Username);
        if (user.status !== 'FORCE_CHANGE_PASSWORD') {
          throw new CognitoError(
            'UnsupportedUserStateException',
            `Resend not possible. ${user.status} status is not FORCE_CHANGE_PASSWORD`,
          );
        }
      } else {
        const values = attributesOfNewUser(pool, input.Username, input.UserAttributes ?? []);
        refuseTakenNames(pool, input.Username, values, 'User account already exists');
        user = addUser(pool, input.Username, 'FORCE_CHANGE_PASSWORD', values, {
          takeAliases: input.ForceAliasCreation ?? false,
        });
      }
      setTemporaryPassword(pool, user, temporary);
      if (input.MessageAction !== 'SUPPRESS') {
        invite(pool, user, temporary, input.DesiredDeliveryMediums ?? ['SMS']);
      }
      return { User: userOut(user) };
    },
  ),

  AdminConfirmSignUp: poolOperation({ ...nameShape, ClientMetadata: clientMetadata }, (pool, input) => {
    const user = existingUser(pool, input.Username);
    if (user.status !== 'UNCONFIRMED') {
      throw notAuthorized(`User cannot be confirmed. Current status is ${user.status}`);
    }
    user.status = 'CONFIRMED';
    user.codes.delete('sign_up');
    user.modifiedAt = pool.now();
    return {};
  }),

  AdminSetUserPassword: poolOperation(
    { ...nameShape, Password: required(password), Permanent: flag() },
    (pool, input) => {
      const user = existingUser(pool, input.Username);
      checkPassword(pool, input.Password);
      if (input.Permanent) {
        setPassword(pool, user, input.Password);
        user.status = 'CONFIRMED';
      } else {
        setTemporaryPassword(pool, user, input.Password);
      }
      return {};
    },
  ),

  AdminGetUser: poolOperation(nameShape, (pool, input) => {
    const user = existingUser(pool, input.Username);
    const { Attributes, ...rest } = userOut(user);
    return { ...rest, UserAttributes: Attributes, ...mfaOut(user) };
  }),

  AdminDeleteUser: poolOperation(nameShape, (pool, input) => {
    deleteUser(pool, existingUser(pool, input.Username));
    return {};
  }),

  AdminDisableUser: poolOperation(nameShape, (pool, input) => {
    const user = existingUser(pool, input.Username);
    user.enabled = false;
    user.modifiedAt = pool.now();
    revokeAll(pool, user);
    return {};
  }),

  AdminEnableUser: poolOperation(nameShape, (pool, input) => {
    const user = existingUser(pool, input.Username);
    user.enabled = true;
    user.modifiedAt = pool.now();
    return {};
  }),
};
