import { expect } from 'chai';
import { ANA, closeAll, outcomeOf, PASSWORD, signIn, startLocal } from '../../support/local-sdk.ts';

const PHONE = '+15551234567';

describe("The texts of a local pool's settings", () => {
  afterEach(closeAll);

  const BY_TEMPLATE = {
    VerificationMessageTemplate: {
      EmailSubject: 'Verify',
      EmailMessage: 'Mail {####}',
      SmsMessage: 'Text {####}',
    },
  };
  const BY_OLDER_MEMBERS = {
    EmailVerificationSubject: 'Verify',
    EmailVerificationMessage: 'Mail {####}',
    SmsVerificationMessage: 'Text {####}',
  };
  for (const [members, settings] of [
    ['VerificationMessageTemplate', BY_TEMPLATE],
    ['the older members', BY_OLDER_MEMBERS],
  ] as const) {
    it(`are those of verification messages, by ${members} (case 10)`, async () => {
      const { sdk, pool, ClientId } = await startLocal({
        pool: {
          ...settings,
          UsernameAttributes: ['email', 'phone_number'],
          AutoVerifiedAttributes: ['email', 'phone_number'],
        },
      });
      await sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD });
      const mail = pool.inbox.latest({ to: ANA });
      expect(mail).to.include({ subject: 'Verify', text: `Mail ${mail?.code}` });
      await sdk.signUp({ ClientId, Username: PHONE, Password: PASSWORD });
      const sms = pool.inbox.latest({ to: PHONE });
      expect(sms?.text).to.equal(`Text ${sms?.code}`);
      pool.addUser({ username: 'bo@example.com', password: PASSWORD });
      await sdk.forgotPassword({ ClientId, Username: 'bo@example.com' });
      const reset = pool.inbox.latest({ to: 'bo@example.com' });
      expect(reset?.text).to.equal(`Mail ${reset?.code}`);
    });
  }

  it('are those of an invitation', async () => {
    const { sdk, pool, UserPoolId } = await startLocal({
      pool: {
        AdminCreateUserConfig: {
          InviteMessageTemplate: { EmailSubject: 'Welcome', EmailMessage: 'You are {username}: {####}' },
        },
      },
    });
    await sdk.adminCreateUser({ UserPoolId, Username: ANA });
    const message = pool.inbox.latest({ to: ANA });
    expect(message).to.include({
      subject: 'Welcome',
      text: `You are ${message?.username}: ${message?.code}`,
    });
  });

  it('are those of a second factor by e-mail', async () => {
    const local = await startLocal({
      pool: { EmailMfaConfiguration: { Subject: 'Sign-in', Message: 'Code {####}' } },
      users: [{ username: ANA, password: PASSWORD, mfa: ['EMAIL_OTP'] }],
    });
    expect((await signIn(local)).ChallengeName).to.equal('EMAIL_OTP');
    const message = local.pool.inbox.latest({ to: ANA });
    expect(message).to.include({ subject: 'Sign-in', text: `Code ${message?.code}` });
  });

  it('limit how long an invitation is valid, by UnusedAccountValidityDays', async () => {
    const local = await startLocal({ pool: { AdminCreateUserConfig: { UnusedAccountValidityDays: 1 } } });
    const { sdk, pool, UserPoolId } = local;
    await sdk.adminCreateUser({ UserPoolId, Username: ANA, TemporaryPassword: PASSWORD });
    expect(await outcomeOf(signIn(local))).to.equal('ok');
    pool.clock.advance(25 * 3_600_000);
    expect(await outcomeOf(signIn(local))).to.match(/^NotAuthorizedException: /);
  });
});

describe('A sign-up by link in the local pool', () => {
  afterEach(closeAll);

  const byLink = (template: object = {}) =>
    startLocal({
      pool: {
        VerificationMessageTemplate: { DefaultEmailOption: 'CONFIRM_WITH_LINK', ...template },
      },
    });
  const linkIn = (text = ''): string => /<a href="([^"]+)">/.exec(text)?.[1] ?? '';

  it('is confirmed by the link of its e-mail, once (case 10)', async () => {
    const local = await byLink({ EmailMessageByLink: 'Hi, {##click here##}!', EmailSubjectByLink: 'Click' });
    const { sdk, pool, ClientId } = local;
    await sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD });
    const message = pool.inbox.latest({ to: ANA });
    const link = linkIn(message?.text);
    expect(message).to.include({ subject: 'Click', text: `Hi, <a href="${link}">click here</a>!` });
    expect(link.startsWith(`${pool.domain}/confirmUser?client_id=${ClientId}&user_name=`)).to.equal(true);
    const page = await fetch(link);
    expect(page.status).to.equal(200);
    expect(await page.text()).to.contain('Your registration is confirmed');
    expect(await outcomeOf(signIn(local))).to.equal('ok');
    const again = await fetch(link);
    expect(again.status).to.equal(400);
    expect(await again.text()).to.contain('Confirmation failed');
  });

  it('has the default text without one of its own, also when it is sent again', async () => {
    const { sdk, pool, ClientId } = await byLink();
    await sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD });
    await sdk.resendConfirmationCode({ ClientId, Username: ANA });
    const messages = pool.inbox.list({ to: ANA });
    expect(messages).to.have.length(2);
    for (const { subject, text } of messages) {
      expect(subject).to.equal('Your verification link');
      expect(text).to.match(/Please click the link below .*<a href="[^"]+">Verify Email<\/a>$/);
    }
  });

  it('has the text of the trigger customMessage, with the link in it', async () => {
    const { sdk, pool, ClientId } = await startLocal({
      pool: { VerificationMessageTemplate: { DefaultEmailOption: 'CONFIRM_WITH_LINK' } },
      triggers: {
        customMessage: async (event) => {
          event.response.emailMessage = 'Ciao, {##qui##}';
          return event;
        },
      },
    });
    await sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD });
    expect(pool.inbox.latest({ to: ANA })?.text).to.match(/^Ciao, <a href="[^"]+">qui<\/a>$/);
  });

  it('still has codes for other purposes', async () => {
    const { sdk, pool, ClientId } = await byLink();
    pool.addUser({ username: ANA, password: PASSWORD });
    await sdk.forgotPassword({ ClientId, Username: ANA });
    const message = pool.inbox.latest({ to: ANA });
    expect(message?.text).to.equal(`Your password reset code is ${message?.code}`);
  });

  it('is refused for an app client of another pool', async () => {
    const { pool } = await byLink();
    const page = await fetch(`${pool.domain}/confirmUser?client_id=unknown&user_name=x&confirmation_code=1`);
    expect(page.status).to.equal(400);
    expect(await page.text()).to.contain('The app client was not found in this user pool.');
  });
});
