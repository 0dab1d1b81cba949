import { expect } from 'chai';
import type { LocalUserPoolOptions } from '../../../src/local/local-user-pool.ts';
import {
  ANA,
  closeAll,
  codeFor,
  type Local,
  outcomeOf,
  PASSWORD,
  secretHash,
  startLocal,
} from '../../support/local-sdk.ts';

const FACTORS = { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } as const;
const CHOICE = {
  pool: { Policies: FACTORS },
  appClient: { ExplicitAuthFlows: ['ALLOW_USER_AUTH'], PreventUserExistenceErrors: 'ENABLED' },
} satisfies LocalUserPoolOptions;
const ana = { username: ANA, password: PASSWORD };

function begin({ sdk, ClientId }: Local, parameters: Record<string, string> = {}) {
  const AuthParameters = { USERNAME: ANA, ...parameters };
  return sdk.initiateAuth({ ClientId, AuthFlow: 'USER_AUTH', AuthParameters });
}

function answer(
  { sdk, ClientId }: Local,
  ChallengeName: 'SELECT_CHALLENGE' | 'PASSWORD' | 'EMAIL_OTP',
  Session: string | undefined,
  responses: Record<string, string>,
) {
  const ChallengeResponses = { USERNAME: ANA, ...responses };
  return sdk.respondToAuthChallenge({ ClientId, ChallengeName, Session, ChallengeResponses });
}

