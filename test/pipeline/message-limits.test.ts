import { expect } from 'chai';
import type { RateLimitsConfig } from '../../src/config/options.ts';
import type { LocalUserPoolOptions } from '../../src/local/local-user-pool.ts';
import { MemoryStore } from '../../src/pipeline/memory-store.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';

const CHOICE: LocalUserPoolOptions = {
  pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } },
  appClient: { ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
};

describe('The limit of messages for an account', () => {
  const kits: Kit[] = [];
  after(() => Promise.all(kits.map((kit) => kit.close())));

  async function start(rateLimits: RateLimitsConfig = {}, pool = CHOICE): Promise<Kit> {
    const kit = await startKit({
      pool: { limits: false, ...pool },
      config: { authFlow: 'USER_AUTH', rateLimits },
    });
    kits.push(kit);
    return kit;
  }

  it('does not count a sign-in that begins with the name and sends nothing (case D5)', async () => {
    const kit = await start();
    const email = 'ada@example.com';
    kit.pool.addUser({ username: email, password: PASSWORD });
    for (let i = 0; i < 9; i++) {
      const { challenge } = expectStatus(await kit.post('/sign-in', { email }), 200).body;
      expect(challenge.name).to.equal('SELECT_CHALLENGE');
    }
    expect(kit.pool.inbox.list({ to: email })).to.deep.equal([]);
    // The owner still has all codes of the hour.
    const ask = { email, preferredChallenge: 'EMAIL_OTP' };
    expect(expectStatus(await kit.post('/sign-in', ask), 200).body.challenge.name).to.equal('EMAIL_OTP');
  });

  it('counts such a sign-in among the sign-ins (case D5)', async () => {
    const kit = await start();
    const email = 'ada@example.com';
    kit.pool.addUser({ username: email, password: PASSWORD });
    for (let i = 0; i < 10; i++) expectStatus(await kit.post('/sign-in', { email }), 200);
    expectProblem(await kit.post('/sign-in', { email }), 'rate_limited');
  });

  it('counts a code that Cognito sends by its own choice (case D5)', async () => {
    const kit = await start();
    const email = 'codes@example.com';
    kit.pool.addUser({ username: email });
    for (let i = 0; i < 5; i++) {
      expect(expectStatus(await kit.post('/sign-in', { email }), 200).body.challenge.name).to.equal(
        'EMAIL_OTP',
      );
    }
    expectProblem(await kit.post('/sign-in', { email }), 'rate_limited');
    expect(kit.pool.inbox.list({ to: email })).to.have.length(5);
  });

  it('counts the same for an account that does not exist (case D5)', async () => {
    const kit = await start();
    kit.pool.addUser({ username: 'known@example.com', password: PASSWORD });
    const series: Record<string, unknown[]> = {};
    for (const email of ['known@example.com', 'unknown@example.com']) {
      series[email] = [];
      for (let i = 0; i < 7; i++) {
        const { status, body } = await kit.post('/sign-in', { email, preferredChallenge: 'EMAIL_OTP' });
        series[email]?.push([status, body.code, body.challenge?.name]);
      }
    }
    expect(series['unknown@example.com']).to.deep.equal(series['known@example.com']);
  });

  it('does not count a sign-up whose password the pool refused (case D5)', async () => {
    const kit = await start();
    const email = 'weak@example.com';
    for (let i = 0; i < 7; i++) {
      expectProblem(await kit.post('/sign-up', { email, password: 'weak' }), 'invalid_password');
    }
    expectStatus(await kit.post('/sign-up', { email, password: PASSWORD }), 200);
    expect(kit.pool.inbox.list({ to: email })).to.have.length(1);
  });

  it('does not count a change of the profile that sends no code (case D5)', async () => {
    const kit = await start({}, { ...CHOICE, pool: { ...CHOICE.pool, AutoVerifiedAttributes: [] } });
    const email = 'ada@example.com';
    kit.pool.addUser({ username: email, password: PASSWORD });
    const { accessToken } = kit.pool.tokensFor(email);
    const change = (digit: number) =>
      kit.request
        .patch('/auth/me')
        .set('Authorization', `Bearer ${accessToken}`)
        .send({ attributes: { phone_number: `+1555123456${digit}` } });
    for (let i = 0; i < 7; i++) expectStatus(await change(i), 200);
  });

  it('stays counted if the store fails to take it back, and the answer is the same (case D5)', async () => {
    class Failing extends MemoryStore {
      override decrement(): void {
        throw new Error('store down');
      }
    }
    const kit = await start({ secret: 'a secret of the limits', store: () => new Failing() });
    const email = 'ada@example.com';
    kit.pool.addUser({ username: email, password: PASSWORD });
    for (let i = 0; i < 5; i++) expectStatus(await kit.post('/sign-in', { email }), 200);
    expectProblem(await kit.post('/sign-in', { email }), 'rate_limited');
  });
});
