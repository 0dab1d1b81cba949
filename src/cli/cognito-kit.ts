#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Cancelled } from './cancelled.ts';
import { UsageError } from './usage-error.ts';

const HELP = `Usage: cognito-kit <command> [options]

Commands:
  init         Make a user pool, .env and optionally an app, on this machine or at AWS
  local        Start a local user pool for development without AWS
  local export Write the pools of a local user pool to a file for --seed
  doctor       Compare the configuration of the app with its user pool, and report faults
  template     Print a template of a good user pool: CloudFormation, CDK, Terraform or SDK

Options:
  --help       Show this help; after a command, the help of that command
  --version    Show the version`;

/** Runs a command with its arguments. Loaded on demand to keep the other commands fast. */
const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  init: async (args) => (await import('./init.ts')).init(args),
  local: async (args) =>
    args[0] === 'export'
      ? (await import('./local-export.ts')).exportLocal(args.slice(1))
      : (await import('./local.ts')).local(args),
  doctor: async (args) => (await import('./doctor.ts')).doctor(args),
  template: async (args) => (await import('./template.ts')).template(args),
};

async function main([command, ...args]: readonly string[]): Promise<void> {
  if (command === undefined) throw new UsageError('a command is missing');
  if (['--help', '-h'].includes(command)) console.log(HELP);
  else if (['--version', '-v'].includes(command)) console.log(version());
  else if (Object.hasOwn(COMMANDS, command)) await COMMANDS[command]?.(args);
  else throw new UsageError(`unknown command "${command}"`);
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}

/** Returns the command line that explains the arguments. */
function helpFor([command = '', second]: readonly string[]): string {
  const name = command === 'local' && second === 'export' ? 'local export' : command;
  return Object.hasOwn(COMMANDS, command) ? `cognito-kit ${name} --help` : 'cognito-kit --help';
}

const args = process.argv.slice(2);
try {
  await main(args);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`cognito-kit: ${message}`);
  if (error instanceof UsageError) console.error(`See "${helpFor(args)}".`);
  process.exitCode = error instanceof UsageError ? 2 : error instanceof Cancelled ? 130 : 1;
}
