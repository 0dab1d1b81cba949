import { randomInt } from 'node:crypto';
import { CognitoError, invalidParameter, resourceNotFound } from '../model/errors.ts';
import type { AppClient, UserPool } from '../model/pool.ts';
import { required, text } from '../wire/input.ts';
import { clientId, clientSecret } from '../wire/members.ts';
import { findClient, type OperationTable, poolOperation } from './operation.ts';

/** One secret of an app client. Both of two are valid. */
export interface ClientSecret {
  readonly id: string;
  readonly value: string;
  readonly createdAt: number;
}

const MAX_SECRETS = 2;
/** A secret in Secrets Manager is rotated at once, and then after so long. */
const ROTATION_MS = 7 * 86_400_000;
const SECRET_LENGTH = 51;
const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

export function randomSecret(): string {
  return Array.from({ length: SECRET_LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
}

/** The secrets in force, the newest first; none for a public app client. */
export function secretsOf(client: AppClient): readonly ClientSecret[] {
  if (isPublished(client)) {
    while (client.pool.now() >= newestSecret(client).createdAt + ROTATION_MS) {
      addSecret(client, randomSecret(), newestSecret(client).createdAt + ROTATION_MS);
    }
  }
  return client.secrets;
}

/** Whether Secrets Manager keeps the secret. */
export function isPublished({ settings, secrets }: AppClient): boolean {
  return settings.PublishSecretsInAWSSecretsManager === true && secrets.length > 0;
}

/** What a rotation does: a new secret, beside the one before it. Those before that are refused from now on. */
export function rotateSecret(client: AppClient): void {
  secretsOf(client);
  addSecret(client, randomSecret(), client.pool.now());
}

export function addSecret(client: AppClient, value: string, createdAt: number): ClientSecret {
  const taken = new Set(client.secrets.map(({ id }) => id));
  let time = createdAt;
  while (taken.has(`${client.id}--${time}`)) time++;
  const secret = { id: `${client.id}--${time}`, value, createdAt };
  client.secrets = [secret, ...client.secrets].slice(0, MAX_SECRETS);
  return secret;
}

function newestSecret({ id, secrets: [newest] }: AppClient): ClientSecret {
  if (!newest) throw new Error(`The app client ${id} has no secret.`);
  return newest;
}

/** The name and ARN of the secret in Secrets Manager. */
export function publishedName({ id, pool }: AppClient): string {
  return `cognito/${pool.id}/${id}`;
}

export function publishedArn(client: AppClient): string {
  return `arn:aws:secretsmanager:${client.pool.service.region}:000000000000:secret:${publishedName(client)}-a1b2c3`;
}

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
    { ClientId: required(clientId), NextToken: text() },
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
