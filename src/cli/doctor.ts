import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { exposesEnvFile, installedPackages, readConfigFile, readEnvFile } from '../doctor/app-config.ts';
import { diagnose } from '../doctor/diagnose.ts';
import { reaches, reportOf } from '../doctor/report.ts';
import { SEVERITIES, type Severity } from '../setup/setting.ts';
// Keeps the configuration in the bundle of the entry point, which would load another file otherwise.
import '../index.ts';
import { UsageError } from './usage-error.ts';

const HELP = `Usage: cognito-kit doctor [options]

Compares the configuration of the app with its user pool, app client and environment. Changes nothing.
With AWS credentials it reads the settings of the pool; without them, it looks from outside.

  --config <file>       Module that exports the options of createCognitoRouter as "config", and
                        optionally the Express "app". Default: the environment only
  --env <file>          File of environment variables (default .env)
  --json                Print JSON
  --fail-on <severity>  Exit with code 1 from this severity on: error (default), warning or advice
  --help                Show this help`;

const OPTIONS = {
  config: { type: 'string' },
  // Node 20 and 22 take --env-file for their own option, even after the script.
  env: { type: 'string' },
  json: { type: 'boolean', default: false },
  'fail-on': { type: 'string', default: 'error' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const DEFAULT_WIDTH = 80;

/** Runs `cognito-kit doctor`. */
export async function doctor(args: readonly string[]): Promise<void> {
  const options = parse(args);
  if (options.help) {
    console.log(HELP);
    return;
  }
  const limit = severityOf(options['fail-on']);
  if (options.env !== undefined && !existsSync(options.env))
    throw new UsageError(`--env names ${options.env}, which does not exist`);
  const file = readEnvFile(options.env ?? '.env');
  // The configuration file and the SDK read the environment of the process. As with node --env-file, a set variable wins.
  for (const [name, value] of Object.entries(file)) process.env[name] ??= value;
  // The module of the configuration may print, and stdout is for the report.
  Object.assign(console, { log: console.error, info: console.error, debug: console.error });
  const { config, trustProxy } = options.config
    ? await readConfigFile(options.config)
    : { config: {}, trustProxy: undefined };
  const directory = process.cwd();
  const diagnosis = await diagnose({
    config,
    trustProxy,
    env: process.env,
    node: process.versions.node,
    packages: installedPackages(directory),
    exposesEnvFile: exposesEnvFile(directory, options.env),
  });
  const { isTTY, columns } = process.stdout;
  // A terminal without a known size has 0 columns.
  const look = { width: columns || DEFAULT_WIDTH, color: isTTY && !process.env.NO_COLOR };
  const report = options.json ? JSON.stringify(diagnosis, undefined, 2) : reportOf(diagnosis, look);
  await new Promise((resolve) => process.stdout.write(`${report}\n`, resolve));
  // The module of the configuration may hold connections open.
  process.exit(reaches(diagnosis, limit) ? 1 : 0);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function severityOf(text: string): Severity {
  const severity = SEVERITIES.find((each) => each === text);
  if (severity !== undefined) return severity;
  throw new UsageError(`--fail-on must be error, warning or advice, not "${text}"`);
}
