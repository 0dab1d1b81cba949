import { expect } from 'chai';
import { startLocalUserPool } from '../../src/local/local-user-pool.ts';
import { SessionAccounts } from '../../src/pipeline/session-accounts.ts';
import { expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';

const EMAIL = 'ada@example.com';
const TOTP_SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

describe('The rate limit of an account at /challenge', () => {
  async function start(): Promise<Kit & { readonly sub: string }> {
    const pool = await startLocalUserPool({ quiet: true, limits: false });
    const { sub } = pool.addUser({ username: EMAIL, password: PASSWORD, totpSecret: TOTP_SECRET });
    const kit = await startKit({ pool, config: { rateLimits: {} } });
    return { ...kit, sub };
  }

  async function challenge(kit: Kit): Promise<{ name: string; session: string; username: string }> {
    const signedIn = expectStatus(await kit.post('/sign-in', { email: EMAIL, password: PASSWORD }), 200);
    const { name, session, username } = signedIn.body.challenge;
    return { name, session, username };
  }

  it('is one, whatever alias of the account an answer uses (case C10)', async () => {
    const kit = await start();
    const codes: string[] = [];
    for (let signIn = 0; signIn < 5; signIn++) {
      const { name, session } = await challenge(kit);
      for (const username of [EMAIL, kit.sub, EMAIL.toUpperCase(), kit.sub]) {
        const answer = await kit.post('/challenge', { name, session, username, confirmationCode: '000000' });
        codes.push(answer.body.code);
      }
    }
    expect(codes.filter((code) => code !== 'rate_limited')).to.have.length(10);
    expect(codes.slice(10)).to.deep.equal(Array.from({ length: 10 }, () => 'rate_limited'));
  });

  it('tells a client without a session nothing of the aliases of an account', async () => {
    const kit = await start();
    await challenge(kit);
    const guess = (username: string) =>
      kit.post('/challenge', {
        name: 'SOFTWARE_TOKEN_MFA',
        session: `a-session-that-a-stranger-made-up-${Math.random()}`,
        username,
        confirmationCode: '000000',
      });
    for (let i = 0; i < 10; i++) expect((await guess(EMAIL)).body.code).to.not.equal('rate_limited');
    expect((await guess(EMAIL)).body.code).to.equal('rate_limited');
    expect((await guess(kit.sub)).body.code).to.not.equal('rate_limited');
  });

  it('follows a sign-in over its steps (case C10)', async () => {
    const kit = await startKit({
      pool: { pool: { MfaConfiguration: 'ON' }, limits: false },
      config: { rateLimits: {} },
    });
    const { sub } = kit.pool.addUser({ username: EMAIL, password: PASSWORD });
    const { session } = await challenge(kit);
    const { body } = expectStatus(await kit.post('/mfa/totp', { session }), 200);
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) {
      const answer = { name: 'MFA_SETUP', session: body.session, username: i % 2 === 0 ? EMAIL : sub };
      statuses.push((await kit.post('/challenge', answer)).status);
    }
    for (let i = 0; i < 7; i++) {
      const own = { name: 'SOFTWARE_TOKEN_MFA', confirmationCode: '000000', username: sub };
      statuses.push((await kit.post('/challenge', { ...own, session: `${crypto.randomUUID()}${i}` })).status);
    }
    expect(statuses.filter((status) => status !== 429)).to.have.length(10);
  });
});

describe('The memory of pending sign-ins', () => {
  it('is bounded, and forgets a session that has expired', () => {
    const realNow = Date.now;
    try {
      let now = 0;
      Date.now = () => now;
      const accounts = new SessionAccounts(1000, 3);
      for (const session of ['a', 'b', 'c', 'd']) accounts.set(session, `account of ${session}`);
      expect(accounts.size).to.equal(3);
      expect([accounts.get('a'), accounts.get('d')]).to.deep.equal([undefined, 'account of d']);
      now = 1000;
      expect(accounts.get('d')).to.equal(undefined);
      accounts.set('e', 'account of e');
      expect(accounts.size).to.equal(1);
    } finally {
      Date.now = realNow;
    }
  });
});
