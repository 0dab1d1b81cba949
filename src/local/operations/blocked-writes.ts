import { CognitoError } from '../model/errors.ts';
import type { ServerState } from '../model/pool.ts';
import type { Operation, OperationTable } from './operation.ts';

/** The operations that write a user, by the words in their names. */
const WRITES =
  /^(?:Admin)?(?:SignUp|ConfirmSignUp|CreateUser|DeleteUser|EnableUser|DisableUser|ForgotPassword|ConfirmForgotPassword|ChangePassword|SetUserPassword|ResetUserPassword|(?:Update|Delete)UserAttributes|GetUserAttributeVerificationCode|VerifyUserAttribute|(?:Associate|Verify|Delete)SoftwareToken|SetUserMFAPreference|SetUserSettings|(?:Start|Complete)WebAuthnRegistration|DeleteWebAuthnCredential|ConfirmDevice|UpdateDeviceStatus|ForgetDevice|AddUserToGroup|RemoveUserFromGroup|LinkProviderForUser|DisableProviderForUser)$/;

/** Answers to these challenges write a user too. */
const WRITING_CHALLENGES = ['NEW_PASSWORD_REQUIRED', 'MFA_SETUP', 'SOFTWARE_TOKEN_MFA'];

/** Refuses operations that write users while a fault blocks writes. */
export function refusingBlockedWrites(operations: OperationTable): OperationTable {
  const refusing = Object.entries(operations).map(
    ([name, operation]) => [name, withRefusal(name, operation)] as const,
  );
  return Object.fromEntries(refusing);
}

function withRefusal(name: string, operation: Operation): Operation {
  const always = WRITES.test(name);
  if (!always && !name.endsWith('RespondToAuthChallenge')) return operation;
  return {
    ...operation,
    run(service, body) {
      const { ChallengeName } = Object(body) as { readonly ChallengeName?: unknown };
      if (always || WRITING_CHALLENGES.includes(String(ChallengeName))) refuseBlockedWrite(service, name);
      return operation.run(service, body);
    },
  };
}

export function refuseBlockedWrite(service: ServerState, operation: string): void {
  if (!service.isWriteBlocked(operation)) return;
  throw new CognitoError(
    'OperationNotEnabledException',
    'The user pool does not accept writes at the moment.',
  );
}
