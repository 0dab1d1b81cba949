import { expect } from 'chai';
import { parseConfig } from '../../src/config/settings.ts';
import { loadJoi } from '../../src/endpoints/joi.ts';
import { validateBody } from '../../src/pipeline/validation.ts';
import type { FieldError } from '../../src/shared/problem.ts';
import { atLeast } from '../support/at-least.ts';
import { type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { SAMPLE_POSTS, SAMPLE_REQUESTS, type SampleRequest } from '../support/requests.ts';

await loadJoi();

const SETTINGS = parseConfig(
  {
    userPoolId: 'us-east-1_AbCdEfGhI',
    clientId: 'abc',
    writableAttributes: ['name', 'email', 'custom:plan'],
  },
  {},
);

type Settings = typeof SETTINGS;

const schemas = new Map<string, ReturnType<NonNullable<SampleRequest['endpoint']['body']>>>();

function check({ endpoint }: SampleRequest, body: unknown, settings: Settings = SETTINGS) {
  const key = `${endpoint.name} ${settings.signInWith} ${settings.writableAttributes}`;
  const schema = schemas.get(key) ?? endpoint.body?.(settings);
  if (!schema) throw new Error(`${endpoint.name} takes no body.`);
  schemas.set(key, schema);
  return validateBody(schema, body);
}

function errorsOf(request: SampleRequest, body: unknown, settings?: Settings): readonly FieldError[] {
  const checked = check(request, body, settings);
  if (!('problem' in checked)) throw new Error(`${request.title} accepted ${JSON.stringify(body)}`);
  expect(checked.problem.status).to.equal(400);
  return checked.problem.errors ?? [];
}

function accepted(request: SampleRequest, body: unknown, settings?: Settings): Record<string, unknown> {
  const checked = check(request, body, settings);
  if ('problem' in checked) throw new Error(`${request.title}: ${JSON.stringify(checked.problem)}`);
  return checked.body as Record<string, unknown>;
}

function sample(title: string): SampleRequest & { body: object } {
  const found = SAMPLE_POSTS.find((request) => request.title === title);
  if (!found) throw new Error(`There is no ${title}.`);
  return found;
}

/** Spellings of a member name that an exact comparison misses. */
function disguises(name: string): string[] {
  return [
    name,
    name.toUpperCase(),
    name.replace(/(^|_)(\w)/g, (_all, gap, letter) => gap + letter.toUpperCase()),
    name.replace(/_(\w)/g, (_all, letter) => letter.toUpperCase()),
    ` ${name}`,
    `${name} `,
    `${name}\t`,
    `${name}\0`,
    `\u200b${name}`,
    `${name}\ufeff`,
    name.replaceAll('_', '\uff3f'),
    name.replaceAll('e', '\u0435'),
    name.replaceAll('_', '\u00ad_'),
    name.replace('i', '\u0131'),
    name.replaceAll('e', 'e\u0301'),
    name.split('').join('\u200d'),
    `custom:${name}`,
    `dev:${name}`,
    `userAttributes.${name}`,
    `attributes.${name}`,
    `attributes[${name}]`,
    `"${name}"`,
    `/${name}`,
  ];
}

for (const request of atLeast(20, SAMPLE_POSTS)) {
  const { title, body } = request;
  describe(`The body of ${title}`, () => {
    it('is accepted in the form of the docs', () => {
      expect(accepted(request, body)).to.deep.equal(body);
    });

    it('is refused with an unknown member', () => {
      expect(errorsOf(request, { ...body, extra: 1 })).to.deep.equal([
        { path: '/extra', message: 'is not allowed' },
      ]);
      for (const name of [
        'ClientMetadata',
        'clientMetadata',
        'constructor',
        'toString',
        'hasOwnProperty',
        '',
      ]) {
        expect(errorsOf(request, { ...body, [name]: 'x' })).to.have.lengthOf(1);
      }
    });

    for (const name of ['email_verified', 'phone_number_verified']) {
      it(`is refused with ${name} in any place and spelling`, () => {
        for (const member of disguises(name)) {
          for (const value of ['true', true, { Name: member, Value: 'true' }]) {
            const member_ = { [member]: value };
            const wrong = [
              member_,
              { attributes: member_ },
              { attributes: { name: 'Ada', ...member_ } },
              { attributes: { name: member_ } },
              { attributes: [member_] },
              { attributes: [{ Name: member, Value: 'true' }] },
              { userAttributes: member_ },
              { UserAttributes: [{ Name: member, Value: 'true' }] },
              { attributes: { attributes: member_ } },
            ];
            for (const more of wrong) errorsOf(request, { ...body, ...more });
          }
        }
      });
    }

    it('is refused without its values in the problem', () => {
      const marked = 'Marked5ecret';
      const values = [
        marked,
        `${marked}\0`,
        `${marked}\ud800`,
        [marked],
        { [marked]: marked },
        marked.repeat(900),
      ];
      const names = [...Object.keys(body), 'attributes', marked, `x-${marked}`, 'zz'];
      for (const name of names) {
        for (const value of values) {
          const checked = check(request, { ...body, [name]: value });
          if ('problem' in checked) expect(JSON.stringify(checked.problem)).to.not.include(marked);
        }
      }
    });

    it('is refused if a text member is not a string, is malformed or is too long', () => {
      for (const [name, was] of Object.entries(body)) {
        if (typeof was !== 'string' || name === 'name') continue;
        for (const value of [1, true, null, [], {}, [was]]) {
          expect(errorsOf(request, { ...body, [name]: value }), name).to.deep.equal([
            { path: `/${name}`, message: 'must be a string' },
          ]);
        }
        for (const value of [`${was}\0`, `${was}\ud800`, `\udc00${was}`])
          errorsOf(request, { ...body, [name]: value });
        errorsOf(request, { ...body, [name]: 'x'.repeat(8193) });
      }
    });
  });
}

describe('The sample requests', () => {
  it('have a body at exactly the endpoints that accept one', () => {
    for (const { endpoint, body } of atLeast(40, SAMPLE_REQUESTS))
      expect(endpoint.body === undefined).to.equal(body === undefined);
  });
});

describe('A validation error', () => {
  it('names an unknown member only if it looks like a member name', () => {
    const request = sample('signIn');
    const paths = (name: string) => errorsOf(request, { ...request.body, [name]: 1 }).map(({ path }) => path);
    expect(paths('emial')).to.deep.equal(['/emial']);
    expect(paths('email_verified')).to.deep.equal(['/email_verified']);
    expect(paths('custom:plan')).to.deep.equal(['/custom:plan']);
    for (const name of ['123456', 'Correct-horse-7', 'eyJraWQiOiJ4', 'a b', '<b>', 'ü', 'x'.repeat(33)]) {
      expect(paths(name)).to.deep.equal(['/?']);
    }
  });

  it('is one of at most 20 in a problem', () => {
    const request = sample('signUp');
    const many = Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`x${i}`, i]));
    expect(errorsOf(request, { ...request.body, ...many })).to.have.lengthOf(20);
  });

  it('replaces the list of errors if the body has more than 100 members', () => {
    const request = sample('signUp');
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`x${i}`, i]));
    for (const body of [
      many,
      { ...request.body, attributes: many },
      { ...request.body, password: Object.keys(many) },
    ]) {
      expect(check(request, body)).to.have.nested.property('problem.code', 'invalid_request');
    }
  });
});

