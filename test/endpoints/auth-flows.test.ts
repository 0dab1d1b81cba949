import { expect } from 'chai';
import type { AuthEvent } from '../../src/config/events.ts';
import type { LocalUserPool } from '../../src/local/local-user-pool.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { answerWith, type FakeCognito, fail, startFakeCognito } from '../support/fake-cognito.ts';
import { claimsOf, expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const SRP_ONLY = { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] } as const;
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

describe('Sign-in with USER_SRP_AUTH', () => {
  const email = 'ada@example.com';
  const events: AuthEvent[] = [];
  let kit: Kit;
  let pool: LocalUserPool;

  before(async () => {
    kit = await startKit({
      pool: { appClient: SRP_ONLY },
      config: { authFlow: 'USER_SRP_AUTH', onEvent: (event) => void events.push(event) },
    });
    pool = kit.pool;
    pool.addUser({ username: email, password: PASSWORD });
  });
  after(() => kit.close());
  beforeEach(() => {
    events.length = 0;
  });

  it('succeeds if the app client allows no other flow', async () => {
    const { status, tokens } = expectStatus(
      await kit.post('/sign-in', { email, password: PASSWORD }),
      200,
    ).body;
    expect(status).to.equal('complete');
    expect(tokens).to.have.all.keys('accessToken', 'idToken', 'refreshToken', 'expiresIn', 'tokenType');
    expect(claimsOf(tokens.idToken).email).to.equal(email);
    expectStatus(await kit.get('/me', tokens.accessToken), 200);
    expect(events.map(({ type, account }) => [type, account])).to.deep.equal([['sign_in.succeeded', email]]);
  });

  it('never sends the password to Cognito', async () => {
    const fake = await startFakeCognito(
      answerWith({
        ChallengeName: 'PASSWORD_VERIFIER',
        ChallengeParameters: { SALT: '1', SRP_B: '2', SECRET_BLOCK: 'YQ==', USER_ID_FOR_SRP: 'id' },
      }),
    );
    await fake.app({ authFlow: 'USER_SRP_AUTH' }).call('signIn', { password: PASSWORD });
    expect(fake.requests.map(({ operation }) => operation)).to.deep.equal([
      'InitiateAuth',
      'RespondToAuthChallenge',
    ]);
    expect(JSON.stringify(fake.requests)).to.not.include(PASSWORD);
    await fake.close();
  });

  it('refuses a wrong password, and emits sign_in.failed', async () => {
    expectProblem(await kit.post('/sign-in', { email, password: 'wrong' }), 'invalid_credentials');
    expect(events.map(({ type, code, exception }) => [type, code, exception])).to.deep.equal([
      ['sign_in.failed', 'invalid_credentials', 'NotAuthorizedException'],
    ]);
  });

  it('uses the password unchanged, and ignores the case of the e-mail address', async () => {
    const password = 'Cafe\u0301-horse-7 ';
    pool.addUser({ username: 'accent@example.com', password });
    const accent = 'Accent@example.com';
    expectStatus(await kit.post('/sign-in', { email: accent, password }), 200);
    for (const other of [password.normalize('NFC'), password.trim()]) {
      expectProblem(await kit.post('/sign-in', { email: accent, password: other }), 'invalid_credentials');
    }
  });

  it('works with a client secret for an e-mail address, phone number, username and alias', async () => {
    const client = { ...SRP_ONLY, GenerateSecret: true };
    const cases = [
      [{}, { email }, 'email'],
      [{ UsernameAttributes: ['phone_number'] }, { phoneNumber: '+15551234567' }, 'phoneNumber'],
      [{ UsernameAttributes: [] }, { username: 'ada' }, 'username'],
    ] as const;
    for (const [settings, name, signInWith] of cases) {
      const own = await startKit({
        pool: { appClient: client, pool: settings },
        config: { authFlow: 'USER_SRP_AUTH', signInWith },
      });
      own.pool.addUser({ username: Object.values(name)[0] ?? '', password: PASSWORD });
      expectStatus(await own.post('/sign-in', { ...name, password: PASSWORD }), 200);
      expectProblem(await own.post('/sign-in', { ...name, password: 'wrong' }), 'invalid_credentials');
      await own.close();
    }
    const alias = await startKit({
      pool: { appClient: client, pool: { AliasAttributes: ['email'] } },
      config: { authFlow: 'USER_SRP_AUTH' },
    });
    alias.pool.addUser({ username: 'ada', password: PASSWORD, attributes: { email } });
    expectStatus(await alias.post('/sign-in', { email, password: PASSWORD }), 200);
    await alias.close();
  });

  it('poses the MFA challenge of the user', async () => {
    const mfa = 'mfa@example.com';
    pool.addUser({ username: mfa, password: PASSWORD, totpSecret: SECRET });
    const { body } = await kit.post('/sign-in', { email: mfa, password: PASSWORD });
    const { name, session, username } = body.challenge;
    expect(name).to.equal('SOFTWARE_TOKEN_MFA');
    const confirmationCode = totpCode(SECRET, pool.clock.now());
    expectStatus(await kit.post('/challenge', { name, session, username, confirmationCode }), 200);
    expect(events.map(({ type }) => type)).to.deep.equal([
      'sign_in.challenged',
      'respond_to_challenge.succeeded',
    ]);
  });

  it('states why it fails if concealUserExistence is false', async () => {
    const open = await startKit({
      pool,
      config: { authFlow: 'USER_SRP_AUTH', concealUserExistence: false },
    });
    const guessed = 'guessed@example.com';
    pool.addUser({ username: guessed, password: PASSWORD });
    for (let i = 0; i < 5; i++) {
      expectProblem(
        await open.post('/sign-in', { email: guessed, password: 'wrong' }),
        'invalid_credentials',
      );
    }
    expectProblem(await open.post('/sign-in', { email: guessed, password: PASSWORD }), 'too_many_attempts');
    pool.addUser({ username: 'new@example.com', password: PASSWORD, status: 'UNCONFIRMED' });
    const unconfirmed = { email: 'new@example.com', password: PASSWORD };
    expectProblem(await open.post('/sign-in', unconfirmed), 'user_not_confirmed');
  });

  it('gives each of ten concurrent users their own tokens', async () => {
    const users = Array.from({ length: 10 }, (_, i) => `srp-${i}@example.com`);
    for (const [i, username] of users.entries()) pool.addUser({ username, password: `${PASSWORD}-${i}` });
    const answers = await Promise.all(
      users.map((user, i) => kit.post('/sign-in', { email: user, password: `${PASSWORD}-${i}` })),
    );
    expect(answers.map(({ body }) => claimsOf(body.tokens.idToken).email)).to.deep.equal(users);
  });

  it('has one deadline for both calls', async () => {
    const slow = await startKit({ pool, config: { authFlow: 'USER_SRP_AUTH', timeouts: { call: 400 } } });
    pool.faults.inject({ kind: 'delay', ms: 300, times: 2 });
    expectProblem(await slow.post('/sign-in', { email, password: PASSWORD }), 'upstream_timeout');
    pool.faults.clear();
  });

  it('logs a hint about authFlow if the app client does not allow SRP', async () => {
    const log = captureLog();
    const client = pool.addClient({ ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] });
    const other = await startKit({
      pool,
      config: { ...client, authFlow: 'USER_SRP_AUTH', logger: log.logger },
    });
    expectProblem(await other.post('/sign-in', { email, password: PASSWORD }), 'server_misconfigured');
    expect(log.text()).to.include('set authFlow to one of its ExplicitAuthFlows');
  });
});

