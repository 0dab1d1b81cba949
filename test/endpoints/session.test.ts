import { expect } from 'chai';
import type { ClientSettings } from '../../src/local/model/settings.ts';
import {
  answerWith,
  type FakeAnswer,
  type FakeApp,
  type FakeCognito,
  fail,
  startFakeCognito,
} from '../support/fake-cognito.ts';
import {
  claimsOf,
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';
import { sdkFor } from '../support/local-sdk.ts';

const SECOND = 1000;
const DAY = 86_400_000;

/** Disables the reuse window. */
const NO_REUSE_WINDOW = { refresh: { reuseWindowSeconds: 0 } };

function rotating(RetryGracePeriodSeconds: number): ClientSettings {
  return {
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds },
  };
}

describe('POST /refresh', () => {
  let kit: Kit;
  const email = 'ada@example.com';

  before(async () => {
    kit = await startKit();
    kit.pool.addUser({ username: email, password: PASSWORD });
  });
  after(() => kit.close());

  const refresh = (refreshToken: string, of = kit) => of.post('/refresh', { refreshToken });

  it('returns new tokens of the same sign-in, and keeps the refresh token valid', async () => {
    const { accessToken, refreshToken } = kit.pool.tokensFor(email);
    kit.pool.clock.advance(5 * SECOND);
    const { status, tokens } = expectStatus(await refresh(refreshToken), 200).body;
    expect(status).to.equal('complete');
    expect(tokens).to.have.all.keys('accessToken', 'idToken', 'expiresIn', 'tokenType');
    const [before, after] = [claimsOf(accessToken), claimsOf(tokens.accessToken)];
    expect(after).to.include({ origin_jti: before.origin_jti, auth_time: before.auth_time, sub: before.sub });
    expect(after.jti).to.not.equal(before.jti);
    expect(after.exp).to.be.greaterThan(Number(before.exp));
    expectStatus(await refresh(refreshToken), 200);
  });

  it('refuses a refresh token that is made up, of another client or expired', async () => {
    expectProblem(await refresh('a.b.c.d.e'), 'invalid_refresh_token');
    const { accessToken, refreshToken } = kit.pool.tokensFor(email);
    expectProblem(await refresh(accessToken), 'invalid_refresh_token');
    const { clientId } = kit.pool.addClient();
    const foreign = kit.pool.tokensFor(email, { clientId }).refreshToken;
    expectProblem(await refresh(foreign), 'invalid_refresh_token');
    kit.pool.clock.advance(30 * DAY);
    expectProblem(await refresh(refreshToken), 'invalid_refresh_token');
    kit.pool.clock.advance(-30 * DAY);
  });

  it('refuses a user who was disabled after the sign-in', async () => {
    const username = 'disabled@example.com';
    kit.pool.addUser({ username });
    const { refreshToken } = kit.pool.tokensFor(username);
    const { userPoolId: UserPoolId } = kit.pool.config;
    await sdkFor(kit.pool.url).adminDisableUser({ UserPoolId, Username: username });
    expectProblem(await refresh(refreshToken), 'user_disabled');
  });

  it('refuses a user who was deleted after the sign-in', async () => {
    const username = 'deleted@example.com';
    kit.pool.addUser({ username });
    const { refreshToken } = kit.pool.tokensFor(username);
    const { userPoolId: UserPoolId } = kit.pool.config;
    await sdkFor(kit.pool.url).adminDeleteUser({ UserPoolId, Username: username });
    expectProblem(await refresh(refreshToken), 'invalid_refresh_token');
  });

  it('rotates the refresh token, and revokes the session on refresh token reuse', async () => {
    const rotates = await startKit({ pool: { appClient: rotating(0) }, config: NO_REUSE_WINDOW });
    rotates.pool.addUser({ username: email, password: PASSWORD });
    const { refreshToken: first } = rotates.pool.tokensFor(email);
    const { tokens } = expectStatus(await refresh(first, rotates), 200).body;
    expect(tokens.refreshToken).to.be.a('string').and.not.equal(first);
    expectProblem(await refresh(first, rotates), 'invalid_refresh_token');
    expectProblem(await refresh(tokens.refreshToken, rotates), 'invalid_refresh_token');
    expect(rotates.pool.requests.list().map(({ name, error }) => [name, error])).to.deep.equal([
      ['GetTokensFromRefreshToken', undefined],
      ['GetTokensFromRefreshToken', 'RefreshTokenReuseException'],
      ['RevokeToken', undefined],
      ['GetTokensFromRefreshToken', 'NotAuthorizedException'],
    ]);
    await rotates.close();
  });

  it('accepts a rotated refresh token within the grace period of the app client', async () => {
    const rotates = await startKit({ pool: { appClient: rotating(30) }, config: NO_REUSE_WINDOW });
    rotates.pool.addUser({ username: email, password: PASSWORD });
    const { refreshToken } = rotates.pool.tokensFor(email);
    expectStatus(await refresh(refreshToken, rotates), 200);
    rotates.pool.clock.advance(29 * SECOND);
    expectStatus(await refresh(refreshToken, rotates), 200);
    rotates.pool.clock.advance(2 * SECOND);
    expectProblem(await refresh(refreshToken, rotates), 'invalid_refresh_token');
    await rotates.close();
  });

  it('keeps the session valid if Cognito throttles or fails', async () => {
    const { refreshToken } = kit.pool.tokensFor(email);
    const clear = kit.pool.faults.inject({ kind: 'throttle' });
    expectProblem(await refresh(refreshToken), 'rate_limited');
    clear();
    kit.pool.faults.inject({ kind: 'internalError', times: 1 });
    expectProblem(await refresh(refreshToken), 'upstream_error');
    expectStatus(await refresh(refreshToken), 200);
  });

  it('returns the tokens of the right user to each of ten concurrent refreshes', async () => {
    const users = Array.from({ length: 10 }, (_, i) => `crowd-${i}@example.com`);
    for (const username of users) kit.pool.addUser({ username });
    const responses = await Promise.all(users.map((user) => refresh(kit.pool.tokensFor(user).refreshToken)));
    expect(responses.map(({ body }) => claimsOf(body.tokens.idToken).email)).to.deep.equal(users);
  });
});

