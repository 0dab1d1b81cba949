import { parseArgs } from 'node:util';
import { ANSWER_OPTIONS, ANSWERS_HELP, type GivenFlags } from './setup-flags.ts';
import { UsageError } from './usage-error.ts';

export const HELP = `Usage: cognito-kit init [options]

Makes a user pool, writes its ids and secret to .env, and optionally a small app with a test. It asks
for what the options leave open, and shows what it will create at AWS before it does.

  --local               A user pool on this machine, in place of AWS
  --region <region>     Region at AWS (default: AWS_REGION, else that of the profile)
  --endpoint <url>      Another server than AWS (default: AWS_ENDPOINT_URL)
  --env <file>          File of the variables (default .env)
  --transport <bearer|cookies>
                        Tokens in bodies and headers, or in cookies (default bearer)
  --app                 Also write an app, into this folder
  --language <ts|js>    Its language (default: ts beside a tsconfig.json, else js)
  --module <esm|cjs>    Its modules (default: the type in package.json, else esm)
  --no-install          Do not run npm install for packages that the app lacks
  --yes                 Take the defaults, and create without a question
  --dry-run             Print the plan. Create, write and call nothing

The user pool:${ANSWERS_HELP}
  --help                Show this help`;

const OPTIONS = {
  local: { type: 'boolean' },
  region: { type: 'string' },
  endpoint: { type: 'string' },
  // Node 20 and 22 take --env-file for their own option, even after the script.
  env: { type: 'string' },
  transport: { type: 'string' },
  app: { type: 'boolean' },
  language: { type: 'string' },
  module: { type: 'string' },
  'no-install': { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  'dry-run': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** The command line of init. Undefined for an option that was not given. */
export interface InitFlags extends GivenFlags {
  readonly local?: boolean;
  readonly region?: string;
  readonly endpoint?: string;
  readonly env?: string;
  readonly transport?: 'bearer' | 'cookies';
  readonly app?: boolean;
  readonly language?: 'ts' | 'js';
  readonly module?: 'esm' | 'cjs';
  readonly 'no-install'?: boolean;
  readonly yes?: boolean;
  readonly 'dry-run'?: boolean;
  readonly help?: boolean;
}

const CHOICES = { transport: ['bearer', 'cookies'], language: ['ts', 'js'], module: ['esm', 'cjs'] } as const;

/** Relative, and without a character that a shell or `.gitignore` gives a meaning. */
const ENV_PATH = /^[\w.-][\w./-]*$/;

/**
 * Parses the command line.
 *
 * @throws UsageError if it is invalid
 */
export function parseInit(args: readonly string[]): InitFlags {
  const flags = parsed(args);
  for (const [name, choices] of Object.entries(CHOICES)) {
    const given = flags[name as keyof typeof CHOICES];
    if (given !== undefined && !(choices as readonly string[]).includes(given))
      throw new UsageError(`--${name} must be ${choices.join(' or ')}, not "${given}"`);
  }
  const { local, region, endpoint, env } = flags;
  if (env !== undefined && !(ENV_PATH.test(env) && !env.split('/').includes('..')))
    throw new UsageError(`--env must be a path in this folder, such as .env.local, not "${env}"`);
  if (region !== undefined && !/^[a-z]{2,}(?:-[a-z]+)+-\d+$/.test(region))
    throw new UsageError(`--region must be a region such as eu-central-1, not "${region}"`);
  if (local && endpoint !== undefined) throw new UsageError('--local and --endpoint cannot be used together');
  if (endpoint !== undefined && !(/^https?:\/\/[^\s'"]+$/.test(endpoint) && URL.canParse(endpoint)))
    throw new UsageError('--endpoint must be a URL such as http://127.0.0.1:9229');
  return flags as InitFlags;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: { ...ANSWER_OPTIONS, ...OPTIONS } }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
