import { expect } from 'chai';
import type { LocalUserPool, LocalUserPoolOptions } from '../../src/local/local-user-pool.ts';
import { eventually } from '../support/eventually.ts';
import { type FakeAnswer, fail, startFakeCognito, succeed } from '../support/fake-cognito.ts';
import { claimsOf, expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';
import { outcomeOf, sdkFor } from '../support/local-sdk.ts';

const PASSWORDLESS = {
  pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } },
  appClient: { ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
} satisfies LocalUserPoolOptions;
const CONFIG = { authFlow: 'USER_AUTH', passwordless: true, autoSignIn: true } as const;

let count = 0;
const newEmail = (): string => `new-${++count}@example.com`;

/** Signs up, and returns the session and the code of the message. */
async function signUp(
  kit: Kit,
  email: string,
  members: object = {},
): Promise<{ session: string; confirmationCode: string }> {
  const { body } = expectStatus(await kit.post('/sign-up', { email, ...members }), 200);
  const { code } = await kit.pool.inbox.waitFor({ to: email, kind: 'sign_up' });
  return { session: body.session as string, confirmationCode: code };
}

describe('A passwordless account', () => {
  let kit: Kit;
  before(async () => {
    kit = await startKit({ pool: PASSWORDLESS, config: CONFIG });
  });
  after(() => kit.close());

  it('is confirmed and signed in with one code, and signs in later with another', async () => {
    const email = newEmail();
    const begun = await signUp(kit, email);
    const { status, tokens } = expectStatus(
      await kit.post('/confirm-sign-up', { email, ...begun }),
      200,
    ).body;
    expect(status).to.equal('complete');
    expect(claimsOf(tokens.idToken).email).to.equal(email);
    const { factors } = (await kit.get('/me/auth-factors', tokens.accessToken)).body;
    expect(factors).to.deep.equal(['EMAIL_OTP']);

    const { challenge } = expectStatus(await kit.post('/sign-in', { email }), 200).body;
    const { name, session, username } = challenge;
    const { code } = await kit.pool.inbox.waitFor({ to: email, kind: 'sign_in' });
    const answer = { name, session, username, confirmationCode: code };
    expect(expectStatus(await kit.post('/challenge', answer), 200).body.status).to.equal('complete');
  });

  it('is signed in even if the confirmation writes the address in upper case', async () => {
    const email = newEmail();
    const { session, confirmationCode } = await signUp(kit, email);
    const body = { email: email.toUpperCase(), session, confirmationCode };
    const confirmed = expectStatus(await kit.post('/confirm-sign-up', body), 200).body;
    expect(confirmed.status).to.equal('complete');
  });

  it('can set a first password, which later changes require', async () => {
    const email = newEmail();
    const begun = await signUp(kit, email);
    const { tokens } = (await kit.post('/confirm-sign-up', { email, ...begun })).body;
    const first = { newPassword: PASSWORD };
    const changed = expectStatus(await kit.post('/change-password', first, tokens.accessToken), 200).body;
    expectStatus(await kit.post('/sign-in', { email, password: PASSWORD }), 200);
    expectProblem(await kit.post('/change-password', first, changed.tokens.accessToken), 'rejected_by_pool');
  });

  it('is refused if the option or the pool does not allow it', async () => {
    const email = newEmail();
    const strict = await startKit({ pool: kit.pool, config: { ...CONFIG, passwordless: false } });
    expectProblem(await strict.post('/sign-up', { email }), 'validation_failed');
    await strict.auth.close();
    const other = await startKit({ config: { passwordless: true } });
    expectProblem(await other.post('/sign-up', { email }), 'rejected_by_pool');
    await other.close();
  });

  it('is not created with a password that violates the policy', async () => {
    expectProblem(await kit.post('/sign-up', { email: newEmail(), password: 'weak' }), 'invalid_password');
  });
});

