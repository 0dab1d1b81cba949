import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import type { Bench } from '../bench.ts';
import { entryOf } from '../contenders/kit.ts';
import type { Table } from '../report.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const ENTRIES = ['.', './require-auth', './redis', './local', './testing'];

/** The size of one file for a function on AWS Lambda: an entry with its packages, but for express. */
export async function* benchBundle({ against }: Bench): AsyncGenerator<Table> {
  const { peerDependencies } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
    readonly peerDependencies: object;
  };
  const beside = against === undefined ? [] : [against];
  const inputs: readonly (readonly [name: string, files: readonly string[]])[] = [
    ...ENTRIES.map((entry): [string, string[]] => [
      entry.replace('.', 'express-cognito-kit'),
      [ROOT, ...beside].map((checkout) => fileURLToPath(entryOf(checkout, entry))),
    ]),
    ...(against === undefined ? BY_HAND : []),
  ];
  const external = Object.keys(peerDependencies);
  const rows: string[][] = [];
  for (const [name, files] of inputs) {
    const sizes = [];
    for (const file of files) sizes.push(...(await sizeOf(file, external)));
    rows.push([name, ...sizes]);
  }
  yield {
    id: against === undefined ? 'bundle' : 'bundle-against',
    title: 'Bundle',
    reading:
      'One minified file with all packages that the entry uses, but for express and the optional peers.',
    head: ['', 'minified', 'gzip', ...beside.flatMap(() => ['before', 'gzip'])],
    rows,
  };
}

const BY_HAND: readonly (readonly [name: string, files: readonly string[]])[] = [
  ['a route by hand with the AWS SDK and joi', [programOf('sign-in-by-hand')]],
  ['a check by hand with aws-jwt-verify', [programOf('verify-by-hand')]],
];

function programOf(name: string): string {
  return fileURLToPath(new URL(`../contenders/${name}.js`, import.meta.url));
}

async function sizeOf(file: string, external: readonly string[]): Promise<readonly [string, string]> {
  const build = await rolldown({
    input: file,
    platform: 'node',
    external: [...external],
    onLog: () => undefined,
  });
  const { output } = await build.generate({ format: 'esm', minify: true, codeSplitting: false });
  await build.close();
  const code = output.map((part) => (part.type === 'chunk' ? part.code : '')).join('');
  return [kilobytes(Buffer.byteLength(code)), kilobytes(gzipSync(code).byteLength)];
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(0)} kB`;
}
