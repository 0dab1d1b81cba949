import { expect } from 'chai';
import { ANA, closeAll, type Local, outcomeOf, PASSWORD, startLocal } from '../../support/local-sdk.ts';

const EMAIL_NEEDED = 'InvalidParameterException: Email is required to verify/un-verify an email';
const PHONE_NEEDED = 'InvalidParameterException: Phone Number is required to verify/un-verify a phone number';
const SUB = 'InvalidParameterException: Cannot modify the non-mutable attribute sub';

const attributes = (values: Record<string, string>) =>
  Object.entries(values).map(([Name, Value]) => ({ Name, Value }));

describe('Local pool: attributes that no caller can set', () => {
  let local: Local;
  const start = async (pool = {}, username = 'ana'): Promise<void> => {
    local = await startLocal({
      pool: { UsernameAttributes: [], AliasAttributes: ['preferred_username', 'email'], ...pool },
      users: [{ username, password: PASSWORD }],
    });
  };
  afterEach(closeAll);

  const create = (Username: string, values: Record<string, string>) =>
    outcomeOf(
      local.sdk.adminCreateUser({
        UserPoolId: local.UserPoolId,
        Username,
        UserAttributes: attributes(values),
      }),
    );
  const update = (values: Record<string, string>) =>
    outcomeOf(
      local.sdk.adminUpdateUserAttributes({
        UserPoolId: local.UserPoolId,
        Username: 'ana',
        UserAttributes: attributes(values),
      }),
    );
  const signUp = (Username: string, values: Record<string, string>) =>
    outcomeOf(
      local.sdk.signUp({
        ClientId: local.ClientId,
        Username,
        Password: PASSWORD,
        UserAttributes: attributes(values),
      }),
    );
  const updateOwn = (values: Record<string, string>) =>
    outcomeOf(
      local.sdk.updateUserAttributes({
        AccessToken: local.pool.tokensFor('ana').accessToken,
        UserAttributes: attributes(values),
      }),
    );

  it('AdminCreateUser refuses a verification flag without its address', async () => {
    await start();
    const missing = (name: string) =>
      `InvalidParameterException: No ${name} provided but ${name}_verified was true`;
    expect(await create('bea', { email_verified: 'True' })).to.equal(missing('email'));
    expect(await create('bea', { email: '', email_verified: 'true' })).to.equal(missing('email'));
    expect(await create('bea', { email: ANA, phone_number_verified: 'true' })).to.equal(
      missing('phone_number'),
    );
    expect(await create('bea', { email: ANA, email_verified: 'true' })).to.equal('ok');
  });

  it('AdminCreateUser accepts the flag of an address that is the username', async () => {
    await start({ UsernameAttributes: ['email'], AliasAttributes: [] }, ANA);
    expect(await create('bea@example.com', { email_verified: 'true' })).to.equal('ok');
  });

  it('AdminUpdateUserAttributes refuses a verification flag of a user without the address', async () => {
    await start();
    expect(await update({ email_verified: 'true' })).to.equal(EMAIL_NEEDED);
    expect(await update({ email: ANA, email_verified: 'true' })).to.equal('ok');
    expect(await update({ email_verified: 'false' })).to.equal('ok');
    expect(await update({ email: '', email_verified: 'true' })).to.equal(EMAIL_NEEDED);
    expect(await update({ phone_number_verified: 'true' })).to.equal(PHONE_NEEDED);
  });

  it('each operation refuses sub', async () => {
    await start();
    expect(await signUp('bea', { sub: 'x' })).to.equal(SUB);
    expect(await create('bea', { sub: 'x' })).to.equal(SUB);
    expect(await update({ sub: 'x' })).to.equal(SUB);
    expect(await updateOwn({ sub: 'x' })).to.equal(SUB);
  });

  it('SignUp refuses preferred_username if it is an alias, and an update accepts it', async () => {
    await start();
    expect(await signUp('bea', { preferred_username: 'b' })).to.match(
      /^InvalidParameterException: .*preferred_username/,
    );
    expect(await updateOwn({ preferred_username: 'b' })).to.equal('ok');
    await start({ AliasAttributes: ['email'] });
    expect(await signUp('bea', { preferred_username: 'b' })).to.equal('ok');
  });

  it('each operation refuses an alias that is a username or another alias of another user', async () => {
    await start();
    expect(await create('bea', { email: ANA, email_verified: 'true' })).to.equal('ok');
    for (const preferred_username of ['bea', 'BEA', ANA]) {
      expect(await updateOwn({ preferred_username }), preferred_username).to.equal(
        'AliasExistsException: An account with the given preferred_username already exists.',
      );
    }
    expect(await updateOwn({ preferred_username: 'ana' })).to.equal('ok');
    expect(await updateOwn({ preferred_username: 'anna' })).to.equal('ok');
    expect(await create('anna', {})).to.equal('UsernameExistsException: User account already exists');
  });

  it('ListUsers answers every attribute for an empty AttributesToGet', async () => {
    await start();
    const { Users } = await local.sdk.listUsers({ UserPoolId: local.UserPoolId, AttributesToGet: [] });
    expect(Users?.[0]?.Attributes?.map(({ Name }) => Name)).to.deep.equal(['sub']);
  });
});
