import { resourceNotFound } from '../model/errors.ts';
import type { ServerState, UserPool } from '../model/pool.ts';
import { poolArn } from '../users/pools.ts';
import { list, required, text } from '../wire/input.ts';
import { arn, tags } from '../wire/pool-members.ts';
import { adminOperation, type OperationTable } from './operation.ts';
import { replicaArn } from './replicas.ts';

const ResourceArn = required(arn);

export const tagOperations: OperationTable = {
  TagResource: adminOperation({ ResourceArn, Tags: required(tags) }, (service, input) => {
    const resource = findByArn(service, input.ResourceArn);
    resource.setTags({ ...resource.tags, ...input.Tags });
    return {};
  }),

  UntagResource: adminOperation(
    { ResourceArn, TagKeys: required(list(text({ min: 1, max: 128 }))) },
    (service, input) => {
      const resource = findByArn(service, input.ResourceArn);
      const kept = Object.entries(resource.tags).filter(([key]) => !input.TagKeys.includes(key));
      resource.setTags(Object.fromEntries(kept));
      return {};
    },
  ),

  ListTagsForResource: adminOperation({ ResourceArn }, (service, input) => ({
    Tags: findByArn(service, input.ResourceArn).tags,
  })),
};

type Tags = Readonly<Record<string, string>>;

/** A pool, or a replica of one, which has its own tags. */
interface TaggedResource {
  readonly arn: string;
  readonly tags: Tags;
  readonly setTags: (tags: Tags) => void;
}

function findByArn({ pools }: ServerState, wanted: string): TaggedResource {
  const found = [...pools.values()].flatMap(resourcesOf).find(({ arn: each }) => each === wanted);
  if (!found) throw resourceNotFound(`User pool ${wanted.split('/').at(-1)} does not exist.`);
  return found;
}

function resourcesOf(pool: UserPool): TaggedResource[] {
  const primary: TaggedResource = {
    arn: poolArn(pool),
    tags: pool.settings.UserPoolTags ?? {},
    setTags(UserPoolTags) {
      pool.settings = { ...pool.settings, UserPoolTags };
    },
  };
  const replicas = [...pool.replicas.values()].map((replica) => ({
    arn: replicaArn(pool, replica),
    tags: replica.tags,
    setTags: (tags: Tags) => void pool.replicas.set(replica.region, { ...replica, tags }),
  }));
  return [primary, ...replicas];
}
