import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { notAuthorized } from './errors.ts';
import type { AppClient } from './user-pool.ts';

/**
 * Checks SECRET_HASH: Base64(HMAC-SHA256(client secret, name + client id)).
 *
 * @param names - the names that the hash may have been made with: the one that was sent or, on a refresh, the user's own
 */
export function checkSecretHash(client: AppClient, hash: string | undefined, ...names: string[]): void {
  const { secret } = client;
  if (secret === undefined) {
    if (hash !== undefined) throw notAuthorized(`Unable to verify secret hash for client ${client.id}`);
    return;
  }
  if (hash === undefined) {
    throw notAuthorized(`Client ${client.id} is configured with secret but SECRET_HASH was not received`);
  }
  const expected = names.map((name) =>
    createHmac('sha256', secret)
      .update(name + client.id)
      .digest('base64'),
  );
  if (!expected.some((value) => equalInConstantTime(value, hash))) {
    throw notAuthorized(`Unable to verify secret hash for client ${client.id}`);
  }
}

/** Whether a client presented its own secret, as the two refresh-token operations want it: none if it has none. */
export function clientSecretMatches(client: AppClient, given: string | undefined): boolean {
  if (client.secret === undefined) return given === undefined;
  return given !== undefined && equalInConstantTime(client.secret, given);
}

function equalInConstantTime(a: string, b: string): boolean {
  const digest = (value: string): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(a), digest(b));
}
