import { invalidParameter, resourceNotFound } from '../model/errors.ts';
import type { UserPool } from '../model/pool.ts';
import type { ResourceServer } from '../model/pool-resources.ts';
import { type InputOf, integer, list, required, structure, text } from '../wire/input.ts';
import { pageToken } from '../wire/members.ts';
import { pageOf } from '../wire/pagination.ts';
import { type OperationTable, poolOperation } from './operation.ts';

const identifier = required(text({ min: 1, max: 256, pattern: /[\x21\x23-\x5B\x5D-\x7E]+/ }));
const scope = structure({
  ScopeName: required(text({ min: 1, max: 256, pattern: /[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+/ })),
  ScopeDescription: required(text({ min: 1, max: 256 })),
});

const serverShape = {
  Identifier: identifier,
  Name: required(text({ min: 1, max: 256, pattern: /[\w\s+=,.@-]+/ })),
  Scopes: list(scope, { max: 100 }),
};
const LARGEST_PAGE = 50;

export const resourceServerOperations: OperationTable = {
  CreateResourceServer: poolOperation(serverShape, (pool, input) => {
    if (pool.resourceServers.has(input.Identifier)) {
      throw invalidParameter(`${input.Identifier} already exists in user pool ${pool.id}.`);
    }
    return { ResourceServer: serverOut(pool, keep(pool, input)) };
  }),

  DescribeResourceServer: poolOperation({ Identifier: identifier }, (pool, input) => ({
    ResourceServer: serverOut(pool, findServer(pool, input.Identifier)),
  })),

  // Absent scopes are removed, as on AWS. App clients keep theirs.
  UpdateResourceServer: poolOperation(serverShape, (pool, input) => {
    findServer(pool, input.Identifier);
    return { ResourceServer: serverOut(pool, keep(pool, input)) };
  }),

  DeleteResourceServer: poolOperation({ Identifier: identifier }, (pool, input) => {
    pool.resourceServers.delete(findServer(pool, input.Identifier).identifier);
    return {};
  }),

  ListResourceServers: poolOperation(
    { MaxResults: integer(1, LARGEST_PAGE), NextToken: pageToken },
    (pool, input) => {
      const all = [...pool.resourceServers.values()];
      const { items, next } = pageOf(all, input.MaxResults ?? LARGEST_PAGE, input.NextToken);
      return { ResourceServers: items.map((server) => serverOut(pool, server)), NextToken: next };
    },
  ),
};

function findServer(pool: UserPool, name: string): ResourceServer {
  const server = pool.resourceServers.get(name);
  if (!server) throw resourceNotFound('Resource server does not exist.');
  return server;
}

function keep(
  pool: UserPool,
  { Identifier, Name, Scopes = [] }: InputOf<typeof serverShape>,
): ResourceServer {
  const server = { identifier: Identifier, name: Name, scopes: Scopes };
  pool.resourceServers.set(Identifier, server);
  return server;
}

function serverOut(pool: UserPool, { identifier, name, scopes }: ResourceServer): object {
  return { UserPoolId: pool.id, Identifier: identifier, Name: name, Scopes: scopes };
}
