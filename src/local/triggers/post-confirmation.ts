import type { UserPool } from '../model/pool.ts';
import type { PostConfirmationEvent } from '../model/triggers.ts';
import type { User } from '../model/user.ts';
import { attributesForTrigger, runTrigger } from './run-trigger.ts';

/** Runs the trigger postConfirmation. The account stays confirmed even if the trigger fails. */
export async function tellConfirmed(
  pool: UserPool,
  user: User,
  source: PostConfirmationEvent['triggerSource'],
  from: {
    readonly clientId?: string;
    readonly clientMetadata: Readonly<Record<string, string>> | undefined;
  },
): Promise<void> {
  const { clientId, clientMetadata } = from;
  await runTrigger(pool, 'postConfirmation', {
    source,
    clientId,
    userName: user.username,
    request: { userAttributes: attributesForTrigger(pool, user), ...(clientMetadata && { clientMetadata }) },
    response: {},
  });
}
