import { expect } from 'chai';
import type { LocalUserPoolOptions } from '../../../src/local/local-user-pool.ts';
import type { CustomMessageEvent } from '../../../src/local/model/triggers.ts';
import { ANA, closeAll, outcomeOf, PASSWORD, startLocal } from '../../support/local-sdk.ts';

const BO = 'bo@example.com';
const PHONE = '+15551234567';

type Handler = (event: CustomMessageEvent) => unknown;

const withTrigger = (customMessage: Handler, options: LocalUserPoolOptions = {}) =>
  startLocal({ ...options, triggers: { customMessage } });

describe('A message of the local user pool', () => {
  afterEach(closeAll);

  it('uses the default template, with the code in it', async () => {
    const { sdk, pool, ClientId, UserPoolId } = await startLocal();
    await sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD });
    const message = pool.inbox.latest({ to: ANA });
    expect(message).to.include({
      subject: 'Your verification code',
      text: `Your confirmation code is ${message?.code}`,
    });
    await sdk.adminCreateUser({
      UserPoolId,
      Username: BO,
      TemporaryPassword: '$&Passw0rd',
      UserAttributes: [{ Name: 'email', Value: BO }],
    });
    const invitation = pool.inbox.latest({ to: BO });
    expect(invitation?.text).to.equal(
      `Your username is ${invitation?.username} and temporary password is $&Passw0rd`,
    );
  });

  it('uses the text of the trigger, whose event names the purpose, the user and the app client', async () => {
    const heard: CustomMessageEvent[] = [];
    const attributes = { phone_number: PHONE };
    const { sdk, pool, ClientId, UserPoolId } = await withTrigger(
      async (event) => {
        heard.push(structuredClone(event));
        const { codeParameter, usernameParameter } = event.request;
        event.response.emailSubject = 'Hello';
        event.response.emailMessage = `Ciao ${usernameParameter ?? ''} ${codeParameter}!`;
        event.response.smsMessage = `SMS ${codeParameter}`;
        return event;
      },
      {
        pool: { SmsMfaConfiguration: {} },
        users: [{ username: BO, password: PASSWORD, attributes, mfa: ['SMS_MFA'] }],
      },
    );
    const ClientMetadata = { lang: 'it' };
    await sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD, ClientMetadata });
    const message = pool.inbox.latest({ to: ANA });
    expect(message).to.include({ subject: 'Hello', text: `Ciao  ${message?.code}!` });
    await sdk.resendConfirmationCode({ ClientId, Username: ANA });
    await sdk.forgotPassword({ ClientId, Username: BO });
    const { accessToken: AccessToken } = pool.tokensFor(BO);
    await sdk.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'email' });
    await sdk.updateUserAttributes({
      AccessToken,
      UserAttributes: [{ Name: 'email', Value: 'bo@example.org' }],
    });
    const AuthParameters = { USERNAME: 'bo@example.org', PASSWORD };
    await sdk.initiateAuth({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters, ClientMetadata });
    const sms = pool.inbox.latest({ to: PHONE });
    expect(sms?.text).to.equal(`SMS ${sms?.code}`);
    expect(sms).to.not.have.property('subject');
    await sdk.adminCreateUser({
      UserPoolId,
      Username: 'cy@example.com',
      UserAttributes: [{ Name: 'email', Value: 'cy@example.com' }],
      DesiredDeliveryMediums: ['EMAIL'],
    });
    const invitation = pool.inbox.latest({ to: 'cy@example.com' });
    expect(invitation?.text).to.equal(`Ciao ${invitation?.username} ${invitation?.code}!`);
    expect(heard.map(({ triggerSource }) => triggerSource)).to.deep.equal([
      'CustomMessage_SignUp',
      'CustomMessage_ResendCode',
      'CustomMessage_ForgotPassword',
      'CustomMessage_VerifyUserAttribute',
      'CustomMessage_UpdateUserAttribute',
      'CustomMessage_Authentication',
      'CustomMessage_AdminCreateUser',
    ]);
    const [first] = heard;
    expect(first?.request).to.deep.include({ clientMetadata: ClientMetadata, codeParameter: '{####}' });
    expect(heard[5]?.request).to.not.have.property('clientMetadata');
    for (const { request } of heard) expect(request.linkParameter).to.equal('{##Click Here##}');
    expect(first?.request.userAttributes).to.include({ email: ANA });
    expect(first?.response).to.deep.equal({ smsMessage: null, emailMessage: null, emailSubject: null });
    for (const { callerContext } of heard.slice(0, 6)) expect(callerContext.clientId).to.equal(ClientId);
    // No trigger is told the code.
    expect(JSON.stringify(heard)).to.not.include(message?.code);
  });

  it('uses the default template if the trigger returns no text', async () => {
    const { sdk, pool, ClientId } = await withTrigger((event) => event);
    await sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD });
    expect(pool.inbox.latest({ to: ANA })?.subject).to.equal('Your verification code');
  });

  it('is not sent, and the call is refused, if the trigger fails or omits the code', async () => {
    for (const [handler, outcome] of [
      [
        () => {
          throw new Error('no template');
        },
        'UserLambdaValidationException: CustomMessage failed with error no template.',
      ],
      [
        (event) => ({ ...event, response: { emailMessage: 'Welcome!' } }),
        'InvalidLambdaResponseException: Unrecognizable lambda output',
      ],
      [
        (event) => ({ ...event, response: { emailMessage: 7 } }),
        'InvalidLambdaResponseException: Unrecognizable lambda output',
      ],
    ] satisfies [Handler, string][]) {
      const { sdk, pool, ClientId } = await withTrigger(handler);
      const signUp = sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD });
      expect(await outcomeOf(signUp)).to.equal(outcome);
      expect(pool.inbox.list()).to.deep.equal([]);
    }
  });
});
