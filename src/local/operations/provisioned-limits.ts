import { invalidParameter } from '../model/errors.ts';
import type { ServerState } from '../model/pool.ts';
import { integer, oneOf, required, stringMap, structure } from '../wire/input.ts';
import { withoutEffect } from './limitations.ts';
import { adminOperation, type OperationTable } from './operation.ts';

/** Free requests per second by category, as in the developer guide's page of quotas. */
const FREE_LIMITS: ReadonlyMap<string, number> = new Map([
  ['UserAuthentication', 120],
  ['UserCreation', 50],
  ['UserFederation', 25],
  ['UserAccountRecovery', 30],
  ['UserRead', 120],
  ['UserUpdate', 25],
  ['UserToken', 120],
  ['UserResourceRead', 50],
  ['UserResourceUpdate', 25],
  ['UserList', 30],
  ['UserPoolRead', 15],
  ['UserPoolUpdate', 15],
  ['UserPoolResourceRead', 20],
  ['UserPoolResourceUpdate', 15],
  ['UserPoolClientRead', 15],
  ['UserPoolClientUpdate', 15],
  ['ClientAuthentication', 150],
]);
const LARGEST_INTEGER = 2_147_483_647;

const LimitDefinition = required(
  structure({ LimitClass: required(oneOf('API_CATEGORY')), Attributes: required(stringMap()) }),
);

interface Definition {
  readonly LimitClass: string;
  readonly Attributes: Readonly<Record<string, string>>;
}

/** Request rates of the account in a region. */
export const provisionedLimitOperations: OperationTable = {
  GetProvisionedLimit: adminOperation({ LimitDefinition }, (service, input) => ({
    Limit: limitOut(service, input.LimitDefinition),
  })),

  UpdateProvisionedLimit: withoutEffect(
    'The pool throttles no requests, and has no maximum of the account.',
    adminOperation(
      { LimitDefinition, RequestedLimitValue: required(integer(-LARGEST_INTEGER, LARGEST_INTEGER)) },
      (service, input) => {
        const { category, free } = categoryOf(input.LimitDefinition);
        if (input.RequestedLimitValue < free) {
          throw invalidParameter(`The limit of ${category} cannot be lower than its default of ${free}.`);
        }
        service.provisionedLimits.set(keyOf(service, category), input.RequestedLimitValue);
        return { Limit: limitOut(service, input.LimitDefinition) };
      },
    ),
  ),
};

function categoryOf({ Attributes }: Definition): { category: string; free: number } {
  const { Category: category = '', ...others } = Attributes;
  const free = FREE_LIMITS.get(category);
  if (free === undefined || Object.keys(others).length > 0) {
    throw invalidParameter('Attributes must have the key Category only, with an API category as its value.');
  }
  return { category, free };
}

function limitOut(service: ServerState, definition: Definition): object {
  const { category, free } = categoryOf(definition);
  return {
    LimitDefinition: definition,
    ProvisionedLimitValue: service.provisionedLimits.get(keyOf(service, category)) ?? free,
    FreeLimitValue: free,
  };
}

function keyOf({ region }: ServerState, category: string): string {
  return `${region} ${category}`;
}
