import { existsSync, readFileSync } from 'node:fs';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

/**
 * Loads TypeScript of this project as tsc compiled it into .tmp/coverage, under the name of the source. It
 * takes the place of tsx, in the processes that the tests start too.
 */

const ROOT = new URL('../', import.meta.url);
const COMPILED = new URL('.tmp/coverage/', ROOT);
const { name, exports } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));

if (isMainThread) register(import.meta.url);

export function resolve(specifier, context, nextResolve) {
  if (specifier === 'tsx') return { url: 'data:text/javascript,', shortCircuit: true };
  const source = sourceOf(specifier, context.parentURL);
  return source ? { url: source.href, shortCircuit: true } : nextResolve(specifier, context);
}

/** The source that an import means: the compiler wrote `.js` for it, and the package's own name means `dist/esm`. */
function sourceOf(specifier, parent) {
  const entry = specifier === name ? '.' : specifier.replace(`${name}/`, './');
  const built = specifier.startsWith(name) && exports[entry]?.import.default;
  if (built) return new URL(built.replace('/dist/esm/', '/src/').replace(/\.js$/, '.ts'), ROOT);
  if (!/^\.\.?\/.*\.js$/.test(specifier) || !parent?.endsWith('.ts')) return;
  const source = new URL(specifier.replace(/\.js$/, '.ts'), parent);
  return existsSync(source) ? source : undefined;
}

export function load(url, context, nextLoad) {
  const compiled = compiledOf(url);
  if (!compiled) return nextLoad(url, context);
  const code = readFileSync(compiled, 'utf8').replace(/\n\/\/# sourceMappingURL=.*/, '');
  const map = JSON.parse(readFileSync(`${compiled.pathname}.map`, 'utf8'));
  const json = JSON.stringify({ ...map, sources: [url], sourceRoot: '' });
  const inline = `data:application/json;base64,${Buffer.from(json).toString('base64')}`;
  return { format: 'module', source: `${code}\n//# sourceMappingURL=${inline}\n`, shortCircuit: true };
}

function compiledOf(url) {
  if (!url.startsWith(ROOT.href) || !url.endsWith('.ts')) return;
  const compiled = new URL(url.slice(ROOT.href.length).replace(/\.ts$/, '.js'), COMPILED);
  return existsSync(compiled) ? compiled : undefined;
}
