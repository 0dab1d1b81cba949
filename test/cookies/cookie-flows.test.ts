import { expect } from 'chai';
import express, { type ErrorRequestHandler } from 'express';
import type { Response } from 'supertest';
import type { LocalUserPoolOptions } from '../../src/local/local-user-pool.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { MemoryRevocationStore } from '../../src/session/revocation.ts';
import { ProblemError, problem } from '../../src/shared/problem.ts';
import { CookieClient, cookiesOf } from '../support/cookie-client.ts';
import {
  claimsOf,
  expectProblem,
  expectStatus,
  type Kit,
  type KitOptions,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const COOKIE = { transport: 'cookie' } as const;

let users = 0;
const newEmail = (): string => `cookie-${++users}@example.com`;

function addUser(kit: Kit, options: object = {}): string {
  const username = newEmail();
  kit.pool.addUser({ username, password: PASSWORD, ...options });
  return username;
}

const start = (options: KitOptions = {}): Promise<Kit> =>
  startKit({ ...options, config: { ...COOKIE, ...options.config } });

/** An error handler that logs nothing. */
const silentErrorHandler: ErrorRequestHandler = (_error, _req, res, _next) => void res.status(500).json({});

/** Returns a page with a signed-in user. */
async function signedIn(kit: Kit, email = addUser(kit)): Promise<CookieClient & { email: string }> {
  const page = new CookieClient(kit);
  const { body } = expectStatus(await page.post('/sign-in', { email, password: PASSWORD }), 200);
  expect(body.status).to.equal('complete');
  return Object.assign(page, { email });
}

async function emailOf(page: CookieClient): Promise<string> {
  return expectStatus(await page.get('/me'), 200).body.attributes.email;
}

function freshCode({ pool }: Kit): string {
  pool.clock.advance(60_000);
  return totpCode(SECRET, pool.clock.now());
}

/** Checks that a challenge is posed whose challenge session is in a cookie and not in the body. */
function expectChallenge(response: Response, name: string): { name: string; username: string } {
  const { status, challenge } = expectStatus(response, 200).body;
  expect(status).to.equal('challenge');
  expect(challenge).to.have.all.keys('name', 'username', 'parameters');
  expect(challenge.name).to.equal(name);
  return { name, username: challenge.username };
}

describe('A sign-in with cookie transport', () => {
  let kit: Kit;
  before(async () => {
    kit = await start();
  });
  after(() => kit.close());

  it('answers a challenge with the challenge session of its cookie only', async () => {
    const email = addUser(kit, { totpSecret: SECRET });
    const page = new CookieClient(kit);
    const step = expectChallenge(
      await page.post('/sign-in', { email, password: PASSWORD }),
      'SOFTWARE_TOKEN_MFA',
    );
    expect(page.names).to.deep.equal(['challenge']);
    const session = page.value('challenge')?.split(':')[1];
    const confirmationCode = freshCode(kit);
    const withSession = await page.post('/challenge', { ...step, confirmationCode, session });
    expectProblem(withSession, 'validation_failed');
    expect(withSession.body.errors[0].path).to.equal('/session');
    expectProblem(
      await new CookieClient(kit).post('/challenge', { ...step, confirmationCode }),
      'invalid_session',
    );
    expectProblem(await page.post('/challenge', { ...step, confirmationCode: '000000' }), 'code_mismatch');
    const done = expectStatus(await page.post('/challenge', { ...step, confirmationCode }), 200);
    expect(done.body).to.have.all.keys('status', 'user', 'expiresIn');
    expect(page.names).to.deep.equal(['access', 'refresh']);
    expect(await emailOf(page)).to.equal(email);
  });

  it('has a limited number of answers to one challenge', async () => {
    const email = addUser(kit, { totpSecret: SECRET });
    const page = new CookieClient(kit);
    const step = expectChallenge(
      await page.post('/sign-in', { email, password: PASSWORD }),
      'SOFTWARE_TOKEN_MFA',
    );
    const wrong = { ...step, confirmationCode: '000000' };
    for (let i = 0; i < 5; i++) expectProblem(await page.post('/challenge', wrong), 'code_mismatch');
    expectProblem(await page.post('/challenge', wrong), 'too_many_attempts');
    const right = { ...step, confirmationCode: freshCode(kit) };
    expectProblem(await page.post('/challenge', right), 'too_many_attempts');
  });

  it('sets a new password if Cognito requires it', async () => {
    const email = addUser(kit, { status: 'FORCE_CHANGE_PASSWORD' });
    const page = new CookieClient(kit);
    const step = expectChallenge(
      await page.post('/sign-in', { email, password: PASSWORD }),
      'NEW_PASSWORD_REQUIRED',
    );
    expectProblem(await page.post('/challenge', { ...step, newPassword: 'weak' }), 'invalid_password');
    expectStatus(await page.post('/challenge', { ...step, newPassword: OTHER_PASSWORD }), 200);
    expect(await emailOf(page)).to.equal(email);
  });

  it('replaces all cookies of the previous session', async () => {
    const page = await signedIn(kit);
    const before = new Map(page.cookies);
    for (const name of ['challenge', 'sign-up', 'access.1', 'refresh.3'])
      page.cookies.set(`__Host-auth-${name}`, 'x');
    const email = addUser(kit);
    expectStatus(await page.post('/sign-in', { email, password: PASSWORD }), 200);
    expect(page.names).to.deep.equal(['access', 'refresh']);
    for (const [name, value] of page.cookies) expect(value).to.not.equal(before.get(name));
    expect(await emailOf(page)).to.equal(email);
  });

  it('clears the cookies of the previous session as soon as a challenge is posed', async () => {
    const page = await signedIn(kit);
    page.cookies.set('__Host-auth-sign-up', 'x'.repeat(30));
    const email = addUser(kit, { totpSecret: SECRET });
    expectChallenge(await page.post('/sign-in', { email, password: PASSWORD }), 'SOFTWARE_TOKEN_MFA');
    expect(page.names).to.deep.equal(['challenge']);
    expectProblem(await page.get('/me'), 'missing_token');
  });

  it('ignores the challenge cookie of an abandoned sign-in, in hooks too', async () => {
    const seen: object[] = [];
    const note = ({ body }: { body: object }): void => void seen.push(body);
    const hooked = await start({
      pool: kit.pool,
      config: { hooks: { before: { signIn: note, respondToChallenge: note } } },
    });
    const page = new CookieClient(hooked);
    const email = addUser(kit, { totpSecret: SECRET });
    const { name, username } = expectChallenge(
      await page.post('/sign-in', { email, password: PASSWORD }),
      'SOFTWARE_TOKEN_MFA',
    );
    await page.post('/sign-in', { email, password: PASSWORD });
    await page.post('/challenge', { name, username, confirmationCode: freshCode(kit) });
    expect(seen.map((body) => 'session' in body)).to.deep.equal([false, false, true]);
  });

  it('keeps the previous session if it fails', async () => {
    const page = await signedIn(kit);
    const before = new Map(page.cookies);
    const failures = [
      { email: page.email, password: OTHER_PASSWORD },
      { email: newEmail(), password: PASSWORD },
      { email: page.email },
    ];
    for (const body of failures) {
      const failed = await page.post('/sign-in', body);
      expect(failed.status).to.be.within(400, 401);
      expect(cookiesOf(failed)).to.deep.equal([]);
    }
    const end = kit.pool.faults.inject({ kind: 'internalError' });
    expect(cookiesOf(await page.post('/sign-in', failures[0] as object))).to.deep.equal([]);
    end();
    expect(page.cookies).to.deep.equal(before);
    expect(await emailOf(page)).to.equal(page.email);
  });

  it('completes a step-up after a refresh in another tab', async () => {
    const email = addUser(kit, { totpSecret: SECRET });
    const page = new CookieClient(kit);
    const first = expectChallenge(
      await page.post('/sign-in', { email, password: PASSWORD }),
      'SOFTWARE_TOKEN_MFA',
    );
    expectStatus(await page.post('/challenge', { ...first, confirmationCode: freshCode(kit) }), 200);
    const step = expectChallenge(await page.post('/step-up', { password: PASSWORD }), 'SOFTWARE_TOKEN_MFA');
    expect(page.names).to.deep.equal(['access', 'challenge', 'refresh']);
    expectStatus(await page.post('/refresh'), 200);
    expect(await emailOf(page)).to.equal(email);
    const done = await page.post('/challenge', { ...step, confirmationCode: freshCode(kit) });
    expect(expectStatus(done, 200).body.status).to.equal('complete');
    expect(page.names).to.deep.equal(['access', 'refresh']);
  });
});

describe('The setup of an authenticator app at sign-in with cookie transport', () => {
  let kit: Kit;
  before(async () => {
    kit = await start({ pool: { pool: { MfaConfiguration: 'ON' } } });
  });
  after(() => kit.close());

  const enrol = async (page: CookieClient): Promise<string> =>
    expectStatus(await page.post('/mfa/totp', {}), 200).body.secretCode;

  it('uses the challenge cookie', async () => {
    const email = addUser(kit);
    const page = new CookieClient(kit);
    const step = expectChallenge(await page.post('/sign-in', { email, password: PASSWORD }), 'MFA_SETUP');
    const begun = expectStatus(await page.post('/mfa/totp', { accountName: email }), 200);
    expect(begun.body).to.have.all.keys('secretCode', 'otpauthUri');
    const code = totpCode(begun.body.secretCode, kit.pool.clock.now());
    const verified = await page.post('/mfa/totp/verify', { confirmationCode: code });
    expect(expectStatus(verified, 200).body).to.deep.equal({ status: 'verified' });
    expectStatus(await page.post('/challenge', step), 200);
    expect(await emailOf(page)).to.equal(email);
    expect(page.names).to.deep.equal(['access', 'refresh']);
  });

  it('is refused during another challenge', async () => {
    const email = addUser(kit, { totpSecret: SECRET });
    const page = new CookieClient(kit);
    expectChallenge(await page.post('/sign-in', { email, password: PASSWORD }), 'SOFTWARE_TOKEN_MFA');
    expectProblem(await page.post('/mfa/totp', {}), 'missing_token');
    expectProblem(await page.post('/mfa/totp/verify', { confirmationCode: '123456' }), 'missing_token');
  });

  it('never applies to the previously signed-in account', async () => {
    const page = new CookieClient(kit);
    const mine = addUser(kit, { totpSecret: SECRET });
    const first = expectChallenge(
      await page.post('/sign-in', { email: mine, password: PASSWORD }),
      'SOFTWARE_TOKEN_MFA',
    );
    expectStatus(await page.post('/challenge', { ...first, confirmationCode: freshCode(kit) }), 200);
    const other = addUser(kit);
    expectChallenge(await page.post('/sign-in', { email: other, password: PASSWORD }), 'MFA_SETUP');
    const secret = await enrol(page);
    const confirmationCode = totpCode(secret, kit.pool.clock.now());
    expectStatus(await page.post('/mfa/totp/verify', { confirmationCode }), 200);
    const mineAgain = expectChallenge(
      await page.post('/sign-in', { email: mine, password: PASSWORD }),
      'SOFTWARE_TOKEN_MFA',
    );
    kit.pool.clock.advance(60_000);
    const withTheOther = totpCode(secret, kit.pool.clock.now());
    expectProblem(
      await page.post('/challenge', { ...mineAgain, confirmationCode: withTheOther }),
      'code_mismatch',
    );
    expectStatus(await page.post('/challenge', { ...mineAgain, confirmationCode: freshCode(kit) }), 200);
    // The challenge cookie of the abandoned sign-in is cleared.
    expect(page.names).to.deep.equal(['access', 'refresh']);
  });
});

const PASSWORDLESS = {
  pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } },
  appClient: { ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
} satisfies LocalUserPoolOptions;
const AUTO = { authFlow: 'USER_AUTH', passwordless: true, autoSignIn: true } as const;

