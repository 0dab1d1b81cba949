import { randomInt } from 'node:crypto';
import type { AppClient } from './pool.ts';
import type { ClientSecret } from './pool-resources.ts';

export const MAX_SECRETS = 2;
/** Secrets Manager rotates a secret at creation and then at this interval. */
const ROTATION_MS = 7 * 86_400_000;
const SECRET_LENGTH = 51;
const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

export function randomSecret(): string {
  return Array.from({ length: SECRET_LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
}

/** Returns the valid secrets, newest first; none for a public app client. */
export function secretsOf(client: AppClient): readonly ClientSecret[] {
  if (isPublished(client)) {
    while (client.pool.now() >= newestSecret(client).createdAt + ROTATION_MS) {
      addSecret(client, randomSecret(), newestSecret(client).createdAt + ROTATION_MS);
    }
  }
  return client.secrets;
}

/** Returns whether Secrets Manager keeps the secret. */
export function isPublished({ settings, secrets }: AppClient): boolean {
  return settings.PublishSecretsInAWSSecretsManager === true && secrets.length > 0;
}

/** Adds a new secret. The previous one stays valid; older ones are refused. */
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

/** Name of the secret in Secrets Manager. */
export function publishedName({ id, pool }: AppClient): string {
  return `cognito/${pool.id}/${id}`;
}

export function publishedArn(client: AppClient): string {
  return `arn:aws:secretsmanager:${client.pool.service.region}:000000000000:secret:${publishedName(client)}-a1b2c3`;
}
