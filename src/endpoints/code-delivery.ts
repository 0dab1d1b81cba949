import type { CodeDeliveryDetailsType } from '@aws-sdk/client-cognito-identity-provider';
import type { ExceptionName } from '../cognito/error-map.ts';
import type { Settings } from '../config/settings.ts';

/** Faults of message delivery, which only existing accounts cause. */
export const DELIVERY_FAULTS: readonly ExceptionName[] = [
  'CodeDeliveryFailureException',
  'InvalidEmailRoleAccessPolicyException',
  'InvalidSmsRoleAccessPolicyException',
  'InvalidSmsRoleTrustRelationshipException',
];

/** Faults of triggers that customize messages or migrate users. */
export const TRIGGER_FAULTS: readonly ExceptionName[] = [
  'UnexpectedLambdaException',
  'InvalidLambdaResponseException',
  'UserLambdaValidationException',
];

/** The destination of a code, masked by Cognito. */
export interface Delivery {
  readonly medium: string | undefined;
  readonly destination: string | undefined;
  readonly attribute: string | undefined;
}

/** Returns nothing with `concealUserExistence`, because the masked address would allow account enumeration. */
export function deliveryOf(
  details: CodeDeliveryDetailsType | undefined,
  settings: Settings,
): { delivery?: Delivery } {
  if (settings.concealUserExistence || !details) return {};
  return { delivery: deliveryDetails(details) };
}

/** Returns the delivery details for the account's own user. */
export function deliveryDetails(details: CodeDeliveryDetailsType): Delivery {
  return {
    medium: details.DeliveryMedium,
    destination: details.Destination,
    attribute: details.AttributeName,
  };
}