describe('A sign-up with cookie transport and autoSignIn', () => {
  let kit: Kit;
  before(async () => {
    kit = await start({ pool: PASSWORDLESS, config: AUTO });
  });
  after(() => kit.close());

  const codeOf = async (email: string, kind: 'sign_up' | 'sign_in' = 'sign_up'): Promise<string> =>
    (await kit.pool.inbox.waitFor({ to: email, kind })).code;

  it('is confirmed and signed in with one code', async () => {
    const email = newEmail();
    const page = new CookieClient(kit);
    const made = expectStatus(await page.post('/sign-up', { email }), 200);
    expect(made.body).to.deep.equal({ status: 'confirmation_required' });
    expect(page.names).to.include('sign-up');
    const confirmationCode = await codeOf(email);
    expectProblem(await page.post('/confirm-sign-up', { email, confirmationCode: 'wrong' }), 'invalid_code');
    const confirmed = expectStatus(await page.post('/confirm-sign-up', { email, confirmationCode }), 200);
    expect(confirmed.body).to.have.all.keys('status', 'user', 'expiresIn');
    expect(page.names).to.deep.equal(['access', 'refresh']);
    expect(await emailOf(page)).to.equal(email);
    expectStatus(await page.post('/sign-out'), 200);

    const step = expectChallenge(await page.post('/sign-in', { email }), 'EMAIL_OTP');
    const answer = { ...step, confirmationCode: await codeOf(email, 'sign_in') };
    expectStatus(await page.post('/challenge', answer), 200);
    expect(await emailOf(page)).to.equal(email);
  });

  it('is signed in with a resent code too', async () => {
    const email = newEmail();
    const page = new CookieClient(kit);
    expectStatus(await page.post('/sign-up', { email }), 200);
    await codeOf(email);
    expectStatus(await page.post('/resend-confirmation-code', { email }), 200);
    const messages = kit.pool.inbox.list().filter(({ to }) => to === email);
    const confirmationCode = messages.at(-1)?.code;
    const confirmed = await page.post('/confirm-sign-up', { email, confirmationCode });
    expect(expectStatus(confirmed, 200).body.status).to.equal('complete');
  });

  it('is confirmed without a sign-in on a page without the sign-up cookie', async () => {
    const email = newEmail();
    expectStatus(await new CookieClient(kit).post('/sign-up', { email }), 200);
    const confirmationCode = await codeOf(email);
    const other = new CookieClient(kit);
    const { body } = expectStatus(await other.post('/confirm-sign-up', { email, confirmationCode }), 200);
    expect(body).to.deep.equal({ status: 'confirmed' });
    expect(other.names).to.deep.equal([]);
  });

  it('clears the cookies of the previous session if a challenge is posed', async () => {
    const strict = await start({
      pool: { ...PASSWORDLESS, pool: { ...PASSWORDLESS.pool, MfaConfiguration: 'ON' } },
      config: AUTO,
    });
    const page = new CookieClient(strict);
    const mine = addUser(strict);
    const { accessToken } = strict.pool.tokensFor(mine);
    page.cookies.set('__Host-auth-access', accessToken);
    expect(await emailOf(page)).to.equal(mine);
    const email = newEmail();
    expectStatus(await page.post('/sign-up', { email }), 200);
    const { code: confirmationCode } = await strict.pool.inbox.waitFor({ to: email, kind: 'sign_up' });
    expectChallenge(await page.post('/confirm-sign-up', { email, confirmationCode }), 'MFA_SETUP');
    // Otherwise the previous account would get the authenticator app of the new one.
    expect(page.names).to.deep.equal(['challenge']);
    await strict.close();
  });
});

