import { expect } from 'chai';
import {
  type LocalUserPool,
  type LocalUserPoolOptions,
  startLocalUserPool,
} from '../../src/local/local-user-pool.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { amplifyFor } from '../support/amplify.ts';
import { OTHER_PASSWORD, PASSWORD } from '../support/helpers.ts';
import { sdkFor } from '../support/local-sdk.ts';

const ADA = 'ada@example.com';
const PHONE = '+15551234567';
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

/** The name of the error that a call ends with. */
async function failureOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'none';
  } catch (error) {
    return (error as Error).name;
  }
}

describe('Amplify against the local user pool', () => {
  let pool: LocalUserPool;
  let amplify: ReturnType<typeof amplifyFor>;

  async function start(options: LocalUserPoolOptions = {}): Promise<void> {
    pool = await startLocalUserPool({ quiet: true, ...options });
    amplify = amplifyFor(pool);
  }

  afterEach(async () => {
    await amplify.signOut();
    await pool.close();
  });

  const step = async (username = ADA, password = PASSWORD): Promise<string> =>
    (await amplify.signIn({ username, password })).nextStep.signInStep;
  const confirm = async (challengeResponse: string): Promise<string> =>
    (await amplify.confirmSignIn({ challengeResponse })).nextStep.signInStep;
  const codeTo = async (to: string): Promise<string> => (await pool.inbox.waitFor({ to })).code;

  it('works from sign-up to the deletion of the account', async () => {
    await start();
    const options = { userAttributes: { email: ADA } };
    const signedUp = await amplify.signUp({ username: ADA, password: PASSWORD, options });
    expect(signedUp.nextStep.signUpStep).to.equal('CONFIRM_SIGN_UP');
    expect(await step()).to.equal('CONFIRM_SIGN_UP');
    await amplify.resendSignUpCode({ username: ADA });
    await amplify.confirmSignUp({ username: ADA, confirmationCode: await codeTo(ADA) });

    expect(await failureOf(step(ADA, OTHER_PASSWORD))).to.equal('NotAuthorizedException');
    expect(await step()).to.equal('DONE');
    expect((await amplify.getCurrentUser()).userId).to.equal(signedUp.userId);
    await amplify.updateUserAttributes({ userAttributes: { name: 'Ada' } });
    expect(await amplify.fetchUserAttributes()).to.deep.equal({
      sub: signedUp.userId,
      email: ADA,
      email_verified: 'true',
      name: 'Ada',
    });
    const before = (await amplify.fetchAuthSession()).tokens?.accessToken.payload;
    const { tokens } = await amplify.fetchAuthSession({ forceRefresh: true });
    expect(tokens?.idToken?.payload.name).to.equal('Ada');
    expect(tokens?.accessToken.payload.jti).to.not.equal(before?.jti);

    await amplify.updatePassword({ oldPassword: PASSWORD, newPassword: OTHER_PASSWORD });
    await amplify.signOut({ global: true });
    expect(await step(ADA, OTHER_PASSWORD)).to.equal('DONE');
    await amplify.deleteUser();
    expect(await failureOf(step(ADA, OTHER_PASSWORD))).to.equal('NotAuthorizedException');
  });

  it('changes an address after the new one is verified', async () => {
    await start({ users: [{ username: ADA, password: PASSWORD }] });
    await step();
    const email = 'ada@example.org';
    const { nextStep } = await amplify.updateUserAttribute({
      userAttribute: { attributeKey: 'email', value: email },
    });
    expect(nextStep.updateAttributeStep).to.equal('CONFIRM_ATTRIBUTE_WITH_CODE');
    await amplify.confirmUserAttribute({ userAttributeKey: 'email', confirmationCode: await codeTo(email) });
    expect(await amplify.fetchUserAttributes()).to.include({ email, email_verified: 'true' });
  });

  it('resets a forgotten password', async () => {
    await start({ users: [{ username: ADA, password: PASSWORD }] });
    const { nextStep } = await amplify.resetPassword({ username: ADA });
    expect(nextStep.resetPasswordStep).to.equal('CONFIRM_RESET_PASSWORD_WITH_CODE');
    expect(nextStep.codeDeliveryDetails.destination).to.equal('a***@e***');
    const confirmationCode = await codeTo(ADA);
    const wrong = confirmationCode === '000000' ? '000001' : '000000';
    const reset = (code: string): Promise<void> =>
      amplify.confirmResetPassword({ username: ADA, confirmationCode: code, newPassword: OTHER_PASSWORD });
    expect(await failureOf(reset(wrong))).to.equal('CodeMismatchException');
    await reset(confirmationCode);
    expect(await step(ADA, OTHER_PASSWORD)).to.equal('DONE');
  });

  it('requires a new password from a user created by an administrator', async () => {
    await start();
    await sdkFor(pool.url).adminCreateUser({
      UserPoolId: pool.config.userPoolId,
      Username: ADA,
      UserAttributes: [{ Name: 'email', Value: ADA }],
      TemporaryPassword: PASSWORD,
    });
    expect(await step()).to.equal('CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED');
    expect(await confirm(OTHER_PASSWORD)).to.equal('DONE');
  });

  it('signs in with an authenticator app, whose codes are valid once', async () => {
    await start({ users: [{ username: ADA, password: PASSWORD }] });
    await step();
    const { sharedSecret } = await amplify.setUpTOTP();
    await amplify.verifyTOTPSetup({ code: totpCode(sharedSecret, pool.clock.now()) });
    await amplify.updateMFAPreference({ totp: 'PREFERRED' });
    expect(await amplify.fetchMFAPreference()).to.deep.equal({ enabled: ['TOTP'], preferred: 'TOTP' });
    const used = totpCode(sharedSecret, pool.clock.now());
    await amplify.signOut();

    expect(await step()).to.equal('CONFIRM_SIGN_IN_WITH_TOTP_CODE');
    expect(await failureOf(confirm(used))).to.equal('ExpiredCodeException');
    pool.clock.advance(30_000);
    expect(await confirm(totpCode(sharedSecret, pool.clock.now()))).to.equal('DONE');
  });

  it('sets up an authenticator app at the sign-in if the pool requires MFA', async () => {
    await start({ users: [{ username: ADA, password: PASSWORD }], pool: { MfaConfiguration: 'ON' } });
    const { nextStep } = await amplify.signIn({ username: ADA, password: PASSWORD });
    if (nextStep.signInStep !== 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP') return expect.fail(nextStep.signInStep);
    const code = totpCode(nextStep.totpSetupDetails.sharedSecret, pool.clock.now());
    expect(await confirm(code)).to.equal('DONE');
  });

  it('sets up codes by e-mail at the sign-in if there are two factors to choose from', async () => {
    await start({
      users: [{ username: ADA, password: PASSWORD }],
      pool: { MfaConfiguration: 'ON', EmailMfaConfiguration: {} },
    });
    expect(await step()).to.equal('CONTINUE_SIGN_IN_WITH_MFA_SETUP_SELECTION');
    expect(await confirm('EMAIL')).to.equal('CONTINUE_SIGN_IN_WITH_EMAIL_SETUP');
    expect(await confirm(ADA)).to.equal('CONFIRM_SIGN_IN_WITH_EMAIL_CODE');
    expect(await confirm(await codeTo(ADA))).to.equal('DONE');
  });

  it('lets the user choose the second factor', async () => {
    const attributes = { phone_number: PHONE };
    await start({
      users: [
        { username: ADA, password: PASSWORD, attributes, mfa: ['SMS_MFA', 'EMAIL_OTP'], totpSecret: SECRET },
      ],
      pool: { SmsMfaConfiguration: {}, EmailMfaConfiguration: {} },
    });
    for (const [choice, next, code] of [
      ['SMS', 'CONFIRM_SIGN_IN_WITH_SMS_CODE', () => codeTo(PHONE)],
      ['EMAIL', 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE', () => codeTo(ADA)],
      ['TOTP', 'CONFIRM_SIGN_IN_WITH_TOTP_CODE', async () => totpCode(SECRET, pool.clock.now())],
    ] as const) {
      expect(await step()).to.equal('CONTINUE_SIGN_IN_WITH_MFA_SELECTION');
      expect(await confirm(choice)).to.equal(next);
      expect(await confirm(await code())).to.equal('DONE');
      await amplify.signOut();
    }
  });

  const CODES = ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] as const;
  const passwordless: LocalUserPoolOptions = {
    pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } },
    appClient: { ExplicitAuthFlows: CODES },
  };

  it('signs in with a code by e-mail and no password', async () => {
    await start({ ...passwordless, users: [{ username: ADA, password: PASSWORD }] });
    const options = { authFlowType: 'USER_AUTH', preferredChallenge: 'EMAIL_OTP' } as const;
    const { nextStep } = await amplify.signIn({ username: ADA, options });
    expect(nextStep.signInStep).to.equal('CONFIRM_SIGN_IN_WITH_EMAIL_CODE');
    expect(await failureOf(confirm('0'))).to.equal('CodeMismatchException');
    const code = await codeTo(ADA);
    expect(code).to.match(/^\d{8}$/);
    expect(await confirm(code)).to.equal('DONE');
  });

  it('lets the user choose the first factor', async () => {
    await start({ ...passwordless, users: [{ username: ADA, password: PASSWORD }] });
    for (const [choice, next, answer] of [
      ['EMAIL_OTP', 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE', () => codeTo(ADA)],
      ['PASSWORD_SRP', 'CONFIRM_SIGN_IN_WITH_PASSWORD', async () => PASSWORD],
      ['PASSWORD', 'CONFIRM_SIGN_IN_WITH_PASSWORD', async () => PASSWORD],
    ] as const) {
      const { nextStep } = await amplify.signIn({ username: ADA, options: { authFlowType: 'USER_AUTH' } });
      if (nextStep.signInStep !== 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION') {
        return expect.fail(nextStep.signInStep);
      }
      expect(nextStep.availableChallenges).to.have.members(['PASSWORD', 'PASSWORD_SRP', 'EMAIL_OTP']);
      expect(await confirm(choice)).to.equal(next);
      expect(await confirm(await answer())).to.equal('DONE');
      await amplify.signOut();
    }
  });

  it('signs in a new user without a password with the code of the confirmation', async () => {
    await start(passwordless);
    const signedUp = await withUnrefTimers(() =>
      amplify.signUp({
        username: ADA,
        options: { userAttributes: { email: ADA }, autoSignIn: { authFlowType: 'USER_AUTH' } },
      }),
    );
    expect(signedUp.nextStep.signUpStep).to.equal('CONFIRM_SIGN_UP');
    const { nextStep } = await amplify.confirmSignUp({ username: ADA, confirmationCode: await codeTo(ADA) });
    expect(nextStep.signUpStep).to.equal('COMPLETE_AUTO_SIGN_IN');
    expect((await amplify.autoSignIn()).nextStep.signInStep).to.equal('DONE');
    expect((await amplify.fetchUserAttributes()).email).to.equal(ADA);
  });
});

/** Amplify waits three minutes for the confirmation, and goes on waiting when it has come. */
async function withUnrefTimers<T>(work: () => Promise<T>): Promise<T> {
  const { setTimeout } = globalThis;
  const unref = (...args: Parameters<typeof setTimeout>) => setTimeout(...args).unref();
  globalThis.setTimeout = Object.assign(unref, setTimeout);
  try {
    return await work();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
}
