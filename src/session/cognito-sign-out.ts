import { faultOf } from '../cognito/classify-error.ts';
import type { CognitoClient } from '../cognito/client.ts';
import { type UpstreamFault, UpstreamRefusal } from '../cognito/upstream-fault.ts';
import type { Settings } from '../config/settings.ts';
import { createDeadline } from '../shared/deadline.ts';
import type { Hint } from '../shared/hint.ts';

export interface CognitoSignOutParts {
  readonly settings: Settings;
  readonly cognito: CognitoClient;
  onFault(fault: UpstreamFault): void;
}

const UNKNOWN_NAME: Hint =
  'Cognito knows no user of this name: if the user still exists, pass { sub, username } to endUser. See docs/sessions.md#end-sessions-from-your-own-code';

/** Returns a function that revokes all refresh tokens of a user. Undefined if the server has no AWS credentials for it. */
export function createCognitoSignOut({
  settings,
  cognito,
  onFault,
}: CognitoSignOutParts): ((username: string) => Promise<void>) | undefined {
  const { adminSignOut, userPoolId: UserPoolId, timeouts, cognitoHost } = settings;
  if (!adminSignOut) return undefined;

  return async function signOutAtCognito(Username) {
    const deadline = createDeadline(undefined, timeouts.call);
    deadline.start();
    try {
      const { signal } = deadline;
      await cognito.send('AdminUserGlobalSignOut', { UserPoolId, Username }, { signal, safeToRepeat: true });
    } catch (error) {
      const fault = faultOf(error, 'AdminUserGlobalSignOut', deadline, cognitoHost);
      // A deleted user has no sessions at Cognito.
      const isUnknown = fault.exception === 'UserNotFoundException';
      onFault(isUnknown ? { ...fault, hint: UNKNOWN_NAME } : fault);
      if (!isUnknown) throw new UpstreamRefusal(fault);
    } finally {
      deadline.stop();
    }
  };
}
