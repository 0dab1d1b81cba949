import { expect } from 'chai';
import {
  ANA,
  closeAll,
  codeFor,
  type Local,
  outcomeOf,
  PASSWORD,
  signIn,
  startLocal,
} from '../../support/local-sdk.ts';

const NEW_PASSWORD = 'N3w-password';
const users = [{ username: ANA, password: PASSWORD }];

describe("The local user pool's password reset", () => {
  afterEach(closeAll);

  const forgot = ({ sdk, ClientId }: Local) => sdk.forgotPassword({ ClientId, Username: ANA });
  const confirm = ({ sdk, ClientId }: Local, ConfirmationCode: string, Password = NEW_PASSWORD) =>
    sdk.confirmForgotPassword({ ClientId, Username: ANA, ConfirmationCode, Password });

  it('sends a code to the verified address, and keeps the old password valid until the code is used', async () => {
    const local = await startLocal({ users });
    const { CodeDeliveryDetails } = await forgot(local);
    expect(CodeDeliveryDetails?.Destination).to.equal('a***@e***');
    expect(local.pool.inbox.latest()).to.include({ to: ANA, kind: 'forgot_password' });
    expect(await outcomeOf(signIn(local))).to.equal('ok');
    const code = codeFor(local);
    expect(await outcomeOf(confirm(local, code, 'weak'))).to.match(/^InvalidPasswordException/);
    await confirm(local, code);
    expect(await outcomeOf(signIn(local))).to.match(/^NotAuthorizedException/);
    expect(await outcomeOf(signIn(local, ANA, NEW_PASSWORD))).to.equal('ok');
    expect(await outcomeOf(confirm(local, code))).to.match(/^ExpiredCodeException/);
  });

  it('accepts the code through any app client of the pool', async () => {
    const local = await startLocal({ users });
    await forgot(local);
    const other = { ...local, ClientId: local.pool.addClient().clientId };
    expect(await outcomeOf(confirm(other, codeFor(local)))).to.equal('ok');
  });

  it('refuses wrong codes, and codes older than an hour', async () => {
    const local = await startLocal({ users });
    await forgot(local);
    expect(await outcomeOf(confirm(local, 'wrong'))).to.match(/^CodeMismatchException/);
    local.pool.clock.advance(3_600_000);
    expect(await outcomeOf(confirm(local, codeFor(local)))).to.equal(
      'ExpiredCodeException: Invalid code provided, please request a code again.',
    );
  });

  it('counts requests and confirmations together per hour', async () => {
    const local = await startLocal({ users, limits: { forgotPassword: 3 } });
    await forgot(local);
    await forgot(local);
    await confirm(local, codeFor(local));
    expect(await outcomeOf(forgot(local))).to.match(/^LimitExceededException/);
    local.pool.clock.advance(3_600_000);
    expect(await outcomeOf(forgot(local))).to.equal('ok');
  });

  it('ends a lockout and the status RESET_REQUIRED', async () => {
    const local = await startLocal({ users });
    for (let i = 0; i < 5; i++) await outcomeOf(signIn(local, ANA, 'Wr0ng-password'));
    await local.sdk.adminResetUserPassword({ UserPoolId: local.UserPoolId, Username: ANA });
    await confirm(local, codeFor(local));
    expect(await outcomeOf(signIn(local, ANA, NEW_PASSWORD))).to.equal('ok');
  });

  it('states why a user cannot receive a code, if the client is LEGACY', async () => {
    const appClient = { PreventUserExistenceErrors: 'LEGACY' } as const;
    const outcomes: string[] = [];
    for (const user of [
      { attributes: { email_verified: 'false' } },
      { status: 'UNCONFIRMED' },
      { status: 'FORCE_CHANGE_PASSWORD' },
    ] as const) {
      outcomes.push(
        await outcomeOf(
          forgot(await startLocal({ appClient, users: [{ username: ANA, ...user, password: PASSWORD }] })),
        ),
      );
    }
    const adminOnly = { RecoveryMechanisms: [{ Name: 'admin_only', Priority: 1 }] } as const;
    outcomes.push(
      await outcomeOf(
        forgot(await startLocal({ appClient, users, pool: { AccountRecoverySetting: adminOnly } })),
      ),
    );
    const disabled = await startLocal({ appClient, users });
    await disabled.sdk.adminDisableUser({ UserPoolId: disabled.UserPoolId, Username: ANA });
    outcomes.push(await outcomeOf(forgot(disabled)));
    const noContact =
      'InvalidParameterException: Cannot reset password for the user as there is no registered/verified email or phone_number';
    expect(outcomes).to.deep.equal([
      noContact,
      noContact,
      'NotAuthorizedException: User password cannot be reset in the current state.',
      'NotAuthorizedException: Contact administrator to reset password.',
      'NotAuthorizedException: User is disabled.',
    ]);
  });

  it('prefers the address that AccountRecoverySetting puts first', async () => {
    const user = { username: ANA, password: PASSWORD, attributes: { phone_number: '+15551234567' } };
    for (const [names, medium] of [
      [['verified_email', 'verified_phone_number'], 'EMAIL'],
      [['verified_phone_number', 'verified_email'], 'SMS'],
      [[], 'SMS'],
    ] as const) {
      const RecoveryMechanisms = names.map((Name, index) => ({ Name, Priority: index + 1 }));
      const AccountRecoverySetting = names.length > 0 ? { RecoveryMechanisms } : {};
      const local = await startLocal({ users: [user], pool: { AccountRecoverySetting } });
      expect((await forgot(local)).CodeDeliveryDetails?.DeliveryMedium).to.equal(medium);
    }
  });
});

