import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Node } from 'typescript/unstable/ast';
import {
  isIdentifier,
  isImportDeclaration,
  isInterfaceDeclaration,
  isStringLiteral,
  isTypeAliasDeclaration,
  isVariableDeclaration,
} from 'typescript/unstable/ast/is';
import type { Symbol as Declared, Project } from 'typescript/unstable/sync';
import { fence } from './docs-markdown.ts';
import { exportsOf, original, ROOT, readProject } from './docs-source.ts';

/**
 * The public types of every entry point, as the compiler declares them: the exported declarations, and those of the kit
 * that they refer to. API Extractor would do the same with 43 packages and a second TypeScript.
 */

const DECLARATIONS = '.tmp/api-report';

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly require: { readonly types: string } }>>;
}

/** The report of each entry point by its path, as the code makes it now. */
export function apiReports(): ReadonlyMap<string, string> {
  emitDeclarations();
  const { name, exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  const entries = Object.entries(exports).flatMap(([entry, target]) =>
    typeof target === 'string' ? [] : [{ entry, file: target.require.types.replace('./dist/cjs/', '') }],
  );
  return readProject(`${DECLARATIONS}/tsconfig.json`, (project) => {
    return new Map(
      entries.map(({ entry, file }) => [
        `api/${entry === '.' ? 'index' : entry.slice(2)}.api.md`,
        new Report(project, file).text(name + entry.slice(1)),
      ]),
    );
  });
}

/** Doc comments are left out: to reword one changes no type. */
function emitDeclarations(): void {
  rmSync(join(ROOT, DECLARATIONS), { recursive: true, force: true });
  const options = ['--emitDeclarationOnly', '--removeComments', '--outDir', DECLARATIONS];
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      'node_modules/typescript/bin/tsc',
      '-p',
      'tsconfig.build.json',
      ...options,
      '--isolatedDeclarations',
      'false',
    ],
    { cwd: ROOT, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`The declarations cannot be made.\n${stdout}`);
  writeFileSync(
    join(ROOT, DECLARATIONS, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.json', include: ['**/*.d.ts'], exclude: [] }),
  );
}

class Report {
  readonly #project: Project;
  readonly #file: string;
  /** The declarations that are not exported, by name and file. */
  readonly #internal = new Map<string, string>();
  readonly #foreign = new Set<string>();
  readonly #exported: ReadonlyMap<string, Declared>;

  constructor(project: Project, entry: string) {
    this.#project = project;
    this.#file = join(ROOT, DECLARATIONS, entry);
    this.#exported = new Map(exportsOf(project, this.#file).map(({ name, symbol }) => [name, symbol]));
  }

  text(entry: string): string {
    const exported = [...this.#exported].map(([name, symbol]) => this.#declaration(symbol, name));
    const whole = exported.length > 0 ? exported.join('\n') : readFileSync(this.#file, 'utf8').trim();
    const internal = [...this.#internal].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
    return `${[
      `# The public types of \`${entry}\``,
      'Written by `npm run api-report`, checked in, and compared by a test: a change of it is a change of the public API.',
      fence('ts', whole),
      ...(internal.length > 0 ? ['## Not exported, but referred to', fence('ts', internal.join('\n'))] : []),
      ...(this.#foreign.size > 0
        ? [
            '## From other packages',
            [...this.#foreign]
              .sort()
              .map((line) => `- ${line}`)
              .join('\n'),
          ]
        : []),
    ].join('\n\n')}\n`;
  }

  #declaration(symbol: Declared, name: string): string {
    const nodes = symbol.declarations.flatMap((handle) => handle.resolve() ?? []).map(statementOf);
    const literals = this.#literalsOf(symbol, nodes);
    if (literals) return `type ${name} = ${literals.join(' | ')};`;
    for (const node of nodes) this.#follow(node);
    const texts = nodes.map((node) => node.getText().replace(/^(?:export )?(?:declare )?/, ''));
    const renamed = name === symbol.name ? '' : ` // as ${name}`;
    return `${texts.join('\n')}${renamed}`;
  }

  /** The literals behind a type that is derived from a value, whose other members are no types. */
  #literalsOf(symbol: Declared, [node]: readonly Node[]): string[] | undefined {
    if (!node || !isTypeAliasDeclaration(node) || !/\btypeof\b/.test(node.type.getText())) return undefined;
    const type = this.#project.checker.getDeclaredTypeOfSymbol(symbol);
    const members = type.isUnionType() ? type.getTypes() : [];
    if (members.length === 0 || !members.every((member) => member.isStringLiteralType())) return undefined;
    return members.map(({ value }) => `'${String(value)}'`).sort();
  }

  /** Notes the names that a declaration refers to. */
  #follow(node: Node): void {
    node.forEachChild((child): undefined => {
      if (isIdentifier(child)) this.#note(child);
      else this.#follow(child);
    });
  }

  #note(name: Node): void {
    const named = this.#project.checker.getSymbolAtLocation(name);
    const local = named?.declarations[0]?.resolve();
    if (!named || !local) return;
    const from = importedFrom(local);
    if (from !== undefined && !from.startsWith('.')) {
      this.#foreign.add(`\`${named.name}\` of \`${from}\``);
      return;
    }
    const symbol = original(this.#project, named);
    const declared = symbol.declarations[0]?.resolve();
    if (!declared || !isTopLevel(declared) || [...this.#exported.values()].includes(symbol)) return;
    const file = relative(join(ROOT, DECLARATIONS), declared.getSourceFile().fileName);
    const key = `${symbol.name} ${file}`;
    if (file.startsWith('..') || this.#internal.has(key)) return;
    // Before what it refers to, which may be itself.
    this.#internal.set(key, '');
    this.#internal.set(key, this.#declaration(symbol, symbol.name));
  }
}

/** The statement that a name is declared in; a variable is two steps below its own. */
function statementOf(node: Node): Node {
  return isVariableDeclaration(node) ? node.parent.parent : node;
}

/** Members, parameters and type parameters are part of the text of something else. */
function isTopLevel(node: Node): boolean {
  return isInterfaceDeclaration(node) || statementOf(node).parent === node.getSourceFile();
}

function importedFrom(node: Node): string | undefined {
  for (let up: Node | undefined = node; up; up = up.parent) {
    if (isImportDeclaration(up))
      return isStringLiteral(up.moduleSpecifier) ? up.moduleSpecifier.text : undefined;
  }
  return undefined;
}