describe('A remembered device in a cookie', () => {
  const OPT_IN = { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true };
  let kit: Kit;
  before(async () => {
    kit = await start({ pool: { pool: { DeviceConfiguration: OPT_IN } } });
  });
  after(() => kit.close());

  async function remembered(at = kit): Promise<CookieClient & { email: string }> {
    const email = addUser(at, { totpSecret: SECRET });
    const page = new CookieClient(at);
    const step = expectChallenge(
      await page.post('/sign-in', { email, password: PASSWORD }),
      'SOFTWARE_TOKEN_MFA',
    );
    const { newDevice } = expectStatus(
      await page.post('/challenge', { ...step, confirmationCode: freshCode(at) }),
      200,
    ).body;
    const confirmed = expectStatus(await page.post('/devices', { ...newDevice, remember: true }), 200);
    expect(confirmed.body).to.deep.equal({ status: 'device_confirmed', userConfirmationNecessary: false });
    expect(page.names).to.deep.equal(['access', 'device', 'refresh']);
    return Object.assign(page, { email });
  }

  const secretOf = (page: CookieClient): { deviceKey: string; devicePassword: string } =>
    JSON.parse(Buffer.from(page.value('device') ?? '', 'base64url').toString());

  const setDevice = (page: CookieClient, device: object): void =>
    void page.cookies.set('__Host-auth-device', Buffer.from(JSON.stringify(device)).toString('base64url'));

  it('replaces the second factor, survives a sign-out, and is cleared when the device is deleted', async () => {
    const page = await remembered();
    expectStatus(await page.post('/refresh'), 200);
    expectStatus(await page.post('/sign-out'), 200);
    expect(page.names).to.deep.equal(['device']);
    const again = expectStatus(await page.post('/sign-in', { email: page.email, password: PASSWORD }), 200);
    expect(again.body.status).to.equal('complete');
    expectProblem(await page.send('delete', '/auth/devices/us-east-1_0123-abcd'), 'not_found');
    expect(page.names).to.include('device');
    expectStatus(await page.send('delete', `/auth/devices/${secretOf(page).deviceKey}`), 200);
    expect(page.names).to.not.include('device');
    expectChallenge(
      await page.post('/sign-in', { email: page.email, password: PASSWORD }),
      'SOFTWARE_TOKEN_MFA',
    );
  });

  it('is cleared if it has a wrong secret or belongs to another user', async () => {
    const page = await remembered();
    setDevice(page, { ...secretOf(page), devicePassword: 'd3Jvbmc=' });
    const wrong = await page.post('/sign-in', { email: page.email, password: PASSWORD });
    expectChallenge(wrong, 'SOFTWARE_TOKEN_MFA');
    expect(wrong.body.deviceRefused).to.equal(true);
    expect(page.names).to.deep.equal(['challenge']);

    const owner = await remembered();
    const { deviceKey } = secretOf(owner);
    const { body } = await owner.post('/sign-in', { email: addUser(kit), password: PASSWORD });
    expect(body).to.include({ status: 'complete', deviceRefused: true });
    expect(secretOf(owner).deviceKey).to.not.equal(deviceKey);
  });

  it('is cleared if Cognito refuses it in a later step of the sign-in', async () => {
    const choosing = await start({
      pool: {
        pool: {
          DeviceConfiguration: OPT_IN,
          Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
        },
        appClient: {
          ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
        },
      },
      config: { authFlow: 'USER_AUTH' },
    });
    const page = await rememberedByChoice(choosing);
    setDevice(page, { ...secretOf(page), devicePassword: 'd3Jvbmc=' });
    const again = async (): Promise<Response> => {
      const step = expectChallenge(await page.post('/sign-in', { email: page.email }), 'SELECT_CHALLENGE');
      return page.post('/challenge', { ...step, challenge: 'PASSWORD', password: PASSWORD });
    };
    expectProblem(await again(), 'invalid_device');
    expect(page.names).to.not.include('device');
    expectChallenge(await again(), 'SOFTWARE_TOKEN_MFA');
    await choosing.close();
  });

  async function rememberedByChoice(at: Kit): Promise<CookieClient & { email: string }> {
    const email = addUser(at, { totpSecret: SECRET });
    const page = new CookieClient(at);
    const step = expectChallenge(await page.post('/sign-in', { email }), 'SELECT_CHALLENGE');
    const second = expectChallenge(
      await page.post('/challenge', { ...step, challenge: 'PASSWORD', password: PASSWORD }),
      'SOFTWARE_TOKEN_MFA',
    );
    const done = await page.post('/challenge', { ...second, confirmationCode: freshCode(at) });
    const { newDevice } = expectStatus(done, 200).body;
    expectStatus(await page.post('/devices', { ...newDevice, remember: true }), 200);
    return Object.assign(page, { email });
  }

  it('does not affect a sign-in if it is malformed', async () => {
    const email = addUser(kit);
    for (const value of [
      '',
      '%',
      'e30',
      'bnVsbA',
      'W10',
      Buffer.from('{"deviceKey":{}}').toString('base64url'),
    ]) {
      const page = new CookieClient(kit);
      page.cookies.set('__Host-auth-device', value);
      expectStatus(await page.post('/sign-in', { email, password: PASSWORD }), 200);
    }
  });
});

