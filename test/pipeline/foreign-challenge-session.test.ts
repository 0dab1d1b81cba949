import type { Config } from '../../src/config/options.ts';
import { CookieClient } from '../support/cookie-client.ts';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';

const VICTIM = 'victim@example.com';
const LIMIT = 2;
const limit = { limit: LIMIT, windowMs: 60_000 };

/** In this pool, a sign-in without a password has a challenge and a session, even for an unknown name. */
async function start(config: Config = {}): Promise<Kit> {
  return startKit({
    pool: {
      pool: {
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
        EmailMfaConfiguration: {},
      },
      appClient: { ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
      limits: false,
    },
    config: { authFlow: 'USER_AUTH', rateLimits: { account: { signIn: limit, code: limit } }, ...config },
  });
}

describe('The session of another sign-in', () => {
  for (const [path, answer] of [
    ['/confirm-sign-up', { confirmationCode: '000000' }],
    ['/resend-confirmation-code', {}],
  ] as const) {
    it(`does not change the account that ${path} is counted for`, async () => {
      const kit = await start();
      expectStatus(await kit.post('/sign-up', { email: VICTIM, password: PASSWORD }), 200);
      const sessions: string[] = [];
      for (let i = 0; i <= LIMIT; i++) {
        const { body } = expectStatus(await kit.post('/sign-in', { email: `eve-${i}@example.com` }), 200);
        sessions.push(body.challenge.session);
      }
      const responses = [];
      for (const session of sessions) {
        responses.push(await kit.post(path, { email: VICTIM, session, ...answer }));
      }
      const last = responses.at(-1);
      if (last) expectProblem(last, 'rate_limited');
      await kit.close();
    });
  }

  it('counts for the account of a sign-up in a browser', async () => {
    const kit = await start({ transport: 'cookie' });
    const browser = new CookieClient(kit);
    expectStatus(await browser.post('/sign-up', { email: VICTIM, password: PASSWORD }), 200);
    for (let i = 0; i < LIMIT; i++) {
      expectStatus(await browser.post('/resend-confirmation-code', { email: VICTIM }), 200);
    }
    expectProblem(await browser.post('/resend-confirmation-code', { email: VICTIM }), 'rate_limited');
    await kit.close();
  });
});