describe('POST /sign-out', () => {
  let kit: Kit;
  let email: string;
  let users = 0;

  before(async () => {
    kit = await startKit();
  });
  // A new user for each test: a sign-out everywhere revokes sessions of the same second.
  beforeEach(() => {
    kit.pool.requests.clear();
    email = `ada-${++users}@example.com`;
    kit.pool.addUser({ username: email, password: PASSWORD });
  });
  after(() => kit.close());

  const signOut = (body: object, token?: string) => kit.post('/sign-out', body, token);

  it('revokes the session, and no other', async () => {
    const [mine, other] = [kit.pool.tokensFor(email), kit.pool.tokensFor(email)];
    const response = await signOut({ refreshToken: mine.refreshToken });
    expect(expectStatus(response, 200).body).to.deep.equal({ status: 'signed_out' });
    expectProblem(await kit.post('/refresh', { refreshToken: mine.refreshToken }), 'invalid_refresh_token');
    expectProblem(await kit.get('/me', mine.accessToken), 'invalid_token');
    expectStatus(await kit.post('/refresh', { refreshToken: other.refreshToken }), 200);
    expectStatus(await kit.get('/me', other.accessToken), 200);
  });

  it('answers 200 for a session that is revoked already', async () => {
    const { refreshToken } = kit.pool.tokensFor(email);
    expectStatus(await signOut({ refreshToken }), 200);
    expectStatus(await signOut({ refreshToken }), 200);
  });

  it('requires no access token, and accepts an expired one', async () => {
    const { refreshToken } = kit.pool.tokensFor(email);
    expectStatus(await signOut({ refreshToken }), 200);
    const { accessToken: expired, refreshToken: second } = kit.pool.tokensFor(email, { accessExpiresIn: -1 });
    expectStatus(await signOut({ refreshToken: second }, expired), 200);
    expectProblem(await kit.post('/refresh', { refreshToken: second }), 'invalid_refresh_token');
  });

  it('with everywhere: true revokes all sessions of the user, and of no other user', async () => {
    const [here, there] = [kit.pool.tokensFor(email), kit.pool.tokensFor(email)];
    kit.pool.addUser({ username: 'grace@example.com' });
    const grace = kit.pool.tokensFor('grace@example.com');
    expectStatus(await signOut({ everywhere: true }, here.accessToken), 200);
    for (const { accessToken, refreshToken } of [here, there]) {
      expectProblem(await kit.get('/me', accessToken), 'invalid_token');
      expectProblem(await kit.post('/refresh', { refreshToken }), 'invalid_refresh_token');
    }
    expectStatus(await kit.get('/me', grace.accessToken), 200);
    expectStatus(await kit.post('/refresh', { refreshToken: grace.refreshToken }), 200);
  });

  it('with everywhere: true answers 200 with a revoked access token', async () => {
    const { accessToken } = kit.pool.tokensFor(email);
    expectStatus(await signOut({ everywhere: true }, accessToken), 200);
    expectStatus(await signOut({ everywhere: true }, accessToken), 200);
    expect(kit.pool.requests.count('GlobalSignOut')).to.equal(2);
  });

  it('with everywhere: true requires an access token, even beside a refresh token', async () => {
    const { refreshToken } = kit.pool.tokensFor(email);
    expectProblem(await signOut({ everywhere: true, refreshToken }), 'missing_token');
    const { accessToken: expired } = kit.pool.tokensFor(email, { accessExpiresIn: -1 });
    expectProblem(await signOut({ everywhere: true }, expired), 'token_expired');
    expect(kit.pool.requests.count('GlobalSignOut')).to.equal(0);
    expectStatus(await kit.post('/refresh', { refreshToken }), 200);
  });

  it('without a refresh token or everywhere: true names the missing member', async () => {
    const { accessToken } = kit.pool.tokensFor(email);
    for (const body of [{}, { everywhere: false }]) {
      const response = expectProblem(await signOut(body, accessToken), 'validation_failed');
      expect(response.body.errors[0].path).to.equal('/refreshToken');
    }
    expect(kit.pool.requests.count('RevokeToken')).to.equal(0);
  });

  it('refuses the token of another client, and an access token in place of a refresh token', async () => {
    const { clientId } = kit.pool.addClient();
    const foreign = kit.pool.tokensFor(email, { clientId });
    expectProblem(await signOut({ refreshToken: foreign.refreshToken }), 'invalid_refresh_token');
    const { accessToken } = kit.pool.tokensFor(email);
    expectProblem(await signOut({ refreshToken: accessToken }), 'invalid_request');
    expectStatus(await kit.get('/me', accessToken), 200);
  });

  it('answers 200 if the app client does not allow revocation', async () => {
    const client = kit.pool.addClient({ EnableTokenRevocation: false });
    const other = await startKit({ pool: kit.pool, config: client });
    const { refreshToken } = kit.pool.tokensFor(email, { clientId: client.clientId });
    expectStatus(await other.post('/sign-out', { refreshToken }), 200);
  });

  it('answers upstream_error if Cognito fails, and revokes the session in the kit', async () => {
    const { accessToken, refreshToken } = kit.pool.tokensFor(email);
    for (const [body, token] of [[{ refreshToken }], [{ everywhere: true }, accessToken]] as const) {
      kit.pool.faults.inject({ kind: 'internalError', times: 1 });
      expectProblem(await signOut(body, token), 'upstream_error');
    }
    expectProblem(await kit.post('/refresh', { refreshToken }), 'invalid_refresh_token');
  });

  it('revokes the session after a password change as well', async () => {
    const { accessToken, refreshToken } = kit.pool.tokensFor(email);
    const change = { oldPassword: PASSWORD, newPassword: OTHER_PASSWORD };
    expectStatus(await kit.post('/change-password', change, accessToken), 200);
    expectStatus(await signOut({ refreshToken }), 200);
    expectProblem(await kit.get('/me', accessToken), 'invalid_token');
  });
});

