import { expect } from 'chai';
import type { LocalUserPool } from '../../src/local/local-user-pool.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { answerWith, startFakeCognito } from '../support/fake-cognito.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { sdkFor } from '../support/local-sdk.ts';

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const PHONE = '+15551234567';
const EVERY_FACTOR = { SmsMfaConfiguration: {}, EmailMfaConfiguration: {} };

interface Challenge {
  readonly name: string;
  readonly session: string;
  readonly username: string;
  readonly parameters: Record<string, unknown>;
}

function answerTo({ name, session, username }: Challenge, members: object): object {
  return { name, session, username, ...members };
}

async function challenge(kit: Kit, email: string): Promise<Challenge> {
  const { body } = expectStatus(await kit.post('/sign-in', { email, password: PASSWORD }), 200);
  expect(body.status, JSON.stringify(body)).to.equal('challenge');
  return body.challenge as Challenge;
}

async function next(kit: Kit, given: Challenge, members: object): Promise<Challenge> {
  const { body } = expectStatus(await kit.post('/challenge', answerTo(given, members)), 200);
  return body.challenge as Challenge;
}

describe('An e-mail address for codes that is set up at sign-in', () => {
  it('gets five messages at most, even from several accounts', async () => {
    const kit = await startKit({
      pool: { pool: { MfaConfiguration: 'ON', EmailMfaConfiguration: {} } },
      config: { rateLimits: {} },
    });
    const email = 'ada@example.org';
    const statuses: number[] = [];
    for (let i = 0; i < 7; i++) {
      const username = `mallory-${i}@example.com`;
      kit.pool.addUser({ username, password: PASSWORD });
      const given = await challenge(kit, username);
      statuses.push((await kit.post('/challenge', answerTo(given, { email }))).status);
    }
    expect(statuses).to.deep.equal([200, 200, 200, 200, 200, 429, 429]);
    expect(kit.pool.inbox.list({ to: email })).to.have.length(5);
    await kit.close();
  });
});

