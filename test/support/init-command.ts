import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import type { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import type { Diagnosis } from '../../src/doctor/diagnose.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const LOADER = join(ROOT, 'node_modules/tsx/dist/loader.mjs');
const CLI = join(ROOT, 'src/cli/cognito-kit.ts');
const run = promisify(execFile);

/** Credentials for the local pool, which does not check them. */
export const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An empty folder in which the command runs. */
export class InitFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<InitFolder> {
    return new InitFolder(await mkdtemp(join(tmpdir(), 'init-')));
  }

  /** A folder within the repository, in which an app finds the source of the kit. */
  static async createWithKit(): Promise<InitFolder> {
    await mkdir(join(ROOT, '.tmp'), { recursive: true });
    return new InitFolder(await mkdtemp(join(ROOT, '.tmp/init-')));
  }

  /** Starts the app in TypeScript that init has written, and returns the process. */
  startApp(port: number): ChildProcess {
    const args = ['--import', LOADER, '--env-file=.env', 'server.ts'];
    const env = { PORT: String(port), TSX_TSCONFIG_PATH: join(ROOT, 'tsconfig.json') };
    return spawn(process.execPath, args, { cwd: this.path, env: this.environment(env) });
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(join(this.path, name), text);
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), 'utf8');
  }

  has(name: string): boolean {
    return existsSync(join(this.path, name));
  }

  /** All paths in the folder, sorted. */
  list(): string[] {
    return readdirSync(this.path, { recursive: true, encoding: 'utf8' }).sort();
  }

  variables(name = '.env'): Readonly<Record<string, string>> {
    return parseEnv(this.read(name)) as Record<string, string>;
  }

  /** Environment without variables of Cognito and AWS, and without files of AWS. */
  environment(env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: this.path,
      AWS_EC2_METADATA_DISABLED: 'true',
      NODE_NO_WARNINGS: '1',
      ...env,
    };
  }

  /** Arguments of Node for a command of the kit. */
  static command(...args: string[]): string[] {
    return ['--import', LOADER, CLI, ...args];
  }

  async run(
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    onStart: (child: ChildProcess) => void = () => {},
  ): Promise<Ended> {
    const ended = run(process.execPath, InitFolder.command(...args), {
      cwd: this.path,
      env: this.environment(env),
    });
    ended.child.stdin?.end();
    onStart(ended.child);
    return ended.then(
      (output) => ({ code: 0, ...output }),
      (failed: Ended) => failed,
    );
  }

  /** Runs `cognito-kit init`. */
  init(
    args: readonly string[],
    env?: NodeJS.ProcessEnv,
    onStart?: (child: ChildProcess) => void,
  ): Promise<Ended> {
    return this.run(['init', ...args], env, onStart);
  }

  /** Returns the findings of `cognito-kit doctor` for the variables in `.env`. */
  async doctor(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<readonly string[]> {
    const { stdout } = await this.run(['doctor', '--json', ...args], { ...CREDENTIALS, ...env });
    const { findings, notChecked } = JSON.parse(stdout) as Diagnosis;
    return [...findings.map(({ id }) => id), ...notChecked.map(({ id }) => `not checked: ${id}`)];
  }
}

/** Runs commands of the AWS CLI as calls of the SDK. */
export async function runAwsCommands(
  sdk: CognitoIdentityProvider,
  commands: readonly string[],
): Promise<void> {
  for (const command of commands) {
    const [program, service, name = '', ...rest] = command.trim().match(/'[^']*'|\S+/g) ?? [];
    if (program !== 'aws' || service !== 'cognito-idp') throw new Error(`"${command}" is not for Cognito.`);
    let input: Record<string, unknown> = {};
    for (let index = 0; index < rest.length; index += 2) {
      const [option = '', value = ''] = rest.slice(index, index + 2);
      if (option === '--cli-input-json') input = { ...input, ...JSON.parse(value.slice(1, -1)) };
      else if (option !== '--region' && option !== '--endpoint-url') input[pascal(option.slice(2))] = value;
    }
    const operation = pascal(name);
    const method = `${operation[0]?.toLowerCase()}${operation.slice(1)}`;
    await (sdk as unknown as Record<string, (input: object) => Promise<unknown>>)[method]?.call(sdk, input);
  }
}

/** Returns the lines that are commands of the AWS CLI. */
export function awsCommands(output: string): string[] {
  return output.split('\n').filter((line) => line.trim().startsWith('aws '));
}

function pascal(name: string): string {
  return name.replaceAll(/(?:^|-)([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}