describe('POST /refresh with a server that lacks GetTokensFromRefreshToken', () => {
  let fake: FakeCognito;
  let app: FakeApp;
  let secretApp: FakeApp;

  const CLIENT_SECRET = 'aVerySecretClientSecret0123456789';
  const oldServer =
    (initiateAuth: FakeAnswer, lacking: FakeAnswer = fail('UnknownOperationException', 'x')): FakeAnswer =>
    (request, res) =>
      request.operation === 'InitiateAuth' ? initiateAuth(request, res) : lacking(request, res);
  const tokens = answerWith({ AuthenticationResult: { AccessToken: 'a', IdToken: 'b' } });

  before(async () => {
    fake = await startFakeCognito();
    app = fake.app();
    secretApp = fake.app({ clientSecret: CLIENT_SECRET });
  });
  after(() => fake.close());
  beforeEach(() => {
    fake.requests.length = 0;
  });

  it('falls back to REFRESH_TOKEN_AUTH for each answer that reports an unknown operation', async () => {
    const answers = [
      fail('UnknownOperationException', ''),
      fail('Unsupported', '', 500),
      fail('InternalFailure', '', 501),
      ((_request, res) => res.writeHead(404).end('Not found')) satisfies FakeAnswer,
    ];
    for (const answer of answers) {
      fake.answer = oldServer(tokens, answer);
      fake.requests.length = 0;
      const { body } = expectStatus(await app.call('refresh', { refreshToken: 'r' }), 200);
      expect(body.tokens).to.deep.equal({
        accessToken: 'a',
        idToken: 'b',
        expiresIn: 3600,
        tokenType: 'Bearer',
      });
      expect(fake.requests.map(({ input }) => input.AuthFlow)).to.deep.equal([
        undefined,
        'REFRESH_TOKEN_AUTH',
      ]);
      expect(fake.requests[1]?.input.AuthParameters).to.deep.equal({ REFRESH_TOKEN: 'r' });
    }
  });

  it('does not fall back after a refusal, regardless of its status', async () => {
    for (const status of [400, 401, 404]) {
      fake.answer = oldServer(tokens, fail('NotAuthorizedException', 'Refresh Token has expired', status));
      expectProblem(await app.call('refresh'), 'invalid_refresh_token');
      fake.answer = oldServer(tokens, fail('ResourceNotFoundException', 'x', 404));
      expectProblem(await app.call('refresh'), 'server_misconfigured');
    }
    expect(fake.requests.map(({ operation }) => operation)).to.not.include('InitiateAuth');
  });

  it('requires the username that the secret hash needs', async () => {
    fake.answer = oldServer(tokens);
    const { errors } = expectProblem(await secretApp.call('refresh'), 'validation_failed').body;
    expect(errors[0].path).to.equal('/username');
    expectStatus(await secretApp.call('refresh', { username: 'ada' }), 200);
    expect(fake.requests.at(-1)?.input.AuthParameters).to.have.property('SECRET_HASH');
  });

  it('answers invalid_refresh_token for each wording of a refusal', async () => {
    const messages = [
      'User not authorized',
      'Incorrect username or password.',
      'Unable to verify secret hash for client 1',
    ];
    for (const message of messages) {
      fake.answer = oldServer(fail('NotAuthorizedException', message));
      expectProblem(await app.call('refresh'), 'invalid_refresh_token');
      expectProblem(await secretApp.call('refresh', { username: 'made-up' }), 'invalid_refresh_token');
    }
  });

  it('answers an error if the fallback fails as well', async () => {
    fake.answer = fail('UnknownOperationException', '');
    expectProblem(await app.call('refresh'), 'operation_not_available');
    fake.answer = oldServer(fail('InternalErrorException', '', 500));
    expectProblem(await app.call('refresh'), 'upstream_error');
  });
});
