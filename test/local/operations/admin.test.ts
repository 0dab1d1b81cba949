import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import type { PreSignUpEvent } from '../../../src/local/model/triggers.ts';
import {
  ANA,
  closeAll,
  codeFor,
  outcomeOf,
  PASSWORD,
  SDK_IN_EVENTS,
  signIn,
  startLocal,
} from '../../support/local-sdk.ts';

const users = [{ username: ANA, password: PASSWORD }];

describe('An administrator of the local user pool', () => {
  afterEach(closeAll);

  it('invites a user with a generated or given temporary password', async () => {
    const local = await startLocal();
    const { sdk, UserPoolId, pool } = local;
    const { User } = await sdk.adminCreateUser({
      UserPoolId,
      Username: ANA,
      UserAttributes: [{ Name: 'email_verified', Value: 'true' }],
      DesiredDeliveryMediums: ['EMAIL'],
    });
    expect(User).to.include({ UserStatus: 'FORCE_CHANGE_PASSWORD', Enabled: true });
    expect(User?.UserCreateDate).to.be.instanceOf(Date);
    expect(User?.Attributes).to.deep.include({ Name: 'email_verified', Value: 'true' });
    expect(pool.inbox.latest()).to.include({ to: ANA, kind: 'temporary_password' });
    expect((await signIn(local, ANA, codeFor(local))).ChallengeName).to.equal('NEW_PASSWORD_REQUIRED');

    await sdk.adminCreateUser({
      UserPoolId,
      Username: 'bo@example.com',
      TemporaryPassword: PASSWORD,
      MessageAction: 'SUPPRESS',
    });
    expect(pool.inbox.list({ to: 'bo@example.com' })).to.deep.equal([]);
    expect((await signIn(local, 'bo@example.com')).ChallengeName).to.equal('NEW_PASSWORD_REQUIRED');
    expect(await outcomeOf(sdk.adminCreateUser({ UserPoolId, Username: ANA }))).to.equal(
      'UsernameExistsException: User account already exists',
    );
  });

  it('creates an account with the given attributes only, and equal dates (cases 19 and 20)', async () => {
    const { sdk, UserPoolId, ClientId } = await startLocal({ pool: { UsernameAttributes: [] } });
    for (let count = 0; count < 20; count++) {
      const Username = `u${count}`;
      const { User } = await sdk.adminCreateUser({
        UserPoolId,
        Username,
        UserAttributes: [{ Name: 'email', Value: ANA }],
      });
      expect(User?.Attributes?.map(({ Name }) => Name)).to.deep.equal(['sub', 'email']);
      expect(User?.UserLastModifiedDate).to.deep.equal(User?.UserCreateDate);
      const got = await sdk.adminGetUser({ UserPoolId, Username });
      expect(got.UserAttributes).to.deep.equal(User?.Attributes);
      expect(got.UserLastModifiedDate).to.deep.equal(got.UserCreateDate);
    }
    await sdk.signUp({ ClientId, Username: 'own', Password: PASSWORD });
    const own = await sdk.adminGetUser({ UserPoolId, Username: 'own' });
    expect(own.UserLastModifiedDate).to.deep.equal(own.UserCreateDate);
  });

  it('runs preSignUp for a new user, which can refuse but not confirm (case 3)', async () => {
    const heard: PreSignUpEvent[] = [];
    const { sdk, UserPoolId, pool } = await startLocal({
      triggers: {
        preSignUp: (event) => {
          heard.push(structuredClone(event));
          if (event.request.validationData?.invited === 'no') throw new Error('not invited');
          event.response.autoConfirmUser = true;
          event.response.autoVerifyEmail = true;
          return event;
        },
      },
    });
    const create = (Username: string, more: object = {}) =>
      sdk.adminCreateUser({ UserPoolId, Username, TemporaryPassword: PASSWORD, ...more });
    const { User } = await create(ANA, {
      UserAttributes: [{ Name: 'name', Value: 'Ana' }],
      ValidationData: [{ Name: 'invited', Value: 'yes' }],
      ClientMetadata: { from: 'script' },
    });
    expect(User).to.include({ UserStatus: 'FORCE_CHANGE_PASSWORD' });
    expect(User?.Attributes?.map(({ Name }) => Name)).to.deep.equal(['sub', 'name', 'email']);
    expect(heard).to.have.length(1);
    expect(heard[0]).to.deep.include({
      triggerSource: 'PreSignUp_AdminCreateUser',
      userName: User?.Username,
      callerContext: { awsSdkVersion: SDK_IN_EVENTS, clientId: 'CLIENT_ID_NOT_APPLICABLE' },
      request: {
        userAttributes: { name: 'Ana', email: ANA },
        validationData: { invited: 'yes' },
        clientMetadata: { from: 'script' },
      },
    });

    const refused = create('bo@example.com', { ValidationData: [{ Name: 'invited', Value: 'no' }] });
    expect(await outcomeOf(refused)).to.equal(
      'UserLambdaValidationException: PreSignUp failed with error not invited.',
    );
    expect(await outcomeOf(sdk.adminGetUser({ UserPoolId, Username: 'bo@example.com' }))).to.match(
      /^UserNotFoundException/,
    );
    expect(pool.inbox.list({ to: 'bo@example.com' })).to.deep.equal([]);

    heard.length = 0;
    await create(ANA, { MessageAction: 'RESEND' });
    expect(await outcomeOf(create(ANA))).to.match(/^UsernameExistsException/);
    expect(heard, 'no new user').to.deep.equal([]);
  });

  it('cannot create one name twice while preSignUp runs', async () => {
    const { sdk, UserPoolId } = await startLocal({
      triggers: { preSignUp: async (event) => setTimeout(20, event) },
    });
    const outcomes = await Promise.all(
      [1, 2].map(() => outcomeOf(sdk.adminCreateUser({ UserPoolId, Username: ANA }))),
    );
    expect(outcomes.sort()).to.deep.equal(['UsernameExistsException: User account already exists', 'ok']);
  });

  it('resends an unused invitation', async () => {
    const local = await startLocal({ users });
    const { sdk, UserPoolId, pool } = local;
    const resend = (Username: string) =>
      sdk.adminCreateUser({ UserPoolId, Username, MessageAction: 'RESEND' });
    expect(await outcomeOf(resend(ANA))).to.match(/^UnsupportedUserStateException/);
    expect(await outcomeOf(resend('bo@example.com'))).to.match(/^UserNotFoundException/);
    await sdk.adminCreateUser({ UserPoolId, Username: 'bo@example.com' });
    await resend('bo@example.com');
    expect(pool.inbox.list({ to: 'bo@example.com', kind: 'temporary_password' })).to.have.length(2);
  });

  it('confirms a sign-up, once', async () => {
    const local = await startLocal();
    const { sdk, UserPoolId, ClientId } = local;
    await sdk.signUp({ ClientId, Username: ANA, Password: PASSWORD });
    await sdk.adminConfirmSignUp({ UserPoolId, Username: ANA });
    expect(await outcomeOf(signIn(local))).to.equal('ok');
    const { UserAttributes } = await sdk.adminGetUser({ UserPoolId, Username: ANA });
    expect(UserAttributes).to.deep.include({ Name: 'email_verified', Value: 'false' });
    expect(await outcomeOf(sdk.adminConfirmSignUp({ UserPoolId, Username: ANA }))).to.equal(
      'NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED',
    );
  });

  it('sets a permanent or temporary password', async () => {
    const local = await startLocal({ users });
    const { sdk, UserPoolId } = local;
    const set = (Password: string, Permanent: boolean) =>
      sdk.adminSetUserPassword({ UserPoolId, Username: ANA, Password, Permanent });
    expect(await outcomeOf(set('weak', true))).to.match(/^InvalidPasswordException/);
    await set('An0ther-one', false);
    expect((await signIn(local, ANA, 'An0ther-one')).ChallengeName).to.equal('NEW_PASSWORD_REQUIRED');
    await set('F1nal-one', true);
    expect((await signIn(local, ANA, 'F1nal-one')).AuthenticationResult?.TokenType).to.equal('Bearer');
  });

  it('resets a password, after which the user needs the code to sign in', async () => {
    const local = await startLocal({ users });
    const { sdk, UserPoolId, pool, ClientId } = local;
    await sdk.adminResetUserPassword({ UserPoolId, Username: ANA });
    expect(pool.inbox.latest()).to.include({ to: ANA, kind: 'forgot_password' });
    expect((await sdk.adminGetUser({ UserPoolId, Username: ANA })).UserStatus).to.equal('RESET_REQUIRED');
    await sdk.confirmForgotPassword({
      ClientId,
      Username: ANA,
      ConfirmationCode: codeFor(local),
      Password: 'N3w-password',
    });
    expect(await outcomeOf(signIn(local, ANA, 'N3w-password'))).to.equal('ok');
    pool.addUser({ username: 'bo@example.com', password: PASSWORD, status: 'FORCE_CHANGE_PASSWORD' });
    expect(await outcomeOf(sdk.adminResetUserPassword({ UserPoolId, Username: 'bo@example.com' }))).to.match(
      /cannot be reset in the current state/,
    );
  });

  it('sets every attribute, verification flags included', async () => {
    const { sdk, UserPoolId } = await startLocal({ users });
    await sdk.adminUpdateUserAttributes({
      UserPoolId,
      Username: ANA,
      UserAttributes: [
        { Name: 'phone_number', Value: '+15551234567' },
        { Name: 'phone_number_verified', Value: 'true' },
      ],
    });
    const { UserAttributes, Enabled } = await sdk.adminGetUser({ UserPoolId, Username: ANA });
    expect(UserAttributes).to.deep.include({ Name: 'phone_number_verified', Value: 'true' });
    expect(Enabled).to.equal(true);
  });

  it('always gets UserNotFoundException for an unknown user', async () => {
    const { sdk, UserPoolId } = await startLocal();
    const nobody = { UserPoolId, Username: 'nobody@example.com' };
    for (const call of [
      sdk.adminGetUser(nobody),
      sdk.adminDeleteUser(nobody),
      sdk.adminDisableUser(nobody),
      sdk.adminEnableUser(nobody),
      sdk.adminConfirmSignUp(nobody),
      sdk.adminResetUserPassword(nobody),
      sdk.adminUserGlobalSignOut(nobody),
      sdk.adminListGroupsForUser(nobody),
      sdk.adminUpdateUserAttributes({ ...nobody, UserAttributes: [] }),
      sdk.adminSetUserPassword({ ...nobody, Password: PASSWORD }),
    ]) {
      expect(await outcomeOf(call)).to.equal('UserNotFoundException: User does not exist.');
    }
  });

  it('lists users by page, by filter and with selected attributes', async () => {
    const { sdk, UserPoolId, pool } = await startLocal({ pool: { UsernameAttributes: [] } });
    for (const username of ['ana', 'anna', 'bo']) {
      pool.addUser({ username, attributes: { email: `${username}@example.com` } });
    }
    await sdk.adminDisableUser({ UserPoolId, Username: 'bo' });
    const list = async (input: object) => {
      const { Users = [], PaginationToken } = await sdk.listUsers({ UserPoolId, ...input });
      return { names: Users.map((user) => user.Username), PaginationToken };
    };
    const first = await list({ Limit: 2 });
    expect(first.names).to.deep.equal(['ana', 'anna']);
    expect(await list({ Limit: 2, PaginationToken: first.PaginationToken })).to.deep.equal({
      names: ['bo'],
      PaginationToken: undefined,
    });
    for (const [filter, names] of [
      ['username = "bo"', ['bo']],
      ['"email" ^= "an"', ['ana', 'anna']],
      ['status = "Disabled"', ['bo']],
      ['cognito:user_status = "CONFIRMED"', ['ana', 'anna', 'bo']],
      ['name = "x"', []],
    ] as const) {
      expect((await list({ Filter: filter })).names).to.deep.equal(names);
    }
    expect(await outcomeOf(list({ Filter: 'email > 5' }))).to.match(/^InvalidParameterException/);
    expect(await outcomeOf(list({ PaginationToken: 'x' }))).to.match(/^InvalidParameterException/);
    const { Users } = await sdk.listUsers({ UserPoolId, AttributesToGet: ['email'], Limit: 1 });
    expect(Users?.[0]?.Attributes).to.deep.equal([{ Name: 'email', Value: 'ana@example.com' }]);
  });
});

