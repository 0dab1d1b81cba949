import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import { parse } from 'yaml';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import type { SetupAnswers } from '../../src/setup/answers.ts';
import { type ApiInputs, apiInputs } from '../../src/setup/api-input.ts';
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
import { sdkFor } from '../support/local-sdk.ts';
import { ANSWERS, created, describeAll, deviations } from '../support/setup-answers.ts';

const FORMATS = {
  CloudFormation: cloudFormationTemplate,
  CDK: cdkTemplate,
  Terraform: terraformTemplate,
  SDK: sdkTemplate,
};

describe('Templates of a user pool', () => {
  let pool: LocalUserPool;
  let sdk: CognitoIdentityProvider;

  before(async () => {
    pool = await startLocalUserPool({ quiet: true });
    sdk = sdkFor(pool.url);
  });
  after(async () => {
    sdk.destroy();
    await pool.close();
  });

  for (const [name, answers] of Object.entries(ANSWERS)) {
    it(`for CloudFormation have the same settings as the API calls, for ${name}`, () => {
      expect(inputsOf(cloudFormationTemplate(answers))).to.deep.equal(apiInputs(answers));
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

  for (const name of ['the default answers', 'passkeys and managed login']) {
    it(`for the SDK create a pool that every setting accepts, for ${name}`, async () => {
      const answers = answersFor(name);
      const before = new Set(await poolIds());
      const printed = await runModule(sdkTemplate(answers));
      const ids = /^COGNITO_USER_POOL_ID=(\S+)\nCOGNITO_CLIENT_ID=(\S+)\n$/.exec(printed);
      expect((await poolIds()).filter((id) => !before.has(id))).to.deep.equal([ids?.[1]]);
      expect(deviations(await describeAll(sdk, ids?.[1], ids?.[2]), answers)).to.deep.equal([]);
    });
  }

  it('for CloudFormation create a pool that every setting accepts', async () => {
    const answers = answersFor('a username and both addresses');
    const resources = await created(sdk, inputsOf(cloudFormationTemplate(answers)));
    expect(deviations(resources, answers)).to.deep.equal([]);
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

  async function poolIds(): Promise<(string | undefined)[]> {
    const { UserPools = [] } = await sdk.listUserPools({ MaxResults: 60 });
    return UserPools.map(({ Id }) => Id);
  }

  /** Runs a module in a process of its own, against the local pool, and returns its output. */
  async function runModule(source: string): Promise<string> {
    const child = spawn(process.execPath, ['--input-type=module', '-'], {
      env: {
        PATH: process.env.PATH,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_ENDPOINT_URL: pool.url,
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    child.stdin.end(source);
    return text(child.stdout);
  }
});

function answersFor(name: string): SetupAnswers {
  const answers = ANSWERS[name];
  if (!answers) throw new Error(`no answers named ${name}`);
  return answers;
}

/** Reads a CloudFormation template, and returns the API calls that AWS makes of it. */
function inputsOf(template: string): ApiInputs {
  const { Resources } = parse(template);
  const {
    UserPoolName,
    MfaConfiguration,
    EnabledMfas,
    WebAuthnRelyingPartyID: RelyingPartyId,
    WebAuthnUserVerification: UserVerification,
    ...userPool
  } = Resources.UserPool.Properties;
  const { UserPoolId: _pool, ...appClient } = Resources.AppClient.Properties;
  const { UserPoolId: _domain, ...domain } = Resources.Domain?.Properties ?? {};
  const { UserPoolId: _style, ClientId: _client, ...branding } = Resources.LoginStyle?.Properties ?? {};
  return {
    createUserPool: { PoolName: UserPoolName, ...userPool },
    setUserPoolMfaConfig: {
      MfaConfiguration,
      ...(EnabledMfas && {
        SoftwareTokenMfaConfiguration: { Enabled: EnabledMfas.includes('SOFTWARE_TOKEN_MFA') },
      }),
      ...(RelyingPartyId && { WebAuthnConfiguration: { RelyingPartyId, UserVerification } }),
    },
    createUserPoolClient: appClient,
    createUserPoolDomain: Resources.Domain && domain,
    createManagedLoginBranding: Resources.LoginStyle && branding,
  };
}
