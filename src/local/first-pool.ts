import { createClients, createParts } from './copy/apply-copy.ts';
import { COPY_PAGE, CREATED_AFTER_CLIENTS, CREATED_BY, type PoolCopy } from './copy/pool-copy.ts';
import { usableParts } from './copy/usable-parts.ts';
import type { AppClient, ServerState, UserPool } from './model/pool.ts';
import type { ClientSettings, PoolSettings } from './model/settings.ts';
import { convenientClient, convenientPool } from './model/settings-rules.ts';
import { addProvider } from './operations/identity-providers.ts';
import { refuseUnknownSettings } from './option-checks.ts';
import { lambdaConfigOf, withoutStandIns } from './triggers/lambda-config.ts';
import { addLinkDomain } from './users/link-domain.ts';
import { createClient, createPool } from './users/pools.ts';

/** The options of `startLocalUserPool` about its first pool. */
interface FirstPoolOptions {
  readonly userPoolId?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly like?: PoolCopy;
  readonly pool?: PoolSettings;
  readonly appClient?: ClientSettings;
  readonly identityProviders?: readonly string[];
}

const LIKE = { path: 'like', page: COPY_PAGE };

/** Returns the stored pool of the options, else creates it: with defaults, or as a copy. */
export async function firstPool(service: ServerState, options: FirstPoolOptions): Promise<UserPool> {
  const { like, identityProviders = [] } = options;
  const known = storedPool(service, options);
  const pool = known ?? newPool(service, options);
  if (!known && like) await createParts(pool, CREATED_BY, like, LIKE);
  for (const name of identityProviders) if (!pool.identityProviders.has(name)) addProvider(pool, name);
  return pool;
}

/** Returns the ID that the options give the first pool. */
export function firstPoolId({ userPoolId, like }: FirstPoolOptions): string | undefined {
  return userPoolId ?? like?.userPoolId;
}

/** Returns the stored pool with the id of the options, or the oldest one. */
function storedPool(service: ServerState, options: FirstPoolOptions): UserPool | undefined {
  const id = firstPoolId(options);
  const [oldest] = service.pools.values();
  const known = id === undefined ? oldest : service.pools.get(id);
  if (known) replaceStandIns(known);
  return known;
}

/** Puts the functions of this start in place of those of the last one, which had other triggers. */
export function replaceStandIns(pool: UserPool): void {
  const { triggers, region } = pool.service;
  const own = withoutStandIns(pool.settings.LambdaConfig);
  pool.settings = { ...pool.settings, LambdaConfig: lambdaConfigOf(triggers, region, own) };
}

function newPool(service: ServerState, options: FirstPoolOptions): UserPool {
  const { like } = options;
  const settings: PoolSettings = like ? { ...like.pool, ...options.pool } : convenientPool(options.pool);
  const LambdaConfig = lambdaConfigOf(service.triggers, service.region, settings.LambdaConfig);
  const pool = createPool(service, { ...settings, LambdaConfig }, firstPoolId(options));
  if (!like) addLinkDomain(pool);
  return pool;
}

/** Returns the pool's app client with the id of the options, else a new one. */
export async function firstClient(pool: UserPool, options: FirstPoolOptions): Promise<AppClient> {
  const { clientId: id, clientSecret: secret, like, appClient } = options;
  const known = pool.clients().find((client) => id === undefined || client.id === id);
  if (known) return known;
  const copied = like && createClients(pool, like, { id, secret, changes: appClient ?? {} });
  const client = copied ?? createClient(pool, convenient(pool, appClient), { id, secret });
  // The option `pool` can turn features off.
  if (like) await createParts(pool, CREATED_AFTER_CLIENTS, usableParts(pool, like), LIKE);
  return client;
}

/** Adds the default SupportedIdentityProviders of managed login: all that the pool has. */
export function convenient(pool: UserPool, settings: ClientSettings = {}): ClientSettings {
  refuseUnknownSettings(settings);
  const SupportedIdentityProviders = ['COGNITO', ...pool.identityProviders.keys()];
  return convenientClient(settings.CallbackURLs ? { SupportedIdentityProviders, ...settings } : settings);
}
