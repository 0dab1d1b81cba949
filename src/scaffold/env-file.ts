import { parseEnv } from 'node:util';

/** A variable for the environment file. */
export interface Variable {
  readonly name: string;
  readonly value: string;
  /** Its value must not be printed. */
  readonly secret?: true;
}

/** A line that the file already has. */
export interface KeptLine {
  readonly name: string;
  readonly secret: boolean;
  /** The value in the file. */
  readonly value: string;
  /** Whether the file has another value than the new one. */
  readonly differs: boolean;
}

/** An environment file with new lines. */
export interface MergedEnv {
  readonly text: string;
  readonly added: readonly Variable[];
  readonly kept: readonly KeptLine[];
}

/**
 * Returns the variables of an environment file as `node --env-file` reads them, without those that are empty. A later line
 * of the same name gives them a value.
 */
export function variablesOf(text: string): Readonly<Record<string, string>> {
  const present = Object.entries(parseEnv(text) as Record<string, string>);
  return Object.fromEntries(present.filter(([, value]) => value !== ''));
}

/** Appends the variables that the file lacks. Lines of the file stay as they are. */
export function mergeEnv(text: string, variables: readonly Variable[]): MergedEnv {
  const present = variablesOf(text);
  const added = variables.filter(({ name }) => present[name] === undefined);
  const kept = variables.flatMap(({ name, value, secret = false }) => {
    const own = present[name];
    return own === undefined ? [] : [{ name, secret, value: own, differs: own !== value }];
  });
  const start = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return { text: start + added.map(({ name, value }) => `${name}=${value}\n`).join(''), added, kept };
}

/** Returns the line of a variable for the terminal, without its secret. */
export function printedLine({ name, value, secret }: Variable): string {
  return `${name}=${secret ? '<secret>' : value}`;
}
