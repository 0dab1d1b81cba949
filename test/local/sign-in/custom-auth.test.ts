import { expect } from 'chai';
import {
  claimSignature,
  claimTimestamp,
  clientKey,
  clientKeyPair,
  parseHex,
  srpPoolName,
} from '../../../src/cognito/srp.ts';
import type { LocalUserPoolOptions } from '../../../src/local/local-user-pool.ts';
import type { Triggers } from '../../../src/local/model/triggers.ts';
import { totpCode } from '../../../src/local/users/totp.ts';
import { ANSWER, type CustomTriggers, customTriggers } from '../../support/custom-triggers.ts';
import {
  ANA,
  claimsOf,
  closeAll,
  type Local,
  outcomeOf,
  PASSWORD,
  SDK_IN_EVENTS,
  secretHash,
  startLocal,
} from '../../support/local-sdk.ts';

const CLIENT = { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] } as const;
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const WRONG = 'NotAuthorizedException: Incorrect username or password.';

type Custom = Local & CustomTriggers;

async function startCustom(options: LocalUserPoolOptions = {}): Promise<Custom> {
  const custom = customTriggers();
  const local = await startLocal({
    triggers: custom.triggers,
    users: [{ username: ANA, password: PASSWORD }],
    ...options,
    appClient: { ...CLIENT, ...options.appClient },
  });
  return { ...local, ...custom };
}

function begin({ sdk, ClientId }: Local, USERNAME = ANA, more: Record<string, string> = {}) {
  return sdk.initiateAuth({
    ClientId,
    AuthFlow: 'CUSTOM_AUTH',
    AuthParameters: { USERNAME, ...more },
    ClientMetadata: { from: 'initiate' },
  });
}

interface Given {
  readonly Session?: string | undefined;
  readonly USERNAME?: string | undefined;
  readonly ClientId?: string;
}

function answer(local: Local, given: Given, ANSWER_: string | undefined) {
  const { Session, USERNAME = ANA, ClientId = local.ClientId } = given;
  return local.sdk.respondToAuthChallenge({
    ClientId,
    ChallengeName: 'CUSTOM_CHALLENGE',
    Session,
    ChallengeResponses: { USERNAME, ...(ANSWER_ !== undefined && { ANSWER: ANSWER_ }) },
    ClientMetadata: { from: 'respond' },
  });
}

/** The password first, by SRP, as amazon-cognito-identity-js does it. */
async function provePassword(local: Local, password = PASSWORD, USERNAME = ANA) {
  const pair = clientKeyPair();
  const posed = await begin(local, USERNAME, { CHALLENGE_NAME: 'SRP_A', SRP_A: pair.shared.toString(16) });
  const { SALT = '', SRP_B = '', SECRET_BLOCK = '', USER_ID_FOR_SRP = '' } = posed.ChallengeParameters ?? {};
  expect(posed.ChallengeName).to.equal('PASSWORD_VERIFIER');
  const identity = { group: srpPoolName(local.UserPoolId), name: USER_ID_FOR_SRP, password };
  const key = clientKey(identity, parseHex(SALT), pair, parseHex(SRP_B));
  const TIMESTAMP = claimTimestamp(new Date(local.pool.clock.now()));
  return local.sdk.respondToAuthChallenge({
    ClientId: local.ClientId,
    ChallengeName: 'PASSWORD_VERIFIER',
    Session: posed.Session,
    ChallengeResponses: {
      USERNAME: USER_ID_FOR_SRP,
      PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
      PASSWORD_CLAIM_SIGNATURE: claimSignature(key, identity, SECRET_BLOCK, TIMESTAMP),
      TIMESTAMP,
    },
  });
}

