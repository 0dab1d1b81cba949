import { expect } from 'chai';
import type { Triggers } from '../../src/local/model/triggers.ts';
import { createCognitoRouter } from '../../src/router.ts';
import {
  answerWith,
  type FakeApp,
  type FakeCognito,
  startFakeCognito,
  succeed,
} from '../support/fake-cognito.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';

const HOUR = 3_600_000;

describe('POST /sign-up', () => {
  let kit: Kit;
  let open: Kit;

  before(async () => {
    kit = await startKit({
      pool: { pool: { Schema: [{ Name: 'plan', AttributeDataType: 'String' }] } },
      config: { writableAttributes: ['name', 'custom:plan'] },
    });
    open = await startKit({ pool: kit.pool, config: { concealUserExistence: false } });
  });
  after(() => Promise.all([kit.close(), open.close()]));

  it('sends a code that confirms the account', async () => {
    const email = 'ada@example.com';
    const signUp = await kit.post('/sign-up', { email, password: PASSWORD });
    expect(expectStatus(signUp, 200).body).to.include({ status: 'confirmation_required' });
    expectProblem(await kit.post('/sign-in', { email, password: PASSWORD }), 'invalid_credentials');

    const { code, medium } = await kit.pool.inbox.waitFor({ to: email, kind: 'sign_up' });
    expect(medium).to.equal('EMAIL');
    const confirmed = await kit.post('/confirm-sign-up', { email, confirmationCode: code });
    expect(expectStatus(confirmed, 200).body).to.deep.equal({ status: 'confirmed' });
    expect((await kit.post('/sign-in', { email, password: PASSWORD })).body.status).to.equal('complete');
  });

  it('stores the attributes of the request', async () => {
    const email = 'grace@example.com';
    const attributes = { name: 'Grace Hopper', 'custom:plan': 'free' };
    const body = { email, password: PASSWORD, phoneNumber: '+1 (415) 555-0123', attributes };
    expectStatus(await kit.post('/sign-up', body), 200);
    const { code } = await kit.pool.inbox.waitFor({ to: email });
    expectStatus(await kit.post('/confirm-sign-up', { email, confirmationCode: code }), 200);
    const { tokens } = (await kit.post('/sign-in', { email, password: PASSWORD })).body;
    const me = (await kit.get('/me', tokens.accessToken)).body;
    expect(me.attributes).to.deep.include({ ...attributes, phone_number: '+14155550123' });
    expect(me.attributes.phone_number_verified).to.equal(false);
  });

  it('refuses attributes that only the server can set', async () => {
    for (const name of ['email_verified', 'phone_number_verified', 'sub', 'custom:role', 'nickname']) {
      const attributes = { [name]: 'true' };
      const response = await kit.post('/sign-up', {
        email: 'eve@example.com',
        password: PASSWORD,
        attributes,
      });
      expect(expectProblem(response, 'validation_failed').body.errors[0].path).to.equal(
        `/attributes/${name}`,
      );
    }
    expect(kit.pool.inbox.list({ to: 'eve@example.com' })).to.deep.equal([]);
  });

  it('keeps the spaces in the password, and trims the address and the code', async () => {
    const password = '  Tr1cky pass word!';
    const email = 'spaces@example.com';
    expectStatus(await kit.post('/sign-up', { email: ` ${email} `, password: password.trim() }), 200);
    expect(kit.pool.inbox.list({ to: email })).to.have.length(1);
    const { code = '' } = kit.pool.inbox.latest({ to: email }) ?? {};
    expectStatus(await kit.post('/confirm-sign-up', { email, confirmationCode: ` ${code} ` }), 200);
    expectProblem(await kit.post('/sign-in', { email, password: 'Tr1ckypassword!' }), 'invalid_credentials');
    expectStatus(await kit.post('/sign-in', { email, password: password.trim() }), 200);
  });

  it('names the requirement that a password does not meet', async () => {
    const refused = [
      ['Sh0rt!', 'not long enough'],
      ['no-uppercase-7', 'uppercase'],
      ['NO-LOWERCASE-7', 'lowercase'],
      ['No-numbers-here', 'numeric'],
      ['NoSymbolsHere7', 'symbol'],
    ];
    for (const [password = '', reason = ''] of refused) {
      const response = await kit.post('/sign-up', { email: 'weak@example.com', password });
      expect(expectProblem(response, 'invalid_password').body.detail).to.include(reason);
    }
  });

  it('states the account status and the delivery with concealUserExistence: false', async () => {
    const email = 'edsger@example.com';
    const { body } = expectStatus(await open.post('/sign-up', { email, password: PASSWORD }), 200);
    expect(body).to.deep.equal({
      status: 'confirmation_required',
      userSub: kit.pool.inbox.latest({ to: email })?.username,
      delivery: { medium: 'EMAIL', destination: 'e***@e***', attribute: 'email' },
      session: body.session,
    });
    expectProblem(await open.post('/sign-up', { email, password: PASSWORD }), 'user_exists');
    expectProblem(await open.post('/sign-in', { email, password: PASSWORD }), 'user_not_confirmed');
    expectProblem(await open.post('/confirm-sign-up', { email, confirmationCode: 'wrong' }), 'code_mismatch');
    const resent = await open.post('/resend-confirmation-code', { email });
    expect(resent.body).to.deep.equal({ status: 'code_sent', delivery: body.delivery });
    const { code } = kit.pool.inbox.latest({ to: email }) ?? {};
    expectStatus(await open.post('/confirm-sign-up', { email, confirmationCode: code }), 200);
    expectProblem(await open.post('/confirm-sign-up', { email, confirmationCode: code }), 'conflict');
    expectProblem(await open.post('/resend-confirmation-code', { email }), 'conflict');
  });

  it('answers confirmation_required for an existing account, and changes nothing', async () => {
    const { email, password } = await kit.signUpAndIn();
    const sent = kit.pool.inbox.list({ to: email }).length;
    const again = await kit.post('/sign-up', { email: email.toUpperCase(), password: 'Another-one-8' });
    expect(expectStatus(again, 200).body).to.include({ status: 'confirmation_required' });
    expect(kit.pool.inbox.list({ to: email })).to.have.length(sent);
    expectStatus(await kit.post('/sign-in', { email, password }), 200);
    expectProblem(await kit.post('/sign-in', { email, password: 'Another-one-8' }), 'invalid_credentials');
  });
});

