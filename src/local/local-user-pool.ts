import { randomBytes } from 'node:crypto';
import { checkExportOptions, checkFault, checkInboxFilter, checkTokenOptions } from './call-checks.ts';
import { createControl } from './control/control.ts';
import { checkCopy, type PoolCopy } from './copy/pool-copy.ts';
import { convenient, firstClient, firstPool, firstPoolId } from './first-pool.ts';
import { FaultList, type Faults } from './http/faults.ts';
import { createHostCheck } from './http/host-check.ts';
import { createHttpServer } from './http/http-server.ts';
import { authorityOf, listen, stop } from './http/listening.ts';
import { createAdminOriginCheck } from './http/page-requests.ts';
import { RequestLog, type Requests } from './http/request-log.ts';
import { type TlsOption, transportOf } from './http/tls.ts';
import { type Inbox, MemoryInbox } from './messages/inbox.ts';
import { isPublished, publishedArn, rotateSecret, secretsOf } from './model/client-secrets.ts';
import { createClock, type PoolClock } from './model/clock.ts';
import { KMS_KEY_BYTES } from './model/data-keys.ts';
import { RefusedCall, undelivered, unknownUser } from './model/errors.ts';
import { generateSigningKeys, sharedKeyPair } from './model/keys.ts';
import type { InboxMessage } from './model/messages.ts';
import type { AppClient, ServerState, UserPool } from './model/pool.ts';
import type { ClientSettings, HourlyLimits, PoolSettings } from './model/settings.ts';
import { DEFAULT_LIMITS } from './model/settings-rules.ts';
import type { TokenOverrides } from './model/sign-in-state.ts';
import type { Triggers } from './model/triggers.ts';
import type { User } from './model/user.ts';
import { findClient } from './operations/operation.ts';
import {
  refuseSeedOfCopy,
  refuseUnknownOptions,
  refuseUnknownSettings,
  refuseUnknownUser,
} from './option-checks.ts';
import type { Seed } from './seed/apply-seed.ts';
import type { ExportOptions } from './seed/export-seed.ts';
import type { LocalSeed } from './seed/seed.ts';
import { refuseInvalidIds, refuseOtherRegion, refuseUnsafe } from './start-checks.ts';
import { type Snapshot, StateStore } from './state/state-store.ts';
import { signIn } from './tokens/tokens.ts';
import { type AuthenticatorCode, authenticatorCodes } from './users/authenticator-codes.ts';
import { createClient } from './users/pools.ts';
import { type NewUser, seedUser } from './users/seed.ts';

