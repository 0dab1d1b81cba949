import { expect } from 'chai';
import { CookieClient } from '../support/cookie-client.ts';
import { expectProblem, expectStatus, PASSWORD, startKit } from '../support/helpers.ts';

const ADA = 'ada@example.com';
const PHONE = '+14155550123';
const LIMIT = 2;
const limit = { limit: LIMIT, windowMs: 60_000 };

describe('A sign-up that names the address of another account', () => {
  it('does not make the browser known to that account, if the code goes to a telephone', async () => {
    const kit = await startKit({
      pool: {
        pool: {
          Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'SMS_OTP'] } },
          AliasAttributes: ['email', 'phone_number'],
          AutoVerifiedAttributes: ['phone_number'],
        },
        appClient: { ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
        limits: false,
      },
      config: {
        transport: 'cookie',
        authFlow: 'USER_AUTH',
        autoSignIn: true,
        signInWith: ['username', 'email', 'phoneNumber'],
        rateLimits: { account: { signIn: limit, code: { limit: 10, windowMs: 60_000 } } },
      },
    });
    kit.pool.addUser({
      username: 'ada',
      password: PASSWORD,
      attributes: { email: ADA, email_verified: 'true' },
    });
    const attacker = new CookieClient(kit);
    const account = { username: 'eve', email: ADA, phoneNumber: PHONE, password: PASSWORD };
    expectStatus(await attacker.post('/sign-up', account), 200);
    const { code } = await kit.pool.inbox.waitFor({ to: PHONE, kind: 'sign_up' });
    const confirmed = await attacker.post('/confirm-sign-up', { email: ADA, confirmationCode: code });
    expect(expectStatus(confirmed, 200).body.status).to.equal('complete');
    const stranger = new CookieClient(kit);
    for (let i = 0; i < LIMIT; i++) {
      const guess = { email: ADA, password: `Guess-number-${i}` };
      expectProblem(await stranger.post('/sign-in', guess), 'invalid_credentials');
    }
    expectProblem(await attacker.post('/sign-in', { email: ADA, password: PASSWORD }), 'rate_limited');
    await kit.close();
  });
});
