import { post } from '../messages/outbox.ts';
import { attributesOut, NEW_PROFILE_WORDING } from '../model/attributes.ts';
import { CognitoError, invalidParameter, notAuthorized, userDisabled } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import type { User } from '../model/user.ts';
import { revokeAll } from '../tokens/tokens.ts';
import { tellConfirmed } from '../triggers/post-confirmation.ts';
import { askBeforeSignUp } from '../triggers/pre-sign-up.ts';
import { existingUser } from '../users/find-user.ts';
import { addUser, attributesOfNewUser, newNames, refuseTakenNames } from '../users/new-user.ts';
import {
  checkPassword,
  randomPassword,
  setPassword,
  setTemporaryPassword,
} from '../users/password-policy.ts';
import { deleteUser, mfaOut, updateAttributes } from '../users/profile.ts';
import { flag, type InputOf, integer, list, oneOf, required, text } from '../wire/input.ts';
import { attribute, attributeName, clientMetadata, pageToken, password, username } from '../wire/members.ts';
import { pageOf } from '../wire/pagination.ts';
import { type OperationTable, poolOperation } from './operation.ts';
import { sendRecoveryCode } from './passwords.ts';

const nameShape = { Username: required(username) };
const LARGEST_PAGE = 60;

const createShape = {
  ...nameShape,
  UserAttributes: list(attribute),
  ValidationData: list(attribute),
  TemporaryPassword: password,
  ForceAliasCreation: flag(),
  MessageAction: oneOf('RESEND', 'SUPPRESS'),
  DesiredDeliveryMediums: list(oneOf('SMS', 'EMAIL')),
  ClientMetadata: clientMetadata,
};

export const adminUserOperations: OperationTable = {
  AdminCreateUser: poolOperation(createShape, async (pool, input) => {
    const temporary = input.TemporaryPassword ?? randomPassword(pool);
    checkPassword(pool, temporary, 'password policy');
    const resends = input.MessageAction === 'RESEND';
    const user = resends ? invitedUser(pool, input.Username) : await createUser(pool, input);
    setTemporaryPassword(pool, user, temporary, resends ? pool.now() : user.createdAt);
    if (input.MessageAction !== 'SUPPRESS') {
      invite(pool, user, temporary, input.DesiredDeliveryMediums);
    }
    return { User: userOut(user) };
  }),

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
      updateAttributes(pool, existingUser(pool, input.Username), input.UserAttributes);
      return {};
    },
  ),

  AdminDeleteUserAttributes: poolOperation(
    { ...nameShape, UserAttributeNames: required(list(attributeName)) },
    (pool, input) => {
      const blank = input.UserAttributeNames.map((Name) => ({ Name, Value: '' }));
      updateAttributes(pool, existingUser(pool, input.Username), blank);
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
      const wanted = pool.users.all().filter(userFilter(pool, input.Filter));
      const { items, next } = pageOf(wanted, input.Limit || LARGEST_PAGE, input.PaginationToken);
      const Users = items.map((user) => userOut(user, input.AttributesToGet));
      const names = new Set(input.AttributesToGet);
      if (Users.some(({ Attributes }) => Attributes.length < names.size)) {
        throw invalidParameter('One or more requested attributes do not exist.');
      }
      return { Users, PaginationToken: next };
    },
  ),
};

/** Finds a user with an unused invitation. */
function invitedUser(pool: UserPool, name: string): User {
  const user = existingUser(pool, name);
  if (user.status === 'FORCE_CHANGE_PASSWORD') return user;
  throw new CognitoError(
    'UnsupportedUserStateException',
    `Resend not possible. ${user.username} status is not FORCE_CHANGE_PASSWORD`,
  );
}

async function createUser(pool: UserPool, input: InputOf<typeof createShape>): Promise<User> {
  const values = attributesOfNewUser(pool, input.Username, input.UserAttributes ?? [], NEW_PROFILE_WORDING);
  const refuseTaken = (): void =>
    refuseTakenNames(pool, input.Username, values, 'User account already exists');
  refuseTaken();
  const names = newNames(pool, input.Username);
  // Cognito ignores the response: an administrator decides on confirmation and verification.
  await askBeforeSignUp(pool, 'PreSignUp_AdminCreateUser', {
    userName: names.username,
    attributes: values,
    validationData: input.ValidationData,
    clientMetadata: input.ClientMetadata,
  });
  // A concurrent request can take the name while the trigger runs.
  refuseTaken();
  return addUser(pool, names, 'FORCE_CHANGE_PASSWORD', values, {
    takeAliases: input.ForceAliasCreation ?? false,
  });
}

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
    Attributes: attributesOut(user).filter(({ Name }) => !only?.length || only.includes(Name)),
    UserCreateDate: user.createdAt / 1000,
    UserLastModifiedDate: user.modifiedAt / 1000,
    Enabled: user.enabled,
    UserStatus: user.status,
  };
}

/** The values that a filter can search. */
const SEARCHABLE: Readonly<
  Record<string, { readonly valueIn: (user: User) => string | undefined; readonly ignoresCase: IgnoresCase }>
> = {
  username: { valueIn: ({ username: name }) => name, ignoresCase: 'as names' },
  'cognito:username': { valueIn: ({ username: name }) => name, ignoresCase: 'as names' },
  'cognito:user_status': { valueIn: ({ status }) => status, ignoresCase: 'always' },
  status: { valueIn: ({ enabled }) => (enabled ? 'Enabled' : 'Disabled'), ignoresCase: 'never' },
  sub: { valueIn: ({ sub }) => sub, ignoresCase: 'never' },
  email: searchableAttribute('email', 'as names'),
  preferred_username: searchableAttribute('preferred_username', 'as names'),
  phone_number: searchableAttribute('phone_number'),
  name: searchableAttribute('name'),
  given_name: searchableAttribute('given_name'),
  family_name: searchableAttribute('family_name'),
};

type IgnoresCase = 'always' | 'as names' | 'never';

function searchableAttribute(name: string, ignoresCase: IgnoresCase = 'never'): (typeof SEARCHABLE)[string] {
  return { valueIn: ({ attributes }) => attributes.get(name), ignoresCase };
}

/** Parses a filter: `attribute = "value"` or `attribute ^= "prefix"`. */
function userFilter(pool: UserPool, filter: string | undefined): (user: User) => boolean {
  if (!filter) return () => true;
  const [, name, comparison, quoted] =
    /^\s*"?([^\s"=^]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$/.exec(filter) ?? [];
  if (name === undefined || quoted === undefined) throw invalidParameter('Error while parsing filter.');
  const searched = Object.hasOwn(SEARCHABLE, name) ? SEARCHABLE[name] : undefined;
  if (!searched) throw invalidParameter(`Invalid search attribute: ${name}`);
  const { valueIn, ignoresCase } = searched;
  const comparable = (value: string): string => {
    if (ignoresCase === 'always') return value.toLowerCase();
    return ignoresCase === 'as names' ? pool.users.nameKey(value) : value;
  };
  const wanted = comparable(quoted.replace(/\\(.)/g, '$1'));
  return (user) => {
    const value = valueIn(user);
    if (value === undefined) return false;
    return comparison === '=' ? comparable(value) === wanted : comparable(value).startsWith(wanted);
  };
}
