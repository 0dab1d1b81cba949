import type { ChildProcess } from 'node:child_process';
import { end, start } from './child.ts';
import type { Contender, PoolConfig } from './contenders.ts';
import { duel, type Lengths, measure, median, quantile, type Score, type Side } from './duel.ts';
import { type ImportCost, importCost } from './import-cost.ts';
import { answerOfSignIn, badTokens } from './inputs.ts';
import { httpRequest } from './load.ts';
import type { PoolFacts } from './user-pool.ts';

/**
 * `npm run bench`: what the kit costs, as ratios that were measured side by side. It reports and never
 * fails; beside each ratio stands its null, the same thing measured against itself. `--quick` takes half a
 * minute and is good for a look only; the names of parts, such as `sign-in`, leave out the others.
 */

const quick = process.argv.includes('--quick');
const ROUNDS = quick ? 1 : 2;
const IMPORTS = quick ? 3 : 15;
/** V8 goes on optimizing these servers for more than 10,000 requests, and the one that does more for longer. */
const ROUTE: Lengths = quick
  ? { warmUp: 500, window: 250, windows: 2 }
  : { warmUp: 12_000, window: 1000, windows: 8 };
const SIGN_IN: Lengths = quick
  ? { warmUp: 300, window: 150, windows: 2 }
  : { warmUp: 4000, window: 500, windows: 8 };
const MANY_SIGN_INS: Lengths = quick
  ? { warmUp: 500, window: 500, windows: 1 }
  : { warmUp: 2500, window: 1000, windows: 2 };
const CONNECTIONS = 16;
const CALLERS = 500;
const COGNITO_DELAYS_MS = [100, 400];

interface Match {
  readonly name: string;
  readonly target: string;
  readonly sides: readonly [contender: Side, baseline: Side];
}

/** Rounds go round all matches, so that a slow minute of the machine is not one match's alone. */
async function runMatches(
  title: string,
  matches: readonly Match[],
  lengths: Lengths,
  ratio: (contender: Score, baseline: Score) => number,
): Promise<void> {
  const scores = new Map<Match, (readonly [Score, Score])[]>(matches.map((match) => [match, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const match of matches) {
      scores.get(match)?.push(...(await duel(match.sides, CONNECTIONS, lengths)));
    }
  }
  const rows = [...scores].map(([{ name, target }, windows]) => {
    const ratios = windows.map(([contender, baseline]) => ratio(contender, baseline));
    return [
      name,
      percent(median(ratios)),
      `${percent(quantile(ratios, 0.25))} to ${percent(quantile(ratios, 0.75))}`,
      target,
      percent(median(windows.map(([contender, baseline]) => contender.perSecond / baseline.perSecond))),
      micros(median(windows.map(([contender]) => contender.cpu))),
      micros(median(windows.map(([, baseline]) => baseline.cpu))),
    ];
  });
  print(title, ['', 'CPU', 'middle half', 'target', 'throughput', 'us/request', 'baseline'], rows);
}

async function benchRequireAuth({ config, tokens, expired }: PoolFacts): Promise<void> {
  const { garbage, unknownKey, wrongSignature } = badTokens(tokens);
  const get = (token?: string): Buffer =>
    httpRequest('GET', '/reports', token === undefined ? {} : { authorization: `Bearer ${token}` });
  const against = (
    name: string,
    target: string,
    requests: readonly Buffer[],
    status: number | readonly number[],
    cache?: false,
  ): Match => ({
    name,
    target,
    sides: [
      {
        contender: { kind: 'require-auth', config, ...(cache === false && { cache }) },
        requests,
        status,
      },
      { contender: { kind: 'bare' }, requests, status: 200 },
    ],
  });
  const bare: Side = { contender: { kind: 'bare' }, requests: tokens.map(get), status: 200 };
  await runMatches(
    'requireAuth: requests for the same CPU time, of those of the bare route',
    [
      { name: 'the bare route itself (null)', target: '', sides: [bare, bare] },
      {
        name: 'an empty middleware',
        target: '',
        sides: [{ ...bare, contender: { kind: 'empty-middleware' } }, bare],
      },
      against('good token, known', '>= 92 %', tokens.map(get), 200),
      against('good token, cache: false', '', tokens.map(get), 200, false),
      against('garbage', '>= 93 %', garbage.map(get), 401),
      // 401 once the keys have been fetched in vain; 503 until they may be fetched again.
      against('unknown key', '>= 93 %', unknownKey.map(get), [401, 503]),
      against('no token', '>= 93 %', [get()], 401),
      against('expired', '>= 88 %', [get(expired)], 401),
      against('wrong signature', '>= 60 %', wrongSignature.map(get), 401),
    ],
    ROUTE,
    (contender, baseline) => baseline.cpu / contender.cpu,
  );
}

async function benchSignIn(facts: PoolFacts): Promise<void> {
  const cognito = await recordedCognito(facts, 0);
  const { config } = cognito;
  const requests = signInRequests(facts);
  const byHand: Side = { contender: { kind: 'by-hand', config }, requests, status: 200 };
  const router = (limits: boolean, log: boolean): Side => ({
    contender: { kind: 'router', config, limits, log },
    requests,
    status: 200,
  });
  const throughMiddleware: Side = {
    contender: { kind: 'router', config, limits: false, log: false, sdkMiddleware: true },
    requests,
    status: 200,
  };
  await runMatches(
    'Sign-in: CPU time of a request, of that of a hand-written route with the same call and joi',
    [
      { name: 'the hand-written route itself (null)', target: '', sides: [byHand, byHand] },
      { name: 'router', target: '<= 110 %', sides: [router(false, false), byHand] },
      { name: 'router, with its log', target: '<= 110 %', sides: [router(false, true), byHand] },
      { name: 'router, with limits', target: '<= 115 %', sides: [router(true, false), byHand] },
      { name: 'router, with limits and log', target: '<= 115 %', sides: [router(true, true), byHand] },
      { name: "router, through the SDK's middleware", target: '', sides: [throughMiddleware, byHand] },
      { name: 'router, of that', target: '', sides: [router(false, false), throughMiddleware] },
    ],
    SIGN_IN,
    (contender, baseline) => contender.cpu / baseline.cpu,
  );
  await end(cognito.child);
}

function signInRequests({ users }: PoolFacts): readonly Buffer[] {
  return users.map((user) => httpRequest('POST', '/auth/sign-in', {}, user));
}

/** A Cognito that answers sign-ins alone. */
async function recordedCognito(
  facts: PoolFacts,
  delayMs: number,
): Promise<{ config: PoolConfig; child: ChildProcess }> {
  const answer = await answerOfSignIn(facts);
  const { child, hello } = await start<{ endpoint: string }>('recorded-cognito.js', { delayMs, answer });
  return { child, config: { ...facts.config, endpoint: hello.endpoint } };
}

async function benchManyCallers(facts: PoolFacts): Promise<void> {
  for (const delayMs of COGNITO_DELAYS_MS) await benchManyCallersAt(delayMs, facts);
}

async function benchManyCallersAt(delayMs: number, facts: PoolFacts): Promise<void> {
  const cognito = await recordedCognito(facts, delayMs);
  const { config } = cognito;
  const contenders: readonly (readonly [name: string, target: string, Contender])[] = [
    ['hand-written, SDK defaults', '', { kind: 'by-hand', config }],
    ['the same once more (null)', '', { kind: 'by-hand', config }],
    // The limit is the machine's then: more than this nobody gets out of it.
    [`hand-written, ${CALLERS} sockets`, '', { kind: 'by-hand', config, sockets: CALLERS }],
    ['router', '>= 2.30 x', { kind: 'router', config, limits: false, log: false }],
    ['router, with limits and log', '', { kind: 'router', config, limits: true, log: true }],
  ];
  const rates: number[][] = contenders.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    // In turn: two at once would fight for the machine, and the rate is what counts here.
    for (const [index, [, , contender]] of contenders.entries()) {
      const side: Side = { contender, requests: signInRequests(facts), status: 200 };
      const windows = await measure(side, CALLERS, MANY_SIGN_INS);
      rates[index]?.push(median(windows.map(({ perSecond }) => perSecond)));
    }
  }
  await end(cognito.child);
  const [baseline = []] = rates;
  print(
    `Sign-ins a second with ${CALLERS} callers at once and a Cognito that takes ${delayMs} ms`,
    ['', 'ratio', 'target', 'a second'],
    contenders.map(([name, target], index) => {
      const rate = rates[index] ?? [];
      const ratio = median(rate.map((one, round) => one / (baseline[round] ?? Number.NaN)));
      return [name, `${ratio.toFixed(2)} x`, target, median(rate).toFixed(0)];
    }),
  );
}

