import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseEnv } from 'node:util';
import type { Config } from '../config/options.ts';
import { installedVersion } from '../setup/installed-version.ts';

/** The configuration of the app, as its server would read it. */
export interface AppConfig {
  readonly config: Config;
  readonly trustProxy: unknown;
}

/** Returns the variables of an environment file as `node --env-file` reads them. Empty without the file. */
export function readEnvFile(path: string): Readonly<Record<string, string>> {
  if (!existsSync(path)) return {};
  return parseEnv(readFileSync(path, 'utf8')) as Record<string, string>;
}

/** The exports of a module. CommonJS modules have theirs in `default` too. */
interface ModuleExports {
  readonly config?: unknown;
  readonly app?: unknown;
  readonly default?: unknown;
}

/** The errors of Node for TypeScript, or for parts of it. */
const NOT_LOADED = ['ERR_UNKNOWN_FILE_EXTENSION', 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'];

/**
 * Imports the module that exports the options as `config` or as its default, and optionally the Express `app`. Throws an
 * `Error` that says how to fix the file.
 */
export async function readConfigFile(path: string): Promise<AppConfig> {
  const url = pathToFileURL(resolve(path)).href;
  const module: ModuleExports = await import(url)
    .catch((error: { code?: string } | undefined) => {
      if (NOT_LOADED.includes(error?.code ?? '')) return loadWithTsx(path);
      throw error;
    })
    .catch((cause: { message?: string } | undefined) => {
      const reason = cause?.message?.split('\n')[0] ?? 'it threw no error';
      throw new Error(`${path} cannot be loaded: ${reason}`, { cause });
    });
  const exported: ModuleExports = { ...(module.default as object | undefined), ...module };
  const config = exported.config ?? module.default;
  if (typeof config !== 'object' || config === null)
    throw new Error(`${path} exports no options; write export const config = { ... }`);
  const app = exported.app as { get?: (name: string) => unknown } | undefined;
  return { config, trustProxy: typeof app?.get === 'function' ? app.get('trust proxy') : undefined };
}

/** Loads TypeScript with the app's own tsx. */
function loadWithTsx(path: string): ModuleExports {
  const file = resolve(path);
  const requireFromApp = createRequire(file);
  let tsx: { require(file: string, parent: string): ModuleExports };
  try {
    tsx = requireFromApp('tsx/cjs/api');
  } catch {
    throw new Error('this version of Node does not load it as TypeScript; run npm install --save-dev tsx');
  }
  return tsx.require(file, file);
}

const PACKAGES = [
  '@aws-sdk/client-cognito-identity-provider',
  '@aws-sdk/client-secrets-manager',
  'aws-jwt-verify',
  'openid-client',
  'express',
];

/** Returns the versions of the packages that the app in this directory has installed. */
export function installedPackages(directory: string): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(PACKAGES.map((name) => [name, installedVersion(directory, name)]));
}

/** Whether the directory is in a Git repository, and Git would commit its file of variables or has done so. */
export function exposesEnvFile(directory: string, file = '.env'): boolean {
  if (!existsSync(join(directory, file))) return false;
  // The rules can be in a parent, and a later line can undo an earlier one. Another status is no repository, or no Git.
  return spawnSync('git', ['check-ignore', '--quiet', '--', file], { cwd: directory }).status === 1;
}
