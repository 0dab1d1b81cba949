import { once } from 'node:events';
import { expect } from 'chai';
import type { Triggers } from '../../../src/local/model/triggers.ts';
import {
  ANA,
  claimsOf,
  closeAll,
  type Local,
  outcomeOf,
  PASSWORD,
  signIn,
  startLocal,
} from '../../support/local-sdk.ts';

const LAMBDA = 'arn:aws:lambda:us-east-1:123456789012:function:f';

describe("The LambdaConfig of a local pool's settings", () => {
  afterEach(closeAll);

  const confirming: Triggers = {
    preSignUp: async (event) => {
      event.response.autoConfirmUser = true;
      return event;
    },
  };

  const poolWith = async (local: Local, settings: object): Promise<Local> => {
    const { UserPool } = await local.sdk.createUserPool({ PoolName: 'p', ...settings });
    const UserPoolId = UserPool?.Id ?? '';
    const { UserPoolClient } = await local.sdk.createUserPoolClient({
      UserPoolId,
      ClientName: 'c',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    });
    return { ...local, UserPoolId, ClientId: UserPoolClient?.ClientId ?? '' };
  };
  const isConfirmed = async ({ sdk, ClientId }: Local, Username = 'ana'): Promise<boolean | undefined> =>
    (await sdk.signUp({ ClientId, Username, Password: PASSWORD })).UserConfirmed;

  it('decides which pools run a function of the option triggers (case 10)', async () => {
    const local = await startLocal({ triggers: confirming });
    expect(await isConfirmed(local, ANA)).to.equal(true);
    expect(await isConfirmed(await poolWith(local, {}))).to.equal(false);
    const configured = await poolWith(local, { LambdaConfig: { PreSignUp: LAMBDA } });
    expect(await isConfirmed(configured)).to.equal(true);
  });

  it('has the functions of the option triggers in the pool that they start with', async () => {
    const { sdk, UserPoolId } = await startLocal({
      triggers: { ...confirming, preTokenGenerationV2: async (event) => event },
      pool: { LambdaConfig: { PostConfirmation: LAMBDA } },
    });
    const { UserPool } = await sdk.describeUserPool({ UserPoolId });
    expect(UserPool?.LambdaConfig).to.deep.equal({
      PreSignUp: 'arn:aws:lambda:us-east-1:000000000000:function:preSignUp',
      PreTokenGenerationConfig: {
        LambdaVersion: 'V2_0',
        LambdaArn: 'arn:aws:lambda:us-east-1:000000000000:function:preTokenGenerationV2',
      },
      PostConfirmation: LAMBDA,
    });
  });

  it('stops a trigger if UpdateUserPool omits it', async () => {
    const local = await startLocal({ triggers: confirming });
    await local.sdk.updateUserPool({ UserPoolId: local.UserPoolId });
    expect(await isConfirmed(local, ANA)).to.equal(false);
  });

  for (const [config, claim] of [
    [{ PreTokenGeneration: LAMBDA }, 'first'],
    [{ PreTokenGenerationConfig: { LambdaVersion: 'V1_0', LambdaArn: LAMBDA } }, 'first'],
    [
      {
        PreTokenGeneration: LAMBDA,
        PreTokenGenerationConfig: { LambdaVersion: 'V2_0', LambdaArn: LAMBDA },
      },
      'second',
    ],
    [{}, undefined],
  ] as const) {
    it(`chooses the version of pre token generation: ${JSON.stringify(config)} runs ${claim ?? 'none'}`, async () => {
      const local = await startLocal({
        triggers: {
          preTokenGeneration: async (event) => {
            event.response.claimsOverrideDetails = { claimsToAddOrOverride: { ran: 'first' } };
            return event;
          },
          preTokenGenerationV2: async (event) => {
            const idTokenGeneration = { claimsToAddOrOverride: { ran: 'second' } };
            event.response.claimsAndScopeOverrideDetails = { idTokenGeneration };
            return event;
          },
        },
      });
      const { sdk, UserPoolId, ...rest } = await poolWith(local, { LambdaConfig: config });
      await sdk.adminCreateUser({ UserPoolId, Username: 'ana' });
      await sdk.adminSetUserPassword({ UserPoolId, Username: 'ana', Password: PASSWORD, Permanent: true });
      const { AuthenticationResult } = await signIn({ sdk, UserPoolId, ...rest }, 'ana');
      expect(claimsOf(AuthenticationResult?.IdToken).ran).to.equal(claim);
    });
  }

  it('warns of a trigger without a function, and the request goes on', async () => {
    const local = await poolWith(await startLocal(), { LambdaConfig: { PreSignUp: LAMBDA } });
    const warning = once(process, 'warning');
    expect(await isConfirmed(local)).to.equal(false);
    const [{ message, code }] = (await warning) as [Error & { code: string }];
    expect(code).to.equal('COGNITO_KIT_LOCAL_TRIGGER');
    expect(message).to.contain(`${local.UserPoolId} has PreSignUp in its LambdaConfig`);
    expect(message).to.contain('triggers: { preSignUp }');
  });

  it('warns of a function that returns nothing, and refuses the request', async () => {
    const local = await startLocal({ triggers: { preSignUp: async () => undefined } });
    const warning = once(process, 'warning');
    expect(await outcomeOf(isConfirmed(local, ANA))).to.equal(
      'InvalidLambdaResponseException: Invalid lambda function output : Invalid JSON',
    );
    const [{ message }] = (await warning) as [Error];
    expect(message).to.contain('PreSignUp failed: its function returned nothing. Return the event');
  });
});
