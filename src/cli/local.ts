import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startLocalUserPool } from '../local/local-user-pool.ts';
import type { InboxMessage } from '../local/model/messages.ts';
import type { ClientSettings } from '../local/model/settings.ts';
import type { NewUser } from '../local/users/seed.ts';
import { UsageError } from './usage-error.ts';

const HELP = `Usage: cognito-kit local [options]

Starts an in-memory Cognito user pool that the AWS SDK can talk to, and prints the settings to
copy and the codes that it sends. For development only: it keeps nothing.

  --port <number>       TCP port (default 9229; 0 for any free one)
  --host <address>      Address to listen on (default 127.0.0.1)
  --user-pool-id <id>   Default us-east-1_LocalPool
  --client-id <id>      Default localclient
  --secret              Give the app client a secret
  --rotating-secret     Give it one that Secrets Manager keeps and rotates, as the AWS console does
  --user <email:password[:group,group]>
                        Add a confirmed user; may be repeated. A password with a colon does not fit here
  --callback-url <url>  Where managed login may send a browser back to; may be repeated
  --logout-url <url>    Where it may send one after a sign-out; may be repeated
  --json                Print JSON, one object a line: the settings, then each message
  --dangerously-listen-on-any-host
                        Allow a --host that other machines can reach
  --help                Show this`;

const OPTIONS = {
  port: { type: 'string', default: '9229' },
  host: { type: 'string', default: '127.0.0.1' },
  'user-pool-id': { type: 'string', default: 'us-east-1_LocalPool' },
  'client-id': { type: 'string', default: 'localclient' },
  secret: { type: 'boolean', default: false },
  'rotating-secret': { type: 'boolean', default: false },
  user: { type: 'string', multiple: true },
  'callback-url': { type: 'string', multiple: true },
  'logout-url': { type: 'string', multiple: true },
  json: { type: 'boolean', default: false },
  'dangerously-listen-on-any-host': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** `cognito-kit local`: runs until SIGINT or SIGTERM. */
export async function local(args: readonly string[]): Promise<void> {
  const options = parse(args);
  if (options.help) {
    console.log(HELP);
    return;
  }
  const pool = await startLocalUserPool({
    port: portOf(options.port),
    host: options.host,
    dangerouslyListenOnAnyHost: options['dangerously-listen-on-any-host'],
    userPoolId: options['user-pool-id'],
    clientId: options['client-id'],
    appClient: { ...secretOf(options), ...loginOf(options) },
    users: (options.user ?? []).map(userOf),
    onMessage: options.json ? (message) => console.log(JSON.stringify(message)) : printMessage,
    quiet: true,
  });
  const { userPoolId, clientId, clientSecret, endpoint } = pool.config;
  if (options.json) {
    const { issuer, jwksUri, domain, clientSecretArn } = pool;
    console.log(JSON.stringify({ ...pool.config, clientSecretArn, issuer, jwksUri, domain }));
  } else {
    console.log(
      'Local user pool, for development only: nothing is kept, and whoever reaches it can do anything.\n',
    );
    console.log(`COGNITO_USER_POOL_ID=${userPoolId}\nCOGNITO_CLIENT_ID=${clientId}`);
    if (clientSecret !== undefined) console.log(`COGNITO_CLIENT_SECRET=${clientSecret}`);
    if (pool.clientSecretArn) console.log(`COGNITO_CLIENT_SECRET_ARN=${pool.clientSecretArn}`);
    console.log(`COGNITO_ENDPOINT=${endpoint}`);
    if (options['callback-url']) console.log(`\nManaged login is at ${pool.domain}`);
    console.log('\nCodes appear here as they are sent. Ctrl+C ends it.');
  }
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await pool.close();
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
  if (isRotating && options.secret) throw new UsageError('--secret and --rotating-secret exclude each other');
  return { GenerateSecret: options.secret || isRotating, PublishSecretsInAWSSecretsManager: isRotating };
}

function loginOf({
  'callback-url': CallbackURLs,
  'logout-url': LogoutURLs = [],
}: ReturnType<typeof parse>): ClientSettings {
  if (CallbackURLs) return { CallbackURLs, LogoutURLs };
  if (LogoutURLs.length > 0) throw new UsageError('--logout-url needs a --callback-url');
  return {};
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--port is a number from 0 to 65535, not "${text}"`);
}

function userOf(text: string): NewUser {
  const [username, password, groups, ...rest] = text.split(':');
  // The text itself holds a password, and is not repeated.
  if (!username || !password || rest.length > 0)
    throw new UsageError('--user is email:password[:group,group]');
  return { username, password, groups: groups?.split(',').filter((group) => group !== '') ?? [] };
}

function printMessage({ at, medium, kind, to, code }: InboxMessage): void {
  console.log(`${new Date(at).toISOString()}  ${medium} to ${to}  ${kind}: ${code}`);
}
