import { expect } from 'chai';
import type { LocalUserPoolOptions } from '../../../src/local/local-user-pool.ts';
import type { UserMigrationEvent } from '../../../src/local/model/triggers.ts';
import {
  ANA,
  claimsOf,
  closeAll,
  codeFor,
  type Local,
  outcomeOf,
  PASSWORD,
  SDK_IN_EVENTS,
  signIn,
  startLocal,
} from '../../support/local-sdk.ts';

/** A password of the other directory, which the policy refuses. */
const OLD = 'old';
const PLAIN = { email: ANA, email_verified: 'true', name: 'Ana' };

type Response = Partial<UserMigrationEvent['response']>;

/** Starts a pool whose trigger returns `response` for the password OLD, or for a forgotten one. */
async function start(
  response: Response,
  options: LocalUserPoolOptions = {},
): Promise<Local & { heard: UserMigrationEvent[] }> {
  const heard: UserMigrationEvent[] = [];
  const local = await startLocal({
    triggers: {
      userMigration: (event) => {
        heard.push(structuredClone(event));
        const { password } = event.request;
        if (password !== null && password !== OLD) throw new Error('Bad password');
        Object.assign(event.response, response);
        return event;
      },
    },
    ...options,
  });
  return { ...local, heard };
}

const statusOf = async ({ sdk, UserPoolId }: Local, Username = ANA) =>
  (await sdk.adminGetUser({ UserPoolId, Username })).UserStatus;

