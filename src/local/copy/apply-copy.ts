import type { AppClient, UserPool } from '../model/pool.ts';
import type { ClientSettings } from '../model/settings.ts';
import { OPERATIONS } from '../operations/table.ts';
import { createClient } from '../users/pools.ts';
import { CREATED_BY, type PoolCopy, type ResourceList } from './pool-copy.ts';

/** Creates the identity providers, resource servers, groups and domains of a copy. */
export async function createResources(pool: UserPool, copy: PoolCopy): Promise<void> {
  for (const [list, operation] of Object.entries(CREATED_BY))
    for (const input of copy[list as ResourceList])
      await OPERATIONS[operation]?.run(pool.service, { ...input, UserPoolId: pool.id });
}

/**
 * Creates the app clients of a copy. Returns the one with the ID `first.id`, or else the first one, with changed settings; or
 * undefined if the copy has no such client.
 */
export function createClients(
  pool: UserPool,
  { appClients }: PoolCopy,
  first: {
    readonly id: string | undefined;
    readonly secret: string | undefined;
    readonly changes: ClientSettings;
  },
): AppClient | undefined {
  const firstId = first.id ?? appClients[0]?.clientId;
  const clients = appClients.map(({ clientId: id, settings }) =>
    id === firstId
      ? createClient(pool, { ...settings, ...first.changes }, { id, secret: first.secret })
      : createClient(pool, settings, { id }),
  );
  return clients.find(({ id }) => id === firstId);
}
