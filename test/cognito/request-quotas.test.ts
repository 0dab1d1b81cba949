import { expect } from 'chai';
import express from 'express';
import { pino } from 'pino';
import { type CognitoClient, createCognitoClient } from '../../src/cognito/client.ts';
import { createRequestQuotas, type RequestQuotas } from '../../src/cognito/request-quotas.ts';
import type { CognitoRequestsPerSecond } from '../../src/config/cognito-quotas.ts';
import type { Config } from '../../src/config/options.ts';
import { parseConfig } from '../../src/config/settings.ts';
import { type LocalUserPool, startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { StopSignal } from '../../src/shared/deadline.ts';
import {
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';
import { captureLog } from '../support/log-capture.ts';
import { Browser, signInAtPages } from '../support/login-pages.ts';

const ADA = 'ada@example.com';
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const REDIRECT_URI = 'http://localhost:3000/auth/callback';
/** One call in ten seconds: no call waits for the next token. */
const ONE = 0.1;

describe('The option cognitoRequestsPerSecond', () => {
  let pool: LocalUserPool;
  let kit: Kit;

  beforeEach(async () => {
    pool = await startLocalUserPool({ quiet: true, appClient: { CallbackURLs: [REDIRECT_URI] } });
    pool.addUser({ username: ADA, password: PASSWORD });
  });
  afterEach(() => kit.close());

  async function use(cognitoRequestsPerSecond: CognitoRequestsPerSecond, config: Config = {}): Promise<void> {
    kit = await startKit({
      pool,
      config: { cognitoRequestsPerSecond, ...config },
      app: (auth) =>
        express()
          .use('/auth', auth)
          .get('/asked', auth.requireAuth({ introspect: true }), (_req, res) => void res.json({})),
    });
  }

  const signIn = (email = ADA) => kit.post('/sign-in', { email, password: PASSWORD });

  it('refuses a sign-in over the rate with 429 and Retry-After, without a call to Cognito', async () => {
    await use({ userAuthentication: ONE });
    expectStatus(await signIn(), 200);
    const refused = expectProblem(await signIn(), 'rate_limited');
    expect(Number(refused.headers['retry-after'])).to.be.within(1, 10);
    expect(pool.requests.count('InitiateAuth')).to.equal(1);
  });

  it('lets a sign-in over the rate wait for its turn', async () => {
    await use({ userAuthentication: 2 });
    for (const answer of await Promise.all([signIn(), signIn(), signIn()])) expectStatus(answer, 200);
    expect(pool.requests.count('InitiateAuth')).to.equal(3);
  });

  it('answers an unknown account over the rate like an existing one', async () => {
    await use({ userAuthentication: ONE });
    await signIn();
    const [known, unknown] = [await signIn(), await signIn('nobody@example.com')];
    expect({ ...unknown.body, requestId: '' }).to.deep.equal({ ...known.body, requestId: '' });
  });

  it('counts refreshes with sign-ins, and the session stays', async () => {
    await use({ userAuthentication: ONE }, { transport: 'both' });
    const { tokens } = expectStatus(await signIn(), 200).body;
    expectProblem(await kit.post('/refresh', { refreshToken: tokens.refreshToken }), 'rate_limited');
    const cookie = `__Host-auth-refresh=${tokens.refreshToken}`;
    const page = await kit.request
      .post('/auth/refresh')
      .set('Cookie', cookie)
      .set('Sec-Fetch-Site', 'same-origin')
      .send({});
    expect(expectProblem(page, 'rate_limited').headers).to.not.have.property('set-cookie');
    expect(pool.requests.list().map(({ name }) => name)).to.not.include('GetTokensFromRefreshToken');
  });

  it('leaves other categories alone', async () => {
    await use({ userAuthentication: ONE });
    const { accessToken } = expectStatus(await signIn(), 200).body.tokens;
    expectProblem(await signIn(), 'rate_limited');
    expectStatus(await kit.get('/me', accessToken), 200);
    expectStatus(await kit.get('/me', accessToken), 200);
  });

  it('counts introspection with reads of the profile', async () => {
    await use({ userRead: ONE });
    const { accessToken } = pool.tokensFor(ADA);
    expectStatus(await kit.get('/me', accessToken), 200);
    const refused = await kit.request.get('/asked').set('Authorization', `Bearer ${accessToken}`);
    expect(expectProblem(refused, 'rate_limited').headers['retry-after']).to.match(/^\d+$/);
    expect(pool.requests.count('GetUser')).to.equal(1);
  });

  it('counts answers to challenges on their own, and a first password with account recovery', async () => {
    pool.addUser({ username: 'mfa@example.com', password: PASSWORD, totpSecret: SECRET });
    pool.addUser({ username: 'new@example.com', password: PASSWORD, status: 'FORCE_CHANGE_PASSWORD' });
    await use({ userAuthentication: 3, userAccountRecovery: ONE });
    const { challenge } = expectStatus(await signIn('mfa@example.com'), 200).body;
    const { name, session, username } = challenge;
    const confirmationCode = totpCode(SECRET, pool.clock.now());
    const answer = { name, session, username, confirmationCode };
    expectStatus(await kit.post('/challenge', answer), 200);
    const forced = expectStatus(await signIn('new@example.com'), 200).body.challenge;
    expectStatus(await kit.post('/forgot-password', { email: ADA }), 200);
    const password = {
      name: forced.name,
      session: forced.session,
      username: forced.username,
      newPassword: OTHER_PASSWORD,
    };
    expectProblem(await kit.post('/challenge', password), 'rate_limited');
    expect(pool.requests.count('RespondToAuthChallenge')).to.equal(1);
  });

  it('counts the codes of managed login on their own', async () => {
    await use(
      { userAuthentication: ONE },
      {
        transport: 'cookie',
        managedLogin: { redirectUri: REDIRECT_URI },
        cookieSecret: 'a secret for cookies, of 32 characters',
      },
    );
    const statuses = [];
    for (let time = 0; time < 2; time++) {
      const browser = new Browser(pool.url);
      const begun = await browser.request(`${kit.url}/auth/login`, {
        headers: { 'Sec-Fetch-Site': 'same-origin' },
      });
      const at = begun.headers.get('location') ?? '';
      const { pathname, search } = await signInAtPages(at, { username: ADA, password: PASSWORD }, browser);
      const answer = await browser.request(`${kit.url}${pathname}${search}`);
      statuses.push(answer.status);
      if (time === 1) expect(answer.headers.get('retry-after')).to.match(/^\d+$/);
    }
    expect(statuses).to.deep.equal([303, 429]);
    expect(pool.requests.count('oauth2/token')).to.equal(1);
  });

  it('has its refusals in auth.stats(), by category', async () => {
    await use({ userAuthentication: ONE, userRead: ONE });
    const { accessToken } = expectStatus(await signIn(), 200).body.tokens;
    for (let time = 0; time < 3; time++) expectProblem(await signIn(), 'rate_limited');
    expectStatus(await kit.get('/me', accessToken), 200);
    expectProblem(await kit.get('/me', accessToken), 'rate_limited');
    expect(kit.auth.stats().rateLimits).to.deep.equal({
      'cognito-userAuthentication': 3,
      'cognito-userRead': 1,
    });
  });

  it('tells the operator the cause and the fix, once in the log and with each refused request', async () => {
    const log = captureLog();
    const events: unknown[] = [];
    await use(
      { userAuthentication: ONE },
      { logger: log.logger, onEvent: (event) => void events.push(event) },
    );
    for (let time = 0; time < 4; time++) await signIn();
    const told = log.lines().filter(({ code }) => code === 'cognito_quota');
    expect(told).to.have.length(1);
    expect(told[0]).to.include({ category: 'userAuthentication', refused: 1, refusedTotal: 1, level: 40 });
    expect(told[0]?.hint).to.match(
      /^cognitoRequestsPerSecond\.userAuthentication is reached: .* See docs\/scaling\.md/,
    );
    const requests = log.lines().filter(({ exception }) => exception === 'QuotaReached');
    expect(requests).to.have.length(3);
    for (const line of requests) expect(line).to.include({ status: 429, code: 'rate_limited', level: 40 });
    expect(events.slice(1).map((event) => (event as { type: string }).type)).to.deep.equal([
      'sign_in.failed',
      'sign_in.failed',
      'sign_in.failed',
    ]);
    expect(events[1]).to.include({ code: 'rate_limited', exception: 'QuotaReached', account: ADA });
    expect(log.text()).to.not.include(PASSWORD);
  });
});

describe('A quota of requests to Cognito, while its clock stands still', () => {
  let pool: LocalUserPool;
  let client: CognitoClient;
  let quotas: RequestQuotas;

  beforeEach(async () => {
    pool = await startLocalUserPool({ quiet: true });
    pool.addUser({ username: ADA, password: PASSWORD });
    const rates = { userAuthentication: 10, userRead: 10 };
    quotas = createRequestQuotas(rates, {
      logger: pino({ level: 'silent' }),
      onRefused: () => undefined,
      scheduler: { now: () => 0, after: () => undefined },
    }) as RequestQuotas;
    client = quotas.limit(createCognitoClient(parseConfig(pool.config)));
  });
  afterEach(() => {
    client.close();
    return pool.close();
  });

  const send = (signal = new StopSignal()): Promise<unknown> => {
    const AuthParameters = { USERNAME: ADA, PASSWORD };
    const { clientId: ClientId } = pool.config;
    const input = { AuthFlow: 'USER_PASSWORD_AUTH', ClientId, AuthParameters } as const;
    return client.send('InitiateAuth', input, { signal, safeToRepeat: false });
  };

  const failureOf = (work: Promise<unknown>): Promise<Error> =>
    work.then(
      () => new Error('it succeeded'),
      (error: Error) => error,
    );

  /** Takes all tokens that are left. */
  const left = (category: 'userAuthentication' | 'userRead'): number => {
    let tokens = 0;
    while (quotas.admit(category) === undefined) tokens++;
    return tokens;
  };

  it('counts one call as one', async () => {
    await send();
    expect(left('userAuthentication')).to.equal(9);
  });

  it('costs more if Cognito itself throttles, so that the instance slows down', async () => {
    pool.faults.inject({ kind: 'throttle', times: 1 });
    expect((await failureOf(send())).name).to.equal('TooManyRequestsException');
    expect(left('userAuthentication')).to.equal(5);
  });

  it('costs no more after another refusal of Cognito', async () => {
    pool.faults.inject({ kind: 'internalError', times: 1 });
    expect((await failureOf(send())).name).to.equal('InternalErrorException');
    expect(left('userAuthentication')).to.equal(9);
  });

  it('counts what the SDK sends again', async () => {
    pool.faults.inject({ kind: 'internalError', times: 1 });
    const { accessToken: AccessToken } = pool.tokensFor(ADA);
    await client.send('GetUser', { AccessToken }, { signal: new StopSignal(), safeToRepeat: true });
    expect(pool.requests.count('GetUser')).to.equal(2);
    expect(left('userRead')).to.equal(8);
  });

  it('sends no call whose client has gone while it waited', async () => {
    for (let call = 0; call < 10; call++) await send();
    const signal = new StopSignal();
    const waiting = send(signal);
    signal.abort(new Error('gone'));
    expect((await failureOf(waiting)).message).to.equal('gone');
    expect(pool.requests.count('InitiateAuth')).to.equal(10);
  });
});