describe('The trigger userMigration', () => {
  afterEach(closeAll);

  it('adds the user who signs in, with a password that the policy would refuse', async () => {
    const local = await start({ userAttributes: PLAIN, finalUserStatus: 'CONFIRMED' });
    const { sdk, ClientId, UserPoolId, heard } = local;
    const { AuthenticationResult } = await sdk.initiateAuth({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: ANA, PASSWORD: OLD },
      ClientMetadata: { tenant: 'blue' },
    });
    expect(claimsOf(AuthenticationResult?.IdToken)).to.include({
      email: ANA,
      email_verified: true,
      name: 'Ana',
    });
    expect(heard).to.deep.equal([
      {
        version: '1',
        triggerSource: 'UserMigration_Authentication',
        region: 'us-east-1',
        userPoolId: UserPoolId,
        userName: ANA,
        callerContext: { awsSdkVersion: SDK_IN_EVENTS, clientId: ClientId },
        request: { password: OLD, validationData: { tenant: 'blue' } },
        response: {
          userAttributes: null,
          forceAliasCreation: null,
          enableSMSMFA: null,
          finalUserStatus: null,
          messageAction: null,
          desiredDeliveryMediums: null,
        },
      },
    ]);
    expect((await signIn(local, ANA, OLD)).AuthenticationResult).to.be.an('object');
    expect(await outcomeOf(signIn(local, ANA, 'wrong'))).to.contain('Incorrect username or password.');
    expect(heard).to.have.length(1);
  });

  it('refuses the sign-in with its error, and adds no user', async () => {
    const local = await start({ userAttributes: PLAIN });
    expect(await outcomeOf(signIn(local, ANA, 'wrong'))).to.equal(
      'UserLambdaValidationException: UserMigration failed with error Bad password.',
    );
    expect(await outcomeOf(statusOf(local))).to.contain('UserNotFoundException');
  });

  it('leaves the user with a password to reset if it sets no status', async () => {
    const local = await start({ userAttributes: PLAIN });
    expect(await outcomeOf(signIn(local, ANA, OLD))).to.equal(
      'PasswordResetRequiredException: Password reset required for the user',
    );
    expect(await statusOf(local)).to.equal('RESET_REQUIRED');
  });

  it('makes the password temporary with FORCE_CHANGE_PASSWORD', async () => {
    const local = await start({ userAttributes: PLAIN, finalUserStatus: 'FORCE_CHANGE_PASSWORD' });
    expect((await signIn(local, ANA, OLD)).ChallengeName).to.equal('NEW_PASSWORD_REQUIRED');
  });

  for (const [setting, outcome] of [
    ['LEGACY', 'UserNotFoundException: Exception migrating user in app client '],
    ['ENABLED', 'NotAuthorizedException: Incorrect username or password.'],
  ] as const) {
    for (const [what, response] of [
      ['no attributes', {}],
      ['an invalid attribute', { userAttributes: { ...PLAIN, birthdate: '1990' } }],
      ['a sub', { userAttributes: { ...PLAIN, sub: 'x' } }],
    ] as const) {
      it(`adds no user if it returns ${what}, with PreventUserExistenceErrors ${setting}`, async () => {
        const local = await start(response, {
          appClient: {
            PreventUserExistenceErrors: setting,
            ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
          },
        });
        const suffix = setting === 'LEGACY' ? local.ClientId : '';
        expect(await outcomeOf(signIn(local, ANA, OLD))).to.equal(outcome + suffix);
        expect(await outcomeOf(statusOf(local))).to.contain('UserNotFoundException');
      });
    }
  }

  it('adds a user who forgot the password, and sends the code', async () => {
    const local = await start({ userAttributes: PLAIN });
    const { sdk, ClientId, heard } = local;
    await sdk.forgotPassword({ ClientId, Username: ANA, ClientMetadata: { tenant: 'blue' } });
    expect(heard.map(({ triggerSource, request }) => [triggerSource, request])).to.deep.equal([
      [
        'UserMigration_ForgotPassword',
        { password: null, validationData: null, clientMetadata: { tenant: 'blue' } },
      ],
    ]);
    const ConfirmationCode = codeFor(local);
    await sdk.confirmForgotPassword({ ClientId, Username: ANA, Password: PASSWORD, ConfirmationCode });
    expect((await signIn(local)).AuthenticationResult).to.be.an('object');
  });

  it('does not run without a password: SRP, and a choice of first factors', async () => {
    const local = await start(
      { userAttributes: PLAIN },
      {
        appClient: {
          PreventUserExistenceErrors: 'LEGACY',
          ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_USER_AUTH'],
        },
      },
    );
    const { sdk, ClientId, heard } = local;
    for (const [AuthFlow, more] of [
      ['USER_SRP_AUTH', { SRP_A: 'ab'.repeat(300) }],
      ['USER_AUTH', {}],
    ] as const) {
      const AuthParameters = { USERNAME: ANA, ...more };
      expect(await outcomeOf(sdk.initiateAuth({ ClientId, AuthFlow, AuthParameters }))).to.contain(
        'UserNotFoundException',
      );
    }
    expect(heard).to.deep.equal([]);
  });

  it('runs for USER_AUTH with the password', async () => {
    const { sdk, ClientId } = await start(
      { userAttributes: PLAIN, finalUserStatus: 'CONFIRMED' },
      { appClient: { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] } },
    );
    const { AuthenticationResult } = await sdk.initiateAuth({
      ClientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME: ANA, PASSWORD: OLD, PREFERRED_CHALLENGE: 'PASSWORD' },
    });
    expect(claimsOf(AuthenticationResult?.IdToken).email).to.equal(ANA);
  });

  it('takes an alias from another user only with forceAliasCreation', async () => {
    const settings: LocalUserPoolOptions = {
      pool: { AliasAttributes: ['email'], UsernameAttributes: [] },
      users: [{ username: 'first', password: PASSWORD, attributes: { email: ANA } }],
    };
    const response: Response = { userAttributes: PLAIN, finalUserStatus: 'CONFIRMED' };
    const kept = await start(response, settings);
    expect(await outcomeOf(signIn(kept, 'ana', OLD))).to.contain('Incorrect username or password.');
    expect((await signIn(kept, ANA)).AuthenticationResult).to.be.an('object');
    const taken = await start({ ...response, forceAliasCreation: true }, settings);
    expect((await signIn(taken, 'ana', OLD)).AuthenticationResult).to.be.an('object');
    expect((await signIn(taken, ANA, OLD)).AuthenticationResult).to.be.an('object');
  });

  it('names the user by the attribute username, in a pool with usernames', async () => {
    const local = await start(
      { userAttributes: { ...PLAIN, username: 'ana' }, finalUserStatus: 'CONFIRMED' },
      { pool: { AliasAttributes: ['email'], UsernameAttributes: [] } },
    );
    const { AuthenticationResult } = await signIn(local, ANA, OLD);
    expect(claimsOf(AuthenticationResult?.IdToken)['cognito:username']).to.equal('ana');
  });

  it('adds one user for concurrent sign-ins', async () => {
    let runs = 0;
    let release: () => void = () => undefined;
    const both = new Promise<void>((resolve) => {
      release = resolve;
    });
    const local = await startLocal({
      appClient: {
        PreventUserExistenceErrors: 'LEGACY',
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
      },
      triggers: {
        userMigration: async (event) => {
          runs += 1;
          if (runs === 2) release();
          await both;
          Object.assign(event.response, { userAttributes: PLAIN, finalUserStatus: 'CONFIRMED' });
          return event;
        },
      },
    });
    const results = await Promise.all([signIn(local, ANA, OLD), signIn(local, ANA, OLD)]);
    const subs = results.map(({ AuthenticationResult }) => claimsOf(AuthenticationResult?.IdToken).sub);
    expect(subs[0]).to.equal(subs[1]);
  });
});
