import { randomInt } from 'node:crypto';
import { addSecret, isPublished, randomSecret, rotateSecret } from '../model/client-secrets.ts';
import { invalidParameter } from '../model/errors.ts';
import { type AppClient, type ServerState, UserPool } from '../model/pool.ts';
import type { ClientSettings, PoolSettings } from '../model/settings.ts';
import { checkClientSettings, checkPoolSettings, withSmsFactor } from '../model/settings-rules.ts';
import { checkClientAttributes } from './client-attributes.ts';
import { checkOAuthSettings } from './oauth-settings.ts';

const LOWER_CASE = '0123456789abcdefghijklmnopqrstuvwxyz';
const LETTERS_AND_DIGITS = `${LOWER_CASE}ABCDEFGHIJKLMNOPQRSTUVWXYZ`;

export function createPool(
  service: ServerState,
  settings: PoolSettings,
  id = `${service.region}_${randomText(9, LETTERS_AND_DIGITS)}`,
): UserPool {
  checkPoolSettings(settings);
  const pool = new UserPool(service, id, withSmsFactor(settings));
  service.pools.set(id, pool);
  return pool;
}

/** Replaces the settings. Throws the exceptions of UpdateUserPool, and then changes nothing. */
export function updatePool(pool: UserPool, settings: PoolSettings): void {
  checkPoolSettings(settings);
  pool.settings = withSmsFactor(settings);
  pool.modifiedAt = pool.now();
}

/** Deletes a pool with its app clients. The server then knows none of its tokens and sessions. */
export function deletePool(pool: UserPool): void {
  if (pool.settings.DeletionProtection === 'ACTIVE') {
    throw invalidParameter(
      'The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.',
    );
  }
  if (pool.domains.size > 0) {
    throw invalidParameter(
      'User pool cannot be deleted. It has a domain configured that should be deleted first.',
    );
  }
  for (const client of pool.clients()) deleteClient(client);
  pool.service.pools.delete(pool.id);
}

export function poolArn({ id, service }: UserPool, region: string = service.region): string {
  return `arn:aws:cognito-idp:${region}:000000000000:userpool/${id}`;
}

export function createClient(
  pool: UserPool,
  settings: ClientSettings,
  given: { id?: string | undefined; secret?: string | undefined } = {},
): AppClient {
  const secret = given.secret ?? (settings.GenerateSecret ? randomSecret() : undefined);
  checkClientSettings(pool.settings, settings, secret);
  checkOAuthSettings(pool, settings, secret);
  checkClientAttributes(pool, settings, 'creating');
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

/** Deletes an app client. Its tokens are revoked, and its sign-ins in progress end. */
export function deleteClient(client: AppClient): void {
  const { pool, id } = client;
  pool.service.clients.delete(id);
  for (const each of pool.signIns.values()) if (each.client === client) each.revoked = true;
  for (const states of [pool.sessions, pool.srpExchanges, pool.passkeyRegistrations, pool.authorizationCodes])
    forgetStates(states, client);
  for (const { flows } of pool.browserSessions.values()) forgetStates(flows, client);
  pool.riskConfigurations.delete(id);
  pool.uiCustomizations.delete(id);
  for (const resources of [pool.brandings, pool.terms]) forgetResources(resources, id);
}

function forgetResources(resources: Map<string, { readonly clientId: string }>, clientId: string): void {
  for (const [key, resource] of resources) if (resource.clientId === clientId) resources.delete(key);
}

function forgetStates(states: Map<string, { readonly client: AppClient }>, client: AppClient): void {
  for (const [key, state] of states) if (state.client === client) states.delete(key);
}

function randomText(length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}

/** Finds the pool that has this domain, of managed login. */
export function poolOfDomain({ pools }: ServerState, domain: string): UserPool | undefined {
  return [...pools.values()].find((pool) => pool.domains.has(domain));
}