describe('Sign-in with a second factor', () => {
  let kit: Kit;
  let pool: LocalUserPool;

  before(async () => {
    kit = await startKit({ pool: { pool: EVERY_FACTOR } });
    pool = kit.pool;
    const attributes = { phone_number: PHONE };
    pool.addUser({ username: 'sms@example.com', password: PASSWORD, attributes, mfa: ['SMS_MFA'] });
    pool.addUser({ username: 'mail@example.com', password: PASSWORD, mfa: ['EMAIL_OTP'] });
    pool.addUser({
      username: 'all@example.com',
      password: PASSWORD,
      attributes,
      mfa: ['SMS_MFA', 'EMAIL_OTP'],
      totpSecret: SECRET,
    });
  });
  after(() => kit.close());
  beforeEach(() => pool.inbox.clear());

  const CASES = [
    ['sms@example.com', 'SMS_MFA', PHONE, { medium: 'SMS', destination: '+*******4567' }],
    ['mail@example.com', 'EMAIL_OTP', 'mail@example.com', { medium: 'EMAIL', destination: 'm***@e***' }],
  ] as const;

  for (const [email, name, to, delivery] of CASES) {
    it(`by ${delivery.medium} sends six digits, states the destination, and accepts the code`, async () => {
      const given = await challenge(kit, email);
      expect(given.name).to.equal(name);
      expect(given.parameters).to.deep.equal({ delivery });
      const { code } = pool.inbox.latest({ to, kind: 'sign_in' }) ?? {};
      expect(code).to.match(/^\d{6}$/);
      const { body } = expectStatus(
        await kit.post('/challenge', answerTo(given, { confirmationCode: code })),
        200,
      );
      const { mfa } = (await kit.get('/me', body.tokens.accessToken)).body;
      expect(mfa).to.deep.equal({ enabled: [name], preferred: name });
    });

    it(`by ${delivery.medium} accepts the code after a wrong one, but not twice, late, or from another user or app client`, async () => {
      const given = await challenge(kit, email);
      const { code: confirmationCode = '' } = pool.inbox.latest({ to }) ?? {};
      const wrong = confirmationCode === '000000' ? '000001' : '000000';
      const answer = answerTo(given, { confirmationCode });
      expectProblem(await kit.post('/challenge', { ...answer, confirmationCode: wrong }), 'code_mismatch');
      const later = await challenge(kit, email);
      expectProblem(
        await kit.post('/challenge', answerTo(later, { confirmationCode: wrong })),
        'code_mismatch',
      );
      expectProblem(
        await kit.post('/challenge', { ...answer, username: 'all@example.com' }),
        'invalid_session',
      );
      const other = await startKit({ pool, config: pool.addClient() });
      expectProblem(await other.post('/challenge', answer), 'invalid_session');
      expectStatus(await kit.post('/challenge', answer), 200);
      expectProblem(await kit.post('/challenge', answer), 'invalid_session');

      const slow = await challenge(kit, email);
      const { code } = pool.inbox.latest({ to }) ?? {};
      pool.clock.advance(3 * 60_000);
      expectProblem(
        await kit.post('/challenge', answerTo(slow, { confirmationCode: code })),
        'invalid_session',
      );
    });

    it(`by ${delivery.medium} answers too_many_attempts after five wrong codes`, async () => {
      const given = await challenge(kit, email);
      const { code } = pool.inbox.latest({ to }) ?? {};
      const wrong = code === '000000' ? '000001' : '000000';
      for (let i = 0; i < 5; i++) {
        expectProblem(
          await kit.post('/challenge', answerTo(given, { confirmationCode: wrong })),
          'code_mismatch',
        );
      }
      expectProblem(
        await kit.post('/challenge', answerTo(given, { confirmationCode: code })),
        'too_many_attempts',
      );
    });
  }

  it('lets a user with several factors choose one, and poses it', async () => {
    const mfaTypes = ['SMS_MFA', 'SOFTWARE_TOKEN_MFA', 'EMAIL_OTP'];
    for (const mfaType of mfaTypes) {
      const select = await challenge(kit, 'all@example.com');
      expect(select.name).to.equal('SELECT_MFA_TYPE');
      expect(select.parameters).to.deep.equal({ mfaTypes });
      expect(pool.inbox.list({ kind: 'sign_in' })).to.have.lengthOf(0);
      const chosen = await next(kit, select, { mfaType });
      expect(chosen.name).to.equal(mfaType);
      expect(chosen.session).to.not.equal(select.session);
      const confirmationCode =
        pool.inbox.latest({ kind: 'sign_in' })?.code ?? totpCode(SECRET, pool.clock.now());
      expectStatus(await kit.post('/challenge', answerTo(chosen, { confirmationCode })), 200);
      expectProblem(await kit.post('/challenge', answerTo(select, { mfaType })), 'invalid_session');
      pool.inbox.clear();
    }
  });

  it('refuses a factor that is not offered, and accepts another choice afterwards', async () => {
    const select = await challenge(kit, 'all@example.com');
    for (const mfaType of ['EMAIL_MFA', 'PASSWORD', '', 7]) {
      expectProblem(await kit.post('/challenge', answerTo(select, { mfaType })), 'validation_failed');
    }
    expect((await next(kit, select, { mfaType: 'SMS_MFA' })).name).to.equal('SMS_MFA');

    pool.addUser({
      username: 'two@example.com',
      password: PASSWORD,
      mfa: ['EMAIL_OTP'],
      totpSecret: SECRET,
    });
    const two = await challenge(kit, 'two@example.com');
    expectProblem(await kit.post('/challenge', answerTo(two, { mfaType: 'SMS_MFA' })), 'rejected_by_pool');
  });

  it('poses the preferred factor, or the only enabled one', async () => {
    const { accessToken: AccessToken } = pool.tokensFor('all@example.com');
    const sdk = sdkFor(pool.url);
    await sdk.setUserMFAPreference({ AccessToken, EmailMfaSettings: { Enabled: true, PreferredMfa: true } });
    expect((await challenge(kit, 'all@example.com')).name).to.equal('EMAIL_OTP');
    await sdk.setUserMFAPreference({
      AccessToken,
      EmailMfaSettings: { Enabled: false },
      SMSMfaSettings: { Enabled: false },
    });
    expect((await challenge(kit, 'all@example.com')).name).to.equal('SOFTWARE_TOKEN_MFA');
  });
});

