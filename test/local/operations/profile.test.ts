import { expect } from 'chai';
import type { LocalUserPoolOptions } from '../../../src/local/local-user-pool.ts';
import {
  ANA,
  closeAll,
  codeFor,
  type Local,
  outcomeOf,
  PASSWORD,
  signIn,
  startLocal,
} from '../../support/local-sdk.ts';

const NEW_ADDRESS = 'anna@elsewhere.example';

/** A pool with Ana signed in. */
async function signedIn(options: LocalUserPoolOptions = {}): Promise<Local & { AccessToken: string }> {
  const local = await startLocal({ users: [{ username: ANA, password: PASSWORD }], ...options });
  return { ...local, AccessToken: local.pool.tokensFor(ANA).accessToken };
}

async function attributesOf({
  sdk,
  AccessToken,
}: Local & { AccessToken: string }): Promise<Record<string, string>> {
  const { UserAttributes = [] } = await sdk.getUser({ AccessToken });
  return Object.fromEntries(UserAttributes.map(({ Name, Value }) => [Name, Value ?? '']));
}

describe("The local user pool's profile operations", () => {
  afterEach(closeAll);

  const update = (
    { sdk, AccessToken }: Local & { AccessToken: string },
    attributes: Record<string, string>,
  ) =>
    sdk.updateUserAttributes({
      AccessToken,
      UserAttributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
    });
  const verify = ({ sdk, AccessToken }: Local & { AccessToken: string }, Code: string) =>
    sdk.verifyUserAttribute({ AccessToken, AttributeName: 'email', Code });

  it('refuse a code that was sent to a replaced address', async () => {
    const local = await signedIn();
    const { sdk, AccessToken, pool } = local;
    await sdk.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'email' });
    const Code = codeFor(local);
    await sdk.adminUpdateUserAttributes({
      UserPoolId: pool.config.userPoolId,
      Username: ANA,
      UserAttributes: [
        { Name: 'email', Value: NEW_ADDRESS },
        { Name: 'email_verified', Value: 'true' },
      ],
    });
    expect(await outcomeOf(verify(local, Code))).to.match(/ExpiredCode|CodeMismatch/);
    expect(await attributesOf(local)).to.include({ email: NEW_ADDRESS });
  });

  it('return the user with string values, and without MFA members if MFA is not set up', async () => {
    const local = await signedIn();
    const user = await local.sdk.getUser({ AccessToken: local.AccessToken });
    expect(user.UserAttributes?.[0]).to.deep.equal({ Name: 'sub', Value: user.Username });
    expect(await attributesOf(local)).to.include({ email: ANA, email_verified: 'true' });
    expect(user).to.not.have.any.keys('UserMFASettingList', 'PreferredMfaSetting', 'MFAOptions');
  });

  it('change attributes, and delete one if its value is empty', async () => {
    const local = await signedIn();
    await update(local, { name: 'Ana', locale: 'pt' });
    await update(local, { locale: '' });
    await local.sdk.deleteUserAttributes({ AccessToken: local.AccessToken, UserAttributeNames: ['name'] });
    expect(await attributesOf(local)).to.have.all.keys('sub', 'email', 'email_verified');
  });

  it('make a new address an unverified sign-in name at once, and send it a code', async () => {
    const local = await signedIn();
    const { CodeDeliveryDetailsList } = await update(local, { email: NEW_ADDRESS });
    expect(CodeDeliveryDetailsList).to.deep.equal([
      { AttributeName: 'email', DeliveryMedium: 'EMAIL', Destination: 'a***@e***' },
    ]);
    expect(await attributesOf(local)).to.include({ email: NEW_ADDRESS, email_verified: 'false' });
    expect(await outcomeOf(signIn(local, NEW_ADDRESS))).to.equal('ok');
    expect(await outcomeOf(signIn(local, ANA))).to.match(/^NotAuthorizedException/);
    expect(await outcomeOf(verify(local, 'wrong'))).to.match(/^CodeMismatchException/);
    await verify(local, codeFor(local, NEW_ADDRESS));
    expect(await attributesOf(local)).to.include({ email_verified: 'true' });
    expect(await outcomeOf(verify(local, codeFor(local, NEW_ADDRESS)))).to.match(/^ExpiredCodeException/);
  });

  it('keep the old address until the new one is verified, if the pool requires it', async () => {
    const local = await signedIn({
      pool: { UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] } },
    });
    await update(local, { email: NEW_ADDRESS });
    expect(await attributesOf(local)).to.include({ email: ANA, email_verified: 'true' });
    const { AccessToken, sdk } = local;
    await sdk.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'email' });
    expect(local.pool.inbox.list({ to: NEW_ADDRESS, kind: 'verify_attribute' })).to.have.length(2);
    await verify(local, codeFor(local, NEW_ADDRESS));
    expect(await attributesOf(local)).to.include({ email: NEW_ADDRESS, email_verified: 'true' });
    expect(await outcomeOf(signIn(local, NEW_ADDRESS))).to.equal('ok');
  });

  it('refuse the address of another user', async () => {
    const local = await signedIn();
    local.pool.addUser({ username: NEW_ADDRESS });
    expect(await outcomeOf(update(local, { email: NEW_ADDRESS.toUpperCase() }))).to.equal(
      'AliasExistsException: An account with the given email already exists.',
    );
    expect(await attributesOf(local)).to.include({ email: ANA, email_verified: 'true' });
    expect(await outcomeOf(signIn(local))).to.equal('ok');
  });

  it('give an alias to the first user who verifies it', async () => {
    const local = await startLocal({
      pool: { AliasAttributes: ['email'] },
      users: [
        { username: 'ana', password: PASSWORD },
        { username: 'bo', password: PASSWORD },
      ],
    });
    const [ana, bo] = ['ana', 'bo'].map((name) => ({
      ...local,
      AccessToken: local.pool.tokensFor(name).accessToken,
    }));
    if (!ana || !bo) throw new Error('both are there');
    await update(ana, { email: NEW_ADDRESS });
    const anasCode = codeFor(local, NEW_ADDRESS);
    await update(bo, { email: NEW_ADDRESS });
    expect(await outcomeOf(signIn(local, NEW_ADDRESS))).to.match(/^NotAuthorizedException/);
    await verify(ana, anasCode);
    expect(await outcomeOf(signIn(local, NEW_ADDRESS))).to.equal('ok');
    expect(await outcomeOf(verify(bo, codeFor(local, NEW_ADDRESS)))).to.match(/^AliasExistsException/);
  });

  it('send five codes for an unverified address per hour, and check 15', async () => {
    const local = await signedIn();
    const { sdk, AccessToken } = local;
    const send = (AttributeName: string) =>
      sdk.getUserAttributeVerificationCode({ AccessToken, AttributeName });
    for (let i = 0; i < 5; i++)
      expect((await send('email')).CodeDeliveryDetails?.Destination).to.equal('a***@e***');
    expect(await outcomeOf(send('email'))).to.match(/^LimitExceededException/);
    for (let i = 0; i < 15; i++) await outcomeOf(verify(local, 'wrong'));
    expect(await outcomeOf(verify(local, codeFor(local)))).to.match(/^LimitExceededException/);
    local.pool.clock.advance(3_599_000);
  });

  it('name the attribute that no code can be sent to', async () => {
    const { sdk, AccessToken } = await signedIn();
    expect(
      await outcomeOf(sdk.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'phone_number' })),
    ).to.equal('InvalidParameterException: User does not have the attribute phone_number.');
    expect(
      await outcomeOf(sdk.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'name' })),
    ).to.match(/^InvalidParameterException: 1 validation error/);
  });

  it('refuse changes of verification flags, and of unwritable, required and immutable attributes', async () => {
    const local = await signedIn({
      pool: {
        Schema: [
          { Name: 'name', Required: true },
          { Name: 'born', AttributeDataType: 'String', Mutable: false },
        ],
      },
      appClient: { WriteAttributes: ['email', 'name', 'custom:born'] },
    });
    const outcome = (attributes: Record<string, string>) => outcomeOf(update(local, attributes));
    expect(await outcome({ email_verified: 'true' })).to.match(/^NotAuthorizedException: .*unauthorized/);
    expect(await outcome({ nickname: 'A' })).to.match(/^NotAuthorizedException: .*unauthorized/);
    // No capture of this text.
    expect(await outcome({ name: '' })).to.match(
      /^InvalidParameterException: .*name: The attribute is required/,
    );
    expect(await outcome({ 'custom:born': '1990' }), 'without a value so far').to.equal(
      'InvalidParameterException: user.custom:born: Attribute cannot be updated.\n',
    );
  });

  it('delete the user with the tokens and the name', async () => {
    const local = await signedIn();
    const { sdk, AccessToken, ClientId } = local;
    await sdk.deleteUser({ AccessToken });
    expect(await outcomeOf(sdk.getUser({ AccessToken }))).to.match(/^UserNotFoundException/);
    expect(await outcomeOf(sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD }))).to.equal('ok');
  });
});
