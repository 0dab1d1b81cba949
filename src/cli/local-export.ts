import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { formatOf, seedOfState, yamlOf } from '../local/seed/loaded-on-demand.ts';
import type { LocalSeed } from '../local/seed/seed.ts';
import { UsageError } from './usage-error.ts';

const HELP = `Usage: cognito-kit local export [options]

Writes the pools of a local user pool as a file for "cognito-kit local --seed": settings, app clients,
groups and users. Passwords, authenticator secrets and secrets of identity providers are not part of it.

  --endpoint <url>      Address of the running pool (default http://127.0.0.1:9229)
  --state <file>        Read this state file instead. A pool may be using it
  --output <file>       Write to this file, readable only by its owner (default: standard output)
  --format <format>     json or yaml (default: by the name of the output, else json)
  --with-secrets        Include the client secrets
  --force               Replace the output if it exists
  --help                Show this help`;

const OPTIONS = {
  endpoint: { type: 'string' },
  state: { type: 'string' },
  output: { type: 'string' },
  format: { type: 'string' },
  'with-secrets': { type: 'boolean', default: false },
  force: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const ENDPOINT = 'http://127.0.0.1:9229';
const OWNER_ONLY = 0o600;
const LEFT_OUT =
  'Passwords, authenticator secrets and secrets of identity providers are not part of the seed.';

type Options = ReturnType<typeof parse>;

/** Runs `cognito-kit local export`. */
export async function exportLocal(args: readonly string[]): Promise<void> {
  const options = parse(args);
  if (options.help) {
    console.log(HELP);
    return;
  }
  const format = formatFor(options);
  const { output, force } = options;
  if (output !== undefined && existsSync(output) && !force)
    throw new UsageError(`--output ${output} exists; add --force to replace it`);
  const seed = await seedFrom(options);
  const text = await textOf(seed, format);
  if (output === undefined) process.stdout.write(text);
  else await write(output, text, force);
  const users = seed.pools.reduce((sum, { users = [] }) => sum + users.length, 0);
  console.error(`User pools: ${seed.pools.length}, users: ${users}. ${LEFT_OUT}`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function formatFor({ format, output }: Options): 'json' | 'yaml' {
  if (format !== undefined && format !== 'json' && format !== 'yaml')
    throw new UsageError(`--format must be json or yaml, not "${format}"`);
  if (output === undefined) return format ?? 'json';
  let ofOutput: 'json' | 'yaml';
  try {
    ofOutput = formatOf(output);
  } catch {
    throw new UsageError('--output must end in .yaml, .yml or .json');
  }
  if (format !== undefined && format !== ofOutput)
    throw new UsageError(`--format ${format} does not fit the name ${output}`);
  return ofOutput;
}

async function seedFrom({ endpoint, state, 'with-secrets': withSecrets }: Options): Promise<LocalSeed> {
  if (state === undefined) return seedOfRunning(endpoint ?? ENDPOINT, withSecrets);
  if (endpoint !== undefined) throw new UsageError('--state and --endpoint cannot be used together');
  if (!existsSync(state)) throw new UsageError(`--state ${state} does not exist`);
  return seedOfState(state, { withSecrets });
}

async function seedOfRunning(endpoint: string, withSecrets: boolean): Promise<LocalSeed> {
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint))
    throw new UsageError('--endpoint must be a URL such as http://127.0.0.1:9229');
  const url = new URL(`/_kit/seed?withSecrets=${withSecrets}`, endpoint);
  const response = await fetch(url).catch(({ cause }: { readonly cause?: { readonly code?: string } }) => {
    throw new Error(
      `no local user pool answers at ${url.origin} (${cause?.code ?? 'no connection'}). Start it, or use --state <file>`,
    );
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer as LocalSeed;
  const { detail = 'it has no /_kit/seed; do not start it with --no-control' } = (answer ?? {}) as {
    detail?: string;
  };
  throw new Error(`${url.origin} refused the export with status ${response.status}: ${detail}`);
}

async function textOf(seed: LocalSeed, format: 'json' | 'yaml'): Promise<string> {
  if (format === 'json') return `${JSON.stringify(seed, null, 2)}\n`;
  return `# Start it with: cognito-kit local --seed <this file>\n# ${LEFT_OUT}\n${await yamlOf(seed)}`;
}

async function write(output: string, text: string, force: boolean): Promise<void> {
  // Exclusive without --force, because another process can have made the file.
  await writeFile(output, text, { flag: force ? 'w' : 'wx', mode: OWNER_ONLY });
  // The mode above is for a new file only.
  await chmod(output, OWNER_ONLY);
}
