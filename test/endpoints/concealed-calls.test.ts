import { expect } from 'chai';
import type { AuthFlow } from '../../src/config/options.ts';
import { parseConfig } from '../../src/config/settings.ts';
import { openSignUp, sealSignUp } from '../../src/endpoints/sign-up-session.ts';
import { customTriggers } from '../support/custom-triggers.ts';
import { type FakeAnswer, fail, startFakeCognito, succeed } from '../support/fake-cognito.ts';
import { expectProblem, type Kit, OTHER_PASSWORD, PASSWORD, startKit } from '../support/helpers.ts';
import { sdkFor } from '../support/local-sdk.ts';

const STATES = ['confirmed', 'missing', 'unconfirmed', 'disabled', 'reset', 'passwordless'] as const;
type State = (typeof STATES)[number];

/** A sign-in without the right proof, and the calls that it makes for every account. */
interface Attempt {
  readonly authFlow: AuthFlow;
  readonly body: object;
  readonly calls: readonly string[];
}

const PROOF = ['InitiateAuth', 'RespondToAuthChallenge'];
const ATTEMPTS: Readonly<Record<string, Attempt>> = {
  USER_PASSWORD_AUTH: {
    authFlow: 'USER_PASSWORD_AUTH',
    body: { password: OTHER_PASSWORD },
    calls: ['InitiateAuth'],
  },
  USER_SRP_AUTH: { authFlow: 'USER_SRP_AUTH', body: { password: OTHER_PASSWORD }, calls: PROOF },
  'CUSTOM_AUTH with a password': {
    authFlow: 'CUSTOM_AUTH',
    body: { password: OTHER_PASSWORD },
    calls: PROOF,
  },
  'CUSTOM_AUTH without a password': {
    authFlow: 'CUSTOM_AUTH',
    body: {},
    calls: ['InitiateAuth', 'InitiateAuth'],
  },
  'USER_AUTH with a password': {
    authFlow: 'USER_AUTH',
    body: { password: OTHER_PASSWORD },
    calls: ['InitiateAuth'],
  },
  'USER_AUTH with PASSWORD_SRP': {
    authFlow: 'USER_AUTH',
    body: { password: OTHER_PASSWORD, preferredChallenge: 'PASSWORD_SRP' },
    calls: PROOF,
  },
};

/** A kit whose calls to the local pool are recorded. */
async function startCounting(
  authFlow: AuthFlow,
  PreventUserExistenceErrors: 'ENABLED' | 'LEGACY',
): Promise<Kit & { readonly calls: string[] }> {
  const plain = await startKit({
    pool: {
      triggers: authFlow === 'CUSTOM_AUTH' ? customTriggers().triggers : {},
      pool: {
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
      },
      appClient: { ExplicitAuthFlows: [`ALLOW_${authFlow}`], PreventUserExistenceErrors },
    },
  });
  const calls: string[] = [];
  const cognitoClient = sdkFor(plain.pool.url);
  cognitoClient.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        calls.push(commandName.replace('Command', ''));
        return next(args);
      },
    { step: 'initialize' },
  );
  const kit = await startKit({ pool: plain.pool, config: { authFlow, cognitoClient } });
  for (const state of STATES) await addAccount(kit, state);
  return { ...kit, calls };
}

const nameOf = (state: State): string => `${state}@example.com`;

async function addAccount({ pool }: Kit, state: State): Promise<void> {
  const username = nameOf(state);
  if (state === 'missing') return;
  pool.addUser({
    username,
    ...(state !== 'passwordless' && { password: PASSWORD }),
    ...(state === 'unconfirmed' && { status: 'UNCONFIRMED' }),
  });
  const account = { UserPoolId: pool.config.userPoolId, Username: username };
  const sdk = sdkFor(pool.url);
  if (state === 'disabled') await sdk.adminDisableUser(account);
  if (state === 'reset') await sdk.adminResetUserPassword(account);
}

describe('Enumeration protection by the number of calls', () => {
  for (const [title, { authFlow, body, calls }] of Object.entries(ATTEMPTS)) {
    for (const conceals of ['ENABLED', 'LEGACY'] as const) {
      it(`a sign-in with ${title} makes the same calls for every account, PreventUserExistenceErrors ${conceals} (case C13)`, async () => {
        const kit = await startCounting(authFlow, conceals);
        for (const state of STATES) {
          kit.calls.length = 0;
          await kit.post('/sign-in', { email: nameOf(state), ...body });
          expect(kit.calls, state).to.deep.equal(calls);
        }
        await kit.close();
      });
    }
  }

  it('a refused sign-in makes one call if concealUserExistence is false', async () => {
    const fake = await startFakeCognito(fail('UserNotConfirmedException', 'User is not confirmed.'));
    for (const authFlow of ['USER_SRP_AUTH', 'CUSTOM_AUTH'] as const) {
      fake.requests.length = 0;
      const app = fake.app({ authFlow, concealUserExistence: false });
      expectProblem(await app.call('signIn'), 'user_not_confirmed');
      expect(fake.requests.map(({ operation }) => operation)).to.deep.equal(['InitiateAuth']);
    }
    await fake.close();
  });
});

