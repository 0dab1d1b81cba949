import { expect } from 'chai';
import { customTriggers } from '../../support/custom-triggers.ts';
import {
  ANA,
  closeAll,
  type Local,
  outcomeOf,
  PASSWORD,
  secretHash,
  signIn,
  startLocal,
} from '../../support/local-sdk.ts';

const WRONG = 'NotAuthorizedException: Incorrect username or password.';
const users = [{ username: ANA, password: PASSWORD }];

describe('Sign-in with a password in the local user pool', () => {
  afterEach(closeAll);

  it('returns three tokens and the lifetime of the access token', async () => {
    const { AuthenticationResult, ChallengeName, ChallengeParameters } = await signIn(
      await startLocal({ users }),
    );
    expect(AuthenticationResult).to.have.all.keys(
      'AccessToken',
      'IdToken',
      'RefreshToken',
      'ExpiresIn',
      'TokenType',
    );
    expect(AuthenticationResult).to.include({ ExpiresIn: 3600, TokenType: 'Bearer' });
    expect(ChallengeName).to.equal(undefined);
    expect(ChallengeParameters).to.deep.equal({});
  });

  it('accepts the address in any case, and the sub', async () => {
    const local = await startLocal();
    const { sub } = local.pool.addUser({ username: ANA, password: PASSWORD });
    expect(await outcomeOf(signIn(local, 'ANA@EXAMPLE.COM'))).to.equal('ok');
    expect(await outcomeOf(signIn(local, sub))).to.equal('ok');
  });

  it('refuses the sub where users choose a username, in every flow (case 15)', async () => {
    const flows = ['USER_SRP_AUTH', 'USER_PASSWORD_AUTH', 'CUSTOM_AUTH', 'USER_AUTH'] as const;
    for (const PreventUserExistenceErrors of ['LEGACY', 'ENABLED'] as const) {
      const { sdk, ClientId, UserPoolId, pool } = await startLocal({
        pool: { UsernameAttributes: [] },
        appClient: {
          ExplicitAuthFlows: flows.map((flow) => `ALLOW_${flow}` as const),
          PreventUserExistenceErrors,
        },
        triggers: customTriggers().triggers,
      });
      const { sub } = pool.addUser({ username: 'ana', password: PASSWORD });
      const begin = (AuthFlow: (typeof flows)[number], USERNAME: string) =>
        sdk.initiateAuth({
          ClientId,
          AuthFlow,
          AuthParameters: { USERNAME, PASSWORD, SRP_A: 'abcdef', PREFERRED_CHALLENGE: 'PASSWORD' },
        });
      for (const flow of flows) {
        expect(await outcomeOf(begin(flow, 'ana')), flow).to.equal('ok');
        // The capture is of SRP; the other flows look up the same name.
        if (PreventUserExistenceErrors === 'LEGACY') {
          expect(await outcomeOf(begin(flow, sub)), flow).to.equal(
            'UserNotFoundException: User does not exist.',
          );
        }
      }
      if (PreventUserExistenceErrors === 'ENABLED') {
        const { ChallengeParameters } = await begin('USER_SRP_AUTH', sub);
        expect(ChallengeParameters?.USER_ID_FOR_SRP, 'as for an unknown user').to.equal(sub);
        expect(await outcomeOf(begin('USER_PASSWORD_AUTH', sub))).to.match(/^NotAuthorizedException/);
      }
      expect(await outcomeOf(sdk.adminGetUser({ UserPoolId, Username: sub })), 'not a sign-in').to.equal(
        'ok',
      );
      expect(
        await outcomeOf(
          sdk.adminSetUserPassword({ UserPoolId, Username: sub, Password: PASSWORD, Permanent: true }),
        ),
      ).to.equal('ok');
    }
  });

  it('refuses a wrong password', async () => {
    expect(await outcomeOf(signIn(await startLocal({ users }), ANA, 'Wr0ng-password'))).to.equal(WRONG);
  });

  it('reports an unconfirmed user for any password', async () => {
    const local = await startLocal({ users: [{ username: ANA, password: PASSWORD, status: 'UNCONFIRMED' }] });
    for (const password of [PASSWORD, 'Wr0ng-password']) {
      expect(await outcomeOf(signIn(local, ANA, password))).to.equal(
        'UserNotConfirmedException: User is not confirmed.',
      );
    }
  });

  it('reports a required password reset and a disabled user', async () => {
    const local = await startLocal({ users });
    const { sdk, UserPoolId } = local;
    await sdk.adminResetUserPassword({ UserPoolId, Username: ANA });
    expect(await outcomeOf(signIn(local))).to.equal(
      'PasswordResetRequiredException: Password reset required for the user',
    );
    await sdk.adminDisableUser({ UserPoolId, Username: ANA });
    expect(await outcomeOf(signIn(local))).to.equal('NotAuthorizedException: User is disabled.');
  });

  it('locks the user for 1, 2, 4 ... seconds from the fifth wrong password on, up to 15 minutes', async () => {
    const local = await startLocal({ users });
    const attempt = (password: string) => outcomeOf(signIn(local, ANA, password));
    for (let i = 0; i < 5; i++) expect(await attempt('Wr0ng-password')).to.equal(WRONG);
    for (let lock = 1; lock <= 1024; lock *= 2) {
      const seconds = Math.min(lock, 900);
      expect(await attempt(PASSWORD)).to.equal('NotAuthorizedException: Password attempts exceeded');
      local.pool.clock.advance(seconds * 1000 - 500);
      expect(await attempt(PASSWORD)).to.contain('attempts exceeded');
      local.pool.clock.advance(500);
      if (seconds < 900) expect(await attempt('Wr0ng-password')).to.equal(WRONG);
    }
    expect(await attempt(PASSWORD)).to.equal('ok');
    expect(await attempt('Wr0ng-password')).to.equal(WRONG);
    expect(await attempt(PASSWORD)).to.equal('ok');
  });

  it('resets the lockout 15 minutes after the last wrong password', async () => {
    const local = await startLocal({ users });
    const attempt = (password: string) => outcomeOf(signIn(local, ANA, password));
    for (let i = 0; i < 4; i++) await attempt('Wr0ng-password');
    local.pool.clock.advance(15 * 60_000);
    await attempt('Wr0ng-password');
    expect(await attempt(PASSWORD)).to.equal('ok');
  });

  it('locks no user if limits are disabled', async () => {
    const local = await startLocal({ users, limits: false });
    for (let i = 0; i < 8; i++) expect(await outcomeOf(signIn(local, ANA, 'Wr0ng-password'))).to.equal(WRONG);
    expect(await outcomeOf(signIn(local))).to.equal('ok');
  });

  it('refuses flows that the client does not allow before any other check', async () => {
    const { sdk, ClientId } = await startLocal({ appClient: { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'] } });
    for (const AuthFlow of ['USER_PASSWORD_AUTH', 'REFRESH_TOKEN_AUTH', 'USER_AUTH'] as const) {
      expect(await outcomeOf(sdk.initiateAuth({ ClientId, AuthFlow }))).to.equal(
        `InvalidParameterException: ${AuthFlow} flow not enabled for this client`,
      );
    }
  });

  it('allows refresh, SRP and custom flows, but no passwords, if the client names no flows', async () => {
    const { sdk, UserPoolId } = await startLocal();
    const { UserPoolClient } = await sdk.createUserPoolClient({ UserPoolId, ClientName: 'plain' });
    const ClientId = UserPoolClient?.ClientId ?? '';
    expect(await outcomeOf(sdk.initiateAuth({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH' }))).to.contain(
      'flow not enabled',
    );
    expect(await outcomeOf(sdk.initiateAuth({ ClientId, AuthFlow: 'REFRESH_TOKEN_AUTH' }))).to.equal(
      'InvalidParameterException: Missing required parameter REFRESH_TOKEN',
    );
  });

  it('accepts the legacy names of flows', async () => {
    const local = await startLocal({ users, appClient: { ExplicitAuthFlows: ['USER_PASSWORD_AUTH'] } });
    const { AuthenticationResult } = await signIn(local);
    const again = local.sdk.initiateAuth({
      ClientId: local.ClientId,
      AuthFlow: 'REFRESH_TOKEN',
      AuthParameters: { REFRESH_TOKEN: AuthenticationResult?.RefreshToken ?? '' },
    });
    expect(await outcomeOf(again)).to.equal('ok');
  });

  for (const [names, srp] of [
    [['ADMIN_NO_SRP_AUTH'], true],
    [['USER_PASSWORD_AUTH'], true],
    [['ADMIN_NO_SRP_AUTH', 'USER_PASSWORD_AUTH'], true],
    [['CUSTOM_AUTH_FLOW_ONLY'], false],
    [['ALLOW_ADMIN_USER_PASSWORD_AUTH'], false],
  ] as const) {
    it(`${srp ? 'allows' : 'refuses'} SRP for the flow names ${names.join(' and ')} (case 2)`, async () => {
      const { sdk, ClientId } = await startLocal({ users, appClient: { ExplicitAuthFlows: names } });
      const AuthParameters = { USERNAME: ANA, SRP_A: 'ab'.repeat(300) };
      const attempt = sdk.initiateAuth({ ClientId, AuthFlow: 'USER_SRP_AUTH', AuthParameters });
      expect(await outcomeOf(attempt)).to.equal(
        srp ? 'ok' : 'InvalidParameterException: USER_SRP_AUTH is not enabled for the client.',
      );
    });
  }

  // Legacy names only add flows; no capture for CUSTOM_AUTH.
  it('allows CUSTOM_AUTH for legacy flow names', async () => {
    const { sdk, ClientId } = await startLocal({
      users,
      appClient: { ExplicitAuthFlows: ['ADMIN_NO_SRP_AUTH'] },
    });
    const attempt = sdk.initiateAuth({
      ClientId,
      AuthFlow: 'CUSTOM_AUTH',
      AuthParameters: { USERNAME: ANA },
    });
    expect(await outcomeOf(attempt)).to.not.contain('flow not enabled');
  });

  it('separates the flows of administrators and of users', async () => {
    const { sdk, ClientId, UserPoolId } = await startLocal({
      users,
      appClient: { ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_USER_PASSWORD_AUTH'] },
    });
    const AuthParameters = { USERNAME: ANA, PASSWORD };
    const AuthFlow = 'ADMIN_USER_PASSWORD_AUTH';
    expect(await outcomeOf(sdk.initiateAuth({ ClientId, AuthFlow, AuthParameters }))).to.equal(
      'InvalidParameterException: Initiate Auth method not supported.',
    );
    const { AuthenticationResult } = await sdk.adminInitiateAuth({
      UserPoolId,
      ClientId,
      AuthFlow,
      AuthParameters,
    });
    expect(AuthenticationResult?.AccessToken).to.be.a('string');
    expect(
      await outcomeOf(
        sdk.adminInitiateAuth({ UserPoolId, ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters }),
      ),
    ).to.contain('not supported');
  });

  it('names the missing parameter', async () => {
    const { sdk, ClientId } = await startLocal();
    const attempt = (AuthParameters: Record<string, string>) =>
      outcomeOf(sdk.initiateAuth({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters }));
    expect(await attempt({})).to.equal('InvalidParameterException: Missing required parameter USERNAME');
    expect(await attempt({ USERNAME: ANA })).to.equal(
      'InvalidParameterException: Missing required parameter PASSWORD',
    );
  });

  it('requires SECRET_HASH from a client with a secret', async () => {
    const local = await startLocal({ users, appClient: { GenerateSecret: true } });
    const { sdk, ClientId } = local;
    const attempt = (hash: Record<string, string>) =>
      outcomeOf(
        sdk.initiateAuth({
          ClientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: ANA, PASSWORD, ...hash },
        }),
      );
    expect(await attempt({})).to.match(/is configured with secret but SECRET_HASH was not received$/);
    expect(await attempt({ SECRET_HASH: secretHash(local, ANA, 'another') })).to.match(
      /Unable to verify secret hash for client/,
    );
    expect(await attempt({ SECRET_HASH: secretHash(local, ANA) })).to.equal('ok');
  });
});

describe('Account enumeration in the local user pool', () => {
  afterEach(closeAll);

  const NOBODY = 'nobody@example.com';
  const calls: Record<string, (local: Local, Username: string) => Promise<unknown>> = {
    signIn: (local, name) => signIn(local, name, 'Wr0ng-password'),
    forgotPassword: async ({ sdk, ClientId }, Username) =>
      (await sdk.forgotPassword({ ClientId, Username })).CodeDeliveryDetails,
    resendConfirmationCode: async ({ sdk, ClientId }, Username) =>
      (await sdk.resendConfirmationCode({ ClientId, Username })).CodeDeliveryDetails,
    confirmForgotPassword: ({ sdk, ClientId }, Username) =>
      sdk.confirmForgotPassword({ ClientId, Username, ConfirmationCode: '12345', Password: PASSWORD }),
    confirmSignUp: ({ sdk, ClientId }, Username) =>
      sdk.confirmSignUp({ ClientId, Username, ConfirmationCode: '12345' }),
  };
  const CODE_MISMATCH = 'CodeMismatchException: Invalid verification code provided, please try again.';
  const EXPIRED = 'ExpiredCodeException: Invalid code provided, please request a code again.';

  for (const [name, legacy, enabled] of [
    ['signIn', 'User does not exist.', WRONG],
    ['forgotPassword', 'Username/client id combination not found.', 'ok'],
    ['resendConfirmationCode', 'Username/client id combination not found.', 'ok'],
    ['confirmForgotPassword', 'Username/client id combination not found.', EXPIRED],
    ['confirmSignUp', 'Username/client id combination not found.', CODE_MISMATCH],
  ] as const) {
    it(`through ${name} is possible with PreventUserExistenceErrors LEGACY, but not with ENABLED`, async () => {
      for (const [mode, outcome] of [
        ['LEGACY', `UserNotFoundException: ${legacy}`],
        ['ENABLED', enabled],
      ] as const) {
        const local = await startLocal({ appClient: { PreventUserExistenceErrors: mode } });
        expect(await outcomeOf(calls[name]?.(local, NOBODY) ?? Promise.reject(new Error(name)))).to.equal(
          outcome,
        );
      }
    });
  }

  it('is prevented by default, except for a client created over the wire', async () => {
    const local = await startLocal();
    const { sdk, UserPoolId } = local;
    expect(await outcomeOf(signIn(local, NOBODY))).to.equal(WRONG);
    const { UserPoolClient } = await sdk.createUserPoolClient({
      UserPoolId,
      ClientName: 'plain',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    });
    expect(await outcomeOf(signIn({ ...local, ClientId: UserPoolClient?.ClientId ?? '' }, NOBODY))).to.match(
      /^UserNotFoundException/,
    );
  });

  it('is prevented by a stable made-up delivery, like that of a known user', async () => {
    const local = await startLocal({ users });
    const details = await calls.forgotPassword?.(local, ANA);
    expect(details).to.deep.equal({
      AttributeName: 'email',
      DeliveryMedium: 'EMAIL',
      Destination: 'a***@e***',
    });
    const invented = await calls.forgotPassword?.(local, 'adam@elsewhere.example');
    expect(invented).to.deep.equal(details);
    const plain = await startLocal({ pool: { UsernameAttributes: [] } });
    const first = await calls.forgotPassword?.(plain, 'somebody');
    expect(first).to.deep.equal(await calls.forgotPassword?.(plain, 'somebody'));
    expect((first as { Destination: string }).Destination).to.match(/^[a-z]\*{3}@[a-z]\*{3}$/);
    expect(await calls.forgotPassword?.(local, '+15551234567')).to.deep.equal({
      AttributeName: 'phone_number',
      DeliveryMedium: 'SMS',
      Destination: '+*******4567',
    });
    expect(plain.pool.inbox.list()).to.deep.equal([]);
  });

  it('is prevented for wrong reset codes, before and after a request', async () => {
    const local = await startLocal({ users });
    for (const name of [ANA, NOBODY]) {
      const confirm = () => outcomeOf(calls.confirmForgotPassword?.(local, name) ?? Promise.resolve());
      expect(await confirm()).to.equal(EXPIRED);
      await calls.forgotPassword?.(local, name);
      expect(await confirm()).to.equal(CODE_MISMATCH);
    }
    local.pool.clock.advance(3_600_000);
    for (const name of [ANA, NOBODY]) {
      expect(await outcomeOf(calls.confirmForgotPassword?.(local, name) ?? Promise.resolve())).to.equal(
        EXPIRED,
      );
    }
  });

  it('is prevented by equal limits for unknown and known users', async () => {
    const local = await startLocal({ users, limits: { forgotPassword: 2 } });
    for (const name of [ANA, NOBODY]) {
      await calls.forgotPassword?.(local, name);
      await calls.forgotPassword?.(local, name);
      expect(await outcomeOf(calls.forgotPassword?.(local, name) ?? Promise.resolve())).to.match(
        /^LimitExceededException/,
      );
    }
  });
});
