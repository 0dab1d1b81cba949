import { randomInt } from 'node:crypto';
import { addSecret, isPublished, randomSecret, rotateSecret } from '../model/client-secrets.ts';
import { invalidParameter } from '../model/errors.ts';
import { type AppClient, type ServerState, UserPool } from '../model/pool.ts';
import type { ClientSettings, PoolSettings } from '../model/settings.ts';
import { checkClientSettings, checkPoolSettings } from '../model/settings-rules.ts';
import { checkOAuthSettings } from './oauth-settings.ts';

const LOWER_CASE = '0123456789abcdefghijklmnopqrstuvwxyz';
const LETTERS_AND_DIGITS = `${LOWER_CASE}ABCDEFGHIJKLMNOPQRSTUVWXYZ`;

export function createPool(
  service: ServerState,
  settings: PoolSettings,
  id = `${service.region}_${randomText(9, LETTERS_AND_DIGITS)}`,
): UserPool {
  checkPoolSettings(settings);
  const pool = new UserPool(service, id, settings);
  service.pools.set(id, pool);
  return pool;
}

export function createClient(
  pool: UserPool,
  settings: ClientSettings,
  given: { id?: string | undefined; secret?: string | undefined } = {},
): AppClient {
  const secret = given.secret ?? (settings.GenerateSecret ? randomSecret() : undefined);
  checkClientSettings(settings, secret);
  checkOAuthSettings(pool, settings, secret);
  const id = given.id ?? randomText(26, LOWER_CASE);
  if (pool.service.clients.has(id)) throw invalidParameter(`User pool client ${id} exists already.`);
  const client: AppClient = {
    id,
    secrets: [],
    pool,
    settings,
    createdAt: pool.now(),
    modifiedAt: pool.now(),
  };
  if (secret !== undefined) addSecret(client, secret, pool.now());
  // Secrets Manager rotates at creation.
  if (isPublished(client)) rotateSecret(client);
  pool.service.clients.set(id, client);
  return client;
}

function randomText(length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}