describe('The simulated second step of a password proof', () => {
  const refuseFirst =
    (second: FakeAnswer): FakeAnswer =>
    (request, res) =>
      (request.operation === 'InitiateAuth'
        ? fail('UserNotConfirmedException', 'User is not confirmed.')
        : second)(request, res);

  it('a simulated proof has the members of a real one', async () => {
    const fake = await startFakeCognito(refuseFirst(fail('NotAuthorizedException', 'Incorrect.')));
    expectProblem(
      await fake.app({ authFlow: 'USER_SRP_AUTH' }).call('signIn', { email: 'eve@example.com' }),
      'invalid_credentials',
    );
    const { input } = fake.requests[1] ?? {};
    expect(input).to.include({ ChallengeName: 'PASSWORD_VERIFIER' });
    expect(input?.ChallengeResponses).to.include({ USERNAME: 'eve@example.com' });
    expect(input?.ChallengeResponses).to.have.all.keys(
      'USERNAME',
      'PASSWORD_CLAIM_SECRET_BLOCK',
      'PASSWORD_CLAIM_SIGNATURE',
      'TIMESTAMP',
    );
    await fake.close();
  });

  it('a simulated proof never signs a user in, whatever Cognito answers', async () => {
    const fake = await startFakeCognito(refuseFirst(succeed));
    expectProblem(await fake.app({ authFlow: 'USER_SRP_AUTH' }).call('signIn'), 'invalid_credentials');
    await fake.close();
  });

  it('a simulated proof that is throttled or fails has the same answer as a real one', async () => {
    const fake = await startFakeCognito();
    const app = fake.app({ authFlow: 'USER_SRP_AUTH' });
    fake.answer = refuseFirst(fail('TooManyRequestsException', 'Rate exceeded'));
    expectProblem(await app.call('signIn'), 'rate_limited');
    fake.answer = refuseFirst(fail('InternalErrorException', 'Something went wrong', 500));
    expectProblem(await app.call('signIn'), 'upstream_error');
    fake.answer = refuseFirst(fail('InvalidParameterException', 'Invalid SECRET_BLOCK'));
    expectProblem(await app.call('signIn'), 'invalid_credentials');
    await fake.close();
  });

  it('a refusal that is the same for every account is followed by no simulated proof', async () => {
    const fake = await startFakeCognito(
      fail('InvalidParameterException', 'USER_SRP_AUTH flow not enabled for this client'),
    );
    expectProblem(await fake.app({ authFlow: 'USER_SRP_AUTH' }).call('signIn'), 'server_misconfigured');
    expect(fake.requests).to.have.lengthOf(1);
    await fake.close();
  });
});

describe('The simulated start of CUSTOM_AUTH', () => {
  it('a simulated start that fails does not change the answer of an account', async () => {
    const fake = await startFakeCognito((request, res) => {
      const { USERNAME } = request.input.AuthParameters as Record<string, string>;
      (USERNAME === 'ada@example.com' ? succeed : fail('InternalErrorException', 'x', 500))(request, res);
    });
    const app = fake.app({ authFlow: 'CUSTOM_AUTH' });
    const response = await app.call('signIn', { email: 'ada@example.com', password: undefined });
    expect(response.body.status).to.equal('complete');
    expect(fake.requests).to.have.lengthOf(2);
    await fake.close();
  });
});

describe('The session of a sign-up', () => {
  const settings = parseConfig({ userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'abc', autoSignIn: true }, {});

  it('a session that Cognito may refuse as expired is not sent, so a new account costs no second call', () => {
    const sub = '34c84488-e0e1-70ae-d2ee-991ad1a898c8';
    const begun = { made: true, sub, username: 'ada@example.com', session: 'the session' };
    const sealed = sealSignUp(begun, [], settings);
    const openedAfter = (ms: number) => openSignUp(sealed, 'ada@example.com', settings, Date.now() + ms);
    expect(openedAfter(160_000)).to.deep.equal(begun);
    expect(openedAfter(180_000)).to.deep.equal({ ...begun, session: undefined });
  });
});
