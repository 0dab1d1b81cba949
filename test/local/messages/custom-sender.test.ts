import { expect } from 'chai';
import type { LocalUserPoolOptions } from '../../../src/local/local-user-pool.ts';
import type { CustomEmailSenderEvent, CustomSmsSenderEvent } from '../../../src/local/model/triggers.ts';
import { type EncryptedMessage, readMessage } from '../../support/encryption-sdk.ts';
import { closeLambdaServers, startLambdaServer } from '../../support/lambda-server.ts';
import {
  ANA,
  closeAll,
  type Local,
  outcomeOf,
  PASSWORD,
  SDK_IN_EVENTS,
  signIn,
  startLocal,
} from '../../support/local-sdk.ts';
import { signInFrom, THREAT_PROTECTION } from '../../support/risky-sign-in.ts';

type SenderEvent = CustomEmailSenderEvent | CustomSmsSenderEvent;

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/8a23102c-9b68-4fed-82ce-523c5363539e';
const PHONE = '+12065550100';
const SIGNED = 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/kms/aws4_request';

/** Calls KMS at the pool, as the keyring of the AWS Encryption SDK does. */
async function decryptKey({ pool }: Local, body: object, authorization = SIGNED) {
  const response = await fetch(pool.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'TrentService.Decrypt',
      authorization,
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

const inputOf = ({ wrappedKey, context, keyArn }: EncryptedMessage) => ({
  CiphertextBlob: wrappedKey.toString('base64'),
  EncryptionContext: context,
  KeyId: keyArn,
});

async function codeIn(local: Local, { request }: SenderEvent): Promise<string> {
  const message = readMessage(request.code);
  const { body } = await decryptKey(local, inputOf(message));
  return message.decrypt(Buffer.from(body.Plaintext ?? '', 'base64'));
}

/** Starts a pool whose senders record their events. */
async function start(options: LocalUserPoolOptions = {}) {
  const heard: SenderEvent[] = [];
  const local = await startLocal({
    triggers: {
      customEmailSender: async (event) => {
        heard.push(event);
      },
      customSmsSender: async (event) => {
        heard.push(event);
      },
    },
    ...options,
  });
  const last = () => heard.at(-1) ?? expect.fail('nothing was sent');
  return { local, heard, last };
}

const signUp = ({ sdk, ClientId }: Local, more: object = {}) =>
  sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD, ...more });