describe('The filter of ListUsers (case 18)', () => {
  afterEach(closeAll);

  const schema = [{ Name: 'team', AttributeDataType: 'String' }] as const;
  const seeded = [
    {
      username: 'Ana',
      attributes: { email: 'Ana@example.com', name: 'Ana', nickname: 'An', 'custom:team': 'red' },
    },
    { username: 'bo', attributes: { email: 'bo@example.com' } },
  ];

  async function lister(CaseSensitive: boolean) {
    const { sdk, UserPoolId } = await startLocal({
      pool: { UsernameAttributes: [], UsernameConfiguration: { CaseSensitive }, Schema: schema },
      users: seeded,
    });
    return async (input: object): Promise<string> => {
      try {
        const { Users = [] } = await sdk.listUsers({ UserPoolId, ...input });
        return Users.map(({ Username }) => Username).join();
      } catch (error) {
        return `${(error as Error).name}: ${(error as Error).message}`;
      }
    };
  }

  it('takes the attributes that AWS documents, and refuses all others', async () => {
    const list = await lister(false);
    // From another emulator's tests; no capture of the text.
    for (const name of ['custom:team', 'custom:foo', 'nickname', 'email_verified', 'toString']) {
      expect(await list({ Filter: `${name} = "red"` })).to.equal(
        `InvalidParameterException: Invalid search attribute: ${name}`,
      );
    }
    for (const name of ['username', 'email', 'phone_number', 'name', 'given_name', 'family_name']) {
      expect(await list({ Filter: `${name} = "nobody"` }), name).to.equal('');
    }
    for (const name of ['preferred_username', 'cognito:user_status', 'status', 'sub']) {
      expect(await list({ Filter: `${name} ^= "nobody"` }), name).to.equal('');
    }
  });

  it('ignores the case of the user status, and of no other value', async () => {
    const list = await lister(true);
    expect(await list({ Filter: 'cognito:user_status = "confirmed"' })).to.equal('Ana,bo');
    expect(await list({ Filter: 'cognito:user_status ^= "conf"' })).to.equal('Ana,bo');
    for (const filter of ['status = "enabled"', 'username = "ana"', 'email ^= "ana"', 'name = "ana"']) {
      expect(await list({ Filter: filter }), filter).to.equal('');
    }
    expect(await list({ Filter: 'username = "Ana"' })).to.equal('Ana');
  });

  it('ignores the case of names in a case-insensitive pool', async () => {
    const list = await lister(false);
    for (const filter of ['username = "aNA"', 'username ^= "AN"', 'email = "ana@EXAMPLE.com"']) {
      expect(await list({ Filter: filter }), filter).to.equal('Ana');
    }
    expect(await list({ Filter: 'name = "ana"' })).to.equal('');
  });

  it('is refused with AttributesToGet that one of the users lacks', async () => {
    const list = await lister(false);
    expect(await list({ AttributesToGet: ['sub', 'email'] })).to.equal('Ana,bo');
    for (const name of ['name', 'custom:team', 'custom:foo']) {
      expect(await list({ AttributesToGet: ['email', name] }), name).to.equal(
        'InvalidParameterException: One or more requested attributes do not exist.',
      );
    }
    const Filter = 'username = "Ana"';
    expect(await list({ AttributesToGet: ['name', 'custom:team'], Filter })).to.equal('Ana');
  });
});