describe('A step-up with cookie transport', () => {
  it('replaces the access cookie, and keeps it if the step-up fails', async () => {
    const kit = await start({
      app: (auth) =>
        express()
          .use('/auth', auth)
          .get('/recent', auth.requireAuth({ maxAge: 300 }), (_req, res) => void res.json({ ok: true })),
    });
    const page = await signedIn(kit);
    const old = kit.pool.tokensFor(page.email, {
      accessClaims: { auth_time: Math.floor(Date.now() / 1000) - 600 },
    }).accessToken;
    page.cookies.set('__Host-auth-access', old);
    expectProblem(await page.send('get', '/recent'), 'insufficient_user_authentication');
    expectProblem(await page.post('/step-up', { password: OTHER_PASSWORD }), 'invalid_credentials');
    expect(page.value('access')).to.equal(old);
    const done = expectStatus(await page.post('/step-up', { password: PASSWORD }), 200);
    expect(done.body).to.have.all.keys('status', 'user', 'expiresIn');
    expectStatus(await page.send('get', '/recent'), 200);
    expect(claimsOf(page.value('access') ?? '').sub).to.equal(claimsOf(old).sub);
  });
});

describe('A sign-out with cookie transport', () => {
  const FAULTS = ['internalError', 'throttle', 'reset', 'hang'] as const;
  let kit: Kit;
  before(async () => {
    kit = await start({ config: { timeouts: { call: 1000 } } });
  });
  after(() => kit.close());

  it('clears the cookies and revokes the session, also if repeated', async () => {
    const page = await signedIn(kit);
    const before = page.copy();
    expectStatus(await page.post('/sign-out'), 200);
    expect(page.names).to.deep.equal([]);
    expectProblem(await before.get('/me'), 'invalid_token');
    expectProblem(await before.post('/refresh'), 'invalid_refresh_token');
    expectStatus(await page.post('/sign-out'), 200);
    expectStatus(await before.post('/sign-out'), 200);
  });

  it('succeeds with an expired, missing or forged access token', async () => {
    for (const access of ['expired', undefined, 'forged']) {
      const page = await signedIn(kit);
      const { accessToken } = kit.pool.tokensFor(page.email, { accessExpiresIn: -60 });
      if (access === undefined) page.cookies.delete('__Host-auth-access');
      else page.cookies.set('__Host-auth-access', access === 'expired' ? accessToken : access);
      const before = page.copy();
      expectStatus(await page.post('/sign-out'), 200);
      expect(page.names).to.deep.equal([]);
      expectProblem(await before.post('/refresh'), 'invalid_refresh_token');
    }
  });

  for (const kind of FAULTS) {
    it(`clears the cookies, revokes the access token and answers an error if Cognito is unavailable (${kind})`, async () => {
      const page = await signedIn(kit);
      const before = page.copy();
      const end = kit.pool.faults.inject({ kind, on: 'RevokeToken' });
      const out = await page.post('/sign-out');
      end();
      expect(out.status).to.be.oneOf([429, 502, 503, 504]);
      expect(out.headers['cache-control']).to.equal('no-store');
      expect(page.names).to.deep.equal([]);
      expectProblem(await before.get('/me'), 'invalid_token');
    });
  }

  it('with everywhere revokes all sessions, and clears the cookies even if Cognito is unavailable', async () => {
    const email = addUser(kit);
    const [page, other, third] = [
      await signedIn(kit, email),
      await signedIn(kit, email),
      await signedIn(kit, email),
    ];
    const end = kit.pool.faults.inject({ kind: 'internalError', on: 'GlobalSignOut' });
    const before = third.copy();
    expect((await third.post('/sign-out', { everywhere: true })).status).to.equal(502);
    end();
    expect(third.names).to.deep.equal([]);
    expectProblem(await before.get('/me'), 'invalid_token');
    expect(await emailOf(other)).to.equal(email);
    expectStatus(await page.post('/sign-out', { everywhere: true }), 200);
    expect(page.names).to.deep.equal([]);
    expectProblem(await other.get('/me'), 'invalid_token');
    expectProblem(await other.post('/refresh'), 'invalid_refresh_token');
  });

  it('clears the cookies, calls Cognito and answers 503 if the revocation store is unavailable', async () => {
    const store = Object.assign(new MemoryRevocationStore(), {
      revoke: () => Promise.reject(new Error('unavailable')),
    });
    const own = await start({ pool: kit.pool, config: { revocation: { store } } });
    for (const body of [{}, { everywhere: true }]) {
      const page = await signedIn(own);
      const before = page.copy();
      expectProblem(await page.post('/sign-out', body), 'store_unavailable');
      expect(page.names).to.deep.equal([]);
      expectProblem(await before.post('/refresh'), 'invalid_refresh_token');
    }
  });

  it('clears the cookies even if the response hook throws', async () => {
    const errors = [new ProblemError(problem('forbidden')), new TypeError('a bug')];
    for (const error of errors) {
      const own = await start({
        pool: kit.pool,
        config: {
          hooks: {
            response: {
              signOut: () => {
                throw error;
              },
            },
          },
        },
        app: (auth) => express().use('/auth', auth).use(silentErrorHandler),
      });
      const page = await signedIn(own);
      const out = await page.post('/sign-out');
      expect(out.status).to.equal(error instanceof ProblemError ? 403 : 500);
      expect(out.headers['cache-control']).to.equal('no-store');
      expect(page.names).to.deep.equal([]);
    }
  });

  it('is part of the deletion of an account', async () => {
    const page = await signedIn(kit);
    page.cookies.set('__Host-auth-device', 'e30');
    const before = page.copy();
    expectStatus(await page.send('delete', '/auth/me'), 200);
    expect(page.names).to.deep.equal([]);
    expectProblem(await before.get('/me'), 'invalid_token');
  });
});

