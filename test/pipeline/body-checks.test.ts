import { expect } from 'chai';
import type { BeforeHook, Hooks } from '../../src/config/hooks.ts';
import type { Config } from '../../src/config/options.ts';
import {
  expectProblem,
  expectStatus,
  type Kit,
  OTHER_PASSWORD,
  PASSWORD,
  startKit,
} from '../support/helpers.ts';

const BLOCKED = 'Blocked-password-7';

/** A before hook that changes members of the body. */
const changing =
  (changes: Record<string, unknown>): BeforeHook =>
  ({ body }) => ({ body: { ...body, ...changes } });

describe('A body that a before hook returns', () => {
  const kits: Kit[] = [];
  after(() => Promise.all(kits.map((kit) => kit.close())));

  async function start(before: Hooks['before'], config: Config = {}): Promise<Kit> {
    const kit = await startKit({ config: { hooks: { before: before ?? {} }, ...config } });
    kits.push(kit);
    return kit;
  }

  it('is refused at /sign-up if its password is blocked', async () => {
    const kit = await start(
      { signUp: changing({ password: BLOCKED }) },
      { passwordBlocklist: { isBlocked: (password) => password === BLOCKED } },
    );
    const response = await kit.post('/sign-up', { email: 'ada@example.com', password: PASSWORD });
    expectProblem(response, 'password_blocked');
    expect(kit.pool.requests.list()).to.deep.equal([]);
  });

  it('is refused at /change-password if its new password is blocked', async () => {
    const kit = await start(
      { changePassword: changing({ newPassword: BLOCKED }) },
      { passwordBlocklist: { isBlocked: (password) => password === BLOCKED } },
    );
    const { tokens } = await kit.signUpAndIn();
    const change = { oldPassword: PASSWORD, newPassword: OTHER_PASSWORD };
    expectProblem(await kit.post('/change-password', change, tokens.accessToken), 'password_blocked');
  });

  it('has its password checked once if the hook leaves the password alone', async () => {
    const checked: string[] = [];
    const kit = await start(
      { signUp: changing({ attributes: { name: 'Ada' } }) },
      {
        passwordBlocklist: {
          isBlocked: (password) => {
            checked.push(password);
            return false;
          },
        },
      },
    );
    expectStatus(await kit.post('/sign-up', { email: 'ada@example.com', password: PASSWORD }), 200);
    expect(checked).to.deep.equal([PASSWORD]);
  });

  it('counts for the account that it names, however the client spells it', async () => {
    const withoutTag: BeforeHook = ({ body }) => ({
      body: { ...body, email: String(body.email).replace(/\+.*@/, '@') },
    });
    const kit = await start(
      { signIn: withoutTag },
      { rateLimits: { account: { signIn: { limit: 3, windowMs: 60_000 } } } },
    );
    for (let i = 0; i < 3; i++)
      expectProblem(
        await kit.post('/sign-in', { email: `ada+${i}@example.com`, password: 'x' }),
        'invalid_credentials',
      );
    expectProblem(await kit.post('/sign-in', { email: 'ada+4@example.com', password: 'x' }), 'rate_limited');
  });

  it('counts once for an account that the client named too', async () => {
    const kit = await start(
      { signIn: ({ body }) => ({ body: { ...body, email: String(body.email).toUpperCase() } }) },
      { rateLimits: { account: { signIn: { limit: 2, windowMs: 60_000 } } } },
    );
    const wrong = { email: 'ada@example.com', password: 'x' };
    for (let i = 0; i < 2; i++) expectProblem(await kit.post('/sign-in', wrong), 'invalid_credentials');
    expectProblem(await kit.post('/sign-in', wrong), 'rate_limited');
  });

  it('counts as a message if the hook asks for a code', async () => {
    const kit = await start(
      { signIn: changing({ preferredChallenge: 'EMAIL_OTP', password: undefined }) },
      { authFlow: 'USER_AUTH', rateLimits: { account: { code: { limit: 1, windowMs: 60_000 } } } },
    );
    const signIn = { email: 'ada@example.com', password: PASSWORD };
    expect((await kit.post('/sign-in', signIn)).status).to.not.equal(429);
    expectProblem(await kit.post('/sign-in', signIn), 'rate_limited');
  });

  it('is refused if it makes the request sensitive and the sign-in is old', async () => {
    const kit = await start({ updateMe: changing({ attributes: { email: 'new@example.com' } }) });
    const { username } = kit.pool.addUser({ username: 'ada@example.com', password: PASSWORD });
    const accessClaims = { auth_time: Math.floor(Date.now() / 1000) - 3600 };
    const { accessToken } = kit.pool.tokensFor(username, { accessClaims });
    const change = kit.request.patch('/auth/me').set('Authorization', `Bearer ${accessToken}`);
    expectProblem(await change.send({ attributes: { name: 'Ada' } }), 'insufficient_user_authentication');
  });
});