describe('POST /confirm-sign-up with the session of the sign-up', () => {
  let kit: Kit;
  let pool: LocalUserPool;
  before(async () => {
    kit = await startKit({ pool: { ...PASSWORDLESS, limits: false }, config: CONFIG });
    pool = kit.pool;
  });
  after(() => kit.close());

  const confirm = (email: string, body: object, by = kit) => by.post('/confirm-sign-up', { email, ...body });

  it('signs in after a wrong code, and only once', async () => {
    const email = newEmail();
    const begun = await signUp(kit, email, { password: PASSWORD });
    expectProblem(await confirm(email, { ...begun, confirmationCode: 'wrong' }), 'invalid_code');
    expect(expectStatus(await confirm(email, begun), 200).body.status).to.equal('complete');
    expectProblem(await confirm(email, begun), 'invalid_code');
  });

  it('answers too_many_attempts after five wrong codes', async () => {
    const email = newEmail();
    const begun = await signUp(kit, email);
    for (let i = 0; i < 5; i++) {
      expectProblem(await confirm(email, { ...begun, confirmationCode: 'wrong' }), 'invalid_code');
    }
    expectProblem(await confirm(email, begun), 'too_many_attempts');
  });

  it('confirms without signing in if the session is missing, altered or of another user', async () => {
    const other = await signUp(kit, newEmail());
    const late = await signUp(kit, newEmail());
    pool.clock.advance(4 * 60_000);
    const invalid = [undefined, other.session, late.session, 'x'.repeat(40)];
    for (const session of invalid) {
      const email = newEmail();
      const { confirmationCode, session: valid } = await signUp(kit, email);
      const tampered = `${valid.slice(0, 50)}${valid[50] === 'A' ? 'B' : 'A'}${valid.slice(51)}`;
      const response = await confirm(email, { confirmationCode, session: session ?? tampered });
      expect(expectStatus(response, 200).body).to.deep.equal({ status: 'confirmed' });
    }
    const email = newEmail();
    const { confirmationCode } = await signUp(kit, email);
    expect(expectStatus(await confirm(email, { confirmationCode }), 200).body.status).to.equal('confirmed');
  });

  it("signs in after Cognito's own session has expired", async () => {
    const email = newEmail();
    const begun = await signUp(kit, email);
    pool.clock.advance(4 * 60_000);
    expect(expectStatus(await confirm(email, begun), 200).body.status).to.equal('complete');
    expect(
      pool.requests
        .list()
        .slice(-3)
        .map(({ name }) => name),
    ).to.deep.equal(['ConfirmSignUp', 'ConfirmSignUp', 'InitiateAuth']);
  });

  it('signs in if only ConfirmSignUp returns a session', async () => {
    const fake = await startFakeCognito((request, res) => {
      if (request.operation === 'InitiateAuth') succeed(request, res);
      else if (request.operation === 'SignUp') res.writeHead(200).end(JSON.stringify({ UserSub: 'sub' }));
      else res.writeHead(200).end(JSON.stringify({ Session: 'a session of twenty characters' }));
    });
    const app = fake.app({ autoSignIn: true });
    const { session } = (await app.call('signUp')).body;
    expect((await app.call('confirmSignUp', { session })).body.status).to.equal('complete');
    const other = { session: (await app.call('signUp')).body.session, email: 'eve@example.com' };
    expect((await app.call('confirmSignUp', other)).body).to.deep.equal({ status: 'confirmed' });
    await fake.close();
  });

  it('poses a challenge if the pool requires a second factor', async () => {
    const strict = await startKit({
      pool: { ...PASSWORDLESS, pool: { ...PASSWORDLESS.pool, MfaConfiguration: 'ON' } },
      config: CONFIG,
    });
    const email = newEmail();
    const begun = await signUp(strict, email, { password: PASSWORD });
    const { challenge } = expectStatus(await confirm(email, begun, strict), 200).body;
    expect(challenge.name).to.equal('MFA_SETUP');
    await strict.close();
  });

  it('signs in on another instance only if it has the same secret', async () => {
    const rateLimits = { secret: 'shared by both instances' };
    const mine = await startKit({ pool, config: { ...pool.config, ...CONFIG, rateLimits } });
    const theirs = await startKit({
      pool,
      config: { ...pool.config, ...CONFIG, rateLimits: { secret: 'the secret of another app' } },
    });
    for (const [by, status] of [
      [mine, 'complete'],
      [theirs, 'confirmed'],
    ] as const) {
      const signingUp = await startKit({ pool, config: { ...pool.config, ...CONFIG, rateLimits } });
      const email = newEmail();
      const begun = await signUp(signingUp, email);
      expect(expectStatus(await confirm(email, begun, by), 200).body.status).to.equal(status);
      await signingUp.auth.close();
    }
    await mine.auth.close();
    await theirs.auth.close();
  });

  it('confirms without signing in if autoSignIn is off', async () => {
    const plain = await startKit({ pool, config: { authFlow: 'USER_AUTH' } });
    const email = newEmail();
    const { body } = await plain.post('/sign-up', { email, password: PASSWORD });
    expect(body.status).to.equal('confirmation_required');
    const { code } = await pool.inbox.waitFor({ to: email, kind: 'sign_up' });
    const sealed = await signUp(kit, newEmail());
    const response = await confirm(email, { confirmationCode: code, session: sealed.session }, plain);
    expect(expectStatus(response, 200).body).to.deep.equal({ status: 'confirmed' });
    await plain.auth.close();
  });

  it('refuses wrong codes alike with the sessions of new and existing accounts, which have the same form', async () => {
    const lengths = new Set<number>();
    const sessions = new Set<string>();
    const confirmed = newEmail();
    const unconfirmed = newEmail();
    pool.addUser({ username: confirmed, password: PASSWORD });
    pool.addUser({ username: unconfirmed, password: PASSWORD, status: 'UNCONFIRMED' });
    for (const email of [newEmail(), newEmail(), confirmed, confirmed, unconfirmed]) {
      const { body } = expectStatus(await kit.post('/sign-up', { email, password: PASSWORD }), 200);
      expect(body).to.have.all.keys('status', 'session');
      expect(body.status).to.equal('confirmation_required');
      expect(body.session).to.match(/^[\w-]+$/);
      lengths.add(body.session.length);
      sessions.add(body.session);
      const guess = { confirmationCode: 'guess', session: body.session };
      expectProblem(await confirm(email, guess), 'invalid_code');
    }
    expect([...lengths]).to.have.lengthOf(1);
    expect(lengths.values().next().value).to.be.lessThan(4097);
    expect(sessions.size).to.equal(5);
  });

  it('confirms without signing in with the session of a repeated sign-up', async () => {
    const email = newEmail();
    const first = await signUp(kit, email);
    const again = expectStatus(await kit.post('/sign-up', { email }), 200).body.session as string;
    expect(again).to.have.lengthOf(first.session.length);
    await eventually(() => pool.inbox.list({ to: email }).length === 2);
    const confirmationCode = pool.inbox.latest({ to: email })?.code;
    const { body } = await confirm(email, { confirmationCode, session: again });
    expect(body).to.deep.equal({ status: 'password_reset_required' });
  });
});