describe('The PASSWORD_VERIFIER step of USER_SRP_AUTH', () => {
  let fake: FakeCognito;
  before(async () => {
    fake = await startFakeCognito();
  });
  after(() => fake.close());

  const complete = { SALT: '1', SRP_B: '2', SECRET_BLOCK: 'YQ==', USER_ID_FOR_SRP: 'id' };
  const broken: Readonly<Record<string, object>> = {
    'no parameters': {},
    'an empty salt': { ...complete, SALT: '' },
    'a public key of zero': { ...complete, SRP_B: '0' },
    'a public key that is not hexadecimal': { ...complete, SRP_B: 'key' },
  };
  for (const [defect, ChallengeParameters] of Object.entries(broken)) {
    it(`answers upstream_error to a challenge with ${defect}`, async () => {
      fake.answer = answerWith({ ChallengeName: 'PASSWORD_VERIFIER', ChallengeParameters });
      fake.requests.length = 0;
      const app = fake.app({ authFlow: 'USER_SRP_AUTH' });
      expectProblem(await app.call('signIn', { password: PASSWORD }), 'upstream_error');
      expect(fake.requests.map(({ operation }) => operation)).to.deep.equal(['InitiateAuth']);
    });
  }

  it('answers invalid_credentials to every error about the account', async () => {
    const app = fake.app({ authFlow: 'USER_SRP_AUTH' });
    for (const [name, message] of [
      ['NotAuthorizedException', 'Incorrect username or password.'],
      ['NotAuthorizedException', 'Password attempts exceeded'],
      ['NotAuthorizedException', 'User is disabled.'],
      ['NotAuthorizedException', 'Invalid session for the user.'],
      ['UserNotFoundException', 'User does not exist.'],
      ['UserNotConfirmedException', 'User is not confirmed.'],
      ['PasswordResetRequiredException', 'Password reset required for the user'],
    ] as const) {
      fake.answer = (request, res) =>
        request.operation === 'InitiateAuth'
          ? answerWith({ ChallengeName: 'PASSWORD_VERIFIER', ChallengeParameters: complete })(request, res)
          : fail(name, message)(request, res);
      expectProblem(await app.call('signIn', { password: PASSWORD }), 'invalid_credentials');
    }
  });

  it('sends back a Session that came with the challenge', async () => {
    fake.answer = answerWith({
      ChallengeName: 'PASSWORD_VERIFIER',
      ChallengeParameters: complete,
      Session: 'a session of its own',
    });
    fake.requests.length = 0;
    await fake.app({ authFlow: 'USER_SRP_AUTH' }).call('signIn', { password: PASSWORD });
    expect(fake.requests[1]?.input.Session).to.equal('a session of its own');
  });
});
