import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { atLeast } from './support/at-least.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Target {
  readonly types: string;
  readonly default: string;
}

interface Manifest {
  readonly version: string;
  readonly main: string;
  readonly types: string;
  readonly exports: Readonly<Record<string, string | { readonly import: Target; readonly require: Target }>>;
  readonly typesVersions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** What other tools and the compiler make, or Git keeps. */
const NOT_OURS = new Set(['node_modules', 'dist', 'coverage', '.tmp', '.git']);

async function filesUnder(directory: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, directory), { withFileTypes: true });
  const nested = entries
    .filter(({ name }) => !NOT_OURS.has(name))
    .map((entry) => {
      const path = join(directory, entry.name);
      return entry.isDirectory() ? filesUnder(path) : [path];
    });
  return (await Promise.all(nested)).flat();
}

function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function read(file: string): Promise<string> {
  return readFile(join(ROOT, file), 'utf8');
}

describe('The package', () => {
  let manifest: Manifest;

  before(async () => {
    manifest = JSON.parse(await read('package.json')) as Manifest;
  });

  describe('has entry points', () => {
    const NAMES = ['.', './require-auth', './local', './testing', './redis', './augment'];

    it('for each of its parts and for its manifest', () => {
      expect(Object.keys(manifest.exports)).to.have.members([...NAMES, './package.json']);
    });

    for (const name of NAMES) {
      it(`that lead to a source, as ES module and CommonJS with types, and have no default export: ${name}`, async () => {
        const entry = manifest.exports[name];
        if (typeof entry !== 'object') throw new Error(`${name} is not an entry with types.`);
        const source = entry.import.default.replace('./dist/esm/', 'src/').replace(/\.js$/, '.ts');
        expect(existsSync(join(ROOT, source)), source).to.equal(true);
        expect(entry.require.default).to.equal(entry.import.default.replace('/esm/', '/cjs/'));
        // Resolvers take the first condition that fits.
        expect(Object.keys(entry)).to.deep.equal(['import', 'require']);
        for (const target of [entry.import, entry.require]) {
          expect(target.types).to.equal(target.default.replace(/\.js$/, '.d.ts'));
          expect(Object.keys(target)).to.deep.equal(['types', 'default']);
        }

        const module: object = await import(name.replace('.', 'express-cognito-kit'));
        expect(module).to.not.have.property('default');
      });

      it(`that a resolver without "exports" finds: ${name}`, () => {
        const entry = manifest.exports[name];
        if (typeof entry !== 'object') throw new Error(`${name} is not an entry with types.`);
        const { main, types, typesVersions } = manifest;
        if (name === '.') expect({ types, default: main }).to.deep.equal(entry.require);
        else expect(typesVersions['*']?.[name.replace('./', '')]).to.deep.equal([entry.require.types]);
      });
    }

    it('and a command that runs by itself', async () => {
      const source =
        manifest.bin['cognito-kit']?.replace('./dist/esm/', 'src/').replace(/\.js$/, '.ts') ?? '';
      expect(await read(source)).to.match(/^#!\/usr\/bin\/env node\n/);
    });
  });

  it('depends on what its source imports, and on nothing else', async () => {
    const sources = (await filesUnder('src')).filter((file) => file.endsWith('.ts'));
    const imported = new Set<string>();
    for (const source of sources) {
      for (const [, name = ''] of (await read(source)).matchAll(/(?:from|import\() ?'([^.'\n][^'\n]*)'/g)) {
        const [scope = '', rest] = name.split('/');
        if (!name.startsWith('node:')) imported.add(scope.startsWith('@') ? `${scope}/${rest}` : scope);
      }
    }
    const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
    expect([...imported]).to.have.members(Object.keys(declared));
  });

  it('names its version in the change log', async () => {
    expect(await read('CHANGELOG.md')).to.include(`## ${manifest.version}`);
  });

  it('can be installed from any registry and worked on anywhere', async () => {
    const registry = process.env.npm_config_registry;
    const traces = [
      /https?:\/\/[\w.-]*\bregistry\.[\w.-]+/,
      /(?<![\w.])\/(?:home|Users)\/\w+\//,
      new RegExp(`(?<![\\w./])${literally(ROOT)}`),
      ...(registry ? [new RegExp(literally(new URL(registry).host))] : []),
    ];
    for (const file of atLeast(300, await filesUnder('.'))) {
      const text = await read(file);
      for (const trace of traces) expect(trace.exec(text)?.[0], file).to.equal(undefined);
    }
    expect(await read('package-lock.json')).to.not.include('"resolved"');
  });
});
