import { expect } from 'chai';
import { secretHash } from '../../src/cognito/secret-hash.ts';
import { PROBLEMS } from '../../src/shared/problem.ts';
import { type FakeApp, type FakeCognito, fail, startFakeCognito, succeed } from '../support/fake-cognito.ts';
import {
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';

const CLIENT_SECRET = 'aVerySecretClientSecret0123456789';

describe('secretHash()', () => {
  it('returns the hash that Cognito computes', () => {
    const app = { clientId: '1example23456789', clientSecret: 'secret123' };
    expect(secretHash(app, 'alice@example.com')).to.equal('FVW/7Gcb6ZPx6GSRDG1O5Wage73l/t5hfIkUHL6hZ1k=');
  });

  it('hashes the username in UTF-8', () => {
    const app = { clientId: 'id', clientSecret: 'key' };
    expect(secretHash(app, 'zoë')).to.not.equal(secretHash(app, 'zoe'));
    expect(secretHash(app, 'zoë')).to.equal('QeMKfkTeUXABVrclasXpJxXDzsmLQQ8XSu9NJxDcwr4=');
  });
});

describe('An app client with a secret', () => {
  let kit: Kit;

  before(async () => {
    kit = await startKit({ pool: { clientSecret: CLIENT_SECRET } });
  });
  after(() => kit.close());

  it('serves a user from sign-up to sign-out', async () => {
    const { email, tokens: first } = await kit.signUpAndIn('Ada@Example.com');
    expectStatus(await kit.post('/forgot-password', { email }), 200);
    const { code } = await kit.pool.inbox.waitFor({ to: email, kind: 'forgot_password' });
    const reset = { email, confirmationCode: code, newPassword: OTHER_PASSWORD };
    expectStatus(await kit.post('/confirm-forgot-password', reset), 200);
    const change = { oldPassword: OTHER_PASSWORD, newPassword: PASSWORD };
    const changed = await kit.post('/change-password', change, first.accessToken);
    const { tokens } = expectStatus(changed, 200).body;
    const refreshed = await kit.post('/refresh', { refreshToken: tokens.refreshToken });
    expectStatus(await kit.get('/me', refreshed.body.tokens.accessToken), 200);
    expectStatus(await kit.post('/sign-out', { refreshToken: tokens.refreshToken }), 200);
    expectProblem(await kit.post('/refresh', { refreshToken: tokens.refreshToken }), 'invalid_refresh_token');
  });

  it('hashes the normalized name that the kit sends', async () => {
    await kit.signUpAndIn('grace@example.com');
    const response = await kit.post('/sign-in', { email: '  GRACE@example.com ', password: PASSWORD });
    expectStatus(response, 200);
  });

  it('hashes the username that Cognito sent with a challenge', async () => {
    kit.pool.addUser({ username: 'new@example.com', password: PASSWORD, status: 'FORCE_CHANGE_PASSWORD' });
    const { challenge } = (await kit.post('/sign-in', { email: 'new@example.com', password: PASSWORD })).body;
    expect(challenge.username).to.not.equal('new@example.com');
    const { name, session, username } = challenge;
    const answer = { name, session, username, newPassword: OTHER_PASSWORD };
    expectStatus(await kit.post('/challenge', answer), 200);
  });
});

describe('A wrong, missing or superfluous client secret', () => {
  let kits: Kit[];

  before(async () => {
    const secret = await startKit({ pool: { clientSecret: CLIENT_SECRET } });
    const none = await startKit();
    const { userPoolId, clientId, endpoint } = secret.pool.config;
    const config = { userPoolId, clientId, endpoint };
    kits = [
      await startKit({ pool: secret.pool, config: { ...config, clientSecret: `${CLIENT_SECRET}x` } }),
      await startKit({ pool: none.pool, config: { clientSecret: CLIENT_SECRET } }),
    ];
  });
  after(() => Promise.all(kits.map((kit) => kit.close())));

  const email = 'ada@example.com';
  const requests: readonly (readonly [path: string, body: object])[] = [
    ['/sign-up', { email, password: PASSWORD }],
    ['/confirm-sign-up', { email, confirmationCode: '123456' }],
    ['/resend-confirmation-code', { email }],
    ['/sign-in', { email, password: PASSWORD }],
    ['/forgot-password', { email }],
    ['/confirm-forgot-password', { email, confirmationCode: '123456', newPassword: PASSWORD }],
    ['/refresh', { refreshToken: 'a.b.c.d.e' }],
  ];

  for (const [path, body] of requests) {
    it(`causes server_misconfigured at ${path}, not a masked error`, async () => {
      for (const kit of kits) {
        const { detail } = expectProblem(await kit.post(path, body), 'server_misconfigured').body;
        expect(detail).to.equal(PROBLEMS.server_misconfigured[2]);
      }
    });
  }
});

describe('Client secret in a call to Cognito', () => {
  let fake: FakeCognito;
  let app: FakeApp;

  before(async () => {
    fake = await startFakeCognito();
    app = fake.app({ clientSecret: CLIENT_SECRET });
  });
  after(() => fake.close());
  beforeEach(() => {
    fake.answer = succeed;
    fake.requests.length = 0;
  });

  const inputOf = (): Record<string, unknown> => fake.requests[0]?.input ?? {};

  it('is sent as a hash with the username by operations about an account', async () => {
    for (const name of ['signUp', 'confirmSignUp', 'forgotPassword', 'confirmForgotPassword'] as const) {
      fake.requests.length = 0;
      await app.call(name, { email: 'ada@example.com' });
      expect(inputOf().Username).to.equal('ada@example.com');
      const hash = secretHash(
        { clientId: fake.issuer.config.clientId, clientSecret: CLIENT_SECRET },
        'ada@example.com',
      );
      expect(inputOf().SecretHash).to.equal(hash);
      expect(JSON.stringify(inputOf())).to.not.include(CLIENT_SECRET);
    }
  });

  it('is sent itself by operations about a refresh token', async () => {
    await app.call('refresh');
    expect(inputOf().ClientSecret).to.equal(CLIENT_SECRET);
    fake.requests.length = 0;
    await app.call('signOut');
    expect(inputOf().ClientSecret).to.equal(CLIENT_SECRET);
  });

  it('is not sent by operations about an access token', async () => {
    for (const name of ['getMe', 'changePassword'] as const) {
      fake.requests.length = 0;
      await app.call(name);
      expect(inputOf()).to.not.have.any.keys('SecretHash', 'ClientSecret');
    }
  });

  it('is not reported as wrong if a client invents the username of a challenge', async () => {
    fake.answer = fail('NotAuthorizedException', 'Unable to verify secret hash for client 1');
    expectProblem(await app.call('respondToChallenge', { username: 'invented' }), 'invalid_session');
  });
});