describe('A response hook with cookie transport', () => {
  const EMAIL = 'ada@example.com';

  it('sets no cookie and keeps the previous session if it refuses a sign-in', async () => {
    for (const error of [new ProblemError(problem('forbidden')), new TypeError('a bug')]) {
      let isRefusing = false;
      const veto = (): void => {
        if (isRefusing) throw error;
      };
      const kit = await start({
        config: { hooks: { response: { signIn: veto, respondToChallenge: veto } } },
        app: (auth) => express().use('/auth', auth).use(silentErrorHandler),
      });
      const page = await signedIn(kit);
      const before = new Map(page.cookies);
      isRefusing = true;
      for (const options of [{}, { totpSecret: SECRET }]) {
        const refused = await page.post('/sign-in', { email: addUser(kit, options), password: PASSWORD });
        expect(refused.status).to.be.oneOf([403, 500]);
        expect(cookiesOf(refused)).to.deep.equal([]);
      }
      expect(page.cookies).to.deep.equal(before);
      expect(await emailOf(page)).to.equal(page.email);
      await kit.close();
    }
  });

  it('receives the response body of the page, without tokens', async () => {
    const seen: object[] = [];
    const kit = await start({
      pool: { users: [{ username: EMAIL, password: PASSWORD }] },
      config: {
        hooks: {
          response: {
            signIn: ({ response }) => {
              seen.push(response);
              return { ...response, plan: 'free' };
            },
          },
        },
      },
    });
    const page = new CookieClient(kit);
    const { body } = expectStatus(await page.post('/sign-in', { email: EMAIL, password: PASSWORD }), 200);
    expect(body).to.have.all.keys('status', 'user', 'expiresIn', 'plan');
    expect(JSON.stringify(seen)).to.not.include('eyJ');
    expect(await emailOf(page)).to.equal(EMAIL);
  });
});

describe('onError with cookie transport', () => {
  it('answers with the cookies of the failed request', async () => {
    const kit = await start({
      config: { onError: (problem, _req, res) => void res.status(problem.status).send(problem.code) },
    });
    const page = await signedIn(kit);
    const end = kit.pool.faults.inject({ kind: 'internalError', on: 'RevokeToken' });
    const out = await page.post('/sign-out');
    end();
    expect([out.status, out.text]).to.deep.equal([502, 'upstream_error']);
    expect(out.headers['cache-control']).to.equal('no-store');
    expect(page.names).to.deep.equal([]);
    const foreign = await page.post('/sign-in', {}, { 'Sec-Fetch-Site': 'cross-site' });
    expect([foreign.status, foreign.text]).to.deep.equal([403, 'cross_site_request']);
  });
});
