import { type AttributeInput, toRecord } from '../model/attributes.ts';
import type { UserPool } from '../model/pool.ts';
import { runTrigger } from './run-trigger.ts';

/**
 * Runs the trigger preSignUp, which can refuse the new user. Its event has the attributes of the request, with the
 * address that is the username, but no verification flags and no `sub`.
 */
export function askBeforeSignUp(
  pool: UserPool,
  source: 'PreSignUp_SignUp' | 'PreSignUp_AdminCreateUser',
  request: {
    /** Absent for an administrator's call. */
    readonly clientId?: string;
    readonly userName: string;
    readonly attributes: Readonly<Record<string, string>>;
    readonly validationData: readonly AttributeInput[] | undefined;
    readonly clientMetadata: Readonly<Record<string, string>> | undefined;
  },
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { clientId, userName, attributes, validationData, clientMetadata } = request;
  return runTrigger(pool, 'preSignUp', {
    source,
    clientId,
    userName,
    request: {
      userAttributes: attributes,
      validationData: validationData ? toRecord(validationData) : null,
      ...(clientMetadata && { clientMetadata }),
    },
    response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
  });
}
