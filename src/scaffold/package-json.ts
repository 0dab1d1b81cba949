import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Entries of `package.json` that an app needs. */
export interface PackageEntries {
  readonly type: 'module' | 'commonjs';
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** A `package.json` with new entries. */
export interface MergedPackage {
  readonly text: string;
  /** The commands for scripts that the file has under the same name, with another command. */
  readonly keptScripts: readonly { readonly name: string; readonly command: string }[];
}

type Manifest = { [name: string]: unknown } & Partial<PackageEntries>;

/** `npm init` writes this command if it gets none. */
const NPM_PLACEHOLDER = 'echo "Error: no test specified" && exit 1';

/** Returns the text of a `package.json`, without a byte order mark. Undefined without the file. */
export function packageText(directory: string): string | undefined {
  const path = join(directory, 'package.json');
  return existsSync(path) ? readFileSync(path, 'utf8').replace(/^\ufeff/, '') : undefined;
}

/** Returns the indentation of a JSON text. */
export function indentOf(text: string): string {
  return /^[ \t]+(?=")/m.exec(text)?.[0] ?? '  ';
}

/**
 * Reads a `package.json`. Undefined without the file.
 *
 * @throws Error if it is not a JSON object
 */
export function readPackage(directory: string): Manifest | undefined {
  const text = packageText(directory);
  if (text === undefined) return undefined;
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (error) {
    throw new Error('package.json is not valid JSON; correct it first', { cause: error });
  }
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest))
    throw new Error('package.json is not a JSON object; correct it first');
  return manifest as Manifest;
}

/** Adds the entries that a `package.json` lacks. Its own entries stay as they are. */
export function mergePackage(
  own: Manifest | undefined,
  entries: PackageEntries,
  indent = '  ',
): MergedPackage {
  const { type, scripts, dependencies, devDependencies } = entries;
  const ownScripts: Readonly<Record<string, string>> = Object.fromEntries(
    Object.entries(own?.scripts ?? {}).filter(([, command]) => command !== NPM_PLACEHOLDER),
  );
  const manifest = {
    ...(own ?? { private: true }),
    type: own?.type ?? type,
    scripts: { ...scripts, ...ownScripts },
  };
  // A package that is listed for development stays there.
  const known = { ...own?.dependencies, ...own?.devDependencies };
  const absent = (wanted: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(wanted).filter(([name]) => known[name] === undefined));
  const add = (name: 'dependencies' | 'devDependencies', wanted: Readonly<Record<string, string>>): void => {
    const all = { ...own?.[name], ...absent(wanted) };
    if (Object.keys(all).length > 0)
      Object.assign(manifest, {
        [name]: Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1))),
      });
  };
  add('dependencies', dependencies);
  add('devDependencies', devDependencies);
  const keptScripts = Object.entries(scripts).flatMap(([name, command]) =>
    (ownScripts[name] ?? command) === command ? [] : [{ name, command }],
  );
  return { text: `${JSON.stringify(manifest, undefined, indent)}\n`, keptScripts };
}
