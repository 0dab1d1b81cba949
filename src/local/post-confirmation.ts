import { attributesForTrigger, runTrigger } from './run-trigger.ts';
import type { PostConfirmationEvent } from './triggers.ts';
import type { User } from './user.ts';
import type { UserPool } from './user-pool.ts';

/** Tells the app of an account that has just been confirmed, which it stays whatever the app says. */
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
    request: { userAttributes: attributesForTrigger(user), ...(clientMetadata && { clientMetadata }) },
    response: {},
  });
}
