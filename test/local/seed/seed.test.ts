import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  copyUserPool,
  type LocalSeed,
  type LocalUserPoolOptions,
  startLocalUserPool,
} from '../../../src/local/index.ts';
import { ANA, claimsOf, closeAll, outcomeOf, PASSWORD, signIn, startLocal } from '../../support/local-sdk.ts';

describe('The seed of a local user pool', () => {
  afterEach(closeAll);

  it('creates pools, app clients, groups and users that sign in', async () => {
    const local = await startLocal({
      seed: {
        pools: [
          {
            appClients: [{ clientId: 'web', clientSecret: 'a-fixed-secret' }, {}],
            groups: [{ GroupName: 'staff', Precedence: 3 }],
            users: [{ username: ANA, password: PASSWORD, groups: ['staff', 'admin'] }],
          },
        ],
      },
    });
    expect(local.pool.configs()).to.deep.equal([
      {
        userPoolId: 'us-east-1_LocalPool',
        clientId: 'web',
        clientSecret: 'a-fixed-secret',
        endpoint: local.pool.url,
      },
      { userPoolId: 'us-east-1_LocalPool', clientId: 'localclient2', endpoint: local.pool.url },
    ]);
    const { AuthenticationResult } = await signIn({ ...local, ClientId: 'localclient2' });
    expect(claimsOf(AuthenticationResult?.AccessToken)['cognito:groups']).to.deep.equal(['staff', 'admin']);
  });

  it('makes each of several pools usable, also one of another region', async () => {
    const { pool, sdk } = await startLocal({
      issuer: 'https://issuer.example.com',
      seed: {
        pools: [
          { userPoolId: 'eu-west-1_Shop', users: [{ username: ANA, password: PASSWORD }] },
          {
            userPoolId: 'us-east-2_Staff',
            appClients: [{ clientId: 'desk' }],
            users: [{ username: 'bob@example.com' }],
          },
          {},
        ],
      },
    });
    expect(pool.config.userPoolId).to.equal('eu-west-1_Shop');
    expect(pool.configOf('desk')).to.deep.equal({
      userPoolId: 'us-east-2_Staff',
      clientId: 'desk',
      endpoint: pool.url,
    });
    expect(pool.configs().map(({ userPoolId, clientId }) => `${userPoolId} ${clientId}`)).to.deep.equal([
      'eu-west-1_Shop localclient',
      'us-east-2_Staff desk',
      'eu-west-1_LocalPool3 localclient3',
    ]);
    const { accessToken } = pool.tokensFor('bob@example.com', { clientId: 'desk' });
    expect(claimsOf(accessToken)).to.include({ client_id: 'desk', iss: `${pool.url}/us-east-2_Staff` });
    const { UserPool } = await sdk.describeUserPool({ UserPoolId: 'us-east-2_Staff' });
    expect(UserPool?.Arn).to.equal('arn:aws:cognito-idp:us-east-2:000000000000:userpool/us-east-2_Staff');
    // The user of the first pool.
    expect(await outcomeOf(signIn({ pool, sdk, UserPoolId: '', ClientId: 'desk' }))).to.match(
      /NotAuthorized/,
    );
  });

  it('applies the options about a pool, its app client and its users to the first pool', async () => {
    const { pool, sdk } = await startLocal({
      userPoolId: 'us-east-1_Mine',
      clientId: 'second',
      clientSecret: 'another-secret',
      pool: { PoolName: 'Renamed' },
      appClient: { CallbackURLs: ['http://localhost:3000/'] },
      identityProviders: ['Google'],
      users: [{ username: 'bob@example.com' }],
      seed: {
        pools: [
          { userPoolId: 'us-east-1_First', appClients: [{ clientId: 'first' }, { clientId: 'second' }] },
          {},
        ],
      },
    });
    expect(pool.config).to.include({
      userPoolId: 'us-east-1_Mine',
      clientId: 'second',
      clientSecret: 'another-secret',
    });
    expect(pool.configOf('first')).to.not.have.property('clientSecret');
    const { UserPoolClient } = await sdk.describeUserPoolClient({
      UserPoolId: 'us-east-1_Mine',
      ClientId: 'second',
    });
    expect(UserPoolClient).to.deep.include({
      CallbackURLs: ['http://localhost:3000/'],
      SupportedIdentityProviders: ['COGNITO', 'Google'],
    });
    const names = await Promise.all(
      ['us-east-1_Mine', 'us-east-1_LocalPool2'].map(async (UserPoolId) => {
        const { UserPool } = await sdk.describeUserPool({ UserPoolId });
        return [UserPool?.Name, UserPool?.EstimatedNumberOfUsers];
      }),
    );
    expect(names).to.deep.equal([
      ['Renamed', 1],
      ['local', 0],
    ]);
  });

  it('leaves settings at the defaults of Cognito if the pool says so', async () => {
    const { sdk, UserPoolId } = await startLocal({
      seed: { pools: [{ defaults: 'cognito', pool: { PoolName: 'plain' }, users: [{ username: 'ana' }] }] },
    });
    const { UserPool } = await sdk.describeUserPool({ UserPoolId });
    expect(UserPool).to.deep.include({ Name: 'plain', MfaConfiguration: 'OFF' });
    expect(UserPool).to.not.have.property('UsernameAttributes');
  });

  it('gives users the same sub at each start, and another one in another pool', async () => {
    const seed: LocalSeed = { pools: [{ users: [{ username: ANA }] }, { users: [{ username: ANA }] }] };
    const subs = async (): Promise<unknown[]> => {
      const { pools } = await (await startLocal({ seed })).pool.exportSeed();
      return pools.map(({ users }) => users?.[0]?.sub);
    };
    const [first, second] = await subs();
    expect(first)
      .to.match(/^[\da-f]{8}-[\da-f]{4}-70[\da-f]{2}-d[\da-f]{3}-[\da-f]{12}$/)
      .and.not.equal(second);
    expect(await subs()).to.deep.equal([first, second]);
  });

  it('gives users a fixed sub, and disables them', async () => {
    const sub = '11111111-2222-7033-d444-555555555555';
    const { pool, sdk, UserPoolId } = await startLocal({
      seed: { pools: [{ users: [{ username: ANA, password: PASSWORD, sub, enabled: false }] }] },
    });
    expect(claimsOf(pool.tokensFor(ANA).accessToken).sub).to.equal(sub);
    expect(await sdk.adminGetUser({ UserPoolId, Username: ANA })).to.include({ Enabled: false });
    expect(() => pool.addUser({ username: 'bob@example.com', sub })).to.throw('Another user has the sub');
  });

  const REFUSED: readonly [seed: unknown, message: string | RegExp][] = [
    [{}, 'seed.pools is missing'],
    [{ pools: [{ clients: [] }] }, 'seed.pools[0] has no option "clients"; did you mean "appClients"'],
    [
      { pools: [{ users: [{ email: ANA }] }] },
      'seed.pools[0].users[0] has no option "email"; did you mean "username"',
    ],
    [
      { pools: [{ appClients: [{ CallbackURLs: [] }] }] },
      'has no option "CallbackURLs"; write settings: { CallbackURLs }',
    ],
    [{ pools: [] }, 'seed.pools is empty; write a pool, such as {}'],
    [{ pools: [{ user: [] }] }, 'seed.pools[0] has no option "user"; did you mean "users"'],
    [{ pools: [{ userPoolId: 'shop' }] }, 'seed.pools[0].userPoolId is "shop"; write a text'],
    [
      { pools: [{ users: [{ username: ANA }, { username: ANA }] }] },
      'seed.pools[0].users[1] is refused with UsernameExistsException: User account already exists',
    ],
    [
      { pools: [{}, { users: [{ username: 'ana' }] }] },
      'seed.pools[1].users[0] is refused with InvalidParameterException: Username should be an email.',
    ],
    [
      { pools: [{ users: [{ username: ANA, attributes: { phone_number: 491701234567 } }] }] },
      'seed.pools[0].users[0].attributes.phone_number is 491701234567; write a text',
    ],
    [
      { pools: [{ groups: [{ GroupName: 'a' }, { GroupName: 'a' }] }] },
      'seed.pools[0].groups[1] is refused with GroupExistsException',
    ],
    [
      {
        pools: [
          {
            pool: {
              MfaConfiguration: 'ON',
              SoftwareTokenMfaConfiguration: { Enabled: true },
              AutoVerifiedAttributes: ['phone_number'],
              SmsConfiguration: { SnsCallerArn: 'x' },
            },
          },
        ],
      },
      /seed\.pools\[0\]\.pool\.SmsConfiguration\.SnsCallerArn is "x"/,
    ],
    [
      {
        pools: [
          {
            appClients: [
              { settings: { AccessTokenValidity: 2, TokenValidityUnits: { AccessToken: 'days' } } },
            ],
          },
        ],
      },
      'seed.pools[0].appClients[0] is refused with InvalidParameterException',
    ],
    [
      { pools: [{ appClients: [{ clientId: 'a' }] }, { appClients: [{ clientId: 'a' }] }] },
      'seed.pools[1].appClients[0].clientId is "a", which is taken; write another ID',
    ],
    [
      { pools: [{ userPoolId: 'us-east-1_A' }, { userPoolId: 'us-east-1_A' }] },
      'seed.pools[1].userPoolId is "us-east-1_A", which is taken; write another ID',
    ],
  ];
  for (const [seed, message] of REFUSED) {
    it(`is refused with the path of the fault: ${message}`, async () => {
      const error = await failureOf({ seed: seed as LocalSeed });
      expect(error).to.be.an.instanceOf(TypeError);
      expect(error.message).to.match(/See docs\/local-user-pool\.md#seeds$/);
      if (typeof message === 'string') expect(error.message).to.include(message);
      else expect(error.message).to.match(message);
    });
  }

  const SECRET = 'hunter2';
  const LEAKS: readonly unknown[] = [
    { pools: [{ users: [{ username: ANA, password: SECRET }] }] },
    { pools: [{ users: [`${ANA}:${SECRET}`] }] },
    { pools: [{ users: { username: ANA, password: SECRET } }] },
    { pools: [{ users: [{ username: ANA, password: [SECRET] }] }] },
    { pools: { users: [{ username: ANA, password: SECRET }] } },
    { pools: [[{ username: ANA, password: SECRET }]] },
    { pools: [{ appClients: { clientSecret: SECRET } }] },
    { pools: [{ appClients: [SECRET] }] },
    [{ users: [{ username: ANA, password: SECRET }] }],
  ];
  it('never quotes a password or a client secret in an error', async () => {
    for (const seed of LEAKS) {
      const { message } = await failureOf({ seed: seed as LocalSeed });
      expect(message).to.match(/^express-cognito-kit: seed/);
      expect(message).to.not.include(SECRET);
    }
  });

  it('excludes a copy of another pool, which can be one of its pools', async () => {
    const { sdk } = await startLocal({ userPoolId: 'us-east-1_Real', clientId: 'real' });
    const like = await copyUserPool('us-east-1_Real', { cognitoClient: sdk });
    const error = await failureOf({ like, seed: { pools: [{}] } });
    expect(error.message).to.include('like and seed exclude each other');
    const seeded = await startLocal({
      seed: { pools: [{ ...like, defaults: 'cognito', users: [{ username: ANA }] }] },
    });
    expect(seeded.pool.config).to.include({ userPoolId: 'us-east-1_Real', clientId: 'real' });
  });

  it('refuses a clientId that its first pool does not have', async () => {
    const seed: LocalSeed = { pools: [{ appClients: [{ clientId: 'web' }] }] };
    const { message } = await failureOf({ seed, clientId: 'app' });
    expect(message).to.include(
      'clientId is "app", an app client that seed.pools[0] does not have; write one of web',
    );
  });

  it('adds the pools that a state file lacks, and leaves the others, but for their triggers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'seed-'));
    const state = join(folder, 'pool.state');
    const users = [{ username: ANA, password: PASSWORD }];
    const first = await startLocal({
      state,
      triggers: { preSignUp: (event) => event },
      seed: { pools: [{}, { users }] },
    });
    await first.pool.close();
    const changed = {
      pools: [{ users }, { pool: { PoolName: 'changed' }, users: [...users, ...users] }, { users }],
    };
    const { pool, sdk } = await startLocal({
      state,
      triggers: { postConfirmation: (event) => event },
      seed: changed,
    });
    const seen = await Promise.all(
      ['us-east-1_LocalPool', 'us-east-1_LocalPool2', 'us-east-1_LocalPool3'].map(async (UserPoolId) => {
        const { UserPool } = await sdk.describeUserPool({ UserPoolId });
        return [UserPool?.Name, UserPool?.EstimatedNumberOfUsers, Object.keys(UserPool?.LambdaConfig ?? {})];
      }),
    );
    expect(seen).to.deep.equal([
      ['local', 0, ['PostConfirmation']],
      ['local', 1, ['PostConfirmation']],
      ['local', 1, ['PostConfirmation']],
    ]);
    expect(pool.configs().map(({ clientId }) => clientId)).to.deep.equal([
      'localclient',
      'localclient2',
      'localclient3',
    ]);
    await closeAll();
    await rm(folder, { recursive: true });
  });

  it('that is refused leaves no state file and no lock', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'seed-'));
    await failureOf({
      seed: { pools: [{ users: [{ username: 'ana' }] }] },
      state: join(folder, 'pool.state'),
    });
    expect(await readdir(folder)).to.deep.equal([]);
    await rm(folder, { recursive: true });
  });
});

async function failureOf(options: LocalUserPoolOptions): Promise<Error> {
  try {
    const pool = await startLocalUserPool({ quiet: true, ...options });
    await pool.close();
  } catch (error) {
    return error as Error;
  }
  throw new Error('the pool starts');
}
