import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { secretsOf } from '../model/client-secrets.ts';
import { notAuthorized } from '../model/errors.ts';
import type { AppClient } from '../model/pool.ts';

/**
 * Checks SECRET_HASH: Base64(HMAC-SHA256(client secret, name + client id)), with any valid secret.
 *
 * @param names - the allowed names in the hash: the one of the request or, on a refresh, the user's name in the pool
 */
export function checkSecretHash(client: AppClient, hash: string | undefined, ...names: string[]): void {
  const secrets = secretsOf(client);
  if (secrets.length === 0) {
    if (hash === undefined) return;
    throw notAuthorized(`App client ${client.id} is not configured for secret but secret hash was received`);
  }
  if (hash === undefined) {
    throw notAuthorized(`Client ${client.id} is configured with secret but SECRET_HASH was not received`);
  }
  const expected = secrets.flatMap(({ value }) =>
    names.map((name) =>
      createHmac('sha256', value)
        .update(name + client.id)
        .digest('base64'),
    ),
  );
  if (!expected.some((value) => equalInConstantTime(value, hash))) {
    throw notAuthorized(`Unable to verify secret hash for client ${client.id}`);
  }
}

/** Returns whether the secret is one of the client's; undefined for a public client. */
export function clientSecretMatches(client: AppClient, given: string | undefined): boolean {
  const secrets = secretsOf(client);
  if (secrets.length === 0 || given === undefined) return secrets.length === 0 && given === undefined;
  return secrets.some(({ value }) => equalInConstantTime(value, given));
}

function equalInConstantTime(a: string, b: string): boolean {
  const digest = (value: string): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(a), digest(b));
}
