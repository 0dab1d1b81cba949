import { expect } from 'chai';
import type { Config } from '../../src/config/options.ts';
import type { LocalUserPoolOptions } from '../../src/local/local-user-pool.ts';
import { MemoryRefreshStore } from '../../src/session/refresh-store.ts';
import { Browser } from '../support/browser-cookies.ts';
import { SAME_ORIGIN } from '../support/cookie-client.ts';
import { eventually } from '../support/eventually.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog, type LogCapture } from '../support/log-capture.ts';

const ADA = 'ada@example.com';
const SIGN_IN = { email: ADA, password: PASSWORD };

describe('The log line of a failure that the response does not report', () => {
  const kits: Kit[] = [];
  const log: LogCapture = captureLog();
  beforeEach(() => log.clear());
  afterEach(() => Promise.all(kits.splice(0).map((kit) => kit.close())));

  async function start(config: Config = {}, pool: LocalUserPoolOptions = {}): Promise<Kit> {
    const kit = await startKit({
      pool: { users: [{ username: ADA, password: PASSWORD }], ...pool },
      config: { logger: log.logger, ...config },
    });
    kits.push(kit);
    return kit;
  }
  const lineOf = (endpoint: string) => log.lines().find((line) => line.endpoint === endpoint);

  it('has the cause of a failed sign-in after POST /confirm-sign-up', async () => {
    const kit = await start(
      { authFlow: 'USER_AUTH', passwordless: true, autoSignIn: true },
      {
        pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } },
        appClient: { ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
      },
    );
    const email = 'new@example.com';
    for (const [fault, level, exception] of [
      ['throttle', 40, 'TooManyRequestsException'],
      ['internalError', 50, 'InternalErrorException'],
    ] as const) {
      const account = `${fault}-${email}`;
      const { session } = expectStatus(await kit.post('/sign-up', { email: account }), 200).body;
      const { code } = await kit.pool.inbox.waitFor({ to: account, kind: 'sign_up' });
      log.clear();
      kit.pool.faults.inject({ kind: fault, on: 'InitiateAuth', times: 1 });
      const body = { email: account, session, confirmationCode: code };
      expect(expectStatus(await kit.post('/confirm-sign-up', body), 200).body.status).to.equal('confirmed');
      expect(lineOf('confirmSignUp')).to.include({
        status: 200,
        level,
        exception,
        operation: 'InitiateAuth',
      });
    }
  });

  it('has the cause and the host of a failed revocation at GET /logout', async () => {
    const kit = await start({
      transport: 'cookie',
      managedLogin: { redirectUri: 'http://localhost:3000/auth/callback' },
      cookieSecret: 'x'.repeat(32),
      timeouts: { call: 300 },
    });
    const browser = new Browser(kit.url);
    for (const [kind, exception] of [
      ['internalError', 'InternalErrorException'],
      ['hang', 'Deadline'],
    ] as const) {
      expectOk(await browser.post('/auth/sign-in', SIGN_IN));
      log.clear();
      kit.pool.faults.inject({ kind, on: 'RevokeToken', times: 1 });
      const response = await browser.fetch('/auth/logout');
      expect(response.status).to.equal(303);
      expect(browser.get('refresh')).to.equal(undefined);
      expect(lineOf('managedLogout')).to.include({ level: 50, exception });
      if (kind === 'hang') expect(lineOf('managedLogout')?.hint).to.include(new URL(kit.pool.url).host);
    }
  });

  it('tells that a session of a reused refresh token has not ended at Cognito', async () => {
    const kit = await start(
      { refresh: { reuseWindowSeconds: 0 } },
      {
        appClient: {
          ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
          RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
        },
      },
    );
    const { refreshToken } = expectStatus(await kit.post('/sign-in', SIGN_IN), 200).body.tokens;
    expectStatus(await kit.post('/refresh', { refreshToken }), 200);
    await new Promise((resolve) => setTimeout(resolve, 50));
    log.clear();
    kit.pool.faults.inject({ kind: 'internalError', on: 'RevokeToken', times: 1 });
    expectProblem(await kit.post('/refresh', { refreshToken }), 'invalid_refresh_token');
    const line = log.lines().find(({ msg }) => msg === 'a session has ended, but not at Cognito');
    expect(line).to.include({ level: 50, exception: 'InternalErrorException' });
    expect(log.text()).to.not.include(refreshToken);
  });

  it('names the other instance if its refresh of the session does not end', async () => {
    const store = new MemoryRefreshStore();
    const claimed = {
      claim: async () => 'pending' as const,
      publish: async () => undefined,
      release: async () => undefined,
      find: async (key: string) => store.find(key),
    };
    const kit = await start({ refresh: { store: claimed }, timeouts: { call: 200 } });
    const { refreshToken } = expectStatus(await kit.post('/sign-in', SIGN_IN), 200).body.tokens;
    log.clear();
    expectProblem(await kit.post('/refresh', { refreshToken }), 'upstream_timeout');
    const line = lineOf('refresh');
    expect(line).to.include({ level: 50, exception: 'RefreshPending' });
    expect(line?.hint).to.include('another instance holds the refresh of this session');
  });

  it('has the words of Cognito and the host for a call after the response', async () => {
    const kit = await start(
      { timeouts: { call: 300 } },
      { users: [{ username: ADA, status: 'UNCONFIRMED' }] },
    );
    for (const [kind, member, part] of [
      ['throttle', 'upstreamMessage', 'Rate exceeded'],
      ['hang', 'hint', new URL(kit.pool.url).host],
    ] as const) {
      log.clear();
      kit.pool.faults.inject({ kind, on: 'ResendConfirmationCode', times: 1 });
      expectStatus(await kit.post('/sign-up', SIGN_IN), 200);
      const line = await eventually(() =>
        log.lines().find(({ operation }) => operation === 'ResendConfirmationCode'),
      );
      expect(String(line?.[member])).to.include(part);
    }
  });

  it('names the host of managed login that does not answer', async () => {
    const kit = await start({
      managedLogin: { redirectUri: 'http://localhost:3000/auth/callback' },
      cookieSecret: 'x'.repeat(32),
      transport: 'cookie',
      timeouts: { call: 200 },
    });
    kit.pool.faults.inject({ kind: 'hang', on: 'openid-configuration' });
    expectProblem(await kit.request.get('/auth/login').set(SAME_ORIGIN), 'upstream_timeout');
    const line = lineOf('startManagedLogin');
    expect(line).to.include({ exception: 'OAUTH_TIMEOUT', level: 50 });
    expect(line?.hint).to.include(`${new URL(kit.pool.url).host} did not respond within timeouts.call`);
  });
});

function expectOk({ status }: { status: number }): void {
  expect(status).to.equal(200);
}
