import { expect } from 'chai';
import { answerWith, type FakeCognito, startFakeCognito } from './fake-cognito.ts';
import { claimsOf, expectProblem, expectStatus, type Kit, PASSWORD, startKit } from './helpers.ts';
import { sdkFor } from './local-sdk.ts';

describe('GET /me', () => {
  let kit: Kit;
  const email = 'ada@example.com';

  before(async () => {
    kit = await startKit();
    kit.pool.addUser({ username: email, password: PASSWORD, attributes: { name: 'Ada Lovelace' } });
  });
  after(() => kit.close());

  it('tells who the user is', async () => {
    const { accessToken } = kit.pool.tokensFor(email);
    const { sub } = claimsOf(accessToken);
    expect(expectStatus(await kit.get('/me', accessToken), 200).body).to.deep.equal({
      sub,
      username: sub,
      attributes: { sub, email, name: 'Ada Lovelace', email_verified: true },
      mfa: { enabled: [] },
    });
  });

  it('tells it as it is now, and not as it was when the token was made', async () => {
    const { accessToken } = kit.pool.tokensFor(email);
    await sdkFor(kit.pool.url).adminUpdateUserAttributes({
      UserPoolId: kit.pool.config.userPoolId,
      Username: email,
      UserAttributes: [{ Name: 'name', Value: 'Ada King' }],
    });
    expect((await kit.get('/me', accessToken)).body.attributes.name).to.equal('Ada King');
  });

  it('tells only what the app client may read', async () => {
    const client = kit.pool.addClient({ ReadAttributes: ['name'] });
    const other = await startKit({ pool: kit.pool, config: client });
    const { accessToken } = kit.pool.tokensFor(email, { clientId: client.clientId });
    expect((await other.get('/me', accessToken)).body.attributes).to.have.all.keys('sub', 'name');
  });

  it('needs an access token that is good here', async () => {
    expectProblem(await kit.get('/me'), 'missing_token');
    expectProblem(await kit.get('/me', kit.pool.tokensFor(email).idToken), 'invalid_token');
    expectProblem(await kit.get('/me', 'no-token'), 'invalid_token');
    const { accessToken: expired } = kit.pool.tokensFor(email, { accessExpiresIn: -1 });
    expectProblem(await kit.get('/me', expired), 'token_expired');
    const { accessToken } = kit.pool.tokensFor(email);
    expectProblem(await kit.request.get(`/auth/me?access_token=${accessToken}`), 'missing_token');
  });

  it('says that a token lacks the scope, with what it lacks it for', async () => {
    const { accessToken } = kit.pool.tokensFor(email, { accessClaims: { scope: 'openid' } });
    const response = expectProblem(await kit.get('/me', accessToken), 'insufficient_scope');
    expect(response.headers['www-authenticate']).to.include('error="insufficient_scope"');
  });

  it('tells that the user is disabled or was deleted', async () => {
    const { userPoolId: UserPoolId } = kit.pool.config;
    const sdk = sdkFor(kit.pool.url);
    kit.pool.addUser({ username: 'disabled@example.com' });
    kit.pool.addUser({ username: 'deleted@example.com' });
    const disabled = kit.pool.tokensFor('disabled@example.com').accessToken;
    const deleted = kit.pool.tokensFor('deleted@example.com').accessToken;
    await sdk.adminDisableUser({ UserPoolId, Username: 'disabled@example.com' });
    await sdk.adminDeleteUser({ UserPoolId, Username: 'deleted@example.com' });
    expect((await kit.get('/me', disabled)).status).to.be.oneOf([401, 403]);
    expectProblem(await kit.get('/me', deleted), 'user_not_found');
  });

  it('answers HEAD as well, and no other method', async () => {
    const { accessToken } = kit.pool.tokensFor(email);
    const head = await kit.request.head('/auth/me').set('Authorization', `Bearer ${accessToken}`);
    expect(head.status).to.equal(200);
    for (const method of ['post', 'put', 'patch', 'delete'] as const) {
      const response = expectProblem(await kit.request[method]('/auth/me'), 'method_not_allowed');
      expect(response.headers.allow).to.equal('GET, HEAD');
    }
  });
});

describe('What Cognito tells about a user', () => {
  let fake: FakeCognito;

  before(async () => {
    fake = await startFakeCognito();
  });
  after(() => fake.close());

  it('comes out with truth values as such, and everything else as text', async () => {
    fake.answer = answerWith({
      Username: 'ada',
      UserAttributes: [
        { Name: 'sub', Value: '1' },
        { Name: 'email_verified', Value: 'true' },
        { Name: 'phone_number_verified', Value: 'false' },
        { Name: 'custom:vip', Value: 'true' },
        { Name: 'zoneinfo' },
      ],
      UserMFASettingList: ['SOFTWARE_TOKEN_MFA', 'EMAIL_OTP'],
      PreferredMfaSetting: 'EMAIL_OTP',
    });
    expect((await fake.app().call('me')).body).to.deep.equal({
      sub: '1',
      username: 'ada',
      attributes: {
        sub: '1',
        email_verified: true,
        phone_number_verified: false,
        'custom:vip': 'true',
        zoneinfo: '',
      },
      mfa: { enabled: ['SOFTWARE_TOKEN_MFA', 'EMAIL_OTP'], preferred: 'EMAIL_OTP' },
    });
  });

  it('has to name the user', async () => {
    fake.answer = answerWith({});
    expectProblem(await fake.app().call('me'), 'upstream_error');
  });
});

describe('GET /health', () => {
  it('answers while Cognito does not', async () => {
    const kit = await startKit();
    kit.pool.faults.inject({ kind: 'reset' });
    expect((await kit.get('/health')).body).to.deep.equal({ status: 'ok' });
    expect(kit.pool.requests.count()).to.equal(0);
    await kit.close();
  });
});
