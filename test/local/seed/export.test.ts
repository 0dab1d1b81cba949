import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { LocalSeed } from '../../../src/local/index.ts';
import { seedOfState } from '../../../src/local/seed/export-state.ts';
import { yamlOf } from '../../../src/local/seed/yaml.ts';
import { describeAll } from '../../support/described-pool.ts';
import { ANA, closeAll, type Local, PASSWORD, startLocal } from '../../support/local-sdk.ts';
import { openLogin, startLogin } from '../../support/managed-login.ts';

const SECRETS = ['a-secret-of-google', 'a-fixed-secret', PASSWORD, 'JBSWY3DPEHPK3PXP'];
const SHOP = 'eu-west-1_Shop';

/** Pools with parts of every kind, and users in every state. */
async function startRich(options: { state?: string } = {}): Promise<Local> {
  const local = await startLocal({
    ...options,
    triggers: { preSignUp: (event) => event },
    seed: {
      pools: [
        {
          userPoolId: SHOP,
          pool: {
            PoolName: 'Shop',
            Policies: { PasswordPolicy: { MinimumLength: 9 } },
            SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::123456789012:role/sms', ExternalId: 'shop' },
            EmailMfaConfiguration: { Message: 'Your code is {####}', Subject: 'Code' },
            UserPoolTags: { team: 'shop' },
            UserPoolTier: 'PLUS',
            UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' },
            Schema: [{ Name: 'plan', AttributeDataType: 'String' }],
            LambdaConfig: { PostConfirmation: 'arn:aws:lambda:eu-west-1:123456789012:function:after' },
          },
          appClients: [
            {
              clientId: 'web',
              clientSecret: 'a-fixed-secret',
              settings: { CallbackURLs: ['http://localhost/cb'] },
            },
            {
              clientId: 'rotating',
              settings: { GenerateSecret: true, PublishSecretsInAWSSecretsManager: true },
            },
            {
              clientId: 'api',
              settings: {
                AllowedOAuthScopes: ['shop/read'],
                AllowedOAuthFlows: ['client_credentials'],
                AllowedOAuthFlowsUserPoolClient: true,
                GenerateSecret: true,
              },
            },
          ],
          identityProviders: [
            {
              ProviderName: 'Google',
              ProviderType: 'Google',
              ProviderDetails: {
                client_id: 'g',
                client_secret: 'a-secret-of-google',
                authorize_scopes: 'openid',
              },
              AttributeMapping: { email: 'email' },
              IdpIdentifiers: ['google.example'],
            },
          ],
          resourceServers: [
            { Identifier: 'shop', Name: 'Shop', Scopes: [{ ScopeName: 'read', ScopeDescription: 'Read' }] },
          ],
          clientSessions: [{ ClientId: 'web', SSOSession: { MaxValidityMinutes: 7 } }],
          riskConfigurations: [
            { RiskExceptionConfiguration: { BlockedIPRangeList: ['192.0.2.0/24'] } },
            { ClientId: 'web', RiskExceptionConfiguration: { SkippedIPRangeList: ['192.0.2.0/24'] } },
          ],
          uiCustomizations: [
            { ClientId: 'ALL', CSS: '.label-customizable { color: red; }' },
            { ClientId: 'web', ImageFile: 'iVBORw0KGgoA' },
          ],
          terms: [
            {
              ClientId: 'web',
              TermsName: 'terms-of-use',
              TermsSource: 'LINK',
              Enforcement: 'NONE',
              Links: { 'cognito:default': 'https://example.com/terms' },
            },
          ],
          groups: [{ GroupName: 'staff', Description: 'Employees', Precedence: 2 }],
          domains: [{ Domain: 'shop-of-tests', ManagedLoginVersion: 2 }],
          users: [
            {
              username: ANA,
              password: PASSWORD,
              groups: ['staff', 'admin'],
              attributes: { 'custom:plan': '0123', phone_number: '+491701234567' },
              mfa: ['SMS_MFA', 'EMAIL_OTP'],
            },
            {
              username: 'bob@example.com',
              password: PASSWORD,
              status: 'FORCE_CHANGE_PASSWORD',
              totpSecret: 'JBSWY3DPEHPK3PXP',
            },
            { username: 'cleo@example.com', status: 'UNCONFIRMED', enabled: false, mfa: ['EMAIL_OTP'] },
          ],
        },
        {
          userPoolId: 'us-east-1_Plain',
          defaults: 'cognito',
          pool: { PoolName: 'plain', AliasAttributes: ['email'] },
          appClients: [],
          users: [
            {
              username: 'true',
              status: 'RESET_REQUIRED',
              attributes: { email: ANA, email_verified: 'false' },
            },
          ],
        },
      ],
    },
  });
  return local;
}

