import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FaultList, type Faults } from './http/faults.ts';
import { createHttpServer } from './http/http-server.ts';
import { RequestLog, type Requests } from './http/request-log.ts';
import { type Inbox, MemoryInbox } from './messages/inbox.ts';
import { isPublished, publishedArn, rotateSecret, secretsOf } from './model/client-secrets.ts';
import { createClock, type PoolClock } from './model/clock.ts';
import { generateSigningKeys, sharedKeyPair } from './model/keys.ts';
import type { InboxMessage } from './model/messages.ts';
import type { AppClient, ServerState, TokenOverrides, UserPool } from './model/pool.ts';
import {
  type ClientSettings,
  CONVENIENT_POOL,
  convenientClient,
  DEFAULT_LIMITS,
  type HourlyLimits,
  type PoolSettings,
} from './model/settings.ts';
import type { Triggers } from './model/triggers.ts';
import { addProvider } from './operations/identity-providers.ts';
import { findClient } from './operations/operation.ts';
import { signIn } from './tokens/tokens.ts';
import { createClient, createPool } from './users/pools.ts';
import { type NewUser, seedUser } from './users/seed.ts';

/** Everything is optional: `startLocalUserPool()` gives a pool with sign-in by e-mail and one public app client. */
export interface LocalUserPoolOptions {
  /** TCP port. Default 0: any free one. */
  readonly port?: number;
  /** Address to listen on. Default `127.0.0.1`. Anything that is not loopback is refused. */
  readonly host?: string;
  /** Listen wherever `host` says. Whoever reaches the pool can read and change everything in it. Default false. */
  readonly dangerouslyListenOnAnyHost?: boolean;
  /** Start although NODE_ENV is `production`. Default false. */
  readonly dangerouslyAllowProduction?: boolean;
  /** Default: a new one in `us-east-1`. */
  readonly userPoolId?: string;
  /** Default: a new one. */
  readonly clientId?: string;
  /** A fixed client secret; `appClient: { GenerateSecret: true }` makes a new one. Default: none. */
  readonly clientSecret?: string;
  /** The `iss` of the tokens. Default: `<url>/<userPoolId>`. */
  readonly issuer?: string;
  /**
   * Settings of the pool. Default: sign-in by e-mail address in any case, addresses verified by code,
   * authenticator apps optional, Cognito's password policy. What is given replaces a default member by member.
   */
  readonly pool?: PoolSettings;
  /**
   * Settings of the app client. Default: no secret, the password, SRP and refresh flows, and
   * PreventUserExistenceErrors ENABLED as in the console (the API's own default is LEGACY).
   */
  readonly appClient?: ClientSettings;
  /**
   * Names of identity providers, such as `Google`. At managed login each has a page in place of its own, on which
   * one says who one is. Default: none.
   */
  readonly identityProviders?: readonly string[];
  /** Functions in place of Lambda triggers. */
  readonly triggers?: Triggers;
  /** Users to begin with. */
  readonly users?: readonly NewUser[];
  /** Limits per user and hour; `false` also ends the lock-out after wrong passwords. Default: Cognito's. */
  readonly limits?: Partial<HourlyLimits> | false;
  /** Where the pool's time comes from: milliseconds since the epoch. Default: `Date.now`. */
  readonly clock?: () => number;
  /** Called with each message that the pool delivers. The same messages are in `inbox`. */
  readonly onMessage?: (message: InboxMessage) => void;
  /** Leave out the warning, once per process, that this is for development only. Default false. */
  readonly quiet?: boolean;
}

/** What `createCognitoRouter` and `requireAuth` need to use the pool. */
export interface LocalConfig {
  readonly userPoolId: string;
  readonly clientId: string;
  /** Absent for an app client without a secret, and for one whose secret Secrets Manager keeps: see `clientSecretArn`. */
  readonly clientSecret?: string;
  readonly endpoint: string;
}

/** What may differ from an ordinary sign-in. */
export interface TokensForOptions extends TokenOverrides {
  /** An app client of the pool. Default: the first one. */
  readonly clientId?: string;
}

export interface LocalTokens {
  readonly accessToken: string;
  readonly idToken: string;
  readonly refreshToken: string;
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
}

