import { setTimeout as wait } from 'node:timers/promises';
import { ask, end, start } from './child.ts';
import type { Contender } from './contenders/contender.ts';
import { Load } from './load.ts';
import type { Listening, Question, Usage } from './server.ts';

export interface Side {
  readonly contender: Contender;
  /** Sent in turn; made from the headers of the contender's own session, if it has one. */
  readonly requests: readonly Buffer[] | ((headers: Readonly<Record<string, string>>) => readonly Buffer[]);
  readonly status: number | readonly number[];
}

/** In requests of each side, not in seconds: a busy machine would measure code that is still cold. */
export interface Lengths {
  readonly warmUp: number;
  /** A window is measured, and then the next: what disturbs the machine for a moment spoils one of them. */
  readonly window: number;
  readonly windows: number;
}

/** What one side did in a window. */
export interface Score {
  /** Microseconds of CPU time for each request. */
  readonly cpu: number;
  readonly perSecond: number;
}

/** An opponent on its own. */
export async function measure(side: Side, connections: number, lengths: Lengths): Promise<readonly Score[]> {
  const running = await startSide(side, connections);
  await running.answered(lengths.warmUp);
  const scores: Score[] = [];
  for (let window = 0; window < lengths.windows; window += 1) {
    await running.begin();
    await running.answered(lengths.window);
    scores.push(await running.score());
  }
  await running.end();
  return scores;
}

/**
 * A fresh process for each side, both loaded at the same moment: what else happens on the machine happens
 * to both, and CPU time leaves out what the other one takes.
 */
export async function duel(
  sides: readonly [Side, Side],
  connections: number,
  lengths: Lengths,
): Promise<readonly (readonly [Score, Score])[]> {
  const both = await Promise.all([startSide(sides[0], connections), startSide(sides[1], connections)]);
  const [left, right] = both;
  await Promise.all(both.map((side) => side.answered(lengths.warmUp)));
  const scores: [Score, Score][] = [];
  for (let window = 0; window < lengths.windows; window += 1) {
    await Promise.all(both.map((side) => side.begin()));
    await Promise.all(both.map((side) => side.answered(lengths.window)));
    scores.push(await Promise.all([left.score(), right.score()]));
  }
  await Promise.all(both.map((side) => side.end()));
  return scores;
}

/** A server under test, with its load. */
export interface RunningSide {
  /** Waits for this many more answers. */
  answered(requests: number): Promise<void>;
  begin(): Promise<void>;
  /** What it did since the last `begin`. */
  score(): Promise<Score>;
  ask<Answer>(question: Question): Promise<Answer>;
  end(): Promise<void>;
}

const POLL_MS = 10;
const LONGEST_WAIT_MS = 120_000;

export async function startSide(
  { contender, requests, status }: Side,
  connections: number,
): Promise<RunningSide> {
  const { child, hello } = await start<Listening>('server.js', contender, { NODE_ENV: 'production' });
  const sent = typeof requests === 'function' ? requests(hello.headers ?? {}) : requests;
  const load = new Load({ requests: sent, status, connections, port: hello.port });
  let before: Usage = { cpu: 0, requests: 0 };
  let startedAt = 0;
  return {
    async answered(requests) {
      const enough = load.answers + requests;
      const deadline = performance.now() + LONGEST_WAIT_MS;
      while (load.answers < enough) {
        if (performance.now() > deadline) throw new Error('A server under test answers no more.');
        await wait(POLL_MS);
      }
    },
    async begin() {
      before = await ask<Usage>(child, 'usage');
      startedAt = performance.now();
    },
    async score() {
      const after = await ask<Usage>(child, 'usage');
      const seconds = (performance.now() - startedAt) / 1000;
      const requests = after.requests - before.requests;
      return { cpu: (after.cpu - before.cpu) / requests, perSecond: requests / seconds };
    },
    ask: (question) => ask(child, question),
    async end() {
      load.stop();
      await end(child);
    },
  };
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  return low + ((sorted[Math.ceil(at)] ?? low) - low) * (at % 1);
}