describe('A local user pool with custom challenges', () => {
  afterEach(closeAll);

  it('returns the challenge of the triggers, and tokens for the correct answer', async () => {
    const local = await startCustom();
    const posed = await begin(local);
    const { sub } = local.pool.addUser({ username: 'bo@example.com' });
    expect(posed.ChallengeName).to.equal('CUSTOM_CHALLENGE');
    const { USERNAME, ...parameters } = posed.ChallengeParameters ?? {};
    expect(parameters).to.deep.equal({ question: 'The word?', tries: '0' });
    expect(USERNAME).to.be.a('string').and.not.equal(sub);
    expect(JSON.stringify(posed)).to.not.include(ANSWER);
    const { AuthenticationResult, ChallengeParameters } = await answer(local, { ...posed, USERNAME }, ANSWER);
    expect(claimsOf(AuthenticationResult?.IdToken).email).to.equal(ANA);
    expect(ChallengeParameters).to.deep.equal({});
  });

  it('runs the triggers with the events that AWS documents', async () => {
    const local = await startCustom();
    const { sub, username } = local.pool.addUser({ username: 'bo@example.com', attributes: { name: 'Bo' } });
    const first = await begin(local, 'bo@example.com');
    const second = await answer(local, { ...first, USERNAME: username }, 'no');
    await answer(local, { ...second, USERNAME: username }, ANSWER);
    const common = {
      version: '1',
      region: 'us-east-1',
      userPoolId: local.UserPoolId,
      userName: username,
      callerContext: { awsSdkVersion: SDK_IN_EVENTS, clientId: local.ClientId },
    };
    const userAttributes = {
      sub,
      email: 'bo@example.com',
      email_verified: 'true',
      name: 'Bo',
      'cognito:user_status': 'CONFIRMED',
    };
    const wrong = { challengeName: 'CUSTOM_CHALLENGE', challengeResult: false, challengeMetadata: 'WORD' };
    const clientMetadata = { from: 'respond' };
    // InitiateAuth does not tell these triggers its ClientMetadata.
    expect(local.defined).to.deep.equal([
      {
        ...common,
        triggerSource: 'DefineAuthChallenge_Authentication',
        request: { userAttributes, userNotFound: false, session: [] },
        response: { challengeName: null, issueTokens: null, failAuthentication: null },
      },
      {
        ...common,
        triggerSource: 'DefineAuthChallenge_Authentication',
        request: { userAttributes, userNotFound: false, clientMetadata, session: [wrong] },
        response: { challengeName: null, issueTokens: null, failAuthentication: null },
      },
      {
        ...common,
        triggerSource: 'DefineAuthChallenge_Authentication',
        request: {
          userAttributes,
          userNotFound: false,
          clientMetadata,
          session: [wrong, { ...wrong, challengeResult: true }],
        },
        response: { challengeName: null, issueTokens: null, failAuthentication: null },
      },
    ]);
    const response = {
      publicChallengeParameters: null,
      privateChallengeParameters: null,
      challengeMetadata: null,
    };
    const triggerSource = 'CreateAuthChallenge_Authentication';
    const challengeName = 'CUSTOM_CHALLENGE';
    expect(local.created).to.deep.equal([
      {
        ...common,
        triggerSource,
        request: { userAttributes, userNotFound: false, challengeName, session: [] },
        response,
      },
      {
        ...common,
        triggerSource,
        request: { userAttributes, userNotFound: false, clientMetadata, challengeName, session: [wrong] },
        response,
      },
    ]);
    expect(local.verified[0]).to.deep.equal({
      ...common,
      triggerSource: 'VerifyAuthChallengeResponse_Authentication',
      request: {
        userAttributes,
        userNotFound: false,
        clientMetadata,
        privateChallengeParameters: { answer: ANSWER },
        challengeAnswer: 'no',
      },
      response: { answerCorrect: null },
    });
  });

  it('runs as many rounds as the triggers decide, and fails on their decision', async () => {
    const local = await startCustom();
    let posed = await begin(local);
    for (const tries of ['1', '2']) {
      posed = await answer(local, posed, 'no');
      expect(posed.ChallengeParameters?.tries).to.equal(tries);
    }
    expect(await outcomeOf(answer(local, posed, 'no'))).to.equal(WRONG);
    expect(await outcomeOf(answer(local, posed, ANSWER))).to.equal(
      'NotAuthorizedException: Invalid session for the user, session can only be used once.',
    );
  });

  it('accepts one answer per session, even from concurrent requests', async () => {
    const local = await startCustom();
    const posed = await begin(local);
    const outcomes = await Promise.all([1, 2].map(() => outcomeOf(answer(local, posed, ANSWER))));
    expect(outcomes.sort()).to.deep.equal([
      'NotAuthorizedException: Invalid session for the user, session can only be used once.',
      'ok',
    ]);
  });

  it('refuses a session that is foreign, expired, missing, or of another user or client', async () => {
    const local = await startCustom({
      users: [
        { username: ANA, password: PASSWORD },
        { username: 'eve@example.com', password: PASSWORD },
      ],
    });
    const invalid = 'NotAuthorizedException: Invalid session for the user.';
    const posed = await begin(local);
    const other = local.pool.addClient({ ...CLIENT });
    const tries: [Given, string][] = [
      [{ ...posed, USERNAME: 'eve@example.com' }, invalid],
      [{ ...posed, USERNAME: 'nobody@example.com' }, invalid],
      [{ ...posed, ClientId: other.clientId }, invalid],
      [{ Session: 'A'.repeat(40) }, invalid],
      [{}, 'InvalidParameterException: Missing required parameter Session'],
    ];
    for (const [given, expected] of tries) {
      expect(await outcomeOf(answer(local, given, ANSWER))).to.equal(expected);
    }
    expect(await outcomeOf(answer(local, posed, undefined))).to.equal(
      'InvalidParameterException: Missing required parameter ANSWER',
    );
    expect(local.verified).to.deep.equal([]);
    local.pool.clock.advance(3 * 60_000);
    expect(await outcomeOf(answer(local, posed, ANSWER))).to.equal(
      'NotAuthorizedException: Invalid session for the user, session is expired.',
    );
  });

  it('refuses the session of another challenge', async () => {
    const local = await startCustom({
      appClient: { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_USER_PASSWORD_AUTH'] },
      users: [{ username: ANA, password: PASSWORD, totpSecret: SECRET }],
    });
    const { sdk, ClientId } = local;
    const mfa = await sdk.initiateAuth({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: ANA, PASSWORD },
    });
    expect(mfa.ChallengeName).to.equal('SOFTWARE_TOKEN_MFA');
    const invalid = 'NotAuthorizedException: Invalid session for the user.';
    expect(await outcomeOf(answer(local, mfa, ANSWER))).to.equal(invalid);
    const { Session } = await begin(local);
    const asTotp = sdk.respondToAuthChallenge({
      ClientId,
      ChallengeName: 'SOFTWARE_TOKEN_MFA',
      Session,
      ChallengeResponses: { USERNAME: ANA, SOFTWARE_TOKEN_MFA_CODE: totpCode(SECRET) },
    });
    expect(await outcomeOf(asTotp)).to.equal(invalid);
  });

  it('requires the password first if the app starts with SRP_A', async () => {
    const local = await startCustom();
    const posed = await provePassword(local);
    expect(posed.ChallengeName).to.equal('CUSTOM_CHALLENGE');
    const srp = { challengeName: 'SRP_A', challengeResult: true };
    const verifier = { challengeName: 'PASSWORD_VERIFIER', challengeResult: true };
    expect(local.defined.map(({ request }) => request.session)).to.deep.equal([[srp], [srp, verifier]]);
    const { AuthenticationResult } = await answer(local, posed, ANSWER);
    expect(AuthenticationResult?.AccessToken).to.be.a('string');
    const before = local.defined.length;
    expect(await outcomeOf(provePassword(local, 'Wrong-0ne!'))).to.equal(WRONG);
    // The trigger has seen that it began, and no more.
    expect(local.defined).to.have.lengthOf(before + 1);
  });

  it('begins without SRP if the app names SRP_A and sends none', async () => {
    const local = await startCustom();
    const posed = await begin(local, ANA, { CHALLENGE_NAME: 'SRP_A' });
    expect(posed.ChallengeName).to.equal('CUSTOM_CHALLENGE');
    expect(local.defined.map(({ request }) => request.session)).to.deep.equal([[]]);
    expect((await answer(local, posed, ANSWER)).AuthenticationResult?.AccessToken).to.be.a('string');
  });

  it('requires a second factor between the password and the custom challenge, but not without the password', async () => {
    const local = await startCustom({ users: [{ username: ANA, password: PASSWORD, totpSecret: SECRET }] });
    const { sdk, ClientId, pool } = local;
    const mfa = await provePassword(local);
    expect(mfa.ChallengeName).to.equal('SOFTWARE_TOKEN_MFA');
    expect(local.created).to.deep.equal([]);
    const posed = await sdk.respondToAuthChallenge({
      ClientId,
      ChallengeName: 'SOFTWARE_TOKEN_MFA',
      Session: mfa.Session,
      ChallengeResponses: { USERNAME: ANA, SOFTWARE_TOKEN_MFA_CODE: totpCode(SECRET, pool.clock.now()) },
    });
    expect(posed.ChallengeName).to.equal('CUSTOM_CHALLENGE');
    expect(local.defined.at(-1)?.request.session.map(({ challengeName }) => challengeName)).to.deep.equal([
      'SRP_A',
      'PASSWORD_VERIFIER',
      'SOFTWARE_TOKEN_MFA',
    ]);
    expect((await answer(local, posed, ANSWER)).AuthenticationResult).to.not.equal(undefined);
    const without = await answer(local, await begin(local), ANSWER);
    expect(without.AuthenticationResult).to.not.equal(undefined);
  });

  it('runs the triggers for an unknown user, and never issues tokens', async () => {
    for (const PreventUserExistenceErrors of ['ENABLED', 'LEGACY'] as const) {
      const local = await startCustom({ appClient: { PreventUserExistenceErrors } });
      const name = 'nobody@example.com';
      if (PreventUserExistenceErrors === 'LEGACY') {
        expect(await outcomeOf(begin(local, name))).to.equal('UserNotFoundException: User does not exist.');
        expect(local.defined).to.deep.equal([]);
        continue;
      }
      const posed = await begin(local, name);
      const { USERNAME, ...parameters } = posed.ChallengeParameters ?? {};
      expect(parameters).to.deep.equal({ question: 'The word?', tries: '0' });
      expect(USERNAME).to.match(/^[\da-f]{8}-/);
      expect((await begin(local, name)).ChallengeParameters?.USERNAME).to.equal(USERNAME);
      const again = await answer(local, { ...posed, USERNAME }, 'no');
      expect(again.ChallengeName).to.equal('CUSTOM_CHALLENGE');
      expect(await outcomeOf(answer(local, { ...again, USERNAME }, ANSWER))).to.equal(WRONG);
      const [asked] = local.defined;
      expect(asked?.userName).to.equal(name);
      expect(asked?.request).to.deep.equal({ userAttributes: {}, userNotFound: true, session: [] });
      expect(await outcomeOf(provePassword(local, PASSWORD, name))).to.equal(WRONG);
    }
  });

  it('refuses an unconfirmed, disabled or reset user before any trigger', async () => {
    const local = await startCustom({
      users: [{ username: ANA, password: PASSWORD, status: 'UNCONFIRMED' }],
    });
    expect(await outcomeOf(begin(local))).to.equal('UserNotConfirmedException: User is not confirmed.');
    local.pool.addUser({ username: 'bo@example.com', password: PASSWORD });
    const posed = await begin(local, 'bo@example.com');
    const asked = local.defined.length;
    await local.sdk.adminDisableUser({ UserPoolId: local.UserPoolId, Username: 'bo@example.com' });
    const disabled = 'NotAuthorizedException: User is disabled.';
    expect(await outcomeOf(begin(local, 'bo@example.com'))).to.equal(disabled);
    expect(await outcomeOf(answer(local, { ...posed, USERNAME: 'bo@example.com' }, ANSWER))).to.equal(
      disabled,
    );
    expect(local.defined).to.have.lengthOf(asked);
  });

  it('requires the flow, all triggers, and the correct secret hash', async () => {
    const closed = await startLocal({ triggers: customTriggers().triggers });
    expect(await outcomeOf(begin(closed))).to.equal(
      'InvalidParameterException: CUSTOM_AUTH is not enabled for the client.',
    );
    const without = await startLocal({ appClient: CLIENT });
    expect(await outcomeOf(begin(without))).to.equal(
      'InvalidParameterException: Custom auth lambda trigger is not configured for the user pool.',
    );
    const local = await startCustom({ appClient: { GenerateSecret: true } });
    expect(await outcomeOf(begin(local))).to.match(/SECRET_HASH was not received$/);
    const posed = await begin(local, ANA, { SECRET_HASH: secretHash(local, ANA) });
    expect(posed.ChallengeName).to.equal('CUSTOM_CHALLENGE');
    expect(await outcomeOf(answer(local, posed, ANSWER))).to.match(/SECRET_HASH was not received$/);
  });

  it('answers a failed trigger as Cognito does', async () => {
    const good = customTriggers().triggers;
    const failing = (): never => {
      throw new Error('out of words');
    };
    const cases: [Triggers, string][] = [
      [
        { defineAuthChallenge: failing },
        'UserLambdaValidationException: DefineAuthChallenge failed with error out of words.',
      ],
      [
        { createAuthChallenge: () => Promise.reject(new Error('out of words')) },
        'UserLambdaValidationException: CreateAuthChallenge failed with error out of words.',
      ],
      [
        {
          defineAuthChallenge: (_event: object, _context: object, callback: (error: string) => void) =>
            callback('out of words'),
        },
        'UserLambdaValidationException: DefineAuthChallenge failed with error out of words.',
      ],
      [
        { defineAuthChallenge: () => undefined },
        'InvalidLambdaResponseException: Invalid lambda function output : Invalid JSON',
      ],
      [
        { defineAuthChallenge: () => ({ challengeName: 'CUSTOM_CHALLENGE' }) },
        'InvalidLambdaResponseException: Unrecognizable lambda output',
      ],
      [
        { defineAuthChallenge: (event) => event },
        'InvalidLambdaResponseException: Unrecognizable lambda output',
      ],
      [
        {
          createAuthChallenge: (event) => ({
            ...event,
            response: { publicChallengeParameters: { a: { nested: true } } },
          }),
        },
        'InvalidLambdaResponseException: Unrecognizable lambda output',
      ],
      // A challenge that only Cognito can pose, where nothing has begun it.
      [
        { defineAuthChallenge: (event) => ({ ...event, response: { challengeName: 'PASSWORD_VERIFIER' } }) },
        'InvalidLambdaResponseException: Unrecognizable lambda output',
      ],
      [
        {
          defineAuthChallenge: (event) => ({
            ...event,
            response: { issueTokens: true, failAuthentication: true },
          }),
        },
        WRONG,
      ],
    ];
    for (const [bad, expected] of cases) {
      const local = await startCustom({ triggers: { ...good, ...bad } });
      expect(await outcomeOf(begin(local))).to.equal(expected);
    }
  });

  it('stops waiting for a trigger after the timeout', async () => {
    const { triggers } = customTriggers();
    const local = await startCustom({
      triggers: { ...triggers, defineAuthChallenge: () => new Promise(() => undefined) },
    });
    expect(await outcomeOf(begin(local))).to.equal(
      'UnexpectedLambdaException: DefineAuthChallenge invocation failed due to error Socket timeout while invoking Lambda function.',
    );
  });

  it('is not affected by a trigger that changes its event', async () => {
    const { triggers } = customTriggers();
    const local = await startCustom({
      triggers: {
        ...triggers,
        createAuthChallenge: (event) => {
          Object.assign(event.request.userAttributes, { email: 'eve@example.com' });
          event.request.session.push({ challengeName: 'CUSTOM_CHALLENGE', challengeResult: true });
          return { ...event, response: { publicChallengeParameters: { USERNAME: 'eve' } } };
        },
      },
    });
    const posed = await begin(local);
    expect(posed.ChallengeParameters?.USERNAME).to.not.equal('eve');
    await answer(local, posed, 'no');
    const user = await local.sdk.adminGetUser({ UserPoolId: local.UserPoolId, Username: ANA });
    expect(user.UserAttributes).to.deep.include({ Name: 'email', Value: ANA });
  });
});
