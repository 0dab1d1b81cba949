import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { answersOf } from '../../src/cli/setup-answers.ts';
import { ANSWER_OPTIONS, ANSWERS_HELP } from '../../src/cli/setup-flags.ts';
import { template } from '../../src/cli/template.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { DEFAULT_SCOPES } from '../../src/config/managed-login.ts';
import { DEFAULT_ANSWERS } from '../../src/setup/answers.ts';
import { terraformTemplate } from '../../src/setup/terraform.ts';
import { readPage } from '../support/documentation.ts';

const CLI = new URL('../../src/cli/cognito-kit.ts', import.meta.url).pathname;
const run = promisify(execFile);

describe('cognito-kit template', () => {
  it('prints the template of the given answers, and nothing else', async () => {
    const args = [
      'template',
      '--format',
      'terraform',
      '--name',
      'my pool',
      '--no-secret',
      '--mfa',
      'required',
    ];
    const { stdout } = await run(process.execPath, ['--import', 'tsx', CLI, ...args]);
    expect(stdout).to.equal(
      terraformTemplate({ ...DEFAULT_ANSWERS, name: 'my pool', clientSecret: 'none', mfa: 'required' }),
    );
  });

  it('takes every answer from an option', () => {
    expect(answersOf({})).to.deep.equal(DEFAULT_ANSWERS);
    expect(
      answersOf({
        name: 'shop',
        'sign-in-with': ['phoneNumber', 'username', 'phoneNumber'],
        'no-self-sign-up': true,
        mfa: 'off',
        passkeys: 'example.com',
        'domain-prefix': 'shop',
        'callback-url': ['https://a.example/cb'],
        'logout-url': ['https://a.example'],
        'no-secret': true,
        'writable-attribute': ['name'],
        'min-password-length': '20',
        'remember-devices': true,
        'sms-role': 'arn:aws:iam::123456789012:role/sms',
        'sms-external-id': 'shop',
        'email-identity': 'arn:aws:ses:eu-central-1:123456789012:identity/a.example',
        'email-sender': 'shop@a.example',
      }),
    ).to.deep.equal({
      name: 'shop',
      signInWith: ['phoneNumber', 'username'],
      authFlow: 'USER_AUTH',
      selfSignUp: false,
      mfa: 'off',
      passkeys: { relyingPartyId: 'example.com' },
      managedLogin: {
        domainPrefix: 'shop',
        callbackUrls: ['https://a.example/cb'],
        logoutUrls: ['https://a.example'],
        scopes: DEFAULT_SCOPES,
      },
      clientSecret: 'none',
      writableAttributes: ['name'],
      minimumPasswordLength: 20,
      rememberDevices: true,
      email: {
        identityArn: 'arn:aws:ses:eu-central-1:123456789012:identity/a.example',
        from: 'shop@a.example',
      },
      sms: { roleArn: 'arn:aws:iam::123456789012:role/sms', externalId: 'shop' },
    });
  });

  for (const [args, message] of [
    [[], '--format must be one of'],
    [['--format', 'toString'], '--format must be one of'],
    [['--format', 'cdk', '--mfa', 'sms'], '--mfa must be one of off, optional, required'],
    [['--format', 'cdk', '--auth-flow', 'SRP'], '--auth-flow must be one of'],
    [['--format', 'cdk', '--sign-in-with', 'Email'], '--sign-in-with must be one of'],
    [['--format', 'cdk', '--min-password-length', ''], 'the minimum password length must be 8 to 99'],
    [['--format', 'cdk', '--callback-url', 'https://a.example/cb'], '--callback-url and --logout-url need'],
    [['--format', 'cdk', '--domain-prefix', 'shop'], 'managed login needs at least one callback URL'],
    [['--format', 'cdk', '--sms-role', 'arn'], '--sms-role and --sms-external-id need each other'],
    [
      ['--format', 'cdk', '--email-sender', 'a@a.example'],
      '--email-identity and --email-sender need each other',
    ],
    [['--format', 'cdk', '--name', '$' + '{x}'], 'the name must have'],
    [['--format', 'cdk', 'extra'], 'extra'],
  ] as const) {
    it(`refuses the command line ${JSON.stringify(args)}`, () => {
      expect(() => template(args)).to.throw(UsageError, message);
    });
  }

  it('has every option in its help and on the page of its task', async () => {
    const { text } = await readPage('docs/user-pool-setup.md');
    for (const option of Object.keys(ANSWER_OPTIONS)) {
      expect(ANSWERS_HELP).to.include(`--${option} `);
      expect(text).to.match(new RegExp(`--${option}[ \`]`));
    }
  });
});
