import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserAttribute,
  CognitoUserPool,
  type CognitoUserSession,
} from 'amazon-cognito-identity-js';
import { expect } from 'chai';
import {
  type LocalUserPool,
  type LocalUserPoolOptions,
  startLocalUserPool,
} from '../../src/local/local-user-pool.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { OTHER_PASSWORD, PASSWORD } from '../support/helpers.ts';
import { sdkFor } from '../support/local-sdk.ts';

const ADA = 'ada@example.com';
const PHONE = '+15551234567';

type Outcome =
  | { readonly session: CognitoUserSession }
  | { readonly asked: string; readonly parameters?: unknown };

/** A callback of `(error, result)` as a promise. */
function promised<T>(call: (done: (error?: unknown, result?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) =>
    call((error, result) => (error ? reject(error as Error) : resolve(result as T))),
  );
}

/** The callbacks that a sign-in step may end with, as a promise. */
function outcome(step: (callbacks: Callbacks) => void): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const asked =
      (name: string) =>
      (_first?: unknown, parameters?: unknown): void =>
        resolve({ asked: name, parameters });
    step({
      onSuccess: (session) => resolve({ session }),
      onFailure: reject,
      newPasswordRequired: asked('NEW_PASSWORD_REQUIRED'),
      totpRequired: asked('SOFTWARE_TOKEN_MFA'),
      mfaRequired: asked('SMS_MFA'),
      selectMFAType: asked('SELECT_MFA_TYPE'),
      mfaSetup: asked('MFA_SETUP'),
    });
  });
}

interface Callbacks {
  readonly onSuccess: (session: CognitoUserSession) => void;
  readonly onFailure: (error: Error) => void;
  readonly newPasswordRequired: (attributes: unknown, required: unknown) => void;
  readonly totpRequired: (name: unknown, parameters: unknown) => void;
  readonly mfaRequired: (name: unknown, parameters: unknown) => void;
  readonly selectMFAType: (name: unknown, parameters: unknown) => void;
  readonly mfaSetup: (name: unknown, parameters: unknown) => void;
}

