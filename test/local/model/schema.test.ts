import type { SchemaAttributeType } from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import {
  ANA,
  claimsOf,
  closeAll,
  type Local,
  outcomeOf,
  PASSWORD,
  post,
  signIn,
  startLocal,
} from '../../support/local-sdk.ts';

const Schema: SchemaAttributeType[] = [
  {
    Name: 's',
    AttributeDataType: 'String',
    StringAttributeConstraints: { MinLength: '2', MaxLength: '5' },
  },
  { Name: 'n', AttributeDataType: 'Number', NumberAttributeConstraints: { MinValue: '1', MaxValue: '10' } },
  { Name: 'open', AttributeDataType: 'Number' },
  { Name: 'b', AttributeDataType: 'Boolean' },
  { Name: 'd', AttributeDataType: 'DateTime' },
];

/** Creates a pool like a set-up script, with an app client for passwords. */
async function createPool(settings: object = {}): Promise<Local> {
  const local = await startLocal();
  const { sdk } = local;
  const UserPoolId = (await sdk.createUserPool({ PoolName: 'p', Schema, ...settings })).UserPool?.Id ?? '';
  const { UserPoolClient } = await sdk.createUserPoolClient({
    UserPoolId,
    ClientName: 'c',
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
  });
  return { ...local, UserPoolId, ClientId: UserPoolClient?.ClientId ?? '' };
}

function listOf(attributes: Readonly<Record<string, string>>): { Name: string; Value: string }[] {
  return Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
}

/**
 * The operations that write attributes, each with the text before the name of a refused attribute. The captures of
 * `Invalid user attributes` name no operation, except that of an identity provider's sign-in.
 */
async function writers(): Promise<
  Record<
    string,
    { opening: string; write: (attributes: Readonly<Record<string, string>>) => Promise<string> }
  >
> {
  const local = await createPool();
  const { sdk, UserPoolId, ClientId } = local;
  await sdk.adminCreateUser({ UserPoolId, Username: 'old' });
  await sdk.adminSetUserPassword({ UserPoolId, Username: 'old', Password: PASSWORD, Permanent: true });
  const { AuthenticationResult } = await signIn(local, 'old');
  const invite = async (): Promise<string | undefined> => {
    await sdk.adminSetUserPassword({ UserPoolId, Username: 'old', Password: PASSWORD, Permanent: false });
    return (await signIn(local, 'old')).Session;
  };
  let count = 0;
  const newName = (): string => `new${count++}`;
  return {
    SignUp: {
      opening: 'Attributes did not conform to the schema: ',
      write: (attributes) =>
        outcomeOf(
          sdk.signUp({
            ClientId,
            Username: newName(),
            Password: PASSWORD,
            UserAttributes: listOf(attributes),
          }),
        ),
    },
    AdminCreateUser: {
      opening: 'Invalid user attributes: ',
      write: (attributes) =>
        outcomeOf(
          sdk.adminCreateUser({ UserPoolId, Username: newName(), UserAttributes: listOf(attributes) }),
        ),
    },
    UpdateUserAttributes: {
      opening: 'user.',
      write: (attributes) =>
        outcomeOf(
          sdk.updateUserAttributes({
            AccessToken: AuthenticationResult?.AccessToken,
            UserAttributes: listOf(attributes),
          }),
        ),
    },
    AdminUpdateUserAttributes: {
      opening: 'user.',
      write: (attributes) =>
        outcomeOf(
          sdk.adminUpdateUserAttributes({
            UserPoolId,
            Username: 'old',
            UserAttributes: listOf(attributes),
          }),
        ),
    },
    NEW_PASSWORD_REQUIRED: {
      opening: 'Invalid user attributes: ',
      write: async (attributes) =>
        outcomeOf(
          sdk.respondToAuthChallenge({
            ClientId,
            ChallengeName: 'NEW_PASSWORD_REQUIRED',
            Session: await invite(),
            ChallengeResponses: {
              USERNAME: 'old',
              NEW_PASSWORD: PASSWORD,
              ...Object.fromEntries(
                Object.entries(attributes).map(([name, value]) => [`userAttributes.${name}`, value]),
              ),
            },
          }),
        ),
    },
  };
}

