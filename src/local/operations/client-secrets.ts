import { addSecret, MAX_SECRETS, randomSecret, secretsOf } from '../model/client-secrets.ts';
import { CognitoError, invalidParameter, resourceNotFound } from '../model/errors.ts';
import type { AppClient, UserPool } from '../model/pool.ts';
import { required, text } from '../wire/input.ts';
import { clientId, clientSecret, pageToken } from '../wire/members.ts';
import { findClient, type OperationTable, poolOperation } from './operation.ts';

function confidentialClient(pool: UserPool, id: string): AppClient {
  const client = findClient(pool.service, id, pool);
  if (client.secrets.length === 0) {
    throw invalidParameter(`Client ${id} is a public client and cannot have a client secret.`);
  }
  return client;
}

export const clientSecretOperations: OperationTable = {
  AddUserPoolClientSecret: poolOperation(
    { ClientId: required(clientId), ClientSecret: clientSecret },
    (pool, { ClientId, ClientSecret: own }) => {
      const client = confidentialClient(pool, ClientId);
      if (secretsOf(client).length >= MAX_SECRETS) {
        throw new CognitoError(
          'LimitExceededException',
          `Client ${ClientId} already has the maximum of ${MAX_SECRETS} secrets.`,
        );
      }
      const { id, value, createdAt } = addSecret(client, own ?? randomSecret(), pool.now());
      return {
        ClientSecretDescriptor: {
          ClientSecretId: id,
          ...(own === undefined && { ClientSecretValue: value }),
          ClientSecretCreateDate: createdAt / 1000,
        },
      };
    },
  ),

  ListUserPoolClientSecrets: poolOperation(
    { ClientId: required(clientId), NextToken: pageToken },
    (pool, { ClientId }) => ({
      ClientSecrets: secretsOf(findClient(pool.service, ClientId, pool)).map(({ id, createdAt }) => ({
        ClientSecretId: id,
        ClientSecretCreateDate: createdAt / 1000,
      })),
    }),
  ),

  DeleteUserPoolClientSecret: poolOperation(
    { ClientId: required(clientId), ClientSecretId: required(text({ min: 1, max: 128 })) },
    (pool, { ClientId, ClientSecretId }) => {
      const client = confidentialClient(pool, ClientId);
      const secrets = secretsOf(client);
      if (!secrets.some(({ id }) => id === ClientSecretId)) {
        throw resourceNotFound(`Client secret ${ClientSecretId} does not exist.`);
      }
      if (secrets.length === 1) {
        throw invalidParameter('The last remaining secret of a client cannot be deleted.');
      }
      client.secrets = secrets.filter(({ id }) => id !== ClientSecretId);
      return {};
    },
  ),
};
