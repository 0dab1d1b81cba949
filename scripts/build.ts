import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

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

/** The compiler rewrites the imports of JavaScript only, and to TypeScript before 5.0 a declaration of `./x.ts` is `any`. */
function rewriteTypeImports(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts')) continue;
    const path = join(folder, name);
    const source = readFileSync(path, 'utf8');
    const rewritten = source.replace(
      /(\b(?:from|import)\s*\(?\s*)(["'])(\.{1,2}\/[^"'\n]+)\.ts\2/g,
      '$1$2$3.js$2',
    );
    const left = /["']\.{1,2}\/[^"'\n]+\.ts["']/.exec(rewritten);
    if (left) throw new Error(`${path} still imports ${left[0]}.`);
    if (rewritten !== source) writeFileSync(path, rewritten);
  }
}

rmSync('dist', { recursive: true, force: true });
compile('tsconfig.esm.json');
compile('tsconfig.cjs.json');
rewriteTypeImports('dist/cjs');
writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
for (const entry of Object.values(manifest.exports)) {
  if (typeof entry === 'string') continue;
  const { types } = entry.import;
  const compiled = relative(dirname(types), entry.require.types).replace(/\.d\.ts$/, '.js');
  writeFileSync(types, `export * from '${compiled}';\n`);
}
