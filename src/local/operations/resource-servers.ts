import { invalidParameter, resourceNotFound } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import type { ResourceServer } from '../model/pool-resources.ts';
import { list, required, structure, text } from '../wire/input.ts';
import { type OperationTable, poolOperation } from './operation.ts';

const identifier = required(text({ min: 1, max: 256, pattern: /[\x21\x23-\x5B\x5D-\x7E]+/ }));
const scope = structure({
  ScopeName: required(text({ min: 1, max: 256, pattern: /[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+/ })),
  ScopeDescription: required(text({ min: 1, max: 256 })),
});

export const resourceServerOperations: OperationTable = {
  CreateResourceServer: poolOperation(
    {
      Identifier: identifier,
      Name: required(text({ min: 1, max: 256, pattern: /[\w\s+=,.@-]+/ })),
      Scopes: list(scope, { max: 100 }),
    },
    (pool, input) => {
      if (pool.resourceServers.has(input.Identifier)) {
        throw invalidParameter(`${input.Identifier} already exists in user pool ${pool.id}.`);
      }
      const server = { identifier: input.Identifier, name: input.Name, scopes: input.Scopes ?? [] };
      pool.resourceServers.set(server.identifier, server);
      return { ResourceServer: serverOut(pool, server) };
    },
  ),

  DescribeResourceServer: poolOperation({ Identifier: identifier }, (pool, input) => {
    const server = pool.resourceServers.get(input.Identifier);
    if (!server) throw resourceNotFound('Resource server does not exist.');
    return { ResourceServer: serverOut(pool, server) };
  }),
};

function serverOut(pool: UserPool, { identifier, name, scopes }: ResourceServer): object {
  return { UserPoolId: pool.id, Identifier: identifier, Name: name, Scopes: scopes };
}
