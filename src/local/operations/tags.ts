import { resourceNotFound } from '../model/errors.ts';
import type { ServerState, UserPool } from '../model/pool.ts';
import { poolArn } from '../users/pools.ts';
import { list, required, stringMap, text } from '../wire/input.ts';
import { arn } from '../wire/pool-members.ts';
import { adminOperation, type OperationTable } from './operation.ts';

const ResourceArn = required(arn);

export const tagOperations: OperationTable = {
  TagResource: adminOperation({ ResourceArn, Tags: required(stringMap()) }, (service, input) => {
    const pool = findByArn(service, input.ResourceArn);
    setTags(pool, { ...pool.settings.UserPoolTags, ...input.Tags });
    return {};
  }),

  UntagResource: adminOperation(
    { ResourceArn, TagKeys: required(list(text({ min: 1, max: 128 }))) },
    (service, input) => {
      const pool = findByArn(service, input.ResourceArn);
      const kept = Object.entries(pool.settings.UserPoolTags ?? {}).filter(
        ([key]) => !input.TagKeys.includes(key),
      );
      setTags(pool, Object.fromEntries(kept));
      return {};
    },
  ),

  ListTagsForResource: adminOperation({ ResourceArn }, (service, input) => ({
    Tags: findByArn(service, input.ResourceArn).settings.UserPoolTags ?? {},
  })),
};

function findByArn({ pools }: ServerState, wanted: string): UserPool {
  const pool = [...pools.values()].find((each) => poolArn(each) === wanted);
  if (!pool) throw resourceNotFound(`User pool ${wanted.split('/').at(-1)} does not exist.`);
  return pool;
}

function setTags(pool: UserPool, UserPoolTags: Readonly<Record<string, string>>): void {
  pool.settings = { ...pool.settings, UserPoolTags };
}
