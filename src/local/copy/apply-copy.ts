import { CognitoError } from '../model/errors.ts';
import type { AppClient, UserPool } from '../model/pool.ts';
import type { ClientSettings } from '../model/settings.ts';
import { OPERATIONS } from '../operations/table.ts';
import { localOptionError } from '../option-values.ts';
import { createClient } from '../users/pools.ts';
import { COPY_PAGE, type CopiedSettings, type PoolCopy } from './pool-copy.ts';

/** The place of a part in the options, for messages. */
export interface Origin {
  /** Such as `like`. */
  readonly path: string;
  /** The documentation of the option. */
  readonly page: string;
}

/** Creates the parts in the lists that have an operation. Throws a TypeError that names the path of a refused part. */
export async function createParts<List extends string>(
  pool: UserPool,
  operations: Readonly<Record<List, string>>,
  parts: Readonly<Partial<Record<NoInfer<List>, readonly CopiedSettings[]>>>,
  origin: Origin,
): Promise<void> {
  for (const list of Object.keys(operations) as List[]) {
    for (const [index, input] of (parts[list] ?? []).entries()) {
      const create = () => OPERATIONS[operations[list]]?.run(pool.service, { ...input, UserPoolId: pool.id });
      await created(`${list}[${index}]`, origin, create);
    }
  }
}

/** Tells the path of a part that Cognito refuses. */
export async function created<T>(part: string, origin: Origin, create: () => T | Promise<T>): Promise<T> {
  try {
    return await create();
  } catch (error) {
    if (!(error instanceof CognitoError)) throw error;
    const { name, message } = error;
    const reason = message.replace(/\.$/, '');
    throw localOptionError(`${origin.path}.${part} is refused with ${name}: ${reason}`, origin.page);
  }
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
