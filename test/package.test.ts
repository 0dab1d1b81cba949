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

/** Folders of other tools, of the compiler and of Git. */
const IGNORED = new Set(['node_modules', 'dist', 'coverage', '.tmp', '.git']);

async function filesUnder(directory: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, directory), { withFileTypes: true });
  const nested = entries
    .filter(({ name }) => !IGNORED.has(name))
    .map((entry) => {
      const path = join(directory, entry.name);
      return entry.isDirectory() ? filesUnder(path) : [path];
    });
  return (await Promise.all(nested)).flat();
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function read(file: string): Promise<string> {
  return readFile(join(ROOT, file), 'utf8');
}

describe('Package', () => {
  let manifest: Manifest;

  before(async () => {
    manifest = JSON.parse(await read('package.json')) as Manifest;
  });

  describe('entry points', () => {
    const NAMES = [
      '.',
      './require-auth',
      './local',
      './testing',
      './playwright',
      './cypress',
      './redis',
      './augment',
    ];

    it('exist for every part of the kit and for the manifest', () => {
      expect(Object.keys(manifest.exports)).to.have.members([...NAMES, './package.json']);
    });

    for (const name of NAMES) {
      it(`include ${name} as ES module and CommonJS with types, a source and no default export`, async () => {
        const entry = manifest.exports[name];
        if (typeof entry !== 'object') throw new Error(`${name} is not an entry with types.`);
        const source = entry.import.default.replace('./dist/esm/', 'src/').replace(/\.js$/, '.ts');
        expect(existsSync(join(ROOT, source)), source).to.equal(true);
        expect(entry.require.default).to.equal(entry.import.default.replace('/esm/', '/cjs/'));
        // Resolvers use the first matching condition.
        expect(Object.keys(entry)).to.deep.equal(['import', 'require']);
        for (const target of [entry.import, entry.require]) {
          expect(target.types).to.equal(target.default.replace(/\.js$/, '.d.ts'));
          expect(Object.keys(target)).to.deep.equal(['types', 'default']);
        }

        const module: object = await import(name.replace('.', 'express-cognito-kit'));
        expect(module).to.not.have.property('default');
      });

      it(`include ${name} for resolvers without "exports"`, () => {
        const entry = manifest.exports[name];
        if (typeof entry !== 'object') throw new Error(`${name} is not an entry with types.`);
        const { main, types, typesVersions } = manifest;
        if (name === '.') expect({ types, default: main }).to.deep.equal(entry.require);
        else expect(typesVersions['*']?.[name.replace('./', '')]).to.deep.equal([entry.require.types]);
      });
    }

    it('include an executable command', async () => {
      const source =
        manifest.bin['cognito-kit']?.replace('./dist/esm/', 'src/').replace(/\.js$/, '.ts') ?? '';
      expect(await read(source)).to.match(/^#!\/usr\/bin\/env node\n/);
    });
  });

  it('declares exactly the dependencies that its source imports', async () => {
    const sources = (await filesUnder('src')).filter((file) => file.endsWith('.ts'));
    const imported = new Set<string>();
    for (const source of sources) {
      for (const [, name = ''] of (await read(source)).matchAll(/(?:from|import\() ?'([^.'\n][^'\n]*)'/g)) {
        const [scope = '', rest] = name.split('/');
        // The files of a new app import the package itself, and each other.
        if (scope === 'express-cognito-kit' || name.startsWith('$')) continue;
        if (!name.startsWith('node:')) imported.add(scope.startsWith('@') ? `${scope}/${rest}` : scope);
      }
    }
    const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
    expect([...imported]).to.have.members(Object.keys(declared));
  });

  it('has an entry for its version in CHANGELOG.md', async () => {
    expect(await read('CHANGELOG.md')).to.include(`## ${manifest.version}`);
  });

  it('has no trace of a registry or a local path in its files', async () => {
    const registry = process.env.npm_config_registry;
    const traces = [
      /https?:\/\/[\w.-]*\bregistry\.[\w.-]+/,
      /(?<![\w.])\/(?:home|Users)\/\w+\//,
      new RegExp(`(?<![\\w./])${escapeRegExp(ROOT)}`),
      ...(registry ? [new RegExp(escapeRegExp(new URL(registry).host))] : []),
    ];
    for (const file of atLeast(300, await filesUnder('.'))) {
      const text = await read(file);
      for (const trace of traces) expect(trace.exec(text)?.[0], file).to.equal(undefined);
    }
    expect(await read('package-lock.json')).to.not.include('"resolved"');
  });
});
