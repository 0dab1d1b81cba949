import { type AttributeInput, NEW_PROFILE_WORDING } from '../model/attributes.ts';
import { CognitoError, userNotFound } from '../model/errors.ts';
import type { AppClient, UserPool } from '../model/pool.ts';
import type { UserMigrationEvent } from '../model/triggers.ts';
import type { UserStatus } from '../model/user.ts';
import { warnOfFailure } from '../triggers/lambda-config.ts';
import { booleanOf, runTrigger, textsOf } from '../triggers/run-trigger.ts';
import { invalidTriggerAnswer } from '../triggers/trigger-errors.ts';
import { concealsUsers } from '../users/find-user.ts';
import { setUpMfa } from '../users/mfa.ts';
import {
  addUser,
  attributesOfNewUser,
  newNames,
  refuseTakenNames,
  withVerificationFlags,
} from '../users/new-user.ts';
import { setPassword, setTemporaryPassword } from '../users/password-policy.ts';

/** A request that names an unknown user. */
interface Newcomer {
  readonly username: string;
  /** Absent for a forgotten password. */
  readonly password?: string;
  readonly clientMetadata: Readonly<Record<string, string>> | undefined;
}

type Response = Readonly<Record<string, unknown>>;

/** The statuses of a migrated user. */
const STATUSES: readonly UserStatus[] = ['CONFIRMED', 'RESET_REQUIRED', 'FORCE_CHANGE_PASSWORD'];

/**
 * Runs userMigration for an unknown username, and adds the user that it returns. The caller looks the user up afterwards,
 * and answers as for any unknown user if there is none.
 */
export async function migrateUnknown(
  client: AppClient,
  source: UserMigrationEvent['triggerSource'],
  { username, password, clientMetadata }: Newcomer,
): Promise<void> {
  const { pool } = client;
  if (pool.users.find(username)) return;
  const signsIn = source === 'UserMigration_Authentication';
  const response = await runTrigger(pool, 'userMigration', {
    source,
    clientId: client.id,
    userName: username,
    request: {
      password: password ?? null,
      validationData: (signsIn && clientMetadata) || null,
      ...(!signsIn && clientMetadata && { clientMetadata }),
    },
    response: {
      userAttributes: null,
      forceAliasCreation: null,
      enableSMSMFA: null,
      finalUserStatus: null,
      messageAction: null,
      desiredDeliveryMediums: null,
    },
  });
  // A concurrent request can add the user while the trigger runs.
  if (!response || pool.users.find(username)) return;
  try {
    addMigrated(pool, username, password, response);
  } catch (error) {
    if (!(error instanceof CognitoError)) throw error;
    if (response.userAttributes) warnOfRefusal(error);
    if (concealsUsers(client)) return;
    throw userNotFound(`Exception migrating user in app client ${client.id}`);
  }
}

function addMigrated(
  pool: UserPool,
  entered: string,
  password: string | undefined,
  { userAttributes, finalUserStatus, forceAliasCreation, enableSMSMFA }: Response,
): void {
  const { username: given = entered, ...attributes } = textsOf(userAttributes);
  if (Object.keys(attributes).length === 0) throw invalidTriggerAnswer();
  const status = STATUSES.find((each) => each === (finalUserStatus ?? 'RESET_REQUIRED'));
  if (!status) throw invalidTriggerAnswer();
  // Where users sign in with an address, the username is that address.
  const name = pool.settings.UsernameAttributes?.length ? entered : given;
  const inputs = Object.entries(attributes).map(([Name, Value]): AttributeInput => ({ Name, Value }));
  const values = withVerificationFlags(attributesOfNewUser(pool, name, inputs, NEW_PROFILE_WORDING));
  refuseTakenNames(pool, name, values, 'User already exists');
  const takeAliases = booleanOf(forceAliasCreation);
  const usesSms = booleanOf(enableSMSMFA);
  const user = addUser(pool, newNames(pool, name), status, values, { takeAliases });
  // The password policy does not apply to a password of another directory.
  if (password !== undefined && status === 'FORCE_CHANGE_PASSWORD')
    setTemporaryPassword(pool, user, password);
  else if (password !== undefined) setPassword(pool, user, password, user.createdAt);
  if (usesSms && values.phone_number) setUpMfa(user, ['SMS_MFA']);
}

function warnOfRefusal({ message }: CognitoError): void {
  const cause = `the pool cannot add the user that it returned (${message.trim()})`;
  const fix = 'Correct userAttributes and finalUserStatus of its response';
  warnOfFailure('UserMigration', `${cause}. ${fix}. See docs/local-user-pool.md#users-of-another-directory`);
}
