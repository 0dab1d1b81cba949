import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';

/**
 * `npm run build`: ES modules in `dist/esm`, CommonJS in `dist/cjs`, both by plain tsc. Only `dist/cjs` has the types:
 * an ES module may import the types of CommonJS, but not the other way round, and a type declared twice is two types.
 */

interface Manifest {
  readonly exports: Readonly<
    Record<string, string | Readonly<Record<'import' | 'require', { types: string }>>>
  >;
}

function compile(config: string): void {
  const { status } = spawnSync('tsc', ['-p', config], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

rmSync('dist', { recursive: true, force: true });
compile('tsconfig.esm.json');
compile('tsconfig.cjs.json');
writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
for (const entry of Object.values(manifest.exports)) {
  if (typeof entry === 'string') continue;
  const { types } = entry.import;
  const compiled = relative(dirname(types), entry.require.types).replace(/\.d\.ts$/, '.js');
  writeFileSync(types, `export * from '${compiled}';\n`);
}
