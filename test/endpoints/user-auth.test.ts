import { expect } from 'chai';
import type { Response } from 'supertest';
import type { AuthEvent } from '../../src/config/events.ts';
import type { LocalUserPool, LocalUserPoolOptions } from '../../src/local/local-user-pool.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { answerWith, fail, startFakeCognito } from '../support/fake-cognito.ts';
import { claimsOf, expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const PHONE = '+15551234567';

/** A pool with password and code as first factors, as in docs/sign-in-methods.md. */
const CHOICE = {
  pool: {
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP'] } },
    SmsMfaConfiguration: {},
    EmailMfaConfiguration: {},
  },
  appClient: { ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
} satisfies LocalUserPoolOptions;

interface Challenge {
  readonly name: string;
  readonly session: string;
  readonly username: string;
  readonly parameters: Record<string, unknown>;
}

describe('POST /sign-in with USER_AUTH', () => {
  const events: AuthEvent[] = [];
  let kit: Kit;
  let pool: LocalUserPool;
  let count = 0;

  before(async () => {
    kit = await startKit({
      pool: CHOICE,
      config: { authFlow: 'USER_AUTH', onEvent: (event) => void events.push(event) },
    });
    pool = kit.pool;
  });
  after(() => kit.close());
  beforeEach(() => {
    events.length = 0;
  });

  /** Adds a user, by default with a password and an e-mail address. */
  function addUser(given: Parameters<LocalUserPool['addUser']>[0] | object = {}): string {
    const username = `user-${++count}@example.com`;
    pool.addUser({ username, password: PASSWORD, ...given });
    return username;
  }

  async function challenge(body: object, path = '/sign-in', from = kit): Promise<Challenge> {
    const response = expectStatus(await from.post(path, body), 200);
    expect(response.body.status, JSON.stringify(response.body)).to.equal('challenge');
    return response.body.challenge as Challenge;
  }

  function answer({ name, session, username }: Challenge, given: object): object {
    return { name, session, username, ...given };
  }

  async function codeFor(to: string): Promise<string> {
    const { code } = await pool.inbox.waitFor({ to, kind: 'sign_in' });
    return code;
  }

  it('a request with only a name gets the available challenges', async () => {
    const email = addUser({ attributes: { phone_number: PHONE } });
    const given = await challenge({ email });
    expect(given).to.deep.include({
      name: 'SELECT_CHALLENGE',
      username: email,
      parameters: { availableChallenges: ['PASSWORD_SRP', 'PASSWORD', 'EMAIL_OTP', 'SMS_OTP'] },
    });
    expect(events.map(({ type }) => type)).to.deep.equal(['sign_in.challenged']);
  });

  for (const choice of ['PASSWORD', 'PASSWORD_SRP']) {
    it(`the chosen challenge ${choice} accepts the correct password, and refuses a wrong one`, async () => {
      const email = addUser();
      const given = await challenge({ email });
      const wrong = answer(given, { challenge: choice, password: 'wrong' });
      expectProblem(await kit.post('/challenge', wrong), 'invalid_credentials');
      const again = choice === 'PASSWORD' ? given : await challenge({ email });
      const right = answer(again, { challenge: choice, password: PASSWORD });
      const { status, tokens } = expectStatus(await kit.post('/challenge', right), 200).body;
      expect(status).to.equal('complete');
      expect(claimsOf(tokens.idToken).email).to.equal(email);
    });

    it(`the preferred challenge ${choice} completes at once if the password is given`, async () => {
      const email = addUser();
      const body = { email, preferredChallenge: choice };
      expect(
        expectStatus(await kit.post('/sign-in', { ...body, password: PASSWORD }), 200).body.status,
      ).to.equal('complete');
      expectProblem(await kit.post('/sign-in', { ...body, password: 'wrong' }), 'invalid_credentials');
    });

    it(`the preferred challenge ${choice} is posed if the password is missing`, async () => {
      const email = addUser();
      const given = await challenge({ email, preferredChallenge: choice });
      expect(given).to.deep.include({ name: choice, username: email, parameters: {} });
      const { body } = expectStatus(await kit.post('/challenge', answer(given, { password: PASSWORD })), 200);
      expect(body.status).to.equal('complete');
    });
  }

  for (const [choice, to] of [
    ['EMAIL_OTP', undefined],
    ['SMS_OTP', PHONE],
  ] as const) {
    it(`${choice}, chosen or preferred, accepts the eight digits that were sent`, async () => {
      const email = addUser(to && { attributes: { phone_number: to } });
      const chosen = await challenge(answer(await challenge({ email }), { challenge: choice }), '/challenge');
      const preferred = await challenge({ email, preferredChallenge: choice });
      for (const given of [chosen, preferred]) {
        expect(given).to.deep.include({ name: choice, username: email });
        expect(given.parameters).to.deep.equal({ delivery: { medium: to ? 'SMS' : 'EMAIL' } });
      }
      const confirmationCode = await codeFor(to ?? email);
      expect(confirmationCode).to.match(/^\d{8}$/);
      expectProblem(
        await kit.post('/challenge', answer(preferred, { confirmationCode: '00000000' })),
        'code_mismatch',
      );
      expectProblem(await kit.post('/challenge', answer(chosen, { confirmationCode })), 'code_mismatch');
      const { status } = expectStatus(
        await kit.post('/challenge', answer(preferred, { confirmationCode })),
        200,
      ).body;
      expect(status).to.equal('complete');
    });
  }

  it('a user without a password gets the only available code at once', async () => {
    const email = addUser({ password: undefined });
    const given = await challenge({ email });
    expect(given).to.deep.include({ name: 'EMAIL_OTP', username: email });
    const code = await codeFor(email);
    expectStatus(await kit.post('/challenge', answer(given, { confirmationCode: code })), 200);
  });

  it('an unavailable preference is answered with the available challenges', async () => {
    for (const preferredChallenge of ['SMS_OTP', 'WEB_AUTHN']) {
      const given = await challenge({ email: addUser(), preferredChallenge });
      expect(given.name).to.equal('SELECT_CHALLENGE');
      expect(given.parameters.availableChallenges).to.not.include(preferredChallenge);
      const unavailable = answer(given, { challenge: preferredChallenge });
      expectProblem(await kit.post('/challenge', unavailable), 'rejected_by_pool');
    }
  });

  it('a sign-in with a code confirms the account and the address', async () => {
    const email = addUser({ status: 'UNCONFIRMED' });
    const given = await challenge({ email });
    const confirmationCode = await codeFor(email);
    const { tokens } = expectStatus(
      await kit.post('/challenge', answer(given, { confirmationCode })),
      200,
    ).body;
    const { attributes } = (await kit.get('/me', tokens.accessToken)).body;
    expect(attributes.email_verified).to.equal(true);
    expectStatus(await kit.post('/sign-in', { email, password: PASSWORD }), 200);
  });

  it('a temporary password leads to NEW_PASSWORD_REQUIRED', async () => {
    const email = addUser({ status: 'FORCE_CHANGE_PASSWORD' });
    const given = await challenge({ email });
    expect(given.parameters).to.deep.equal({ availableChallenges: ['PASSWORD_SRP', 'PASSWORD'] });
    const next = await challenge(
      answer(given, { challenge: 'PASSWORD_SRP', password: PASSWORD }),
      '/challenge',
    );
    expect(next.name).to.equal('NEW_PASSWORD_REQUIRED');
    const newPassword = 'Another-password-7';
    expectStatus(await kit.post('/challenge', answer(next, { newPassword })), 200);
  });

  it('a user with an authenticator app needs it after the password, and gets no code as first factor', async () => {
    const email = addUser({ totpSecret: SECRET });
    const given = await challenge({ email });
    expect(given.parameters).to.deep.equal({ availableChallenges: ['PASSWORD_SRP', 'PASSWORD'] });
    const next = await challenge(answer(given, { challenge: 'PASSWORD', password: PASSWORD }), '/challenge');
    expect(next.name).to.equal('SOFTWARE_TOKEN_MFA');
    const confirmationCode = totpCode(SECRET, pool.clock.now());
    expectStatus(await kit.post('/challenge', answer(next, { confirmationCode })), 200);
  });

  it('the destination of a code is stated only after the correct password', async () => {
    const mfa = addUser({ mfa: ['EMAIL_OTP'] });
    const choice = await challenge({ email: mfa });
    const second = await challenge(
      answer(choice, { challenge: 'PASSWORD', password: PASSWORD }),
      '/challenge',
    );
    expect(second.name).to.equal('EMAIL_OTP');
    expect(second.parameters).to.deep.equal({ delivery: { medium: 'EMAIL', destination: 'u***@e***' } });
    const confirmationCode = await codeFor(mfa);
    expect(confirmationCode).to.match(/^\d{6}$/);
    expectStatus(await kit.post('/challenge', answer(second, { confirmationCode })), 200);
    const proven = await challenge({ email: mfa, password: PASSWORD, preferredChallenge: 'PASSWORD_SRP' });
    expect(proven.parameters).to.deep.equal(second.parameters);
    const first = await challenge({ email: addUser(), preferredChallenge: 'EMAIL_OTP' });
    expect(first.parameters).to.deep.equal({ delivery: { medium: 'EMAIL' } });
  });

  it('the destination of a code and the choices are stated with concealUserExistence: false', async () => {
    const open = await startKit({ pool, config: { authFlow: 'USER_AUTH', concealUserExistence: false } });
    const email = addUser({ password: undefined });
    const given = await challenge({ email }, '/sign-in', open);
    expect(given.parameters).to.deep.equal({
      delivery: { medium: 'EMAIL', destination: 'u***@e***' },
      availableChallenges: ['EMAIL_OTP'],
    });
    expect(given.username).to.not.equal(email);
    const confirmationCode = await codeFor(email);
    expectStatus(await open.post('/challenge', answer(given, { confirmationCode })), 200);
    await open.auth.close();
  });

  it('every challenge works with a client secret, a phone number and a user name', async () => {
    const cases = [
      [{ UsernameAttributes: ['phone_number'] }, { phoneNumber: PHONE }, 'phoneNumber', 'SMS_OTP'],
      [{ UsernameAttributes: [] }, { username: 'ada' }, 'username', 'EMAIL_OTP'],
    ] as const;
    for (const [settings, name, signInWith, first] of cases) {
      const own = await startKit({
        pool: {
          pool: { ...CHOICE.pool, ...settings },
          appClient: { ...CHOICE.appClient, GenerateSecret: true },
        },
        config: { authFlow: 'USER_AUTH', signInWith },
      });
      const [username] = Object.values(name);
      own.pool.addUser({
        username: username ?? '',
        password: PASSWORD,
        ...(first === 'EMAIL_OTP' && { attributes: { email: 'ada@example.com' } }),
      });
      for (const preferredChallenge of ['PASSWORD', 'PASSWORD_SRP']) {
        const body = { ...name, password: PASSWORD, preferredChallenge };
        expect(expectStatus(await own.post('/sign-in', body), 200).body.status).to.equal('complete');
      }
      const choice = await challenge(name, '/sign-in', own);
      const srp = answer(choice, { challenge: 'PASSWORD_SRP', password: PASSWORD });
      expectStatus(await own.post('/challenge', srp), 200);
      const given = await challenge({ ...name, preferredChallenge: first }, '/sign-in', own);
      const { code } = await own.pool.inbox.waitFor({ kind: 'sign_in' });
      expectStatus(await own.post('/challenge', answer(given, { confirmationCode: code })), 200);
      await own.close();
    }
  });

  it('GET /me/auth-factors lists the first factors of the user', async () => {
    const email = addUser({ attributes: { phone_number: PHONE } });
    const { tokens } = (await kit.post('/sign-in', { email, password: PASSWORD })).body;
    const { factors } = (await kit.get('/me/auth-factors', tokens.accessToken)).body;
    expect(factors).to.deep.equal(['PASSWORD', 'EMAIL_OTP', 'SMS_OTP']);
  });

  describe('refusals', () => {
    it('a malformed preference, choice or challenge name fails validation', async () => {
      const email = addUser();
      for (const preferredChallenge of ['PASSWORD_VERIFIER', 'email_otp', '', 7, null, ['EMAIL_OTP']]) {
        expectProblem(await kit.post('/sign-in', { email, preferredChallenge }), 'validation_failed');
      }
      const given = await challenge({ email });
      for (const choice of [{}, { challenge: 'SOFTWARE_TOKEN_MFA' }, { challenge: 'EMAIL_OTP', x: 1 }]) {
        expectProblem(await kit.post('/challenge', answer(given, choice)), 'validation_failed');
      }
      const verifier = answer({ ...given, name: 'PASSWORD_VERIFIER' }, {});
      expectProblem(await kit.post('/challenge', verifier), 'validation_failed');
    });

    it('a challenge session is refused if it is used, expired, or of another user, client or challenge', async () => {
      const email = addUser();
      const preferred = { email, preferredChallenge: 'EMAIL_OTP' };
      const right = async (given: Challenge): Promise<object> =>
        answer(given, { confirmationCode: await codeFor(email) });

      const used = await challenge(preferred);
      expectStatus(await kit.post('/challenge', await right(used)), 200);
      expectProblem(await kit.post('/challenge', await right(used)), 'invalid_session');

      const choice = await challenge({ email });
      expectStatus(await kit.post('/challenge', answer(choice, { challenge: 'EMAIL_OTP' })), 200);
      expectProblem(
        await kit.post('/challenge', answer(choice, { challenge: 'EMAIL_OTP' })),
        'invalid_session',
      );

      const foreign = { ...(await challenge(preferred)), username: addUser() };
      expectProblem(await kit.post('/challenge', await right(foreign)), 'invalid_session');

      const other = await startKit({
        pool,
        config: { ...pool.addClient(CHOICE.appClient), authFlow: 'USER_AUTH' },
      });
      const theirs = await challenge(preferred, '/sign-in', other);
      expectProblem(await kit.post('/challenge', await right(theirs)), 'invalid_session');
      await other.auth.close();

      const code = await challenge(preferred);
      for (const name of ['SELECT_CHALLENGE', 'PASSWORD', 'PASSWORD_SRP']) {
        const crossed = { ...code, name };
        const body = answer(crossed, {
          ...(name === 'SELECT_CHALLENGE' && { challenge: 'PASSWORD' }),
          password: PASSWORD,
        });
        expectProblem(await kit.post('/challenge', body), 'invalid_session');
      }
      const late = await challenge(preferred);
      const answered = await right(late);
      pool.clock.advance(3 * 60_000);
      expectProblem(await kit.post('/challenge', answered), 'invalid_session');
    });

    it('the code of a second factor is refused as a first factor, and the reverse', async () => {
      const mfa = addUser({ mfa: ['EMAIL_OTP'] });
      const { body } = await kit.post('/sign-in', { email: mfa, password: PASSWORD });
      const confirmationCode = await codeFor(mfa);
      const asFirst = { ...body.challenge, name: 'SMS_OTP' };
      expectProblem(await kit.post('/challenge', answer(asFirst, { confirmationCode })), 'invalid_session');
      const first = await challenge({ email: addUser(), preferredChallenge: 'EMAIL_OTP' });
      const asSecond = { ...first, name: 'SMS_MFA' };
      expectProblem(await kit.post('/challenge', answer(asSecond, { confirmationCode })), 'invalid_session');
      expectStatus(await kit.post('/challenge', answer(body.challenge, { confirmationCode })), 200);
    });

    it('the sixth answer to a challenge session is refused', async () => {
      const given = await challenge({ email: addUser(), preferredChallenge: 'EMAIL_OTP' });
      for (let i = 0; i < 5; i++) {
        const wrong = answer(given, { confirmationCode: `0000000${i}` });
        expectProblem(await kit.post('/challenge', wrong), 'code_mismatch');
      }
      const sixth = answer(given, { confirmationCode: '00000006' });
      expectProblem(await kit.post('/challenge', sixth), 'too_many_attempts');
    });

    it('the sixth message within an hour is refused', async () => {
      for (const ask of [{ preferredChallenge: 'EMAIL_OTP' }]) {
        const limited = await startKit({ pool, config: { authFlow: 'USER_AUTH', rateLimits: {} } });
        const email = addUser();
        for (let i = 0; i < 5; i++) expectStatus(await limited.post('/sign-in', { email, ...ask }), 200);
        expectProblem(await limited.post('/sign-in', { email, ...ask }), 'rate_limited');
        expectStatus(await limited.post('/sign-in', { email, password: PASSWORD }), 200);
        await limited.auth.close();
      }
      const limited = await startKit({ pool, config: { authFlow: 'USER_AUTH', rateLimits: {} } });
      const email = addUser();
      for (let i = 0; i < 6; i++) {
        const choice = answer(await challenge({ email }), { challenge: 'EMAIL_OTP' });
        const response = await limited.post('/challenge', choice);
        if (i < 5) expectStatus(response, 200);
        else expectProblem(response, 'rate_limited');
      }
      await limited.auth.close();
    });

    it('a code is not available as first factor if the pool requires MFA', async () => {
      const strict = await startKit({
        pool: { ...CHOICE, pool: { ...CHOICE.pool, MfaConfiguration: 'ON' } },
        config: { authFlow: 'USER_AUTH' },
      });
      strict.pool.addUser({ username: 'ada@example.com', password: PASSWORD });
      const given = await challenge(
        { email: 'ada@example.com', preferredChallenge: 'EMAIL_OTP' },
        '/sign-in',
        strict,
      );
      expect(given.name).to.equal('SELECT_CHALLENGE');
      expect(given.parameters.availableChallenges).to.deep.equal(['PASSWORD_SRP', 'PASSWORD']);
      await strict.close();
    });
  });
});

describe('Requests to Cognito with USER_AUTH', () => {
  const posed = { SALT: '1', SRP_B: '2', SECRET_BLOCK: 'YQ==', USER_ID_FOR_SRP: 'id' };

  it('PASSWORD_SRP never sends the password, and returns the Session of Cognito', async () => {
    const fake = await startFakeCognito(
      answerWith({
        ChallengeName: 'PASSWORD_VERIFIER',
        ChallengeParameters: posed,
        Session: 'the next session',
      }),
    );
    const app = fake.app({ authFlow: 'USER_AUTH' });
    await app.call('signIn', { password: PASSWORD, preferredChallenge: 'PASSWORD_SRP' });
    const name = { name: 'PASSWORD_SRP', username: 'ada', password: PASSWORD, confirmationCode: undefined };
    await app.call('respondToChallenge', name);
    const choice = { ...name, name: 'SELECT_CHALLENGE', challenge: 'PASSWORD_SRP' };
    await app.call('respondToChallenge', choice);
    expect(fake.requests).to.have.lengthOf(6);
    expect(JSON.stringify(fake.requests)).to.not.include(PASSWORD);
    for (const step of [1, 3, 5]) {
      expect(fake.requests[step]?.input).to.include({
        ChallengeName: 'PASSWORD_VERIFIER',
        Session: 'the next session',
      });
    }
    await fake.close();
  });

  it('a preferred or chosen code does not send the password', async () => {
    const fake = await startFakeCognito();
    const app = fake.app({ authFlow: 'USER_AUTH' });
    await app.call('signIn', { password: PASSWORD, preferredChallenge: 'EMAIL_OTP' });
    const choice = { name: 'SELECT_CHALLENGE', challenge: 'EMAIL_OTP', password: PASSWORD };
    await app.call('respondToChallenge', { ...choice, confirmationCode: undefined });
    expect(fake.requests).to.have.lengthOf(2);
    expect(JSON.stringify(fake.requests)).to.not.include(PASSWORD);
    await fake.close();
  });

  it('AvailableChallenges are returned from InitiateAuth and RespondToAuthChallenge', async () => {
    const AvailableChallenges = ['PASSWORD', 'WEB_AUTHN'];
    const fake = await startFakeCognito(
      answerWith({
        ChallengeName: 'SELECT_CHALLENGE',
        ChallengeParameters: {},
        AvailableChallenges,
        Session: 's',
      }),
    );
    const app = fake.app({ authFlow: 'USER_AUTH' });
    const again = { name: 'PASSWORD', password: PASSWORD, confirmationCode: undefined };
    for (const { body } of [
      await app.call('signIn', { password: undefined }),
      await app.call('respondToChallenge', again),
    ]) {
      expect(body.challenge.parameters).to.deep.equal({ availableChallenges: AvailableChallenges });
    }
    await fake.close();
  });
});

describe('Account enumeration with USER_AUTH', () => {
  const ACCOUNT_STATES = ['new', 'confirmed', 'unconfirmed', 'passwordless', 'missing'] as const;
  let kit: Kit;
  let count = 0;

  before(async () => {
    kit = await startKit({ pool: { ...CHOICE, limits: false }, config: { authFlow: 'USER_AUTH' } });
  });
  after(() => kit.close());

  async function account(state: (typeof ACCOUNT_STATES)[number]): Promise<string> {
    const username = `user-${++count}@example.com`;
    if (state === 'new') await kit.post('/sign-up', { email: username, password: PASSWORD });
    else if (state !== 'missing') {
      kit.pool.addUser({
        username,
        ...(state !== 'passwordless' && { password: PASSWORD }),
        ...(state === 'unconfirmed' && { status: 'UNCONFIRMED' }),
      });
    }
    return username;
  }

  /** The response without the values that differ between any two responses. */
  function fingerprint({ status, headers, body }: Response, email: string): string {
    const { date: _date, ...others } = headers as Record<string, string>;
    return JSON.stringify([status, others, body])
      .replaceAll(email, 'EMAIL')
      .replace(/"requestId":"[^"]+"/, '')
      .replace(/"session":"([^"]+)"/, (_all, session: string) => `"session of ${session.length}"`);
  }

  async function answersTo(ask: (email: string) => Promise<Response>): Promise<Set<string>> {
    const answers = new Set<string>();
    for (const state of ACCOUNT_STATES) {
      const email = await account(state);
      answers.add(fingerprint(await ask(email), email));
    }
    return answers;
  }

  it('EMAIL_OTP gets one response for all account states, and so does a guessed code', async () => {
    const begin = (email: string) => kit.post('/sign-in', { email, preferredChallenge: 'EMAIL_OTP' });
    const [begun, ...others] = await answersTo(begin);
    expect(others).to.deep.equal([]);
    expect(begun).to.include('"name":"EMAIL_OTP"').and.not.include('***');
    const guesses = await answersTo(async (email) => {
      const { name, session, username } = (await begin(email)).body.challenge;
      return kit.post('/challenge', { name, session, username, confirmationCode: '12345678' });
    });
    expect([...guesses]).to.have.lengthOf(1);
    expect([...guesses][0]).to.include('code_mismatch');
  });

  for (const preferredChallenge of [undefined, 'PASSWORD', 'PASSWORD_SRP']) {
    it(`a guessed password with ${preferredChallenge ?? 'no preference'} gets one response for all account states`, async () => {
      const answers = await answersTo((email) =>
        kit.post('/sign-in', { email, password: 'Guessed-password-1', preferredChallenge }),
      );
      expect([...answers]).to.have.lengthOf(1);
      expect([...answers][0]).to.include('invalid_credentials');
    });
  }

  it('an unknown address gets no message', async () => {
    const email = await account('missing');
    await kit.post('/sign-in', { email, preferredChallenge: 'EMAIL_OTP' });
    expect(kit.pool.inbox.list({ to: email })).to.deep.equal([]);
  });

  it('failures of a factor have one error, regardless of the exception of Cognito', async () => {
    const fake = await startFakeCognito();
    const app = fake.app({ authFlow: 'USER_AUTH' });
    for (const [name, code] of [
      ['EMAIL_OTP', 'code_mismatch'],
      ['SMS_OTP', 'code_mismatch'],
      ['PASSWORD', 'invalid_credentials'],
    ] as const) {
      const proof = name === 'PASSWORD' ? { password: 'x', confirmationCode: undefined } : {};
      for (const [exception, message] of [
        ['CodeMismatchException', 'Invalid code or auth state for the user.'],
        ['ExpiredCodeException', 'Invalid code provided, please request a code again.'],
        ['NotAuthorizedException', 'Incorrect username or password.'],
        ['NotAuthorizedException', 'Password attempts exceeded'],
        ['LimitExceededException', 'Attempt limit exceeded, please try after some time.'],
      ] as const) {
        fake.answer = fail(exception, message);
        expectProblem(await app.call('respondToChallenge', { name, ...proof }), code);
      }
    }
    await fake.close();
  });

  it('a password that Cognito does not check gets the error of a wrong one', async () => {
    const fake = await startFakeCognito();
    const app = fake.app({ authFlow: 'USER_AUTH' });
    const open = fake.app({ authFlow: 'USER_AUTH', concealUserExistence: false });
    fake.answer = answerWith({
      ChallengeName: 'EMAIL_OTP',
      ChallengeParameters: { CODE_DELIVERY_DESTINATION: 'a***@b***', USER_ID_FOR_SRP: 'the-sub' },
      Session: 's',
    });
    const proven = { password: PASSWORD, preferredChallenge: 'PASSWORD_SRP' };
    expectProblem(await app.call('signIn', proven), 'invalid_credentials');
    expectStatus(await open.call('signIn', proven), 200);
    // EMAIL_OTP can be the second factor here; its destination is masked.
    const { text } = expectStatus(await app.call('signIn', { password: PASSWORD }), 200);
    expect(text).to.include('EMAIL_OTP').and.not.include('***').and.not.include('the-sub');
    // An available challenge is a first factor.
    fake.answer = answerWith({
      ChallengeName: 'EMAIL_OTP',
      ChallengeParameters: {},
      Session: 's',
      AvailableChallenges: ['EMAIL_OTP'],
    });
    expectProblem(await app.call('signIn', { password: PASSWORD }), 'invalid_credentials');
    await fake.close();
  });
});
