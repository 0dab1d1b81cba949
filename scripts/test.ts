import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { stripVTControlCharacters } from 'node:util';
import {
  chromiumPath,
  hasNginx,
  hasRedisServer,
  NO_CHROMIUM,
  NO_NGINX,
  NO_REDIS,
} from '../test/support/installed-programs.ts';
import { testFiles } from './test-files.ts';

/**
 * `npm test`: a process for every few test files, some more at a time than there are cores. To load the kit takes
 * longer than most files. Mocha's own `--parallel` passes when a worker breaks down after its file, and does not see
 * a file that keeps Node from ending. Files can be named, and options go to mocha:
 * `npm test -- test/cognito/jwks.test.ts --grep cookie`.
 */

const SILENCE_LIMIT_MS = 5 * 60_000;
const FILES_IN_PROCESS = 4;

const KINDS = ['passing', 'failing', 'pending'] as const;
type Counts = Record<(typeof KINDS)[number], number>;

const total: Counts = { passing: 0, failing: 0, pending: 0 };
const failures: string[] = [];

const options = process.argv.slice(2).filter((argument) => !argument.endsWith('.ts'));
const named = process.argv.slice(2).filter((argument) => argument.endsWith('.ts'));
const files = named.length > 0 ? named : testFiles();
/** Neighbours, such as the tests with a browser, are in different groups. */
const count = Math.ceil(files.length / FILES_IN_PROCESS);
const groups = Array.from({ length: count }, (_group, first) =>
  files.filter((_file, index) => index % count === first),
);
/** A test waits about half of its time. */
const jobs = Math.min(Math.ceil(availableParallelism() * 1.5), groups.length);

console.log(`Node ${process.versions.node}: ${files.length} test files, ${jobs} at a time.`);
if (!chromiumPath()) console.log(`Tests in a browser are skipped: ${NO_CHROMIUM}`);
if (!hasRedisServer()) console.log(`Tests with Redis are skipped: ${NO_REDIS}`);
if (!hasNginx()) console.log(`The test behind nginx is skipped: ${NO_NGINX}`);

const left = groups.values();
await Promise.all(
  Array.from({ length: jobs }, async () => {
    for (const group of left) report(await run(group));
  }),
);

if (failures.length > 0) console.log(`\n${failures.join('\n')}`);
console.log(
  `\nNode ${process.versions.node}: ${total.passing} passed, ${total.failing} failed, ${total.pending} skipped`,
);
process.exitCode = total.failing === 0 && total.passing > 0 ? 0 : 1;

/** Returns the output of mocha for some files. A process that ends badly by itself counts as one more failure. */
async function run(group: readonly string[]): Promise<string> {
  const color = process.stdout.isTTY ? ['--color'] : [];
  // Mocha's command starts a second process for the same.
  const args = ['--import', 'tsx', 'node_modules/mocha/lib/cli/cli.js', ...color, ...options, ...group];
  const child = spawn(process.execPath, args, {
    cwd: new URL('../', import.meta.url),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let silent = false;
  const watchdog = setTimeout(() => {
    silent = true;
    child.kill();
  }, SILENCE_LIMIT_MS);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      watchdog.refresh();
    });
  }
  // Not `close`: programs that a test has left behind may hold the pipes.
  const end = await new Promise<number | string | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => setImmediate(() => resolve(code ?? signal)));
  });
  clearTimeout(watchdog);
  const { passing, failing } = countsOf(output);
  if (failing === undefined && (silent || end !== 0 || passing === undefined)) {
    const fault = silent
      ? 'does not end: something that a test opened is not closed'
      : `ended with ${end}${passing === undefined ? ' before the tests did' : ''}`;
    return `${output}\n  1 failing\n\n  1) ${group.join(', ')} ${fault}\n`;
  }
  return output;
}

function report(output: string): void {
  console.log(output.trimEnd());
  const counts = countsOf(output);
  for (const kind of KINDS) total[kind] += counts[kind] ?? 0;
  if (counts.failing) failures.push(output.slice(output.search(/^\s+\S*\d+ failing/m)).trimEnd());
}

/** Returns the counts that mocha ends its output with. */
function countsOf(output: string): Partial<Counts> {
  const lines = stripVTControlCharacters(output).matchAll(/^ {2}(\d+) (passing|failing|pending)\b/gm);
  return Object.fromEntries([...lines].map(([, count, kind]) => [kind, Number(count)]));
}
