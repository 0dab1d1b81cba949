import { type ChildProcess, fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type LocalUserPool, startLocalUserPool } from '../src/local/local-user-pool.ts';
import type { FromApp, ToApp } from './soak-app.ts';
import { SoakClient, Tally, TurnedAway } from './soak-client.ts';
import { JOURNEYS, PASSWORD, type World } from './soak-journeys.ts';

/**
 * `npm run soak -- 30`: minutes of clients of every kind against one app, 10 by default. It fails if the heap grows after
 * the caches are full, at any answer that a client had no reason to get, at a warning of the process, and if the app
 * does not end by itself when it is told to, in the middle of it all.
 */

const MINUTES = Number(process.argv[2] ?? 10);
const WORKERS = 16;
/** Tokens that a router remembers, at most. */
const REMEMBERED_TOKENS = 10_000;
/** The part of the time that the other stores have to fill. */
const WARM_UP = 1 / 3;
/** The slope of the line through the samples, in MB a minute. One kilobyte lost at each sign-in is more than this. */
const MOST_GROWTH = 0.5;
/** Samples differ by what is under way: over a short time that looks like growth. MB over the whole time. */
const NOISE_MB = 1;
const LONGEST_END_MS = 15_000;
const MB = 1024 * 1024;

type Sample = Extract<FromApp, { kind: 'sample' }> & { readonly minutes: number };

if (!(MINUTES > 0)) throw new TypeError(`The minutes are "${process.argv[2]}"; write a number, such as 10.`);
process.exitCode = (await soak()) ? 0 : 1;

async function soak(): Promise<boolean> {
  console.log('filling the cache of tokens ...');
  const users = Array.from({ length: 50 }, (_, each) => `user-${each}@example.com`);
  const pool = await startLocalUserPool({
    quiet: true,
    limits: false,
    users: users.map((username) => ({ username, password: PASSWORD })),
  });
  const app = fork(fileURLToPath(new URL('soak-app.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx', '--expose-gc'],
    env: {
      ...process.env,
      COGNITO_USER_POOL_ID: pool.config.userPoolId,
      COGNITO_CLIENT_ID: pool.config.clientId,
      COGNITO_ENDPOINT: pool.config.endpoint,
    },
  });
  const exited = once(app, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const warnings: string[] = [];
  let left: readonly string[] = [];
  app.on('message', (message: FromApp) => {
    if (message.kind === 'warning') warnings.push(message.text);
    if (message.kind === 'closed') left = message.left;
  });
  const { url } = await next(app, 'listening');

  const tally = new Tally();
  app.once('exit', (code, signal) => {
    if (!tally.stopping) throw new Error(`The app ended by itself, with ${code ?? signal}.`);
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const asked = users.map((user) => pool.tokensFor(user).accessToken);
  const world: World = { pool, users, asked, newClient: () => new SoakClient(url, agent, tally) };

  await fillTokenCache(app, pool, users);
  const startedAt = performance.now();
  const end = startedAt + MINUTES * 60_000;
  const working = Array.from({ length: WORKERS }, () => work(world, tally));

  const samples: Sample[] = [];
  print(['minutes', ...Object.keys(tally.counts), 'heap MB', 'RSS MB', 'handles']);
  while (performance.now() < end) {
    await sleep(Math.min(10_000, (MINUTES * 60_000) / 36));
    app.send('sample' satisfies ToApp);
    const sample = await next(app, 'sample');
    const minutes = (performance.now() - startedAt) / 60_000;
    if (minutes > MINUTES * WARM_UP) samples.push({ ...sample, minutes });
    const sizes = [sample.heap, sample.rss].map((bytes) => (bytes / MB).toFixed(1));
    print([minutes.toFixed(1), ...Object.values(tally.counts), ...sizes, sample.handles]);
  }

  // In the middle of it all.
  tally.stopping = true;
  const stoppedAt = performance.now();
  app.kill('SIGTERM');
  const killer = setTimeout(() => app.kill('SIGKILL'), LONGEST_END_MS);
  const [exitCode, signal] = await exited;
  clearTimeout(killer);
  const endMs = Math.round(performance.now() - stoppedAt);
  await Promise.all(working);
  agent.destroy();
  await pool.close();

  const extra = left.filter((name) => !['PipeWrap', 'TTYWrap'].includes(name));
  return judge([
    [heapIsFlat(samples), growthOf(samples)],
    [tally.surprises.length === 0, `unexpected answers: ${tally.counts.unexpected}`, ...tally.surprises],
    [warnings.length === 0, `warnings: ${warnings.length}`, ...warnings],
    [exitCode === 0, `the app ended with ${exitCode ?? signal}, ${endMs} ms after it was told to`],
    [extra.length === 0, `left when it was closed: ${left.join(', ')}`],
  ]);
}

async function fillTokenCache(
  app: ChildProcess,
  pool: LocalUserPool,
  users: readonly string[],
): Promise<void> {
  const [user = ''] = users;
  for (let filled = 0; filled < REMEMBERED_TOKENS; filled += 500) {
    app.send({ fill: Array.from({ length: 500 }, () => pool.tokensFor(user).accessToken) } satisfies ToApp);
    await next(app, 'filled');
  }
}

async function work(world: World, tally: Tally): Promise<void> {
  while (!tally.stopping) {
    try {
      await JOURNEYS[randomInt(JOURNEYS.length)]?.(world);
    } catch (error) {
      if (error instanceof TurnedAway) return;
      // Requests are judged where they are sent.
      if (!(error instanceof Error && 'code' in error)) tally.surprise(String(error));
    }
  }
}

function next<K extends FromApp['kind']>(app: ChildProcess, kind: K): Promise<Extract<FromApp, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(new Error('The app has ended.'));
    const onMessage = (message: FromApp): void => {
      if (message.kind !== kind) return;
      app.off('message', onMessage).off('exit', onExit);
      resolve(message as Extract<FromApp, { kind: K }>);
    };
    app.on('message', onMessage).on('exit', onExit);
  });
}

/** By least squares. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [time, heap] = [mean(({ minutes }) => minutes), mean((sample) => sample.heap)];
  const spread = mean(({ minutes }) => (minutes - time) ** 2);
  return mean((sample) => (sample.minutes - time) * (sample.heap - heap)) / spread / MB;
}

/** How much the heap may grow in a minute. */
function allowed(samples: readonly Sample[]): number {
  const time = (samples.at(-1)?.minutes ?? 0) - (samples[0]?.minutes ?? 0);
  return MOST_GROWTH + NOISE_MB / time;
}

function heapIsFlat(samples: readonly Sample[]): boolean {
  return samples.length >= 10 && slopeOf(samples) < allowed(samples);
}

function growthOf(samples: readonly Sample[]): string {
  if (samples.length < 10) return 'the time was too short to judge the heap';
  const from = samples[0]?.minutes.toFixed(1);
  return `heap, from minute ${from} on: ${slopeOf(samples).toFixed(2)} MB a minute, ${allowed(samples).toFixed(2)} allowed`;
}

function judge(verdicts: readonly (readonly [boolean, ...string[]])[]): boolean {
  console.log();
  for (const [isGood, ...lines] of verdicts)
    console.log(`${isGood ? 'ok    ' : 'FAILED'} ${lines.join('\n         ')}`);
  return verdicts.every(([isGood]) => isGood);
}

function print(cells: readonly (string | number)[]): void {
  console.log(cells.map((cell) => String(cell).padStart(11)).join(''));
}
