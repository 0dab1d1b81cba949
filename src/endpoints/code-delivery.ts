import type { CodeDeliveryDetailsType } from '@aws-sdk/client-cognito-identity-provider';
import type { ExceptionName } from '../cognito/error-map.ts';
import type { Settings } from '../config/settings.ts';

/** What goes wrong with a message only where there is somebody to send it to. */
export const DELIVERY_FAULTS: readonly ExceptionName[] = [
  'CodeDeliveryFailureException',
  'InvalidEmailRoleAccessPolicyException',
  'InvalidSmsRoleAccessPolicyException',
  'InvalidSmsRoleTrustRelationshipException',
];

/** What goes wrong in a trigger that words a message, or that looks for the account elsewhere. */
export const TRIGGER_FAULTS: readonly ExceptionName[] = [
  'UnexpectedLambdaException',
  'InvalidLambdaResponseException',
  'UserLambdaValidationException',
];

/** Where a code went, masked by Cognito. */
export interface Delivery {
  readonly medium: string | undefined;
  readonly destination: string | undefined;
  readonly attribute: string | undefined;
}

/**
 * Not told while existence is concealed: the masked address of an account differs from what can be made up
 * for one that does not exist.
 */
export function deliveryOf(
  details: CodeDeliveryDetailsType | undefined,
  settings: Settings,
): { delivery?: Delivery } {
  if (settings.concealUserExistence || !details) return {};
  return { delivery: deliveryDetails(details) };
}

/** For the account's own user, who may know. */
export function deliveryDetails(details: CodeDeliveryDetailsType): Delivery {
  return {
    medium: details.DeliveryMedium,
    destination: details.Destination,
    attribute: details.AttributeName,
  };
}
