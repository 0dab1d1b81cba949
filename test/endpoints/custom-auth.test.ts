import { expect } from 'chai';
import type { Config } from '../../src/config/options.ts';
import type { LocalUserPoolOptions } from '../../src/local/local-user-pool.ts';
import type { Triggers } from '../../src/local/model/triggers.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { ANSWER, type CustomTriggers, customTriggers } from '../support/custom-triggers.ts';
import { answerWith, startFakeCognito } from '../support/fake-cognito.ts';
import { claimsOf, expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { sdkFor } from '../support/local-sdk.ts';
import { captureLog } from '../support/log-capture.ts';

const ExplicitAuthFlows = ['ALLOW_CUSTOM_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] as const;
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const email = 'ada@example.com';

interface PosedChallenge {
  readonly name: string;
  readonly session: string;
  readonly username: string;
  readonly parameters: Record<string, unknown>;
}

async function startCustom(
  pool: LocalUserPoolOptions = {},
  config: Config = {},
): Promise<Kit & { readonly asked: CustomTriggers }> {
  const asked = customTriggers();
  const kit = await startKit({
    pool: {
      triggers: asked.triggers,
      users: [{ username: email, password: PASSWORD }],
      ...pool,
      appClient: { ExplicitAuthFlows, ...pool.appClient },
    },
    config: { authFlow: 'CUSTOM_AUTH', ...config },
  });
  return { ...kit, asked };
}

async function begin(kit: Kit, body: object = { email }): Promise<PosedChallenge> {
  const { status, challenge } = expectStatus(await kit.post('/sign-in', body), 200).body;
  expect(status).to.equal('challenge');
  return challenge as PosedChallenge;
}

function answerTo({ name, session, username }: PosedChallenge, answer: string): object {
  return { name, session, username, answer };
}

describe('Sign-in with CUSTOM_AUTH', () => {
  it('poses the custom challenge without a password, and signs in with the right answer', async () => {
    const kit = await startCustom();
    const posed = await begin(kit);
    expect(posed).to.include({ name: 'CUSTOM_CHALLENGE' });
    expect(posed.parameters).to.deep.equal({ question: 'The word?', tries: '0' });
    const { status, tokens } = expectStatus(await kit.post('/challenge', answerTo(posed, ANSWER)), 200).body;
    expect(status).to.equal('complete');
    expect(claimsOf(tokens.idToken).email).to.equal(email);
    expectStatus(await kit.get('/me', tokens.accessToken), 200);
    await kit.close();
  });

  it('poses the custom challenge after a given password, which is never sent to Cognito', async () => {
    const kit = await startCustom();
    const posed = await begin(kit, { email, password: PASSWORD });
    expect(kit.asked.defined.at(-1)?.request.session.map(({ challengeName }) => challengeName)).to.deep.equal(
      ['SRP_A', 'PASSWORD_VERIFIER'],
    );
    expectStatus(await kit.post('/challenge', answerTo(posed, ANSWER)), 200);
    expectProblem(await kit.post('/sign-in', { email, password: 'wrong' }), 'invalid_credentials');
    await kit.close();

    const fake = await startFakeCognito(
      answerWith({
        ChallengeName: 'PASSWORD_VERIFIER',
        Session: 'the-session-of-the-verifier',
        ChallengeParameters: { SALT: '1', SRP_B: '2', SECRET_BLOCK: 'YQ==', USER_ID_FOR_SRP: 'id' },
      }),
    );
    await fake.app({ authFlow: 'CUSTOM_AUTH' }).call('signIn', { password: PASSWORD });
    const [first, second] = fake.requests.map(({ input }) => input);
    expect(first?.AuthFlow).to.equal('CUSTOM_AUTH');
    expect(first?.AuthParameters).to.have.all.keys('USERNAME', 'CHALLENGE_NAME', 'SRP_A');
    expect(second?.Session).to.equal('the-session-of-the-verifier');
    expect(JSON.stringify(fake.requests)).to.not.include(PASSWORD);
    await fake.close();
  });

  it("asks for the user's second factor before the custom challenge", async () => {
    const kit = await startCustom({ users: [{ username: email, password: PASSWORD, totpSecret: SECRET }] });
    const mfa = await begin(kit, { email, password: PASSWORD });
    expect(mfa.name).to.equal('SOFTWARE_TOKEN_MFA');
    const { name, session, username } = mfa;
    const confirmationCode = totpCode(SECRET, kit.pool.clock.now());
    const next = await kit.post('/challenge', { name, session, username, confirmationCode });
    const posed = expectStatus(next, 200).body.challenge as PosedChallenge;
    expect(posed.name).to.equal('CUSTOM_CHALLENGE');
    const last = expectStatus(await kit.post('/challenge', answerTo(posed, ANSWER)), 200);
    expect(last.body.status).to.equal('complete');
    await kit.close();
  });

  it('poses another challenge after a wrong answer, until the triggers fail the sign-in', async () => {
    const kit = await startCustom();
    let posed = await begin(kit);
    for (const tries of ['1', '2']) {
      const next = expectStatus(await kit.post('/challenge', answerTo(posed, 'guess')), 200).body;
      expect(next.challenge.parameters.tries).to.equal(tries);
      expect(next.challenge.session).to.not.equal(posed.session);
      posed = next.challenge;
    }
    expectProblem(await kit.post('/challenge', answerTo(posed, 'guess')), 'invalid_credentials');
    expectProblem(await kit.post('/challenge', answerTo(posed, ANSWER)), 'invalid_session');
    await kit.close();
  });

  it('refuses a session that is used, expired, or of another user, app client or challenge', async () => {
    const kit = await startCustom({
      users: [email, 'eve@example.com'].map((username) => ({ username, password: PASSWORD })),
    });
    const posed = await begin(kit);
    const eve = await begin(kit, { email: 'eve@example.com' });
    const client = kit.pool.addClient({ ExplicitAuthFlows });
    const other = await startKit({ pool: kit.pool, config: { ...client, authFlow: 'CUSTOM_AUTH' } });
    const { name, session, username } = posed;
    const foreign: [Kit, object][] = [
      [kit, { ...answerTo(posed, ANSWER), username: eve.username }],
      [kit, { ...answerTo(eve, ANSWER), username }],
      [other, answerTo(posed, ANSWER)],
      [kit, { ...answerTo(posed, ANSWER), session: 'A'.repeat(40) }],
      [kit, { name: 'SOFTWARE_TOKEN_MFA', session, username, confirmationCode: '123456' }],
    ];
    for (const [at, body] of foreign) expectProblem(await at.post('/challenge', body), 'invalid_session');
    expect(kit.asked.verified).to.deep.equal([]);
    expectStatus(await kit.post('/challenge', { name, session, username, answer: ANSWER }), 200);
    expectProblem(await kit.post('/challenge', answerTo(posed, ANSWER)), 'invalid_session');
    const late = await begin(kit);
    kit.pool.clock.advance(3 * 60_000);
    expectProblem(await kit.post('/challenge', answerTo(late, ANSWER)), 'invalid_session');
    await other.close();
  });

  it('validates the answer, and passes it to the triggers unchanged', async () => {
    const kit = await startCustom();
    const posed = await begin(kit);
    const bad = ['', 'x'.repeat(2049), 'a\0b', '\ud800', 7, { USERNAME: 'eve' }];
    for (const answer of bad) {
      const response = await kit.post('/challenge', { ...posed, parameters: undefined, answer });
      expectProblem(response, 'validation_failed');
    }
    expectProblem(await kit.post('/challenge', { ...posed, parameters: undefined }), 'validation_failed');
    expect(kit.asked.verified).to.deep.equal([]);
    const spaced = ' the word, as it is ';
    await kit.post('/challenge', answerTo(posed, spaced));
    expect(kit.asked.verified[0]?.request.challengeAnswer).to.equal(spaced);
    await kit.close();
  });

  it('returns 50 public parameters of the triggers at most, and takes the username only from Cognito', async () => {
    const many = Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`p${index}`, 'x']));
    const fake = await startFakeCognito(
      answerWith({
        ChallengeName: 'CUSTOM_CHALLENGE',
        Session: 'a-session-of-twenty-and-more',
        ChallengeParameters: {
          USERNAME: 'the-user',
          USER_ID_FOR_SRP: 'of the trigger',
          huge: 'x'.repeat(20_000),
          ...many,
        },
      }),
    );
    const { challenge } = expectStatus(
      await fake.app({ authFlow: 'CUSTOM_AUTH' }).call('signIn', { password: undefined }),
      200,
    ).body;
    expect(challenge.username).to.equal('the-user');
    expect(challenge.parameters).to.include({ USER_ID_FOR_SRP: 'of the trigger', p0: 'x' });
    expect(challenge.parameters).to.not.have.any.keys('USERNAME', 'huge');
    expect(Object.keys(challenge.parameters)).to.have.lengthOf(50);
    await fake.close();
  });

  it('works with a client secret for a username and a phone number', async () => {
    const cases = [
      [{ UsernameAttributes: [] }, { username: 'ada' }, 'username'],
      [{ UsernameAttributes: ['phone_number'] }, { phoneNumber: '+15551234567' }, 'phoneNumber'],
    ] as const;
    for (const [pool, identifier, signInWith] of cases) {
      const kit = await startCustom(
        {
          pool,
          users: [{ username: Object.values(identifier)[0] ?? '', password: PASSWORD }],
          appClient: { GenerateSecret: true },
        },
        { signInWith },
      );
      for (const password of [undefined, PASSWORD]) {
        const posed = await begin(kit, { ...identifier, password });
        expectStatus(await kit.post('/challenge', answerTo(posed, ANSWER)), 200);
      }
      await kit.close();
    }
  });

  it('passes the clientMetadata of a hook to the triggers', async () => {
    const kit = await startCustom(
      {},
      { hooks: { before: { respondToChallenge: () => ({ clientMetadata: { tenant: 'blue' } }) } } },
    );
    await kit.post('/challenge', answerTo(await begin(kit), ANSWER));
    expect(kit.asked.verified[0]?.request.clientMetadata).to.deep.equal({ tenant: 'blue' });
    await kit.close();
  });

  it("shows the user a trigger's refusal, but not a trigger's fault", async () => {
    const refusals: [Triggers['verifyAuthChallengeResponse'], string, string | undefined][] = [
      [
        () => {
          throw new Error('The word has expired');
        },
        'rejected_by_pool',
        'The word has expired',
      ],
      [() => ({ secret: 'of the trigger' }), 'upstream_error', undefined],
    ];
    for (const [verifyAuthChallengeResponse, code, detail] of refusals) {
      const { triggers } = customTriggers();
      const kit = await startCustom({ triggers: { ...triggers, verifyAuthChallengeResponse } });
      const response = await kit.post('/challenge', answerTo(await begin(kit), ANSWER));
      expectProblem(response, code as 'rejected_by_pool');
      if (detail) expect(response.body.detail).to.equal(detail);
      expect(response.text).to.not.include('of the trigger');
      await kit.close();
    }
  });

  it('logs a hint if the triggers are missing or the app client does not allow the flow', async () => {
    const cases: [LocalUserPoolOptions, string][] = [
      [{ triggers: {} }, 'has no triggers for CUSTOM_AUTH'],
      [
        { appClient: { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'] } },
        'set authFlow to one of its ExplicitAuthFlows',
      ],
    ];
    for (const [pool, hint] of cases) {
      const log = captureLog();
      const kit = await startCustom(pool, { logger: log.logger });
      expectProblem(await kit.post('/sign-in', { email }), 'server_misconfigured');
      expect(log.text()).to.include(hint);
      await kit.close();
    }
  });

  it('logs neither the answer nor the session', async () => {
    const log = captureLog();
    const kit = await startCustom({}, { logger: log.logger });
    const posed = await begin(kit);
    await kit.post('/challenge', answerTo(posed, ANSWER));
    expect(log.text()).to.include('"endpoint":"respondToChallenge"').and.not.include(ANSWER);
    expect(log.text()).to.not.include(posed.session);
    await kit.close();
  });
});

describe('Enumeration protection of CUSTOM_AUTH without a password', () => {
  const STATES = ['missing', 'confirmed', 'invited', 'unconfirmed', 'disabled', 'reset'] as const;

  async function addAccount(kit: Kit, state: (typeof STATES)[number], username: string): Promise<void> {
    if (state === 'missing') return;
    const status = state === 'unconfirmed' ? 'UNCONFIRMED' : undefined;
    kit.pool.addUser({
      username,
      password: PASSWORD,
      ...(status && { status }),
      ...(state === 'invited' && { status: 'FORCE_CHANGE_PASSWORD' }),
    });
    const { userPoolId: UserPoolId } = kit.pool.config;
    const sdk = sdkFor(kit.pool.url);
    if (state === 'disabled') await sdk.adminDisableUser({ UserPoolId, Username: username });
    if (state === 'reset') await sdk.adminResetUserPassword({ UserPoolId, Username: username });
    sdk.destroy();
  }

  /** Masks the values that differ between any two sign-ins. */
  function shape(body: { challenge?: PosedChallenge }): object {
    const { session = '', username = '' } = body.challenge ?? {};
    const challenge = {
      ...body.challenge,
      session: session.length,
      username: username.replace(/[\da-f]/g, 'x'),
    };
    return { ...body, challenge };
  }

  it('poses the same challenges and fails alike for every account', async () => {
    const kit = await startCustom();
    const series: Record<string, object[]> = {};
    for (const state of STATES) {
      const name = `user-${state}@example.com`;
      await addAccount(kit, state, name);
      const again = await begin(kit, { email: name.toUpperCase() });
      let response = await kit.post('/sign-in', { email: name });
      expect(response.body.challenge.username, state).to.equal(again.username);
      const steps: object[] = [{ status: response.status, ...shape(response.body) }];
      for (let i = 0; i < 3; i++) {
        response = await kit.post('/challenge', answerTo(response.body.challenge as PosedChallenge, 'guess'));
        const { requestId: _id, ...body } = response.body;
        steps.push({ status: response.status, ...shape(body) });
      }
      series[state] = steps;
    }
    expect(series.missing?.at(-1)).to.include({ status: 401, code: 'invalid_credentials' });
    for (const state of STATES) expect(series[state], state).to.deep.equal(series.missing);
    await kit.close();
  });

  it('refuses the right answer for an account that cannot sign in', async () => {
    const kit = await startCustom();
    for (const state of ['missing', 'unconfirmed', 'disabled', 'reset'] as const) {
      const name = `user-${state}@example.com`;
      await addAccount(kit, state, name);
      const posed = await begin(kit, { email: name });
      expectProblem(await kit.post('/challenge', answerTo(posed, ANSWER)), 'invalid_credentials');
    }
    await kit.close();
  });

  it('states the reason if concealUserExistence is false', async () => {
    const kit = await startCustom({}, { concealUserExistence: false });
    await addAccount(kit, 'unconfirmed', 'eve@example.com');
    expectProblem(await kit.post('/sign-in', { email: 'eve@example.com' }), 'user_not_confirmed');
    await kit.close();
  });
});