/** A running local user pool. */
export interface LocalUserPool {
  readonly config: LocalConfig;
  /** Where it listens, such as `http://127.0.0.1:54321`: the `endpoint` of an SDK client. */
  readonly url: string;
  /** The `iss` of the tokens. */
  readonly issuer: string;
  readonly jwksUri: string;
  /**
   * Where managed login is, such as `http://127.0.0.1:54321/us-east-1_AbCdEfGhI`: what on AWS is the pool's domain. Below
   * it are `/oauth2/authorize`, `/oauth2/token`, `/oauth2/userInfo`, `/oauth2/revoke`, `/login` and `/logout`. An app client
   * takes part in it with the settings `CallbackURLs` and `LogoutURLs`.
   */
  readonly domain: string;
  /** The codes that the pool has sent. */
  readonly inbox: Inbox;
  /** The pool's time, to be moved instead of waited for. */
  readonly clock: PoolClock;
  /** Makes things go wrong on demand. */
  readonly faults: Faults;
  /** What has arrived, to be counted. */
  readonly requests: Requests;
  /** Puts a user into the pool. Throws what AdminCreateUser would. */
  addUser(user: NewUser): { readonly username: string; readonly sub: string };
  /** Adds an app client, with the defaults of the first one. */
  addClient(settings?: ClientSettings): LocalConfig;
  /** Tokens for a user without the sign-in, by any name the user may sign in with. */
  tokensFor(username: string, options?: TokensForOptions): LocalTokens;
  /**
   * The ARN of the first app client's secret, where Secrets Manager keeps it (`PublishSecretsInAWSSecretsManager`):
   * `secretsManagerSecret(arn, { endpoint: url })` reads it, and so does any client of Secrets Manager at `url`.
   */
  readonly clientSecretArn: string | undefined;
  /**
   * Gives an app client a new secret. The one before stays valid until the next rotation. Default: the first app client.
   * Throws an Error for a public app client.
   */
  rotateClientSecret(clientId?: string): void;
  /** Signs with two new keys from now on. The old ones stay in the key set unless `dropOld` is true. */
  rotateKeys(options?: { dropOld?: boolean }): Promise<void>;
  /** Ends every connection and stops. The pool's content is gone. */
  close(): Promise<void>;
}

const REGION = 'us-east-1';
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|localhost)$/;
let warned = false;

/**
 * Starts an in-memory Cognito user pool on a loopback port. It speaks Cognito's own protocol, so
 * any AWS SDK can talk to it. For development and tests: it keeps nothing, and its administrator
 * operations accept any AWS signature without checking it.
 *
 * @throws Error if `host` is not loopback or NODE_ENV is `production`, unless the option named in the message allows it
 */
