import { invalidParameter } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';

function confirmsByLink({ settings }: UserPool): boolean {
  return settings.VerificationMessageTemplate?.DefaultEmailOption === 'CONFIRM_WITH_LINK';
}

/** Adds the domain that the links of a pool need, unless it has one. */
export function addLinkDomain(pool: UserPool): void {
  if (!confirmsByLink(pool) || pool.domains.size > 0) return;
  const name = `local-${pool.id.split('_').at(-1)?.toLowerCase()}`;
  pool.domains.set(name, { name, managedLoginVersion: 1 });
}

/** Throws the exception of Cognito for an e-mail with a link in a pool without a domain. */
export function refuseLinkWithoutDomain(pool: UserPool): void {
  if (!confirmsByLink(pool) || pool.domains.size > 0) return;
  throw invalidParameter(
    'Cannot perform specific action because there does not exist a valid use pool domain associated with the user pool',
  );
}
