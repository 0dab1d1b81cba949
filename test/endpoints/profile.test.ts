import { expect } from 'chai';
import { createCognitoRouter } from '../../src/router.ts';
import { answerWith, type FakeCognito, startFakeCognito } from '../support/fake-cognito.ts';
import { claimsOf, expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { sdkFor } from '../support/local-sdk.ts';

describe('GET /me', () => {
  let kit: Kit;
  const email = 'ada@example.com';

  before(async () => {
    kit = await startKit();
    kit.pool.addUser({ username: email, password: PASSWORD, attributes: { name: 'Ada Lovelace' } });
  });
  after(() => kit.close());

  it('returns the user with attributes and MFA settings', async () => {
    const { accessToken } = kit.pool.tokensFor(email);
    const { sub } = claimsOf(accessToken);
    expect(expectStatus(await kit.get('/me', accessToken), 200).body).to.deep.equal({
      sub,
      username: sub,
      attributes: { sub, email, name: 'Ada Lovelace', email_verified: true },
      mfa: { enabled: [] },
    });
  });

  it('returns attributes that changed after the token was issued', async () => {
    const { accessToken } = kit.pool.tokensFor(email);
    await sdkFor(kit.pool.url).adminUpdateUserAttributes({
      UserPoolId: kit.pool.config.userPoolId,
      Username: email,
      UserAttributes: [{ Name: 'name', Value: 'Ada King' }],
    });
    expect((await kit.get('/me', accessToken)).body.attributes.name).to.equal('Ada King');
  });

  it('returns only the attributes that the app client can read', async () => {
    const client = kit.pool.addClient({ ReadAttributes: ['name'] });
    const other = await startKit({ pool: kit.pool, config: client });
    const { accessToken } = kit.pool.tokensFor(email, { clientId: client.clientId });
    expect((await other.get('/me', accessToken)).body.attributes).to.have.all.keys('sub', 'name');
  });

  it('requires a valid access token in the Authorization header', async () => {
    expectProblem(await kit.get('/me'), 'missing_token');
    expectProblem(await kit.get('/me', kit.pool.tokensFor(email).idToken), 'invalid_token');
    expectProblem(await kit.get('/me', 'no-token'), 'invalid_token');
    const { accessToken: expired } = kit.pool.tokensFor(email, { accessExpiresIn: -1 });
    expectProblem(await kit.get('/me', expired), 'token_expired');
    const { accessToken } = kit.pool.tokensFor(email);
    expectProblem(await kit.request.get(`/auth/me?access_token=${accessToken}`), 'missing_token');
  });

  it('answers insufficient_scope with a WWW-Authenticate header for a token without the scope', async () => {
    const { accessToken } = kit.pool.tokensFor(email, { accessClaims: { scope: 'openid' } });
    const response = expectProblem(await kit.get('/me', accessToken), 'insufficient_scope');
    expect(response.headers['www-authenticate']).to.include('error="insufficient_scope"');
  });

  it('refuses the token of a disabled or deleted user', async () => {
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

  it('answers HEAD, and refuses other methods with an Allow header', async () => {
    const { accessToken } = kit.pool.tokensFor(email);
    const head = await kit.request.head('/auth/me').set('Authorization', `Bearer ${accessToken}`);
    expect(head.status).to.equal(200);
    for (const method of ['post', 'put'] as const) {
      const response = expectProblem(await kit.request[method]('/auth/me'), 'method_not_allowed');
      expect(response.headers.allow).to.equal('GET, HEAD, PATCH, DELETE');
    }
  });
});

describe('Users as Cognito describes them', () => {
  let fake: FakeCognito;

  before(async () => {
    fake = await startFakeCognito();
  });
  after(() => fake.close());

  it('verification flags become booleans, and other attributes stay strings', async () => {
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
    expect((await fake.app().call('getMe')).body).to.deep.equal({
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

  it('an answer without a user is an upstream error', async () => {
    fake.answer = answerWith({});
    expectProblem(await fake.app().call('getMe'), 'upstream_error');
  });
});

describe('GET /health', () => {
  it('answers ok without a call to Cognito', async () => {
    const kit = await startKit();
    kit.pool.faults.inject({ kind: 'reset' });
    expect((await kit.get('/health')).body).to.deep.equal({ status: 'ok' });
    expect(kit.pool.requests.count()).to.equal(0);
    await kit.close();
  });
});

describe('PATCH /me', () => {
  let kit: Kit;
  beforeEach(async () => {
    kit = await startKit();
  });
  afterEach(() => kit.close());

  const patch = (attributes: object, accessToken: string, of: Kit = kit) =>
    of.request.patch('/auth/me').set('Authorization', `Bearer ${accessToken}`).send({ attributes });
  const attributesOf = async (accessToken: string, of: Kit = kit): Promise<Record<string, unknown>> =>
    expectStatus(await of.get('/me', accessToken), 200).body.attributes;
  const verify = (confirmationCode: string, accessToken: string, of: Kit = kit) =>
    of.post('/me/attributes/email/verify', { confirmationCode }, accessToken);

  it('changes attributes, and deletes an attribute whose value is empty', async () => {
    const { tokens } = await kit.signUpAndIn();
    const response = await patch({ name: 'Ada King', nickname: 'Ada' }, tokens.accessToken);
    expect(expectStatus(response, 200).body).to.deep.equal({ status: 'updated' });
    expectStatus(await patch({ nickname: '' }, tokens.accessToken), 200);
    expectStatus(await patch({}, tokens.accessToken), 200);
    expect(await attributesOf(tokens.accessToken))
      .to.include({ name: 'Ada King' })
      .and.not.have.key('nickname');
  });

  it('changes the e-mail address, which a code then verifies', async () => {
    const { tokens } = await kit.signUpAndIn();
    const email = 'ada@elsewhere.example';
    expect((await patch({ email }, tokens.accessToken)).body).to.deep.equal({
      status: 'updated',
      codesSentTo: [{ medium: 'EMAIL', destination: 'a***@e***', attribute: 'email' }],
    });
    expect(await attributesOf(tokens.accessToken)).to.include({ email, email_verified: false });
    expectProblem(await verify('wrong', tokens.accessToken), 'code_mismatch');
    const { code } = await kit.pool.inbox.waitFor({ to: email });
    expect(expectStatus(await verify(code, tokens.accessToken), 200).body).to.deep.equal({
      status: 'verified',
    });
    expect(await attributesOf(tokens.accessToken)).to.include({ email, email_verified: true });
    expectProblem(await verify(code, tokens.accessToken), 'code_expired');
  });

  it('keeps the old address until the new one is verified, if the pool requires it', async () => {
    const keeping = await startKit({
      pool: {
        pool: { UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] } },
      },
    });
    const { tokens, email: old } = await keeping.signUpAndIn();
    const email = 'ada@elsewhere.example';
    expect((await patch({ email }, tokens.accessToken, keeping)).body.codesSentTo).to.have.length(1);
    expect(await attributesOf(tokens.accessToken, keeping)).to.include({ email: old, email_verified: true });
    const { code } = await keeping.pool.inbox.waitFor({ to: email });
    expectStatus(await verify(code, tokens.accessToken, keeping), 200);
    expect(await attributesOf(tokens.accessToken, keeping)).to.include({ email, email_verified: true });
    await keeping.close();
  });

  it('refuses an address that is the sign-in name of another account', async () => {
    const other = await kit.signUpAndIn();
    const { tokens, email } = await kit.signUpAndIn();
    expectProblem(await patch({ email: other.email }, tokens.accessToken), 'alias_exists');
    expect(await attributesOf(tokens.accessToken)).to.include({ email, email_verified: true });
  });

  it('refuses attributes that the user or the app client cannot write', async () => {
    const { tokens } = await kit.signUpAndIn();
    await kit.auth.ready();
    kit.pool.requests.clear();
    for (const name of ['email_verified', 'phone_number_verified', 'sub', 'custom:plan']) {
      expectProblem(await patch({ name: 'Ada', [name]: 'true' }, tokens.accessToken), 'validation_failed');
    }
    expect(kit.pool.requests.count()).to.equal(0);
    const client = kit.pool.addClient({ WriteAttributes: ['email'] });
    const narrow = await startKit({ pool: kit.pool, config: client });
    const { accessToken } = kit.pool.tokensFor(claimsOf(tokens.accessToken).sub as string, client);
    expectProblem(await patch({ name: 'Ada' }, accessToken, narrow), 'rejected_by_pool');
  });

  it('limits changes of the address to five messages, and does not limit other changes', async () => {
    const limited = await startKit({ pool: kit.pool, config: { rateLimits: {} } });
    kit.pool.addUser({ username: 'eve@example.com', password: PASSWORD });
    const { accessToken } = kit.pool.tokensFor('eve@example.com');
    const statuses: number[] = [];
    for (let i = 0; i < 7; i++)
      statuses.push((await patch({ email: `victim${i}@example.com` }, accessToken, limited)).status);
    expect(statuses).to.deep.equal([200, 200, 200, 200, 200, 429, 429]);
    for (let i = 0; i < 7; i++) expectStatus(await patch({ name: `Eve ${i}` }, accessToken, limited), 200);
  });
});

describe('Attribute endpoints', () => {
  let kit: Kit;
  let accessToken: string;
  before(async () => {
    kit = await startKit();
    kit.pool.addUser({
      username: 'ada@example.com',
      password: PASSWORD,
      attributes: { name: 'Ada', email_verified: 'false' },
    });
    ({ accessToken } = kit.pool.tokensFor('ada@example.com'));
  });
  after(() => kit.close());

  const remove = (name: string) =>
    kit.request.delete(`/auth/me/attributes/${name}`).set('Authorization', `Bearer ${accessToken}`);

  it('a writable attribute can be deleted, and no other', async () => {
    expect(expectStatus(await remove('name'), 200).body).to.deep.equal({ status: 'deleted' });
    expect((await kit.get('/me', accessToken)).body.attributes).to.not.have.key('name');
    for (const name of ['sub', 'email_verified', 'custom:plan', '%20name', 'unknown'])
      expect(expectProblem(await remove(name), 'validation_failed').body.errors[0].path).to.equal('/name');
  });

  it('an address gets a code on request, which verifies it', async () => {
    const response = await kit.post('/me/attributes/email/code', {}, accessToken);
    expect(expectStatus(response, 200).body).to.deep.equal({
      status: 'code_sent',
      delivery: { medium: 'EMAIL', destination: 'a***@e***', attribute: 'email' },
    });
    const { code } = await kit.pool.inbox.waitFor({ to: 'ada@example.com', kind: 'verify_attribute' });
    expectStatus(await kit.post('/me/attributes/email/verify', { confirmationCode: code }, accessToken), 200);
    expect((await kit.get('/me', accessToken)).body.attributes.email_verified).to.equal(true);
  });

  it('an attribute that is not an address of the user gets no code', async () => {
    for (const name of ['name', 'sub', 'email_verified'])
      expectProblem(await kit.post(`/me/attributes/${name}/code`, {}, accessToken), 'validation_failed');
    expectProblem(await kit.post('/me/attributes/phone_number/code', {}, accessToken), 'rejected_by_pool');
  });

  it('requests without a token are refused', async () => {
    for (const request of [
      kit.request.delete('/auth/me/attributes/name'),
      kit.request.post('/auth/me/attributes/email/code'),
      kit.request.post('/auth/me/attributes/no-such-attribute/code'),
    ])
      expectProblem(await request, 'missing_token');
  });
});

describe('DELETE /me', () => {
  let kit: Kit;
  before(async () => {
    kit = await startKit();
  });
  after(() => kit.close());

  const secondsAgo = (seconds: number): number => Math.floor(Date.now() / 1000) - seconds;
  const deleteMe = (accessToken: string, of: Kit = kit) =>
    of.request.delete('/auth/me').set('Authorization', `Bearer ${accessToken}`);
  const tokenOf = (email: string, accessClaims: object = {}): string => {
    kit.pool.addUser({ username: email, password: PASSWORD });
    return kit.pool.tokensFor(email, { accessClaims: { ...accessClaims } }).accessToken;
  };

  it('deletes the account, and revokes its tokens', async () => {
    const { email, tokens } = await kit.signUpAndIn();
    expect(expectStatus(await deleteMe(tokens.accessToken), 200).body).to.deep.equal({ status: 'deleted' });
    expectProblem(await kit.get('/me', tokens.accessToken), 'invalid_token');
    expectProblem(await kit.post('/sign-in', { email, password: PASSWORD }), 'invalid_credentials');
  });

  it('refuses a sign-in older than five minutes, and states the maximum age', async () => {
    const token = tokenOf('late@example.com', { auth_time: secondsAgo(302) });
    const response = expectProblem(await deleteMe(token), 'insufficient_user_authentication');
    expect(response.headers['www-authenticate']).to.equal(
      'Bearer error="insufficient_user_authentication", ' +
        'error_description="This operation requires a more recent sign-in. Sign in again.", max_age="300"',
    );
    expectStatus(await kit.get('/me', token), 200);
  });

  it('refuses a refreshed token of an old sign-in, and a token without auth_time', async () => {
    expectProblem(
      await deleteMe(tokenOf('silent@example.com', { auth_time: undefined })),
      'insufficient_user_authentication',
    );
    const token = tokenOf('refreshed@example.com', { auth_time: secondsAgo(900), iat: secondsAgo(1) });
    expectProblem(await deleteMe(token), 'insufficient_user_authentication');
  });

  it('applies sensitiveMaxAge, which 0 and false disable', async () => {
    const strict = await startKit({ pool: kit.pool, config: { sensitiveMaxAge: 10 } });
    const token = tokenOf('strict@example.com', { auth_time: secondsAgo(20) });
    const refused = expectProblem(await deleteMe(token, strict), 'insufficient_user_authentication');
    expect(refused.headers['www-authenticate']).to.include('max_age="10"');
    for (const sensitiveMaxAge of [0, false] as const) {
      const lax = await startKit({ pool: kit.pool, config: { sensitiveMaxAge } });
      const old = tokenOf(`old-${sensitiveMaxAge}@example.com`, { auth_time: 1 });
      expectStatus(await deleteMe(old, lax), 200);
    }
  });
});

describe('GET /me/auth-factors', () => {
  it('returns the first factors and the MFA settings of the user', async () => {
    const kit = await startKit();
    const [plain, careful] = ['plain@example.com', 'careful@example.com'];
    kit.pool.addUser({ username: plain, password: PASSWORD });
    kit.pool.addUser({
      username: careful,
      password: PASSWORD,
      totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
    });
    const factorsOf = async (email: string): Promise<unknown> =>
      expectStatus(await kit.get('/me/auth-factors', kit.pool.tokensFor(email).accessToken), 200).body;
    expect(await factorsOf(plain)).to.deep.equal({ factors: ['PASSWORD'], mfa: { enabled: [] } });
    expect(await factorsOf(careful)).to.deep.equal({
      factors: ['PASSWORD', 'SOFTWARE_TOKEN'],
      mfa: { enabled: ['SOFTWARE_TOKEN_MFA'], preferred: 'SOFTWARE_TOKEN_MFA' },
    });
    await kit.close();
  });
});

describe('Routes with a path parameter', () => {
  it('a path can be renamed if it keeps its parameter', async () => {
    const kit = await startKit({ config: { routes: { deleteAttribute: '/Profile/:name' } } });
    const { tokens } = await kit.signUpAndIn();
    const remove = kit.request.delete('/auth/profile/nickname');
    expectStatus(await remove.set('Authorization', `Bearer ${tokens.accessToken}`), 200);
    expect((await kit.get('/openapi.json')).body.paths).to.include.keys('/Profile/{name}');
    await kit.close();
  });

  it('a parameter does not capture the path of another endpoint', async () => {
    const kit = await startKit({ config: { routes: { deleteAttribute: '/me/:name' } } });
    const { tokens } = await kit.signUpAndIn();
    expectStatus(await kit.get('/me/auth-factors', tokens.accessToken), 200);
    const response = expectProblem(await kit.get('/me/nickname'), 'method_not_allowed');
    expect(response.headers.allow).to.equal('DELETE');
    await kit.close();
  });

  it('a path without its parameter, or with another one, is an invalid option', () => {
    const config = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'abc' };
    for (const routes of [
      { deleteAttribute: '/attribute' },
      { deleteAttribute: '/:id' },
      { getMe: '/:name' },
    ]) {
      expect(() => createCognitoRouter({ ...config, routes })).to.throw(TypeError, 'parameters');
    }
  });
});
