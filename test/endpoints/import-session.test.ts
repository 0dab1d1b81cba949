import { mock } from 'node:test';
import { expect } from 'chai';
import type { AuthEvent } from '../../src/config/events.ts';
import type { SignedInContext } from '../../src/config/hooks.ts';
import type { Config } from '../../src/config/options.ts';
import type { LocalUserPoolOptions } from '../../src/local/local-user-pool.ts';
import type { ClientSettings } from '../../src/local/model/settings.ts';
import { ProblemError, problem } from '../../src/shared/problem.ts';
import { ask, CookieClient, cookiesOf, SAME_ORIGIN } from '../support/cookie-client.ts';
import { claimsOf, expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';

const ADA = 'ada@example.com';
const MALLORY = 'mallory@example.com';
const USERS = [ADA, MALLORY].map((username) => ({ username, password: PASSWORD }));
const ROTATING: ClientSettings = {
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
  RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
};
const CLIENTS: Readonly<Record<string, ClientSettings>> = { off: {}, on: ROTATING };
const SESSION = ['access', 'refresh'];

function start(config: Config = {}, pool: LocalUserPoolOptions = {}): Promise<Kit> {
  return startKit({
    pool: { users: USERS, ...pool },
    config: { transport: 'cookie', importSessions: true, ...config },
  });
}

const importInto = (page: CookieClient, refreshToken: string, more: object = {}) =>
  page.post('/import-session', { refreshToken, ...more });

async function emailOf(page: CookieClient): Promise<string> {
  return expectStatus(await page.get('/me'), 200).body.attributes.email;
}

describe('POST /import-session', () => {
  for (const [rotation, appClient] of Object.entries(CLIENTS)) {
    it(`puts the session of a refresh token into cookies, with rotation ${rotation}`, async () => {
      const kit = await start({ refresh: { reuseWindowSeconds: 0 } }, { appClient });
      const { refreshToken } = kit.pool.tokensFor(ADA);
      const page = new CookieClient(kit);
      const { body } = expectStatus(await importInto(page, refreshToken), 200);
      expect(body).to.have.all.keys('status', 'user', 'expiresIn');
      expect(page.names).to.include.members(SESSION);
      expect(await emailOf(page)).to.equal(ADA);
      expect(page.value('refresh') === refreshToken).to.equal(rotation === 'off');
      expectStatus(await page.post('/refresh'), 200);
      expectStatus(await page.post('/sign-out'), 200);
      expectProblem(await importInto(page, refreshToken), 'invalid_refresh_token');
      expect(page.names).to.not.include.members(SESSION);
      await kit.close();
    });
  }

  it('refuses a request that a page of another site can make, and leaves no cookie', async () => {
    const kit = await start();
    const { refreshToken } = kit.pool.tokensFor(MALLORY);
    const body = JSON.stringify({ refreshToken });
    const json = { 'Content-Type': 'application/json' };
    const requests: Record<string, string>[] = [
      { ...json, 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' },
      { ...json, 'Sec-Fetch-Site': 'same-site' },
      { ...json, Origin: 'https://evil.example' },
      { 'Content-Type': 'text/plain', 'Sec-Fetch-Site': 'cross-site' },
      { ...json, 'Sec-Fetch-Site': 'cross-site', Authorization: 'Bearer x.y.z' },
      json,
    ];
    for (const headers of requests) {
      const answer = await ask(`${kit.url}/auth/import-session`, 'POST', headers, body);
      expect(answer.status, JSON.stringify(headers)).to.equal(403);
      expect(JSON.parse(answer.body)).to.include({ code: 'cross_site_request' });
      expect(answer.headers).to.not.have.property('set-cookie');
    }
    // The same request from a page of the app.
    const own = await ask(`${kit.url}/auth/import-session`, 'POST', { ...json, ...SAME_ORIGIN }, body);
    expect(own.status).to.equal(200);
    await kit.close();
  });

  it('accepts a page of a trusted origin, as other endpoints do', async () => {
    const trusted = 'https://app.example.com';
    const kit = await start({ trustedOrigins: [trusted] });
    const { refreshToken } = kit.pool.tokensFor(ADA);
    const from = (Origin: string) =>
      kit.post('/import-session', { refreshToken }).set({ 'Sec-Fetch-Site': 'same-site', Origin });
    expectProblem(await from('https://www.example.com'), 'cross_site_request');
    expectStatus(await from(trusted), 200);
    await kit.close();
  });

  it('refuses a form and plain text of a page of the app', async () => {
    const kit = await start();
    const { refreshToken } = kit.pool.tokensFor(ADA);
    for (const [type, body] of [
      ['application/x-www-form-urlencoded', `refreshToken=${refreshToken}`],
      ['text/plain', JSON.stringify({ refreshToken })],
    ] as const) {
      const headers = { 'Content-Type': type, ...SAME_ORIGIN };
      const answer = await ask(`${kit.url}/auth/import-session`, 'POST', headers, body);
      expect(answer.status, type).to.be.within(400, 415);
      expect(answer.headers).to.not.have.property('set-cookie');
    }
    await kit.close();
  });

  it('does not replace the session of a browser, of the same or of another user', async () => {
    const kit = await start();
    const page = new CookieClient(kit);
    expectStatus(await page.post('/sign-in', { email: ADA, password: PASSWORD }), 200);
    const before = page.header;
    for (const username of [ADA, MALLORY]) {
      const refused = await importInto(page, kit.pool.tokensFor(username).refreshToken);
      expect(expectProblem(refused, 'conflict').body.detail).to.include('Sign out first');
    }
    expect(page.header).to.equal(before);
    page.cookies.delete('__Host-auth-refresh');
    expectProblem(await importInto(page, kit.pool.tokensFor(MALLORY).refreshToken), 'conflict');
    page.cookies.clear();
    expectStatus(await importInto(page, kit.pool.tokensFor(MALLORY).refreshToken), 200);
    expect(await emailOf(page)).to.equal(MALLORY);
    const twice = { ...SAME_ORIGIN, Cookie: `${page.header}; ${page.header}` };
    const ambiguous = kit.post('/import-session', { refreshToken: kit.pool.tokensFor(ADA).refreshToken });
    const refused = expectProblem(await ambiguous.set(twice), 'invalid_request');
    expect(refused.headers).to.not.have.property('set-cookie');
    await kit.close();
  });

  it('refuses tokens that Cognito or the kit has revoked, and those of another app client', async () => {
    const kit = await start();
    const { clientId } = kit.pool.addClient();
    const page = new CookieClient(kit);
    const ended = kit.pool.tokensFor(ADA);
    await kit.auth.endUser(String(claimsOf(ended.accessToken).sub));
    const { accessToken } = kit.pool.tokensFor(MALLORY);
    const tokens = [
      ended.refreshToken,
      kit.pool.tokensFor(ADA, { clientId }).refreshToken,
      accessToken,
      'made-up',
    ];
    for (const token of tokens) {
      expectProblem(await importInto(page, token), 'invalid_refresh_token');
      expect(page.names).to.deep.equal([]);
    }
    await kit.close();
  });

  it('is absent without the option, and /refresh takes no token from a body', async () => {
    const kit = await start({ importSessions: false });
    const { refreshToken } = kit.pool.tokensFor(ADA);
    const page = new CookieClient(kit);
    expectStatus(await importInto(page, refreshToken), 404);
    expectProblem(await page.post('/refresh', { refreshToken }), 'validation_failed');
    const { paths } = expectStatus(await page.get('/openapi.json'), 200).body;
    expect(paths).to.not.have.property('/import-session');
    await kit.close();
  });

  describe('with an end', () => {
    const until = '2027-03-01T08:00:00+01:00';
    const end = Date.parse(until);
    afterEach(() => mock.timers.reset());

    it('answers 401 from then on, as for an ended session, and does not call Cognito', async () => {
      const log = captureLog();
      const kit = await start({ importSessions: { until }, logger: log.logger });
      expect(log.text()).to.not.include('imports_ended');
      const { refreshToken } = kit.pool.tokensFor(ADA);
      mock.timers.enable({ apis: ['Date'], now: end - 60_000 });
      expectStatus(await importInto(new CookieClient(kit), refreshToken), 200);
      const asked = kit.pool.requests.count('GetTokensFromRefreshToken');
      mock.timers.setTime(end);
      const page = new CookieClient(kit);
      const refused = expectProblem(await importInto(page, refreshToken), 'invalid_refresh_token');
      expect(refused.body.detail).to.equal('Sessions are no longer imported. Sign in again.');
      expect(page.names).to.deep.equal([]);
      expect(kit.pool.requests.count('GetTokensFromRefreshToken')).to.equal(asked);
      await kit.close();
    });

    it('warns at the start if it has passed', async () => {
      const log = captureLog();
      const kit = await start({ importSessions: { until: '2026-03-01' }, logger: log.logger });
      const [line] = log.lines().filter(({ code }) => code === 'imports_ended');
      expect(line).to.include({ level: 40 });
      expect(line?.hint).to.include('since 2026-03-01T00:00:00.000Z');
      const { refreshToken } = kit.pool.tokensFor(ADA);
      expectProblem(await importInto(new CookieClient(kit), refreshToken), 'invalid_refresh_token');
      await kit.close();
    });
  });

  it('puts the tokens into cookies with both transports, although the body has the token', async () => {
    const kit = await start({ transport: 'both' });
    const page = new CookieClient(kit);
    const { body } = expectStatus(await importInto(page, kit.pool.tokensFor(ADA).refreshToken), 200);
    expect(body).to.have.all.keys('status', 'user', 'expiresIn');
    expect(page.names).to.include.members(SESSION);
    const { paths } = expectStatus(await page.get('/openapi.json'), 200).body;
    expect(paths['/import-session'].post.responses['200'].headers).to.have.property('Set-Cookie');
    await kit.close();
  });

  it('ends the imported session with the browser, if the user is not to be remembered', async () => {
    const kit = await start();
    const body = { refreshToken: kit.pool.tokensFor(ADA).refreshToken, rememberMe: false };
    const answer = await kit.post('/import-session', body).set(SAME_ORIGIN);
    const lines = expectStatus(answer, 200).headers['set-cookie'] as unknown as string[];
    const session = lines.filter((line) => /-(access|refresh)=ey|-refresh=s:/.test(line));
    expect(session).to.have.lengthOf(2);
    for (const line of session) expect(line).to.not.include('Max-Age');
    await kit.close();
  });

  it('gives two tabs the same session, if they send a rotating token at once', async () => {
    const kit = await start({}, { appClient: ROTATING });
    const { refreshToken } = kit.pool.tokensFor(ADA);
    const tabs = [new CookieClient(kit), new CookieClient(kit)] as const;
    const answers = await Promise.all(tabs.map((tab) => importInto(tab, refreshToken)));
    for (const answer of answers) expectStatus(answer, 200);
    expect(tabs[0].value('refresh')).to.equal(tabs[1].value('refresh'));
    expect(kit.pool.requests.count('GetTokensFromRefreshToken')).to.equal(1);
    await kit.close();
  });

  it('keeps the session for another attempt while Cognito is unavailable', async () => {
    const kit = await start({}, { appClient: ROTATING });
    const { refreshToken } = kit.pool.tokensFor(ADA);
    const page = new CookieClient(kit);
    const end = kit.pool.faults.inject({ kind: 'internalError' });
    expect((await importInto(page, refreshToken)).status).to.be.within(500, 504);
    end();
    expectStatus(await importInto(page, refreshToken), 200);
    await kit.close();
  });

  describe('in a pool that tracks devices', () => {
    const tracking = { pool: { DeviceConfiguration: { ChallengeRequiredOnNewDevice: true } } };

    it('takes the device over, so that the session can be refreshed and the next sign-in is on it', async () => {
      const kit = await start({ transport: 'both' }, tracking);
      const signedIn = await kit.post('/sign-in', { email: ADA, password: PASSWORD });
      const { tokens, newDevice } = expectStatus(signedIn, 200).body;
      const confirmed = await kit.post('/devices', { ...newDevice, remember: true }, tokens.accessToken);
      const { device } = expectStatus(confirmed, 200).body;
      const page = new CookieClient(kit);
      expectProblem(await importInto(page, tokens.refreshToken), 'invalid_refresh_token');
      expect(page.names).to.deep.equal([]);
      const { body } = expectStatus(await importInto(page, tokens.refreshToken, { device }), 200);
      expect(body).to.not.have.property('device');
      expect(page.names).to.include.members(['access', 'device', 'refresh']);
      expectStatus(await page.post('/refresh'), 200);
      const again = await page.post('/sign-in', { email: ADA, password: PASSWORD, transport: 'cookie' });
      expect(expectStatus(again, 200).body).to.not.have.any.keys('newDevice', 'deviceRefused');
      await kit.close();
    });

    it('refuses a device without its secret, which its cookie could not hold', async () => {
      const kit = await start({}, tracking);
      const device = { deviceKey: 'us-east-1_a1b2c3d4-5678-90ab-cdef-0123456789ab' };
      const { refreshToken } = kit.pool.tokensFor(ADA);
      const refused = await importInto(new CookieClient(kit), refreshToken, { device });
      const { errors } = expectProblem(refused, 'validation_failed').body;
      expect(errors.map(({ path }: { path: string }) => path)).to.include('/device/devicePassword');
      await kit.close();
    });
  });

  describe('with onSignedIn', () => {
    it('runs the hook with the user and the name of the endpoint', async () => {
      const seen: SignedInContext[] = [];
      const kit = await start({ hooks: { onSignedIn: (context) => void seen.push(context) } });
      expectStatus(await importInto(new CookieClient(kit), kit.pool.tokensFor(ADA).refreshToken), 200);
      const [context] = seen;
      expect(context).to.include({ endpoint: 'importSession', isNew: undefined });
      expect(context?.claims.email).to.equal(ADA);
      await kit.close();
    });

    it('leaves no cookie and does not revoke the session, if the hook refuses or fails once', async () => {
      let fault: unknown = new ProblemError(problem('store_unavailable'));
      const onSignedIn = (): void => {
        if (fault) throw fault;
      };
      const kit = await start({ hooks: { onSignedIn } }, { appClient: ROTATING });
      const { refreshToken } = kit.pool.tokensFor(ADA);
      const page = new CookieClient(kit);
      expectProblem(await importInto(page, refreshToken), 'store_unavailable');
      expect(page.names).to.deep.equal([]);
      fault = undefined;
      expectStatus(await importInto(page, refreshToken), 200);
      expect(kit.pool.requests.count('RevokeToken')).to.equal(0);
      expectStatus(await page.post('/refresh'), 200);
      await kit.close();
    });
  });

  it('has audit events with the user, and writes no token to them or to the log', async () => {
    const events: AuthEvent[] = [];
    const log = captureLog();
    const kit = await start({ logger: log.logger, onEvent: (event) => void events.push(event) });
    const { refreshToken, accessToken } = kit.pool.tokensFor(ADA);
    const page = new CookieClient(kit);
    expectStatus(await importInto(page, refreshToken), 200);
    expectProblem(
      await importInto(new CookieClient(kit), 'made-up-token-of-an-attacker'),
      'invalid_refresh_token',
    );
    expect(events.map(({ type, code }) => [type, code])).to.deep.equal([
      ['import_session.succeeded', 'ok'],
      ['import_session.failed', 'invalid_refresh_token'],
    ]);
    expect(events[0]?.sub).to.equal(claimsOf(accessToken).sub);
    const written = log.text() + JSON.stringify(events);
    for (const secret of [refreshToken, page.value('access') ?? '', 'made-up-token-of-an-attacker']) {
      expect(secret.length).to.be.above(20);
      expect(written).to.not.include(secret);
    }
    await kit.close();
  });

  it('does not count as a sign-in in auth.stats(), and has an event there', async () => {
    const kit = await start();
    expectStatus(await importInto(new CookieClient(kit), kit.pool.tokensFor(ADA).refreshToken), 200);
    const { signIns, events } = kit.auth.stats();
    expect(signIns.completed).to.equal(0);
    expect(events['import_session.succeeded']).to.deep.equal({ ok: 1 });
    await kit.close();
  });

  it('does not make an old sign-in a recent one', async () => {
    const kit = await start();
    kit.pool.clock.advance(-600_000);
    const { refreshToken } = kit.pool.tokensFor(ADA);
    kit.pool.clock.advance(600_000);
    const page = new CookieClient(kit);
    expectStatus(await importInto(page, refreshToken), 200);
    expectProblem(await page.send('delete', '/auth/me'), 'insufficient_user_authentication');
    await kit.close();
  });

  it('gives no more attempts at the password, because a refresh token proves none', async () => {
    const account = { signIn: { limit: 2, windowMs: 60_000 } };
    const kit = await start({ rateLimits: { account } });
    const { refreshToken } = kit.pool.tokensFor(ADA);
    const codes: string[] = [];
    for (let count = 0; count < 4; count++) {
      const page = new CookieClient(kit);
      expectStatus(await importInto(page, refreshToken), 200);
      codes.push((await page.post('/sign-in', { email: ADA, password: `Wrong-guess-${count}` })).body.code);
    }
    expect(codes).to.deep.equal([
      'invalid_credentials',
      'invalid_credentials',
      'rate_limited',
      'rate_limited',
    ]);
    await kit.close();
  });

  it('counts by session, as a refresh does', async () => {
    const account = { write: { limit: 3, windowMs: 60_000 } };
    const kit = await start({ rateLimits: { account }, refresh: { reuseWindowSeconds: 0 } });
    const { refreshToken } = kit.pool.tokensFor(ADA);
    for (let count = 0; count < 3; count++) {
      expectStatus(await importInto(new CookieClient(kit), refreshToken), 200);
    }
    expectProblem(await importInto(new CookieClient(kit), refreshToken), 'rate_limited');
    const other = await importInto(new CookieClient(kit), kit.pool.tokensFor(ADA).refreshToken);
    expect(cookiesOf(expectStatus(other, 200)).map(({ name }) => name)).to.include('__Host-auth-refresh');
    await kit.close();
  });
});