describe('A user attribute in a body', () => {
  const request = sample('signUp');
  const withAttributes = (attributes: object) => ({ ...request.body, attributes });

  it('is accepted by default if it is a writable standard attribute', () => {
    const settings = parseConfig({ userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'abc' }, {});
    const attributes = { name: 'Ada', family_name: 'Lovelace', birthdate: '1815-12-10', locale: 'en' };
    expect(accepted(request, withAttributes(attributes), settings).attributes).to.deep.equal(attributes);
    for (const name of [
      'custom:plan',
      'sub',
      'identities',
      'cognito:groups',
      'updated_at',
      'email_verified',
    ]) {
      errorsOf(request, withAttributes({ [name]: 'x' }), settings);
    }
  });

  it('is accepted as a custom attribute if writableAttributes has it', () => {
    expect(accepted(request, withAttributes({ 'custom:plan': 'free' })).attributes).to.deep.equal({
      'custom:plan': 'free',
    });
    for (const name of ['custom:role', 'custom:Plan', 'plan', 'custom:plan ', 'dev:custom:plan']) {
      errorsOf(request, withAttributes({ [name]: 'x' }));
    }
  });

  it('is refused if its value is not a string or exceeds 2,048 characters', () => {
    accepted(request, withAttributes({ name: 'x'.repeat(2048) }));
    for (const name of ['x'.repeat(2049), 7, true, null, ['x'], {}])
      errorsOf(request, withAttributes({ name }));
  });

  it('is accepted only by signUp, updateMe and the NEW_PASSWORD_REQUIRED challenge', () => {
    const accepting = SAMPLE_POSTS.filter(
      (sent) => !('problem' in check(sent, { ...sent.body, attributes: { name: 'x' } })),
    );
    expect(accepting.map(({ title }) => title)).to.deep.equal([
      'signUp',
      'challenge NEW_PASSWORD_REQUIRED',
      'updateMe',
    ]);
  });
});

