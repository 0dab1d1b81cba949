import { type AttributeInput, toRecord } from '../model/attributes.ts';
import { CognitoError } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import type { AddressAttribute } from '../model/settings.ts';
import { booleanOf, runTrigger } from './run-trigger.ts';
import { invalidTriggerAnswer } from './trigger-errors.ts';

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

/** The decisions of preSignUp on a new account. */
interface Wishes {
  readonly confirms: boolean;
  readonly verifies: Readonly<Record<AddressAttribute, boolean>>;
}

/** Reads the response of preSignUp at a sign-up. Throws if it verifies an address that is missing, or of an unconfirmed user. */
export function wishesIn(
  response: Readonly<Record<string, unknown>> = {},
  values: Readonly<Record<string, string>>,
): Wishes {
  const confirms = booleanOf(response.autoConfirmUser);
  const verifies = {
    email: booleanOf(response.autoVerifyEmail),
    phone_number: booleanOf(response.autoVerifyPhone),
  };
  if ((verifies.email || verifies.phone_number) && !confirms) {
    throw new CognitoError(
      'InvalidLambdaResponseException',
      'Phone or email cannot be auto verified, when user is not being auto confirmed.',
    );
  }
  if ((verifies.email && !values.email) || (verifies.phone_number && !values.phone_number))
    throw invalidTriggerAnswer();
  return { confirms, verifies };
}
