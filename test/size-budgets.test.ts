import { rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { bundle } from '../scripts/bundle.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUNDLED = join(ROOT, '.tmp/size-budgets');

/**
 * Maximum bytes of the kit's own JavaScript that an import of the entry point loads, with about 5 % of reserve. A change
 * that needs more raises the number here, where a review sees it.
 */
const BUDGETS: Readonly<Record<string, number>> = {
  'index.js': 660_000,
  'require-auth.js': 142_000,
  'local/index.js': 535_000,
  'testing/index.js': 30_000,
  'redis/index.js': 28_000,
  'browser-tests/playwright.js': 7_000,
  'browser-tests/cypress.js': 4_500,
};

type Chunk = Awaited<ReturnType<typeof bundle>>[number];

describe('Import of an entry point', () => {
  let chunks: ReadonlyMap<string, Chunk>;

  before(async function () {
    this.timeout(120_000);
    rmSync(BUNDLED, { recursive: true, force: true });
    chunks = new Map((await bundle('esm', BUNDLED)).map((chunk) => [chunk.fileName, chunk]));
  });

  /** The files of the kit that an import loads at once. */
  function loadedWith(entry: string): Set<Chunk> {
    const loaded = new Set<Chunk>();
    const load = (file: string): void => {
      const chunk = chunks.get(file);
      if (!chunk || loaded.has(chunk)) return;
      loaded.add(chunk);
      chunk.imports.forEach(load);
    };
    load(entry);
    return loaded;
  }

  for (const [entry, budget] of Object.entries(BUDGETS)) {
    it(`stays within the size budget of ${entry}`, () => {
      const bytes = [...loadedWith(entry)].reduce((sum, { code }) => sum + Buffer.byteLength(code), 0);
      expect(bytes).to.be.within(1_000, budget);
    });
  }

  it('loads no endpoint, no pipeline, no OpenAPI and no local user pool for requireAuth', () => {
    const modules = [...loadedWith('require-auth.js')].flatMap(({ moduleIds }) => moduleIds);
    const folders = modules.map((module) => relative(join(ROOT, 'src'), module).split('/')[0]);
    expect(folders).to.include('tokens');
    for (const folder of ['local', 'endpoints', 'pipeline', 'openapi'])
      expect(folders).to.not.include(folder);
  });

  it('loads few files, because each of an ES module costs time', () => {
    for (const entry of Object.keys(BUDGETS)) expect(loadedWith(entry).size, entry).to.be.at.most(10);
  });

  it('loads neither the AWS SDK nor the kit for the help of cognito-kit init', () => {
    const entry = [...chunks.values()].find(({ facadeModuleId }) =>
      facadeModuleId?.endsWith('src/cli/init.ts'),
    );
    expect(entry).to.not.equal(undefined);
    const loaded = [...loadedWith(entry?.fileName ?? '')];
    const packages = loaded.flatMap(({ imports }) => imports.filter((name) => !chunks.has(name)));
    expect(packages.filter((name) => !name.startsWith('node:'))).to.deep.equal([]);
    expect(loaded.reduce((sum, { code }) => sum + Buffer.byteLength(code), 0)).to.be.within(1_000, 15_000);
  });
});
