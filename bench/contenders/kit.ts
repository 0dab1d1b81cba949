import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Imports the main entry of this checkout, or of another one that has been built. */
export async function importKit(checkout?: string): Promise<typeof import('express-cognito-kit')> {
  return checkout === undefined ? import('express-cognito-kit') : import(entryOf(checkout, '.'));
}

export async function importRequireAuth(
  checkout?: string,
): Promise<typeof import('express-cognito-kit/require-auth')> {
  return checkout === undefined
    ? import('express-cognito-kit/require-auth')
    : import(entryOf(checkout, './require-auth'));
}

/** The address of an entry's ES module in a checkout. */
export function entryOf(checkout: string, entry: string): string {
  const manifest = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, { readonly import: { readonly default: string } }>>;
  };
  const file = manifest.exports[entry]?.import.default;
  if (file === undefined) throw new Error(`The package in ${checkout} has no entry ${entry}.`);
  return pathToFileURL(resolve(checkout, file)).href;
}
