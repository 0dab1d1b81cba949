import { expect } from 'chai';
import {
  ANA,
  closeAll,
  codeFor,
  type Local,
  outcomeOf,
  PASSWORD,
  startLocal,
} from '../../support/local-sdk.ts';

const BEA = 'bea@example.com';
const MISMATCH = 'CodeMismatchException: Invalid verification code provided, please try again.';
const EXPIRED = 'ExpiredCodeException: Invalid code provided, please request a code again.';
const DISABLED = 'NotAuthorizedException: User is disabled.';
const NO_CONTACT =
  'InvalidParameterException: Cannot reset password for the user as there is no registered/verified email or phone_number';

describe('Local pool: users that PreventUserExistenceErrors conceals', () => {
  let local: Local;
  /** Ana is disabled, Bea has no verified address, and Cid is unconfirmed and disabled. */
  const start = async (PreventUserExistenceErrors: 'ENABLED' | 'LEGACY'): Promise<void> => {
    local = await startLocal({
      appClient: { PreventUserExistenceErrors },
      users: [
        { username: ANA, password: PASSWORD },
        { username: BEA, password: PASSWORD, attributes: { email_verified: 'false' } },
        { username: 'cid@example.com', password: PASSWORD, status: 'UNCONFIRMED' },
      ],
    });
    for (const Username of [ANA, 'cid@example.com'])
      await local.sdk.adminDisableUser({ UserPoolId: local.UserPoolId, Username });
  };
  afterEach(closeAll);

  const named = (Username: string) => ({ ClientId: local.ClientId, Username });
  const confirm = (Username: string, ConfirmationCode = '123456') =>
    outcomeOf(
      local.sdk.confirmForgotPassword({ ...named(Username), ConfirmationCode, Password: 'Passw0rd!2' }),
    );

  it('ForgotPassword pretends to send a code to a disabled user, and to one without a verified address', async () => {
    await start('ENABLED');
    for (const name of [ANA, BEA, 'nobody@example.com']) {
      const { CodeDeliveryDetails } = await local.sdk.forgotPassword(named(name));
      expect(CodeDeliveryDetails).to.deep.equal({
        AttributeName: 'email',
        DeliveryMedium: 'EMAIL',
        Destination: `${name.charAt(0)}***@e***`,
      });
    }
    expect(local.pool.inbox.list()).to.deep.equal([]);
  });

  it('ConfirmForgotPassword answers them like an unknown user, before a ForgotPassword and after', async () => {
    await start('ENABLED');
    for (const name of [ANA, BEA, 'nobody@example.com']) {
      expect(await confirm(name)).to.equal(EXPIRED);
      await local.sdk.forgotPassword(named(name));
      expect(await confirm(name)).to.equal(MISMATCH);
    }
  });

  it('ConfirmForgotPassword refuses the valid code of a user who was disabled meanwhile', async () => {
    await start('ENABLED');
    const user = { UserPoolId: local.UserPoolId, Username: ANA };
    await local.sdk.adminEnableUser(user);
    await local.sdk.forgotPassword(named(ANA));
    await local.sdk.adminDisableUser(user);
    expect(await confirm(ANA, codeFor(local))).to.equal(EXPIRED);
    await local.sdk.adminEnableUser(user);
    expect(await confirm(ANA, codeFor(local))).to.equal('ok');
  });

  it('ConfirmForgotPassword accepts a code although the address was replaced meanwhile', async () => {
    await start('ENABLED');
    await local.sdk.adminEnableUser({ UserPoolId: local.UserPoolId, Username: ANA });
    await local.sdk.forgotPassword(named(ANA));
    await local.sdk.adminUpdateUserAttributes({
      UserPoolId: local.UserPoolId,
      Username: ANA,
      UserAttributes: [{ Name: 'email_verified', Value: 'false' }],
    });
    expect(await confirm(ANA, codeFor(local))).to.equal('ok');
  });

  it('ResendConfirmationCode pretends to send a code to a disabled user', async () => {
    await start('ENABLED');
    const { CodeDeliveryDetails } = await local.sdk.resendConfirmationCode(named('cid@example.com'));
    expect(CodeDeliveryDetails?.Destination).to.equal('c***@e***');
    expect(local.pool.inbox.list()).to.deep.equal([]);
  });

  it('LEGACY tells the reason in each case', async () => {
    await start('LEGACY');
    expect(await outcomeOf(local.sdk.forgotPassword(named(ANA)))).to.equal(DISABLED);
    expect(await outcomeOf(local.sdk.forgotPassword(named(BEA)))).to.equal(NO_CONTACT);
    expect(await confirm(ANA)).to.equal(DISABLED);
    expect(await outcomeOf(local.sdk.resendConfirmationCode(named('cid@example.com')))).to.equal(DISABLED);
  });
});

describe('Local pool: a password reset over the channel of the second factor', () => {
  afterEach(closeAll);

  it('ForgotPassword sends the code to the other address, and is refused if there is none', async () => {
    const { sdk, pool, ClientId } = await startLocal({
      pool: { MfaConfiguration: 'OPTIONAL', SmsMfaConfiguration: {}, EmailMfaConfiguration: {} },
      users: [
        { username: ANA, password: PASSWORD, attributes: { phone_number: '+15550100' }, mfa: ['SMS_MFA'] },
        { username: BEA, password: PASSWORD, mfa: ['EMAIL_OTP'] },
      ],
    });
    await sdk.forgotPassword({ ClientId, Username: ANA });
    expect(pool.inbox.latest()).to.include({ to: ANA, kind: 'forgot_password' });
    expect(await outcomeOf(sdk.forgotPassword({ ClientId, Username: BEA }))).to.equal(NO_CONTACT);
  });
});