describe('A sign-up confirmation code', () => {
  let kit: Kit;

  before(async () => {
    kit = await startKit();
  });
  after(() => kit.close());

  async function newAccount(email: string): Promise<string> {
    expectStatus(await kit.post('/sign-up', { email, password: PASSWORD }), 200);
    return (await kit.pool.inbox.waitFor({ to: email })).code;
  }

  it('is accepted after a wrong one', async () => {
    const email = 'wrong@example.com';
    const code = await newAccount(email);
    const wrong = code === '000000' ? '000001' : '000000';
    expectProblem(await kit.post('/confirm-sign-up', { email, confirmationCode: wrong }), 'invalid_code');
    expectStatus(await kit.post('/confirm-sign-up', { email, confirmationCode: code }), 200);
  });

  it('is accepted once', async () => {
    const email = 'twice@example.com';
    const code = await newAccount(email);
    expectStatus(await kit.post('/confirm-sign-up', { email, confirmationCode: code }), 200);
    expectProblem(await kit.post('/confirm-sign-up', { email, confirmationCode: code }), 'invalid_code');
  });

  it('is refused for another account', async () => {
    const code = await newAccount('one@example.com');
    await newAccount('two@example.com');
    expectProblem(
      await kit.post('/confirm-sign-up', { email: 'two@example.com', confirmationCode: code }),
      'invalid_code',
    );
  });

  it('is replaced by a resent one', async () => {
    const email = 'again@example.com';
    const first = await newAccount(email);
    const resent = await kit.post('/resend-confirmation-code', { email });
    expect(expectStatus(resent, 200).body).to.deep.equal({ status: 'code_sent' });
    const codes = kit.pool.inbox.list({ to: email }).map(({ code }) => code);
    expect(codes).to.have.length(2);
    if (first !== codes[1]) {
      expectProblem(await kit.post('/confirm-sign-up', { email, confirmationCode: first }), 'invalid_code');
    }
    expectStatus(await kit.post('/confirm-sign-up', { email, confirmationCode: codes[1] }), 200);
  });

  it('expires after a day, and can be resent', async () => {
    const email = 'late@example.com';
    const code = await newAccount(email);
    kit.pool.clock.advance(24 * HOUR);
    expectProblem(await kit.post('/confirm-sign-up', { email, confirmationCode: code }), 'invalid_code');
    expectStatus(await kit.post('/resend-confirmation-code', { email }), 200);
    const { code: fresh } = kit.pool.inbox.latest({ to: email }) ?? {};
    expectStatus(await kit.post('/confirm-sign-up', { email, confirmationCode: fresh }), 200);
  });

  it('is reported as wrong or expired with concealUserExistence: false', async () => {
    const open = await startKit({ pool: kit.pool, config: { concealUserExistence: false } });
    const email = 'open@example.com';
    const code = await newAccount(email);
    const wrong = code === '000000' ? '000001' : '000000';
    expectProblem(await open.post('/confirm-sign-up', { email, confirmationCode: wrong }), 'code_mismatch');
    kit.pool.clock.advance(24 * HOUR);
    expectProblem(await open.post('/confirm-sign-up', { email, confirmationCode: code }), 'code_expired');
  });
});

