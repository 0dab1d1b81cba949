import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ColdStart } from './cold-start.ts';
import { median } from './duel.ts';

const run = promisify(execFile);
const ROOT = new URL('../../', import.meta.url);

/** The cost of a fresh process until its last line. */
export interface ProcessCost {
  /** Milliseconds since the start of the process. */
  readonly ms: number;
  /** Milliseconds of CPU time; other programs do not add to it. */
  readonly cpuMs: number;
  /** The resident memory of the process, in MiB. */
  readonly mib: number;
}

/** A process that imports these modules, one after the other, and nothing else. */
export async function importCost(modules: readonly string[], checkout?: string): Promise<ProcessCost> {
  const program = [
    ...modules.map((name) => `await import('${name}');`),
    'const ms = performance.now();',
    'const { user, system } = process.cpuUsage();',
    'const mib = process.memoryUsage.rss() / 2 ** 20;',
    'console.log(JSON.stringify({ ms, cpuMs: (user + system) / 1000, mib }));',
  ].join('\n');
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: checkout ?? ROOT,
  });
  return JSON.parse(stdout) as ProcessCost;
}

/** A process that answers its first request. */
export async function coldStartCost(start: ColdStart): Promise<ProcessCost> {
  const program = fileURLToPath(new URL('cold-start.js', import.meta.url));
  const { stdout } = await run(process.execPath, [program, JSON.stringify(start)], {
    env: { ...process.env, NODE_ENV: 'production' },
  });
  // Log lines come before and after.
  const [line = ''] = /^\{"ms".*$/m.exec(stdout) ?? [];
  return JSON.parse(line) as ProcessCost;
}

/** The median of each figure, less those of a baseline that was measured beside it. */
export function added(costs: readonly ProcessCost[], baseline: readonly ProcessCost[]): ProcessCost {
  const medianOf = (figure: keyof ProcessCost): number =>
    median(costs.map((cost, round) => cost[figure] - (baseline[round]?.[figure] ?? Number.NaN)));
  return { ms: medianOf('ms'), cpuMs: medianOf('cpuMs'), mib: medianOf('mib') };
}

/** The figures as cells: time, CPU, memory. */
export function cellsOf({ ms, cpuMs, mib }: ProcessCost): readonly string[] {
  return [`${ms.toFixed(1)} ms`, `${cpuMs.toFixed(1)} ms`, `${mib.toFixed(1)} MiB`];
}

/** Measures all in turn, so that a slow minute of the machine is not one's alone. */
export async function inTurn<Item>(
  items: readonly Item[],
  rounds: number,
  costOf: (item: Item) => Promise<ProcessCost>,
): Promise<ReadonlyMap<Item, readonly ProcessCost[]>> {
  const costs = new Map<Item, ProcessCost[]>(items.map((item) => [item, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [item, list] of costs) list.push(await costOf(item));
  }
  return costs;
}
