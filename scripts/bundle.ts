import { readFileSync } from 'node:fs';
import { type OutputChunk, rolldown } from 'rolldown';

/** What the package offers: the entry points of `exports`, and the command, which is an ES module only. */
const COMMAND = 'cli/cognito-kit';
const MANIFEST = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly exports: Readonly<Record<string, string | { readonly import: { readonly default: string } }>>;
};

/** The entry points, as their source without folder and suffix: `index`, `local/index`, ... */
export const ENTRIES: readonly string[] = Object.values(MANIFEST.exports).flatMap((target) =>
  typeof target === 'string' ? [] : [target.import.default.replace('./dist/esm/', '').replace('.js', '')],
);

/**
 * Bundles the source into few files: a file of an ES module costs a millisecond as it loads, and there are more than 300.
 * Entry points share what they have in common.
 */
export async function bundle(format: 'esm' | 'cjs', directory: string): Promise<readonly OutputChunk[]> {
  const entries = format === 'esm' ? [...ENTRIES, COMMAND] : ENTRIES;
  const build = await rolldown({
    input: Object.fromEntries(entries.map((name) => [name, `./src/${name}.ts`])),
    platform: 'node',
    external: /^[^./]/,
    transform: { target: 'node20.19' },
    onLog(level, log) {
      if (level !== 'debug') throw new Error(log.message);
    },
  });
  const { output } = await build.write({
    dir: directory,
    format,
    entryFileNames: '[name].js',
    chunkFileNames: 'shared/[name].js',
    strict: true,
    // Jest runs no `import()` in CommonJS.
    dynamicImportInCjs: false,
  });
  await build.close();
  return output.filter((file) => file.type === 'chunk');
}
