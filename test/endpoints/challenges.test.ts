import { expect } from 'chai';
import { CHALLENGES } from '../../src/endpoints/challenges.ts';
import type { LocalUserPool } from '../../src/local/local-user-pool.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import {
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';
import { sdkFor } from '../support/local-sdk.ts';

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const STEP = 30_000;

interface Challenge {
  readonly name: string;
  readonly session: string;
  readonly username: string;
  readonly parameters: Record<string, unknown>;
}

describe('POST /challenge', () => {
  let kit: Kit;
  let pool: LocalUserPool;
  const email = 'ada@example.com';

  beforeEach(async () => {
    kit = await startKit();
    pool = kit.pool;
    pool.addUser({ username: email, password: PASSWORD, totpSecret: SECRET });
    pool.addUser({ username: 'eve@example.com', password: PASSWORD, totpSecret: SECRET });
    pool.addUser({ username: 'new@example.com', password: PASSWORD, status: 'FORCE_CHANGE_PASSWORD' });
  });
  afterEach(() => kit.close());

  const code = (steps = 0): string => totpCode(SECRET, pool.clock.now() + steps * STEP);
  const wrongCode = (): string => {
    const near = [-2, -1, 0, 1, 2].map(code);
    return (
      ['000000', '000001', '000002', '000003', '000004', '000005'].find((each) => !near.includes(each)) ?? ''
    );
  };

  async function challenge(of = email, from = kit): Promise<Challenge> {
    const { body } = await from.post('/sign-in', { email: of, password: PASSWORD });
    expect(body.status, JSON.stringify(body)).to.equal('challenge');
    return body.challenge as Challenge;
  }

  function totp(given: Challenge, confirmationCode: string): object {
    const { name, session, username } = given;
    return { name, session, username, confirmationCode };
  }

  it('signs in with the code of the authenticator app', async () => {
    const given = await challenge();
    expect(given.name).to.equal('SOFTWARE_TOKEN_MFA');
    expect(given.parameters).to.deep.equal({});
    const { status, tokens } = expectStatus(await kit.post('/challenge', totp(given, code())), 200).body;
    expect(status).to.equal('complete');
    const { mfa } = (await kit.get('/me', tokens.accessToken)).body;
    expect(mfa).to.deep.equal({ enabled: ['SOFTWARE_TOKEN_MFA'], preferred: 'SOFTWARE_TOKEN_MFA' });
  });

  it('accepts the right code after a wrong one', async () => {
    const given = await challenge();
    expectProblem(await kit.post('/challenge', totp(given, wrongCode())), 'code_mismatch');
    expectStatus(await kit.post('/challenge', totp(given, code())), 200);
  });

  it('answers too_many_attempts after five wrong codes, even to the right one', async () => {
    const given = await challenge();
    for (let i = 0; i < 5; i++) {
      expectProblem(await kit.post('/challenge', totp(given, wrongCode())), 'code_mismatch');
    }
    expectProblem(await kit.post('/challenge', totp(given, code())), 'too_many_attempts');
    expect(pool.requests.count('RespondToAuthChallenge')).to.equal(5);
    expectStatus(await kit.post('/challenge', totp(await challenge(), code())), 200);
  });

  it('refuses a used code, even in a new session', async () => {
    const used = code();
    expectStatus(await kit.post('/challenge', totp(await challenge(), used)), 200);
    const again = await challenge();
    expectProblem(await kit.post('/challenge', totp(again, used)), 'code_expired');
    expectStatus(await kit.post('/challenge', totp(again, code(1))), 200);
  });

  it('refuses a completed session', async () => {
    const given = await challenge();
    expectStatus(await kit.post('/challenge', totp(given, code())), 200);
    expectProblem(await kit.post('/challenge', totp(given, code(1))), 'invalid_session');
  });

  it('refuses an expired session', async () => {
    const given = await challenge();
    pool.clock.advance(3 * 60_000);
    expectProblem(await kit.post('/challenge', totp(given, code())), 'invalid_session');
  });

  it('refuses an unknown session', async () => {
    const given = { ...(await challenge()), session: 'x'.repeat(40) };
    expectProblem(await kit.post('/challenge', totp(given, code())), 'invalid_session');
  });

  it('refuses the session of another app client', async () => {
    const other = await startKit({ pool, config: pool.addClient() });
    const given = await challenge(email, other);
    expectProblem(await kit.post('/challenge', totp(given, code())), 'invalid_session');
    expectStatus(await other.post('/challenge', totp(given, code())), 200);
  });

  it('refuses the session of another user', async () => {
    const mine = await challenge('eve@example.com');
    const { username } = await challenge();
    expectProblem(await kit.post('/challenge', totp({ ...mine, username }, code())), 'invalid_session');
  });

  it('refuses the answer to another challenge, in both directions', async () => {
    const mfa = await challenge();
    const skip = { ...totp(mfa, code()), name: 'NEW_PASSWORD_REQUIRED', newPassword: OTHER_PASSWORD };
    expectProblem(await kit.post('/challenge', skip), 'validation_failed');
    const { session, username } = mfa;
    const name = 'NEW_PASSWORD_REQUIRED';
    const other = { name, session, username, newPassword: OTHER_PASSWORD };
    expectProblem(await kit.post('/challenge', other), 'invalid_session');
    expectStatus(await kit.post('/sign-in', { email, password: PASSWORD }), 200);

    const password = await challenge('new@example.com');
    const asMfa = { ...totp(password, code()), name: 'SOFTWARE_TOKEN_MFA' };
    expectProblem(await kit.post('/challenge', asMfa), 'invalid_session');
  });

  it('answers a disabled account like an unknown session', async () => {
    const given = await challenge();
    const { status, body } = await kit.post('/challenge', {
      ...totp(given, code()),
      session: 'y'.repeat(40),
    });
    const { userPoolId: UserPoolId } = pool.config;
    await sdkFor(pool.url).adminDisableUser({ UserPoolId, Username: given.username });
    const disabled = await kit.post('/challenge', totp(given, code()));
    expect(disabled.status).to.equal(status);
    expect({ ...disabled.body, requestId: '' }).to.deep.equal({ ...body, requestId: '' });
  });

  it('poses the authenticator challenge after a new password', async () => {
    const both = 'both@example.com';
    pool.addUser({ username: both, password: PASSWORD, status: 'FORCE_CHANGE_PASSWORD', totpSecret: SECRET });
    const { name, session, username } = await challenge(both);
    const answer = { name, session, username, newPassword: OTHER_PASSWORD };
    const next = expectStatus(await kit.post('/challenge', answer), 200).body;
    expect(next.challenge.name).to.equal('SOFTWARE_TOKEN_MFA');
    expect(next.challenge.session).to.not.equal(session);
    expectStatus(await kit.post('/challenge', totp(next.challenge, code())), 200);
  });

  it('lists the supported challenges if the name is unknown', async () => {
    const given = await challenge();
    for (const name of ['ADMIN_NO_SRP_AUTH', 'constructor', '__proto__', '', 7, null]) {
      const response = await kit.post('/challenge', { ...totp(given, code()), name });
      const { errors } = expectProblem(response, 'validation_failed').body;
      expect(errors[0].path).to.equal('/name');
      for (const known of Object.keys(CHALLENGES)) expect(errors[0].message).to.include(known);
    }
  });

  it('gives each of ten concurrent sign-ins its own tokens', async () => {
    const users = Array.from({ length: 10 }, (_, i) => `mfa-${i}@example.com`);
    for (const username of users) pool.addUser({ username, password: PASSWORD, totpSecret: SECRET });
    const challenges = await Promise.all(users.map((user) => challenge(user)));
    const answers = await Promise.all(challenges.map((given) => kit.post('/challenge', totp(given, code()))));
    const mine = await Promise.all(answers.map(({ body }) => kit.get('/me', body.tokens.accessToken)));
    expect(mine.map(({ body }) => body.attributes.email)).to.deep.equal(users);
  });
});