describe('Groups of the local user pool', () => {
  afterEach(closeAll);

  it('can be created, read, listed, joined and left', async () => {
    const { sdk, UserPoolId } = await startLocal({ users });
    const { Group } = await sdk.createGroup({
      UserPoolId,
      GroupName: 'admin',
      Description: 'all rights',
      Precedence: 1,
    });
    expect(Group).to.include({ GroupName: 'admin', UserPoolId, Description: 'all rights', Precedence: 1 });
    expect(Group?.CreationDate).to.be.instanceOf(Date);
    await sdk.createGroup({ UserPoolId, GroupName: 'staff' });
    expect((await sdk.getGroup({ UserPoolId, GroupName: 'admin' })).Group).to.deep.equal(Group);
    const page = await sdk.listGroups({ UserPoolId, Limit: 1 });
    expect(page.Groups?.map((group) => group.GroupName)).to.deep.equal(['admin']);
    const next = await sdk.listGroups({ UserPoolId, Limit: 1, NextToken: page.NextToken });
    expect(next.Groups?.map((group) => group.GroupName)).to.deep.equal(['staff']);
    expect(next.NextToken).to.equal(undefined);

    const membership = { UserPoolId, Username: ANA, GroupName: 'staff' };
    const groupsOfAna = async () =>
      (await sdk.adminListGroupsForUser({ UserPoolId, Username: ANA })).Groups?.map(
        (group) => group.GroupName,
      );
    await sdk.adminAddUserToGroup(membership);
    expect(await groupsOfAna()).to.deep.equal(['staff']);
    await sdk.adminRemoveUserFromGroup(membership);
    expect(await groupsOfAna()).to.deep.equal([]);
  });

  it('are refused if they exist already, and not found if they do not exist', async () => {
    const { sdk, UserPoolId } = await startLocal({ users });
    await sdk.createGroup({ UserPoolId, GroupName: 'admin' });
    expect(await outcomeOf(sdk.createGroup({ UserPoolId, GroupName: 'admin' }))).to.equal(
      'GroupExistsException: A group with the name already exists.',
    );
    expect(await outcomeOf(sdk.getGroup({ UserPoolId, GroupName: 'none' }))).to.equal(
      'ResourceNotFoundException: Group not found.',
    );
    expect(
      await outcomeOf(sdk.adminAddUserToGroup({ UserPoolId, GroupName: 'none', Username: ANA })),
    ).to.match(/^ResourceNotFoundException/);
  });
});

