import { expect } from 'chai';
import type {
  PostAuthenticationEvent,
  PostConfirmationEvent,
  PreAuthenticationEvent,
} from '../../../src/local/model/triggers.ts';
import { ANSWER, customTriggers } from '../../support/custom-triggers.ts';
import { ANA, claimsOf, closeAll, outcomeOf, PASSWORD, signIn, startLocal } from '../../support/local-sdk.ts';

const users = [{ username: ANA, password: PASSWORD, attributes: { name: 'Ana' } }];
const BO = 'bo@example.com';

describe('The trigger postConfirmation', () => {
  afterEach(closeAll);

  it('runs after every confirmed sign-up and password reset', async () => {
    const heard: PostConfirmationEvent[] = [];
    const { sdk, ClientId, UserPoolId, pool } = await startLocal({
      triggers: {
        preSignUp: async (event) => {
          event.response.autoConfirmUser = event.request.userAttributes.email?.startsWith('auto') ?? false;
          return event;
        },
        postConfirmation: (event) => {
          heard.push(structuredClone(event));
          return event;
        },
      },
    });
    const ClientMetadata = { from: 'app' };
    const signUp = (Username: string) =>
      sdk.signUp({ ClientId, Username, Password: PASSWORD, ClientMetadata });
    await signUp('auto@example.com');
    for (const name of [ANA, BO]) await signUp(name);
    expect(heard).to.have.length(1);
    await sdk.confirmSignUp({
      ClientId,
      Username: ANA,
      ConfirmationCode: pool.inbox.latest({ to: ANA })?.code ?? '',
      ClientMetadata,
    });
    await sdk.adminConfirmSignUp({ UserPoolId, Username: BO });
    await sdk.forgotPassword({ ClientId, Username: ANA });
    const ConfirmationCode = pool.inbox.latest({ to: ANA })?.code ?? '';
    await sdk.confirmForgotPassword({
      ClientId,
      Username: ANA,
      Password: 'Other-Passw0rd',
      ConfirmationCode,
    });
    expect(heard.map((event) => [event.triggerSource, event.request.userAttributes.email])).to.deep.equal([
      ['PostConfirmation_ConfirmSignUp', 'auto@example.com'],
      ['PostConfirmation_ConfirmSignUp', ANA],
      ['PostConfirmation_ConfirmSignUp', BO],
      ['PostConfirmation_ConfirmForgotPassword', ANA],
    ]);
    const [auto, own, byAdministrator] = heard;
    expect([auto, own].map((event) => event?.request.clientMetadata)).to.deep.equal([
      ClientMetadata,
      ClientMetadata,
    ]);
    expect(own?.callerContext.clientId).to.equal(ClientId);
    expect(byAdministrator?.callerContext.clientId).to.equal('CLIENT_ID_NOT_APPLICABLE');
    expect(own?.request.userAttributes).to.include({
      email_verified: 'true',
      'cognito:user_status': 'CONFIRMED',
    });
    expect(own?.response).to.deep.equal({});
  });

  it('leaves the account confirmed if it throws', async () => {
    const { sdk, ClientId, UserPoolId, pool } = await startLocal({
      triggers: {
        postConfirmation: () => {
          throw new Error('the mailing list is down');
        },
      },
    });
    await sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD });
    const ConfirmationCode = pool.inbox.latest({ to: ANA })?.code ?? '';
    expect(await outcomeOf(sdk.confirmSignUp({ ClientId, Username: ANA, ConfirmationCode }))).to.equal(
      'UserLambdaValidationException: PostConfirmation failed with error the mailing list is down.',
    );
    const { UserStatus } = await sdk.adminGetUser({ UserPoolId, Username: ANA });
    expect(UserStatus).to.equal('CONFIRMED');
  });
});

