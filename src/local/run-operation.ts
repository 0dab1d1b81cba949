import { createHmac } from 'node:crypto';
import { OPERATIONS } from './operations.ts';
import { withOutbox } from './outbox.ts';
import type { AppClient } from './user-pool.ts';

/** Does what an operation of the API does, on behalf of an app client. Throws what the operation throws. */
export async function runOperation(
  client: AppClient,
  name: string,
  input: { readonly Username?: string; readonly [member: string]: unknown },
): Promise<object> {
  const { secret, id } = client;
  const { Username = '' } = input;
  const SecretHash =
    secret === undefined
      ? undefined
      : createHmac('sha256', secret)
          .update(Username + id)
          .digest('base64');
  const body = { ...input, ClientId: id, ...(SecretHash !== undefined && { SecretHash }) };
  const operation = OPERATIONS[name];
  if (!operation) throw new Error(`There is no operation ${name}.`);
  return withOutbox(name, body, () => operation.run(client.pool.service, body));
}
