import { fileURLToPath } from 'node:url';
import { API, type Symbol as Declared, type Project, SymbolFlags } from 'typescript/unstable/sync';

/**
 * Reads declarations with the compiler that the project is built with: TypeScript 7 has its API under `unstable`. Any
 * other parser would be one more dependency, and would not resolve names.
 */

export const ROOT: string = fileURLToPath(new URL('..', import.meta.url));

/** Opens a project and closes the compiler when `read` returns. */
export function readProject<T>(configFile: string, read: (project: Project) => T): T {
  const compiler = new API({ cwd: ROOT });
  try {
    const project = compiler.updateSnapshot({ openProjects: [configFile] }).getProject(configFile);
    if (!project) throw new Error(`${configFile} is no project.`);
    return read(project);
  } finally {
    compiler.close();
  }
}

export interface Exported {
  readonly name: string;
  readonly symbol: Declared;
}

/** The exports of a module, in the order of their names, with the symbols that they stand for. */
export function exportsOf({ program, checker }: Project, file: string): Exported[] {
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  // A module without exports has no symbol.
  if (!module) return [];
  return checker
    .getExportsOfModule(module)
    .map((symbol) => ({ name: symbol.name, symbol: original({ checker }, symbol) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The symbol behind imports and re-exports. */
export function original({ checker }: Pick<Project, 'checker'>, symbol: Declared): Declared {
  return symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}
