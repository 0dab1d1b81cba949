import { spawnSync } from 'node:child_process';
import {
  accessSync,
  appendFileSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { AppFile } from '../scaffold/app-choices.ts';
import { TSCONFIG_FILE } from '../scaffold/app-files.ts';
import { type MergedEnv, mergeEnv, type Variable, variablesOf } from '../scaffold/env-file.ts';
import { mergeGitIgnore } from '../scaffold/git-ignore.ts';
import { SEED_FILE, STATE_FILE } from '../scaffold/local-seed.ts';
import { readPackage } from '../scaffold/package-json.ts';
import { installedVersion } from '../setup/installed-version.ts';
import type { FolderDefaults } from './init-questions.ts';

/** The folder that init works in, as it was before. */
export interface Folder {
  readonly directory: string;
  /** Name of the file of variables. */
  readonly envFile: string;
  /** Undefined if there is no such file. */
  readonly envText: string | undefined;
  /** The variables in the file. */
  readonly variables: Readonly<Record<string, string>>;
  /** The settings of a local pool that an earlier run has left. */
  readonly seedText: string | undefined;
  /** Whether an earlier run has left the data of a local pool. */
  readonly hasState: boolean;
  readonly hasPackage: boolean;
}

/**
 * Reads what the folder has.
 *
 * @throws Error if the file of variables cannot be read or written, before a pool is created for it
 */
export function readFolder(directory: string, envFile: string): Folder {
  const path = join(directory, envFile);
  let envText: string | undefined;
  try {
    envText = read(path);
    accessSync(envText === undefined ? dirname(path) : path, constants.W_OK);
  } catch (error) {
    throw new Error(`${envFile} cannot be read or written: ${(error as Error).message}`, { cause: error });
  }
  return {
    directory,
    envFile,
    envText,
    variables: variablesOf(envText ?? ''),
    seedText: read(join(directory, SEED_FILE)),
    hasState: existsSync(join(directory, STATE_FILE)),
    hasPackage: existsSync(join(directory, 'package.json')),
  };
}

/** Returns the language and the kind of module that fit the files of the folder. */
export function defaultsOf(directory: string): FolderDefaults {
  return {
    language: existsSync(join(directory, TSCONFIG_FILE)) ? 'ts' : 'js',
    module: ownModule(directory) ?? 'esm',
  };
}

/** Returns the kind of module of the files in the folder. Undefined without such files. */
export function ownModule(directory: string): 'esm' | 'cjs' | undefined {
  const manifest = readPackage(directory);
  if (manifest?.type !== undefined) return manifest.type === 'module' ? 'esm' : 'cjs';
  // Without a type, Node and TypeScript read existing files as CommonJS.
  const hasFiles =
    manifest?.main !== undefined ||
    readdirSync(directory).some((name) => name.endsWith('.js') || name === TSCONFIG_FILE);
  return hasFiles ? 'cjs' : undefined;
}

/** Returns the paths among these that exist. */
export function existingFiles(directory: string, paths: readonly string[]): string[] {
  return paths.filter((path) => existsSync(join(directory, path)));
}

/** Adds the files with secrets to `.gitignore`. Returns its change. */
export function ignoreSecrets({ directory, envFile }: Folder): 'new' | 'changed' | 'none' {
  const path = join(directory, '.gitignore');
  const text = read(path);
  // Copies of the file have secrets, too.
  const pattern = envFile.startsWith('.env') ? '.env*' : envFile;
  const merged = mergeGitIgnore(text ?? '', [pattern, `${STATE_FILE}*`, 'node_modules/']);
  if (merged === undefined) return 'none';
  writeFileSync(path, merged);
  return text === undefined ? 'new' : 'changed';
}

/** Adds the variables that the file lacks. A new file is readable by its owner only. */
export function writeEnv(
  { directory, envFile, envText = '' }: Folder,
  variables: readonly Variable[],
): MergedEnv {
  const merged = mergeEnv(envText, variables);
  if (merged.added.length > 0)
    appendFileSync(join(directory, envFile), merged.text.slice(envText.length), { mode: 0o600 });
  return merged;
}

/** Writes new files. */
export function writeFiles({ directory }: Folder, files: readonly AppFile[]): void {
  for (const { path, content } of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content, { flag: 'wx' });
  }
}

/** Writes `package.json`. The text has all entries of the file before. */
export function writePackage({ directory }: Folder, text: string): void {
  writeFileSync(join(directory, 'package.json'), text);
}

/** Returns the packages of `package.json` that are not installed. */
export function missingPackages({ directory }: Folder): string[] {
  const { dependencies = {}, devDependencies = {} } = readPackage(directory) ?? {};
  return Object.keys({ ...dependencies, ...devDependencies }).filter(
    (name) => installedVersion(directory, name) === undefined,
  );
}

/** The package manager that runs this command: npm, unless npx has a counterpart of it. */
export function packageManager(env: NodeJS.ProcessEnv): string {
  const [name = 'npm'] = (env.npm_config_user_agent ?? '').split('/');
  return ['pnpm', 'yarn', 'bun'].includes(name) ? name : 'npm';
}

/** Installs the packages of `package.json`. Returns whether it succeeded. */
export function installPackages({ directory }: Folder): boolean {
  // Ctrl+C stops the installation alone, because the report comes after it.
  const proceed = (): void => {};
  process.on('SIGINT', proceed);
  // Windows has a script of that name, which only a shell runs.
  const { status } = spawnSync(packageManager(process.env), ['install'], {
    cwd: directory,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  process.off('SIGINT', proceed);
  return status === 0;
}

function read(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
