import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { testFiles } from './test-files.ts';

/**
 * `npm run coverage`: the tests on what tsc makes of the source, with its source maps. Through tsx the
 * branches of its own additions would count as the project's.
 */

/** They check documents, or how tests run, with programs of their own, which tsx and tsc run. */
const NOT_OF_SOURCE = [
  'api-report',
  'augment',
  'captcha-recipe',
  'docs',
  'examples/examples',
  'language',
  'package',
  'reference',
  'size-budgets',
  'test-runner',
].map((name) => `test/${name}.test.ts`);

const LOADER = new URL('coverage-loader.mjs', import.meta.url).href;

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) process.exit(status ?? 1);
}

for (const directory of ['.tmp/coverage', '.tmp/v8-coverage'])
  rmSync(directory, { recursive: true, force: true });
run('tsc', ['-p', 'tsconfig.json', '--noEmit', 'false', '--sourceMap', '--outDir', '.tmp/coverage']);
const files = testFiles().filter((file) => !NOT_OF_SOURCE.includes(file));
// The report comes by a command of its own: after failed tests, their names are the last that is printed.
run('node', ['scripts/test.ts', '--reporter', 'dot', ...files], {
  NODE_OPTIONS: `--import=${LOADER}`,
  NODE_V8_COVERAGE: resolve('.tmp/v8-coverage'),
});
run('c8', ['report']);