describe('POST /confirm-sign-up with autoSignIn', () => {
  const answering =
    (second: FakeAnswer): FakeAnswer =>
    (request, res) => {
      const answer = request.operation === 'InitiateAuth' ? second : succeed;
      if (request.operation === 'InitiateAuth') answer(request, res);
      else
        res.writeHead(200).end(JSON.stringify({ UserSub: 'sub', Session: 'a session of twenty characters' }));
    };

  it('answers confirmed if the sign-in fails, except for a fault of the configuration', async () => {
    const fake = await startFakeCognito();
    const app = fake.app({ autoSignIn: true });
    for (const [answer, status] of [
      [succeed, 'complete'],
      [fail('NotAuthorizedException', 'Invalid session for the user.'), 'confirmed'],
      [fail('InternalErrorException', '', 500), 'confirmed'],
      [fail('TooManyRequestsException', ''), 'confirmed'],
    ] as const) {
      fake.answer = answering(answer);
      const { session } = (await app.call('signUp')).body;
      const { body } = expectStatus(await app.call('confirmSignUp', { session }), 200);
      expect(body.status).to.equal(status);
    }
    expect(fake.requests.at(-1)?.input).to.deep.include({
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME: 'ada@example.com' },
      Session: 'a session of twenty characters',
    });
    fake.answer = answering(fail('InvalidParameterException', 'USER_AUTH flow not enabled for this client'));
    const { session } = (await app.call('signUp')).body;
    expectProblem(await app.call('confirmSignUp', { session }), 'server_misconfigured');
    await fake.close();
  });

  it('does not send a Cognito session that was too long to seal', async () => {
    const fake = await startFakeCognito((_request, res) => {
      res.writeHead(200).end(JSON.stringify({ UserSub: 'sub', Session: 'x'.repeat(4000) }));
    });
    const app = fake.app({ autoSignIn: true });
    const { session } = (await app.call('signUp')).body;
    expectStatus(await app.call('confirmSignUp', { session }), 200);
    expect(fake.requests[1]?.operation).to.equal('ConfirmSignUp');
    expect(fake.requests[1]?.input).to.not.have.property('Session');
    await fake.close();
  });
});