/** Options of `startLocalUserPool`. All are optional: the default is a pool with sign-in by e-mail and one public app client. */
export interface LocalUserPoolOptions {
  /** TCP port. Default: 0, a free port. */
  readonly port?: number;
  /** Address to listen on. Addresses other than loopback throw. Default: `127.0.0.1`. */
  readonly host?: string;
  /** Allows any `host`. Every client that reaches the pool can read and change all of its data. Default: false. */
  readonly dangerouslyListenOnAnyHost?: boolean;
  /**
   * Further names under which clients reach the pool, without a port. Others are refused, because a page of another site
   * could point its name at this machine (DNS rebinding). Always accepted: `localhost`, IP addresses, and with
   * `dangerouslyListenOnAnyHost` names that public DNS does not have. Default: none.
   */
  readonly allowedHosts?: readonly string[];
  /**
   * Serves HTTPS in place of HTTP. `true` makes a self-signed certificate at the start, for `localhost`, `127.0.0.1`, `::1` and
   * the names in `allowedHosts`; `{ key, cert }` are PEM texts of your own. Clients must trust `pool.certificate`. Default: false.
   */
  readonly tls?: TlsOption;
  /**
   * Origins of web pages, such as `http://localhost:5173`, that may call the operations that need AWS credentials. Such a
   * page can read and change all of the pool's data. Default: none; pages can call the other operations only.
   */
  readonly allowedAdminOrigins?: readonly string[];
  /** Starts the pool even if `NODE_ENV` is `production`. Default: false. */
  readonly dangerouslyAllowProduction?: boolean;
  /** User pool id, such as `us-east-1_Example`; its first part is the region. Default: a generated id in `us-east-1`. */
  readonly userPoolId?: string;
  /** Id of the first app client: letters, digits, `_` and `+`. Default: a generated id. */
  readonly clientId?: string;
  /** A fixed client secret. For a generated one, set `appClient: { GenerateSecret: true }`. Default: no secret. */
  readonly clientSecret?: string;
  /** The `iss` claim of the tokens. Default: `<url>/<userPoolId>`. */
  readonly issuer?: string;
  /**
   * Settings of another user pool, from `copyUserPool` or a file with its result. They replace all defaults. Members of `pool`
   * replace those of the copy, and those of `appClient` replace settings of the first app client, which `clientId` selects.
   * Default: none.
   */
  readonly like?: PoolCopy;
  /**
   * Pools with their app clients, groups and users, or the path of a JSON or YAML file with them. YAML needs the package
   * `yaml`. The options about the pool, its app client and users change the first pool. Pools that `state` has stay as they
   * are. Throws for a seed that Cognito would refuse; the message names the path in it. Excludes `like`. Default: none.
   */
  readonly seed?: LocalSeed | string;
  /**
   * Settings of the pool, in the member names of CreateUserPool. Each member given replaces its default. Default: sign-in
   * by case-insensitive e-mail address, addresses verified by code, optional TOTP, and Cognito's password policy.
   */
  readonly pool?: PoolSettings;
  /**
   * Settings of the first app client, in the member names of CreateUserPoolClient. Default: no secret, the password, SRP and
   * refresh flows, and `PreventUserExistenceErrors: 'ENABLED'` as in the AWS console (the API's default is `LEGACY`).
   */
  readonly appClient?: ClientSettings;
  /**
   * Names of identity providers, such as `Google`. Managed login shows a page in place of each provider, which accepts any
   * identity. Default: none.
   */
  readonly identityProviders?: readonly string[];
  /**
   * Functions that stand in for Lambda triggers. They run in the pool that this call starts, and in pools whose
   * `LambdaConfig` has the trigger. Default: none.
   */
  readonly triggers?: Triggers;
  /**
   * Base URL of a server that speaks the Lambda Invoke API, such as `http://127.0.0.1:3001` for `sam local start-lambda`. It
   * runs the functions of `LambdaConfig`, except for triggers that `triggers` has. Events hold passwords and codes, so
   * choose a server that you trust. Default: none.
   */
  readonly lambdaEndpoint?: string;
  /** Users to create at the start. Default: none. */
  readonly users?: readonly NewUser[];
  /** Limits per user and hour. `false` disables them, and the lockout after wrong passwords. Default: Cognito's limits. */
  readonly limits?: Partial<HourlyLimits> | false;
  /**
   * Region of the pools that this server creates, such as `eu-west-1`. It is part of ids, ARNs and issuers. A client of
   * another region creates its pools there. Default: the region of `userPoolId` or of `state`, else `us-east-1`.
   */
  readonly region?: string;
  /**
   * Path of a file that keeps all data over a restart: pools, users, keys and tokens. Only its owner can read it, and it holds
   * secrets. The settings in the other options apply to pools and app clients that the file does not have. Throws for a file
   * that is damaged, of a newer version of the kit, or in use. Default: none; data is lost at `close()`.
   */
  readonly state?: string;
  /** Source of the pool's time, in milliseconds since the epoch. Default: `Date.now`. */
  readonly clock?: () => number;
  /**
   * Serves `/_kit`, the control of the pool over HTTP for tests in any language. Only programs on this machine can use it;
   * web pages cannot. Default: true.
   */
  readonly control?: boolean;
  /** Called with each message that the pool delivers. `inbox` holds the same messages. Default: none. */
  readonly onMessage?: (message: InboxMessage) => void;
  /** Omits the warning, once per process, that the pool is for development only. Default: false. */
  readonly quiet?: boolean;
}

/** The options that connect `createCognitoRouter` or `requireAuth` to the pool. */
export interface LocalConfig {
  readonly userPoolId: string;
  readonly clientId: string;
  /** Absent for an app client without a secret, or with one in Secrets Manager (see `clientSecretArn`). */
  readonly clientSecret?: string;
  readonly endpoint: string;
  /** Present if the pool was started with the option `issuer`. */
  readonly issuer?: string;
  /** Present if the pool was started with the option `issuer`: the keys are not below that issuer. */
  readonly jwksUri?: string;
}

