import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasProgram, NO_TERRAFORM, skipWithout } from './installed-programs.ts';

const run = promisify(execFile);
/** The provider is never downloaded here. */
const { TERRAFORM_PLUGINS } = process.env;

/** A folder with a configuration of Terraform. */
export interface TerraformFolder {
  readonly path: string;
  /** Runs a command, and returns its output. Rejects if it exits with another status than 0. */
  terraform(command: string, ...options: readonly string[]): Promise<string>;
  init(): Promise<void>;
  remove(): Promise<void>;
}

/** Makes an empty folder. Skips the test without Terraform or its AWS provider. */
export async function terraformFolder(context: Mocha.Context): Promise<TerraformFolder> {
  if (TERRAFORM_PLUGINS === undefined || !hasProgram('terraform', 'version'))
    skipWithout(context, 'REQUIRE_TERRAFORM', NO_TERRAFORM);
  const path = await mkdtemp(join(tmpdir(), 'terraform-'));
  const terraform = async (command: string, ...options: readonly string[]): Promise<string> => {
    const { stdout } = await run('terraform', [command, '-no-color', ...options], {
      cwd: path,
      // Neither a file of settings nor a request for a newer version.
      env: {
        PATH: process.env.PATH,
        HOME: path,
        CHECKPOINT_DISABLE: '1',
        AWS_EC2_METADATA_DISABLED: 'true',
        TF_INPUT: '0',
      },
    });
    return stdout;
  };
  return {
    path,
    terraform,
    init: async () => {
      await terraform('init', `-plugin-dir=${TERRAFORM_PLUGINS}`);
    },
    remove: () => rm(path, { recursive: true }),
  };
}
