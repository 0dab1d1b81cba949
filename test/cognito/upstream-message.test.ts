import { expect } from 'chai';
import { EXCEPTION_NAMES } from '../../src/cognito/error-map.ts';
import { redactedMessage } from '../../src/cognito/upstream-message.ts';
import type { AuthEvent } from '../../src/config/events.ts';
import { ENDPOINTS } from '../../src/endpoints/table.ts';
import { atLeast } from '../support/at-least.ts';
import { type FakeCognito, fail, startFakeCognito } from '../support/fake-cognito.ts';
import { captureLog } from '../support/log-capture.ts';

const PASSWORD = 'plainwordsonly';
const INPUT = {
  ClientId: 'theclient',
  Username: 'ada@example.com',
  Password: PASSWORD,
  UserAttributes: [
    { Name: 'name', Value: 'Ada King Lovelace' },
    { Name: 'nickname', Value: 'Al' },
  ],
  ClientMetadata: { voucher: 'spring.sale' },
};

/** Messages as Cognito, a trigger or another server may write them, and what the log may hold of them. */
const REDACTED: readonly (readonly [what: string, message: string, logged: string])[] = [
  ['words of Cognito', 'Incorrect username or password.', 'Incorrect username or password.'],
  ['an apostrophe', "The user's pool doesn't allow it.", "The user's pool doesn't allow it."],
  [
    'an attribute by name',
    'Attributes did not conform to the schema: given_name: The attribute is required',
    'Attributes did not conform to the schema: given_name: The attribute is required',
  ],
  ['the sign-in name', 'User ada@example.com is unknown', 'User *** is unknown'],
  ['the sign-in name in capitals', 'User ADA@EXAMPLE.COM is unknown', 'User *** is unknown'],
  ['the local part of the name', 'No luck, ada!', 'No luck, ***!'],
  ['an address of another user', 'Taken by grace@example.org.', 'Taken by ***'],
  ['a phone number', 'No SMS to +49 151 2345 6789 today', 'No SMS to *** today'],
  ['a password of letters', `Bad value ${PASSWORD}`, 'Bad value ***'],
  ['a password within a word', `Bad value pw=${PASSWORD}x`, 'Bad value pw=***x'],
  ['a word of a name', 'Sorry Lovelace', 'Sorry ***'],
  ['a short value as a word', 'Sorry Al, not for Albert', 'Sorry ***, not for Albert'],
  ['client metadata', 'No voucher spring.sale', 'No voucher ***'],
  ['a code', 'Your code 123456 is old', 'Your code *** is old'],
  ['digits of another script', 'Your code ١٢٣٤٥٦ is old', 'Your code *** is old'],
  ['a token', 'Bad eyJraWQiOiJ4In0.eyJzdWIiOiIxIn0.c2ln', 'Bad ***'],
  ['a long word', `Bad ${'abcdefghij'.repeat(5)}`, 'Bad ***'],
  ['a quoted value', "Tenant 'Acme Rockets' is closed", 'Tenant *** is closed'],
  ['a value with a quote in it', "Value 'it's hidden' is wrong", 'Value *** is wrong'],
  ['a quote without an end', 'Tenant "Acme Rockets', 'Tenant ***'],
  [
    'a constraint',
    "1 validation error detected: Value 'hidden' at 'password' failed to satisfy constraint: Member must have length less than or equal to 256",
    "*** validation error detected: Value *** at 'password' failed to satisfy constraint: Member must have length less than or equal to ***",
  ],
  [
    'a constraint on an attribute',
    "Value at 'userAttributes.1.member.value' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\S]+",
    "Value at 'userAttributes.1.member.value' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\S]+",
  ],
  ['line breaks', 'one\n{"level":60}\r\u0000two', 'one *** two'],
  ['nothing', '', ''],
];

describe('redactedMessage', () => {
  for (const [what, message, logged] of REDACTED) {
    it(`leaves of ${what} only what the log may hold`, () => {
      expect(redactedMessage(message, INPUT)).to.equal(logged);
    });
  }

  it('cuts a value in another Unicode form out too', () => {
    expect(redactedMessage('User Jose\u0301 is blocked', { Username: 'Jos\u00e9' })).to.equal(
      'User *** is blocked',
    );
  });

  it('takes any value as text, not as a pattern', () => {
    for (const value of ['a+b(c', '[x]{y}', '\\w^$.|?*', '***', "it's", 'a-b/c']) {
      expect(redactedMessage(`Bad ${value} end`, { Password: value }), value).to.match(/^Bad \*{3} end$/);
    }
  });

  it('ends soon for the longest message and input', () => {
    const input = {
      Password: 'x'.repeat(16_000),
      Value: Array.from({ length: 2000 }, (_, i) => `word${i} `),
    };
    for (const text of ["'".repeat(9000), "' a".repeat(3000), 'x'.repeat(9000), "at '".repeat(3000)]) {
      const start = performance.now();
      expect(redactedMessage(text, input).length).to.be.at.most(500);
      expect(performance.now() - start).to.be.below(2000);
    }
  });
});