/** Differences from an ordinary sign-in, for `tokensFor`. */
export interface TokensForOptions extends TokenOverrides {
  /** Id of an app client of any pool. Default: the first app client. */
  readonly clientId?: string;
}

/** Tokens of a user, as strings. */
export interface LocalTokens {
  readonly accessToken: string;
  readonly idToken: string;
  readonly refreshToken: string;
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
}

/** A running local user pool. */
export interface LocalUserPool {
  /** Options for `createCognitoRouter` and `requireAuth`, with the first app client. */
  readonly config: LocalConfig;
  /** Base URL, such as `http://127.0.0.1:54321`: the `endpoint` of an SDK client. */
  readonly url: string;
  /** The `iss` claim of the tokens. */
  readonly issuer: string;
  /**
   * The certificate that clients must trust, as PEM: the option `ca` of a TLS client, or the content of the file that
   * `NODE_EXTRA_CA_CERTS` names. Undefined without the option `tls`.
   */
  readonly certificate: string | undefined;
  /** URL of the key set. */
  readonly jwksUri: string;
  /**
   * URL of managed login, such as `http://127.0.0.1:54321/us-east-1_AbCdEfGhI`; the pool's domain on AWS. Below it are
   * `/oauth2/authorize`, `/oauth2/token`, `/oauth2/userInfo`, `/oauth2/revoke`, `/login` and `/logout`. An app client needs
   * the settings `CallbackURLs` and `LogoutURLs` to use it.
   */
  readonly domain: string;
  /** The messages that the pool has sent, with their codes. */
  readonly inbox: Inbox;
  /** The pool's time. Tests advance it instead of waiting. */
  readonly clock: PoolClock;
  /** Injects faults into the pool's answers. */
  readonly faults: Faults;
  /** A log of the requests that the pool received. */
  readonly requests: Requests;
  /** Adds a user. Throws the exceptions of AdminCreateUser, such as UsernameExistsException. */
  addUser(user: NewUser): { readonly username: string; readonly sub: string };
  /** Adds an app client, with the same defaults as the first one. Throws the exceptions of CreateUserPoolClient. */
  addClient(settings?: ClientSettings): LocalConfig;
  /** The options that connect an app client of any pool of the server. Throws for an unknown ID. */
  configOf(clientId: string): LocalConfig;
  /** The options that connect each app client of each pool of the server, those of this pool first. */
  configs(): readonly LocalConfig[];
  /**
   * Describes all pools of the server as a seed: settings, app clients, groups and users. Passwords, authenticator secrets and
   * secrets of identity providers are not part of it.
   */
  exportSeed(options?: ExportOptions): Promise<LocalSeed>;
  /**
   * Issues tokens without a sign-in, for a user by any sign-in name, in the pool of the app client. Throws an Error for an
   * unknown user.
   */
  tokensFor(username: string, options?: TokensForOptions): LocalTokens;
  /**
   * The codes of all users with an authenticator app, or of one user by any sign-in name: also during the set-up, when the
   * user has two codes if the new app replaces another. Throws an Error for an unknown user.
   *
   * @example
   * const [app] = pool.authenticatorCodes('ada@example.com');
   */
  authenticatorCodes(username?: string): readonly AuthenticatorCode[];
  /**
   * ARN of the first app client's secret, if the client is set up with `PublishSecretsInAWSSecretsManager`. Read it with
   * `secretsManagerSecret(arn, { endpoint: url })`, or with any Secrets Manager client at `url`.
   */
  readonly clientSecretArn: string | undefined;
  /**
   * Gives an app client a new secret; the previous one stays valid until the next rotation. Default: the first app client.
   * Throws an Error for a public app client.
   */
  rotateClientSecret(clientId?: string): void;
  /** Replaces both signing keys. The old keys stay in the key set unless `dropOld` is true. */
  rotateKeys(options?: { dropOld?: boolean }): Promise<void>;
  /**
   * Closes every connection and stops the server. All of the pool's data is lost, unless the option `state` keeps it. Throws if
   * the state cannot be saved.
   */
  close(): Promise<void>;
}