describe('The triggers customEmailSender and customSmsSender', () => {
  afterEach(async () => {
    await closeAll();
    closeLambdaServers();
  });

  it('send the code in place of the pool, encrypted by the AWS Encryption SDK', async () => {
    const { local, heard, last } = await start({ pool: { LambdaConfig: { KMSKeyID: KEY } } });
    const { sdk, ClientId, UserPoolId, pool } = local;
    const { UserSub, CodeDeliveryDetails } = await signUp(local);
    expect(CodeDeliveryDetails?.DeliveryMedium).to.equal('EMAIL');
    expect(pool.inbox.list()).to.deep.equal([]);
    const { code } = last().request;
    expect(heard).to.deep.equal([
      {
        version: '1',
        triggerSource: 'CustomEmailSender_SignUp',
        region: 'us-east-1',
        userPoolId: UserPoolId,
        userName: UserSub,
        callerContext: { awsSdkVersion: SDK_IN_EVENTS, clientId: ClientId },
        request: {
          type: 'customEmailSenderRequestV1',
          code,
          clientMetadata: null,
          userAttributes: {
            sub: UserSub,
            email: ANA,
            email_verified: 'false',
            'cognito:user_status': 'UNCONFIRMED',
          },
        },
      },
    ]);
    const { context, provider, keyArn } = readMessage(code);
    expect([provider, keyArn]).to.deep.equal(['aws-kms', KEY]);
    expect(context).to.have.all.keys('aws-crypto-public-key', 'userpool-id');
    expect(context['userpool-id']).to.equal(UserPoolId);
    const ConfirmationCode = await codeIn(local, last());
    await sdk.confirmSignUp({ ClientId, Username: ANA, ConfirmationCode });
    expect((await signIn(local)).AuthenticationResult).to.be.an('object');
  });

  it('receive the reason for each message, and ClientMetadata', async () => {
    const { local, heard, last } = await start({
      pool: {
        AutoVerifiedAttributes: ['email', 'phone_number'],
        MfaConfiguration: 'OPTIONAL',
        EmailMfaConfiguration: {},
      },
      users: [{ username: 'bo@example.com', password: PASSWORD, mfa: ['EMAIL_OTP'] }],
    });
    const { sdk, ClientId, UserPoolId } = local;
    const ClientMetadata = { tenant: 'blue' };
    await signUp(local, { ClientMetadata });
    await sdk.resendConfirmationCode({ ClientId, Username: ANA });
    await sdk.confirmSignUp({ ClientId, Username: ANA, ConfirmationCode: await codeIn(local, last()) });
    await sdk.forgotPassword({ ClientId, Username: ANA });
    const AccessToken = (await signIn(local)).AuthenticationResult?.AccessToken;
    const UserAttributes = [{ Name: 'phone_number', Value: PHONE }];
    await sdk.updateUserAttributes({ AccessToken, UserAttributes });
    await sdk.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'phone_number' });
    await signIn(local, 'bo@example.com');
    const TemporaryPassword = 'Temp0rary!<&>';
    const DesiredDeliveryMediums = ['EMAIL' as const];
    await sdk.adminCreateUser({
      UserPoolId,
      Username: 'cy@example.com',
      TemporaryPassword,
      DesiredDeliveryMediums,
    });
    expect(heard.map(({ triggerSource }) => triggerSource)).to.deep.equal([
      'CustomEmailSender_SignUp',
      'CustomEmailSender_ResendCode',
      'CustomEmailSender_ForgotPassword',
      'CustomSMSSender_UpdateUserAttribute',
      'CustomSMSSender_VerifyUserAttribute',
      'CustomEmailSender_Authentication',
      'CustomEmailSender_AdminCreateUser',
    ]);
    expect(heard[0]?.request.clientMetadata).to.deep.equal(ClientMetadata);
    expect(heard[3]?.request.type).to.equal('customSMSSenderRequestV1');
    expect(await codeIn(local, last())).to.equal(TemporaryPassword);
    expect(last().callerContext.clientId).to.equal('CLIENT_ID_NOT_APPLICABLE');
  });

  it('receive the warning of threat protection as AccountTakeOverNotification', async () => {
    const { local, last } = await start({
      pool: THREAT_PROTECTION,
      users: [{ username: ANA, password: PASSWORD }],
    });
    for (const ip of ['192.0.2.1', '203.0.113.9'])
      await signInFrom(local.pool, { username: ANA, password: PASSWORD, ip });
    expect(last().triggerSource).to.equal('CustomEmailSender_AccountTakeOverNotification');
    expect(await codeIn(local, last())).to.match(/^[\w-]{100,}$/);
    expect(local.pool.inbox.list()).to.deep.equal([]);
  });

  it('replace customMessage for their medium only', async () => {
    const sources: string[] = [];
    const { local, heard } = await start({
      pool: { AutoVerifiedAttributes: ['email', 'phone_number'] },
      triggers: {
        customEmailSender: (event) => {
          heard.push(event);
        },
        customMessage: (event) => {
          sources.push(event.triggerSource);
          return event;
        },
      },
    });
    await signUp(local);
    expect([heard.length, sources]).to.deep.equal([1, []]);
    const UserAttributes = [{ Name: 'phone_number', Value: PHONE }];
    await local.sdk.signUp({
      ClientId: local.ClientId,
      Username: 'bo@example.com',
      Password: PASSWORD,
      UserAttributes,
    });
    expect([heard.length, sources]).to.deep.equal([1, ['CustomMessage_SignUp']]);
    expect(local.pool.inbox.latest({ to: PHONE })?.medium).to.equal('SMS');
  });

  it('refuse the request with their error', async () => {
    const { local } = await start({
      triggers: {
        customEmailSender: () => {
          throw new Error('the mail server is down');
        },
      },
    });
    expect(await outcomeOf(signUp(local))).to.equal(
      'UserLambdaValidationException: CustomEmailSender failed with error the mail server is down.',
    );
  });

  it('run behind the Lambda Invoke API, and may return nothing', async () => {
    const server = await startLambdaServer(() => null);
    const LambdaArn = 'arn:aws:lambda:us-east-1:123456789012:function:mail';
    const CustomEmailSender = { LambdaVersion: 'V1_0' as const, LambdaArn };
    const LambdaConfig = { CustomEmailSender, KMSKeyID: KEY };
    const local = await startLocal({ lambdaEndpoint: server.endpoint, pool: { LambdaConfig } });
    await signUp(local);
    expect(server.invocations.map(({ event }) => event.triggerSource)).to.deep.equal([
      'CustomEmailSender_SignUp',
    ]);
    expect(server.invocations[0]?.event).to.not.have.property('response');
    const { UserPool } = await local.sdk.describeUserPool({ UserPoolId: local.UserPoolId });
    expect(UserPool?.LambdaConfig).to.deep.equal(LambdaConfig);
  });
});

describe('Decrypt of KMS at the local pool', () => {
  afterEach(closeAll);

  for (const [what, change, authorization, error] of [
    [
      'another encryption context',
      { EncryptionContext: { 'userpool-id': 'x' } },
      SIGNED,
      'InvalidCiphertext',
    ],
    ['bytes of another process', { CiphertextBlob: 'AAAA' }, SIGNED, 'InvalidCiphertext'],
    ['another key', { KeyId: KEY }, SIGNED, 'IncorrectKey'],
    ['no signature', {}, 'none', 'MissingAuthenticationToken'],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { local, last } = await start();
      await signUp(local);
      const input = inputOf(readMessage(last().request.code));
      expect((await decryptKey(local, input)).status).to.equal(200);
      const { status, body } = await decryptKey(local, { ...input, ...change }, authorization);
      expect([status, body.__type]).to.deep.equal([400, `${error}Exception`]);
    });
  }
});