describe('amazon-cognito-identity-js against the local user pool', () => {
  let pool: LocalUserPool;
  let Pool: CognitoUserPool;

  async function start(options: LocalUserPoolOptions = {}): Promise<void> {
    pool = await startLocalUserPool({ quiet: true, ...options });
    const { userPoolId: UserPoolId, clientId: ClientId } = pool.config;
    Pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint: pool.url });
  }
  afterEach(() => pool.close());

  const ada = (): CognitoUser => new CognitoUser({ Username: ADA, Pool });
  const signIn = (user: CognitoUser, Password = PASSWORD): Promise<Outcome> =>
    outcome((callbacks) =>
      user.authenticateUser(new AuthenticationDetails({ Username: ADA, Password }), callbacks),
    );
  const sessionOf = (result: Outcome): CognitoUserSession => {
    if ('asked' in result) expect.fail(result.asked);
    return result.session;
  };
  const failureOf = (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => 'none',
      (error: Error & { code?: string }) => error.code ?? error.name,
    );
  const codeTo = async (to: string): Promise<string> => (await pool.inbox.waitFor({ to })).code;

  it('works from sign-up to global sign-out', async () => {
    await start();
    const attributes = [new CognitoUserAttribute({ Name: 'email', Value: ADA })];
    await promised((done) => Pool.signUp(ADA, PASSWORD, attributes, [], done));
    expect(await failureOf(signIn(ada()))).to.equal('UserNotConfirmedException');
    const code = await codeTo(ADA);
    await promised((done) => ada().confirmRegistration(code, false, done));
    expect(await failureOf(signIn(ada(), OTHER_PASSWORD))).to.equal('NotAuthorizedException');

    const user = ada();
    const first = sessionOf(await signIn(user));
    expect(first.isValid()).to.equal(true);
    const refreshed = await promised<CognitoUserSession>((done) =>
      user.refreshSession(first.getRefreshToken(), done),
    );
    expect(refreshed.getAccessToken().getJwtToken()).to.not.equal(first.getAccessToken().getJwtToken());
    const told = await promised<CognitoUserAttribute[]>((done) => user.getUserAttributes(done));
    expect(Object.fromEntries(told.map(({ Name, Value }) => [Name, Value]))).to.include({ email: ADA });
    await promised((done) => user.changePassword(PASSWORD, OTHER_PASSWORD, done));
    await new Promise((onSuccess, onFailure) => user.globalSignOut({ onSuccess, onFailure }));
    const again = ada();
    sessionOf(await signIn(again, OTHER_PASSWORD));
    await promised((done) => again.deleteUser(done));
    expect(await failureOf(signIn(ada(), OTHER_PASSWORD))).to.equal('NotAuthorizedException');
  });

  it('resets a forgotten password', async () => {
    await start({ users: [{ username: ADA, password: PASSWORD }] });
    const user = ada();
    await new Promise((resolve, reject) => {
      user.forgotPassword({ inputVerificationCode: resolve, onSuccess: resolve, onFailure: reject });
    });
    const code = await codeTo(ADA);
    await new Promise((resolve, reject) => {
      user.confirmPassword(code, OTHER_PASSWORD, { onSuccess: resolve, onFailure: reject });
    });
    sessionOf(await signIn(ada(), OTHER_PASSWORD));
  });

  it('requires a new password from a user created by an administrator', async () => {
    await start();
    await sdkFor(pool.url).adminCreateUser({
      UserPoolId: pool.config.userPoolId,
      Username: ADA,
      TemporaryPassword: PASSWORD,
    });
    const user = ada();
    expect(await signIn(user)).to.include({ asked: 'NEW_PASSWORD_REQUIRED' });
    sessionOf(await outcome((callbacks) => user.completeNewPasswordChallenge(OTHER_PASSWORD, {}, callbacks)));
  });

  it('sets up an authenticator app and signs in with it', async () => {
    await start({ users: [{ username: ADA, password: PASSWORD }] });
    const user = ada();
    sessionOf(await signIn(user));
    const secret = await new Promise<string>((resolve, reject) => {
      user.associateSoftwareToken({ associateSecretCode: resolve, onFailure: reject });
    });
    await new Promise((resolve, reject) => {
      const code = totpCode(secret, pool.clock.now());
      user.verifySoftwareToken(code, 'phone', { onSuccess: resolve, onFailure: reject });
    });
    await promised((done) => user.setUserMfaPreference(null, { Enabled: true, PreferredMfa: true }, done));

    const next = ada();
    expect(await signIn(next)).to.include({ asked: 'SOFTWARE_TOKEN_MFA' });
    const answer = (code: string): Promise<Outcome> =>
      outcome((callbacks) => next.sendMFACode(code, callbacks, 'SOFTWARE_TOKEN_MFA'));
    expect(await failureOf(answer(totpCode(secret, pool.clock.now())))).to.equal('ExpiredCodeException');
    pool.clock.advance(30_000);
    sessionOf(await answer(totpCode(secret, pool.clock.now())));
  });

  it('sets up an authenticator app at the sign-in if the pool requires MFA', async () => {
    await start({ users: [{ username: ADA, password: PASSWORD }], pool: { MfaConfiguration: 'ON' } });
    const user = ada();
    expect(await signIn(user)).to.include({ asked: 'MFA_SETUP' });
    const secret = await new Promise<string>((resolve, reject) => {
      user.associateSoftwareToken({ associateSecretCode: resolve, onFailure: reject });
    });
    const session = await new Promise<CognitoUserSession>((resolve, reject) => {
      const code = totpCode(secret, pool.clock.now());
      user.verifySoftwareToken(code, 'phone', { onSuccess: resolve, onFailure: reject });
    });
    expect(session.isValid()).to.equal(true);
  });

  it('lets the user choose the code by SMS', async () => {
    await start({
      users: [
        {
          username: ADA,
          password: PASSWORD,
          attributes: { phone_number: PHONE },
          mfa: ['SMS_MFA'],
          totpSecret: 'JBSWY3DPEHPK3PXP',
        },
      ],
      pool: { SmsMfaConfiguration: {} },
    });
    const user = ada();
    expect(await signIn(user)).to.include({ asked: 'SELECT_MFA_TYPE' });
    const chosen = await outcome((callbacks) => user.sendMFASelectionAnswer('SMS_MFA', callbacks));
    expect(chosen).to.include({ asked: 'SMS_MFA' });
    const code = await codeTo(PHONE);
    sessionOf(await outcome((callbacks) => user.sendMFACode(code, callbacks)));
  });
});
