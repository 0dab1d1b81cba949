import { expect } from 'chai';
import { isFixedText } from '../../src/cognito/fixed-texts.ts';
import { redactedMessage } from '../../src/cognito/upstream-message.ts';
import { atLeast } from '../support/at-least.ts';
import { UPSTREAM_TEXTS } from '../support/upstream-texts.ts';

const attributes = (...values: string[]) => ({
  UserAttributes: values.map((Value) => ({ Name: 'name', Value })),
});

/** A value of the request, the form in which a message has it, and what the log may hold. */
const FORMS: readonly (readonly [what: string, input: object, message: string, logged: string])[] = [
  ['a Turkish dotted İ in lower case', { Username: 'İnciTan' }, 'User i̇ncitan is gone', 'User *** is gone'],
  ['a Turkish dotted İ as a plain i', { Username: 'İnciTan' }, 'User incitan is gone', 'User *** is gone'],
  ['a plain i in upper case of Turkish', { Username: 'incitan' }, 'User İNCİTAN is gone', 'User *** is gone'],
  ['a Turkish dotless ı in upper case', { Username: 'ışıl' }, 'User IŞIL is gone', 'User *** is gone'],
  ['ß in upper case', { Username: 'Strauß' }, 'User STRAUSS is gone', 'User *** is gone'],
  ['SS in place of ß', { Username: 'STRASSE' }, 'User Straße is gone', 'User *** is gone'],
  ['a final sigma', { Username: 'Οδυσσεύς' }, 'User ΟΔΥΣΣΕΎΣ is gone', 'User *** is gone'],
  ['a ligature', { Username: 'ﬁnn' }, 'User FINN is gone', 'User *** is gone'],
  ['wide letters', { Username: 'ａｄａ' }, 'User ada is gone', 'User *** is gone'],
  ['ß before other words', { Username: 'lovelace' }, 'Straße of Lovelace, ß', 'Straße of ***, ß'],
  ['a name in a text without spaces', { Username: '李明' }, '用户李明不存在', '用户***不存在'],
  ['a name of one sign among others', attributes('李 明'), 'Sorry 明', 'Sorry ***'],
  ['a name of two letters among others', attributes('Li Bo'), 'Sorry Bo', 'Sorry ***'],
  ['a name of one letter', { Username: 'x' }, 'Sorry x, not xylo', 'Sorry ***, not xylo'],
  ['a part of an address', { Username: 'ada.lovelace@acme.example' }, 'Sorry Lovelace', 'Sorry ***'],
  ['the domain of an address', { Username: 'ada@acme.example' }, 'Tenant acme.example?', 'Tenant ***?'],
  [
    'JSON with escaped letters',
    { Username: 'Zoë' },
    String.raw`Refused {code:denied, who:Zo\u00eb}`,
    'Refused {code:denied, who:***}',
  ],
  [
    'JSON with letters only in its escapes',
    { Username: 'ꯍꯎ' },
    String.raw`Refused who:\uabcd\uabce!`,
    'Refused who:***!',
  ],
  ['JSON with an escaped slash', { Username: 'top/secret' }, String.raw`Bad top\/secret end`, 'Bad *** end'],
  ['JSON with an escaped quote', { Password: 'on"top"' }, String.raw`Bad on\"top\" end`, 'Bad *** end'],
  [
    'JSON with an escaped backslash',
    { Password: String.raw`do\main` },
    String.raw`Bad do\\main end`,
    'Bad *** end',
  ],
  ['a URL', { Username: 'κα' }, 'Bad ?n=%CE%BA%CE%B1 end', 'Bad ?n=*** end'],
  ['a URL in lower case', { Password: 'bad?&/word' }, 'Bad bad%3f%26%2fword end', 'Bad *** end'],
  ['a form', attributes('Ada Lovelace-Byron'), 'Bad name=Ada+Lovelace-Byron end', 'Bad name=*** end'],
  ['HTML', { Password: 'salt&pepper' }, 'Bad salt&amp;pepper end', 'Bad *** end'],
  ['HTML with an entity for a letter', { Username: 'Jürgen' }, 'Bad J&uuml;rgen end', 'Bad *** end'],
  [
    'the path of a member',
    { Username: 'topsecret' },
    "Value at 'topsecret.member' failed to satisfy constraint",
    'Value at *** failed to satisfy constraint',
  ],
];

describe('A message with a value of the request', () => {
  for (const [what, input, message, logged] of FORMS) {
    it(`lacks the value in the log: ${what}`, () => {
      expect(redactedMessage(message, input)).to.equal(logged);
    });
  }

  it('keeps the path of a constraint only if the input has these members', () => {
    const constraint = (path: string) => `Value at '${path}' failed to satisfy constraint`;
    const input = { Password: 'x', UserAttributes: [{ Name: 'name', Value: 'Ada' }] };
    for (const path of ['password', 'userAttributes.1.member.value', 'userAttributes.12.member.name']) {
      expect(redactedMessage(constraint(path), input)).to.equal(constraint(path));
    }
    for (const path of ['hunter', 'userAttributes.1.member.hunter', 'password.hunter', 'password.1234']) {
      expect(redactedMessage(constraint(path), input)).to.not.match(/hunter|1234/);
    }
  });
});

describe('A fixed text of Cognito', () => {
  it('is logged whole, because a cut word would tell that a value is this word', () => {
    const input = {
      AuthParameters: { USERNAME: 'user', PASSWORD: 'password' },
      Username: 'username',
      Password: 'incorrect',
    };
    for (const text of [
      'Incorrect username or password.',
      'User is disabled.',
      'Password attempts exceeded',
    ]) {
      expect(redactedMessage(text, input)).to.equal(text);
    }
  });

  it('stays redacted if a value follows it', () => {
    const message = 'Incorrect username or password. plainwords';
    expect(redactedMessage(message, { Password: 'plainwords' })).to.equal(
      'Incorrect username or password. ***',
    );
  });

  it('is one of those that the error map is tested with, and has no variable part', () => {
    const fixed = UPSTREAM_TEXTS.map(([, , text]) => text).filter(isFixedText);
    for (const text of atLeast(50, fixed)) expect(redactedMessage(text, {})).to.equal(text);
  });
});

describe('A passphrase', () => {
  const input = { Password: 'correct horse battery staple', Username: 'ada' };

  it('is cut as a whole', () => {
    expect(redactedMessage('Bad Correct Horse Battery Staple!', input)).to.equal('Bad ***!');
  });

  it('does not show its words by gaps in a text of a trigger', () => {
    const message = 'The answer is not correct.';
    expect(redactedMessage(message, input)).to.equal(message);
  });
});

describe('The redaction of a long message', () => {
  it('ends within 2 seconds for values in every encoding', () => {
    const input = attributes(...Array.from({ length: 300 }, (_, i) => `${'ß"&é/'.repeat(20)}${i}`));
    const start = performance.now();
    redactedMessage(String.raw`ß\"&amp;%C3%9F+`.repeat(500), input);
    expect(performance.now() - start).to.be.below(2000);
  });
});
