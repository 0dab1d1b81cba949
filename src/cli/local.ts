import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startLocalUserPool } from '../local/local-user-pool.ts';
import type { InboxMessage } from '../local/model/messages.ts';
import type { ClientSettings } from '../local/model/settings.ts';
import type { NewUser } from '../local/users/seed.ts';
import { changesOf, LIKE_HELP, LIKE_OPTIONS, likeHelp, likeOf } from './local-like.ts';
import { SEED_HELP, SEED_OPTIONS, seedHelp, seedOf } from './local-seed.ts';
import { certificateFileOf, TLS_HELP, TLS_OPTIONS, tlsOf, trustHelp } from './local-tls.ts';
import { UsageError } from './usage-error.ts';

const HELP = `Usage: cognito-kit local [options]

Starts a Cognito user pool for the AWS SDK, and prints its settings and the codes that it sends.
For development only. Without --state, data is lost when it stops.

  --port <number>       TCP port (default 9229; 0 for a free port)
  --host <address>      Address to listen on (default 127.0.0.1)
  --region <region>     Region of the user pool (default us-east-1)
  --user-pool-id <id>   User pool ID (default <region>_LocalPool)
  --client-id <id>      App client ID (default localclient)
  --issuer <url>        Issuer of the tokens (default <address>/<user pool ID>)
  --secret              Create the app client with a secret
  --rotating-secret     Create it with a secret that Secrets Manager stores and rotates
  --user <email:password[:group,group]>
                        Add a confirmed user; may be repeated. The password cannot contain a colon
  --state <file>        Keep all data in this file over a restart. It holds secrets
  --callback-url <url>  Allowed callback URL of managed login; may be repeated
  --logout-url <url>    Allowed sign-out URL of managed login; may be repeated
  --lambda-endpoint <url>
                        Server of the Lambda Invoke API that runs the functions in LambdaConfig
  --json                Print JSON, one object per line: the settings, then each message
  --dangerously-listen-on-any-host
                        Allow a --host that other machines can reach
  --allowed-host <name> Accept requests under this name; may be repeated
  --allowed-admin-origin <origin>
                        Let pages of this origin call administrator operations; may be repeated
  --no-control          Turn off /_kit, where tests read codes, set the clock and inject faults${TLS_HELP}${LIKE_HELP}${SEED_HELP}
  --help                Show this help`;

const OPTIONS = {
  port: { type: 'string', default: '9229' },
  host: { type: 'string', default: '127.0.0.1' },
  region: { type: 'string' },
  'user-pool-id': { type: 'string' },
  'client-id': { type: 'string' },
  secret: { type: 'boolean', default: false },
  'rotating-secret': { type: 'boolean', default: false },
  user: { type: 'string', multiple: true },
  state: { type: 'string' },
  'callback-url': { type: 'string', multiple: true },
  'logout-url': { type: 'string', multiple: true },
  'lambda-endpoint': { type: 'string' },
  json: { type: 'boolean', default: false },
  'dangerously-listen-on-any-host': { type: 'boolean', default: false },
  'allowed-host': { type: 'string', multiple: true },
  'allowed-admin-origin': { type: 'string', multiple: true },
  'no-control': { type: 'boolean', default: false },
  issuer: { type: 'string' },
  ...TLS_OPTIONS,
  ...LIKE_OPTIONS,
  ...SEED_OPTIONS,
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Runs `cognito-kit local` until SIGINT or SIGTERM. */
export async function local(args: readonly string[]): Promise<void> {
  const options = parse(args);
  if (options.help) {
    console.log(HELP);
    return;
  }
  const seed = await seedOf(options);
  const like = await likeOf(options);
  const copied = like ?? seed?.pools[0];
  const settings = { ...secretOf(options), ...loginOf(options) };
  const pool = await startLocalUserPool({
    port: portOf(options.port),
    host: options.host,
    dangerouslyListenOnAnyHost: options['dangerously-listen-on-any-host'],
    allowedHosts: options['allowed-host'] ?? [],
    ...idsOf(options),
    ...(options.state !== undefined && { state: options.state }),
    ...(like && { like }),
    ...(seed && { seed }),
    appClient: copied ? changesOf(copied, options['client-id'], settings) : settings,
    ...lambdasOf(options),
    users: (options.user ?? []).map(userOf),
    allowedAdminOrigins: options['allowed-admin-origin'] ?? [],
    control: !options['no-control'],
    ...issuerOf(options),
    tls: tlsOf(options),
    onMessage: options.json ? (message) => console.log(JSON.stringify(message)) : printMessage,
    quiet: true,
  });
  const { userPoolId, clientId, clientSecret, endpoint } = pool.config;
  const certificateFile = await certificateFileOf(pool.certificate, options).catch(async (error) => {
    await pool.close();
    throw error;
  });
  if (options.json) {
    const { issuer, jwksUri, domain, clientSecretArn, certificate } = pool;
    const tls = { certificate, certificateFile: certificateFile?.path };
    const seeded = seed && { configs: pool.configs() };
    console.log(
      JSON.stringify({ ...pool.config, clientSecretArn, issuer, jwksUri, domain, ...tls, ...seeded }),
    );
  } else {
    console.log(`Local user pool, for development only: ${fateOf(options)}, and it has no access control.\n`);
    console.log(`COGNITO_USER_POOL_ID=${userPoolId}\nCOGNITO_CLIENT_ID=${clientId}`);
    if (clientSecret !== undefined) console.log(`COGNITO_CLIENT_SECRET=${clientSecret}`);
    if (pool.clientSecretArn) console.log(`COGNITO_CLIENT_SECRET_ARN=${pool.clientSecretArn}`);
    console.log(`COGNITO_ENDPOINT=${endpoint}`);
    if (options['callback-url']) console.log(`\nManaged login: ${pool.domain}`);
    console.log(`\nIssuer: ${pool.issuer}\nSigning keys: ${pool.jwksUri}`);
    if (like) console.log(likeHelp(like, pool));
    if (seed) console.log(seedHelp(pool, options));
    if (certificateFile) console.log(trustHelp(certificateFile));
    console.log('\nCodes are printed here. Press Ctrl+C to stop.');
  }
  await Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)));
  await pool.close();
  await certificateFile?.remove();
}