describe('Values of attributes in the local user pool', () => {
  afterEach(closeAll);

  it('conform to the type, the length and the range in the schema (case 5)', async () => {
    const operations = await writers();
    for (const [operation, { opening, write }] of Object.entries(operations)) {
      for (const [name, value, rule] of [
        ['birthdate', '1990', 'String must be no shorter than 10 characters'],
        ['birthdate', '1990-01-011', 'String must be no longer than 10 characters'],
        ['custom:s', '1234567', 'String must be no longer than 5 characters'],
        ['custom:s', '1', 'String must be no shorter than 2 characters'],
        ['custom:b', 'maybe', 'The attribute is not a valid boolean'],
        // No capture of the texts below.
        ['custom:n', 'abc', 'The attribute is not a valid number'],
        ['custom:n', '0', 'Number must be no less than 1'],
        ['custom:n', '11', 'Number must be no greater than 10'],
        ['custom:open', '1x', 'The attribute is not a valid number'],
        ['custom:d', 'soon', 'The attribute is not a valid date and time'],
        ['updated_at', 'x', 'The attribute is not a valid number'],
        ['updated_at', '-1', 'Number must be no less than 0'],
      ] as const) {
        expect(await write({ [name]: value }), `${operation} ${name} ${value}`).to.equal(
          `InvalidParameterException: ${opening}${name}: ${rule}\n`,
        );
      }
    }
  });

  it('are accepted at the limits of the schema', async () => {
    const operations = await writers();
    for (const [operation, { write }] of Object.entries(operations)) {
      // Fresh values each time, because NEW_PASSWORD_REQUIRED refuses attributes that have one.
      if (operation === 'NEW_PASSWORD_REQUIRED') continue;
      for (const attributes of [
        { birthdate: '1990-01-01', 'custom:s': '12', 'custom:n': '1', 'custom:b': 'true' },
        { 'custom:s': '12345', 'custom:n': '10', 'custom:b': 'FALSE', 'custom:d': '2026-11-28T10:44:31Z' },
        { 'custom:open': '-1.5', 'custom:n': '9.5', updated_at: '0', nickname: 'x'.repeat(2048) },
      ]) {
        expect(await write(attributes), operation).to.equal('ok');
      }
    }
  });

  it('are refused together, one line each', async () => {
    const { SignUp } = await writers();
    expect(await SignUp?.write({ birthdate: '1990', gender: 'x', 'custom:n': '0' })).to.equal(
      'InvalidParameterException: Attributes did not conform to the schema: ' +
        'birthdate: String must be no shorter than 10 characters\n' +
        'custom:n: Number must be no less than 1\n',
    );
  });

  it('have no line feed in the header that repeats the error', async () => {
    const { pool, ClientId } = await createPool();
    const { headers, body } = await post(pool.url, 'SignUp', {
      ClientId,
      Username: 'ana',
      Password: PASSWORD,
      UserAttributes: [{ Name: 'birthdate', Value: '1990' }],
    });
    const text =
      'Attributes did not conform to the schema: birthdate: String must be no shorter than 10 characters';
    expect(body.message).to.equal(`${text}\n`);
    expect(headers.get('x-amzn-errormessage')).to.equal(text);
  });

  it('are refused for attributes outside the schema, in the words of the operation', async () => {
    const operations = await writers();
    const unknown = { SignUp: 'created', AdminCreateUser: 'created', NEW_PASSWORD_REQUIRED: 'created' };
    for (const [operation, { write }] of Object.entries(operations)) {
      expect(await write({ 'custom:nope': 'x' }), operation).to.equal(
        operation in unknown
          ? 'InvalidParameterException: Attributes did not conform to the schema: ' +
              'Type for attribute {custom:nope} could not be determined'
          : 'InvalidParameterException: user.custom:nope: Attribute does not exist in the schema.\n',
      );
    }
  });

  it('are booleans in any case for verification flags, and count as verified (case 1)', async () => {
    for (const Value of ['True', 'TRUE', 'true']) {
      const local = await createPool({ AliasAttributes: ['email'] });
      const { sdk, UserPoolId, ClientId } = local;
      await sdk.adminCreateUser({
        UserPoolId,
        Username: 'u',
        UserAttributes: [
          { Name: 'email', Value: ANA },
          { Name: 'email_verified', Value },
        ],
      });
      await sdk.adminSetUserPassword({ UserPoolId, Username: 'u', Password: PASSWORD, Permanent: true });
      const { CodeDeliveryDetails } = await sdk.forgotPassword({ ClientId, Username: 'u' });
      expect(CodeDeliveryDetails?.Destination, Value).to.equal('a***@e***');
      const { AuthenticationResult } = await signIn(local, ANA);
      expect(claimsOf(AuthenticationResult?.IdToken), Value).to.include({ email_verified: true });
      const { UserAttributes } = await sdk.adminGetUser({ UserPoolId, Username: 'u' });
      expect(UserAttributes).to.deep.include({ Name: 'email_verified', Value: 'true' });
    }
  });

  it('cannot be other words for verification flags, in no operation of an administrator (case 1)', async () => {
    const { AdminCreateUser, AdminUpdateUserAttributes } = await writers();
    const banana = { email: ANA, email_verified: 'banana' };
    expect(await AdminCreateUser?.write(banana)).to.equal(
      'InvalidParameterException: Invalid user attributes: ' +
        'email_verified: The attribute is not a valid boolean\n',
    );
    expect(await AdminUpdateUserAttributes?.write({ phone_number_verified: 'banana' })).to.equal(
      'InvalidParameterException: user.phone_number_verified: The attribute is not a valid boolean\n',
    );
    const local = await startLocal();
    const attributes = { email_verified: 'banana' };
    expect(() => local.pool.addUser({ username: ANA, attributes })).to.throw(/is not a valid boolean/);
    local.pool.addUser({ username: ANA, password: PASSWORD, attributes: { email_verified: 'FALSE' } });
    const { UserAttributes } = await local.sdk.adminGetUser({
      UserPoolId: local.UserPoolId,
      Username: ANA,
    });
    expect(UserAttributes).to.deep.include({ Name: 'email_verified', Value: 'false' });
  });

  it('of a custom boolean are stored in lower case', async () => {
    const { sdk, UserPoolId } = await createPool();
    const { User } = await sdk.adminCreateUser({
      UserPoolId,
      Username: 'u',
      UserAttributes: [{ Name: 'custom:b', Value: 'True' }],
    });
    expect(User?.Attributes).to.deep.include({ Name: 'custom:b', Value: 'true' });
  });

  it('of a required immutable attribute can be given with the first password', async () => {
    const local = await createPool({ Schema: [{ Name: 'name', Required: true, Mutable: false }] });
    const { sdk, UserPoolId, ClientId } = local;
    await sdk.adminCreateUser({ UserPoolId, Username: 'u', TemporaryPassword: PASSWORD });
    const { Session } = await signIn(local, 'u');
    const { AuthenticationResult } = await sdk.respondToAuthChallenge({
      ClientId,
      ChallengeName: 'NEW_PASSWORD_REQUIRED',
      Session,
      ChallengeResponses: { USERNAME: 'u', NEW_PASSWORD: 'N3w-password', 'userAttributes.name': 'Ana' },
    });
    const AccessToken = AuthenticationResult?.AccessToken;
    const UserAttributes = [{ Name: 'name', Value: 'Anna' }];
    expect(await outcomeOf(sdk.updateUserAttributes({ AccessToken, UserAttributes }))).to.equal(
      'InvalidParameterException: user.name: Attribute cannot be updated.\n',
    );
    expect(await outcomeOf(sdk.deleteUserAttributes({ AccessToken, UserAttributeNames: ['name'] }))).to.equal(
      'InvalidParameterException: user.name: Attribute cannot be updated.\n',
    );
  });

  it('that are required are all named at sign-up', async () => {
    const { sdk, ClientId } = await createPool({
      Schema: [
        { Name: 'gender', Required: true },
        { Name: 'name', Required: true },
      ],
    });
    expect(await outcomeOf(sdk.signUp({ ClientId, Username: 'u', Password: PASSWORD }))).to.equal(
      'InvalidParameterException: Attributes did not conform to the schema: ' +
        'name: The attribute is required\ngender: The attribute is required\n',
    );
  });
});

