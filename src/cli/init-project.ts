import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
// Keeps the configuration in the bundle of the entry point, which would load another file otherwise.
import '../index.ts';
import type { AppChoices } from '../scaffold/app-choices.ts';
import { appFiles, packageEntries, TSCONFIG_FILE } from '../scaffold/app-files.ts';
import type { Variable } from '../scaffold/env-file.ts';
import { localSeed, SEED_FILE } from '../scaffold/local-seed.ts';
import { indentOf, mergePackage, packageText, readPackage } from '../scaffold/package-json.ts';
import { needsCookieSecret } from '../scaffold/router-options.ts';
import { installedVersion } from '../setup/installed-version.ts';
import { type Asker, createAsker } from './ask.ts';
import { awsPool } from './init-aws.ts';
import type { InitFlags } from './init-flags.ts';
import {
  defaultsOf,
  existingFiles,
  type Folder,
  ignoreSecrets,
  installPackages,
  missingPackages,
  ownModule,
  readFolder,
  writeEnv,
  writeFiles,
  writePackage,
} from './init-folder.ts';
import { localPool, localPoolId } from './init-local.ts';
import { type App, planText } from './init-plan.ts';
import { answersOfInit, askOpen, withDefaults } from './init-questions.ts';
import { reportText } from './init-report.ts';
import { UsageError } from './usage-error.ts';

/** Makes the user pool, `.env` and the app of the flags, in the current folder. */
export async function initProject(flags: InitFlags): Promise<void> {
  const isInteractive = process.stdin.isTTY === true && !flags.yes;
  if (!isInteractive && !flags.yes && !flags['dry-run'])
    throw new UsageError(
      'stdin is no terminal, so init cannot ask; add --yes to take the defaults for the rest',
    );
  const folder = readFolder(process.cwd(), flags.env ?? '.env');
  const defaults = defaultsOf(folder.directory);
  const asker = isInteractive ? createAsker({ input: process.stdin, output: process.stdout }) : undefined;
  try {
    const complete = asker ? await askOpen(flags, defaults, asker) : withDefaults(flags, defaults);
    await make(complete, folder, asker);
  } finally {
    asker?.close();
  }
}

async function make(flags: InitFlags, folder: Folder, asker: Asker | undefined): Promise<void> {
  const choices = choicesOf(flags, folder);
  const { answers } = choices;
  const localId = localPoolId(folder, flags.region);
  const app = flags.app ? appOf(choices, folder, localId) : undefined;
  const pool = flags.local
    ? await localPool(answers, folder, localId)
    : await awsPool(answers, folder, flags);
  const secrets = cookieSecret(choices, folder);
  if (flags['dry-run'] || !flags.local) {
    const paths = [
      '.gitignore',
      ...pool.paths,
      ...(app ? [...app.files.map(({ path }) => path), 'package.json'] : []),
    ];
    const variables = [...pool.variables, ...secrets];
    console.log(planText(pool, { envFile: folder.envFile, variables, paths: [...new Set(paths)] }));
  }
  if (flags['dry-run']) return;
  if (asker && !flags.local && !(await isConfirmed(asker))) {
    console.log('Nothing was created or written.');
    return;
  }
  // From here on, Ctrl+C is a signal again.
  asker?.close();
  const { variables, undo, failure, isUsable } = await pool.make();
  const added = isUsable ? [...variables, ...secrets] : variables;
  const { env, ignored } = withUndo(undo, () => {
    const ignored = added.length > 0 ? ignoreSecrets(folder) : 'none';
    const env = writeEnv(folder, added);
    if (app && isUsable) writeApp(folder, app);
    return { env, ignored } as const;
  });
  if (failure !== undefined) {
    console.error(`cognito-kit: ${failure}`);
    process.exitCode = 1;
    return;
  }
  const missing = app ? missingPackages(folder) : [];
  const isInstalled = missing.length > 0 && !flags['no-install'] && installPackages(folder);
  console.log(
    reportText({ pool, undo, env, ignored, choices, app, folder, missing: isInstalled ? [] : missing }),
  );
  if (missing.length > 0 && !flags['no-install'] && !isInstalled) process.exitCode = 1;
}

function writeApp(folder: Folder, { files, manifest }: App): void {
  // The local pool has written its settings.
  writeFiles(
    folder,
    files.filter(({ path }) => path !== SEED_FILE || existingFiles(folder.directory, [path]).length === 0),
  );
  writePackage(folder, manifest.text);
}

/** Writes files. If one cannot be written, the error tells the commands that delete the user pool. */
function withUndo<T>(undo: readonly string[], write: () => T): T {
  try {
    return write();
  } catch (error) {
    const commands = undo.map((command) => `\n  ${command}`).join('');
    throw new Error(
      `${(error as Error).message}${commands === '' ? '' : `\nThe user pool exists, and not every file is written. To undo:${commands}`}`,
      { cause: error },
    );
  }
}

/** Returns the app. Throws if it does not fit the folder. */
function appOf(choices: AppChoices, { directory, seedText }: Folder, localId: string): App {
  const { answers, module } = choices;
  const seed = localSeed(answers, localId);
  const hasTsconfig = existingFiles(directory, [TSCONFIG_FILE]).length > 0;
  const files = appFiles(choices).filter(({ path }) => path !== TSCONFIG_FILE || !hasTsconfig);
  const taken = existingFiles(
    directory,
    files.map(({ path }) => path),
  );
  if (seedText !== undefined && seedText !== seed) taken.push(SEED_FILE);
  if (taken.length > 0)
    throw new Error(`The app would overwrite ${taken.join(', ')}; nothing was created or written`);
  if (answers.authFlow === 'ADMIN_USER_PASSWORD_AUTH')
    throw new UsageError(
      '--auth-flow ADMIN_USER_PASSWORD_AUTH excludes --app, whose test has no AWS credentials',
    );
  const manifest = readPackage(directory);
  const own = ownModule(directory) ?? module;
  if (own !== module) {
    const reason =
      manifest?.type === undefined
        ? 'package.json has no "type", and Node reads the files of the folder as CommonJS'
        : `package.json has the type "${manifest.type}"`;
    throw new UsageError(`${reason}, so --module must be ${own}`);
  }
  const express = installedVersion(directory, 'express')?.split('.')[0];
  const entries = packageEntries(choices, { kit: ownVersion(), express });
  return {
    files: [...files, { path: SEED_FILE, content: seed }],
    manifest: mergePackage(manifest, entries, indentOf(packageText(directory) ?? '')),
    keepsTsconfig: hasTsconfig && choices.language === 'ts',
  };
}

function choicesOf(
  { transport = 'bearer', language, module, ...flags }: InitFlags,
  { directory }: Folder,
): AppChoices {
  const defaults = defaultsOf(directory);
  return {
    answers: answersOfInit(flags),
    transport,
    language: language ?? defaults.language,
    module: module ?? defaults.module,
  };
}

function cookieSecret({ answers, transport }: AppChoices, { variables }: Folder): Variable[] {
  const value = variables.COOKIE_SECRET ?? randomBytes(32).toString('base64url');
  return needsCookieSecret(answers, transport) ? [{ name: 'COOKIE_SECRET', value, secret: true }] : [];
}

function ownVersion(): string {
  return (createRequire(import.meta.url)('express-cognito-kit/package.json') as { version: string }).version;
}

async function isConfirmed(asker: Asker): Promise<boolean> {
  return /^y(?:es)?$/i.test(await asker.ask({ text: 'Create these (y or N)?', fallback: 'N' }));
}
