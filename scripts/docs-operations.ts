import { keyManagementOperations } from '../src/local/operations/key-management.ts';
import { NOT_SERVED } from '../src/local/operations/not-served.ts';
import type { Operation, OperationTable } from '../src/local/operations/operation.ts';
import { secretsManagerOperations } from '../src/local/operations/secrets-manager.ts';
import { OPERATIONS } from '../src/local/operations/table.ts';
import { apiReference, GENERATED, page, table } from './docs-markdown.ts';

/** How a caller proves the right to an operation. */
const AUTHORIZATION: Readonly<Record<Operation['auth'], string>> = {
  client: 'public: the app client id, with `SecretHash` or the secret if the client has one',
  token: 'access token',
  sigv4: 'AWS credentials: a signature has to be there and is not verified',
  body: 'public: the request itself carries a token or a session',
};

/** `docs/reference/local-pool-operations.md`. */
export function operationsPage(): string {
  const served = Object.keys(OPERATIONS).length;
  return page([
    GENERATED,
    '# Operations of the local user pool',
    `The local user pool serves ${served} operations of Cognito's API over the wire protocol of the AWS SDK, from the table in
\`src/local/operations/table.ts\`. The last column says what AWS does and the local pool does not.`,
    ...section('Cognito', OPERATIONS, apiReference),
    'The pages and endpoints of [managed login](../local-user-pool.md) are served below the domain of the pool.',
    '## Not served',
    'These operations of Cognito are refused with `UnknownOperationException`. Its message has the reason.',
    table(
      ['operation', 'reason'],
      sorted(Object.entries(NOT_SERVED)).map(([name, reason]) => [`\`${name}\``, reason]),
    ),
    ...section('Secrets Manager', secretsManagerOperations, secretsManagerReference),
    ...section('KMS', keyManagementOperations, kmsReference),
  ]);
}

function section(
  title: string,
  operations: OperationTable,
  reference: (operation: string) => string,
): string[] {
  const rows = sorted(Object.entries(operations)).map(([name, { auth, limitation = '' }]) => [
    `[\`${name}\`](${reference(name)})`,
    AUTHORIZATION[auth],
    limitation,
  ]);
  return [`## ${title}`, table(['operation', 'authorization', 'limitation'], rows)];
}

function sorted<T>(entries: readonly [name: string, value: T][]): [name: string, value: T][] {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function secretsManagerReference(operation: string): string {
  return `https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_${operation}.html`;
}

function kmsReference(operation: string): string {
  return `https://docs.aws.amazon.com/kms/latest/APIReference/API_${operation}.html`;
}
