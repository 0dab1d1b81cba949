import type { Bench } from '../bench.ts';
import type { Contender } from '../contenders/contender.ts';
import type { Side } from '../duel.ts';
import { added, cellsOf, coldStartCost, importCost, inTurn } from '../fresh-process.ts';
import { badTokens, drawnByZipf, reportsRequest, signInRequests } from '../inputs.ts';
import { type Match, runMatches, timeOf } from '../matches.ts';
import { withRecordedCognito } from '../pool.ts';
import type { Table } from '../report.ts';
import { benchBundle } from './bundle.ts';

/** This checkout against another one, such as that of an older commit. */
export async function* benchAgainst(bench: Bench): AsyncGenerator<Table> {
  const { against } = bench;
  if (against === undefined) throw new Error('--against needs the folder of another checkout.');
  yield tokens(bench, against);
  yield signIns(bench, against);
  yield imports(bench, against);
  yield coldStarts(bench, against);
  yield* benchBundle(bench);
}

const READING = 'CPU time of a request, of that of the other checkout. Less is better.';

async function tokens({ pool, lengths }: Bench, checkout: string): Promise<Table> {
  const { config, tokens: known, expired } = pool.facts;
  const { garbage, unknownKey, wrongSignature } = badTokens(known);
  const many = await pool.accessTokens(lengths.zipfTokens);
  const side = (requests: readonly Buffer[], status: Side['status'], of?: string, cache?: false): Side => ({
    contender: { kind: 'require-auth', config, checkout: of, ...(cache === false && { cache }) },
    requests,
    status,
  });
  const match = (
    name: string,
    requests: readonly Buffer[],
    status: Side['status'],
    cache?: false,
  ): Match => ({
    name,
    contender: side(requests, status, undefined, cache),
    baseline: side(requests, status, checkout, cache),
  });
  return runMatches({
    id: 'require-auth-against',
    title: 'requireAuth, now and before',
    reading: READING,
    baseline: side(known.map(reportsRequest), 200, checkout),
    matches: [
      match('known token', known.map(reportsRequest), 200),
      match("tokens drawn by Zipf's law", drawnByZipf(many.map(reportsRequest)), 200),
      match('each token as if for the first time', known.map(reportsRequest), 200, false),
      match('wrong signature', wrongSignature.map(reportsRequest), 401),
      match('expired token', [reportsRequest(expired)], 401),
      match('garbage', garbage.map(reportsRequest), 401),
      match('unknown key', unknownKey.map(reportsRequest), [401, 503]),
    ],
    lengths: lengths.route,
    rounds: lengths.rounds,
    ratio: timeOf,
  });
}

function signIns({ pool, lengths }: Bench, checkout: string): Promise<Table> {
  const requests = signInRequests(pool.facts);
  return withRecordedCognito(pool, 0, (config) => {
    const side = (of?: string): Side => ({
      contender: { kind: 'router', config, limits: true, log: true, checkout: of },
      requests,
      status: 200,
    });
    return runMatches({
      id: 'sign-in-against',
      title: 'Sign-in, now and before',
      reading: READING,
      baseline: side(checkout),
      matches: [{ name: 'everything on', contender: side() }],
      lengths: lengths.signIn,
      rounds: lengths.rounds,
      ratio: timeOf,
    });
  });
}

async function imports({ lengths }: Bench, checkout: string): Promise<Table> {
  const entries = ['', '/require-auth', '/redis', '/local', '/testing'];
  const imported = entries.flatMap((entry) => [
    { name: `express-cognito-kit${entry}, now`, entry, in: undefined },
    { name: `express-cognito-kit${entry}, before`, entry, in: checkout },
  ]);
  const express = { name: 'express', entry: undefined, in: undefined };
  const costs = await inTurn([express, ...imported], lengths.starts, (each) =>
    importCost(
      each.entry === undefined ? ['express'] : ['express', `express-cognito-kit${each.entry}`],
      each.in,
    ),
  );
  return {
    id: 'import-against',
    title: 'Import, now and before',
    reading: 'Added to a process that imports express.',
    head: ['', 'time', 'CPU', 'memory'],
    rows: imported.map((each) => [
      each.name,
      ...cellsOf(added(costs.get(each) ?? [], costs.get(express) ?? [])),
    ]),
  };
}

async function coldStarts({ pool, lengths }: Bench, checkout: string): Promise<Table> {
  const [user] = pool.facts.users;
  const [token] = pool.facts.tokens;
  return withRecordedCognito(pool, 0, async (config) => {
    const get = (contender: Contender) =>
      ({
        contender,
        method: 'GET',
        path: '/reports',
        headers: { authorization: `Bearer ${token}` },
      }) as const;
    const signIn = (contender: Contender) =>
      ({
        contender,
        method: 'POST',
        path: '/auth/sign-in',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(user),
      }) as const;
    const express = { name: 'express', ...get({ kind: 'bare' }) };
    const firsts = [undefined, checkout].flatMap((of) => {
      const when = of === undefined ? 'now' : 'before';
      return [
        { name: `requireAuth, a token, ${when}`, ...get({ kind: 'require-auth', config, checkout: of }) },
        {
          name: `router, a sign-in, ${when}`,
          ...signIn({ kind: 'router', config, limits: true, log: true, checkout: of }),
        },
      ];
    });
    const costs = await inTurn([express, ...firsts], lengths.starts, coldStartCost);
    return {
      id: 'cold-against',
      title: 'Cold start, now and before',
      reading: 'From the start of a process to its first answer: added to an express app.',
      head: ['', 'time', 'CPU', 'memory'],
      rows: firsts.map((first) => [
        first.name,
        ...cellsOf(added(costs.get(first) ?? [], costs.get(express) ?? [])),
      ]),
    };
  });
}