describe('POST /sign-up with a phone number', () => {
  let kit: Kit;

  before(async () => {
    const pool = { UsernameAttributes: ['phone_number'], AutoVerifiedAttributes: ['phone_number'] } as const;
    kit = await startKit({ pool: { pool }, config: { signInWith: 'phoneNumber' } });
  });
  after(() => kit.close());

  it('normalises the number, and sends the code to it', async () => {
    const phoneNumber = '+14155550123';
    const body = { phoneNumber: '+1 415-555-0123', password: PASSWORD, email: 'ada@example.com' };
    expectStatus(await kit.post('/sign-up', body), 200);
    const { code, medium } = await kit.pool.inbox.waitFor({ to: phoneNumber });
    expect(medium).to.equal('SMS');
    expectStatus(await kit.post('/confirm-sign-up', { phoneNumber, confirmationCode: code }), 200);
    const { tokens } = (await kit.post('/sign-in', { phoneNumber: '+1.415.555.0123', password: PASSWORD }))
      .body;
    const { attributes } = (await kit.get('/me', tokens.accessToken)).body;
    expect(attributes).to.deep.include({ phone_number: phoneNumber, email: 'ada@example.com' });
  });

  it('requires an international phone number, and no other sign-in name', async () => {
    const missing = await kit.post('/sign-up', { email: 'ada@example.com', password: PASSWORD });
    expect(expectProblem(missing, 'validation_failed').body.errors[0].path).to.equal('/phoneNumber');
    expectProblem(
      await kit.post('/sign-in', { email: 'a@example.com', password: PASSWORD }),
      'validation_failed',
    );
    for (const phoneNumber of ['4155550123', '+0123456', '+1415x550123', '+']) {
      expectProblem(await kit.post('/sign-in', { phoneNumber, password: PASSWORD }), 'validation_failed');
    }
  });
});

