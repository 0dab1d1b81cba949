import type { AppChoices } from './app-choices.ts';

/** The words of a source file that depend on the language and on the kind of module. */
export interface ModuleSyntax {
  /** Imports the default export. */
  whole(name: string, from: string): string;
  /** Imports names. Those of `types` are for TypeScript only. */
  named(names: readonly string[], from: string, types?: readonly string[]): string;
  /** Starts the declaration of an export. */
  readonly exported: string;
  /** The end of a module with these exports. */
  exportsOf(...names: string[]): string;
  /** Text for TypeScript only. */
  ts(text: string): string;
  /** The path of another file of the app, without its suffix. */
  file(name: string): string;
  /** An expression that loads a module on demand. */
  lazy(from: string): string;
}

export function moduleSyntax({ language, module }: AppChoices): ModuleSyntax {
  const ts = (text: string): string => (language === 'ts' ? text : '');
  const file = (name: string): string => `./${name}.${language}`;
  // The compiler makes CommonJS of the same TypeScript.
  if (language === 'ts' || module === 'esm')
    return {
      whole: (name, from) => `import ${name} from '${from}';`,
      named: (names, from, types = []) => {
        const all = [...names, ...(language === 'ts' ? types : [])].sort(byLetters);
        const written = all.map((name) => (types.includes(name) ? `type ${name}` : name));
        return `import { ${written.join(', ')} } from '${from}';`;
      },
      exported: 'export ',
      exportsOf: () => '',
      lazy: (from) => `await import('${from}')`,
      ts,
      file,
    };
  return {
    whole: (name, from) => `const ${name} = require('${from}');`,
    named: (names, from) => `const { ${names.join(', ')} } = require('${from}');`,
    exported: '',
    exportsOf: (...names) => `\nmodule.exports = { ${names.join(', ')} };\n`,
    lazy: (from) => `require('${from}')`,
    ts,
    file,
  };
}

function byLetters(a: string, b: string): number {
  return a.localeCompare(b, 'en');
}
