import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { createAsker } from '../../src/cli/ask.ts';
import { Cancelled } from '../../src/cli/cancelled.ts';
import type { InitFlags } from '../../src/cli/init-flags.ts';
import { answersOfInit, askOpen, withDefaults } from '../../src/cli/init-questions.ts';
import { answersOf } from '../../src/cli/setup-answers.ts';
import { DEFAULT_ANSWERS } from '../../src/setup/answers.ts';

const FOLDER = { language: 'js', module: 'esm' } as const;

/** A terminal that types one answer to each question. */
class Typist {
  readonly input = Object.assign(new PassThrough(), { isTTY: true });
  readonly output = new PassThrough();
  readonly #answers: string[];
  text = '';

  constructor(...answers: string[]) {
    this.#answers = answers;
    this.output.setEncoding('utf8').on('data', (chunk: string) => {
      this.text += chunk;
      if (!/\]: $/.test(chunk.replaceAll(/\x1b\[[0-9;]*[A-Za-z]/g, ''))) return;
      const answer = this.#answers.shift();
      if (answer !== undefined) this.input.write(answer);
    });
  }

  get left(): number {
    return this.#answers.length;
  }
}

async function ask(flags: InitFlags, ...answers: string[]): Promise<{ flags: InitFlags; typist: Typist }> {
  const typist = new Typist(...answers);
  const asker = createAsker(typist);
  try {
    return { flags: await askOpen(flags, FOLDER, asker), typist };
  } finally {
    asker.close();
  }
}

describe('The questions of cognito-kit init', () => {
  it('have defaults, which an empty line takes', async () => {
    const { flags, typist } = await ask({}, ...Array.from({ length: 8 }, () => '\n'));
    expect(typist.left).to.equal(0);
    expect(flags).to.include({ local: false, transport: 'bearer', app: false });
    expect(answersOf(flags)).to.deep.equal(DEFAULT_ANSWERS);
    expect(typist.text).to.include('[email]: ').and.include('[optional]: ').and.include('[none]: ');
  });

  it('take the same defaults without a terminal', () => {
    const flags = withDefaults({}, FOLDER);
    expect(flags).to.include({ local: false, transport: 'bearer', app: false });
    expect(answersOf(flags)).to.deep.equal(DEFAULT_ANSWERS);
  });

  it('are complete for an app with managed login and passkeys', async () => {
    const { flags } = await ask(
      {},
      ...['local\n', 'username, email\n', 'off\n', 'example.com\n', 'shop-login\n', '\n', '\n', 'no\n'],
      ...['cookies\n', 'yes\n', 'ts\n', 'cjs\n'],
    );
    expect(flags).to.deep.equal({
      local: true,
      'sign-in-with': ['username', 'email'],
      mfa: 'off',
      passkeys: 'example.com',
      'domain-prefix': 'shop-login',
      'callback-url': ['http://localhost:3000/auth/callback'],
      'logout-url': ['http://localhost:3000/'],
      'no-secret': true,
      transport: 'cookies',
      app: true,
      language: 'ts',
      module: 'cjs',
    });
  });

  it('are repeated with the reason for an invalid answer', async () => {
    const { flags, typist } = await ask(
      { local: false, passkeys: 'example.com', 'no-secret': true, app: false },
      ...['mail\n', 'phoneNumber\n', 'role\n', 'arn:aws:iam::123456789012:role/sms\n', 'shop\n'],
      ...['required\n', 'off\n', 'my-aws-login\n', '\n', 'headers\n', 'bearer\n'],
    );
    expect(typist.left).to.equal(0);
    expect(flags).to.include({ mfa: 'off', transport: 'bearer', 'sms-external-id': 'shop' });
    for (const reason of [
      '--sign-in-with must be one of email, phoneNumber, username, not "mail"',
      'the SMS role must be an ARN',
      'passkeys cannot be combined with required MFA',
      'the domain prefix must have 1 to 63 lower-case letters',
      'Write bearer or cookies, not "headers".',
    ])
      expect(typist.text).to.include(reason);
  });

  it('do not include the sender of SMS for a local pool', async () => {
    const { flags, typist } = await ask(
      { local: true },
      'phoneNumber\n',
      ...Array.from({ length: 6 }, () => '\n'),
    );
    expect(typist.left).to.equal(0);
    expect(typist.text).to.not.include('IAM role');
    expect(answersOfInit(flags).sms).to.not.equal(undefined);
  });

  it('are skipped for options that were given', async () => {
    const given: InitFlags = {
      local: true,
      'sign-in-with': ['email'],
      mfa: 'required',
      'domain-prefix': 'shop',
      'callback-url': ['https://shop.example/auth/callback'],
      'logout-url': ['https://shop.example/'],
      'no-secret': true,
      transport: 'cookies',
      app: false,
    };
    const { flags, typist } = await ask(given);
    expect(flags).to.deep.equal(given);
    expect(typist.text).to.equal('');
  });

  for (const [way, typed] of [
    ['Ctrl+C', '\x03'],
    ['Ctrl+D', '\x04'],
  ] as const)
    it(`are cancelled by ${way}`, async () => {
      const error = await ask({ local: true }, '\n', typed).catch((cause: unknown) => cause);
      expect(error).to.be.instanceOf(Cancelled);
      expect((error as Error).message).to.equal('cancelled; nothing was created or written');
    });
});