describe('USER_AUTH in the local user pool', () => {
  afterEach(closeAll);

  it('needs ALLOW_USER_AUTH of the app client, which allows no other flow', async () => {
    const other = await startLocal({ users: [ana] });
    expect(await outcomeOf(begin(other))).to.equal(
      'InvalidParameterException: USER_AUTH flow not enabled for this client',
    );
    const local = await startLocal({ ...CHOICE, users: [ana] });
    const AuthParameters = { USERNAME: ANA, PASSWORD };
    for (const AuthFlow of ['USER_PASSWORD_AUTH', 'USER_SRP_AUTH'] as const) {
      const call = local.sdk.initiateAuth({ ClientId: local.ClientId, AuthFlow, AuthParameters });
      expect(await outcomeOf(call)).to.match(/^InvalidParameterException: .+ not enabled for th/);
    }
  });

  it('offers the factors that the sign-in policy allows and the user has', async () => {
    const plain = await startLocal({ appClient: CHOICE.appClient, users: [ana] });
    const offered = { ChallengeName: 'SELECT_CHALLENGE', ChallengeParameters: {} };
    const password = ['PASSWORD_SRP', 'PASSWORD'];
    expect(await begin(plain)).to.deep.include({ ...offered, AvailableChallenges: password });
    const local = await startLocal({ ...CHOICE, users: [ana] });
    const AvailableChallenges = [...password, 'EMAIL_OTP'];
    expect(await begin(local)).to.deep.include({ ...offered, AvailableChallenges });
    expect(await begin(local, { PREFERRED_CHALLENGE: 'SMS_OTP' })).to.deep.include({
      ...offered,
      AvailableChallenges,
    });
    const preferred = await begin(local, { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
    expect(preferred).to.deep.include({ ChallengeName: 'EMAIL_OTP', AvailableChallenges });
    expect(preferred.ChallengeParameters).to.include({
      CODE_DELIVERY_DELIVERY_MEDIUM: 'EMAIL',
      CODE_DELIVERY_DESTINATION: 'a***@e***',
    });
    expect(codeFor(local)).to.match(/^\d{8}$/);
  });

  it('names a missing or invalid choice, and keeps the session valid', async () => {
    const local = await startLocal({ ...CHOICE, users: [ana] });
    const { Session } = await begin(local);
    for (const [responses, outcome] of [
      [{}, 'InvalidParameterException: Missing required parameter ANSWER'],
      [{ ANSWER: 'SMS_OTP' }, 'InvalidParameterException: Selected challenge is not available.'],
      [{ ANSWER: 'PASSWORD', PASSWORD: 'wrong' }, 'NotAuthorizedException: Incorrect username or password.'],
    ] as const) {
      expect(await outcomeOf(answer(local, 'SELECT_CHALLENGE', Session, responses))).to.equal(outcome);
    }
    const done = await answer(local, 'SELECT_CHALLENGE', Session, { ANSWER: 'PASSWORD', PASSWORD });
    expect(done.AuthenticationResult).to.have.property('AccessToken');
    const { Session: code } = await begin(local, { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
    expect(await outcomeOf(answer(local, 'EMAIL_OTP', code, {}))).to.equal(
      'InvalidParameterException: Missing required parameter EMAIL_OTP_CODE',
    );
    expect(await outcomeOf(answer(local, 'EMAIL_OTP', code, { EMAIL_OTP_CODE: 'wrong' }))).to.equal(
      'CodeMismatchException: Invalid code or auth state for the user.',
    );
    const { AuthenticationResult } = await answer(local, 'EMAIL_OTP', code, {
      EMAIL_OTP_CODE: codeFor(local),
    });
    expect(AuthenticationResult).to.have.property('AccessToken');
  });

  it('locks a user after wrong passwords, sent in any way', async () => {
    const local = await startLocal({ ...CHOICE, users: [ana] });
    for (let i = 0; i < 5; i++) {
      await outcomeOf(begin(local, { PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: 'wrong' }));
    }
    const { Session } = await begin(local);
    const right = answer(local, 'SELECT_CHALLENGE', Session, { ANSWER: 'PASSWORD', PASSWORD });
    expect(await outcomeOf(right)).to.equal('NotAuthorizedException: Password attempts exceeded');
  });

  it("reports the account's status if only a password could help", async () => {
    const local = await startLocal({
      appClient: CHOICE.appClient,
      users: [{ ...ana, status: 'UNCONFIRMED' }],
    });
    expect(await outcomeOf(begin(local))).to.equal('UserNotConfirmedException: User is not confirmed.');
    const withCodes = await startLocal({ ...CHOICE, users: [{ ...ana, status: 'UNCONFIRMED' }] });
    for (const PREFERRED_CHALLENGE of ['PASSWORD', 'PASSWORD_SRP']) {
      expect(await outcomeOf(begin(withCodes, { PREFERRED_CHALLENGE, PASSWORD }))).to.equal(
        'UserNotConfirmedException: User is not confirmed.',
      );
    }
    const { sdk, UserPoolId } = withCodes;
    await sdk.adminDisableUser({ UserPoolId, Username: ANA });
    expect(await outcomeOf(begin(withCodes))).to.equal('NotAuthorizedException: User is disabled.');
  });

  it('refuses a sign-in in progress after the user is disabled', async () => {
    const local = await startLocal({ ...CHOICE, users: [ana] });
    const { Session } = await begin(local, { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
    await local.sdk.adminDisableUser({ UserPoolId: local.UserPoolId, Username: ANA });
    const late = answer(local, 'EMAIL_OTP', Session, { EMAIL_OTP_CODE: codeFor(local) });
    expect(await outcomeOf(late)).to.equal('NotAuthorizedException: User is disabled.');
  });

  it('simulates a code for an unknown username, and accepts none', async () => {
    const local = await startLocal(CHOICE);
    const begun = await begin(local);
    expect(begun).to.include({ ChallengeName: 'EMAIL_OTP' });
    expect(begun.Session).to.be.a('string');
    expect(begun.ChallengeParameters).to.include({ CODE_DELIVERY_DESTINATION: 'a***@e***' });
    expect(local.pool.inbox.list()).to.deep.equal([]);
    for (const USERNAME of [ANA, begun.ChallengeParameters?.USER_ID_FOR_SRP ?? '']) {
      const guess = answer(local, 'EMAIL_OTP', begun.Session, { USERNAME, EMAIL_OTP_CODE: '12345678' });
      expect(await outcomeOf(guess)).to.equal(
        'CodeMismatchException: Invalid code or auth state for the user.',
      );
    }
    // Not even once the name belongs to somebody.
    local.pool.addUser(ana);
    const taken = answer(local, 'EMAIL_OTP', begun.Session, { EMAIL_OTP_CODE: '12345678' });
    expect(await outcomeOf(taken)).to.equal('NotAuthorizedException: Invalid session for the user.');
  });

  it('simulates every step of the choice for an unknown username', async () => {
    const local = await startLocal(CHOICE);
    const { Session } = await begin(local, { PREFERRED_CHALLENGE: 'PASSWORD' });
    expect(await outcomeOf(answer(local, 'PASSWORD', Session, { PASSWORD }))).to.equal(
      'NotAuthorizedException: Incorrect username or password.',
    );
    const choice = await begin(local, { PREFERRED_CHALLENGE: 'WEB_AUTHN' });
    expect(choice.AvailableChallenges).to.deep.equal(['PASSWORD_SRP', 'PASSWORD', 'EMAIL_OTP']);
    const salts = new Set<string | undefined>();
    for (const given of [{ PREFERRED_CHALLENGE: 'PASSWORD_SRP' }, { PREFERRED_CHALLENGE: 'PASSWORD_SRP' }]) {
      const { ChallengeName, ChallengeParameters } = await begin(local, { ...given, SRP_A: 'abc' });
      expect(ChallengeName).to.equal('PASSWORD_VERIFIER');
      salts.add(ChallengeParameters?.SALT);
    }
    expect(salts.size).to.equal(1);
    const legacy = await startLocal({
      ...CHOICE,
      appClient: { ExplicitAuthFlows: ['ALLOW_USER_AUTH'], PreventUserExistenceErrors: 'LEGACY' },
    });
    expect(await outcomeOf(begin(legacy))).to.equal('UserNotFoundException: User does not exist.');
  });

  it('requires the secret hash at every step if the client has a secret', async () => {
    const local = await startLocal({
      ...CHOICE,
      appClient: { ...CHOICE.appClient, GenerateSecret: true },
      users: [ana],
    });
    expect(await outcomeOf(begin(local))).to.match(/SECRET_HASH was not received/);
    const SECRET_HASH = secretHash(local, ANA);
    const { Session } = await begin(local, { SECRET_HASH });
    const choice = { ANSWER: 'PASSWORD', PASSWORD };
    expect(await outcomeOf(answer(local, 'SELECT_CHALLENGE', Session, choice))).to.match(
      /SECRET_HASH was not/,
    );
    expect(await outcomeOf(answer(local, 'SELECT_CHALLENGE', Session, { ...choice, SECRET_HASH }))).to.equal(
      'ok',
    );
  });

  it('is available to administrators too', async () => {
    const local = await startLocal({ ...CHOICE, users: [ana] });
    const { sdk, UserPoolId, ClientId } = local;
    const AuthParameters = { USERNAME: ANA, PREFERRED_CHALLENGE: 'EMAIL_OTP' };
    const begun = await sdk.adminInitiateAuth({
      UserPoolId,
      ClientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters,
    });
    const done = await sdk.adminRespondToAuthChallenge({
      UserPoolId,
      ClientId,
      ChallengeName: 'EMAIL_OTP',
      Session: begun.Session,
      ChallengeResponses: { USERNAME: ANA, EMAIL_OTP_CODE: codeFor(local) },
    });
    expect(done.AuthenticationResult).to.have.property('AccessToken');
  });
});

describe('The sign-in policy of the local user pool', () => {
  afterEach(closeAll);

  it('is set by CreateUserPool, returned by DescribeUserPool, and always contains PASSWORD', async () => {
    const { sdk } = await startLocal();
    const PoolName = 'choice';
    const created = await sdk.createUserPool({
      PoolName,
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
    });
    const described = await sdk.describeUserPool({ UserPoolId: created.UserPool?.Id });
    expect(described.UserPool?.Policies?.SignInPolicy).to.deep.equal(FACTORS.SignInPolicy);
    const without = { SignInPolicy: { AllowedFirstAuthFactors: ['EMAIL_OTP' as const] } };
    expect(await outcomeOf(sdk.createUserPool({ PoolName, Policies: without }))).to.match(
      /^InvalidParameterException: Password should be configured as one of the allowed first auth factors\.$/,
    );
  });

  it('decides whether a sign-up needs a password', async () => {
    for (const [options, outcome] of [
      [CHOICE, 'ok'],
      [{}, 'InvalidParameterException: Missing required parameter Password'],
    ] as const) {
      const { sdk, ClientId } = await startLocal(options);
      expect(await outcomeOf(sdk.signUp({ ClientId, Username: ANA }))).to.equal(outcome);
    }
  });
});