describe('Words of Cognito', () => {
  const log = captureLog();
  const events: AuthEvent[] = [];
  let fake: FakeCognito;
  before(async () => {
    fake = await startFakeCognito();
  });
  after(() => fake.close());
  beforeEach(() => {
    log.clear();
    events.length = 0;
  });
  const config = { logger: log.logger, onEvent: (event: AuthEvent) => void events.push(event) };

  const body = { email: 'ada@example.com', password: PASSWORD };
  const words = 'The request of *** with *** was refused.';

  it('are in the log and the event of each exception, without the values of the request', async () => {
    const app = fake.app(config);
    for (const name of atLeast(50, EXCEPTION_NAMES)) {
      fake.answer = fail(name, `The request of ada@example.com with ${PASSWORD} was refused.`);
      const { body: answer } = await app.call('signIn', body);
      const line = log.lines().find(({ requestId }) => requestId === answer.requestId);
      // Words about the server's own AWS credentials may quote them.
      const upstreamMessage = name === 'AccessDeniedException' ? undefined : words;
      expect(line?.exception, name).to.equal(name);
      expect(line?.upstreamMessage, name).to.equal(upstreamMessage);
      expect(events.at(-1), name).to.include({ exception: name, upstreamMessage });
    }
    expect(log.text()).to.not.include(PASSWORD);
  });

  it('are in the log even if the SDK does not know the exception yet', async () => {
    fake.answer = fail('PoolAsleepException', 'The pool is asleep.');
    await fake.app(config).call('signIn', body);
    expect(log.lines().at(-1)).to.include({ upstreamMessage: 'The pool is asleep.', level: 50 });
  });

  it('are in the log of a masked answer', async () => {
    fake.answer = fail('UserNotFoundException', 'Username/client id combination not found.');
    const { status } = await fake.app(config).call('forgotPassword', { email: 'ada@example.com' });
    expect(status).to.equal(200);
    expect(log.lines().at(-1)).to.include({ upstreamMessage: 'Username/client id combination not found.' });
  });

  it('are in the log of a refused refresh, also of one that another request made', async () => {
    fake.answer = fail('NotAuthorizedException', 'Refresh Token has been revoked');
    const app = fake.app(config);
    const refreshToken = 'arefreshtoken';
    await Promise.all([app.call('refresh', { refreshToken }), app.call('refresh', { refreshToken })]);
    expect(log.lines().map(({ upstreamMessage }) => upstreamMessage)).to.deep.equal([
      'Refresh Token has been revoked',
      'Refresh Token has been revoked',
    ]);
  });

  it('are in the log behind a refusal in words of the kit', async () => {
    fake.answer = fail('NotAuthorizedException', 'Refresh Token has expired');
    const emulator: FakeCognito['answer'] = (request, res) =>
      (request.operation === 'InitiateAuth'
        ? fail('NotAuthorizedException', 'Too old.')
        : fail('UnknownOperationException', ''))(request, res);
    fake.answer = emulator;
    await fake.app(config).call('refresh', { refreshToken: 'another' });
    expect(log.lines().at(-1)).to.include({ code: 'invalid_refresh_token', upstreamMessage: 'Too old.' });
  });

  it('are absent from the log line of a success', async () => {
    fake.answer = fail('NotAuthorizedException', 'Access Token has been revoked');
    await fake.app(config).call('health');
    expect(log.lines().at(-1)).to.not.have.property('upstreamMessage');
  });

  it('come with the level warn if a hint tells the operator of a mend', async () => {
    const app = fake.app(config);
    fake.answer = fail('WebAuthnOriginNotAllowedException', 'Origin not allowed.');
    await app.call('addPasskey');
    expect(log.lines().at(-1)).to.include({
      level: 40,
      msg: 'request',
      upstreamMessage: 'Origin not allowed.',
    });
    fake.answer = fail('CodeMismatchException', 'Invalid verification code provided, please try again.');
    await app.call('confirmSignUp');
    expect(log.lines().at(-1)).to.include({ level: 30, msg: 'request' });
  });

  it('lack every value of the request at every endpoint, though Cognito quotes the whole input', async () => {
    const quoted: string[] = [];
    fake.answer = (request, res) => {
      const values = valuesIn(request.input);
      quoted.push(...values);
      fail('InvalidParameterException', `The values ${values.join(' and ')} are wrong.`)(request, res);
    };
    const app = fake.app({ ...config, concealUserExistence: false });
    for (const { name } of ENDPOINTS) await app.call(name);
    const lines = log.lines().filter(({ upstreamMessage }) => upstreamMessage !== undefined);
    expect(lines).to.have.lengthOf.above(25);
    for (const { upstreamMessage } of lines) expect(upstreamMessage).to.match(/^The values .* are wrong\.$/);
    const text = JSON.stringify([
      lines.map(({ upstreamMessage }) => upstreamMessage),
      events.map(({ upstreamMessage }) => upstreamMessage),
    ]);
    for (const value of atLeast(20, [...new Set(quoted)])) expect(text).to.not.include(value);
  });
});

/** The values of an input that a user or the server has given. */
function valuesIn(input: unknown): string[] {
  if (typeof input === 'string') return [input];
  if (typeof input !== 'object' || input === null) return [];
  const words = [
    'AuthFlow',
    'ClientId',
    'Name',
    'AttributeName',
    'UserAttributeNames',
    'ChallengeName',
    'UserPoolId',
  ];
  return Object.entries(input).flatMap(([name, value]) =>
    [...words, 'DeviceRememberedStatus', 'FeedbackValue', 'PREFERRED_CHALLENGE'].includes(name)
      ? []
      : valuesIn(value),
  );
}