describe('A sign-in name', () => {
  const body = (email: unknown) => ({ email, password: PASSWORD });
  const as = (signInWith: 'phoneNumber' | 'username' | ['email', 'username']): Settings =>
    parseConfig({ userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'abc', signInWith }, {});
  const signIn = sample('signIn');

  it('is trimmed and normalized if it is an e-mail address', () => {
    expect(accepted(signIn, body('  Ada@Example.com\n')).email).to.equal('Ada@Example.com');
    expect(accepted(signIn, body('jose\u0301@example.com')).email).to.equal('jos\u00e9@example.com');
    for (const email of [
      'ada',
      'ada@',
      '@example.com',
      'a b@example.com',
      'ada@example.com, eve@example.com',
      '',
    ]) {
      errorsOf(signIn, body(email));
    }
    errorsOf(signIn, body(`${'a'.repeat(120)}@example.com`));
  });

  it('is converted to E.164 if it is a phone number', () => {
    const phone = (phoneNumber: string) => ({ phoneNumber, password: PASSWORD });
    const settings = as('phoneNumber');
    for (const spelling of [
      '+14155550123',
      ' +1 (415) 555-0123 ',
      '+1.415.555.0123',
      '+1\u00a0415\u00a0555 0123',
      '+١٤١٥٥٥٥٠١٢٣',
    ]) {
      expect(accepted(signIn, phone(spelling), settings).phoneNumber).to.equal('+14155550123');
    }
    for (const wrong of ['14155550123', '+0415555', '+1415555012345678', '++14155550123', '+1415x550123']) {
      errorsOf(signIn, phone(wrong), settings);
    }
  });

  it('is trimmed, normalized and refused with a space if it is a user name', () => {
    const name = (username: string) => ({ username, password: PASSWORD });
    const settings = as('username');
    expect(accepted(signIn, name(' ada '), settings).username).to.equal('ada');
    expect(accepted(signIn, name('jose\u0301'), settings).username).to.equal('jos\u00e9');
    for (const wrong of ['ada lovelace', 'a\u200cda', 'a\u0007da', 'x'.repeat(129), ' '])
      errorsOf(signIn, name(wrong), settings);
  });

  it('is required exactly once if signInWith allows several kinds', () => {
    const settings = as(['email', 'username']);
    accepted(signIn, { email: 'ada@example.com', password: PASSWORD }, settings);
    accepted(signIn, { username: 'ada', password: PASSWORD }, settings);
    expect(errorsOf(signIn, { password: PASSWORD }, settings)).to.deep.equal([
      { path: '', message: 'one of email, username is required' },
    ]);
    expect(
      errorsOf(signIn, { email: 'ada@example.com', username: 'ada', password: PASSWORD }, settings),
    ).to.deep.equal([{ path: '', message: 'only one of email, username is allowed' }]);
  });

  it('is refused if signInWith has another kind', () => {
    errorsOf(signIn, { username: 'ada', password: PASSWORD });
    errorsOf(signIn, { email: 'ada@example.com', password: PASSWORD }, as('username'));
  });
});

