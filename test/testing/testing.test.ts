import { expect } from 'chai';
import express, { type Express } from 'express';
import request from 'supertest';
import { getAuth } from '../../src/auth/request-auth.ts';
import { requireAuth } from '../../src/require-auth.ts';
import { createTestIssuer, type TestIssuer } from '../../src/testing/index.ts';

describe('createTestIssuer()', () => {
  let issuer: TestIssuer;
  let app: Express;
  before(async () => {
    issuer = await createTestIssuer();
    app = express();
    app.get('/reports', requireAuth({ ...issuer.config, groups: 'admin' }), (req, res) => {
      res.json(getAuth(req));
    });
    app.get('/profile', requireAuth({ ...issuer.config, tokenUse: 'id' }), (req, res) => {
      res.json(getAuth(req));
    });
  });

  const get = (path: string, token: string) => request(app).get(path).auth(token, { type: 'bearer' });

  it('issues access tokens that a protected route accepts', async () => {
    const token = issuer.accessToken({
      sub: 'a-sub',
      username: 'ada',
      groups: ['admin'],
      scopes: ['a', 'b'],
    });
    const { status, body } = await get('/reports', token);
    expect(status).to.equal(200);
    expect(body).to.deep.include({
      sub: 'a-sub',
      username: 'ada',
      groups: ['admin'],
      scopes: ['a', 'b'],
      tokenUse: 'access',
    });
  });

  it('issues ID tokens that a protected route accepts', async () => {
    const token = issuer.idToken({ email: 'ada@example.com', claims: { 'custom:plan': 'pro' } });
    const { body } = await get('/profile', token);
    expect(body.payload).to.deep.include({
      email: 'ada@example.com',
      email_verified: true,
      'custom:plan': 'pro',
    });
  });

  it('issues tokens with the default claims of Cognito', async () => {
    const { body } = await get('/reports', issuer.accessToken({ groups: ['admin'] }));
    expect(body.header).to.have.all.keys('kid', 'alg');
    expect(body.payload).to.have.all.keys(
      'sub',
      'cognito:groups',
      'iss',
      'client_id',
      'origin_jti',
      'event_id',
      'token_use',
      'scope',
      'auth_time',
      'exp',
      'iat',
      'jti',
      'username',
    );
    expect(body.username).to.equal(body.sub);
    expect(body.scopes).to.deep.equal(['aws.cognito.signin.user.admin']);
    expect(body.payload.exp - body.payload.iat).to.equal(3600);
    expect((await get('/profile', issuer.idToken())).body.payload).to.have.all.keys(
      'sub',
      'iss',
      'aud',
      'origin_jti',
      'event_id',
      'token_use',
      'auth_time',
      'exp',
      'iat',
      'jti',
      'cognito:username',
    );
  });

  it('signs access and ID tokens with different keys, like a user pool', async () => {
    const access = await get('/reports', issuer.accessToken({ groups: ['admin'] }));
    const id = await get('/profile', issuer.idToken());
    expect(access.body.header.kid).to.not.equal(id.body.header.kid);
  });

  const invalid: Record<string, { token: () => string; code: string }> = {
    'without the group': { token: () => issuer.accessToken(), code: 'insufficient_group' },
    'that is expired': { token: () => issuer.accessToken({ expiresIn: -1 }), code: 'token_expired' },
    'of another client': { token: () => issuer.accessToken({ clientId: 'other' }), code: 'invalid_token' },
    'of the other kind': { token: () => issuer.idToken({ groups: ['admin'] }), code: 'invalid_token' },
    'without a sub': {
      token: () => issuer.accessToken({ claims: { sub: undefined } }),
      code: 'invalid_token',
    },
    'that is forged': {
      token: () => issuer.forge(issuer.accessToken({ groups: ['admin'] })),
      code: 'invalid_token',
    },
  };
  for (const [fault, { token, code }] of Object.entries(invalid)) {
    it(`can issue a token ${fault}, which the route refuses with ${code}`, async () => {
      expect((await get('/reports', token())).body.code).to.equal(code);
    });
  }

  it('can forge ID tokens', async () => {
    const { body } = await get('/profile', issuer.forge(issuer.idToken()));
    expect(body.detail).to.equal('The signature of the token is wrong.');
  });

  it('issues tokens of the given user pool and app client', async () => {
    const other = await createTestIssuer({ userPoolId: 'eu-west-1_Other', clientId: 'other' });
    expect(other.config).to.include({ userPoolId: 'eu-west-1_Other', clientId: 'other' });
    expect((await get('/reports', other.accessToken({ groups: ['admin'] }))).body.code).to.equal(
      'invalid_token',
    );
    const token = other.accessToken();
    const otherApp = express().get('/', requireAuth(other.config), (req, res) =>
      res.send(getAuth(req).payload.iss),
    );
    const { text } = await request(otherApp).get('/').auth(token, { type: 'bearer' });
    expect(text).to.equal('https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other');
  });
});
