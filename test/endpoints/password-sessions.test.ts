import { setTimeout as sleep } from 'node:timers/promises';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import express, { type Express } from 'express';
import type { Config } from '../../src/config/options.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import type { CognitoRouter } from '../../src/router.ts';
import { Browser } from '../support/browser-cookies.ts';
import { fail, startFakeCognito, succeed } from '../support/fake-cognito.ts';
import {
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const ADA = 'ada@example.com';
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const CHANGE = { oldPassword: PASSWORD, newPassword: OTHER_PASSWORD };
/** Tokens have whole seconds. */
const NEXT_SECOND_MS = 1100;

const app = (auth: CognitoRouter): Express =>
  express()
    .use('/auth', auth)
    .get('/route', auth.requireAuth(), (_req, res) => void res.json({}));

async function start(config: Config = {}, user: object = {}): Promise<Kit> {
  const ExplicitAuthFlows = [
    'ALLOW_USER_PASSWORD_AUTH',
    'ALLOW_USER_SRP_AUTH',
    'ALLOW_USER_AUTH',
    'ALLOW_REFRESH_TOKEN_AUTH',
  ] as const;
  const users = [{ username: ADA, password: PASSWORD, ...user }];
  return startKit({ pool: { appClient: { ExplicitAuthFlows }, users }, config, app });
}

const route = (kit: Kit, accessToken: string) =>
  kit.request.get('/route').set('Authorization', `Bearer ${accessToken}`);

async function expectEnded(kit: Kit, tokens: { accessToken: string; refreshToken: string }): Promise<void> {
  expectProblem(await route(kit, tokens.accessToken), 'invalid_token');
  expectProblem(await kit.post('/refresh', { refreshToken: tokens.refreshToken }), 'invalid_refresh_token');
}

async function expectAlive(kit: Kit, tokens: { accessToken: string; refreshToken: string }): Promise<void> {
  expectStatus(await route(kit, tokens.accessToken), 200);
  expectStatus(await kit.post('/refresh', { refreshToken: tokens.refreshToken }), 200);
}

describe('POST /change-password', () => {
  for (const authFlow of ['USER_PASSWORD_AUTH', 'USER_SRP_AUTH', 'USER_AUTH'] as const) {
    it(`ends all other sessions and starts a new one with ${authFlow} (case C1)`, async () => {
      const kit = await start({ authFlow });
      const [mine, other] = [kit.pool.tokensFor(ADA), kit.pool.tokensFor(ADA)];
      await sleep(NEXT_SECOND_MS);
      const changed = expectStatus(await kit.post('/change-password', CHANGE, mine.accessToken), 200).body;
      expect(changed).to.have.all.keys('status', 'tokens');
      expect(changed.status).to.equal('password_changed');
      await expectEnded(kit, mine);
      await expectEnded(kit, other);
      await expectAlive(kit, changed.tokens);
      await kit.close();
    });
  }

  it('replaces the cookies of the browser (case C1)', async () => {
    const kit = await start({ transport: 'cookie' });
    const [browser, other] = [new Browser(kit.url), new Browser(kit.url)];
    for (const each of [browser, other]) await each.post('/auth/sign-in', { email: ADA, password: PASSWORD });
    await sleep(NEXT_SECOND_MS);
    const changed = await browser.post('/auth/change-password', CHANGE);
    expect([changed.status, changed.body.status, changed.set]).to.deep.equal([
      200,
      'password_changed',
      ['access', 'refresh'],
    ]);
    expect(changed.body).to.have.all.keys('status', 'user', 'expiresIn');
    expect((await browser.fetch('/route')).status).to.equal(200);
    expect((await browser.post('/auth/refresh')).status).to.equal(200);
    expect((await other.fetch('/route')).body.code).to.equal('invalid_token');
    expect((await other.post('/auth/refresh')).body.code).to.equal('invalid_refresh_token');
    await kit.close();
  });

  for (const transport of ['bearer', 'cookie'] as const) {
    it(`poses the second factor of the new session with transport ${transport}`, async () => {
      const kit = await start({ transport }, { totpSecret: SECRET });
      const browser = new Browser(kit.url);
      const { challenge: first } = (await browser.post('/auth/sign-in', { email: ADA, password: PASSWORD }))
        .body;
      const confirmationCode = totpCode(SECRET, kit.pool.clock.now());
      const { tokens } = (await browser.post('/auth/challenge', { ...answerTo(first), confirmationCode }))
        .body;
      const changed = await browser.fetch('/auth/change-password', {
        method: 'POST',
        body: CHANGE,
        headers: {
          'Sec-Fetch-Site': 'same-origin',
          ...(tokens && { authorization: `Bearer ${tokens.accessToken}` }),
        },
      });
      expect([changed.status, changed.body.status]).to.deep.equal([200, 'password_changed']);
      const { challenge } = changed.body;
      expect(challenge.name).to.equal('SOFTWARE_TOKEN_MFA');
      if (transport === 'cookie') expect(changed.cleared).to.include.members(['access', 'refresh']);
      kit.pool.clock.advance(60_000);
      const answer = { ...answerTo(challenge), confirmationCode: totpCode(SECRET, kit.pool.clock.now()) };
      const done = await browser.post('/auth/challenge', answer);
      expect([done.status, done.body.status]).to.deep.equal([200, 'complete']);
      await kit.close();
    });
  }

  it('succeeds without tokens if the new sign-in fails, and still ends the other sessions', async () => {
    const log = captureLog();
    const kit = await start({ logger: log.logger });
    const [mine, other] = [kit.pool.tokensFor(ADA), kit.pool.tokensFor(ADA)];
    kit.pool.faults.inject({ kind: 'internalError', on: 'InitiateAuth', times: 1 });
    const changed = expectStatus(await kit.post('/change-password', CHANGE, mine.accessToken), 200).body;
    expect(changed).to.deep.equal({ status: 'password_changed' });
    await expectEnded(kit, mine);
    await expectEnded(kit, other);
    expect(log.lines()[0]).to.include({
      level: 50,
      endpoint: 'changePassword',
      exception: 'InternalErrorException',
    });
    expect(log.text()).to.not.include(OTHER_PASSWORD);
    await kit.close();
  });

  it('succeeds although Cognito cannot end the other sessions: the kit ends their access tokens and logs it', async () => {
    const log = captureLog();
    const kit = await start({ logger: log.logger });
    const [mine, other] = [kit.pool.tokensFor(ADA), kit.pool.tokensFor(ADA)];
    await sleep(NEXT_SECOND_MS);
    kit.pool.faults.inject({ kind: 'internalError', on: 'GlobalSignOut', times: 1 });
    const changed = expectStatus(await kit.post('/change-password', CHANGE, mine.accessToken), 200).body;
    await expectAlive(kit, changed.tokens);
    expectProblem(await route(kit, other.accessToken), 'invalid_token');
    expect(log.lines()[0]).to.include({ level: 50, status: 200, exception: 'InternalErrorException' });
    await kit.close();
  });

  it('starts no session for a token of managed login, which has more scopes', async () => {
    const kit = await start();
    const scope = 'aws.cognito.signin.user.admin openid';
    const mine = kit.pool.tokensFor(ADA, { accessClaims: { scope } });
    const changed = expectStatus(await kit.post('/change-password', CHANGE, mine.accessToken), 200).body;
    expect(changed).to.deep.equal({ status: 'password_changed' });
    await expectEnded(kit, mine);
    await kit.close();
  });

  it('ends no session with `passwordChangeEndsSessions: false`, or if the old password is wrong', async () => {
    const kit = await start({ passwordChangeEndsSessions: false });
    const strict = await startKit({ pool: kit.pool, app });
    const [mine, other] = [kit.pool.tokensFor(ADA), kit.pool.tokensFor(ADA)];
    const wrong = { ...CHANGE, oldPassword: 'Wrong-password-5' };
    expectProblem(await strict.post('/change-password', wrong, mine.accessToken), 'wrong_password');
    const changed = expectStatus(await kit.post('/change-password', CHANGE, mine.accessToken), 200).body;
    expect(changed).to.deep.equal({ status: 'password_changed' });
    await expectAlive(kit, mine);
    await expectAlive(kit, other);
    await strict.close();
    await kit.close();
  });
});

function answerTo({ name, session, username }: { name: string; session?: string; username: string }): object {
  return { name, username, ...(session !== undefined && { session }) };
}

function asAdministrator(endpoint: string): CognitoIdentityProviderClient {
  const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a-secret-access-key-of-the-tests' };
  return new CognitoIdentityProviderClient({ region: 'us-east-1', endpoint, credentials });
}

describe('POST /confirm-forgot-password', () => {
  async function reset(kit: Kit): Promise<void> {
    expectStatus(await kit.post('/forgot-password', { email: ADA }), 200);
    const { code } = await kit.pool.inbox.waitFor({ to: ADA, kind: 'forgot_password' });
    const body = { email: ADA, confirmationCode: code, newPassword: OTHER_PASSWORD };
    expectStatus(await kit.post('/confirm-forgot-password', body), 200);
  }

  async function startAdmin(config: Config = {}): Promise<Kit> {
    const plain = await start();
    const cognitoClient = asAdministrator(plain.pool.config.endpoint);
    return startKit({ pool: plain.pool, config: { adminSignOut: true, cognitoClient, ...config }, app });
  }

  it('ends all sessions with `adminSignOut`, and lets the user sign in at once (case C1)', async () => {
    const kit = await startAdmin();
    const other = kit.pool.tokensFor(ADA);
    await sleep(NEXT_SECOND_MS);
    await reset(kit);
    await expectEnded(kit, other);
    const { tokens } = (await kit.post('/sign-in', { email: ADA, password: OTHER_PASSWORD })).body;
    await expectAlive(kit, tokens);
    await kit.close();
  });

  it('succeeds if the credentials lack the permission, and the log names it', async () => {
    const log = captureLog();
    const fake = await startFakeCognito();
    fake.answer = (request, res) => {
      const isAdmin = request.operation.startsWith('Admin');
      (isAdmin ? fail('AccessDeniedException', 'not authorized to perform') : succeed)(request, res);
    };
    const app = fake.app({
      adminSignOut: true,
      cognitoClient: asAdministrator(fake.url),
      logger: log.logger,
    });
    expectStatus(await app.call('confirmForgotPassword'), 200);
    const [line] = log.lines();
    expect(line).to.include({ level: 50, status: 200, exception: 'AccessDeniedException' });
    expect(line?.hint).to.include('cognito-idp:AdminUserGlobalSignOut');
    await fake.close();
  });

  it('ends no session and sends no administrator operation by default', async () => {
    const kit = await start();
    const other = kit.pool.tokensFor(ADA);
    await reset(kit);
    await expectAlive(kit, other);
    expect(kit.pool.requests.count('AdminUserGlobalSignOut')).to.equal(0);
    await kit.close();
  });
});
