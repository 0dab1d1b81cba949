import type { CopiedSettings } from '../copy/pool-copy.ts';
import type { NewUser } from '../users/seed.ts';

/** An app client of a seed. */
export interface SeedClient {
  /** ID of the app client. Default: `localclient`, then `localclient2` and so on, by its place in the seed. */
  readonly clientId?: string;
  /** A fixed client secret. For a generated one, set `settings: { GenerateSecret: true }`. Default: no secret. */
  readonly clientSecret?: string;
  /** In the member names of CreateUserPoolClient. Default: none. */
  readonly settings?: CopiedSettings;
}

/** A user pool of a seed. A `PoolCopy` is one, too. */
export interface SeedPool {
  /** ID of the user pool. Default: `us-east-1_LocalPool`, then `us-east-1_LocalPool2` and so on, with the server's region. */
  readonly userPoolId?: string;
  /**
   * Source of the settings that `pool` and `appClients` omit: `local` for those of `startLocalUserPool`, `cognito` for those of
   * CreateUserPool and CreateUserPoolClient. Default: `local`.
   */
  readonly defaults?: 'local' | 'cognito';
  /** In the member names of CreateUserPool. Default: none. */
  readonly pool?: CopiedSettings;
  /** The first one of the first pool is the client of `config`. Default: one app client, with the defaults. */
  readonly appClients?: readonly SeedClient[];
  /** In the member names of CreateIdentityProvider. Default: none. */
  readonly identityProviders?: readonly CopiedSettings[];
  /** In the member names of CreateResourceServer. Default: none. */
  readonly resourceServers?: readonly CopiedSettings[];
  /** In the member names of CreateGroup. Groups that users have need no entry. Default: none. */
  readonly groups?: readonly CopiedSettings[];
  /** In the member names of CreateUserPoolDomain. Default: none. */
  readonly domains?: readonly CopiedSettings[];
  /** In the member names of SetUserPoolClientSessionConfiguration. Default: none. */
  readonly clientSessions?: readonly CopiedSettings[];
  /** In the member names of SetRiskConfiguration. Default: none. */
  readonly riskConfigurations?: readonly CopiedSettings[];
  /** In the member names of SetUICustomization, with the image in base64. Default: none. */
  readonly uiCustomizations?: readonly CopiedSettings[];
  /** In the member names of CreateTerms. Default: none. */
  readonly terms?: readonly CopiedSettings[];
  /** Users to create. One without `sub` has the same generated one at each start. Default: none. */
  readonly users?: readonly NewUser[];
  /** Ignored. A `PoolCopy` has it. */
  readonly omitted?: readonly string[];
}

/** User pools with their app clients, groups and users. It is plain JSON. */
export interface LocalSeed {
  /** The first one is the pool of `config`, `addUser` and `addClient`. */
  readonly pools: readonly SeedPool[];
}

export const SEED_PAGE = 'local-user-pool.md#seeds';
