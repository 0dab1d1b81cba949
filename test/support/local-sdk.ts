import { createHmac } from 'node:crypto';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import {
  type LocalUserPool,
  type LocalUserPoolOptions,
  startLocalUserPool,
} from '../../src/local/local-user-pool.ts';

export const PASSWORD = 'Passw0rd!';
export const ANA = 'ana@example.com';

/** The SDK of these tests, as trigger events name it. */
export const SDK_IN_EVENTS = await (async () => {
  const sdk = new CognitoIdentityProvider({ region: 'us-east-1' });
  const [[name, version] = []] = await sdk.config.defaultUserAgentProvider();
  sdk.destroy();
  return `${name}-${version}`;
})();

/** A local user pool and an SDK client that calls it. */
export interface Local {
  readonly pool: LocalUserPool;
  readonly sdk: CognitoIdentityProvider;
  readonly UserPoolId: string;
  readonly ClientId: string;
}

const running: Local[] = [];

export async function startLocal(options: LocalUserPoolOptions = {}): Promise<Local> {
  const pool = await startLocalUserPool({ quiet: true, ...options });
  const { userPoolId: UserPoolId, clientId: ClientId } = pool.config;
  const local = { pool, sdk: sdkFor(pool.url), UserPoolId, ClientId };
  running.push(local);
  return local;
}

/** Closes all pools, in `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const { pool, sdk } of running.splice(0)) {
    sdk.destroy();
    await pool.close();
  }
}

export function sdkFor(endpoint: string, region = 'us-east-1'): CognitoIdentityProvider {
  return new CognitoIdentityProvider({
    region,
    endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
}

/** Returns the exception of a call as `Name: message`, or `ok`. */
export async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  }
}

export function secretHash(
  { pool }: { readonly pool: Pick<LocalUserPool, 'config'> },
  username: string,
  secret?: string,
): string {
  const { clientId, clientSecret = '' } = pool.config;
  return createHmac('sha256', secret ?? clientSecret)
    .update(username + clientId)
    .digest('base64');
}

/** Signs in with a password, and returns the response of the pool. */
export function signIn({ sdk, ClientId }: Local, USERNAME = ANA, PASSWORD_ = PASSWORD) {
  return sdk.initiateAuth({
    ClientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME, PASSWORD: PASSWORD_ },
  });
}

/** Returns the latest code that was sent to an address. */
export function codeFor({ pool }: Local, to = ANA): string {
  const message = pool.inbox.latest({ to });
  if (!message) throw new Error(`nothing was sent to ${to}`);
  return message.code;
}

/** Returns the unverified claims of a token. */
export function claimsOf(token: string | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from((token ?? '').split('.')[1] ?? '', 'base64url').toString());
}

/** Calls an operation without the SDK. */
export async function post(
  url: string,
  operation: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}
