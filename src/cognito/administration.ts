import type { Settings } from '../config/settings.ts';
import type { OperationName } from './operations.ts';

/** A call to Cognito, before it is sent. */
interface Outgoing {
  readonly operation: OperationName;
  readonly input: object;
}

/**
 * Turns the calls of a sign-in with ADMIN_USER_PASSWORD_AUTH into admin operations, which the SDK signs with AWS
 * credentials. Their inputs and outputs are otherwise the same.
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
  // Other flows, such as a refresh, need no AWS credentials.
  if (operation === 'InitiateAuth' && (input as { AuthFlow?: string }).AuthFlow === authFlow) {
    return { operation: 'AdminInitiateAuth', input: { ...input, UserPoolId } };
  }
  return { operation, input };
}