describe("The local user pool's ChangePassword", () => {
  afterEach(closeAll);

  const change = (local: Local, PreviousPassword: string | undefined, ProposedPassword = NEW_PASSWORD) =>
    outcomeOf(
      local.sdk.changePassword({
        AccessToken: local.pool.tokensFor(ANA).accessToken,
        PreviousPassword,
        ProposedPassword,
      }),
    );

  it('replaces the password, and keeps the tokens valid', async () => {
    const local = await startLocal({ users });
    const { accessToken: AccessToken } = local.pool.tokensFor(ANA);
    expect(await change(local, PASSWORD)).to.equal('ok');
    expect(await outcomeOf(signIn(local, ANA, NEW_PASSWORD))).to.equal('ok');
    expect(await outcomeOf(local.sdk.getUser({ AccessToken }))).to.equal('ok');
  });

  it('refuses a wrong old password, a weak new one, and the sixth attempt in an hour', async () => {
    const local = await startLocal({ users });
    expect(await change(local, 'Wr0ng-password')).to.equal(
      'NotAuthorizedException: Incorrect username or password.',
    );
    expect(await change(local, PASSWORD, 'weakweak')).to.match(/^InvalidPasswordException.*uppercase/);
    expect(await change(local, undefined)).to.match(/Missing required parameter PreviousPassword/);
    expect(await change(local, 'Wr0ng-password')).to.match(/^NotAuthorizedException/);
    expect(await change(local, PASSWORD)).to.equal('ok');
    expect(await change(local, NEW_PASSWORD, PASSWORD)).to.equal(
      'LimitExceededException: Attempt limit exceeded, please try after some time.',
    );
  });

  it('lets a user without a password set the first one', async () => {
    const local = await startLocal({ users: [{ username: ANA }] });
    expect(await change(local, undefined)).to.equal('ok');
  });

  it('refuses as many previous passwords as the policy states', async () => {
    const local = await startLocal({
      users,
      pool: { Policies: { PasswordPolicy: { PasswordHistorySize: 2 } } },
    });
    expect(await change(local, PASSWORD, PASSWORD)).to.match(/^PasswordHistoryPolicyViolationException/);
    expect(await change(local, PASSWORD, 'second-one')).to.equal('ok');
    expect(await change(local, 'second-one', PASSWORD)).to.match(/^PasswordHistoryPolicyViolationException/);
    expect(await change(local, 'second-one', 'third-one')).to.equal('ok');
    expect(await change(local, 'third-one', PASSWORD)).to.equal('ok');
  });
});
