import { parseArgs } from 'node:util';
// Keeps the configuration in the bundle of the entry point, which would load another file otherwise.
import '../index.ts';
import type { SetupAnswers } from '../setup/answers.ts';
import { cdkTemplate } from '../setup/cdk.ts';
import { cloudFormationTemplate } from '../setup/cloudformation.ts';
import { sdkTemplate } from '../setup/sdk.ts';
import { terraformTemplate } from '../setup/terraform.ts';
import { answersOf } from './setup-answers.ts';
import { ANSWER_OPTIONS, ANSWERS_HELP } from './setup-flags.ts';
import { UsageError } from './usage-error.ts';

const HELP = `Usage: cognito-kit template --format <format> [options]

Prints a template of a user pool that fits the kit, with the reason for every setting. Creates nothing.

  --format <cloudformation|cdk|terraform|sdk>
                        CloudFormation (YAML), AWS CDK (TypeScript), Terraform, or a module that calls
                        the AWS SDK (JavaScript)${ANSWERS_HELP}
  --help                Show this help`;

const FORMATS: Readonly<Record<string, (answers: SetupAnswers) => string>> = {
  cloudformation: cloudFormationTemplate,
  cdk: cdkTemplate,
  terraform: terraformTemplate,
  sdk: sdkTemplate,
};

/** Runs `cognito-kit template`. */
export function template(args: readonly string[]): void {
  const { format, help, ...given } = parse(args);
  if (help) {
    console.log(HELP);
    return;
  }
  const write = format !== undefined && Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (!write) throw new UsageError(`--format must be one of ${Object.keys(FORMATS).join(', ')}`);
  process.stdout.write(write(answersOf(given)));
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        format: { type: 'string' },
        ...ANSWER_OPTIONS,
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
