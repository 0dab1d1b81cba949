import { CognitoError, invalidParameter, resourceNotFound } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import type { Replica } from '../model/replicas.ts';
import { requireTier } from '../model/settings-rules.ts';
import { poolArn } from '../users/pools.ts';
import { oneOf, required, text } from '../wire/input.ts';
import { pageToken } from '../wire/members.ts';
import { pageOf } from '../wire/pagination.ts';
import { tags } from '../wire/pool-members.ts';
import { limited, withoutEffect } from './limitations.ts';
import { type OperationTable, poolOperation } from './operation.ts';

/** Cognito does not document its page size. */
const PAGE = 60;
const REGION = /^[a-z]{2,}(?:-[a-z]+)+-\d+$/;
const MULTI_REGION_KEY = /:key\/mrk-/;
const ONE_REGION = 'The pool serves every region at its one address, and a replica refuses nothing.';

const RegionName = required(text({ min: 5, max: 32 }));

export const replicaOperations: OperationTable = {
  CreateUserPoolReplica: withoutEffect(
    ONE_REGION,
    poolOperation(
      {
        RegionName,
        UserPoolTags: tags,
      },
      (pool, input) => {
        const { RegionName: region } = input;
        checkPrerequisites(pool);
        if (!REGION.test(region)) throw invalidParameter(`${region} is not a region.`);
        if (region === regionOf(pool) || pool.replicas.has(region)) {
          throw invalidParameter(`The user pool already has a replica in ${region}.`);
        }
        // AWS creates it in the background. Here it is there when the answer arrives.
        const replica: Replica = { region, status: 'INACTIVE', tags: input.UserPoolTags ?? {} };
        pool.replicas.set(region, replica);
        return { UserPoolReplica: { ...secondaryOut(pool, replica), Status: 'CREATING' } };
      },
    ),
  ),

  UpdateUserPoolReplica: limited(
    ONE_REGION,
    poolOperation(
      { RegionName, Status: required(oneOf('ACTIVE', 'INACTIVE')) },
      (pool, { RegionName: region, Status: status }) => {
        const replica: Replica = { ...findReplica(pool, region), status };
        pool.replicas.set(region, replica);
        return { UserPoolReplica: secondaryOut(pool, replica) };
      },
    ),
  ),

  DeleteUserPoolReplica: poolOperation({ RegionName }, (pool, { RegionName: region }) => {
    const replica = findReplica(pool, region);
    if (replica.status !== 'INACTIVE') {
      throw invalidParameter('A replica can only be deleted while its status is INACTIVE.');
    }
    pool.replicas.delete(region);
    return { UserPoolReplica: { ...secondaryOut(pool, replica), Status: 'DELETING' } };
  }),

  ListUserPoolReplicas: poolOperation({ NextToken: pageToken }, (pool, input) => {
    const primary = {
      RegionName: regionOf(pool),
      Status: 'ACTIVE',
      Role: 'PRIMARY',
      UserPoolArn: poolArn(pool),
    };
    const secondary = [...pool.replicas.values()].map((replica) => secondaryOut(pool, replica));
    const { items, next } = pageOf([primary, ...secondary], PAGE, input.NextToken);
    return { UserPoolReplicas: items, NextToken: next };
  }),
};

/** The guide's prerequisites: a plan above Lite, and a multi-Region key of the customer's own. */
function checkPrerequisites({ settings }: UserPool): void {
  requireTier(settings, 'ESSENTIALS', 'Multi-Region replication');
  if (!MULTI_REGION_KEY.test(settings.KeyConfiguration?.KmsKeyArn ?? '')) {
    throw new CognitoError(
      'OperationNotEnabledException',
      'Multi-Region replication needs a KeyConfiguration with a multi-Region customer managed key.',
    );
  }
}

function findReplica(pool: UserPool, region: string): Replica {
  const replica = pool.replicas.get(region);
  if (replica) return replica;
  if (region === regionOf(pool)) throw invalidParameter('The primary replica cannot be changed.');
  throw resourceNotFound(`User pool replica in ${region} does not exist.`);
}

/** The first part of a pool's id names the region of the primary, in every replica. */
function regionOf({ id }: UserPool): string {
  return id.split('_')[0] ?? '';
}

/** The ARN of a replica: the same id, in its own region. */
export function replicaArn(pool: UserPool, { region }: Replica): string {
  return poolArn(pool, region);
}

function secondaryOut(pool: UserPool, replica: Replica): object {
  return {
    RegionName: replica.region,
    Status: replica.status,
    Role: 'SECONDARY',
    UserPoolArn: replicaArn(pool, replica),
  };
}
