import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = new URL('../../', import.meta.url);

export interface ImportCost {
  /** Milliseconds from the start of the process to the end of the imports. */
  readonly ms: number;
  /** Milliseconds of CPU time; other programs do not add to it. */
  readonly cpuMs: number;
  /** The resident memory of the process then, in MiB. */
  readonly mib: number;
}

/** What a process that imports these modules, one after the other, and nothing else has come to. */
export async function importCost(modules: readonly string[]): Promise<ImportCost> {
  const program = [
    ...modules.map((name) => `await import('${name}');`),
    'const ms = performance.now();',
    'const { user, system } = process.cpuUsage();',
    'const mib = process.memoryUsage.rss() / 2 ** 20;',
    'console.log(JSON.stringify({ ms, cpuMs: (user + system) / 1000, mib }));',
  ].join('\n');
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: ROOT });
  return JSON.parse(stdout) as ImportCost;
}
