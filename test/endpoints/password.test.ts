import { expect } from 'chai';
import {
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';
import { sdkFor } from '../support/local-sdk.ts';

const MINUTE = 60_000;

describe('Password reset', () => {
  let kit: Kit;
  let email: string;
  let count = 0;

  before(async () => {
    kit = await startKit();
  });
  after(() => kit.close());
  beforeEach(() => {
    email = `forgetful-${++count}@example.com`;
    kit.pool.addUser({ username: email, password: PASSWORD });
  });

  async function requestCode(): Promise<string> {
    const response = await kit.post('/forgot-password', { email });
    expect(expectStatus(response, 200).body).to.deep.equal({ status: 'code_sent' });
    return (await kit.pool.inbox.waitFor({ to: email, kind: 'forgot_password' })).code;
  }

  const confirm = (confirmationCode: string, newPassword = OTHER_PASSWORD, of = email) =>
    kit.post('/confirm-forgot-password', { email: of, confirmationCode, newPassword });

  const signIn = (password: string) => kit.post('/sign-in', { email, password });

  it('the code that was sent replaces the password', async () => {
    const code = await requestCode();
    expectStatus(await signIn(PASSWORD), 200);
    expect(expectStatus(await confirm(code), 200).body).to.deep.equal({ status: 'password_reset' });
    expectProblem(await signIn(PASSWORD), 'invalid_credentials');
    expectStatus(await signIn(OTHER_PASSWORD), 200);
  });

  it('a wrong code keeps the password, and the correct code stays valid', async () => {
    const code = await requestCode();
    expectProblem(await confirm(code === '000000' ? '000001' : '000000'), 'invalid_code');
    expectStatus(await signIn(PASSWORD), 200);
    expectStatus(await confirm(code), 200);
  });

  it('a code is accepted once', async () => {
    const code = await requestCode();
    expectStatus(await confirm(code), 200);
    expectProblem(await confirm(code, 'Yet-another-5'), 'invalid_code');
    expectStatus(await signIn(OTHER_PASSWORD), 200);
  });

  it('a code is refused after an hour, and after a newer code', async () => {
    const old = await requestCode();
    kit.pool.clock.advance(60 * MINUTE);
    expectProblem(await confirm(old), 'invalid_code');
    const first = await requestCode();
    const second = await requestCode();
    if (first !== second) expectProblem(await confirm(first), 'invalid_code');
    expectStatus(await confirm(second), 200);
  });

  it('the code of another user is refused', async () => {
    const code = await requestCode();
    const other = 'other@example.com';
    kit.pool.addUser({ username: other, password: PASSWORD });
    await kit.post('/forgot-password', { email: other });
    expectProblem(await confirm(code, OTHER_PASSWORD, other), 'invalid_code');
  });

  it('a weak password is refused with the reason, and the code stays valid', async () => {
    const code = await requestCode();
    const weak = await confirm(code, 'weak');
    expect(expectProblem(weak, 'invalid_password').body.detail).to.include('not long enough');
    expectStatus(await confirm(code), 200);
  });

  it('a reset ends the lockout after wrong passwords', async () => {
    for (let i = 0; i < 7; i++) expectProblem(await signIn('wrong'), 'invalid_credentials');
    expectProblem(await signIn(PASSWORD), 'invalid_credentials');
    expectStatus(await confirm(await requestCode()), 200);
    expectStatus(await signIn(OTHER_PASSWORD), 200);
  });

  it('the code of a reset by an administrator sets a new password', async () => {
    const { userPoolId: UserPoolId } = kit.pool.config;
    await sdkFor(kit.pool.url).adminResetUserPassword({ UserPoolId, Username: email });
    expectProblem(await signIn(PASSWORD), 'invalid_credentials');
    const { code } = await kit.pool.inbox.waitFor({ to: email, kind: 'forgot_password' });
    expectStatus(await confirm(code), 200);
    expectStatus(await signIn(OTHER_PASSWORD), 200);
  });

  it('responses state the delivery, or the reason why no code is sent, with concealUserExistence: false', async () => {
    const legacy = kit.pool.addClient({ PreventUserExistenceErrors: 'LEGACY' });
    const open = await startKit({ pool: kit.pool, config: { ...legacy, concealUserExistence: false } });
    const { body } = await open.post('/forgot-password', { email });
    const delivery = { medium: 'EMAIL', destination: 'f***@e***', attribute: 'email' };
    expect(body).to.deep.equal({ status: 'code_sent', delivery });

    const body2 = { email, confirmationCode: 'wrong', newPassword: OTHER_PASSWORD };
    expectProblem(await open.post('/confirm-forgot-password', body2), 'code_mismatch');
    kit.pool.addUser({ username: 'unverified@example.com', attributes: { email_verified: 'false' } });
    const unverified = await open.post('/forgot-password', { email: 'unverified@example.com' });
    expect(expectProblem(unverified, 'conflict').body.detail).to.include('verified');
    kit.pool.addUser({
      username: 'invited@example.com',
      password: PASSWORD,
      status: 'FORCE_CHANGE_PASSWORD',
    });
    expectProblem(await open.post('/forgot-password', { email: 'invited@example.com' }), 'conflict');
  });

  it('a previous password is refused if the pool has a password history', async () => {
    const policy = { PasswordPolicy: { MinimumLength: 8, PasswordHistorySize: 2 } };
    const other = await startKit({ pool: { pool: { Policies: policy } } });
    other.pool.addUser({ username: email, password: PASSWORD });
    await other.post('/forgot-password', { email });
    const { code: confirmationCode } = await other.pool.inbox.waitFor({ to: email });
    const body = { email, confirmationCode, newPassword: PASSWORD };
    expectProblem(await other.post('/confirm-forgot-password', body), 'password_reused');
    await other.close();
  });
});

describe('POST /change-password', () => {
  let kit: Kit;
  let email: string;
  let token: string;
  let count = 0;

  before(async () => {
    kit = await startKit();
  });
  after(() => kit.close());
  beforeEach(() => {
    email = `changing-${++count}@example.com`;
    kit.pool.addUser({ username: email, password: PASSWORD });
    token = kit.pool.tokensFor(email).accessToken;
  });

  const change = (oldPassword: string, newPassword: string, accessToken = token) =>
    kit.post('/change-password', { oldPassword, newPassword }, accessToken);

  it('replaces the old password', async () => {
    const response = await change(PASSWORD, OTHER_PASSWORD);
    expect(expectStatus(response, 200).body).to.include({ status: 'password_changed' });
    expectProblem(await kit.post('/sign-in', { email, password: PASSWORD }), 'invalid_credentials');
    expectStatus(await kit.post('/sign-in', { email, password: OTHER_PASSWORD }), 200);
  });

  it('answers wrong_password without a WWW-Authenticate header for a wrong old password', async () => {
    const response = expectProblem(await change('wrong', OTHER_PASSWORD), 'wrong_password');
    expect(response.headers).to.not.have.property('www-authenticate');
    expectStatus(await kit.post('/sign-in', { email, password: PASSWORD }), 200);
  });

  it('states why a new password is refused', async () => {
    expect(expectProblem(await change(PASSWORD, 'weak'), 'invalid_password').body.detail).to.include('long');
  });

  it('answers too_many_attempts after five wrong passwords', async () => {
    for (let i = 0; i < 5; i++) expectProblem(await change('wrong', OTHER_PASSWORD), 'wrong_password');
    const refused = expectProblem(await change(PASSWORD, OTHER_PASSWORD), 'too_many_attempts');
    expect(refused.headers['retry-after']).to.equal('900');
  });

  it('requires an unexpired access token of this app client', async () => {
    const body = { oldPassword: PASSWORD, newPassword: OTHER_PASSWORD };
    expectProblem(await kit.post('/change-password', body), 'missing_token');
    const { idToken } = kit.pool.tokensFor(email);
    expectProblem(await change(PASSWORD, OTHER_PASSWORD, idToken), 'invalid_token');
    const { accessToken: expired } = kit.pool.tokensFor(email, { accessExpiresIn: -1 });
    expectProblem(await change(PASSWORD, OTHER_PASSWORD, expired), 'token_expired');
    const { clientId } = kit.pool.addClient();
    const { accessToken: foreign } = kit.pool.tokensFor(email, { clientId });
    expectProblem(await change(PASSWORD, OTHER_PASSWORD, foreign), 'invalid_token');
    expect(kit.pool.requests.list().some(({ error }) => error === 'NotAuthorizedException')).to.equal(true);
    expectStatus(await kit.post('/sign-in', { email, password: PASSWORD }), 200);
  });

  it('answers invalid_token for a revoked access token', async () => {
    expectStatus(await kit.post('/sign-out', { everywhere: true }, token), 200);
    const response = expectProblem(await change(PASSWORD, OTHER_PASSWORD), 'invalid_token');
    expect(response.headers['www-authenticate']).to.include('error="invalid_token"');
  });

  it('reads the passwords from the body only', async () => {
    const query = `/auth/change-password?oldPassword=${PASSWORD}&newPassword=${OTHER_PASSWORD}`;
    const response = await kit.request.post(query).set('Authorization', `Bearer ${token}`).send({});
    expectProblem(response, 'validation_failed');
  });
});
