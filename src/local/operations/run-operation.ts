import { secretHash } from '../../cognito/secret-hash.ts';
import { withOutbox } from '../messages/outbox.ts';
import { secretsOf } from '../model/client-secrets.ts';
import type { AppClient } from '../model/pool.ts';
import { OPERATIONS } from './table.ts';

/** Runs an operation of the API as an app client. Throws the operation's exceptions. */
export async function runOperation(
  client: AppClient,
  name: string,
  input: { readonly Username?: string; readonly [member: string]: unknown },
): Promise<object> {
  const { id } = client;
  const [secret] = secretsOf(client);
  const app = secret && { clientId: id, clientSecret: secret.value };
  const body = {
    ...input,
    ClientId: id,
    ...(app && { SecretHash: secretHash(app, input.Username ?? '') }),
  };
  const operation = OPERATIONS[name];
  if (!operation) throw new Error(`The local user pool has no operation ${name}.`);
  return withOutbox(name, body, () => operation.run(client.pool.service, body));
}