describe('local user pool: sessions from a sign-up to the first sign-in', () => {
  let kit: Kit;
  before(async () => {
    kit = await startKit({ pool: PASSWORDLESS });
  });
  after(() => kit.close());

  it('are valid once, for their own step, user and app client', async () => {
    const sdk = sdkFor(kit.pool.url);
    const { clientId: ClientId } = kit.pool.config;
    const Username = newEmail();
    const signedUp = await sdk.signUp({ ClientId, Username });
    const { Session } = signedUp;
    expect(Session).to.be.a('string');
    const signIn = (session: string | undefined, USERNAME = Username, client = ClientId) =>
      outcomeOf(
        sdk.initiateAuth({
          ClientId: client,
          AuthFlow: 'USER_AUTH',
          AuthParameters: { USERNAME },
          Session: session,
        }),
      );
    const invalid = 'NotAuthorizedException: Invalid session for the user.';
    expect(await signIn(Session)).to.equal(invalid);

    const { code: ConfirmationCode } = await kit.pool.inbox.waitFor({ to: Username, kind: 'sign_up' });
    const other = await sdk.signUp({ ClientId, Username: newEmail() });
    const foreign = { ClientId, Username, ConfirmationCode, Session: other.Session };
    expect(await outcomeOf(sdk.confirmSignUp(foreign))).to.equal(invalid);
    const confirmed = await sdk.confirmSignUp({ ClientId, Username, ConfirmationCode, Session });
    expect(confirmed.Session).to.be.a('string').and.not.equal(Session);

    const eve = newEmail();
    kit.pool.addUser({ username: eve, password: PASSWORD });
    expect(await signIn(confirmed.Session, eve)).to.equal(invalid);
    const client = kit.pool.addClient(PASSWORDLESS.appClient);
    expect(await signIn(confirmed.Session, Username, client.clientId)).to.equal(invalid);
    expect(await signIn(confirmed.Session)).to.equal('ok');
    expect(await signIn(confirmed.Session)).to.equal(
      'NotAuthorizedException: Invalid session for the user, session can only be used once.',
    );
    sdk.destroy();
  });

  it('are returned by SignUp and ConfirmSignUp, but not to an app client without USER_AUTH', async () => {
    const sdk = sdkFor(kit.pool.url);
    for (const [{ clientId: ClientId }, given] of [
      [kit.pool.config, true],
      [kit.pool.addClient(), false],
    ] as const) {
      const Username = newEmail();
      expect('Session' in (await sdk.signUp({ ClientId, Username }))).to.equal(given);
      const { code: ConfirmationCode } = await kit.pool.inbox.waitFor({ to: Username, kind: 'sign_up' });
      const confirmed = await sdk.confirmSignUp({ ClientId, Username, ConfirmationCode });
      expect('Session' in confirmed).to.equal(given);
    }
    sdk.destroy();
  });
});
