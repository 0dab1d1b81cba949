import { CookieClient } from '../support/cookie-client.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';

const ADA = 'ada@example.com';
const EVE = 'eve@example.com';
const LIMIT = 3;
const limit = { limit: LIMIT, windowMs: 60_000 };

async function start(): Promise<Kit> {
  const kit = await startKit({
    pool: { limits: false },
    config: { transport: 'cookie', rateLimits: { account: { signIn: limit, code: limit } } },
  });
  for (const username of [ADA, EVE]) kit.pool.addUser({ username, password: PASSWORD });
  return kit;
}

describe('The buckets of a known browser', () => {
  it('a sign-in to another account does not renew the bucket of the first one', async () => {
    const kit = await start();
    const shared = new CookieClient(kit);
    expectStatus(await shared.post('/sign-in', { email: ADA, password: PASSWORD }), 200);
    for (let i = 0; i < LIMIT; i++) {
      expectStatus(await shared.post('/sign-in', { email: EVE, password: PASSWORD }), 200);
      const guess = await shared.post('/sign-in', { email: ADA, password: `Guess-number-${i}` });
      expectProblem(guess, 'invalid_credentials');
    }
    expectStatus(await shared.post('/sign-in', { email: EVE, password: PASSWORD }), 200);
    expectProblem(await shared.post('/sign-in', { email: ADA, password: PASSWORD }), 'rate_limited');
    await kit.close();
  });
});
