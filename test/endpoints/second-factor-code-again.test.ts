import { expect } from 'chai';
import { expectProblem, expectStatus, type Kit, PASSWORD, startKit } from '../support/helpers.ts';

describe('A code of a second factor that did not arrive', () => {
  let kit: Kit;

  before(async () => {
    kit = await startKit({ pool: { pool: { SmsMfaConfiguration: {}, EmailMfaConfiguration: {} } } });
    kit.pool.addUser({ username: 'mail@example.com', password: PASSWORD, mfa: ['EMAIL_OTP'] });
    kit.pool.addUser({
      username: 'both@example.com',
      password: PASSWORD,
      attributes: { phone_number: '+15551234567' },
      mfa: ['SMS_MFA', 'EMAIL_OTP'],
    });
  });
  after(() => kit.close());

  const begin = async (email: string) => {
    const { challenge } = expectStatus(await kit.post('/sign-in', { email, password: PASSWORD }), 200).body;
    const { name, session, username } = challenge;
    return { name, session, username };
  };

  it('is sent again by another sign-in, whose challenge takes the new code only (case D13)', async () => {
    const to = 'mail@example.com';
    const first = await begin(to);
    const old = kit.pool.inbox.latest({ to })?.code;
    const again = await begin(to);
    const { code } = await kit.pool.inbox.waitFor({ to });
    expect(kit.pool.inbox.list({ to })).to.have.length(2);
    expect(again.session).to.not.equal(first.session);
    if (old !== code)
      expectProblem(await kit.post('/challenge', { ...again, confirmationCode: old }), 'code_mismatch');
    const answer = await kit.post('/challenge', { ...again, confirmationCode: code });
    expect(expectStatus(answer, 200).body.status).to.equal('complete');
  });

  it('is not sent again by the choice of the factor, whose session is spent (case D13)', async () => {
    const choice = await begin('both@example.com');
    expect(choice.name).to.equal('SELECT_MFA_TYPE');
    const chosen = { ...choice, mfaType: 'EMAIL_OTP' };
    expectStatus(await kit.post('/challenge', chosen), 200);
    expectProblem(await kit.post('/challenge', chosen), 'invalid_session');
    expect(kit.pool.inbox.list({ to: 'both@example.com' })).to.have.length(1);
  });
});
