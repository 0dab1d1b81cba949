import type {
  CognitoIdentityProviderClient,
  UserPoolClientType,
  UserPoolType,
} from '@aws-sdk/client-cognito-identity-provider';
import { isLoopback } from '../config/loopback.ts';
import type { Settings } from '../config/settings.ts';
import type { DescribedResources } from '../setup/setting.ts';
import { isCredentialsError } from '../shared/credentials-error.ts';
import type { NotChecked } from './finding.ts';

/** The settings of the user pool at Cognito. */
export interface PoolFacts {
  /** As far as the AWS credentials allow reading them. Domain and branding for managed login only. */
  readonly described: Partial<DescribedResources>;
  /** Number of secrets of the app client. */
  readonly secrets: number | undefined;
  /** Whether the SDK finds AWS credentials, which may lack permissions. A user pool on this machine is read without them. */
  readonly hasCredentials: boolean;
  readonly notChecked: readonly NotChecked[];
}

/** Reads one resource. A failure is noted under the id, and the result is then `undefined`. */
type Read = <T>(
  id: string,
  operation: string,
  send: (client: CognitoIdentityProviderClient, options: { readonly abortSignal: AbortSignal }) => Promise<T>,
) => Promise<T | undefined>;

const DEADLINE_MS = 10_000;
/** The version of a domain's pages that need a style. */
const MANAGED_LOGIN = 2;
const NO_CREDENTIALS = ['CredentialsProviderError', 'TokenProviderError'];
/** For an emulator on this machine. */
const PLACEHOLDERS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** Reads the settings with calls that change nothing. */
export async function readPool(
  settings: Settings,
  given?: CognitoIdentityProviderClient,
): Promise<PoolFacts> {
  const { userPoolId: UserPoolId, clientId: ClientId, endpoint, region, cognitoClient } = settings;
  const sdk = await import('@aws-sdk/client-cognito-identity-provider');
  const own = given ?? cognitoClient;
  const options = { region, maxAttempts: 2, ...(endpoint && { endpoint }) };
  const clients = own
    ? [own]
    : [
        new sdk.CognitoIdentityProviderClient(options),
        ...(endpoint !== undefined && isLoopback(new URL(endpoint))
          ? [new sdk.CognitoIdentityProviderClient({ ...options, credentials: PLACEHOLDERS })]
          : []),
      ];
  const reads: { readonly id: string; failure?: string }[] = [];
  let hasCredentials = true;
  const read: Read = async (id, operation, send) => {
    const noted: { readonly id: string; failure?: string } = { id };
    reads.push(noted);
    for (const client of clients) {
      try {
        const answer = await send(client, { abortSignal: AbortSignal.timeout(DEADLINE_MS) });
        delete noted.failure;
        return answer;
      } catch (error) {
        noted.failure = reasonOf(error, operation);
        if (!isWithoutCredentials(error)) break;
        hasCredentials = false;
      }
    }
    return;
  };
  try {
    const [pool, mfaConfig, app, secrets] = await Promise.all([
      read('user-pool', 'DescribeUserPool', (client, options) =>
        client.send(new sdk.DescribeUserPoolCommand({ UserPoolId }), options),
      ),
      read('mfa-config', 'GetUserPoolMfaConfig', (client, options) =>
        client.send(new sdk.GetUserPoolMfaConfigCommand({ UserPoolId }), options),
      ),
      read('app-client', 'DescribeUserPoolClient', (client, options) =>
        client.send(new sdk.DescribeUserPoolClientCommand({ UserPoolId, ClientId }), options),
      ),
      read('client-secrets', 'ListUserPoolClientSecrets', (client, options) =>
        client
          .send(new sdk.ListUserPoolClientSecretsCommand({ UserPoolId, ClientId }), options)
          // An app client without a secret may be refused.
          .catch(ifNamed('InvalidParameterException', { ClientSecrets: [] })),
      ),
    ]);
    const userPool = pool?.UserPool;
    const login = settings.managedLogin && userPool ? await readLogin(settings, userPool, read) : {};
    return {
      described: {
        ...(userPool && { userPool }),
        ...(mfaConfig && { mfaConfig }),
        ...(app?.UserPoolClient && { appClient: app.UserPoolClient }),
        ...login,
      },
      secrets: secrets?.ClientSecrets?.length,
      hasCredentials,
      notChecked: reads.flatMap(({ id, failure }) =>
        failure === undefined ? [] : [{ id, reason: failure }],
      ),
    };
  } finally {
    if (own === undefined) for (const client of clients) client.destroy();
  }
}

/** Reads the domain, and the style of its pages if they have one. The classic hosted UI needs none. */
async function readLogin(
  { userPoolId: UserPoolId, clientId: ClientId }: Settings,
  { Domain: prefix, CustomDomain }: UserPoolType,
  read: Read,
): Promise<Partial<DescribedResources>> {
  const Domain = prefix ?? CustomDomain;
  if (Domain === undefined) return { domain: {} };
  const sdk = await import('@aws-sdk/client-cognito-identity-provider');
  const described = await read('domain', 'DescribeUserPoolDomain', (client, options) =>
    client.send(new sdk.DescribeUserPoolDomainCommand({ Domain }), options),
  );
  const domain = { ...described?.DomainDescription, Domain };
  if (domain.ManagedLoginVersion !== MANAGED_LOGIN) return { domain };
  const styled = await read('login-style', 'DescribeManagedLoginBrandingByClient', (client, options) =>
    client
      .send(new sdk.DescribeManagedLoginBrandingByClientCommand({ UserPoolId, ClientId }), options)
      .catch(ifNamed('ResourceNotFoundException', { ManagedLoginBranding: {} })),
  );
  return { domain, ...(styled?.ManagedLoginBranding && { branding: styled.ManagedLoginBranding }) };
}

/** Returns the answer in place of an error with this name. */
function ifNamed<T>(name: string, answer: T): (error: Error) => T {
  return (error) => {
    if (error.name === name) return answer;
    throw error;
  };
}

/** The description of an app client and the number of its secrets. */
interface DescribedClient {
  readonly client: UserPoolClientType;
  readonly secrets: number | undefined;
}

/** Whether Secrets Manager keeps the secret. The SDK drops the member `ClientSecretArn`, which it does not know. */
export function isPublished({ client, secrets = 0 }: DescribedClient): boolean {
  return client.ClientSecret === undefined && secrets > 0;
}

export function hasSecret({ client, secrets = 0 }: DescribedClient): boolean {
  return client.ClientSecret !== undefined || secrets > 0;
}

function isWithoutCredentials(error: unknown): boolean {
  return NO_CREDENTIALS.includes((error as { name?: string }).name ?? '');
}

function reasonOf(error: unknown, action: string): string {
  const { name = 'Error' } = (error ?? {}) as { name?: string };
  if (isWithoutCredentials(error)) return `needs AWS credentials with cognito-idp:${action}`;
  if (name === 'AccessDeniedException' || name === 'NotAuthorizedException')
    return `needs permission cognito-idp:${action}`;
  if (isCredentialsError(name))
    return `needs valid AWS credentials with cognito-idp:${action}; AWS answers ${name}`;
  return `${action} failed with ${name}`;
}
