import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { parse } from 'yaml';
import type { SetupAnswers } from '../../src/setup/answers.ts';
import { apiInputs } from '../../src/setup/api-input.ts';
import { cdkTemplate } from '../../src/setup/cdk.ts';
import { cloudFormationTemplate } from '../../src/setup/cloudformation.ts';
import { sdkTemplate } from '../../src/setup/sdk.ts';
import { reasonOf } from '../../src/setup/setting.ts';
import { SETTINGS } from '../../src/setup/settings.ts';
import { terraformTemplate, terraformText } from '../../src/setup/terraform.ts';
import {
  hasProgram,
  isTested,
  NO_CFN_LINT,
  NO_TERRAFORM,
  pythonWith,
  skipWithout,
} from '../support/installed-programs.ts';
import { closeAll, startLocal } from '../support/local-sdk.ts';
import { ANSWERS, connected, created, findingsOf } from '../support/setup-answers.ts';
import { cloudFormationInputs, terraformInputs } from '../support/template-inputs.ts';

const FORMATS = {
  CloudFormation: cloudFormationTemplate,
  CDK: cdkTemplate,
  Terraform: terraformTemplate,
  SDK: sdkTemplate,
};

describe('Templates of a user pool', () => {
  afterEach(closeAll);

  for (const [name, answers] of Object.entries(ANSWERS)) {
    it(`for CloudFormation and Terraform have the same settings as the API calls, for ${name}`, async () => {
      const { Resources } = parse(cloudFormationTemplate(answers));
      expect(cloudFormationInputs(Resources)).to.deep.equal(apiInputs(answers));
      expect(await terraformInputs(terraformTemplate(answers))).to.deep.equal(apiInputs(answers));
    });

    it(`for the SDK create a pool that leaves the doctor nothing to find, for ${name}`, async () => {
      const { sdk, pool } = await startLocal();
      const printed = await runModule(sdkTemplate(answers), pool.url);
      const [, UserPoolId = '', ClientId = ''] =
        /^COGNITO_USER_POOL_ID=(\S+)\nCOGNITO_CLIENT_ID=(\S+)\n$/.exec(printed) ?? [];
      const config = await connected({ sdk, url: pool.url }, { UserPoolId, ClientId }, answers);
      expect(await findingsOf(sdk, config)).to.deep.equal([]);
    });

    it(`for CloudFormation and Terraform create such a pool, for ${name}`, async () => {
      const { Resources } = parse(cloudFormationTemplate(answers));
      for (const inputs of [
        cloudFormationInputs(Resources),
        await terraformInputs(terraformTemplate(answers)),
      ]) {
        const { sdk, pool } = await startLocal();
        const config = await connected({ sdk, url: pool.url }, await created(sdk, inputs), answers);
        expect(await findingsOf(sdk, config)).to.deep.equal([]);
      }
    });

    it(`in all formats tell the reason of every setting that has a value, for ${name}`, () => {
      const reasons = SETTINGS.filter(({ value }) => value(answers) !== undefined).map(reasonOf);
      for (const [format, write] of Object.entries(FORMATS)) {
        const lines = write(answers).split('\n');
        const comments = lines.flatMap((line) => /^ +(?:#|\/\/) (.*)$/.exec(line)?.[1] ?? []);
        expect(comments, format).to.include.members(reasons);
      }
    });
  }

  it('in all formats tell the limit of e-mail before the pool, unless Amazon SES sends it', () => {
    const limit = /Before going live, verify an identity in Amazon SES/;
    for (const [format, write] of Object.entries(FORMATS)) {
      const text = write(answersFor('the default answers'));
      expect(text, format).to.match(limit);
      expect(text.search(limit), format).to.be.lessThan(text.search(/signInWith/));
      expect(write(answersFor('passkeys and managed login')), format).to.not.match(limit);
    }
  });

  it('for CloudFormation keep the pool if the stack is deleted', () => {
    const { Resources } = parse(cloudFormationTemplate(answersFor('the default answers')));
    expect(Resources.UserPool).to.include({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  it('in all formats have no output with the secret', () => {
    for (const write of Object.values(FORMATS)) {
      const code = write(answersFor('the default answers')).replace(/^ *(?:#|\/\/).*$/gm, '');
      expect(code).to.not.match(/client_?secret/i);
    }
  });

  it('for Terraform keep a text with template characters as it is', () => {
    expect(terraformText('a"b\\\n$' + '{x}%{y}%7B$z')).to.equal('"a\\"b\\\\\\n$$' + '{x}%%{y}%7B$z"');
  });

  if (isTested('REQUIRE_TERRAFORM')) {
    it('for Terraform are valid HCL, formatted as Terraform does', function () {
      if (!hasProgram('terraform', 'version')) skipWithout(this, 'REQUIRE_TERRAFORM', NO_TERRAFORM);
      for (const [name, answers] of Object.entries(ANSWERS)) {
        const input = terraformTemplate(answers);
        const { stdout, status } = spawnSync('terraform', ['fmt', '-no-color', '-'], {
          input,
          encoding: 'utf8',
        });
        expect(status, name).to.equal(0);
        expect(stdout, name).to.equal(input);
      }
    });
  }

  if (isTested('REQUIRE_PYTHON')) {
    it('for CloudFormation satisfy the schemas of cfn-lint', async function () {
      this.timeout(60_000);
      const python = pythonWith('cfnlint') ?? skipWithout(this, 'REQUIRE_PYTHON', NO_CFN_LINT);
      const folder = await mkdtemp(join(tmpdir(), 'templates-'));
      try {
        const files = Object.values(ANSWERS).map((_answers, index) => join(folder, `${index}.yaml`));
        const templates = Object.values(ANSWERS).map(cloudFormationTemplate);
        await Promise.all(files.map((file, index) => writeFile(file, templates[index] ?? '')));
        const lint = ['-c', 'from cfnlint.runner import main; main()', ...files];
        const { stdout, stderr, status } = spawnSync(python, lint, { encoding: 'utf8' });
        expect(stdout + stderr).to.equal('');
        expect(status).to.equal(0);
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  }
});

function answersFor(name: string): SetupAnswers {
  const answers = ANSWERS[name];
  if (!answers) throw new Error(`no answers named ${name}`);
  return answers;
}

/** Runs a module in a process of its own, against a local pool, and returns its output. */
async function runModule(source: string, endpoint: string): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '-'], {
    env: {
      PATH: process.env.PATH,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL: endpoint,
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.end(source);
  return text(child.stdout);
}