const OPTIONS: Readonly<Record<keyof LocalUserPoolOptions, true>> = {
  port: true,
  host: true,
  dangerouslyListenOnAnyHost: true,
  allowedHosts: true,
  tls: true,
  allowedAdminOrigins: true,
  dangerouslyAllowProduction: true,
  userPoolId: true,
  clientId: true,
  clientSecret: true,
  issuer: true,
  like: true,
  seed: true,
  pool: true,
  appClient: true,
  identityProviders: true,
  triggers: true,
  lambdaEndpoint: true,
  users: true,
  limits: true,
  region: true,
  state: true,
  clock: true,
  control: true,
  onMessage: true,
  quiet: true,
};

const HOST = '127.0.0.1';
const REGION = 'us-east-1';
let warned = false;

/**
 * Starts an in-memory Cognito user pool on a loopback port. It speaks Cognito's protocol, so any AWS SDK can use it.
 * For development and tests: without `state` it persists nothing, and its administrator operations accept any AWS signature unchecked.
 *
 * @throws Error if `host` is not loopback or `NODE_ENV` is `production` (the message names the option that allows it), or
 * if an id is malformed
 * @example
 * const pool = await startLocalUserPool({ users: [{ username: 'ada@example.com', password: 'Correct-horse-7' }] });
 * app.use('/auth', createCognitoRouter(pool.config));
 * const { accessToken } = pool.tokensFor('ada@example.com');
 * await pool.close();
 */
export async function startLocalUserPool(options: LocalUserPoolOptions = {}): Promise<LocalUserPool> {
  refuseUnknownOptions(options, Object.keys(OPTIONS));
  refuseUnsafe(options, options.host ?? HOST);
  refuseInvalidIds(options);
  checkCopy(options.like);
  refuseUnknownSettings(options.appClient);
  const seed = await seedOf(options);
  const given = seed ? { ...options, userPoolId: seed.userPoolId } : options;
  refuseOtherRegion(options.region, firstPoolId(given));
  const store = options.state === undefined ? undefined : new StateStore(options.state);
  try {
    return await start(given, store, seed);
  } catch (error) {
    await store?.close();
    throw error;
  }
}

/** Loaded on demand, because few starts have a seed. */
async function seedOf({ seed, ...options }: LocalUserPoolOptions): Promise<Seed | undefined> {
  if (seed === undefined) return undefined;
  refuseSeedOfCopy(options.like);
  const { prepareSeed } = await import('./seed/loaded-on-demand.ts');
  return prepareSeed(seed, options);
}

