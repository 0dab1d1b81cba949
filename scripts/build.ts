import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { bundle, ENTRIES } from './bundle.ts';

/**
 * `npm run build`: ES modules in `dist/esm`, CommonJS in `dist/cjs`. Only `dist/cjs` has the types: an ES module may
 * import the types of CommonJS, but not the other way round, and a type declared twice is two types.
 */

function declareTypes(directory: string): void {
  const args = [
    '-p',
    'tsconfig.build.json',
    '--noEmit',
    'false',
    '--emitDeclarationOnly',
    '--outDir',
    directory,
  ];
  const { status } = spawnSync('tsc', args, { stdio: 'inherit' });
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
declareTypes('dist/cjs');
rewriteTypeImports('dist/cjs');
await bundle('esm', 'dist/esm');
await bundle('cjs', 'dist/cjs');
writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');
for (const entry of ENTRIES) {
  const types = `dist/esm/${entry}.d.ts`;
  writeFileSync(types, `export * from '${relative(dirname(types), `dist/cjs/${entry}.js`)}';\n`);
}