describe('Pools and app clients over the wire', () => {
  afterEach(closeAll);

  it('can be created, and allow sign-up and sign-in', async () => {
    const local = await startLocal();
    const { sdk } = local;
    const { UserPool } = await sdk.createUserPool({
      PoolName: 'shop',
      UsernameAttributes: ['email'],
      AutoVerifiedAttributes: ['email'],
      UsernameConfiguration: { CaseSensitive: false },
      Policies: { PasswordPolicy: { MinimumLength: 12 } },
      Schema: [{ Name: 'team', AttributeDataType: 'String', Mutable: true }],
      UserPoolTags: { stage: 'test' },
    });
    const UserPoolId = UserPool?.Id ?? '';
    expect(UserPoolId).to.match(/^us-east-1_[0-9a-zA-Z]{9}$/);
    const { UserPoolClient } = await sdk.createUserPoolClient({
      UserPoolId,
      ClientName: 'web',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    });
    const ClientId = UserPoolClient?.ClientId ?? '';
    const shop = { ...local, UserPoolId, ClientId };
    await sdk.signUp({ ClientId, Username: ANA, Password: 'twelve chars' });
    await sdk.confirmSignUp({ ClientId, Username: ANA, ConfirmationCode: codeFor(local) });
    const { AuthenticationResult } = await signIn(shop, ANA, 'twelve chars');
    expect((await sdk.getUser({ AccessToken: AuthenticationResult?.AccessToken })).Username).to.be.a(
      'string',
    );
    expect(await outcomeOf(signIn(local, ANA, 'twelve chars'))).to.match(/^NotAuthorizedException/);
    const keys = await fetch(`${local.pool.url}/${UserPoolId}/.well-known/jwks.json`);
    expect(keys.status).to.equal(200);

    const described = (await sdk.describeUserPool({ UserPoolId })).UserPool;
    expect(described).to.deep.include({
      Name: 'shop',
      UsernameAttributes: ['email'],
      MfaConfiguration: 'OFF',
      EstimatedNumberOfUsers: 1,
    });
    expect(described?.Policies?.PasswordPolicy).to.include({ MinimumLength: 12, RequireNumbers: false });
    expect(described?.SchemaAttributes?.map(({ Name }) => Name)).to.include.members([
      'sub',
      'email',
      'custom:team',
    ]);
    expect(described?.UserPoolTags).to.deep.equal({ stage: 'test' });
    const pools = (await sdk.listUserPools({ MaxResults: 10 })).UserPools?.map((pool) => pool.Name);
    expect(pools).to.deep.equal(['local', 'shop']);
  });

  it("are described with the API's defaults and the client's secret", async () => {
    const { sdk, UserPoolId } = await startLocal();
    const { UserPoolClient } = await sdk.createUserPoolClient({
      UserPoolId,
      ClientName: 'web',
      GenerateSecret: true,
    });
    expect(UserPoolClient).to.deep.include({
      ClientName: 'web',
      EnableTokenRevocation: true,
      RefreshTokenValidity: 30,
      AuthSessionValidity: 3,
    });
    expect(UserPoolClient?.ClientSecret).to.match(/^[0-9a-z]{51}$/);
    const ClientId = UserPoolClient?.ClientId ?? '';
    const described = await sdk.describeUserPoolClient({ UserPoolId, ClientId });
    expect(described.UserPoolClient).to.deep.equal(UserPoolClient);
    const listed = await sdk.listUserPoolClients({ UserPoolId });
    expect(listed.UserPoolClients?.map((client) => client.ClientName)).to.deep.equal(['local', 'web']);
  });

  it("lose the settings that an update omits, except the client's name and secret", async () => {
    const { sdk, UserPoolId, ClientId } = await startLocal({ appClient: { GenerateSecret: true } });
    const before = (await sdk.describeUserPoolClient({ UserPoolId, ClientId })).UserPoolClient;
    const { UserPoolClient } = await sdk.updateUserPoolClient({
      UserPoolId,
      ClientId,
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    });
    expect(before?.PreventUserExistenceErrors).to.equal('ENABLED');
    expect(UserPoolClient).to.not.have.property('PreventUserExistenceErrors');
    expect(UserPoolClient).to.include({
      ClientName: 'local',
      ClientSecret: before?.ClientSecret,
    });
  });

  it('can enable and disable MFA', async () => {
    const local = await startLocal({ users });
    const { sdk, UserPoolId } = local;
    const SoftwareTokenMfaConfiguration = { Enabled: true };
    await sdk.setUserPoolMfaConfig({ UserPoolId, MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration });
    expect((await signIn(local)).ChallengeName).to.equal('MFA_SETUP');
    expect(await sdk.getUserPoolMfaConfig({ UserPoolId })).to.deep.include({
      MfaConfiguration: 'ON',
      SoftwareTokenMfaConfiguration,
    });
    await sdk.setUserPoolMfaConfig({ UserPoolId, MfaConfiguration: 'OFF' });
    expect((await signIn(local)).ChallengeName).to.equal(undefined);
  });

  it('refuse contradictory settings', async () => {
    const { sdk, UserPoolId } = await startLocal();
    const pool = sdk.createUserPool({
      PoolName: 'x',
      UsernameAttributes: ['email'],
      AliasAttributes: ['email'],
    });
    expect(await outcomeOf(pool)).to.match(/^InvalidParameterException: Only one of the aliasAttributes/);
    const Schema = Array.from({ length: 51 }, (_, index) => ({ Name: `a${index}` }));
    expect(await outcomeOf(sdk.createUserPool({ PoolName: 'x', Schema }))).to.match(
      /'schema' failed to satisfy constraint: Member must have length less than or equal to 50/,
    );
    for (const settings of [
      { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'USER_PASSWORD_AUTH'] },
      { ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'], RefreshTokenRotation: { Feature: 'ENABLED' } },
      { AccessTokenValidity: 4, TokenValidityUnits: { AccessToken: 'minutes' } },
      { IdTokenValidity: 25 },
      { RefreshTokenValidity: 30, TokenValidityUnits: { RefreshToken: 'minutes' } },
      { AccessTokenValidity: 2, RefreshTokenValidity: 1, TokenValidityUnits: { RefreshToken: 'hours' } },
      { AuthSessionValidity: 2 },
    ]) {
      const client = sdk.createUserPoolClient({ UserPoolId, ClientName: 'x', ...(settings as object) });
      expect(await outcomeOf(client), JSON.stringify(settings)).to.match(/^InvalidParameterException/);
    }
  });
});