describe('A password', () => {
  const PASSWORDS = [
    '  inner  and outer spaces  ',
    'emoji \u{1f511}\u{1f469}\u200d\u{1f4bb} and \u00fcml\u00e4ut',
    'e\u0301 decomposed, \u00e9 composed',
    '\u202eright to left',
    '\ttab\nand line feed',
    '\uff21\uff22\uff23 fullwidth',
    '{"json":true}',
    'x'.repeat(256),
    ' ',
  ];

  for (const { title, member } of [
    { title: 'signUp', member: 'password' },
    { title: 'signIn', member: 'password' },
    { title: 'confirmForgotPassword', member: 'newPassword' },
    { title: 'changePassword', member: 'oldPassword' },
    { title: 'changePassword', member: 'newPassword' },
    { title: 'challenge NEW_PASSWORD_REQUIRED', member: 'newPassword' },
  ]) {
    it(`is accepted unchanged as ${member} of ${title}`, () => {
      const request = sample(title);
      for (const password of PASSWORDS) {
        expect(accepted(request, { ...request.body, [member]: password })[member]).to.equal(password);
      }
    });

    it(`is refused as ${member} of ${title} if it is empty or exceeds 256 characters`, () => {
      const request = sample(title);
      expect(errorsOf(request, { ...request.body, [member]: 'x'.repeat(257) })).to.deep.equal([
        { path: `/${member}`, message: 'must be at most 256 characters long' },
      ]);
      expect(errorsOf(request, { ...request.body, [member]: '' })).to.deep.equal([
        { path: `/${member}`, message: 'must not be empty' },
      ]);
    });
  }

  it('reaches Cognito unchanged', async () => {
    const passwords: unknown[] = [];
    const client = {
      send: async ({ input }: { input: { AuthParameters: { PASSWORD: string } } }) => {
        passwords.push(input.AuthParameters.PASSWORD);
        throw Object.assign(new Error('no'), { name: 'NotAuthorizedException' });
      },
    };
    const kit = await startKit({ config: { cognitoClient: client as never } });
    for (const password of PASSWORDS) await kit.post('/sign-in', { email: 'ada@example.com', password });
    expect(passwords).to.deep.equal(PASSWORDS);
  });
});

describe('The attributes email_verified and phone_number_verified', () => {
  let kit: Kit;
  let accessToken: string;
  before(async () => {
    kit = await startKit();
    ({ accessToken } = (await kit.signUpAndIn()).tokens);
    await kit.auth.ready();
    kit.pool.requests.clear();
  });

  for (const { title, method, path, body } of SAMPLE_POSTS) {
    it(`are refused by ${title} before any call to Cognito`, async () => {
      for (const name of ['email_verified', 'phone_number_verified']) {
        for (const more of [
          { [name]: 'true' },
          { attributes: { [name]: 'true' } },
          { attributes: { [name.toUpperCase()]: 'true' } },
        ]) {
          const request = kit.request[method](path).set('Authorization', `Bearer ${accessToken}`);
          const response = await request.send({ ...body, ...more });
          expect(response.body.code).to.equal('validation_failed');
        }
      }
      expect(kit.pool.requests.count()).to.equal(0);
    });
  }
});
