import type { Bench } from '../bench.ts';
import { added, cellsOf, importCost, inTurn, type ProcessCost } from '../fresh-process.ts';
import type { Table } from '../report.ts';

interface Imported {
  readonly name: string;
  readonly modules: readonly string[];
  readonly target?: { readonly ms: number; readonly mib?: number };
}

const EXPRESS: Imported = { name: 'express', modules: ['express'] };

const IMPORTED: readonly Imported[] = [
  { name: 'express, once more (null)', modules: ['express'] },
  {
    name: 'express-cognito-kit/require-auth',
    modules: ['express', 'express-cognito-kit/require-auth'],
    target: { ms: 25, mib: 1.5 },
  },
  { name: 'express-cognito-kit', modules: ['express', 'express-cognito-kit'], target: { ms: 60 } },
  { name: 'express-cognito-kit/redis', modules: ['express', 'express-cognito-kit/redis'] },
  { name: 'express-cognito-kit/local', modules: ['express', 'express-cognito-kit/local'] },
  { name: 'express-cognito-kit/testing', modules: ['express', 'express-cognito-kit/testing'] },
  { name: 'aws-jwt-verify', modules: ['express', 'aws-jwt-verify'] },
  {
    name: 'the AWS SDK and joi',
    modules: ['express', '@aws-sdk/client-cognito-identity-provider', 'joi'],
  },
];

/** The cost of an import, for each entry of the package. */
export async function* benchImport({ lengths }: Bench): AsyncGenerator<Table> {
  const costs = await inTurn([EXPRESS, ...IMPORTED], lengths.starts, ({ modules }) => importCost(modules));
  const express = costs.get(EXPRESS) ?? [];
  yield {
    id: 'import',
    title: 'Import',
    reading:
      'Added to a process that imports express. The AWS SDK and joi are loaded with the first request.',
    head: ['', 'time', 'CPU', 'memory', 'target', 'reached'],
    rows: IMPORTED.map((imported) => {
      const cost = added(costs.get(imported) ?? [], express);
      return [imported.name, ...cellsOf(cost), ...verdictOf(cost, imported.target)];
    }),
  };
}

function verdictOf(cost: ProcessCost, target: Imported['target']): readonly [string, string] {
  if (!target) return ['', ''];
  const { ms, mib } = target;
  const reached = cost.ms <= ms && (mib === undefined || cost.mib <= mib);
  return [`<= ${ms} ms${mib === undefined ? '' : `, ${mib} MiB`}`, reached ? 'yes' : 'no'];
}
