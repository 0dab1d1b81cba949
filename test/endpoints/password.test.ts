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

describe('A forgotten password', () => {
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

  async function ask(): Promise<string> {
    const response = await kit.post('/forgot-password', { email });
    expect(expectStatus(response, 200).body).to.deep.equal({ status: 'code_sent' });
    return (await kit.pool.inbox.waitFor({ to: email, kind: 'forgot_password' })).code;
  }

  const confirm = (confirmationCode: string, newPassword = OTHER_PASSWORD, of = email) =>
    kit.post('/confirm-forgot-password', { email: of, confirmationCode, newPassword });

  const signIn = (password: string) => kit.post('/sign-in', { email, password });

  it('is replaced with the code that was sent', async () => {
    const code = await ask();
    expectStatus(await signIn(PASSWORD), 200);
    expect(expectStatus(await confirm(code), 200).body).to.deep.equal({ status: 'password_reset' });
    expectProblem(await signIn(PASSWORD), 'invalid_credentials');
    expectStatus(await signIn(OTHER_PASSWORD), 200);
  });

  it('stays as it is after a wrong code, and the right one still works', async () => {
    const code = await ask();
    expectProblem(await confirm(code === '000000' ? '000001' : '000000'), 'invalid_code');
    expectStatus(await signIn(PASSWORD), 200);
    expectStatus(await confirm(code), 200);
  });

  it('is replaced once with one code', async () => {
    const code = await ask();
    expectStatus(await confirm(code), 200);
    expectProblem(await confirm(code, 'Yet-another-5'), 'invalid_code');
    expectStatus(await signIn(OTHER_PASSWORD), 200);
  });

  it('is not replaced with a code that is an hour old, or that another one followed', async () => {
    const old = await ask();
    kit.pool.clock.advance(60 * MINUTE);
    expectProblem(await confirm(old), 'invalid_code');
    const first = await ask();
    const second = await ask();
    if (first !== second) expectProblem(await confirm(first), 'invalid_code');
    expectStatus(await confirm(second), 200);
  });

  it("is not replaced with somebody else's code", async () => {
    const code = await ask();
    const other = 'somebody-else@example.com';
    kit.pool.addUser({ username: other, password: PASSWORD });
    await kit.post('/forgot-password', { email: other });
    expectProblem(await confirm(code, OTHER_PASSWORD, other), 'invalid_code');
  });

  it('is not replaced by a weak one, which says why and leaves the code good', async () => {
    const code = await ask();
    const weak = await confirm(code, 'weak');
    expect(expectProblem(weak, 'invalid_password').body.detail).to.include('not long enough');
    expectStatus(await confirm(code), 200);
  });

  it('ends a lock-out after wrong passwords', async () => {
    for (let i = 0; i < 7; i++) expectProblem(await signIn('wrong'), 'invalid_credentials');
    expectProblem(await signIn(PASSWORD), 'invalid_credentials');
    expectStatus(await confirm(await ask()), 200);
    expectStatus(await signIn(OTHER_PASSWORD), 200);
  });

  it('can be replaced by a user whose password an administrator reset', async () => {
    const { userPoolId: UserPoolId } = kit.pool.config;
    await sdkFor(kit.pool.url).adminResetUserPassword({ UserPoolId, Username: email });
    expectProblem(await signIn(PASSWORD), 'invalid_credentials');
    const { code } = await kit.pool.inbox.waitFor({ to: email, kind: 'forgot_password' });
    expectStatus(await confirm(code), 200);
    expectStatus(await signIn(OTHER_PASSWORD), 200);
  });

  it('tells where the code went, and why there is none, with concealUserExistence off', async () => {
    const open = await startKit({ pool: kit.pool, config: { concealUserExistence: false } });
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

  it('that was used before is not taken where the pool remembers', async () => {
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

describe('Changing a password', () => {
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

  it('needs the old one, and leaves only the new one', async () => {
    const response = await change(PASSWORD, OTHER_PASSWORD);
    expect(expectStatus(response, 200).body).to.include({ status: 'password_changed' });
    expectProblem(await kit.post('/sign-in', { email, password: PASSWORD }), 'invalid_credentials');
    expectStatus(await kit.post('/sign-in', { email, password: OTHER_PASSWORD }), 200);
  });

  it('with a wrong old one is refused as that, and not as a bad token', async () => {
    const response = expectProblem(await change('wrong', OTHER_PASSWORD), 'wrong_password');
    expect(response.headers).to.not.have.property('www-authenticate');
    expectStatus(await kit.post('/sign-in', { email, password: PASSWORD }), 200);
  });

  it('to a weak one says why', async () => {
    expect(expectProblem(await change(PASSWORD, 'weak'), 'invalid_password').body.detail).to.include('long');
  });

  it('can be guessed at only so often', async () => {
    for (let i = 0; i < 5; i++) expectProblem(await change('wrong', OTHER_PASSWORD), 'wrong_password');
    const refused = expectProblem(await change(PASSWORD, OTHER_PASSWORD), 'too_many_attempts');
    expect(refused.headers['retry-after']).to.equal('900');
  });

  it('needs a token: one that is there, of this client, an access token, and alive', async () => {
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

  it('with a token that was revoked is refused by Cognito, although the token looks good', async () => {
    expectStatus(await kit.post('/sign-out', { everywhere: true }, token), 200);
    const response = expectProblem(await change(PASSWORD, OTHER_PASSWORD), 'invalid_token');
    expect(response.headers['www-authenticate']).to.include('error="invalid_token"');
  });

  it('takes the passwords out of the body only', async () => {
    const query = `/auth/change-password?oldPassword=${PASSWORD}&newPassword=${OTHER_PASSWORD}`;
    const response = await kit.request.post(query).set('Authorization', `Bearer ${token}`).send({});
    expectProblem(response, 'validation_failed');
  });
});
