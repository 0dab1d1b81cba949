import { expect } from 'chai';
import type { AuthEvent } from '../../src/config/events.ts';
import type { Hooks } from '../../src/config/hooks.ts';
import type { Config } from '../../src/config/options.ts';
import type { LocalUserPoolOptions } from '../../src/local/local-user-pool.ts';
import { totpCode } from '../../src/local/users/totp.ts';
import { ProblemError, problem } from '../../src/shared/problem.ts';
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
import { captureLog, type LogCapture } from '../support/log-capture.ts';
import { SoftwareAuthenticator } from '../support/software-authenticator.ts';
import { TOUR_POOL, TOUR_USERS, takeTour } from '../support/tour.ts';

const NAMES = [
  'onSignedUp',
  'onConfirmed',
  'onSignedOut',
  'onProfileChanged',
  'onPasswordChanged',
  'onFactorsChanged',
  'onUserDeleted',
] as const;
const EMAIL = 'ada@example.com';
const SUB = /^[0-9a-f-]{36}$/;

type Seen = Record<string, unknown>;

let kit: Kit;
let log: LogCapture;
/** The arguments of all outcome hooks so far, in order, each with the name of its hook. */
const seen: Seen[] = [];
const events: AuthEvent[] = [];

function recorded(): Hooks {
  const entries = NAMES.map((hook) => [
    hook,
    ({ req, ...context }: Seen) => void seen.push({ hook, method: (req as Request).method, ...context }),
  ]);
  return Object.fromEntries(entries) as Hooks;
}

async function start(config: Config = {}, pool: LocalUserPoolOptions = {}): Promise<Kit> {
  log = captureLog();
  kit = await startKit({
    pool,
    config: { hooks: recorded(), onEvent: (event) => events.push(event), logger: log.logger, ...config },
  });
  return kit;
}

/** Signs a user in, and forgets what the hooks have seen. */
async function signedIn(
  options: object = {},
): Promise<{ sub: string; username: string; token: string; refreshToken: string }> {
  const { username } = kit.pool.addUser({ username: EMAIL, password: PASSWORD, ...options });
  const { tokens } = expectStatus(await kit.post('/sign-in', { email: EMAIL, password: PASSWORD }), 200).body;
  const { sub } = expectStatus(await kit.get('/me', tokens.accessToken), 200).body;
  for (const list of [seen, events]) list.length = 0;
  return { sub, username, token: tokens.accessToken, refreshToken: tokens.refreshToken };
}

const signUp = (email = EMAIL) => kit.post('/sign-up', { email, password: PASSWORD });
const codeFor = async (kind: string) =>
  (await kit.pool.inbox.waitFor({ to: EMAIL, kind: kind as never })).code;

