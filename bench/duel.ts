import { setTimeout as wait } from 'node:timers/promises';
import { ask, end, start } from './child.ts';
import type { Contender } from './contenders.ts';
import { Load, type LoadOptions } from './load.ts';
import type { Usage } from './server.ts';

export interface Side {
  readonly contender: Contender;
  readonly requests: readonly Buffer[];
  readonly status: number;
}

export interface Durations {
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** What one side did while it was measured. */
export interface Score {
  /** Microseconds of CPU time for each request. */
  readonly cpu: number;
  readonly perSecond: number;
}

/** An opponent on its own: loads it, and measures once it is warm. */
export async function measure(
  side: Side,
  connections: number,
  { warmUpMs, measureMs }: Durations,
): Promise<Score> {
  const running = await startSide(side, connections);
  await wait(warmUpMs);
  await running.begin();
  await wait(measureMs);
  return running.finish();
}

/**
 * A fresh process for each side, both loaded at the same moment: what else happens on the machine happens
 * to both, and CPU time leaves out what the other one takes.
 */
export async function duel(
  sides: readonly [Side, Side],
  connections: number,
  { warmUpMs, measureMs }: Durations,
): Promise<readonly [Score, Score]> {
  const [left, right] = await Promise.all([
    startSide(sides[0], connections),
    startSide(sides[1], connections),
  ]);
  await wait(warmUpMs);
  await Promise.all([left.begin(), right.begin()]);
  await wait(measureMs);
  return Promise.all([left.finish(), right.finish()]);
}

interface RunningSide {
  begin(): Promise<void>;
  finish(): Promise<Score>;
}

async function startSide({ contender, ...load }: Side, connections: number): Promise<RunningSide> {
  const { child, hello } = await start<{ port: number }>('server.js', contender, { NODE_ENV: 'production' });
  const options: LoadOptions = { ...load, connections, port: hello.port };
  const running = new Load(options);
  let before: Usage = { cpu: 0, requests: 0 };
  let startedAt = 0;
  return {
    async begin() {
      before = await ask<Usage>(child, 'usage');
      startedAt = performance.now();
    },
    async finish() {
      const after = await ask<Usage>(child, 'usage');
      const seconds = (performance.now() - startedAt) / 1000;
      running.stop();
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
