import type { Bench } from '../bench.ts';
import type { ColdStart } from '../cold-start.ts';
import { added, cellsOf, coldStartCost, inTurn } from '../fresh-process.ts';
import { withRecordedCognito } from '../pool.ts';
import type { Table } from '../report.ts';

type First = ColdStart & { readonly name: string };

/** A function on AWS Lambda: from the start of its process to its first answer. */
export async function* benchCold({ pool, lengths }: Bench): AsyncGenerator<Table> {
  const [user] = pool.facts.users;
  const [token] = pool.facts.tokens;
  yield withRecordedCognito(pool, 0, async (config) => {
    const get = { method: 'GET', path: '/reports', headers: { authorization: `Bearer ${token}` } } as const;
    const signIn = {
      method: 'POST',
      path: '/auth/sign-in',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(user),
    } as const;
    const express: First = { name: 'express', contender: { kind: 'bare' }, ...get };
    const firsts: readonly First[] = [
      { ...express, name: 'express, once more (null)' },
      { name: 'requireAuth, a token', contender: { kind: 'require-auth', config }, ...get },
      { name: 'aws-jwt-verify by hand, a token', contender: { kind: 'verify-by-hand', config }, ...get },
      {
        name: 'router, a sign-in',
        contender: { kind: 'router', config, limits: true, log: true },
        ...signIn,
      },
      { name: 'by hand, a sign-in', contender: { kind: 'sign-in-by-hand', config }, ...signIn },
    ];
    const costs = await inTurn([express, ...firsts], lengths.starts, coldStartCost);
    return {
      id: 'cold',
      title: 'Cold start',
      reading:
        'A fresh process with serverless-http, from its start to its first answer: added to an express app. Calls are local.',
      head: ['', 'time', 'CPU', 'memory'],
      rows: firsts.map((first) => [
        first.name,
        ...cellsOf(added(costs.get(first) ?? [], costs.get(express) ?? [])),
      ]),
    };
  });
}
