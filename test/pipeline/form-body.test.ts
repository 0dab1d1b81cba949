import { expect } from 'chai';
import express, { type RequestHandler } from 'express';
import type { Response } from 'supertest';
import type { Config } from '../../src/config/options.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { SAME_ORIGIN } from '../support/cookie-client.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const EMAIL = 'ada@example.com';
const SIGN_IN = `email=ada%40example.com&password=${PASSWORD}`;
const FORM = 'application/x-www-form-urlencoded';

let pool: LocalUserPool;
let users = 0;
before(async () => {
  pool = await startLocalUserPool({ quiet: true, users: [{ username: EMAIL, password: PASSWORD }] });
});
after(() => pool.close());

const bodies: Readonly<Record<string, unknown>>[] = [];

function start(config: Config = {}, parser?: RequestHandler): Promise<Kit> {
  return startKit({
    pool,
    config: {
      forms: true,
      hooks: { before: { signUp: keep, signIn: keep } },
      ...config,
    },
    app: (auth) => (parser ? express().use(parser) : express()).use('/auth', auth),
  });
}

function keep({ body }: { body: Readonly<Record<string, unknown>> }): void {
  bodies.push(body);
}

interface FormPost {
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function send(
  kit: Kit,
  path: string,
  body: string,
  { type = FORM, headers = SAME_ORIGIN }: FormPost = {},
): Promise<Response> {
  return kit.request.post(`/auth${path}`).set('Content-Type', type).set(headers).send(body);
}

const newEmail = (): string => `form-${++users}@example.com`;

const PARSERS: Readonly<Record<string, RequestHandler | undefined>> = {
  'the kit itself': undefined,
  'express.urlencoded() of the app': express.urlencoded(),
  'express.urlencoded({ extended: true }) of the app': express.urlencoded({ extended: true }),
  'express.text() of the app': express.text({ type: () => true }),
  'express.raw() of the app': express.raw({ type: () => true }),
};

for (const [name, parser] of Object.entries(PARSERS)) {
  describe(`A form that is read by ${name}`, () => {
    let kit: Kit;
    before(async () => {
      kit = await start(
        {
          writableAttributes: ['name', 'custom:a.b'],
          extraFields: { signUp: { terms: { type: 'boolean' }, seats: { type: 'number' }, inviteCode: {} } },
        },
        parser,
      );
    });
    beforeEach(() => bodies.splice(0));

    it('signs a user in', async () => {
      expectStatus(await send(kit, '/sign-in', SIGN_IN), 200);
      expectStatus(await send(kit, '/sign-in', SIGN_IN, { type: `${FORM};charset=UTF-8` }), 200);
    });

    it('has attributes with brackets or dots, and spaces and signs in values', async () => {
      for (const field of ['attributes[name]', 'attributes%5Bname%5D', 'attributes.name']) {
        const body = `email=${newEmail()}&password=${PASSWORD}&${field}=Ada+L%C3%B6%2B%26`;
        expectStatus(await send(kit, '/sign-up', body), 200);
        expect(bodies.at(-1)?.attributes).to.deep.equal({ name: 'Ada Lö+&' });
      }
    });

    it('keeps the dots in the name of an attribute within brackets', async () => {
      await send(kit, '/sign-up', `email=${newEmail()}&password=${PASSWORD}&attributes[custom:a.b]=x`);
      expect(bodies.at(-1)?.attributes).to.deep.equal({ 'custom:a.b': 'x' });
    });

    it('converts booleans and numbers, and leaves out optional fields that are empty', async () => {
      const empty = 'phoneNumber=&attributes[name]=&inviteCode=';
      const body = `email=${newEmail()}&password=${PASSWORD}&${empty}&terms=on&seats=12`;
      expectStatus(await send(kit, '/sign-up', body), 200);
      expect(bodies.at(-1)).to.include({ terms: true, seats: 12 }).and.not.have.keys('phoneNumber');
      expect(bodies.at(-1)).to.not.have.any.keys('phoneNumber', 'inviteCode');
      expect(bodies.at(-1)?.attributes).to.deep.equal({});
    });

    it('names the fields that are empty, unknown or of another type', async () => {
      const answer = expectProblem(
        await send(kit, '/sign-up', 'email=&password=x&terms=perhaps&seats=1e3&other='),
        'validation_failed',
      );
      expect(answer.body.errors).to.deep.equal([
        { path: '/email', message: 'must not be empty' },
        { path: '/terms', message: 'must be true or false' },
        { path: '/seats', message: 'must be a number' },
        { path: '/other', message: 'is not allowed' },
      ]);
    });

    it('is refused with a repeated field', async () => {
      for (const body of [
        `${SIGN_IN}&email=x`,
        `${SIGN_IN}&password=${PASSWORD}`,
        'a=1&a[b]=2',
        'a[b]=2&a[b]=3',
      ]) {
        expectProblem(await send(kit, '/sign-in', body), 'invalid_request');
      }
    });

    it('cannot change the prototype of a copy', async () => {
      for (const field of [
        '__proto__[email]',
        '__proto__.email',
        'attributes[__proto__][x]',
        'constructor[x]',
      ]) {
        const answer = await send(kit, '/sign-up', `${field}=x&password=${PASSWORD}`);
        expect(answer.status, field).to.equal(400);
      }
      expect(({} as { email?: string }).email).to.equal(undefined);
    });

    it('is refused if it is too large', async () => {
      const answer = await send(kit, '/sign-in', `${SIGN_IN}&x=${'x'.repeat(16 * 1024)}`);
      expectProblem(answer, 'body_too_large');
    });
  });
}

describe('A form', () => {
  it('is refused with percent-encoding that is not UTF-8, which would change a password', async () => {
    const kit = await start();
    for (const value of ['%FF', '%', '%E0%A4', '%zz']) {
      const answer = expectProblem(
        await send(kit, '/sign-in', `email=a%40b&password=${value}`),
        'invalid_request',
      );
      expect(answer.body.detail).to.equal('The form is not percent-encoded UTF-8.');
    }
    const raw = await kit.request
      .post('/auth/sign-in')
      .set('Content-Type', FORM)
      .set(SAME_ORIGIN)
      .serialize((text: unknown) => text as string)
      .send(Buffer.from([0x61, 0x3d, 0xff]) as unknown as string);
    expectProblem(raw, 'invalid_request');
  });

  it('is mapped by mapBody before its values are converted', async () => {
    const kit = await start({
      mapBody: {
        signIn: ({ user, _csrf, ...rest }) => ({ email: (user as { mail: string }).mail, ...rest }),
      },
    });
    expectStatus(await send(kit, '/sign-in', `user[mail]=${EMAIL}&password=${PASSWORD}&_csrf=x`), 200);
  });

  it('answers a challenge', async () => {
    const kit = await start();
    const { accessToken } = (await kit.signUpAndIn(newEmail())).tokens;
    expect(accessToken).to.be.a('string');
    const answer = await send(
      kit,
      '/challenge',
      'name=SMS_MFA&session=AYABeC1-example-session-0123456789&username=x&confirmationCode=123456',
    );
    expectProblem(answer, 'invalid_session');
    expectProblem(await send(kit, '/challenge', 'name=NO_SUCH'), 'validation_failed');
  });

  it('deletes an attribute with an empty value', async () => {
    const kit = await start({ writableAttributes: ['name', 'nickname'] });
    const { tokens } = await kit.signUpAndIn(newEmail());
    expectStatus(
      await kit.request
        .patch('/auth/me')
        .auth(tokens.accessToken, { type: 'bearer' })
        .send({ attributes: { nickname: 'Ada' } }),
      200,
    );
    const patch = kit.request.patch('/auth/me').auth(tokens.accessToken, { type: 'bearer' }).type('form');
    expectStatus(await patch.send('attributes[nickname]='), 200);
    const me = await kit.get('/me', tokens.accessToken);
    expect(me.body.attributes).to.not.have.property('nickname');
  });

  it('is documented with the refusal of the CSRF check', async () => {
    const kit = await start();
    const { body } = await kit.get('/openapi.json');
    const { requestBody, responses } = body.paths['/sign-in'].post;
    expect(requestBody.content).to.have.keys('application/json', FORM);
    expect(requestBody.content[FORM].schema).to.deep.equal(requestBody.content['application/json'].schema);
    expect(JSON.stringify(responses['403'])).to.include('cross_site_request');
  });

  it('is refused without the option, and the log names the option', async () => {
    const log = captureLog();
    const kit = await start({ forms: false, logger: log.logger });
    expectProblem(await send(kit, '/sign-in', SIGN_IN), 'unsupported_media_type');
    expect(log.text()).to.include('set forms: true').and.not.include(PASSWORD);
    log.clear();
    const multipart = await send(kit, '/sign-in', '--x--', { type: 'multipart/form-data; boundary=x' });
    expectProblem(multipart, 'unsupported_media_type');
    expect(log.text()).to.not.include('forms: true');
    const { body } = await kit.get('/openapi.json');
    expect(body.paths['/sign-in'].post.requestBody.content).to.have.keys('application/json');
  });

  it('is refused as multipart/form-data and in other charsets', async () => {
    const kit = await start();
    for (const type of ['multipart/form-data; boundary=x', `${FORM};charset=iso-8859-1`]) {
      const answer = expectProblem(await send(kit, '/sign-in', '--x--', { type }), 'unsupported_media_type');
      expect(answer.body.detail).to.include('not multipart/form-data');
    }
    const answer = expectProblem(
      await send(kit, '/sign-in', 'x', { type: 'text/plain' }),
      'unsupported_media_type',
    );
    expect(answer.body.detail).to.include('application/json or application/x-www-form-urlencoded');
  });
});

describe('The CSRF check of a form', () => {
  for (const transport of ['bearer', 'both', 'cookie'] as const) {
    it(`refuses a form of another site or of an unknown one with transport: '${transport}'`, async () => {
      const kit = await start({ transport });
      const headers: readonly Readonly<Record<string, string>>[] = [
        {},
        { 'Sec-Fetch-Site': 'cross-site' },
        { 'Sec-Fetch-Site': 'same-site' },
        { Origin: 'https://attacker.example' },
        { Origin: 'null' },
        { 'Sec-Fetch-Site': 'cross-site', 'Content-Type': `${FORM.toUpperCase()} ; charset=utf-8` },
      ];
      for (const each of headers) {
        expectProblem(await send(kit, '/sign-in', SIGN_IN, { headers: each }), 'cross_site_request');
        expectProblem(
          await send(kit, '/forgot-password', `email=${EMAIL}`, { headers: each }),
          'cross_site_request',
        );
      }
      expectStatus(await send(kit, '/sign-in', SIGN_IN), 200);
    });
  }

  it('accepts forms of trusted origins, with tokens in bodies too', async () => {
    const kit = await start({ trustedOrigins: ['https://www.example.com'] });
    const headers = { Origin: 'https://www.example.com', 'Sec-Fetch-Site': 'same-site' };
    expectStatus(await send(kit, '/sign-in', SIGN_IN, { headers }), 200);
  });

  it('leaves JSON with tokens in bodies alone', async () => {
    const kit = await start();
    expectStatus(await kit.post('/sign-in', { email: EMAIL, password: PASSWORD }), 200);
  });
});
