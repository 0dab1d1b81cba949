import { inspect } from 'node:util';
import type { AppFile } from '../scaffold/app-choices.ts';
import { printedLine, type Variable } from '../scaffold/env-file.ts';
import type { MergedPackage } from '../scaffold/package-json.ts';

/** The app that init writes. */
export interface App {
  readonly files: readonly AppFile[];
  readonly manifest: MergedPackage;
  /** Whether the folder has a `tsconfig.json` of its own, which the app then uses. */
  readonly keepsTsconfig: boolean;
}

/** A user pool that init makes. */
export interface PoolPlan {
  /** Whether it is on this machine, in place of AWS. */
  readonly isLocal: boolean;
  /** One line about the place. */
  readonly headline: string;
  /** Calls that change something at AWS. */
  readonly calls: readonly { readonly operation: string; readonly input: object }[];
  /** The variables for the app. Ids that are not known yet are in angle brackets. */
  readonly variables: readonly Variable[];
  /** Sentences about limits that the answers choose. */
  readonly limits: readonly string[];
  /** Files that it keeps in the folder. */
  readonly paths: readonly string[];
  /** Sentences about files that stay as they are. */
  readonly kept: readonly string[];
  /** Commands that start it. */
  readonly start: readonly string[];
  /** Makes the pool. */
  make(): Promise<MadePool>;
}

/** A user pool that exists. */
export interface MadePool {
  readonly variables: readonly Variable[];
  /** Commands that delete it. */
  readonly undo: readonly string[];
  /** The reason and the way on, if only parts of the pool exist. */
  readonly failure?: string;
  /** Whether there is an app client. */
  readonly isUsable: boolean;
}

/** The changes that init makes in the folder. */
export interface FolderPlan {
  readonly envFile: string;
  readonly variables: readonly Variable[];
  /** Paths of files that are written or changed, beside that of the variables. */
  readonly paths: readonly string[];
}

/** Returns the text of `--dry-run`, and of the question before a creation. It has no secret. */
export function planText(pool: PoolPlan, { envFile, variables, paths }: FolderPlan): string {
  const look = { depth: null, breakLength: 100, maxArrayLength: null };
  return [
    pool.headline,
    ...pool.calls.flatMap(({ operation, input }) => ['', `${operation} ${inspect(input, look)}`]),
    '',
    ...paragraph(pool.limits),
    `Lines for ${envFile}, unless it has them:`,
    ...variables.map((variable) => `  ${printedLine(variable)}`),
    '',
    `Files: ${paths.join(', ')}`,
    '',
  ].join('\n');
}

/** Returns the lines and an empty one after them. */
export function paragraph(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [...lines, ''];
}
