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

async function main(args: readonly string[]): Promise<void> {
  const [command, ...rest] = args;
  switch (command) {
    case 'init': {
      const { init } = await import('./init.ts');
      return init(rest);
    }
    case 'local': {
      // Loaded on demand to keep the other commands fast.
      if (rest[0] === 'export') {
        const { exportLocal } = await import('./local-export.ts');
        return exportLocal(rest.slice(1));
      }
      const { local } = await import('./local.ts');
      return local(rest);
    }
    case 'doctor': {
      const { doctor } = await import('./doctor.ts');
      return doctor(rest);
    }
    case 'template': {
      const { template } = await import('./template.ts');
      return template(rest);
    }
    case '--help':
    case '-h':
      console.log(HELP);
      return;
    case '--version':
    case '-v':
      console.log(version());
      return;
    default:
      throw new UsageError(command === undefined ? 'a command is missing' : `unknown command "${command}"`);
  }
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`cognito-kit: ${message}`);
  if (error instanceof UsageError) console.error('See "cognito-kit --help".');
  process.exitCode = error instanceof UsageError ? 2 : error instanceof Cancelled ? 130 : 1;
}
