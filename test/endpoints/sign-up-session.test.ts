import { expect } from 'chai';
import { createContestedSignUps } from '../../src/endpoints/contested-sign-ups.ts';
import type { LocalUserPool } from '../../src/local/local-user-pool.ts';
import { CookieClient } from '../support/cookie-client.ts';
import { eventually } from '../support/eventually.ts';
import {
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';

/** The code of the last of so many messages. */
async function codeOf(pool: LocalUserPool, to: string, messages = 1): Promise<string> {
  const sent = await eventually(() => {
    const list = pool.inbox.list({ to, kind: 'sign_up' });
    return list.length >= messages && list;
  });
  return sent.at(-1)?.code ?? '';
}

describe('Confirming an account that another client created', () => {
  let kit: Kit;
  let count = 0;
  const newEmail = (): string => `owner-${++count}@example.com`;

  before(async () => {
    kit = await startKit();
  });
  after(() => kit.close());

  const signUp = async (email: string, password: string): Promise<string> =>
    expectStatus(await kit.post('/sign-up', { email, password }), 200).body.session as string;
  const confirm = async (email: string, body: object): Promise<string> =>
    expectStatus(await kit.post('/confirm-sign-up', { email, ...body }), 200).body.status as string;

  it('leads into a reset, after which only the new password is valid (case B5)', async () => {
    const email = newEmail();
    await signUp(email, OTHER_PASSWORD);
    const session = await signUp(email, PASSWORD);
    const confirmationCode = await codeOf(kit.pool, email, 2);
    expect(await confirm(email, { confirmationCode, session })).to.equal('password_reset_required');

    expectStatus(await kit.post('/forgot-password', { email }), 200);
    const { code } = await kit.pool.inbox.waitFor({ to: email, kind: 'forgot_password' });
    const reset = { email, confirmationCode: code, newPassword: PASSWORD };
    expectStatus(await kit.post('/confirm-forgot-password', reset), 200);
    expectProblem(await kit.post('/sign-in', { email, password: OTHER_PASSWORD }), 'invalid_credentials');
    expectStatus(await kit.post('/sign-in', { email, password: PASSWORD }), 200);
  });

  it('leads into a reset without the session as well, on the instance that saw both sign-ups (case B5)', async () => {
    const email = newEmail();
    await signUp(email, OTHER_PASSWORD);
    await signUp(email.toUpperCase(), PASSWORD);
    const confirmationCode = await codeOf(kit.pool, email, 2);
    expect(await confirm(email, { confirmationCode })).to.equal('password_reset_required');
  });

  it('leads into a reset on another instance, which knows the session only (case B5)', async () => {
    const config = { rateLimits: { secret: 'shared by both instances' } };
    const [one, other] = await Promise.all([
      startKit({ pool: kit.pool, config }),
      startKit({ pool: kit.pool, config }),
    ]);
    const email = newEmail();
    await signUp(email, OTHER_PASSWORD);
    const { session } = (await one.post('/sign-up', { email, password: PASSWORD })).body;
    const body = { email, confirmationCode: await codeOf(kit.pool, email, 2), session };
    const { status } = expectStatus(await other.post('/confirm-sign-up', body), 200).body;
    expect(status).to.equal('password_reset_required');
    await Promise.all([one.auth.close(), other.auth.close()]);
  });

  it('leads into a reset in a browser, whose cookie holds the session (case B5)', async () => {
    const own = await startKit({ config: { transport: 'cookie' } });
    const email = newEmail();
    expectStatus(await new CookieClient(own).post('/sign-up', { email, password: OTHER_PASSWORD }), 200);
    const page = new CookieClient(own);
    const again = expectStatus(await page.post('/sign-up', { email, password: PASSWORD }), 200);
    expect(again.body).to.deep.equal({ status: 'confirmation_required' });
    const confirmationCode = await codeOf(own.pool, email, 2);
    const { body } = expectStatus(await page.post('/confirm-sign-up', { email, confirmationCode }), 200);
    expect(body).to.deep.equal({ status: 'password_reset_required' });
    expect(page.names).to.deep.equal([]);
    await own.close();
  });

  it('leads into a reset without concealUserExistence as well (case B5)', async () => {
    const open = await startKit({ pool: kit.pool, config: { concealUserExistence: false } });
    const email = newEmail();
    expectStatus(await open.post('/sign-up', { email, password: OTHER_PASSWORD }), 200);
    expectProblem(await open.post('/sign-up', { email, password: PASSWORD }), 'user_exists');
    const body = { email, confirmationCode: await codeOf(kit.pool, email) };
    const { status } = expectStatus(await open.post('/confirm-sign-up', body), 200).body;
    expect(status).to.equal('password_reset_required');
    await open.auth.close();
  });

  it('keeps the password of the client that created it, whatever others try afterwards (case B5)', async () => {
    const email = newEmail();
    const session = await signUp(email, PASSWORD);
    await signUp(email, OTHER_PASSWORD);
    const confirmationCode = await codeOf(kit.pool, email, 2);
    expect(await confirm(email, { confirmationCode, session })).to.equal('confirmed');
    expectStatus(await kit.post('/sign-in', { email, password: PASSWORD }), 200);
  });

  it('needs no reset for the only client that signed up, with and without the session (case B5)', async () => {
    const [one, other] = [newEmail(), newEmail()];
    const session = await signUp(one, PASSWORD);
    await signUp(other, PASSWORD);
    expect(await confirm(one, { confirmationCode: await codeOf(kit.pool, one), session })).to.equal(
      'confirmed',
    );
    expect(await confirm(other, { confirmationCode: await codeOf(kit.pool, other) })).to.equal('confirmed');
  });

  it('gives sessions that do not show which client created the account (case B5)', async () => {
    const email = newEmail();
    const [first, second] = [await signUp(email, PASSWORD), await signUp(email, PASSWORD)];
    expect(second).to.have.lengthOf(first.length).and.not.equal(first);
    expect(first).to.match(/^[\w-]+$/);
    expect(Buffer.from(first, 'base64url').toString('latin1')).to.not.include(email);
  });

  it('takes no proof from the session of another account (case B5)', async () => {
    const mine = await signUp(newEmail(), PASSWORD);
    const email = newEmail();
    await signUp(email, OTHER_PASSWORD);
    await signUp(email, PASSWORD);
    const confirmationCode = await codeOf(kit.pool, email, 2);
    expect(await confirm(email, { confirmationCode, session: mine })).to.equal('password_reset_required');
  });
});

describe('A pool with the e-mail address as an alias', () => {
  let kit: Kit;
  let count = 0;

  before(async () => {
    kit = await startKit({
      pool: { pool: { AliasAttributes: ['email'], AutoVerifiedAttributes: ['email'] } },
      config: { signInWith: ['email', 'username'] },
    });
  });
  after(() => kit.close());

  const begin = async (): Promise<{ email: string; username: string; session: string }> => {
    const username = `ada-${++count}`;
    const email = `${username}@example.com`;
    const { session } = expectStatus(
      await kit.post('/sign-up', { username, email, password: PASSWORD }),
      200,
    ).body;
    return { email, username, session };
  };

  it('confirms by the address with the session, although Cognito does not know the address yet (case D9)', async () => {
    const { email, session } = await begin();
    const confirmationCode = await codeOf(kit.pool, email);
    expectProblem(await kit.post('/confirm-sign-up', { email, confirmationCode }), 'invalid_code');
    const body = { email: email.toUpperCase(), confirmationCode, session };
    expectStatus(await kit.post('/confirm-sign-up', body), 200);
    expectStatus(await kit.post('/sign-in', { email, password: PASSWORD }), 200);
  });

  it('sends another code by the address with the session (case D9)', async () => {
    const { email, session } = await begin();
    expectStatus(await kit.post('/resend-confirmation-code', { email }), 200);
    expect(kit.pool.inbox.list({ to: email })).to.have.length(1);
    expectStatus(await kit.post('/resend-confirmation-code', { email, session }), 200);
    expect(kit.pool.inbox.list({ to: email })).to.have.length(2);
  });

  it('confirms by the user name without the session (case D9)', async () => {
    const { email, username } = await begin();
    const body = { username, confirmationCode: await codeOf(kit.pool, email) };
    expectStatus(await kit.post('/confirm-sign-up', body), 200);
  });

  it('does not confirm another account than the body names (case D9)', async () => {
    const { email } = await begin();
    const other = await begin();
    const body = { email, confirmationCode: await codeOf(kit.pool, other.email), session: other.session };
    expectProblem(await kit.post('/confirm-sign-up', body), 'invalid_code');
  });

  it('needs nothing but the code in a browser, whose cookie survives another code (case D9)', async () => {
    const own = await startKit({
      pool: kit.pool,
      config: { signInWith: ['email', 'username'], transport: 'cookie' },
    });
    const page = new CookieClient(own);
    const account = { username: 'grace', email: 'grace@example.com', password: PASSWORD };
    expectStatus(await page.post('/sign-up', account), 200);
    const { email } = account;
    expectStatus(await page.post('/resend-confirmation-code', { email }), 200);
    const confirmationCode = await codeOf(kit.pool, email, 2);
    expectStatus(await page.post('/confirm-sign-up', { email, confirmationCode }), 200);
    await own.auth.close();
  });
});

describe('The memory of contested sign-ups', () => {
  it('forgets an account once it is confirmed, and after a day (case B5)', () => {
    let now = 0;
    const contested = createContestedSignUps(() => now);
    contested.add('Ada@example.com');
    expect(contested.take('ada@example.com')).to.equal(true);
    expect(contested.take('ada@example.com')).to.equal(false);
    contested.add('ada@example.com');
    now = 86_400_000;
    expect(contested.take('ada@example.com')).to.equal(false);
  });

  it('is bounded, and drops the oldest account first (case B5)', () => {
    const contested = createContestedSignUps();
    for (let i = 0; i < 20_001; i++) contested.add(`user-${i}`);
    expect(contested.take('user-0')).to.equal(false);
    expect(contested.take('user-1')).to.equal(true);
    expect(contested.take('user-20000')).to.equal(true);
  });
});