async function start(
  options: LocalUserPoolOptions,
  store: StateStore | undefined,
  seed: Seed | undefined,
): Promise<LocalUserPool> {
  const { host = HOST } = options;
  const stored = store?.stored?.data;
  const transport = await transportOf({ ...options, host });
  const inbox = new MemoryInbox(checkInboxFilter);
  const faults = new FaultList(checkFault);
  const requests = new RequestLog();
  if (options.onMessage) inbox.subscribe(options.onMessage);
  const closing = new AbortController();
  const changed = (): void => store?.changed();
  const clock = createClock(options.clock, stored?.clockOffset, changed);
  let url = '';
  const service: ServerState = {
    region: options.region ?? firstPoolId(options)?.split('_')[0] ?? stored?.region ?? REGION,
    clock,
    limits: options.limits === false ? false : { ...DEFAULT_LIMITS, ...options.limits },
    triggers: options.triggers ?? {},
    lambdaEndpoint: options.lambdaEndpoint,
    closing: closing.signal,
    keys: stored?.keys ?? (await sharedKeyPair()),
    kmsKey: stored?.kmsKey ?? randomBytes(KMS_KEY_BYTES),
    pools: new Map(),
    clients: new Map(),
    provisionedLimits: new Map(stored?.provisionedLimits),
    deliver: (message, operation) => {
      const prevented = faults.takeForMessage(message.medium, operation);
      if (prevented !== undefined) throw undelivered(prevented);
      inbox.deliver(message);
    },
    isWriteBlocked: (operation) => faults.takeBlockedWrite(operation),
    sessionDelayOf: (operation) => faults.takeSessionDelay(operation),
    urlOf: (poolId) => `${url}/${poolId}`,
    issuerOf: (poolId) => (isFirst(poolId) && options.issuer) || service.urlOf(poolId),
  };
  const isFirst = (poolId: string): boolean =>
    poolId === (firstPoolId(options) ?? service.pools.keys().next().value);
  store?.restoreInto(service);
  await seed?.applyTo(service);
  const pool = await firstPool(service, options);
  const first = await firstClient(pool, options);
  for (const user of options.users ?? []) {
    if (!stored || !pool.users.findBySignInName(user.username)) addUser(pool, user);
  }

  const server = createHttpServer({
    createServer: transport.createServer,
    service,
    faults,
    log: requests,
    isAllowedHost: createHostCheck(options),
    isAllowedAdmin: createAdminOriginCheck(options.allowedAdminOrigins),
    control: options.control === false ? undefined : (req, body) => control(req, body),
    changed,
  });
  const port = await listen(server, host, options.port, stored?.port);
  url = `${transport.scheme}://${authorityOf(host, port)}`;
  if (!options.quiet) warnOnce(url);

  const jwksUri = `${service.urlOf(pool.id)}/.well-known/jwks.json`;
  let closed: Promise<void> | undefined;
  const configOf = (client: AppClient): LocalConfig => ({
    userPoolId: client.pool.id,
    clientId: client.id,
    ...secretOf(client),
    endpoint: url,
    ...(options.issuer && client.pool === pool && { issuer: options.issuer, jwksUri }),
  });
  const allPools = (): UserPool[] => [...new Set([pool, ...service.pools.values()])];
  const running: LocalUserPool = {
    config: configOf(first),
    url,
    issuer: pool.issuer,
    clientSecretArn: isPublished(first) ? publishedArn(first) : undefined,
    domain: service.urlOf(pool.id),
    certificate: transport.certificate,
    jwksUri,
    inbox,
    clock: service.clock,
    faults,
    requests,
    addUser(user) {
      const { username, sub } = addUser(pool, user);
      changed();
      return { username, sub };
    },
    addClient(settings = {}) {
      const client = createClient(pool, convenient(pool, settings));
      changed();
      return configOf(client);
    },
    configOf: (clientId) => configOf(findClient(service, clientId)),
    configs: () => allPools().flatMap((each) => each.clients().map(configOf)),
    async exportSeed(options) {
      checkExportOptions(options);
      const { seedOf } = await import('./seed/loaded-on-demand.ts');
      return seedOf(allPools(), options);
    },
    tokensFor(username, options = {}) {
      checkTokenOptions(options);
      const { clientId = first.id, ...overrides } = options;
      const client = findClient(service, clientId);
      const user = client.pool.users.find(username);
      if (!user) throw unknownUser(username);
      const tokens = signIn(client, user, overrides);
      changed();
      return {
        accessToken: tokens.AccessToken,
        idToken: tokens.IdToken,
        refreshToken: tokens.RefreshToken,
        expiresIn: tokens.ExpiresIn,
      };
    },
    authenticatorCodes: (username) => authenticatorCodes(allPools(), username),
    rotateClientSecret(clientId = first.id) {
      const client = findClient(service, clientId);
      if (client.secrets.length === 0)
        throw new RefusedCall(`The app client "${clientId}" has no secret to rotate.`);
      rotateSecret(client);
      changed();
    },
    async rotateKeys({ dropOld = false } = {}) {
      const keys = await generateSigningKeys();
      pool.retiredKeys = dropOld ? [] : [...pool.publishedKeys];
      pool.keys = keys;
      changed();
    },
    close() {
      closing.abort();
      closed ??= stop(server).then(() => store?.close());
      return closed;
    },
  };
  const control = createControl({ pool: running, faults });
  const { region, keys, kmsKey, pools, clients, provisionedLimits } = service;
  const snapshot = (): Snapshot => ({
    data: { region, keys, kmsKey, clockOffset: clock.offset, port, provisionedLimits },
    pools,
    clients,
  });
  await store?.begin(snapshot).catch(async (error: unknown) => {
    await stop(server);
    throw error;
  });
  return running;
}

function secretOf(client: AppClient): Pick<LocalConfig, 'clientSecret'> {
  const [secret] = secretsOf(client);
  return secret && !isPublished(client) ? { clientSecret: secret.value } : {};
}

function addUser(pool: UserPool, user: NewUser): User {
  refuseUnknownUser(user);
  return seedUser(pool, user);
}

function warnOnce(url: string): void {
  if (warned) return;
  warned = true;
  process.emitWarning(`A local user pool listens on ${url}. It is for development and tests only.`, {
    code: 'COGNITO_KIT_LOCAL_USER_POOL',
  });
}