describe('An outcome hook', () => {
  beforeEach(() => {
    for (const list of [seen, events]) list.length = 0;
  });
  afterEach(() => kit.close());

  it('does not run for a sign-up with an existing name, whose response looks the same (case 12.1, existing account in the admin group)', async () => {
    const inAdminGroup: string[] = [];
    await start({ hooks: { onSignedUp: ({ username }) => void inAdminGroup.push(username) } });
    kit.pool.addUser({ username: EMAIL, password: PASSWORD });
    const [real, concealed] = [await signUp('new@example.com'), await signUp()];
    expect([real.status, concealed.status]).to.deep.equal([200, 200]);
    expect(Object.keys(concealed.body)).to.deep.equal(Object.keys(real.body));
    await kit.auth.close();
    expect(inAdminGroup).to.deep.equal(['new@example.com']);
  });

  it('onSignedUp gets the sub and the attributes of the new account, and no password', async () => {
    await start({ concealUserExistence: false });
    const attributes = { name: 'Ada' };
    const { body } = expectStatus(
      await kit.post('/sign-up', { email: EMAIL, password: PASSWORD, attributes }),
      200,
    );
    const about = {
      sub: body.userSub,
      username: EMAIL,
      attributes: { name: 'Ada', email: EMAIL },
      confirmed: false,
    };
    expect(seen).to.deep.equal([{ hook: 'onSignedUp', method: 'POST', endpoint: 'signUp', ...about }]);
    expect(events.at(-1)).to.include({ type: 'sign_up.succeeded', sub: body.userSub });
  });

  it('onConfirmed gets the sub of the sign-up if the session comes with the code, and the event too', async () => {
    await start();
    const { session } = (await signUp()).body;
    const body = { email: EMAIL, confirmationCode: await codeFor('sign_up'), session };
    expectStatus(await kit.post('/confirm-sign-up', body), 200);
    const [signedUp, confirmed] = seen;
    expect(signedUp?.sub).to.match(SUB);
    expect(confirmed).to.deep.equal({
      hook: 'onConfirmed',
      method: 'POST',
      endpoint: 'confirmSignUp',
      sub: signedUp?.sub,
      username: EMAIL,
    });
    expect(events.map(({ type, sub }) => [type, sub])).to.deep.equal([
      ['sign_up.succeeded', signedUp?.sub],
      ['confirm_sign_up.succeeded', signedUp?.sub],
    ]);
  });

  it('onConfirmed has no sub without the session of the sign-up, and does not run for a wrong code', async () => {
    await start();
    await signUp();
    const confirmationCode = await codeFor('sign_up');
    const wrong = confirmationCode === '000000' ? '111111' : '000000';
    expectProblem(
      await kit.post('/confirm-sign-up', { email: EMAIL, confirmationCode: wrong }),
      'invalid_code',
    );
    expect(seen.map(({ hook }) => hook)).to.deep.equal(['onSignedUp']);
    expectStatus(await kit.post('/confirm-sign-up', { email: EMAIL, confirmationCode }), 200);
    expect(seen.at(-1)).to.include({ hook: 'onConfirmed', sub: undefined, username: EMAIL });
  });

  it('onConfirmed runs after onSignedUp for an account that a trigger confirms', async () => {
    const preSignUp = (event: { response: object }) => {
      Object.assign(event.response, { autoConfirmUser: true });
      return event as never;
    };
    await start({ autoConfirmUser: true }, { triggers: { preSignUp } });
    expectStatus(await signUp(), 200);
    await kit.auth.close();
    expect(seen.map(({ hook, endpoint }) => [hook, endpoint])).to.deep.equal([
      ['onSignedUp', 'signUp'],
      ['onConfirmed', 'signUp'],
    ]);
    expect(seen[0]).to.include({ confirmed: true });
    expect(seen[1]?.sub).to.equal(seen[0]?.sub);
  });

  it('onSignedOut runs for each session that its user ends, here and everywhere', async () => {
    await start();
    const { sub, username, token, refreshToken } = await signedIn();
    const about = { hook: 'onSignedOut', method: 'POST', endpoint: 'signOut' };
    expectStatus(await kit.post('/sign-out', { refreshToken }, token), 200);
    expect(seen).to.deep.equal([{ ...about, sub, username, everywhere: false }]);
    const again = (await kit.post('/sign-in', { email: EMAIL, password: PASSWORD })).body.tokens;
    expectStatus(await kit.post('/sign-out', { everywhere: true }, again.accessToken), 200);
    expect(seen.at(-1)).to.deep.equal({ ...about, sub, username, everywhere: true });
    // Cognito accepts any refresh token here, and does not tell whose it is.
    expectStatus(await kit.post('/sign-out', { refreshToken: 'a.b.c.d.e' }), 200);
    expect(seen.at(-1)).to.deep.equal({ ...about, sub: undefined, username: undefined, everywhere: false });
    expect(seen).to.have.lengthOf(3);
  });

  it('onSignedOut does not run for a browser without a session', async () => {
    await start({ transport: 'cookie' });
    kit.pool.addUser({ username: EMAIL, password: PASSWORD });
    const page = new CookieClient(kit);
    expectStatus(await page.post('/sign-out'), 200);
    expect(seen).to.deep.equal([]);
    await page.post('/sign-in', { email: EMAIL, password: PASSWORD });
    expectStatus(await page.post('/sign-out'), 200);
    expect(seen.map(({ hook }) => hook)).to.deep.equal(['onSignedOut']);
    expect(seen[0]?.sub).to.match(SUB);
  });

  it('onProfileChanged gets the new values, the deleted ones, and those that wait for a code', async () => {
    await start();
    const { sub, username, token } = await signedIn({ attributes: { nickname: 'A', locale: 'en' } });
    const about = { hook: 'onProfileChanged', sub, username, unverified: [], verified: undefined };
    const change = (attributes: object) =>
      kit.request.patch('/auth/me').auth(token, { type: 'bearer' }).send({ attributes });
    expectStatus(await change({ name: 'Ada', nickname: '' }), 200);
    const patched = { ...about, method: 'PATCH', endpoint: 'updateMe' };
    expect(seen.at(-1)).to.deep.equal({ ...patched, changes: { name: 'Ada', nickname: null } });
    expectStatus(await kit.request.delete('/auth/me/attributes/locale').auth(token, { type: 'bearer' }), 200);
    const deleted = { ...about, method: 'DELETE', endpoint: 'deleteAttribute' };
    expect(seen.at(-1)).to.deep.equal({ ...deleted, changes: { locale: null } });
    const email = 'ada.king@example.com';
    expectStatus(await change({ email }), 200);
    expect(seen.at(-1)).to.deep.equal({ ...patched, changes: { email }, unverified: ['email'] });
    const { code } = await kit.pool.inbox.waitFor({ to: email });
    expectStatus(await kit.post('/me/attributes/email/verify', { confirmationCode: code }, token), 200);
    const verified = {
      ...about,
      method: 'POST',
      endpoint: 'verifyAttribute',
      changes: {},
      verified: 'email',
    };
    expect(seen.at(-1)).to.deep.equal(verified);
    expect(seen).to.have.lengthOf(4);
  });

  it('onPasswordChanged runs for a change, a reset and a temporary password', async () => {
    await start();
    const { sub, username, token } = await signedIn();
    const about = { hook: 'onPasswordChanged', method: 'POST' };
    const change = { oldPassword: PASSWORD, newPassword: OTHER_PASSWORD };
    expectStatus(await kit.post('/change-password', change, token), 200);
    expect(seen).to.deep.equal([{ ...about, endpoint: 'changePassword', sub, username }]);
    expectStatus(await kit.post('/forgot-password', { email: EMAIL }), 200);
    const confirmationCode = await codeFor('forgot_password');
    const reset = { email: EMAIL, confirmationCode, newPassword: PASSWORD };
    expectStatus(await kit.post('/confirm-forgot-password', reset), 200);
    const byName = { ...about, endpoint: 'confirmForgotPassword', sub: undefined, username: EMAIL };
    expect(seen.at(-1)).to.deep.equal(byName);
    kit.pool.addUser({ username: 'new@example.com', password: PASSWORD, status: 'FORCE_CHANGE_PASSWORD' });
    const posed = await kit.post('/sign-in', { email: 'new@example.com', password: PASSWORD });
    const { name, session, username: invited } = posed.body.challenge;
    const answer = { name, session, username: invited, newPassword: OTHER_PASSWORD };
    expectStatus(await kit.post('/challenge', answer), 200);
    expect(seen.at(-1)).to.include({ endpoint: 'respondToChallenge', sub: invited, username: invited });
    expect(seen).to.have.lengthOf(3);
  });

  it('onFactorsChanged runs for authenticator apps, preferences and passkeys', async () => {
    await start(
      {},
      {
        pool: {
          MfaConfiguration: 'OPTIONAL',
          Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
          WebAuthnConfiguration: { RelyingPartyId: 'localhost' },
        },
      },
    );
    const { sub, username, token } = await signedIn();
    const { secretCode } = expectStatus(await kit.post('/mfa/totp', {}, token), 200).body;
    const confirmationCode = totpCode(secretCode, kit.pool.clock.now());
    expectStatus(await kit.post('/mfa/totp/verify', { confirmationCode }, token), 200);
    const preference = kit.request.put('/auth/mfa/preference').auth(token, { type: 'bearer' });
    expectStatus(await preference.send({ totp: { enabled: true } }), 200);
    const { publicKey } = expectStatus(await kit.post('/passkeys/options', {}, token), 200).body;
    const credential = new SoftwareAuthenticator().create(publicKey);
    expectStatus(await kit.post('/passkeys', { credential }, token), 200);
    expectStatus(
      await kit.request.delete(`/auth/passkeys/${credential.id}`).auth(token, { type: 'bearer' }),
      200,
    );
    const endpoints = ['verifyTotp', 'setMfaPreference', 'addPasskey', 'deletePasskey'];
    expect(seen.map(({ endpoint }) => endpoint)).to.deep.equal(endpoints);
    for (const each of seen) expect(each).to.include({ hook: 'onFactorsChanged', sub, username });
  });

  it('onFactorsChanged runs for an authenticator app at MFA_SETUP once the challenge is answered', async () => {
    await start({}, { pool: { MfaConfiguration: 'ON' } });
    kit.pool.addUser({ username: EMAIL, password: PASSWORD });
    const { challenge } = (await kit.post('/sign-in', { email: EMAIL, password: PASSWORD })).body;
    expect(challenge.name).to.equal('MFA_SETUP');
    const begun = expectStatus(await kit.post('/mfa/totp', { session: challenge.session }), 200).body;
    const confirmationCode = totpCode(begun.secretCode, kit.pool.clock.now());
    const proof = { session: begun.session, confirmationCode };
    const { session } = expectStatus(await kit.post('/mfa/totp/verify', proof), 200).body;
    expect(seen).to.deep.equal([]);
    const { name, username } = challenge;
    const answer = await kit.post('/challenge', { name, username, session });
    expect(expectStatus(answer, 200).body.status).to.equal('complete');
    const about = { hook: 'onFactorsChanged', method: 'POST', endpoint: 'respondToChallenge' };
    expect(seen).to.deep.equal([{ ...about, sub: username, username }]);
  });

  it('onUserDeleted runs even if the revocation store fails after the deletion', async () => {
    const store = {
      find: (keys: readonly string[]) => keys.map(() => undefined),
      revoke: () => Promise.reject(new Error('store unavailable')),
    };
    await start({ revocation: { store } });
    const { sub, username, token } = await signedIn();
    const deletion = await kit.request.delete('/auth/me').auth(token, { type: 'bearer' });
    expectProblem(deletion, 'store_unavailable');
    const about = { hook: 'onUserDeleted', method: 'DELETE', endpoint: 'deleteMe' };
    expect(seen).to.deep.equal([{ ...about, sub, username }]);
  });

  it('runs at every endpoint that changes an account, a session or a factor, and at no other', async () => {
    const onSignedIn = ({ endpoint }: { endpoint: string }) =>
      void seen.push({ hook: 'onSignedIn', endpoint });
    const config = { hooks: { ...recorded(), onSignedIn } };
    kit = await startKit({ pool: { pool: TOUR_POOL, users: TOUR_USERS }, config });
    await takeTour(kit);
    await kit.auth.close();
    const pairs = new Set(seen.map(({ hook, endpoint }) => `${endpoint} ${hook}`));
    expect([...pairs].sort()).to.deep.equal([
      'addPasskey onFactorsChanged',
      'changePassword onPasswordChanged',
      'changePassword onSignedIn',
      'confirmForgotPassword onPasswordChanged',
      'confirmSignUp onConfirmed',
      'deleteAttribute onProfileChanged',
      'deleteMe onUserDeleted',
      'deletePasskey onFactorsChanged',
      'respondToChallenge onPasswordChanged',
      'respondToChallenge onSignedIn',
      'setMfaPreference onFactorsChanged',
      'signIn onSignedIn',
      'signOut onSignedOut',
      'signUp onSignedUp',
      'stepUp onSignedIn',
      'updateMe onProfileChanged',
      'verifyAttribute onProfileChanged',
      'verifyTotp onFactorsChanged',
    ]);
  });

  it('that fails is logged and reported, and the response stays the same', async () => {
    const error = new Error('database down');
    for (const thrown of [error, new ProblemError(problem('forbidden'))]) {
      for (const list of [seen, events]) list.length = 0;
      await start({ hooks: { ...recorded(), onConfirmed: () => Promise.reject(thrown) } });
      const { session } = (await signUp()).body;
      const body = { email: EMAIL, confirmationCode: await codeFor('sign_up'), session };
      expect(expectStatus(await kit.post('/confirm-sign-up', body), 200).body).to.deep.equal({
        status: 'confirmed',
      });
      expect(events.map(({ type }) => type)).to.deep.equal([
        'sign_up.succeeded',
        'hook.failed',
        'confirm_sign_up.succeeded',
      ]);
      const code = thrown === error ? 'hook_failed' : 'forbidden';
      expect(events[1]).to.include({ hook: 'onConfirmed', endpoint: 'confirmSignUp', code });
      expect(events[1]?.sub).to.match(SUB);
      const [line] = log.lines().filter(({ msg }) => msg === 'hook failed');
      expect(line).to.include({ level: 50, hook: 'onConfirmed', endpoint: 'confirmSignUp' });
      expect(line?.err).to.include({ message: thrown.message });
    }
  });

  it('that hangs delays the response by timeouts.hook at most', async () => {
    await start({ hooks: { onUserDeleted: () => new Promise(() => undefined) }, timeouts: { hook: 50 } });
    const { token } = await signedIn();
    expectStatus(await kit.request.delete('/auth/me').auth(token, { type: 'bearer' }), 200);
    expect(events.map(({ type }) => type)).to.deep.equal(['hook.failed', 'delete_me.succeeded']);
    expect(log.text()).to.include('hooks.onUserDeleted did not finish within 50 ms');
  });
});

describe('The duration of onSignedUp', () => {
  let finished = 0;
  let release = (): void => undefined;
  beforeEach(() => {
    finished = 0;
  });
  afterEach(() => kit.close());

  const untilReleased = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    finished++;
  };
  const slowly = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 400));
    finished++;
  };

  it('does not tell a new account from an existing one, because the response does not wait for the hook', async () => {
    // A response that waits for the hook does not come before the test ends.
    await start({ hooks: { onSignedUp: untilReleased }, timeouts: { hook: 300_000 } });
    kit.pool.addUser({ username: EMAIL, password: PASSWORD });
    for (const email of ['new@example.com', EMAIL]) expectStatus(await signUp(email), 200);
    expect(finished).to.equal(0);
    release();
    await eventually(() => finished === 1);
  });

  it('is awaited by close()', async () => {
    await start({ hooks: { onSignedUp: slowly } });
    await signUp();
    await kit.auth.close();
    expect(finished).to.equal(1);
  });

  it('is awaited by the response without concealUserExistence', async () => {
    await start({ hooks: { onSignedUp: slowly }, concealUserExistence: false });
    expectStatus(await signUp(EMAIL), 200);
    expect(finished).to.equal(1);
  });
});
