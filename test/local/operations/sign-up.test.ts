import { expect } from 'chai';
import type { PreSignUpEvent } from '../../../src/local/model/triggers.ts';
import {
  ANA,
  closeAll,
  codeFor,
  outcomeOf,
  PASSWORD,
  secretHash,
  signIn,
  startLocal,
} from '../../support/local-sdk.ts';

describe('Sign-up in the local user pool', () => {
  afterEach(closeAll);

  it('creates an unconfirmed user, sends a six-digit code and returns the masked address', async () => {
    const local = await startLocal();
    const answer = await local.sdk.signUp({ ClientId: local.ClientId, Username: ANA, Password: PASSWORD });
    expect(answer.UserConfirmed).to.equal(false);
    expect(answer.CodeDeliveryDetails).to.deep.equal({
      AttributeName: 'email',
      DeliveryMedium: 'EMAIL',
      Destination: 'a***@e***',
    });
    expect(answer.Session).to.equal(undefined);
    const message = local.pool.inbox.latest();
    expect(message).to.include({ to: ANA, medium: 'EMAIL', kind: 'sign_up', username: answer.UserSub });
    expect(message?.code).to.match(/^\d{6}$/);
    const user = await local.sdk.adminGetUser({ UserPoolId: local.UserPoolId, Username: ANA });
    expect(user.UserStatus).to.equal('UNCONFIRMED');
    expect(user.UserAttributes).to.deep.include({ Name: 'email_verified', Value: 'false' });
  });

  it('generates a sub that looks like a UUID but has no version', async () => {
    const local = await startLocal();
    const { UserSub } = await local.sdk.signUp({
      ClientId: local.ClientId,
      Username: ANA,
      Password: PASSWORD,
    });
    expect(UserSub).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-70[0-9a-f]{2}-d[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('confirms the user and the address with the code, which allows the sign-in', async () => {
    const local = await startLocal();
    const { sdk, ClientId, UserPoolId } = local;
    await sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD });
    await sdk.confirmSignUp({ ClientId, Username: 'ANA@Example.com', ConfirmationCode: codeFor(local) });
    const user = await sdk.adminGetUser({ UserPoolId, Username: ANA });
    expect(user.UserStatus).to.equal('CONFIRMED');
    expect(user.UserAttributes).to.deep.include({ Name: 'email_verified', Value: 'true' });
    expect((await signIn(local)).AuthenticationResult?.AccessToken).to.be.a('string');
    expect(
      await outcomeOf(sdk.confirmSignUp({ ClientId, Username: ANA, ConfirmationCode: codeFor(local) })),
    ).to.equal('NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED');
  });

  it('refuses the name of a user who exists, confirmed or not', async () => {
    const { sdk, ClientId } = await startLocal({ users: [{ username: ANA, password: PASSWORD }] });
    const again = sdk.signUp({ ClientId, Username: 'Ana@Example.com', Password: PASSWORD });
    expect(await outcomeOf(again)).to.equal('UsernameExistsException: User already exists');
  });

  it('refuses wrong codes, expired codes, and too many attempts', async () => {
    const local = await startLocal();
    const { sdk, ClientId, pool } = local;
    await sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD });
    const right = codeFor(local);
    const wrong = right === '000000' ? '000001' : '000000';
    const confirm = (ConfirmationCode: string) =>
      outcomeOf(sdk.confirmSignUp({ ClientId, Username: ANA, ConfirmationCode }));
    for (let i = 0; i < 10; i++) {
      expect(await confirm(wrong)).to.equal(
        'CodeMismatchException: Invalid verification code provided, please try again.',
      );
    }
    expect(await confirm(right)).to.match(/^TooManyFailedAttemptsException: /);
    for (let i = 0; i < 4; i++) await confirm(right);
    expect(await confirm(right)).to.equal(
      'LimitExceededException: Attempt limit exceeded, please try after some time.',
    );
    pool.clock.advance(24 * 3_600_000);
    expect(await confirm(right)).to.equal(
      'ExpiredCodeException: Invalid code provided, please request a code again.',
    );
  });

  it('replaces the code at a resend, five times per hour', async () => {
    const local = await startLocal();
    const { sdk, ClientId, pool } = local;
    await sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD });
    const resend = () => sdk.resendConfirmationCode({ ClientId, Username: ANA });
    const { CodeDeliveryDetails } = await resend();
    expect(CodeDeliveryDetails?.Destination).to.equal('a***@e***');
    const [first, second] = pool.inbox.list().map((message) => message.code);
    if (first !== second) {
      expect(
        await outcomeOf(sdk.confirmSignUp({ ClientId, Username: ANA, ConfirmationCode: first ?? '' })),
      ).to.match(/^CodeMismatchException/);
    }
    for (let i = 0; i < 4; i++) await resend();
    expect(await outcomeOf(resend())).to.match(/^LimitExceededException: Attempt limit exceeded/);
    pool.clock.advance(3_600_000);
    expect(await outcomeOf(resend())).to.equal('ok');
    await sdk.confirmSignUp({ ClientId, Username: ANA, ConfirmationCode: codeFor(local) });
    expect(await outcomeOf(resend())).to.equal('InvalidParameterException: User is already confirmed.');
  });

  it('has no limits if they are disabled', async () => {
    const { sdk, ClientId } = await startLocal({ limits: false });
    await sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD });
    for (let i = 0; i < 20; i++) await sdk.resendConfirmationCode({ ClientId, Username: ANA });
  });

  for (const [password, reason] of [
    ['Sh0rt!', 'Password not long enough'],
    ['passw0rd!', 'Password must have uppercase characters'],
    ['PASSW0RD!', 'Password must have lowercase characters'],
    ['Password!', 'Password must have numeric characters'],
    ['Passw0rdd', 'Password must have symbol characters'],
  ] as const) {
    it(`refuses a password because: ${reason}`, async () => {
      const { sdk, ClientId } = await startLocal();
      expect(await outcomeOf(sdk.signUp({ ClientId, Username: ANA, Password: password }))).to.equal(
        `InvalidPasswordException: Password did not conform with policy: ${reason}`,
      );
    });
  }

  it('applies the password policy of the pool', async () => {
    const { sdk, ClientId } = await startLocal({
      pool: { Policies: { PasswordPolicy: { MinimumLength: 12, RequireNumbers: true } } },
    });
    expect(await outcomeOf(sdk.signUp({ ClientId, Username: ANA, Password: 'elevenchar1' }))).to.contain(
      'long',
    );
    expect(await outcomeOf(sdk.signUp({ ClientId, Username: ANA, Password: 'twelve chars' }))).to.contain(
      'num',
    );
    expect(await outcomeOf(sdk.signUp({ ClientId, Username: ANA, Password: 'twelve char1' }))).to.equal('ok');
  });

  it('accepts only attributes in the schema that the client can write', async () => {
    const { sdk, pool, ClientId } = await startLocal({
      pool: {
        Schema: [
          { Name: 'team', AttributeDataType: 'String' },
          { Name: 'name', Required: true },
        ],
      },
      appClient: { WriteAttributes: ['email', 'name', 'custom:team', 'phone_number'] },
    });
    const unrestricted = pool.addClient().clientId;
    const signUp = (attributes: Record<string, string>, client = ClientId) =>
      outcomeOf(
        sdk.signUp({
          ClientId: client,
          Username: ANA,
          Password: PASSWORD,
          UserAttributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
        }),
      );
    expect(await signUp({ 'custom:nothing': 'x' }, unrestricted)).to.equal(
      'InvalidParameterException: Attributes did not conform to the schema: ' +
        'Type for attribute {custom:nothing} could not be determined',
    );
    expect(await signUp({ nickname: 'x' })).to.equal(
      'NotAuthorizedException: A client attempted to write unauthorized attribute',
    );
    expect(await signUp({ 'custom:team': 'x' })).to.equal(
      'InvalidParameterException: Attributes did not conform to the schema: name: The attribute is required\n',
    );
    expect(await signUp({ phone_number: '12' })).to.equal(
      'InvalidParameterException: Invalid phone number format.',
    );
    expect(await signUp({ 'custom:team': 'x', name: 'Ana' })).to.equal('ok');
  });

  it('refuses an address that differs from the username (case 12)', async () => {
    const local = await startLocal({ pool: { UsernameAttributes: ['email', 'phone_number'] } });
    const { sdk, ClientId, UserPoolId } = local;
    const signUp = (Username: string, UserAttributes: { Name: string; Value: string }[]) =>
      outcomeOf(sdk.signUp({ ClientId, Username, Password: PASSWORD, UserAttributes }));
    const other = [{ Name: 'email', Value: 'eve@example.com' }];
    const refusal =
      'InvalidParameterException: User email should be empty or same as username, since username attribute is email.';
    expect(await signUp(ANA, other)).to.equal(refusal);
    expect(
      await outcomeOf(sdk.adminCreateUser({ UserPoolId, Username: ANA, UserAttributes: other })),
    ).to.equal(refusal);
    // No capture of the text for phone numbers.
    expect(await signUp('+15550100', [{ Name: 'phone_number', Value: '+15550199' }])).to.match(
      /^InvalidParameterException: User phone_number should be empty or same as username/,
    );
    expect(await signUp('+15550100', other), 'the other address').to.equal('ok');
    const sameName = [
      { Name: 'email', Value: 'Ana@example.com' },
      { Name: 'name', Value: '' },
    ];
    expect(await signUp(ANA, sameName), 'the same name in a case-insensitive pool').to.equal('ok');
    const { UserAttributes } = await sdk.adminGetUser({ UserPoolId, Username: ANA });
    expect(UserAttributes?.slice(1)).to.deep.equal([
      { Name: 'email', Value: ANA },
      { Name: 'email_verified', Value: 'false' },
    ]);
  });

  it('refuses verification flags', async () => {
    const { sdk, ClientId } = await startLocal();
    const attempt = sdk.signUp({
      ClientId,
      Username: ANA,
      Password: PASSWORD,
      UserAttributes: [{ Name: 'email_verified', Value: 'true' }],
    });
    expect(await outcomeOf(attempt)).to.match(/^NotAuthorizedException: A client attempted to write/);
  });

  it('requires the kind of sign-in name that the pool is configured for', async () => {
    const attempt = async (UsernameAttributes: ('email' | 'phone_number')[], Username: string) => {
      const { sdk, ClientId } = await startLocal({ pool: { UsernameAttributes } });
      return outcomeOf(sdk.signUp({ ClientId, Username, Password: PASSWORD }));
    };
    expect(await attempt(['email'], 'ana')).to.equal(
      'InvalidParameterException: Username should be an email.',
    );
    expect(await attempt(['email', 'phone_number'], 'ana')).to.equal(
      'InvalidParameterException: Username should be either an email or a phone number.',
    );
    expect(await attempt(['phone_number'], ANA)).to.match(/^InvalidParameterException/);
    expect(await attempt(['phone_number'], '+15551234567')).to.equal('ok');
    expect(await attempt([], 'ana')).to.equal('ok');
  });

  it('prefers SMS if the pool verifies both addresses', async () => {
    const { sdk, ClientId, pool } = await startLocal({
      pool: { AutoVerifiedAttributes: ['email', 'phone_number'] },
    });
    const { CodeDeliveryDetails } = await sdk.signUp({
      ClientId,
      Username: ANA,
      Password: PASSWORD,
      UserAttributes: [{ Name: 'phone_number', Value: '+15551234567' }],
    });
    expect(CodeDeliveryDetails).to.deep.equal({
      AttributeName: 'phone_number',
      DeliveryMedium: 'SMS',
      Destination: '+*******4567',
    });
    expect(pool.inbox.latest()).to.include({ to: '+15551234567', medium: 'SMS' });
  });

  it('sends no code and returns no delivery if the pool verifies no address', async () => {
    const { sdk, ClientId, pool } = await startLocal({ pool: { UsernameAttributes: [] } });
    const answer = await sdk.signUp({ ClientId, Username: 'ana', Password: PASSWORD });
    expect(answer.CodeDeliveryDetails).to.equal(undefined);
    expect(pool.inbox.list()).to.deep.equal([]);
    expect(await outcomeOf(sdk.resendConfirmationCode({ ClientId, Username: 'ana' }))).to.match(
      /^InvalidParameterException: Cannot resend codes/,
    );
  });

  it('gives an e-mail alias to the user who verifies it, unless another user forces it', async () => {
    const local = await startLocal({ pool: { AliasAttributes: ['email'] } });
    const { sdk, ClientId, pool } = local;
    const signUp = (Username: string) =>
      sdk.signUp({
        ClientId,
        Username,
        Password: PASSWORD,
        UserAttributes: [{ Name: 'email', Value: ANA }],
      });
    expect(await outcomeOf(signUp(ANA))).to.equal(
      'InvalidParameterException: Username cannot be of email format, since user pool is configured for email alias.',
    );
    await signUp('ana');
    expect(await outcomeOf(signIn(local, ANA))).to.match(/^NotAuthorizedException: Incorrect/);
    await sdk.confirmSignUp({ ClientId, Username: 'ana', ConfirmationCode: codeFor(local) });
    expect(await outcomeOf(signIn(local, ANA))).to.equal('ok');

    await signUp('ana2');
    const ConfirmationCode = pool.inbox.latest()?.code ?? '';
    expect(await outcomeOf(sdk.confirmSignUp({ ClientId, Username: 'ana2', ConfirmationCode }))).to.equal(
      'AliasExistsException: An account with the given email already exists.',
    );
    await sdk.confirmSignUp({ ClientId, Username: 'ana2', ConfirmationCode, ForceAliasCreation: true });
    const { AuthenticationResult } = await signIn(local, ANA);
    const user = await sdk.getUser({ AccessToken: AuthenticationResult?.AccessToken ?? '' });
    expect(user.Username).to.equal('ana2');
  });

  it('distinguishes names by case only if the pool is case-sensitive', async () => {
    const { sdk, ClientId } = await startLocal({
      pool: { UsernameAttributes: [], UsernameConfiguration: { CaseSensitive: true } },
    });
    await sdk.signUp({ ClientId, Username: 'ana', Password: PASSWORD });
    expect(await outcomeOf(sdk.signUp({ ClientId, Username: 'Ana', Password: PASSWORD }))).to.equal('ok');
  });

  it('requires SECRET_HASH over the name as sent from a client with a secret', async () => {
    const local = await startLocal({ appClient: { GenerateSecret: true } });
    const { sdk, ClientId } = local;
    const signUp = (SecretHash?: string) =>
      outcomeOf(sdk.signUp({ ClientId, Username: 'Ana@Example.com', Password: PASSWORD, SecretHash }));
    expect(await signUp()).to.equal(
      `NotAuthorizedException: Client ${ClientId} is configured with secret but SECRET_HASH was not received`,
    );
    expect(await signUp(secretHash(local, ANA))).to.equal(
      `NotAuthorizedException: Unable to verify secret hash for client ${ClientId}`,
    );
    expect(await signUp(secretHash(local, 'Ana@Example.com'))).to.equal('ok');
  });

  it('computes SECRET_HASH like the documented vector', async () => {
    const { sdk, ClientId } = await startLocal({ clientId: '1example23456789', clientSecret: 'secret123' });
    const SecretHash = 'FVW/7Gcb6ZPx6GSRDG1O5Wage73l/t5hfIkUHL6hZ1k=';
    await sdk.signUp({ ClientId, Username: 'alice@example.com', Password: PASSWORD, SecretHash });
  });

  it('refuses a SECRET_HASH from a client without a secret', async () => {
    const { sdk, ClientId } = await startLocal();
    const attempt = sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD, SecretHash: 'abc=' });
    expect(await outcomeOf(attempt)).to.match(
      /^NotAuthorizedException: App client \w+ is not configured for secret/,
    );
  });

  it('refuses every sign-up if only administrators can create users', async () => {
    const { sdk, ClientId } = await startLocal({
      pool: { AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } },
    });
    expect(await outcomeOf(sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD }))).to.equal(
      'NotAuthorizedException: SignUp is not permitted for this user pool',
    );
  });

  it('runs preSignUp, which can confirm, verify or refuse', async () => {
    const local = await startLocal({
      triggers: {
        preSignUp(event) {
          const { userAttributes, validationData } = event.request;
          if (validationData?.invited !== 'yes') throw new Error('not invited');
          event.response.autoConfirmUser = true;
          event.response.autoVerifyEmail = userAttributes.email === ANA;
          return event;
        },
      },
    });
    const { sdk, ClientId, UserPoolId } = local;
    const signUp = (Value: string) =>
      sdk.signUp({
        ClientId,
        Username: ANA,
        Password: PASSWORD,
        ValidationData: [{ Name: 'invited', Value }],
      });
    expect(await outcomeOf(signUp('no'))).to.equal(
      'UserLambdaValidationException: PreSignUp failed with error not invited.',
    );
    expect((await signUp('yes')).UserConfirmed).to.equal(true);
    const user = await sdk.adminGetUser({ UserPoolId, Username: ANA });
    expect(user.UserAttributes).to.deep.include({ Name: 'email_verified', Value: 'true' });
    expect(await outcomeOf(signIn(local))).to.equal('ok');
  });

  it('gives preSignUp the attributes of the request, and the username that the account will have (case 4)', async () => {
    const heard: PreSignUpEvent[] = [];
    const { sdk, ClientId } = await startLocal({
      triggers: {
        preSignUp: (event) => {
          heard.push(structuredClone(event));
          return event;
        },
      },
    });
    const signUp = (Username: string, more: object = {}) =>
      sdk.signUp({
        ClientId,
        Username,
        Password: PASSWORD,
        UserAttributes: [{ Name: 'email', Value: Username }],
        ...more,
      });
    const { UserSub } = await signUp(ANA);
    expect(heard[0]).to.deep.include({
      userName: UserSub,
      request: { userAttributes: { email: ANA }, validationData: null },
    });
    await signUp('bo@example.com', {
      ValidationData: [{ Name: 'invited', Value: 'yes' }],
      ClientMetadata: { from: 'app' },
    });
    expect(heard[1]?.request).to.deep.include({
      validationData: { invited: 'yes' },
      clientMetadata: { from: 'app' },
    });
  });

  it('gives preSignUp the username where users choose one', async () => {
    const heard: PreSignUpEvent[] = [];
    const { sdk, ClientId } = await startLocal({
      pool: { UsernameAttributes: [] },
      triggers: {
        preSignUp: (event) => {
          heard.push(structuredClone(event));
          return event;
        },
      },
    });
    await sdk.signUp({ ClientId, Username: 'ana', Password: PASSWORD });
    expect(heard[0]?.userName).to.equal('ana');
  });
});
