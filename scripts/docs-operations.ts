import { keyManagementOperations } from '../src/local/operations/key-management.ts';
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
\`src/local/operations/table.ts\`. Any other operation is refused with \`UnknownOperationException\`.`,
    ...section('Cognito', OPERATIONS, apiReference),
    'The pages and endpoints of [managed login](../local-user-pool.md) are served below the domain of the pool.',
    ...section('Secrets Manager', secretsManagerOperations, secretsManagerReference),
    ...section('KMS', keyManagementOperations, kmsReference),
  ]);
}

function section(
  title: string,
  operations: OperationTable,
  reference: (operation: string) => string,
): string[] {
  const rows = Object.entries(operations)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { auth }]) => [`[\`${name}\`](${reference(name)})`, AUTHORIZATION[auth]]);
  return [`## ${title}`, table(['operation', 'authorization'], rows)];
}

function secretsManagerReference(operation: string): string {
  return `https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_${operation}.html`;
}

function kmsReference(operation: string): string {
  return `https://docs.aws.amazon.com/kms/latest/APIReference/API_${operation}.html`;
}
