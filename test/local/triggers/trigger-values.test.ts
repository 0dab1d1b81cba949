import { expect } from 'chai';
import type { Triggers } from '../../../src/local/model/triggers.ts';
import { customTriggers } from '../../support/custom-triggers.ts';
import { ANA, closeAll, outcomeOf, PASSWORD, signIn, startLocal } from '../../support/local-sdk.ts';

const UNREADABLE = 'InvalidLambdaResponseException: Unrecognizable lambda output';

/** Signs up with the response of preSignUp. Returns the outcome, and whether the account exists then. */
async function signUpWith(response: object): Promise<{ outcome: string; exists: boolean }> {
  const local = await startLocal({
    pool: { UsernameAttributes: [] },
    triggers: { preSignUp: (event) => ({ ...event, response }) as typeof event },
  });
  const { ClientId, UserPoolId, sdk } = local;
  const outcome = await outcomeOf(
    sdk.signUp({
      ClientId,
      Username: 'ana',
      Password: PASSWORD,
      UserAttributes: [{ Name: 'email', Value: ANA }],
    }),
  );
  const { Users = [] } = await sdk.listUsers({ UserPoolId });
  return { outcome, exists: Users.length > 0 };
}

describe('Local pool: the values of a trigger response', () => {
  afterEach(closeAll);

  it('preSignUp cannot verify an address without confirming the user', async () => {
    expect(await signUpWith({ autoConfirmUser: false, autoVerifyEmail: true })).to.deep.equal({
      outcome:
        'InvalidLambdaResponseException: Phone or email cannot be auto verified, when user is not being auto confirmed.',
      exists: false,
    });
  });

  it('preSignUp cannot verify an address that the user does not have', async () => {
    expect(await signUpWith({ autoConfirmUser: true, autoVerifyPhone: true })).to.deep.equal({
      outcome: UNREADABLE,
      exists: false,
    });
  });

  it('preSignUp has to answer booleans', async () => {
    for (const wrong of ['true', 1, {}]) {
      expect((await signUpWith({ autoConfirmUser: wrong })).outcome, String(wrong)).to.equal(UNREADABLE);
    }
    expect((await signUpWith({ autoConfirmUser: null })).outcome).to.equal('ok');
  });

  it('the triggers of custom challenges have to answer booleans', async () => {
    const { triggers } = customTriggers();
    const begin = async (changed: Triggers): Promise<string> => {
      const { sdk, ClientId } = await startLocal({
        triggers: { ...triggers, ...changed },
        users: [{ username: ANA, password: PASSWORD }],
        appClient: { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH'] },
      });
      const posed = await sdk
        .initiateAuth({ ClientId, AuthFlow: 'CUSTOM_AUTH', AuthParameters: { USERNAME: ANA } })
        .catch((error: Error) => error);
      if (posed instanceof Error) return `${posed.name}: ${posed.message}`;
      return outcomeOf(
        sdk.respondToAuthChallenge({
          ClientId,
          ChallengeName: 'CUSTOM_CHALLENGE',
          Session: posed.Session,
          ChallengeResponses: { USERNAME: ANA, ANSWER: 'x' },
        }),
      );
    };
    const withResponse = <E extends { response: object }>(response: object) =>
      ((event: E) => ({ ...event, response })) as (event: E) => E;
    expect(await begin({ defineAuthChallenge: withResponse({ issueTokens: 'false' }) })).to.equal(UNREADABLE);
    expect(await begin({ defineAuthChallenge: withResponse({ failAuthentication: 1 }) })).to.equal(
      UNREADABLE,
    );
    expect(await begin({ verifyAuthChallengeResponse: withResponse({ answerCorrect: 'true' }) })).to.equal(
      UNREADABLE,
    );
  });

  it('preTokenGeneration has to answer groups as lists of texts, and details as objects', async () => {
    const signedInWith = async (claimsOverrideDetails: unknown): Promise<string> => {
      const response = { claimsOverrideDetails };
      const local = await startLocal({
        triggers: { preTokenGeneration: (event) => ({ ...event, response }) as typeof event },
        users: [{ username: ANA, password: PASSWORD }],
      });
      return outcomeOf(signIn(local));
    };
    for (const wrong of [
      'admin',
      ['admin'],
      { groupOverrideDetails: 'admin' },
      { groupOverrideDetails: { groupsToOverride: 'admin' } },
      { groupOverrideDetails: { groupsToOverride: [1] } },
      { groupOverrideDetails: { iamRolesToOverride: {} } },
      { claimsToSuppress: 'email' },
    ]) {
      expect(await signedInWith(wrong), JSON.stringify(wrong)).to.equal(UNREADABLE);
    }
    expect(await signedInWith({ groupOverrideDetails: null, claimsToSuppress: null })).to.equal('ok');
  });

  it('userMigration has to answer booleans, and adds nobody otherwise', async () => {
    const local = await startLocal({
      triggers: {
        userMigration: (event) =>
          ({
            ...event,
            response: { userAttributes: { email: ANA }, finalUserStatus: 'CONFIRMED', enableSMSMFA: 'no' },
          }) as unknown as typeof event,
      },
      appClient: { PreventUserExistenceErrors: 'LEGACY' },
    });
    expect(await outcomeOf(signIn(local))).to.match(/^UserNotFoundException: Exception migrating user/);
    expect((await local.sdk.listUsers({ UserPoolId: local.UserPoolId })).Users).to.deep.equal([]);
  });
});
