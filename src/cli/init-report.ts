import type { AppChoices } from '../scaffold/app-choices.ts';
import { configFile, TSCONFIG_FILE } from '../scaffold/app-files.ts';
import type { MergedEnv } from '../scaffold/env-file.ts';
import { linesToPaste } from '../scaffold/lines-to-paste.ts';
import { type Folder, packageManager } from './init-folder.ts';
import { type App, type PoolPlan, paragraph } from './init-plan.ts';

/** The result of init. */
interface Result {
  readonly pool: PoolPlan;
  readonly undo: readonly string[];
  readonly env: MergedEnv;
  /** The change of `.gitignore`. */
  readonly ignored: 'new' | 'changed' | 'none';
  readonly choices: AppChoices;
  readonly app: App | undefined;
  readonly folder: Folder;
  /** Packages that the app lacks. */
  readonly missing: readonly string[];
}

/** Returns the text at the end of init. It has no secret. */
export function reportText(result: Result): string {
  const { pool, undo, env, folder, app } = result;
  const { made, changed } = touchedFiles(result);
  return [
    pool.isLocal ? 'The user pool is on this machine.' : 'The user pool was created.',
    ...(made.length > 0 ? [`Written: ${made.join(', ')}.`] : []),
    ...(changed.length > 0 ? [`Lines added: ${changed.join(', ')}.`] : []),
    ...(env.added.length > 0
      ? [`Variables added to ${folder.envFile}: ${env.added.map(({ name }) => name).join(', ')}.`]
      : []),
    ...keptLines(result),
    '',
    ...paragraph(pool.limits),
    ...(app ? startOfApp(result) : startByHand(result)),
    '',
    'To undo:',
    ...[...undo, ...(made.length > 0 ? [`rm ${made.join(' ')}`] : [])].map((command) => `  ${command}`),
    ...(changed.length > 0 ? [`  and remove the added lines from ${changed.join(', ')}`] : []),
  ].join('\n');
}

function touchedFiles({ pool, env, ignored, app, folder }: Result): {
  readonly made: readonly string[];
  readonly changed: readonly string[];
} {
  const isNewEnv = folder.envText === undefined;
  const made = [
    ...(isNewEnv ? [folder.envFile] : []),
    ...(ignored === 'new' ? ['.gitignore'] : []),
    ...pool.paths,
    ...(app?.files ?? []).map(({ path }) => path),
    ...(app && !folder.hasPackage ? ['package.json'] : []),
  ];
  const changed = [
    ...(!isNewEnv && env.added.length > 0 ? [folder.envFile] : []),
    ...(ignored === 'changed' ? ['.gitignore'] : []),
    ...(app && folder.hasPackage ? ['package.json'] : []),
  ];
  return { made: [...new Set(made)], changed };
}

function keptLines({ env, app, folder, pool }: Result): string[] {
  const differing = env.kept.filter(({ differs }) => differs);
  const same = env.kept.filter(({ differs }) => !differs).map(({ name }) => name);
  const wanted = new Map(pool.variables.map(({ name, value }) => [name, value]));
  return [
    ...(same.length > 0 ? [`Kept in ${folder.envFile}: ${same.join(', ')}.`] : []),
    ...differing.map(({ name, secret, value }) =>
      secret
        ? `Kept in ${folder.envFile}: ${name}, which has another value.`
        : `Kept in ${folder.envFile}: ${name}=${value}, and not ${wanted.get(name)}.`,
    ),
    ...pool.kept,
    ...(app?.manifest.keptScripts ?? []).map(
      ({ name, command }) =>
        `Kept in package.json: the script "${name}". For the app it would be: ${command}`,
    ),
    ...(app?.keepsTsconfig
      ? [
          `Kept ${TSCONFIG_FILE}. For npm run typecheck, the app needs "noEmit": true and "allowImportingTsExtensions": true in it.`,
        ]
      : []),
  ];
}

function startOfApp({ pool, choices, folder, missing, app }: Result): string[] {
  const isOtherFile = folder.envFile !== '.env';
  const command = (script: 'start' | 'test'): string =>
    app?.manifest.keptScripts.find(({ name }) => name === script)?.command ?? `npm ${script}`;
  return [
    ...(missing.length > 0
      ? [`Not installed: ${missing.join(', ')}.`, '', `  ${packageManager(process.env)} install`, '']
      : []),
    'Start the app, and test it:',
    ...(isOtherFile ? [`  (its scripts read .env, and the variables are in ${folder.envFile})`] : []),
    `  ${command('start')}`,
    `  ${command('test')}`,
    '',
    `Compare ${configFile(choices)} with the user pool${pool.isLocal ? ', while the app runs' : ''}:`,
    `  npx cognito-kit doctor --config ${configFile(choices)}`,
  ];
}

function startByHand({ pool, choices, folder }: Result): string[] {
  return [
    'Paste into your app:',
    '',
    linesToPaste(choices),
    '',
    'Start it:',
    ...pool.start.map((command) => `  ${command}`),
    `  node ${choices.language === 'ts' ? '--import tsx ' : ''}--env-file=${folder.envFile} server.${choices.language}`,
  ];
}