function idsOf({
  region,
  'user-pool-id': userPoolId,
  'client-id': clientId,
  like,
  seed,
}: ReturnType<typeof parse>): { region?: string; userPoolId?: string; clientId?: string } {
  const local = { userPoolId: `${region ?? 'us-east-1'}_LocalPool`, clientId: 'localclient' };
  return {
    ...(like === undefined && seed === undefined && local),
    ...(region !== undefined && { region }),
    ...(userPoolId !== undefined && { userPoolId }),
    ...(clientId !== undefined && { clientId }),
  };
}

function fateOf({ state }: ReturnType<typeof parse>): string {
  return state === undefined ? 'data is lost when it stops' : `data is kept in ${state}`;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function secretOf(options: ReturnType<typeof parse>): ClientSettings {
  const isRotating = options['rotating-secret'];
  if (isRotating && options.secret)
    throw new UsageError('--secret and --rotating-secret cannot be used together');
  return { GenerateSecret: options.secret || isRotating, PublishSecretsInAWSSecretsManager: isRotating };
}

function loginOf({
  'callback-url': CallbackURLs,
  'logout-url': LogoutURLs = [],
}: ReturnType<typeof parse>): ClientSettings {
  if (CallbackURLs) return { CallbackURLs, LogoutURLs };
  if (LogoutURLs.length > 0) throw new UsageError('--logout-url requires --callback-url');
  return {};
}

function lambdasOf({ 'lambda-endpoint': lambdaEndpoint }: ReturnType<typeof parse>): {
  lambdaEndpoint?: string;
} {
  if (lambdaEndpoint === undefined) return {};
  if (/^https?:\/\//.test(lambdaEndpoint) && URL.canParse(lambdaEndpoint)) return { lambdaEndpoint };
  throw new UsageError('--lambda-endpoint must be a URL such as http://127.0.0.1:3001');
}

function issuerOf({ issuer }: ReturnType<typeof parse>): { issuer?: string } {
  if (issuer === undefined) return {};
  if (/^https?:\/\//.test(issuer) && URL.canParse(issuer)) return { issuer };
  throw new UsageError(
    '--issuer must be a URL such as https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example',
  );
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--port must be a number from 0 to 65535, not "${text}"`);
}

function userOf(text: string): NewUser {
  const [username, password, groups, ...rest] = text.split(':');
  // The message does not quote the text, because it contains a password.
  if (!username || !password || rest.length > 0)
    throw new UsageError('--user must be email:password[:group,group]');
  return { username, password, groups: groups?.split(',').filter((group) => group !== '') ?? [] };
}

function printMessage({ at, medium, kind, to, code }: InboxMessage): void {
  console.log(`${new Date(at).toISOString()}  ${medium} to ${to}  ${kind}: ${code}`);
}