export async function startLocalUserPool(options: LocalUserPoolOptions = {}): Promise<LocalUserPool> {
  const { port = 0, host = '127.0.0.1' } = options;
  refuseUnsafe(options, host);
  refuseBadIds(options);

  const inbox = new MemoryInbox();
  const faults = new FaultList();
  const requests = new RequestLog();
  if (options.onMessage) inbox.subscribe(options.onMessage);
  let url = '';
  const service: ServerState = {
    region: options.userPoolId?.split('_')[0] ?? REGION,
    clock: createClock(options.clock),
    limits: options.limits === false ? false : { ...DEFAULT_LIMITS, ...options.limits },
    triggers: options.triggers ?? {},
    keys: await sharedKeyPair(),
    pools: new Map(),
    clients: new Map(),
    deliver: (message) => inbox.deliver(message),
    urlOf: (poolId) => `${url}/${poolId}`,
    issuerOf: (poolId) => (poolId === pool.id && options.issuer) || service.urlOf(poolId),
  };
  const pool = createPool(service, { ...CONVENIENT_POOL, ...settingsFor(options.pool) }, options.userPoolId);
  for (const name of options.identityProviders ?? []) addProvider(pool, name);
  const first = createClient(pool, convenient(pool, options.appClient), {
    id: options.clientId,
    secret: options.clientSecret,
  });
  for (const user of options.users ?? []) seedUser(pool, user);

  const server = createHttpServer(service, faults, requests);
  server.listen(port, host);
  await once(server, 'listening');
  url = urlOf(host, server.address() as AddressInfo);
  if (!options.quiet) warnOnce(url);

  let closed: Promise<void> | undefined;
  const configOf = (client: typeof first): LocalConfig => ({
    userPoolId: pool.id,
    clientId: client.id,
    ...secretOf(client),
    endpoint: url,
  });
  return {
    config: configOf(first),
    url,
    issuer: pool.issuer,
    clientSecretArn: isPublished(first) ? publishedArn(first) : undefined,
    domain: service.urlOf(pool.id),
    jwksUri: `${service.urlOf(pool.id)}/.well-known/jwks.json`,
    inbox,
    clock: service.clock,
    faults,
    requests,
    addUser(user) {
      const { username, sub } = seedUser(pool, user);
      return { username, sub };
    },
    addClient: (settings = {}) => configOf(createClient(pool, convenient(pool, settings))),
    tokensFor(username, { clientId = first.id, ...overrides } = {}) {
      const user = pool.users.find(username);
      if (!user) throw new Error(`The local user pool has no user "${username}": add one with addUser().`);
      const tokens = signIn(findClient(service, clientId, pool), user, overrides);
      return {
        accessToken: tokens.AccessToken,
        idToken: tokens.IdToken,
        refreshToken: tokens.RefreshToken,
        expiresIn: tokens.ExpiresIn,
      };
    },
    rotateClientSecret(clientId = first.id) {
      const client = findClient(service, clientId, pool);
      if (client.secrets.length === 0)
        throw new Error(`The app client "${clientId}" has no secret to rotate.`);
      rotateSecret(client);
    },
    async rotateKeys({ dropOld = false } = {}) {
      const keys = await generateSigningKeys();
      pool.retiredKeys = dropOld ? [] : [...pool.publishedKeys];
      pool.keys = keys;
    },
    close() {
      closed ??= stop(server);
      return closed;
    },
  };
}

function secretOf(client: AppClient): Pick<LocalConfig, 'clientSecret'> {
  const [secret] = secretsOf(client);
  return secret && !isPublished(client) ? { clientSecret: secret.value } : {};
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** An app client takes whoever the pool has, unless it says otherwise. */
function convenient(pool: UserPool, settings: ClientSettings = {}): ClientSettings {
  const SupportedIdentityProviders = ['COGNITO', ...pool.identityProviders.keys()];
  return convenientClient(settings.CallbackURLs ? { SupportedIdentityProviders, ...settings } : settings);
}

/** The two kinds of sign-in names exclude each other: whoever asks for aliases does not want the default. */
function settingsFor(settings: PoolSettings = {}): PoolSettings {
  return settings.AliasAttributes?.length ? { UsernameAttributes: [], ...settings } : settings;
}

function refuseUnsafe(options: LocalUserPoolOptions, host: string): void {
  if (!LOOPBACK.test(host) && !options.dangerouslyListenOnAnyHost) {
    throw new Error(
      `The local user pool does not listen on "${host}": everybody who reaches it can do anything with it. ` +
        'Use 127.0.0.1, or set dangerouslyListenOnAnyHost if the network is yours alone.',
    );
  }
  if (process.env.NODE_ENV === 'production' && !options.dangerouslyAllowProduction) {
    throw new Error(
      'The local user pool does not start while NODE_ENV is "production": it is for development and tests. ' +
        'Use a Cognito user pool, or set dangerouslyAllowProduction if you know better.',
    );
  }
}

function refuseBadIds({ userPoolId = 'us-east-1_x', clientId = 'x' }: LocalUserPoolOptions): void {
  if (!/^[\w-]{1,40}_[0-9a-zA-Z]{1,14}$/.test(userPoolId)) {
    throw new Error(
      `userPoolId is a region, "_" and letters or digits, such as us-east-1_Example, not "${userPoolId}".`,
    );
  }
  if (!/^[\w+]{1,128}$/.test(clientId)) {
    throw new Error(`clientId is made of letters, digits, "_" and "+", not "${clientId}".`);
  }
}

function urlOf(host: string, { port }: AddressInfo): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

function warnOnce(url: string): void {
  if (warned) return;
  warned = true;
  process.emitWarning(`A local user pool listens on ${url}. It is for development and tests only.`, {
    code: 'COGNITO_KIT_LOCAL_USER_POOL',
  });
}
