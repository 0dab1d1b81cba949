import type { Settings } from '../config/settings.ts';
import type { OperationName } from './operations.ts';

/** A call to Cognito, before it is sent. */
interface Outgoing {
  readonly operation: OperationName;
  readonly input: object;
}

/**
 * With ADMIN_USER_PASSWORD_AUTH, the steps of a sign-in go out as an administrator's, signed with the server's own AWS
 * credentials: such an app client accepts them from nobody else. They mean and answer the same.
 *
 * @see https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminInitiateAuth.html
 */
export function asAdministrator(
  { authFlow, userPoolId: UserPoolId }: Settings,
  operation: OperationName,
  input: object,
): Outgoing {
  if (authFlow !== 'ADMIN_USER_PASSWORD_AUTH') return { operation, input };
  if (operation === 'RespondToAuthChallenge') {
    return { operation: 'AdminRespondToAuthChallenge', input: { ...input, UserPoolId } };
  }
  // Other flows, such as refreshing, are as open to users as ever.
  if (operation === 'InitiateAuth' && (input as { AuthFlow?: string }).AuthFlow === authFlow) {
    return { operation: 'AdminInitiateAuth', input: { ...input, UserPoolId } };
  }
  return { operation, input };
}
