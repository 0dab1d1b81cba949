import { accessSync, constants } from 'node:fs';
import type { LocalUserPool } from '../local/local-user-pool.ts';
import type { LocalSeed } from '../local/seed/seed.ts';
import { UsageError } from './usage-error.ts';

export const SEED_HELP = `
  --seed <file>         Create the pools, app clients, groups and users in this .yaml or .json file. Other
                        options apply to its first pool. "cognito-kit local export --help" writes one`;

export const SEED_OPTIONS = { seed: { type: 'string' } } as const;

/** Reads and checks the file of `--seed`. Undefined without that option. */
export async function seedOf({
  seed: file,
  like,
}: {
  readonly seed?: string | undefined;
  readonly like?: string | undefined;
}): Promise<LocalSeed | undefined> {
  if (file === undefined) return undefined;
  if (like !== undefined) throw new UsageError('--seed and --like cannot be used together');
  // Loaded on demand, because few starts have a seed.
  const { checkedSeed, formatOf, readSeedFile } = await import('../local/seed/loaded-on-demand.ts');
  try {
    formatOf(file);
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw new UsageError(`--seed cannot be read: ${(error as Error).message}`);
  }
  return checkedSeed(await readSeedFile(file));
}

/** The lines about a seed: its pools, and all of their app clients with their secrets. */
export function seedHelp(pool: LocalUserPool, { state }: { readonly state?: string | undefined }): string {
  const lines: string[] = [];
  let last: string | undefined;
  for (const { userPoolId, clientId, clientSecret } of pool.configs()) {
    if (userPoolId !== last) lines.push(userPoolId);
    last = userPoolId;
    lines.push(`  ${clientId}${clientSecret === undefined ? '' : `  secret: ${clientSecret}`}`);
  }
  const kept = `\nPools that ${state} had stay as they were; the seed adds the others.`;
  return `${state === undefined ? '' : kept}\nUser pools and app clients:\n${lines.join('\n')}`;
}
