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

describe('local user pool: the profile', () => {
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

  it('takes no code that was sent to an address which has been replaced since', async () => {
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

  it('shows the user, all values as text, and no MFA members where there is no MFA', async () => {
    const local = await signedIn();
    const user = await local.sdk.getUser({ AccessToken: local.AccessToken });
    expect(user.UserAttributes?.[0]).to.deep.equal({ Name: 'sub', Value: user.Username });
    expect(await attributesOf(local)).to.include({ email: ANA, email_verified: 'true' });
    expect(user).to.not.have.any.keys('UserMFASettingList', 'PreferredMfaSetting', 'MFAOptions');
  });

  it('changes attributes; a blank value deletes one', async () => {
    const local = await signedIn();
    await update(local, { name: 'Ana', locale: 'pt' });
    await update(local, { locale: '' });
    await local.sdk.deleteUserAttributes({ AccessToken: local.AccessToken, UserAttributeNames: ['name'] });
    expect(await attributesOf(local)).to.have.all.keys('sub', 'email', 'email_verified');
  });

  it('makes a new address a sign-in name at once, unverified, and sends it a code', async () => {
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

  it('keeps the old address until the new one is verified, where the pool is set so', async () => {
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

  it('gives nobody the address of somebody else', async () => {
    const local = await signedIn();
    local.pool.addUser({ username: NEW_ADDRESS });
    expect(await outcomeOf(update(local, { email: NEW_ADDRESS.toUpperCase() }))).to.equal(
      'AliasExistsException: An account with the given email already exists.',
    );
    expect(await attributesOf(local)).to.include({ email: ANA, email_verified: 'true' });
    expect(await outcomeOf(signIn(local))).to.equal('ok');
  });

  it('gives an alias to whoever verifies it first', async () => {
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

  it('sends a code for an unverified address on demand, five times an hour, and checks 15', async () => {
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

  it('says which attribute a code cannot be sent for', async () => {
    const { sdk, AccessToken } = await signedIn();
    expect(
      await outcomeOf(sdk.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'phone_number' })),
    ).to.equal('InvalidParameterException: User does not have the attribute phone_number.');
    expect(
      await outcomeOf(sdk.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'name' })),
    ).to.match(/^InvalidParameterException: 1 validation error/);
  });

  it('protects what is not to be written: verification flags, other attributes, required and fixed ones', async () => {
    const local = await signedIn({
      pool: {
        Schema: [
          { Name: 'name', Required: true },
          { Name: 'born', Mutable: false },
        ],
      },
      appClient: { WriteAttributes: ['email', 'name', 'custom:born'] },
    });
    const outcome = (attributes: Record<string, string>) => outcomeOf(update(local, attributes));
    expect(await outcome({ email_verified: 'true' })).to.match(/^NotAuthorizedException: .*unauthorized/);
    expect(await outcome({ nickname: 'A' })).to.match(/^NotAuthorizedException: .*unauthorized/);
    expect(await outcome({ name: '' })).to.match(/name: The attribute is required$/);
    expect(await outcome({ 'custom:born': '1990' })).to.equal('ok');
    expect(await outcome({ 'custom:born': '1991' })).to.match(/Attribute cannot be updated/);
  });

  it('deletes the user, whose tokens and name are gone with it', async () => {
    const local = await signedIn();
    const { sdk, AccessToken, ClientId } = local;
    await sdk.deleteUser({ AccessToken });
    expect(await outcomeOf(sdk.getUser({ AccessToken }))).to.match(/^UserNotFoundException/);
    expect(await outcomeOf(sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD }))).to.equal('ok');
  });
});
