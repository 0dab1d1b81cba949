import {
  isPublished,
  publishedArn,
  publishedName,
  rotateSecret,
  secretsOf,
} from '../model/client-secrets.ts';
import { CognitoError } from '../model/errors.ts';
import type { AppClient, ServerState } from '../model/pool.ts';
import { flag, oneOf, required, text } from '../wire/input.ts';
import { adminOperation, type OperationTable } from './operation.ts';

/** The operations of AWS Secrets Manager for the published secrets of app clients. */
export const secretsManagerOperations: OperationTable = {
  GetSecretValue: adminOperation(
    {
      SecretId: required(text({ min: 1, max: 2048 })),
      VersionStage: oneOf('AWSCURRENT', 'AWSPREVIOUS'),
    },
    (service, { SecretId, VersionStage = 'AWSCURRENT' }) => {
      const client = findPublished(service, SecretId);
      const [current, previous] = secretsOf(client);
      const secret = VersionStage === 'AWSCURRENT' ? current : previous;
      if (!secret)
        throw notFound(`Secrets Manager can't find the specified secret value for ${VersionStage}.`);
      return {
        ...identityOf(client, secret.id),
        SecretString: JSON.stringify({
          userPoolId: client.pool.id,
          userPoolClientId: client.id,
          clientSecretValue: secret.value,
        }),
        VersionStages: [VersionStage],
        CreatedDate: secret.createdAt / 1000,
      };
    },
  ),

  RotateSecret: adminOperation(
    { SecretId: required(text({ min: 1, max: 2048 })), RotateImmediately: flag() },
    (service, { SecretId, RotateImmediately = true }) => {
      const client = findPublished(service, SecretId);
      if (RotateImmediately) rotateSecret(client);
      return identityOf(client, secretsOf(client)[0]?.id ?? '');
    },
  ),
};

function identityOf(client: AppClient, VersionId: string): object {
  return { ARN: publishedArn(client), Name: publishedName(client), VersionId };
}

function findPublished({ clients }: ServerState, id: string): AppClient {
  for (const client of clients.values()) {
    if (isPublished(client) && [publishedArn(client), publishedName(client)].includes(id)) return client;
  }
  throw notFound("Secrets Manager can't find the specified secret.");
}

function notFound(message: string): CognitoError {
  return new CognitoError('ResourceNotFoundException', message);
}
