import type {
  CognitoIdentityProviderClient,
  GetUserPoolMfaConfigResponse,
  UserPoolClientType,
  UserPoolType,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Settings } from '../config/settings.ts';
import type { NotChecked } from './finding.ts';

/** The settings of the user pool at Cognito, as far as the AWS credentials allow reading them. */
export interface PoolFacts {
  readonly userPool?: UserPoolType | undefined;
  readonly appClient?: UserPoolClientType | undefined;
  readonly mfaConfig?: GetUserPoolMfaConfigResponse | undefined;
  /** Number of secrets of the app client. */
  readonly secrets?: number | undefined;
  readonly notChecked: readonly NotChecked[];
}

const DEADLINE_MS = 10_000;
const NO_CREDENTIALS = ['CredentialsProviderError', 'TokenProviderError'];

/** Reads the settings with calls that change nothing. */
export async function readPool(
  { userPoolId: UserPoolId, clientId: ClientId, endpoint, region, cognitoClient }: Settings,
  given?: CognitoIdentityProviderClient,
): Promise<PoolFacts> {
  const sdk = await import('@aws-sdk/client-cognito-identity-provider');
  const own = given ?? cognitoClient;
  const client =
    own ?? new sdk.CognitoIdentityProviderClient({ region, maxAttempts: 2, ...(endpoint && { endpoint }) });
  const notChecked: NotChecked[] = [];
  const read = async <T>(id: string, action: string, answer: Promise<T>): Promise<T | undefined> => {
    try {
      return await answer;
    } catch (error) {
      notChecked.push({ id, reason: reasonOf(error, action) });
      return undefined;
    }
  };
  const options = { abortSignal: AbortSignal.timeout(DEADLINE_MS) };
  try {
    const [pool, mfaConfig, app, secrets] = await Promise.all([
      read(
        'user-pool',
        'DescribeUserPool',
        client.send(new sdk.DescribeUserPoolCommand({ UserPoolId }), options),
      ),
      read(
        'mfa-config',
        'GetUserPoolMfaConfig',
        client.send(new sdk.GetUserPoolMfaConfigCommand({ UserPoolId }), options),
      ),
      read(
        'app-client',
        'DescribeUserPoolClient',
        client.send(new sdk.DescribeUserPoolClientCommand({ UserPoolId, ClientId }), options),
      ),
      read(
        'client-secrets',
        'ListUserPoolClientSecrets',
        client
          .send(new sdk.ListUserPoolClientSecretsCommand({ UserPoolId, ClientId }), options)
          // An app client without a secret may be refused.
          .catch((error: Error) => {
            if (error.name === 'InvalidParameterException') return { ClientSecrets: [] };
            throw error;
          }),
      ),
    ]);
    return {
      userPool: pool?.UserPool,
      mfaConfig,
      appClient: app?.UserPoolClient,
      secrets: secrets?.ClientSecrets?.length,
      notChecked,
    };
  } finally {
    if (own === undefined) client.destroy();
  }
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

function reasonOf(error: unknown, action: string): string {
  const { name = 'Error' } = (error ?? {}) as { name?: string };
  if (NO_CREDENTIALS.includes(name)) return `needs AWS credentials with cognito-idp:${action}`;
  if (name === 'AccessDeniedException' || name === 'NotAuthorizedException')
    return `needs permission cognito-idp:${action}`;
  return `${action} failed with ${name}`;
}