describe('MFA_SETUP in a pool that requires MFA', () => {
  let kit: Kit;
  let pool: LocalUserPool;
  let users = 0;

  before(async () => {
    kit = await startKit({ pool: { pool: { ...EVERY_FACTOR, MfaConfiguration: 'ON' } } });
    pool = kit.pool;
  });
  after(() => kit.close());

  async function setUp(): Promise<Challenge> {
    const username = `new-${++users}@example.com`;
    pool.addUser({ username, password: PASSWORD });
    const given = await challenge(kit, username);
    expect(given.name).to.equal('MFA_SETUP');
    expect(given.parameters).to.deep.equal({ mfaTypes: ['SMS_MFA', 'SOFTWARE_TOKEN_MFA', 'EMAIL_OTP'] });
    return given;
  }

  it('sets up an authenticator app during the sign-in', async () => {
    const given = await setUp();
    const sdk = sdkFor(pool.url);
    const associated = await sdk.associateSoftwareToken({ Session: given.session });
    const UserCode = totpCode(associated.SecretCode ?? '', pool.clock.now());
    const verified = await sdk.verifySoftwareToken({ Session: associated.Session, UserCode });
    const session = verified.Session ?? '';
    expectProblem(await kit.post('/challenge', answerTo(given, {})), 'invalid_session');
    const { body } = expectStatus(await kit.post('/challenge', answerTo({ ...given, session }, {})), 200);
    const { mfa } = (await kit.get('/me', body.tokens.accessToken)).body;
    expect(mfa).to.deep.equal({ enabled: ['SOFTWARE_TOKEN_MFA'], preferred: 'SOFTWARE_TOKEN_MFA' });
  });

  it('cannot be skipped', async () => {
    const given = await setUp();
    expectProblem(await kit.post('/challenge', answerTo(given, {})), 'rejected_by_pool');
    const { Session: session = '' } = await sdkFor(pool.url).associateSoftwareToken({
      Session: given.session,
    });
    expectProblem(await kit.post('/challenge', answerTo({ ...given, session }, {})), 'rejected_by_pool');
  });

  it('sets up an e-mail address during the sign-in, after its code is verified', async () => {
    const given = await setUp();
    const email = 'codes@example.com';
    const sent = await next(kit, given, { email });
    expect(sent.name).to.equal('EMAIL_OTP');
    expect(sent.parameters).to.deep.equal({ delivery: { medium: 'EMAIL', destination: 'c***@e***' } });
    const confirmationCode = pool.inbox.latest({ to: email })?.code ?? '';
    const wrong = confirmationCode === '000000' ? '000001' : '000000';
    expectProblem(await kit.post('/challenge', answerTo(sent, { confirmationCode: wrong })), 'code_mismatch');
    const { body } = expectStatus(await kit.post('/challenge', answerTo(sent, { confirmationCode })), 200);
    const me = (await kit.get('/me', body.tokens.accessToken)).body;
    expect(me.attributes).to.deep.include({ email, email_verified: true });
    expect(me.mfa).to.deep.equal({ enabled: ['EMAIL_OTP'], preferred: 'EMAIL_OTP' });
  });

  it('refuses the address of another user', async () => {
    pool.addUser({ username: 'taken@example.com', password: PASSWORD });
    const sent = await next(kit, await setUp(), { email: 'taken@example.com' });
    const confirmationCode = pool.inbox.latest({ to: 'taken@example.com' })?.code;
    expectProblem(await kit.post('/challenge', answerTo(sent, { confirmationCode })), 'alias_exists');
  });

  it('is replaced by SMS_MFA for a user with a phone number', async () => {
    const attributes = { phone_number: PHONE };
    pool.addUser({ username: 'phone@example.com', password: PASSWORD, attributes });
    expect((await challenge(kit, 'phone@example.com')).name).to.equal('SMS_MFA');
  });

  it('follows NEW_PASSWORD_REQUIRED for a user with a temporary password', async () => {
    const username = 'invited@example.com';
    pool.addUser({ username, password: PASSWORD, status: 'FORCE_CHANGE_PASSWORD' });
    const given = await challenge(kit, username);
    expect(given.name).to.equal('NEW_PASSWORD_REQUIRED');
    expect((await next(kit, given, { newPassword: 'N3w-password' })).name).to.equal('MFA_SETUP');
  });
});

describe('The factors of SELECT_MFA_TYPE', () => {
  it('are read from MFAS_CAN_CHOOSE and MFAS_CAN_SELECT', async () => {
    const fake = await startFakeCognito();
    for (const name of ['MFAS_CAN_CHOOSE', 'MFAS_CAN_SELECT']) {
      fake.answer = answerWith({
        ChallengeName: 'SELECT_MFA_TYPE',
        Session: 's',
        ChallengeParameters: { [name]: '["SMS_MFA","EMAIL_OTP"]' },
      });
      const { body } = await fake.app().call('signIn');
      expect(body.challenge.parameters).to.deep.equal({ mfaTypes: ['SMS_MFA', 'EMAIL_OTP'] });
    }
    await fake.close();
  });
});
