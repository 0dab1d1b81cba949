import type { AppClient, UserPool } from '../model/pool.ts';
import type { ClientSettings } from '../model/settings.ts';
import { OPERATIONS } from '../operations/table.ts';
import { localOptionError } from '../option-values.ts';
import { createClient } from '../users/pools.ts';
import { COPY_PAGE, CREATED_BY, type PoolCopy, type ResourceList } from './pool-copy.ts';

/** Creates the identity providers, resource servers, groups and domains of a copy. */
export async function createResources(pool: UserPool, copy: PoolCopy): Promise<void> {
  for (const [list, operation] of Object.entries(CREATED_BY))
    for (const input of copy[list as ResourceList])
      await OPERATIONS[operation]?.run(pool.service, { ...input, UserPoolId: pool.id });
}

/**
 * Creates the app clients of a copy. Returns the one with the ID `first.id`, or else the first one, with changed settings; or
 * undefined if the copy has no app client. Throws a TypeError for another ID.
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
  const ids = appClients.map(({ clientId }) => clientId);
  const firstId = first.id ?? ids[0];
  if (firstId !== undefined && ids.length > 0 && !ids.includes(firstId))
    throw localOptionError(
      `clientId is "${firstId}", an app client that the copy does not have; write one of ${ids.join(', ')}`,
      COPY_PAGE,
    );
  const clients = appClients.map(({ clientId: id, settings }) =>
    id === firstId
      ? createClient(pool, { ...settings, ...first.changes }, { id, secret: first.secret })
      : createClient(pool, settings, { id }),
  );
  return clients.find(({ id }) => id === firstId);
}