describe('POST /sign-up with several kinds of sign-in names', () => {
  const aliases = { AliasAttributes: ['email', 'phone_number'], AutoVerifiedAttributes: ['email'] } as const;

  for (const signInWith of [
    ['username', 'email', 'phoneNumber'],
    ['email', 'username'],
  ] as const) {
    it(`creates the account under the chosen user name (signInWith: ${signInWith.join(', ')})`, async () => {
      const kit = await startKit({ pool: { pool: aliases }, config: { signInWith } });
      const [username, email] = ['ada', 'ada@example.com'];
      expectStatus(await kit.post('/sign-up', { username, email, password: PASSWORD }), 200);
      const { code, username: stored } = await kit.pool.inbox.waitFor({ to: email });
      expect(stored).to.equal(username);
      expectStatus(await kit.post('/confirm-sign-up', { username, confirmationCode: code }), 200);

      for (const name of [{ username }, { email }]) {
        const response = await kit.post('/sign-in', { ...name, password: PASSWORD });
        const me = await kit.get('/me', expectStatus(response, 200).body.tokens.accessToken);
        expect(me.body.username).to.equal(username);
      }
      const both = await kit.post('/sign-in', { username, email, password: PASSWORD });
      expectProblem(both, 'validation_failed');
      expectProblem(await kit.post('/sign-in', { password: PASSWORD }), 'validation_failed');
      await kit.close();
    });
  }

  it('gives an address of two accounts to the first one that verifies it', async () => {
    const kit = await startKit({ pool: { pool: aliases }, config: { signInWith: ['username', 'email'] } });
    const email = 'shared@example.com';
    const codes: string[] = [];
    for (const username of ['first', 'second']) {
      expectStatus(await kit.post('/sign-up', { username, email, password: PASSWORD }), 200);
      codes.push(kit.pool.inbox.latest({ username })?.code ?? '');
    }
    expectStatus(await kit.post('/confirm-sign-up', { username: 'first', confirmationCode: codes[0] }), 200);
    const second = await kit.post('/confirm-sign-up', { username: 'second', confirmationCode: codes[1] });
    expectProblem(second, 'alias_exists');
    const { tokens } = (await kit.post('/sign-in', { email, password: PASSWORD })).body;
    expect((await kit.get('/me', tokens.accessToken)).body.username).to.equal('first');
    await kit.close();
  });

  it('accepts an e-mail address or a phone number if the pool does', async () => {
    const pool = {
      UsernameAttributes: ['email', 'phone_number'],
      AutoVerifiedAttributes: ['email', 'phone_number'],
    } as const;
    const kit = await startKit({ pool: { pool }, config: { signInWith: ['email', 'phoneNumber'] } });
    for (const name of [{ email: 'ada@example.com' }, { phoneNumber: '+14155550123' }]) {
      expectStatus(await kit.post('/sign-up', { ...name, password: PASSWORD }), 200);
      const { code } = await kit.pool.inbox.waitFor({ to: Object.values(name)[0] ?? '' });
      expectStatus(await kit.post('/confirm-sign-up', { ...name, confirmationCode: code }), 200);
      expectStatus(await kit.post('/sign-in', { ...name, password: PASSWORD }), 200);
    }
    await kit.close();
  });
});

