import { expect } from 'chai';
import type { AuthEvent } from '../src/events.ts';
import type { LocalUserPool, LocalUserPoolOptions } from '../src/local/index.ts';
import { claimsOf, expectProblem, expectStatus, type Kit, PASSWORD, startKit } from './helpers.ts';

const PHONE = '+15551234567';

/** A pool as the README sets it up: a password or a code to begin with. */
const CHOICE = {
  pool: {
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP'] } },
    SmsMfaConfiguration: {},
    EmailMfaConfiguration: {},
  },
  client: { ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
} satisfies LocalUserPoolOptions;

interface Challenge {
  readonly name: string;
  readonly session: string;
  readonly username: string;
  readonly parameters: Record<string, unknown>;
}

describe('Signing in with a first factor of choice', () => {
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

  /** Somebody with a password and an e-mail address, unless told otherwise. */
  function addUser(given: Parameters<LocalUserPool['addUser']>[0] | object = {}): string {
    const username = `somebody-${++count}@example.com`;
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

  it('asks who brings nothing but a name to choose', async () => {
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
    it(`signs in who chooses ${choice} and knows the password`, async () => {
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

    it(`signs in at once who brings the password and prefers ${choice}`, async () => {
      const email = addUser();
      const body = { email, preferredChallenge: choice };
      expect(
        expectStatus(await kit.post('/sign-in', { ...body, password: PASSWORD }), 200).body.status,
      ).to.equal('complete');
      expectProblem(await kit.post('/sign-in', { ...body, password: 'wrong' }), 'invalid_credentials');
    });

    it(`poses ${choice} to who prefers it and brings no password`, async () => {
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
    it(`signs in with the eight digits of ${choice}, chosen or preferred`, async () => {
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
});
