import { setTimeout as wait } from 'node:timers/promises';
import { ask, end, start } from './child.ts';
import type { Contender } from './contenders.ts';
import { Load } from './load.ts';
import type { Usage } from './server.ts';

export interface Side {
  readonly contender: Contender;
  readonly requests: readonly Buffer[];
  readonly status: number;
}

/** In requests of each side, not in seconds: a busy machine would measure code that is still cold. */
export interface Lengths {
  readonly warmUp: number;
  readonly measured: number;
}

/** What one side did while it was measured. */
export interface Score {
  /** Microseconds of CPU time for each request. */
  readonly cpu: number;
  readonly perSecond: number;
}

/** An opponent on its own. */
export async function measure(side: Side, connections: number, lengths: Lengths): Promise<Score> {
  const running = await startSide(side, connections);
  await running.answered(lengths.warmUp);
  await running.begin();
  await running.answered(lengths.measured);
  return running.finish();
}

/**
 * A fresh process for each side, both loaded at the same moment: what else happens on the machine happens
 * to both, and CPU time leaves out what the other one takes.
 */
export async function duel(
  sides: readonly [Side, Side],
  connections: number,
  lengths: Lengths,
): Promise<readonly [Score, Score]> {
  const [left, right] = await Promise.all([
    startSide(sides[0], connections),
    startSide(sides[1], connections),
  ]);
  await Promise.all([left.answered(lengths.warmUp), right.answered(lengths.warmUp)]);
  await Promise.all([left.begin(), right.begin()]);
  await Promise.all([left.answered(lengths.measured), right.answered(lengths.measured)]);
  return Promise.all([left.finish(), right.finish()]);
}

interface RunningSide {
  /** Waits for this many more answers. */
  answered(requests: number): Promise<void>;
  begin(): Promise<void>;
  finish(): Promise<Score>;
}

const POLL_MS = 10;
const LONGEST_WAIT_MS = 120_000;

async function startSide({ contender, ...rest }: Side, connections: number): Promise<RunningSide> {
  const { child, hello } = await start<{ port: number }>('server.js', contender, { NODE_ENV: 'production' });
  const load = new Load({ ...rest, connections, port: hello.port });
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
    async finish() {
      const after = await ask<Usage>(child, 'usage');
      const seconds = (performance.now() - startedAt) / 1000;
      load.stop();
      await end(child);
      const requests = after.requests - before.requests;
      return { cpu: (after.cpu - before.cpu) / requests, perSecond: requests / seconds };
    },
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : (high + (sorted[middle - 1] ?? high)) / 2;
}