describe('POST /sign-up under the rules of a pool', () => {
  it('answers confirmed if a trigger confirms the account', async () => {
    const triggers: Triggers = {
      preSignUp: (event) => ({ ...event, response: { autoConfirmUser: true, autoVerifyEmail: true } }),
    };
    const kit = await startKit({ pool: { triggers }, config: { concealUserExistence: false } });
    const body = { email: 'ada@example.com', password: PASSWORD };
    const response = expectStatus(await kit.post('/sign-up', body), 200);
    expect(response.body).to.include({ status: 'confirmed' }).and.not.have.property('delivery');
    expectStatus(await kit.post('/sign-in', body), 200);
    await kit.close();
  });

  it('gives one response for an account that a trigger confirms and for an existing one', async () => {
    const triggers: Triggers = {
      preSignUp: (event) => ({ ...event, response: { autoConfirmUser: true } }),
    };
    const kit = await startKit({ pool: { triggers } });
    const body = { email: 'ada@example.com', password: PASSWORD };
    const answers = [await kit.post('/sign-up', body), await kit.post('/sign-up', body)];
    expect(
      answers.map((answer) => [answer.status, answer.text.replace(/,"session":"[\w-]+"/, '')]),
    ).to.deep.equal([
      [200, '{"status":"confirmation_required"}'],
      [200, '{"status":"confirmation_required"}'],
    ]);
    await kit.close();
  });

  it('returns the message of a trigger that refuses the user', async () => {
    const preSignUp = (): never => {
      throw new Error('Only addresses of example.com may sign up');
    };
    const kit = await startKit({ pool: { triggers: { preSignUp } } });
    const response = await kit.post('/sign-up', { email: 'ada@example.org', password: PASSWORD });
    const { detail } = expectProblem(response, 'rejected_by_pool').body;
    expect(detail).to.equal('Only addresses of example.com may sign up');
    await kit.close();
  });

  it('answers operation_not_available if only administrators can create users', async () => {
    const pool = { AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } };
    const kit = await startKit({ pool: { pool } });
    const response = await kit.post('/sign-up', { email: 'ada@example.com', password: PASSWORD });
    expectProblem(response, 'operation_not_available');
    await kit.close();
  });

  it('refuses attributes that the app client cannot write', async () => {
    const kit = await startKit({ pool: { appClient: { WriteAttributes: ['email'] } } });
    const body = { email: 'ada@example.com', password: PASSWORD };
    const response = await kit.post('/sign-up', { ...body, attributes: { name: 'Ada' } });
    expect(expectProblem(response, 'rejected_by_pool').body.detail).to.include('attributes');
    expectStatus(await kit.post('/sign-up', body), 200);
    await kit.close();
  });

  it('refuses a request without a required attribute', async () => {
    const pool = { Schema: [{ Name: 'name', Required: true }] };
    const kit = await startKit({ pool: { pool } });
    const body = { email: 'ada@example.com', password: PASSWORD };
    expectProblem(await kit.post('/sign-up', body), 'validation_failed');
    expectStatus(await kit.post('/sign-up', { ...body, attributes: { name: 'Ada' } }), 200);
    await kit.close();
  });
});

describe('Sign-up endpoints', () => {
  let fake: FakeCognito;
  let app: FakeApp;

  before(async () => {
    fake = await startFakeCognito();
    app = fake.app({
      hooks: { before: { signUp: () => ({ clientMetadata: { campaign: 'spring' } }) } },
    });
  });
  after(() => fake.close());

  it('ClientMetadata of a hook is sent for its endpoint only', async () => {
    fake.answer = succeed;
    await app.call('signUp');
    await app.call('confirmSignUp');
    expect(fake.requests.map(({ input }) => input.ClientMetadata)).to.deep.equal([
      { campaign: 'spring' },
      undefined,
    ]);
  });

  it('an answer without a user is an upstream error', async () => {
    fake.answer = answerWith({});
    expectProblem(await app.call('signUp'), 'upstream_error');
  });

  it('the routes option disables and moves endpoints', async () => {
    const kit = await startKit({ config: { routes: { signUp: false, confirmSignUp: '/verify' } } });
    const body = { email: 'ada@example.com', password: PASSWORD };
    expect((await kit.post('/sign-up', body)).status).to.equal(404);
    expectProblem(
      await kit.post('/verify', { email: 'a@example.com', confirmationCode: '1' }),
      'invalid_code',
    );
    const { paths } = (await kit.get('/openapi.json')).body;
    expect(paths).to.include.keys('/verify').and.not.have.any.keys('/sign-up', '/confirm-sign-up');
    await kit.close();
  });

  it('a route at the path of another endpoint is an invalid option', () => {
    const config = { userPoolId: 'us-east-1_a', clientId: 'b', routes: { signUp: '/sign-in' } };
    expect(() => createCognitoRouter(config)).to.throw(TypeError, 'routes.');
  });
});
