import { checkOptionNames, optionError, quote, wrongOption } from '../shared/option-errors.ts';
import { ClientSecretError, type ClientSecretSource } from './client-secret.ts';
import { isLoopback, isPrivateWay } from './loopback.ts';

/** The options of `secretsManagerSecret`. */
export interface SecretsManagerOptions {
  /**
   * A `SecretsManagerClient` to use, such as one with other credentials. Default: a new client for the ARN's region,
   * with the credentials that the AWS SDK finds.
   */
  client?:
    | {
        /** Sends a `GetSecretValueCommand`, as every client of the AWS SDK does. */
        send(command: never): Promise<unknown>;
      }
    | undefined;
  /**
   * The URL of a server in place of AWS, such as the local user pool. It must use https, or http on loopback. On
   * loopback no credentials are needed. Default: AWS.
   */
  endpoint?: string | undefined;
}

const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):\d{12}:secret:[\w/+=.@!-]+$/;

/** The local user pool expects a signature but does not verify it. */
const PLACEHOLDER = { accessKeyId: 'local', secretAccessKey: 'local' };

/** Milliseconds. */
const TIMEOUTS = { connectionTimeout: 2000, requestTimeout: 3000 };

/**
 * Returns a value for the option `clientSecret` that reads the secret from AWS Secrets Manager, where Cognito stores
 * and rotates it. Requires the package `@aws-sdk/client-secrets-manager` and the permission
 * `secretsmanager:GetSecretValue`.
 *
 * @example
 * createCognitoRouter({
 *   clientSecret: secretsManagerSecret('arn:aws:secretsmanager:us-east-1:123456789012:secret:my-app-client-a1b2c3'),
 * });
 * @param arn the app client's `ClientSecretArn`
 * @throws TypeError for a value that is not the ARN of a secret, and for an `endpoint` without TLS outside loopback
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-client-apps.html
 */
export function secretsManagerSecret(arn: string, options: SecretsManagerOptions = {}): ClientSecretSource {
  const [, region] = SECRET_ARN.exec(arn) ?? [];
  if (region === undefined) {
    throw optionError(
      'secretsManagerSecret',
      `secretsManagerSecret was called with ${quote(arn)}; pass the ARN of the secret as the app client's page in the AWS console shows it`,
    );
  }
  checkOptionNames('secretsManagerSecret', options, ['client', 'endpoint']);
  const { endpoint } = options;
  if (endpoint !== undefined && !(URL.canParse(endpoint) && isPrivateWay(new URL(endpoint)))) {
    throw wrongOption('endpoint', endpoint, 'write an https:// URL, or an http:// URL on loopback');
  }
  let reader: Promise<(arn: string) => Promise<unknown>> | undefined;
  return async ({ userPoolId, clientId }) => {
    reader ??= createReader(region, options);
    const read = await reader.catch((error: unknown) => {
      reader = undefined;
      throw error;
    });
    const secret = parse(await read(arn));
    if (secret.userPoolId !== userPoolId || secret.userPoolClientId !== clientId) {
      throw new ClientSecretError(
        'the ARN is for the secret of another app client: compare userPoolId and clientId with the ARN. See docs/user-pool-setup.md#the-app-clients-secret',
      );
    }
    return secret.clientSecretValue;
  };
}

async function createReader(
  region: string,
  { client, endpoint }: SecretsManagerOptions,
): Promise<(arn: string) => Promise<unknown>> {
  const sdk = await import('@aws-sdk/client-secrets-manager').catch((cause: unknown) => {
    throw new ClientSecretError(
      'secretsManagerSecret() needs the package @aws-sdk/client-secrets-manager: install it beside express-cognito-kit. See docs/user-pool-setup.md#the-app-clients-secret',
      { cause },
    );
  });
  const sender =
    client ??
    new sdk.SecretsManagerClient({
      region,
      requestHandler: TIMEOUTS,
      maxAttempts: 2,
      ...(endpoint !== undefined && { endpoint }),
      ...(endpoint !== undefined && isLoopback(new URL(endpoint)) && { credentials: PLACEHOLDER }),
    });
  return async (arn) => {
    const answer = await sender.send(new sdk.GetSecretValueCommand({ SecretId: arn }) as never);
    return (answer as { SecretString?: unknown }).SecretString;
  };
}

/** The JSON that Cognito writes to the secret. */
interface PublishedSecret {
  readonly userPoolId: string;
  readonly userPoolClientId: string;
  readonly clientSecretValue: string;
}

/** The error quotes none of the text, because it contains the secret. */
function parse(text: unknown): PublishedSecret {
  try {
    const secret: unknown = JSON.parse(String(text));
    if (isPublishedSecret(secret)) return secret;
  } catch {
    // Reported below, without the parser's message.
  }
  throw new ClientSecretError(
    'the ARN is for a secret that Cognito did not write: userPoolId, userPoolClientId or clientSecretValue is missing. See docs/user-pool-setup.md#the-app-clients-secret',
  );
}

function isPublishedSecret(secret: unknown): secret is PublishedSecret {
  const names = ['userPoolId', 'userPoolClientId', 'clientSecretValue'] as const;
  return names.every((name) => typeof (secret as Partial<PublishedSecret> | null)?.[name] === 'string');
}
