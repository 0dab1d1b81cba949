import { post } from '../messages/outbox.ts';
import { attributesOut } from '../model/attributes.ts';
import { CognitoError, invalidParameter, notAuthorized, userDisabled } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import type { User } from '../model/user.ts';
import { revokeAll } from '../tokens/tokens.ts';
import { tellConfirmed } from '../triggers/post-confirmation.ts';
import { existingUser } from '../users/find-user.ts';
import { addUser, attributesOfNewUser, refuseTakenNames } from '../users/new-user.ts';
import {
  checkPassword,
  randomPassword,
  setPassword,
  setTemporaryPassword,
} from '../users/password-policy.ts';
import { deleteUser, mfaOut, writeAttributes } from '../users/profile.ts';
import { flag, integer, list, oneOf, required, text } from '../wire/input.ts';
import { attribute, attributeName, clientMetadata, pageToken, password, username } from '../wire/members.ts';
import { pageOf } from '../wire/pagination.ts';
import { type OperationTable, poolOperation } from './operation.ts';
import { sendRecoveryCode } from './passwords.ts';

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
        invite(pool, user, temporary, input.DesiredDeliveryMediums);
      }
      return { User: userOut(user) };
    },
  ),

  AdminConfirmSignUp: poolOperation({ ...nameShape, ClientMetadata: clientMetadata }, async (pool, input) => {
    const user = existingUser(pool, input.Username);
    if (user.status !== 'UNCONFIRMED') {
      throw notAuthorized(`User cannot be confirmed. Current status is ${user.status}`);
    }
    user.status = 'CONFIRMED';
    user.codes.delete('sign_up');
    user.modifiedAt = pool.now();
    await tellConfirmed(pool, user, 'PostConfirmation_ConfirmSignUp', {
      clientMetadata: input.ClientMetadata,
    });
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

  AdminResetUserPassword: poolOperation({ ...nameShape, ClientMetadata: clientMetadata }, (pool, input) => {
    const user = existingUser(pool, input.Username);
    if (!user.enabled) throw userDisabled();
    if (user.status === 'FORCE_CHANGE_PASSWORD' || user.status === 'UNCONFIRMED') {
      throw notAuthorized('User password cannot be reset in the current state.');
    }
    sendRecoveryCode(pool, user);
    user.status = 'RESET_REQUIRED';
    return {};
  }),

  AdminUserGlobalSignOut: poolOperation(nameShape, (pool, input) => {
    revokeAll(pool, existingUser(pool, input.Username));
    return {};
  }),

  AdminUpdateUserAttributes: poolOperation(
    { ...nameShape, UserAttributes: required(list(attribute)), ClientMetadata: clientMetadata },
    (pool, input) => {
      writeAttributes(pool, existingUser(pool, input.Username), input.UserAttributes);
      return {};
    },
  ),

  AdminDeleteUserAttributes: poolOperation(
    { ...nameShape, UserAttributeNames: required(list(attributeName)) },
    (pool, input) => {
      const blank = input.UserAttributeNames.map((Name) => ({ Name, Value: '' }));
      writeAttributes(pool, existingUser(pool, input.Username), blank);
      return {};
    },
  ),

  ListUsers: poolOperation(
    {
      AttributesToGet: list(attributeName),
      Limit: integer(0, LARGEST_PAGE),
      PaginationToken: pageToken,
      Filter: text({ max: 256 }),
    },
    (pool, input) => {
      const wanted = pool.users.all().filter(userFilter(input.Filter));
      const { items, next } = pageOf(wanted, input.Limit || LARGEST_PAGE, input.PaginationToken);
      return { Users: items.map((user) => userOut(user, input.AttributesToGet)), PaginationToken: next };
    },
  ),
};

/** Sends a temporary password. Default medium: SMS if the user has a phone number, else e-mail. */
function invite(
  pool: UserPool,
  user: User,
  temporaryPassword: string,
  wished: readonly ('SMS' | 'EMAIL')[] | undefined,
): void {
  const { attributes } = user;
  const mediums = wished ?? [attributes.has('phone_number') ? 'SMS' : 'EMAIL'];
  for (const medium of mediums) {
    const to = attributes.get(medium === 'SMS' ? 'phone_number' : 'email');
    if (!to) continue;
    post(pool, user, { to, medium, kind: 'temporary_password', code: temporaryPassword });
  }
}

export function userOut(
  user: User,
  only?: readonly string[],
): { Attributes: object[]; [member: string]: unknown } {
  return {
    Username: user.username,
    Attributes: attributesOut(user).filter(({ Name }) => !only || only.includes(Name)),
    UserCreateDate: user.createdAt / 1000,
    UserLastModifiedDate: user.modifiedAt / 1000,
    Enabled: user.enabled,
    UserStatus: user.status,
  };
}

/** Parses a filter: `attribute = "value"` or `attribute ^= "prefix"`. */
function userFilter(filter: string | undefined): (user: User) => boolean {
  if (!filter) return () => true;
  const [, name, comparison, quoted] =
    /^\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$/.exec(filter) ?? [];
  if (name === undefined || quoted === undefined) throw invalidParameter('Error while parsing filter.');
  const wanted = quoted.replace(/\\(.)/g, '$1');
  const valueIn = (user: User): string | undefined => {
    if (name === 'username' || name === 'cognito:username') return user.username;
    if (name === 'sub') return user.sub;
    if (name === 'status') return user.enabled ? 'Enabled' : 'Disabled';
    if (name === 'cognito:user_status') return user.status;
    return user.attributes.get(name);
  };
  return comparison === '='
    ? (user) => valueIn(user) === wanted
    : (user) => valueIn(user)?.startsWith(wanted) === true;
}