/** What an administrator can see of all pools and their users. */
async function viewOf({ sdk }: Local): Promise<object> {
  const pools = [];
  for (const UserPoolId of [SHOP, 'us-east-1_Plain']) {
    const { Users = [] } = await sdk.listUsers({ UserPoolId });
    const users = [];
    for (const { Username, UserCreateDate, UserLastModifiedDate, ...user } of Users) {
      const { UserMFASettingList } = await sdk.adminGetUser({ UserPoolId, Username });
      const { Groups = [] } = await sdk.adminListGroupsForUser({ UserPoolId, Username });
      users.push({ Username, ...user, UserMFASettingList, groups: Groups.map(({ GroupName }) => GroupName) });
    }
    pools.push({ ...(await describeAll(sdk, UserPoolId)), users });
  }
  return pools;
}

describe('The export of a local user pool', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seed-export-'));
  });
  after(() => rm(folder, { recursive: true }));
  afterEach(closeAll);

  for (const format of ['json', 'yaml']) {
    it(`is a seed of equal pools, as ${format}`, async () => {
      const rich = await startRich();
      const seed = await rich.pool.exportSeed();
      expect(JSON.stringify(seed)).to.include('function:after').and.not.include('function:preSignUp');
      // The seed has no authenticators.
      const bob = await rich.sdk.adminGetUser({ UserPoolId: SHOP, Username: 'bob@example.com' });
      await rich.sdk.adminSetUserMFAPreference({
        UserPoolId: SHOP,
        Username: bob.Username,
        SoftwareTokenMfaSettings: { Enabled: false },
      });
      const file = join(folder, `pool.${format}`);
      await writeFile(file, format === 'json' ? JSON.stringify(seed) : await yamlOf(seed));
      const again = await startLocal({ seed: file, triggers: { preSignUp: (event) => event } });
      expect(await viewOf(again)).to.deep.equal(await viewOf(rich));
      expect(await again.pool.exportSeed()).to.deep.equal(seed);
    });
  }

  it('has no password, no secret of a provider, and client secrets only if asked for', async () => {
    const { pool } = await startRich();
    const text = JSON.stringify(await pool.exportSeed());
    for (const secret of SECRETS) expect(text).to.not.include(secret);
    const { pools } = await pool.exportSeed({ withSecrets: true });
    expect(pools[0]?.appClients?.map(({ clientId, clientSecret }) => [clientId, clientSecret])).to.deep.equal(
      [
        ['web', 'a-fixed-secret'],
        ['rotating', undefined],
        ['api', pool.configOf('api').clientSecret],
      ],
    );
    const [first] = pools;
    expect(JSON.stringify({ ...first, appClients: [] })).to.include('"client_secret":"local"');
  });

  it('leaves out links to identity providers, and their users', async () => {
    const local = await startLogin({ identityProviders: ['Google'], users: [{ username: ANA }] });
    const { pool, sdk, UserPoolId } = local;
    const { browser, page } = await openLogin(local, { identity_provider: 'Google', prompt: 'login' });
    await browser.submit(page, { id: '2', 'attribute.email': 'grace@example.com' });
    await sdk.adminLinkProviderForUser({
      UserPoolId,
      DestinationUser: { ProviderName: 'Cognito', ProviderAttributeValue: ANA },
      SourceUser: {
        ProviderName: 'Google',
        ProviderAttributeName: 'Cognito_Subject',
        ProviderAttributeValue: '1',
      },
    });
    expect((await sdk.listUsers({ UserPoolId })).Users).to.have.length(2);
    const [seeded] = (await pool.exportSeed()).pools;
    expect(
      seeded?.users?.map(({ username, attributes }) => [username, Object.keys(attributes ?? {})]),
    ).to.deep.equal([[ANA, ['email', 'email_verified']]]);
  });

  it('has a verification flag for each address, because a seed verifies those without one', async () => {
    const { pool, sdk, UserPoolId } = await startLocal();
    await sdk.adminCreateUser({ UserPoolId, Username: ANA });
    const [seeded] = (await pool.exportSeed()).pools;
    expect(seeded?.users?.[0]?.attributes).to.deep.equal({ email: ANA, email_verified: 'false' });
  });

  it('leaves out what the pool has lost the feature for, so that it is a seed', async () => {
    const { pool, sdk } = await startRich();
    const { UserPool = {} } = await sdk.describeUserPool({ UserPoolId: SHOP });
    const { Policies, SmsConfiguration } = UserPool;
    await sdk.setUserPoolSessionConfiguration({
      UserPoolId: SHOP,
      UserSessionTracking: 'DISABLED',
      TokenSession: { MaxPerUser: 20 },
    });
    await sdk.setUserPoolMfaConfig({
      UserPoolId: SHOP,
      MfaConfiguration: 'OPTIONAL',
      SoftwareTokenMfaConfiguration: { Enabled: true },
    });
    await sdk.updateUserPool({ UserPoolId: SHOP, Policies, SmsConfiguration, UserPoolTier: 'LITE' });
    await sdk.deleteUserPoolDomain({ UserPoolId: SHOP, Domain: 'shop-of-tests' });
    const seed = await pool.exportSeed();
    expect(seed.pools[0]).to.not.have.any.keys(
      'clientSessions',
      'riskConfigurations',
      'uiCustomizations',
      'terms',
    );
    await startLocal({ seed });
  });

  it('refuses an unknown option', async () => {
    const { pool } = await startLocal();
    const options: object = { withSecret: true };
    const error = await pool.exportSeed(options).catch((error: Error) => error);
    expect(error).to.have.property('message').that.includes('did you mean "withSecrets"');
  });

  it('is an endpoint of control', async () => {
    const { pool } = await startRich();
    const plain = (await (await fetch(`${pool.url}/_kit/seed`)).json()) as LocalSeed;
    expect(plain).to.deep.equal(await pool.exportSeed());
    const whole = await (await fetch(`${pool.url}/_kit/seed?withSecrets=true`)).json();
    expect(whole).to.deep.equal(await pool.exportSeed({ withSecrets: true }));
    expect((await fetch(`${pool.url}/_kit/seed?withSecrets=yes`)).status).to.equal(400);
    const fromPage = await fetch(`${pool.url}/_kit/seed`, { headers: { origin: 'http://localhost:3000' } });
    expect(fromPage.status).to.equal(403);
  });

  it('reads a state file that a running pool uses', async () => {
    const state = join(folder, 'pool.state');
    const { pool } = await startRich({ state });
    const before = await readFile(state);
    expect(seedOfState(state, {})).to.deep.equal(await pool.exportSeed());
    expect(await readFile(state)).to.deep.equal(before);
  });

  it('leaves a damaged state file where it is', async () => {
    const state = join(folder, 'damaged.state');
    const { pool } = await startLocal({ state });
    await pool.close();
    await writeFile(state, `${await readFile(state, 'utf8')}x`);
    expect(() => seedOfState(state, {})).to.throw(/damaged\.state is damaged/);
    expect((await readdir(folder)).filter((name) => name.startsWith('damaged'))).to.deep.equal([
      'damaged.state',
    ]);
  });
});