describe('The trigger preAuthentication', () => {
  afterEach(closeAll);

  it('runs at the start of each flow, before any proof, and not for a refresh', async () => {
    const heard: PreAuthenticationEvent[] = [];
    const local = await startLocal({
      users,
      appClient: {
        PreventUserExistenceErrors: 'ENABLED',
        ExplicitAuthFlows: [
          'ALLOW_USER_PASSWORD_AUTH',
          'ALLOW_USER_SRP_AUTH',
          'ALLOW_USER_AUTH',
          'ALLOW_CUSTOM_AUTH',
          'ALLOW_ADMIN_USER_PASSWORD_AUTH',
          'ALLOW_REFRESH_TOKEN_AUTH',
        ],
      },
      triggers: {
        ...customTriggers().triggers,
        preAuthentication: (event) => {
          heard.push(structuredClone(event));
          return event;
        },
      },
    });
    const { sdk, ClientId, UserPoolId } = local;
    const begin = (AuthFlow: 'USER_PASSWORD_AUTH' | 'USER_SRP_AUTH' | 'USER_AUTH' | 'CUSTOM_AUTH') =>
      sdk.initiateAuth({
        ClientId,
        AuthFlow,
        AuthParameters: { USERNAME: ANA, PASSWORD, SRP_A: 'abcdef' },
        ClientMetadata: { flow: AuthFlow },
      });
    const { AuthenticationResult } = await begin('USER_PASSWORD_AUTH');
    for (const flow of ['USER_SRP_AUTH', 'USER_AUTH', 'CUSTOM_AUTH'] as const) await begin(flow);
    await sdk.adminInitiateAuth({
      UserPoolId,
      ClientId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: ANA, PASSWORD },
    });
    await sdk.initiateAuth({
      ClientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: AuthenticationResult?.RefreshToken ?? '' },
    });
    expect(heard.map(({ request }) => request.validationData?.flow)).to.deep.equal([
      'USER_PASSWORD_AUTH',
      'USER_SRP_AUTH',
      'USER_AUTH',
      'CUSTOM_AUTH',
      undefined,
    ]);
    expect(heard[0]).to.deep.include({ triggerSource: 'PreAuthentication_Authentication', response: {} });
    expect(heard[0]?.request).to.include({ userNotFound: false });
    expect(heard[0]?.request.userAttributes).to.include({ email: ANA, name: 'Ana' });
    heard.length = 0;
    await outcomeOf(
      sdk.initiateAuth({
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: BO, PASSWORD },
      }),
    );
    expect(heard[0]?.userName).to.equal(BO);
    expect(heard[0]?.request).to.deep.equal({
      userAttributes: {},
      userNotFound: true,
      validationData: null,
    });
  });

  it('refuses with its own message, whatever the password', async () => {
    const local = await startLocal({
      users,
      triggers: {
        preAuthentication: () => {
          throw new Error('not on Sundays');
        },
      },
    });
    for (const password of [PASSWORD, 'wrong']) {
      expect(await outcomeOf(signIn(local, ANA, password))).to.equal(
        'UserLambdaValidationException: PreAuthentication failed with error not on Sundays.',
      );
    }
  });
});

describe('The trigger postAuthentication', () => {
  afterEach(closeAll);

  it('runs after each successful sign-in, and is told whether the device is new', async () => {
    const heard: PostAuthenticationEvent[] = [];
    const order: string[] = [];
    const local = await startLocal({
      users,
      pool: { DeviceConfiguration: { ChallengeRequiredOnNewDevice: true } },
      appClient: { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_CUSTOM_AUTH'] },
      triggers: {
        ...customTriggers().triggers,
        postAuthentication: (event) => {
          heard.push(structuredClone(event));
          order.push('postAuthentication');
          return event;
        },
        preTokenGeneration: (event) => {
          order.push('preTokenGeneration');
          return event;
        },
      },
    });
    const { sdk, ClientId } = local;
    await outcomeOf(signIn(local, ANA, 'wrong'));
    expect(heard).to.deep.equal([]);
    const { AuthenticationResult = {} } = await signIn(local);
    const { device_key: DeviceKey } = claimsOf(AuthenticationResult.AccessToken) as { device_key: string };
    await sdk.confirmDevice({ AccessToken: AuthenticationResult.AccessToken, DeviceKey });
    const { Session } = await sdk.initiateAuth({
      ClientId,
      AuthFlow: 'CUSTOM_AUTH',
      AuthParameters: { USERNAME: ANA, DEVICE_KEY: DeviceKey },
    });
    expect(heard).to.have.length(1);
    await sdk.respondToAuthChallenge({
      ClientId,
      Session,
      ChallengeName: 'CUSTOM_CHALLENGE',
      ChallengeResponses: { USERNAME: ANA, ANSWER },
      ClientMetadata: { from: 'respond' },
    });
    expect(heard.map(({ request }) => request.newDeviceUsed)).to.deep.equal([true, false]);
    expect(heard[1]).to.include({ triggerSource: 'PostAuthentication_Authentication' });
    expect(heard[1]?.request.clientMetadata).to.deep.equal({ from: 'respond' });
    expect(order.slice(0, 2)).to.deep.equal(['postAuthentication', 'preTokenGeneration']);
  });

  it('prevents the tokens if it throws', async () => {
    const local = await startLocal({
      users,
      triggers: {
        postAuthentication: async () => {
          throw new Error('too many devices');
        },
      },
    });
    expect(await outcomeOf(signIn(local))).to.equal(
      'UserLambdaValidationException: PostAuthentication failed with error too many devices.',
    );
  });
});
