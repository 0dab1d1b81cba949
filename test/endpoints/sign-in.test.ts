import { expect } from 'chai';
import type { LocalUserPool } from '../../src/local/local-user-pool.ts';
import {
  answerWith,
  type FakeApp,
  type FakeCognito,
  startFakeCognito,
  succeed,
} from '../support/fake-cognito.ts';
import {
  claimsOf,
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';

describe('POST /sign-in', () => {
  let kit: Kit;
  let pool: LocalUserPool;

  before(async () => {
    kit = await startKit();
    pool = kit.pool;
    pool.addUser({ username: 'ada@example.com', password: PASSWORD, groups: ['admin'] });
  });
  after(() => kit.close());

  it('returns the tokens of the user', async () => {
    const response = await kit.post('/sign-in', { email: 'ada@example.com', password: PASSWORD });
    const { status, tokens, ...rest } = expectStatus(response, 200).body;
    expect(rest).to.deep.equal({});
    expect(status).to.equal('complete');
    expect(tokens).to.have.all.keys('accessToken', 'idToken', 'refreshToken', 'expiresIn', 'tokenType');
    expect(tokens).to.include({ expiresIn: 3600, tokenType: 'Bearer' });
    expect(response.headers['cache-control']).to.equal('no-store');
    expect(claimsOf(tokens.accessToken)).to.deep.include({
      token_use: 'access',
      'cognito:groups': ['admin'],
    });
    expect(claimsOf(tokens.idToken)).to.include({ token_use: 'id', email: 'ada@example.com' });
  });

  it('ignores the case of the address, but not of the password', async () => {
    const body = { email: 'Ada@EXAMPLE.com', password: PASSWORD };
    expectStatus(await kit.post('/sign-in', body), 200);
    const wrong = { ...body, password: PASSWORD.toUpperCase() };
    expectProblem(await kit.post('/sign-in', wrong), 'invalid_credentials');
  });

  it('passes the password on unchanged: not trimmed, not normalised', async () => {
    const decomposed = 'Cafe\u0301-horse-7';
    pool.addUser({ username: 'accent@example.com', password: decomposed });
    const email = 'accent@example.com';
    expectStatus(await kit.post('/sign-in', { email, password: decomposed }), 200);
    for (const other of [decomposed.normalize('NFC'), ` ${decomposed}`, `${decomposed} `]) {
      expect((await kit.post('/sign-in', { email, password: other })).status).to.be.oneOf([400, 401]);
    }
  });

  it('finds an address in another Unicode normalisation form', async () => {
    pool.addUser({ username: 'zoë@example.com', password: PASSWORD });
    const email = 'zoë@example.com'.normalize('NFD');
    expectStatus(await kit.post('/sign-in', { email, password: PASSWORD }), 200);
  });

  it('names the reason of a failure with concealUserExistence: false', async () => {
    const open = await startKit({ pool, config: { concealUserExistence: false } });
    pool.addUser({ username: 'new@example.com', password: PASSWORD, status: 'UNCONFIRMED' });
    pool.addUser({ username: 'reset@example.com', password: PASSWORD, status: 'RESET_REQUIRED' });
    const password = PASSWORD;
    expectProblem(await open.post('/sign-in', { email: 'new@example.com', password }), 'user_not_confirmed');
    const reset = await open.post('/sign-in', { email: 'reset@example.com', password });
    expectProblem(reset, 'password_reset_required');
    const wrong = { email: 'ada@example.com', password: 'wrong' };
    expectProblem(await open.post('/sign-in', wrong), 'invalid_credentials');
  });

  it('refuses even the correct password during a lockout, and accepts it afterwards', async () => {
    const open = await startKit({ pool, config: { concealUserExistence: false } });
    const email = 'guessed@example.com';
    pool.addUser({ username: email, password: PASSWORD });
    for (let i = 0; i < 6; i++) await open.post('/sign-in', { email, password: 'wrong' });
    expectProblem(await open.post('/sign-in', { email, password: PASSWORD }), 'too_many_attempts');
    expectProblem(await kit.post('/sign-in', { email, password: PASSWORD }), 'invalid_credentials');
    pool.clock.advance(15 * 60_000);
    expectStatus(await open.post('/sign-in', { email, password: PASSWORD }), 200);
  });

  it('answers server_misconfigured if the app client does not allow the flow', async () => {
    const client = pool.addClient({ ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'] });
    const other = await startKit({ pool, config: client });
    const body = { email: 'ada@example.com', password: PASSWORD };
    expectProblem(await other.post('/sign-in', body), 'server_misconfigured');
  });

  it('returns the tokens of the right user to each of ten concurrent sign-ins', async () => {
    const users = Array.from({ length: 10 }, (_, i) => `crowd-${i}@example.com`);
    for (const [i, username] of users.entries()) pool.addUser({ username, password: `${PASSWORD}-${i}` });
    const responses = await Promise.all(
      users.flatMap((email, i) => [
        kit.post('/sign-in', { email, password: `${PASSWORD}-${i}` }),
        // Each user also tries the password of the next user.
        kit.post('/sign-in', { email, password: `${PASSWORD}-${(i + 1) % 10}` }),
      ]),
    );
    for (const [i, response] of responses.entries()) {
      if (i % 2 === 1) expectProblem(response, 'invalid_credentials');
      else expect(claimsOf(response.body.tokens.idToken).email).to.equal(users[i / 2]);
    }
    const succeeded = responses.filter((_, i) => i % 2 === 0);
    const mine = await Promise.all(succeeded.map(({ body }) => kit.get('/me', body.tokens.accessToken)));
    expect(mine.map(({ body }) => body.attributes.email)).to.deep.equal(users);
    const ids = responses.filter(({ status }) => status === 401).map(({ body }) => body.requestId);
    expect(new Set(ids).size).to.equal(10);
  });
});

describe('POST /sign-in with a user name', () => {
  let kit: Kit;

  before(async () => {
    kit = await startKit({
      pool: { pool: { UsernameAttributes: [] } },
      config: { signInWith: 'username' },
    });
    kit.pool.addUser({ username: 'ada', password: PASSWORD, attributes: { email: 'ada@example.com' } });
  });
  after(() => kit.close());

  it('returns tokens with that name', async () => {
    const { tokens } = (await kit.post('/sign-in', { username: ' ada ', password: PASSWORD })).body;
    expect(claimsOf(tokens.accessToken)).to.include({ username: 'ada' });
  });

  it('refuses the e-mail address in place of the name', async () => {
    expectProblem(
      await kit.post('/sign-in', { email: 'ada@example.com', password: PASSWORD }),
      'validation_failed',
    );
    const asName = { username: 'ada@example.com', password: PASSWORD };
    expectProblem(await kit.post('/sign-in', asName), 'invalid_credentials');
  });

  it('refuses names that are empty, too long, or contain white space or control characters', async () => {
    for (const username of ['a da', 'a\tda', 'a\nda', 'a\u0007da', '', ' ', 'x'.repeat(129)]) {
      expectProblem(await kit.post('/sign-in', { username, password: PASSWORD }), 'validation_failed');
    }
  });
});

describe('First sign-in of an invited user', () => {
  const temporary = 'Temporary-1!';
  const email = 'grace@example.com';
  let kit: Kit;

  beforeEach(async () => {
    kit = await startKit({ pool: { pool: { Schema: [{ Name: 'name', Required: true }] } } });
    kit.pool.addUser({ username: email, password: temporary, status: 'FORCE_CHANGE_PASSWORD' });
  });
  afterEach(() => kit.close());

  async function challenged(): Promise<Record<string, unknown>> {
    const { status, challenge } = (await kit.post('/sign-in', { email, password: temporary })).body;
    expect(status).to.equal('challenge');
    return challenge as Record<string, unknown>;
  }

  it('poses NEW_PASSWORD_REQUIRED with the required attributes', async () => {
    const challenge = await challenged();
    expect(challenge).to.have.all.keys('name', 'session', 'username', 'parameters');
    expect(challenge.name).to.equal('NEW_PASSWORD_REQUIRED');
    const { requiredAttributes, attributes } = challenge.parameters as Record<string, unknown>;
    expect(requiredAttributes).to.deep.equal(['name']);
    expect(attributes).to.include({ email });
  });

  it('returns tokens after a new password, which replaces the temporary one', async () => {
    const { name, session, username } = await challenged();
    const attributes = { name: 'Grace Hopper', nickname: 'Amazing' };
    const answer = { name, session, username, newPassword: OTHER_PASSWORD, attributes };
    const { status, tokens } = expectStatus(await kit.post('/challenge', answer), 200).body;
    expect(status).to.equal('complete');
    expect((await kit.get('/me', tokens.accessToken)).body.attributes).to.include(attributes);
    expectProblem(await kit.post('/sign-in', { email, password: temporary }), 'invalid_credentials');
    expectStatus(await kit.post('/sign-in', { email, password: OTHER_PASSWORD }), 200);
  });

  it('fails without a required attribute, and can be retried', async () => {
    const { name, session, username } = await challenged();
    const answer = { name, session, username, newPassword: OTHER_PASSWORD };
    expectProblem(await kit.post('/challenge', answer), 'validation_failed');
    expectStatus(await kit.post('/challenge', { ...answer, attributes: { name: 'Grace' } }), 200);
  });

  it('refuses a weak password with the reason, and can be retried', async () => {
    const { name, session, username } = await challenged();
    const answer = { name, session, username, attributes: { name: 'Grace' } };
    const weak = await kit.post('/challenge', { ...answer, newPassword: 'weak' });
    expect(expectProblem(weak, 'invalid_password').body.detail).to.include('not long enough');
    expectStatus(await kit.post('/challenge', { ...answer, newPassword: OTHER_PASSWORD }), 200);
  });

  it('refuses verification flags', async () => {
    const { name, session, username } = await challenged();
    const attributes = { email_verified: 'true' };
    const answer = { name, session, username, newPassword: OTHER_PASSWORD, attributes };
    expectProblem(await kit.post('/challenge', answer), 'validation_failed');
  });

  it('fails after the temporary password has expired', async () => {
    kit.pool.clock.advance(8 * 86_400_000);
    expectProblem(await kit.post('/sign-in', { email, password: temporary }), 'invalid_credentials');
    const open = await startKit({ pool: kit.pool, config: { concealUserExistence: false } });
    const response = await open.post('/sign-in', { email, password: temporary });
    expect(expectProblem(response, 'password_reset_required').body.detail).to.include('administrator');
  });
});

describe('Sign-in steps', () => {
  let fake: FakeCognito;
  let app: FakeApp;

  before(async () => {
    fake = await startFakeCognito();
    app = fake.app();
  });
  after(() => fake.close());

  it('an unknown challenge is returned as Cognito poses it', async () => {
    fake.answer = answerWith({
      ChallengeName: 'ADMIN_NO_SRP_AUTH',
      Session: 's'.repeat(40),
      ChallengeParameters: { CODE_DELIVERY_DESTINATION: '+*******1234', USER_ID_FOR_SRP: 'ada' },
    });
    expect((await app.call('signIn')).body).to.deep.equal({
      status: 'challenge',
      challenge: {
        name: 'ADMIN_NO_SRP_AUTH',
        session: 's'.repeat(40),
        username: 'ada',
        parameters: { CODE_DELIVERY_DESTINATION: '+*******1234', USER_ID_FOR_SRP: 'ada' },
      },
    });
  });

  it('malformed challenge parameters are returned empty', async () => {
    fake.answer = answerWith({
      ChallengeName: 'NEW_PASSWORD_REQUIRED',
      Session: 's'.repeat(40),
      ChallengeParameters: { requiredAttributes: 'not JSON', userAttributes: '[1]' },
    });
    const { challenge } = (await app.call('signIn')).body;
    expect(challenge).to.deep.equal({
      name: 'NEW_PASSWORD_REQUIRED',
      session: 's'.repeat(40),
      username: 'ada@example.com',
      parameters: { requiredAttributes: [], attributes: {} },
    });
  });

  it('a challenge without a session is an upstream error', async () => {
    fake.answer = answerWith({ ChallengeName: 'NEW_PASSWORD_REQUIRED', ChallengeParameters: {} });
    expectProblem(await app.call('signIn'), 'upstream_error');
  });

  it('an answer with neither tokens nor a challenge is an upstream error', async () => {
    for (const output of [{}, { AuthenticationResult: {} }, { AuthenticationResult: { AccessToken: 'a' } }]) {
      fake.answer = answerWith(output);
      expectProblem(await app.call('signIn'), 'upstream_error');
      expectProblem(await app.call('respondToChallenge'), 'upstream_error');
      expectProblem(await app.call('refresh'), 'upstream_error');
    }
  });

  it('POST /sign-in sends USER_PASSWORD_AUTH with the name and the password only', async () => {
    fake.answer = succeed;
    fake.requests.length = 0;
    await app.call('signIn', { email: 'ada@example.com', password: PASSWORD });
    expect(fake.requests.map(({ input }) => input)).to.deep.equal([
      {
        ClientId: fake.issuer.config.clientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'ada@example.com', PASSWORD },
      },
    ]);
  });

  it('unknown members are refused before any call, so the client cannot choose the flow', async () => {
    fake.requests.length = 0;
    for (const extra of [{ AuthFlow: 'CUSTOM_AUTH' }, { clientMetadata: { a: 'b' } }, { secretHash: 'x' }]) {
      expectProblem(await app.call('signIn', extra), 'validation_failed');
    }
    expect(fake.requests).to.deep.equal([]);
  });
});
