import { createHash } from 'node:crypto';
import { created, createParts, type Origin } from '../copy/apply-copy.ts';
import { CREATED_AFTER_CLIENTS, CREATED_BY } from '../copy/pool-copy.ts';
import { convenient, replaceStandIns } from '../first-pool.ts';
import type { ServerState, UserPool } from '../model/pool.ts';
import type { ClientSettings, PoolSettings } from '../model/settings.ts';
import { convenientPool } from '../model/settings-rules.ts';
import { newSub } from '../model/user.ts';
import { addProvider } from '../operations/identity-providers.ts';
import { localOptionError } from '../option-values.ts';
import { lambdaConfigOf } from '../triggers/lambda-config.ts';
import { addLinkDomain } from '../users/link-domain.ts';
import { createClient, createPool } from '../users/pools.ts';
import { type NewUser, seedUser } from '../users/seed.ts';
import { checkedSeed } from './check-seed.ts';
import { readSeedFile } from './read-seed-file.ts';
import { type LocalSeed, SEED_PAGE, type SeedClient, type SeedPool } from './seed.ts';

/** The options of `startLocalUserPool` that a seed needs: `seed` itself, and those that change its first pool. */
interface SeedOptions {
  readonly region?: string;
  readonly userPoolId?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly pool?: PoolSettings;
  readonly appClient?: ClientSettings;
  readonly identityProviders?: readonly string[];
}

/** A checked seed. */
export interface Seed {
  /** ID of the first pool. */
  readonly userPoolId: string;
  /** Creates the pools that the server lacks. Throws a TypeError that names the path of the part that Cognito refuses. */
  readonly applyTo: (service: ServerState) => Promise<void>;
}

type WithIds = SeedPool & {
  readonly userPoolId: string;
  readonly appClients: readonly (SeedClient & { readonly clientId: string })[];
};

const REGION = 'us-east-1';

/** Reads and checks a seed, from its path or as an object. Throws a SeedFileError or a TypeError. */
export async function prepareSeed(given: LocalSeed | string, options: SeedOptions): Promise<Seed> {
  const seed = checkedSeed(typeof given === 'string' ? await readSeedFile(given) : given);
  const pools = withIds(seed, options);
  return {
    userPoolId: pools[0]?.userPoolId ?? '',
    async applyTo(service) {
      for (const [index, pool] of pools.entries()) {
        const known = service.pools.get(pool.userPoolId);
        if (known) replaceStandIns(known);
        else await addPool(service, pool, originOf(index), index === 0 ? options : {});
      }
    },
  };
}

/** Fills in the IDs by their places, so that each start has the same ones. */
function withIds({ pools }: LocalSeed, options: SeedOptions): WithIds[] {
  const firstId = options.userPoolId ?? pools[0]?.userPoolId;
  const region = options.region ?? (firstId === undefined ? REGION : regionOf(firstId));
  const poolIds = new Set<string>();
  const clientIds = new Set<string>();
  let clients = 0;
  return pools.map((pool, index) => {
    const { path } = originOf(index);
    const place = index === 0 ? '' : index + 1;
    const given = index === 0 ? firstId : pool.userPoolId;
    const userPoolId = unique(`${path}.userPoolId`, given ?? `${region}_LocalPool${place}`, poolIds);
    const only = index === 0 && options.clientId !== undefined ? { clientId: options.clientId } : {};
    const appClients = (pool.appClients ?? [only]).map((client, at) => {
      const number = ++clients === 1 ? '' : clients;
      const clientId = client.clientId ?? `localclient${number}`;
      return { ...client, clientId: unique(`${path}.appClients[${at}].clientId`, clientId, clientIds) };
    });
    return { ...pool, userPoolId, appClients };
  });
}

function originOf(index: number): Origin {
  return { path: `seed.pools[${index}]`, page: SEED_PAGE };
}

function regionOf(userPoolId: string): string {
  return userPoolId.split('_')[0] ?? REGION;
}

function unique(path: string, id: string, taken: Set<string>): string {
  if (taken.has(id))
    throw localOptionError(`${path} is "${id}", which is taken; write another ID`, SEED_PAGE);
  taken.add(id);
  return id;
}

async function addPool(
  server: ServerState,
  given: WithIds,
  origin: Origin,
  changes: SeedOptions,
): Promise<void> {
  const { userPoolId, defaults = 'local' } = given;
  const region = regionOf(userPoolId);
  const service = region === server.region ? server : { ...server, region };
  const isLocal = defaults === 'local';
  const own: PoolSettings = { ...given.pool, ...changes.pool };
  const pool = await created('pool', origin, () => {
    const settings = isLocal ? convenientPool(own) : own;
    const LambdaConfig = lambdaConfigOf(service.triggers, region, settings.LambdaConfig);
    return createPool(service, { ...settings, LambdaConfig }, userPoolId);
  });
  await createParts(pool, CREATED_BY, given, origin);
  if (isLocal) addLinkDomain(pool);
  for (const name of changes.identityProviders ?? [])
    if (!pool.identityProviders.has(name)) addProvider(pool, name);
  await addClients(pool, given, origin, changes);
  await createParts(pool, CREATED_AFTER_CLIENTS, given, origin);
  for (const [index, user] of (given.users ?? []).entries())
    await created(`users[${index}]`, origin, () => seedUser(pool, { sub: stableSub(pool, user), ...user }));
}

/** Returns the same `sub` at each start, because the app under test may have stored it. */
function stableSub({ id, users }: UserPool, { username }: NewUser): string {
  return newSub(
    createHash('sha256')
      .update(`${id}/${users.nameKey(username)}`)
      .digest(),
  );
}

async function addClients(
  pool: UserPool,
  { appClients, defaults }: WithIds,
  origin: Origin,
  { clientId: firstId = appClients[0]?.clientId, clientSecret, appClient }: SeedOptions,
): Promise<void> {
  const ids = appClients.map(({ clientId }) => clientId);
  if (firstId !== undefined && ids.length > 0 && !ids.includes(firstId)) {
    const fault = `clientId is "${firstId}", an app client that ${origin.path} does not have; write one of ${ids.join(', ')}`;
    throw localOptionError(fault, SEED_PAGE);
  }
  for (const [index, client] of appClients.entries()) {
    const isFirst = client.clientId === firstId;
    const own: ClientSettings = { ...client.settings, ...(isFirst && appClient) };
    const secret = (isFirst ? clientSecret : undefined) ?? client.clientSecret;
    await created(`appClients[${index}]`, origin, () => {
      const settings = defaults === 'cognito' ? own : convenient(pool, own);
      return createClient(pool, settings, { id: client.clientId, secret });
    });
  }
}
