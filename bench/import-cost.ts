import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = new URL('../../', import.meta.url);

export interface ImportCost {
  /** Milliseconds from the start of the process to the end of the imports. */
  readonly ms: number;
  /** The resident memory of the process then, in MiB. */
  readonly mib: number;
}

/** What a process that imports these modules, one after the other, and nothing else has come to. */
export async function importCost(modules: readonly string[]): Promise<ImportCost> {
  const program = [
    ...modules.map((name) => `await import('${name}');`),
    'const ms = performance.now();',
    'console.log(JSON.stringify({ ms, mib: process.memoryUsage.rss() / 2 ** 20 }));',
  ].join('\n');
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: ROOT });
  return JSON.parse(stdout) as ImportCost;
}
