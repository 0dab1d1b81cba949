import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COMPILED = join(ROOT, '.tmp/size-budgets');

/**
 * Maximum bytes of the kit's own JavaScript that an import of the entry point loads, with about 5 % of reserve. A change
 * that needs more raises the number here, where a review sees it.
 */
const BUDGETS: Readonly<Record<string, number>> = {
  'index.js': 720_000,
  'require-auth.js': 155_000,
  'local/index.js': 490_000,
  'testing/index.js': 17_000,
  'redis/index.js': 27_000,
  'browser-tests/playwright.js': 12_000,
  'browser-tests/cypress.js': 9_000,
};

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  if (status !== 0) throw new Error(`${stdout}\n${stderr}`);
}

/** The kit's modules that an import loads, by V8 coverage. */
function loadedWith(entry: string): string[] {
  const directory = join(COMPILED, 'coverage', entry);
  const script = `await import(${JSON.stringify(pathToFileURL(join(COMPILED, entry)).href)})`;
  run(['--input-type=module', '--eval', script], { NODE_V8_COVERAGE: directory });
  const [report = ''] = readdirSync(directory);
  const { result } = JSON.parse(readFileSync(join(directory, report), 'utf8')) as {
    result: { url: string }[];
  };
  const own = pathToFileURL(`${COMPILED}/`).href;
  return [...new Set(result.map(({ url }) => url))]
    .filter((url) => url.startsWith(own))
    .map((url) => fileURLToPath(url));
}

function relativeTo(files: readonly string[]): string[] {
  return files.map((file) => file.slice(COMPILED.length + 1));
}

describe('Import of an entry point', () => {
  before(function () {
    this.timeout(120_000);
    rmSync(COMPILED, { recursive: true, force: true });
    run(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.esm.json', '--outDir', COMPILED, '--noCheck']);
  });

  for (const [entry, budget] of Object.entries(BUDGETS)) {
    it(`stays within the size budget of ${entry}`, () => {
      const files = loadedWith(entry);
      expect(relativeTo(files)).to.include(entry);
      const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
      expect(bytes).to.be.at.most(budget);
    });
  }

  it('loads no endpoint, no pipeline, no OpenAPI and no local user pool for requireAuth', () => {
    const folders = relativeTo(loadedWith('require-auth.js')).map((file) => file.split('/')[0]);
    expect(folders).to.include('tokens');
    for (const folder of ['local', 'endpoints', 'pipeline', 'openapi'])
      expect(folders).to.not.include(folder);
  });
});