async function benchImport(): Promise<void> {
  const contenders = {
    'express, against itself (null)': ['express'],
    'express-cognito-kit/require-auth': ['express', 'express-cognito-kit/require-auth'],
    'express-cognito-kit': ['express', 'express-cognito-kit'],
  };
  const names = Object.keys(contenders) as (keyof typeof contenders)[];
  const added = new Map<string, ImportCost[]>(names.map((name) => [name, []]));
  for (let round = 0; round < IMPORTS; round += 1) {
    const express = await importCost(['express']);
    for (const name of names) {
      const { ms, cpuMs, mib } = await importCost(contenders[name]);
      added.get(name)?.push({ ms: ms - express.ms, cpuMs: cpuMs - express.cpuMs, mib: mib - express.mib });
    }
  }
  print(
    'Import: what it adds to a process that imports express',
    ['', 'time', 'CPU', 'memory', 'target'],
    [...added].map(([name, costs]) => [
      name,
      `${median(costs.map(({ ms }) => ms)).toFixed(1)} ms`,
      `${median(costs.map(({ cpuMs }) => cpuMs)).toFixed(1)} ms`,
      `${median(costs.map(({ mib }) => mib)).toFixed(1)} MiB`,
      name.endsWith('require-auth') ? '<= 50 ms, 3 MiB' : '',
    ]),
  );
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

function micros(cpu: number): string {
  return cpu.toFixed(0);
}

function print(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ');
  console.log(`\n${title}\n\n${[head, ...rows].map(line).join('\n')}`);
}

const PARTS: Readonly<Record<string, (facts: PoolFacts) => Promise<void>>> = {
  import: benchImport,
  'require-auth': benchRequireAuth,
  'sign-in': benchSignIn,
  callers: benchManyCallers,
};

const startedAt = performance.now();
const chosen = process.argv.slice(2).filter((argument) => argument in PARTS);
const pool = await start<PoolFacts>('user-pool.js', {});
for (const [name, part] of Object.entries(PARTS)) {
  if (chosen.length === 0 || chosen.includes(name)) await part(pool.hello);
}
await end(pool.child);
console.log(`\n${((performance.now() - startedAt) / 1000).toFixed(0)} seconds, Node ${process.version}`);