describe('The schema of a pool over the wire', () => {
  afterEach(closeAll);

  it('has the 20 standard attributes with their constraints (case 11)', async () => {
    const { sdk, UserPoolId } = await startLocal();
    const created = (await sdk.createUserPool({ PoolName: 'p' })).UserPool;
    const described = (await sdk.describeUserPool({ UserPoolId })).UserPool;
    for (const schema of [created?.SchemaAttributes, described?.SchemaAttributes]) {
      expect(schema).to.have.length(20);
      const one = (name: string) => schema?.find(({ Name }) => Name === name);
      const common = { DeveloperOnlyAttribute: false, Mutable: true, Required: false };
      expect(one('sub')).to.deep.equal({
        Name: 'sub',
        AttributeDataType: 'String',
        DeveloperOnlyAttribute: false,
        Mutable: false,
        Required: true,
        StringAttributeConstraints: { MinLength: '1', MaxLength: '2048' },
      });
      expect(one('birthdate')).to.deep.equal({
        ...common,
        Name: 'birthdate',
        AttributeDataType: 'String',
        StringAttributeConstraints: { MinLength: '10', MaxLength: '10' },
      });
      expect(one('updated_at')).to.deep.equal({
        ...common,
        Name: 'updated_at',
        AttributeDataType: 'Number',
        NumberAttributeConstraints: { MinValue: '0' },
      });
      for (const Name of ['email_verified', 'phone_number_verified']) {
        expect(one(Name)).to.deep.equal({ ...common, Name, AttributeDataType: 'Boolean' });
      }
      const texts = schema?.filter((each) => each.StringAttributeConstraints?.MinLength === '0') ?? [];
      expect(texts.map(({ Name }) => Name)).to.deep.equal([
        'name',
        'given_name',
        'family_name',
        'middle_name',
        'nickname',
        'preferred_username',
        'profile',
        'picture',
        'website',
        'email',
        'gender',
        'zoneinfo',
        'locale',
        'phone_number',
        'address',
      ]);
      for (const each of texts) expect(each.StringAttributeConstraints?.MaxLength).to.equal('2048');
    }
  });

  it('has custom attributes after the standard ones, with their prefix and constraints', async () => {
    const { sdk } = await startLocal();
    const { UserPool } = await sdk.createUserPool({
      PoolName: 'p',
      Schema: [
        ...Schema,
        { Name: 'custom:x', AttributeDataType: 'String' },
        { Name: 'email', AttributeDataType: 'String', Required: true },
        { Name: 'sub', AttributeDataType: 'String', Mutable: false, Required: true },
        { Name: 'name', StringAttributeConstraints: { MinLength: '1', MaxLength: '255' } },
      ],
    });
    const all = UserPool?.SchemaAttributes ?? [];
    expect(all.slice(20)).to.deep.equal(
      [...Schema, { Name: 'custom:x', AttributeDataType: 'String' as const }].map(
        ({ Name, AttributeDataType, ...constraints }) => ({
          Name: `custom:${Name}`,
          AttributeDataType,
          DeveloperOnlyAttribute: false,
          Mutable: true,
          Required: false,
          ...(AttributeDataType === 'String' && { StringAttributeConstraints: {} }),
          ...(AttributeDataType === 'Number' && { NumberAttributeConstraints: {} }),
          ...constraints,
        }),
      ),
    );
    expect(all.find(({ Name }) => Name === 'email')?.Required).to.equal(true);
    expect(all.find(({ Name }) => Name === 'name')?.StringAttributeConstraints).to.deep.equal({
      MinLength: '1',
      MaxLength: '255',
    });
  });

  it('is refused if an attribute contradicts itself or its standard (case 22)', async () => {
    const { sdk } = await startLocal();
    const text = (constraints: object, Name = 's') => ({
      Name,
      AttributeDataType: 'String',
      StringAttributeConstraints: constraints,
    });
    const number = (constraints: object) => ({
      Name: 'n',
      AttributeDataType: 'Number',
      NumberAttributeConstraints: constraints,
    });
    const standard =
      'You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute';
    const tooLong = 'String attributes cannot have a length of more than 2048';
    for (const [attribute, message] of [
      [{ Name: 's' }, 'Invalid AttributeDataType input, consider using the provided AttributeDataType enum.'],
      [
        { Name: 's', AttributeDataType: 'String', Required: true },
        'Required custom attributes are not supported currently.',
      ],
      [{ Name: 'email', AttributeDataType: 'Number' }, `${standard} email`],
      [{ Name: 'updated_at', AttributeDataType: 'String' }, `${standard} updated_at`],
      [{ Name: 'email', DeveloperOnlyAttribute: true }, `${standard} email`],
      [text({ MinLength: 'x' }), 'Invalid StringAttributeConstraints for schema attribute custom:s'],
      [text({ MaxLength: 'x' }, 'email'), 'Invalid StringAttributeConstraints for schema attribute email'],
      [text({ MinLength: '-1' }), 'Invalid StringAttributeConstraints for schema attribute custom:s'],
      [text({ MinLength: '2049' }), `user.custom:s: ${tooLong}`],
      [text({ MaxLength: '2049' }, 'email'), `user.email: ${tooLong}`],
      [
        text({ MinLength: '2', MaxLength: '1' }),
        "Attribute custom:s cannot have a max length shorter than it's min length",
      ],
      [number({ MinValue: 'x' }), 'Invalid NumberAttributeConstraints for schema attribute custom:n'],
      [number({ MaxValue: 'x' }), 'Invalid NumberAttributeConstraints for schema attribute custom:n'],
      [
        number({ MinValue: '2', MaxValue: '1' }),
        "Attribute custom:n cannot have a max value smaller than it's min value",
      ],
    ] as [SchemaAttributeType, string][]) {
      const call = sdk.createUserPool({ PoolName: 'p', Schema: [attribute] });
      expect(await outcomeOf(call), JSON.stringify(attribute)).to.equal(
        `InvalidParameterException: ${message}`,
      );
    }
    for (const Name of ['a'.repeat(21), 'a b', 'phone_number_verified']) {
      const call = sdk.createUserPool({ PoolName: 'p', Schema: [{ Name, AttributeDataType: 'String' }] });
      expect(await outcomeOf(call), Name).to.match(
        /at 'schema\.1\.member\.name' failed to satisfy constraint/,
      );
    }
  });

  it('is refused by startLocalUserPool too', async () => {
    const start = startLocal({ pool: { Schema: [{ Name: 's' }] } });
    expect(await outcomeOf(start)).to.match(/^InvalidParameterException: Invalid AttributeDataType input/);
  });

  it('keeps developer-only attributes out of reach of app clients, except to read (case 22)', async () => {
    const local = await createPool({
      Schema: [{ Name: 'rank', AttributeDataType: 'String', DeveloperOnlyAttribute: true }],
    });
    const { sdk, UserPoolId, ClientId } = local;
    const UserAttributes = [{ Name: 'dev:custom:rank', Value: '1' }];
    const { UserPool } = await sdk.describeUserPool({ UserPoolId });
    expect(UserPool?.SchemaAttributes?.at(-1)).to.include({
      Name: 'dev:custom:rank',
      DeveloperOnlyAttribute: true,
    });
    const refusal = 'NotAuthorizedException: A client attempted to write unauthorized attribute';
    expect(
      await outcomeOf(sdk.signUp({ ClientId, Username: 'u', Password: PASSWORD, UserAttributes })),
    ).to.equal(refusal);
    await sdk.adminCreateUser({ UserPoolId, Username: 'u', UserAttributes, TemporaryPassword: PASSWORD });
    await sdk.adminSetUserPassword({ UserPoolId, Username: 'u', Password: PASSWORD, Permanent: true });
    const { AuthenticationResult } = await signIn(local, 'u');
    const AccessToken = AuthenticationResult?.AccessToken;
    expect(await outcomeOf(sdk.updateUserAttributes({ AccessToken, UserAttributes }))).to.equal(refusal);
    const UserAttributeNames = ['dev:custom:rank'];
    expect(await outcomeOf(sdk.deleteUserAttributes({ AccessToken, UserAttributeNames }))).to.equal(refusal);
    const { UserAttributes: told } = await sdk.getUser({ AccessToken });
    expect(told).to.deep.include(UserAttributes[0]);
    const changed = [{ Name: 'dev:custom:rank', Value: '2' }];
    await sdk.adminUpdateUserAttributes({ UserPoolId, Username: 'u', UserAttributes: changed });
    expect((await sdk.getUser({ AccessToken })).UserAttributes).to.deep.include(changed[0]);
  });
});
