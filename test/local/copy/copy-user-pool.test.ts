import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { copyUserPool, type PoolCopy } from '../../../src/local/index.ts';
import { describeAll } from '../../support/described-pool.ts';
import { ROOT } from '../../support/documentation.ts';
import { ANA, closeAll, type Local, outcomeOf, sdkFor, startLocal } from '../../support/local-sdk.ts';

const ROLE = 'arn:aws:iam::123456789012:role/cognito';
const LONG_PASSWORD = 'Long-passw0rd!';
const PROVIDER_SECRET = 'a-secret-of-google';

/** Settings of every kind, made with the operations that a set-up script calls. */
async function startRich(): Promise<Local> {
  const local = await startLocal({
    userPoolId: 'eu-west-1_Shop',
    clientId: 'shop',
    appClient: { GenerateSecret: true },
    users: [{ username: ANA, password: LONG_PASSWORD, groups: ['staff'] }],
    pool: {
      PoolName: 'Shop of the tests',
      Policies: {
        PasswordPolicy: { MinimumLength: 12, RequireNumbers: true, TemporaryPasswordValidityDays: 3 },
      },
      AutoVerifiedAttributes: ['email', 'phone_number'],
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
      SmsConfiguration: { SnsCallerArn: ROLE, ExternalId: 'shop', SnsRegion: 'eu-west-1' },
      EmailConfiguration: {
        EmailSendingAccount: 'DEVELOPER',
        SourceArn: 'arn:aws:ses:eu-west-1:123456789012:identity/shop@example.com',
      },
      EmailMfaConfiguration: { Message: 'Your code is {####}', Subject: 'Code' },
      DeviceConfiguration: { ChallengeRequiredOnNewDevice: true },
      VerificationMessageTemplate: { EmailMessage: 'Code: {####}', DefaultEmailOption: 'CONFIRM_WITH_CODE' },
      LambdaConfig: { PreSignUp: 'arn:aws:lambda:eu-west-1:123456789012:function:before' },
      UserPoolTags: { team: 'shop' },
      DeletionProtection: 'ACTIVE',
      UserPoolTier: 'PLUS',
      UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' },
      Schema: [
        { Name: 'email', Required: true, Mutable: true },
        { Name: 'plan', AttributeDataType: 'String', StringAttributeConstraints: { MaxLength: '20' } },
        { Name: 'seats', AttributeDataType: 'Number', NumberAttributeConstraints: { MinValue: '1' } },
        { Name: 'risk', AttributeDataType: 'String', DeveloperOnlyAttribute: true },
      ],
    },
  });
  const { sdk, UserPoolId } = local;
  await sdk.createIdentityProvider({
    UserPoolId,
    ProviderName: 'Google',
    ProviderType: 'Google',
    ProviderDetails: { client_id: 'g', client_secret: PROVIDER_SECRET, authorize_scopes: 'openid email' },
    AttributeMapping: { email: 'email' },
    IdpIdentifiers: ['google.example'],
  });
  await sdk.createIdentityProvider({
    UserPoolId,
    ProviderName: 'SignInWithApple',
    ProviderType: 'SignInWithApple',
    ProviderDetails: {
      ...{ client_id: 'a', team_id: 'team', key_id: 'key', private_key: PROVIDER_SECRET },
      authorize_scopes: 'email',
    },
  });
  await sdk.createResourceServer({
    UserPoolId,
    Identifier: 'https://api.example.com',
    Name: 'API',
    Scopes: [{ ScopeName: 'read', ScopeDescription: 'Reads' }],
  });
  for (let index = 0; index < 61; index++)
    await sdk.createGroup({ UserPoolId, GroupName: `group-${index}`, Precedence: index, RoleArn: ROLE });
  await sdk.createUserPoolDomain({ UserPoolId, Domain: 'shop', ManagedLoginVersion: 2 });
  await sdk.createUserPoolClient({
    UserPoolId,
    ClientName: 'web',
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ['code'],
    AllowedOAuthScopes: ['openid', 'https://api.example.com/read'],
    CallbackURLs: ['https://shop.example.com/callback'],
    SupportedIdentityProviders: ['COGNITO', 'Google'],
    TokenValidityUnits: { AccessToken: 'minutes' },
    AccessTokenValidity: 15,
    ReadAttributes: ['email', 'custom:plan'],
  });
  const ofShop = { UserPoolId, ClientId: 'shop' };
  await sdk.setUserPoolClientSessionConfiguration({ ...ofShop, SSOSession: { MaxValidityMinutes: 7 } });
  const RiskExceptionConfiguration = { BlockedIPRangeList: ['192.0.2.0/24'] };
  await sdk.setRiskConfiguration({ UserPoolId, RiskExceptionConfiguration });
  await sdk.setRiskConfiguration({
    ...ofShop,
    RiskExceptionConfiguration: { BlockedIPRangeList: ['198.51.100.0/24'] },
  });
  await sdk.setUICustomization({ UserPoolId, CSS: '.label-customizable { color: red; }' });
  await sdk.setUICustomization({ ...ofShop, CSS: '.label-customizable { color: blue; }' });
  await sdk.createTerms({
    ...ofShop,
    TermsName: 'terms-of-use',
    TermsSource: 'LINK',
    Enforcement: 'NONE',
    Links: { 'cognito:default': 'https://shop.example.com/terms' },
  });
  return local;
}

describe('A copy of a user pool', () => {
  const servers: Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) server.close();
    await closeAll();
  });

  /** Every setting of the pool is read over the wire, as from AWS. */
  async function copyOf({ sdk, UserPoolId }: Local): Promise<PoolCopy> {
    return JSON.parse(JSON.stringify(await copyUserPool(UserPoolId, { cognitoClient: sdk })));
  }

  it('describes the same as the pool, after it went through a JSON file', async () => {
    const real = await startRich();
    const copy = await copyOf(real);
    expect(copy.omitted).to.deep.equal([]);
    const local = await startLocal({ like: copy });
    expect(local.pool.config).to.include({ userPoolId: 'eu-west-1_Shop', clientId: 'shop' });
    const described = await describeAll(local.sdk, local.UserPoolId);
    expect(described).to.deep.equal(await describeAll(real.sdk, real.UserPoolId));
    expect(JSON.stringify(described)).to.include('group-60').and.include('custom:plan');
  });

  it('has a secret in Secrets Manager if the pool has, whose ARN the SDK does not tell', async () => {
    const real = await startLocal({
      appClient: { GenerateSecret: true, PublishSecretsInAWSSecretsManager: true },
    });
    const { pool } = await startLocal({ like: await copyOf(real) });
    expect(pool.clientSecretArn).to.be.a('string');
    expect(pool.config.clientSecret).to.equal(undefined);
  });

  it('has no users and no secrets, and its clients get new secrets', async () => {
    const real = await startRich();
    const copy = await copyOf(real);
    const text = JSON.stringify(copy);
    for (const secret of [PROVIDER_SECRET, real.pool.config.clientSecret ?? '', ANA, LONG_PASSWORD])
      expect(text).to.not.include(secret);
    const { pool, sdk, UserPoolId } = await startLocal({ like: copy });
    expect((await sdk.listUsers({ UserPoolId })).Users).to.deep.equal([]);
    expect(pool.config.clientSecret)
      .to.match(/^\w{40,}$/)
      .and.not.equal(real.pool.config.clientSecret);
  });

  it('signs users in under the IDs of the copied app clients', async () => {
    const copy = await copyOf(await startRich());
    const local = await startLocal({
      like: copy,
      appClient: { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'], GenerateSecret: false },
      pool: {
        MfaConfiguration: 'OFF',
        UserPoolTier: 'ESSENTIALS',
        UserPoolAddOns: { AdvancedSecurityMode: 'OFF' },
      },
      users: [{ username: ANA, password: LONG_PASSWORD }],
    });
    const { AuthenticationResult } = await local.sdk.initiateAuth({
      ClientId: 'shop',
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: ANA, PASSWORD: LONG_PASSWORD },
    });
    expect(AuthenticationResult?.AccessToken).to.be.a('string');
  });

  it('connects the app client of the option clientId, and others with configOf', async () => {
    const copy = await copyOf(await startRich());
    const web = copy.appClients.find(({ settings }) => settings.ClientName === 'web')?.clientId ?? '';
    const { pool } = await startLocal({ like: copy, clientId: web, identityProviders: ['Google', 'Okta'] });
    expect(pool.config).to.deep.equal({ userPoolId: 'eu-west-1_Shop', clientId: web, endpoint: pool.url });
    expect(pool.configOf('shop')).to.include({ clientId: 'shop' }).and.have.property('clientSecret');
    expect(() => pool.configOf('missing')).to.throw('User pool client missing does not exist.');
  });

  it('has an app client of its own if the pool has none, and refuses an ID that the copy does not have', async () => {
    const copy = await copyOf(await startLocal({ clientId: 'shop' }));
    const misspelt = await outcomeOf(startLocal({ like: copy, clientId: 'shoop' }));
    expect(misspelt).to.include('the copy does not have; write one of shop');
    const empty = { ...copy, appClients: [] };
    const { pool } = await startLocal({ like: empty, clientId: 'another' });
    expect(pool.config.clientId).to.equal('another');
  });

  it('leaves out the logo of the UI customization, and settings of features that an option turns off', async () => {
    const real = await startRich();
    const ImageFile = Buffer.from('iVBORw0KGgoA', 'base64');
    await real.sdk.setUICustomization({ UserPoolId: real.UserPoolId, ClientId: 'shop', ImageFile });
    const copy = await copyOf(real);
    expect(copy.omitted).to.deep.equal(['uiCustomizations.ImageUrl']);
    const { sdk, UserPoolId } = await startLocal({
      like: copy,
      pool: { UserPoolTier: 'ESSENTIALS', UserPoolAddOns: { AdvancedSecurityMode: 'OFF' } },
    });
    const { UICustomization } = await sdk.getUICustomization({ UserPoolId, ClientId: 'shop' });
    expect(UICustomization).to.include({ ClientId: 'ALL' }).and.not.have.property('ImageUrl');
  });

  it('names settings that the local pool does not have', async () => {
    const { UserPool } = await sdkOfNewerAws();
    expect(UserPool).to.deep.equal(['appClient.Newer', 'pool.Newer']);
  });

  /** The SDK drops unknown members of an answer, so that the client here is none of the SDK's. */
  async function sdkOfNewerAws(): Promise<{ UserPool: readonly string[] }> {
    const { sdk, UserPoolId } = await startLocal();
    const send = async (command: Parameters<typeof sdk.send>[0]): Promise<object> => {
      const answer = (await sdk.send(command)) as { UserPool?: object; UserPoolClient?: object };
      for (const described of [answer.UserPool, answer.UserPoolClient])
        if (described) Object.assign(described, { Newer: { Setting: true } });
      return answer;
    };
    const { omitted } = await copyUserPool(UserPoolId, { cognitoClient: { send } as never });
    return { UserPool: [...omitted].sort() };
  }

  async function serverThatRefuses(operation: string, type: string): Promise<string> {
    const { pool } = await startLocal({ userPoolId: 'us-east-1_Example' });
    const server = createServer(async (req, res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk);
      if (String(req.headers['x-amz-target']).endsWith(`.${operation}`)) {
        res.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
        res.end(
          JSON.stringify({ __type: type, message: 'User: arn:aws:iam::123456789012:user/ada is secret' }),
        );
        return;
      }
      const { 'x-amz-target': target = '', authorization = '' } = req.headers as Record<string, string>;
      const headers = {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': target,
        authorization,
      };
      const answer = await fetch(pool.url, { method: 'POST', headers, body: Buffer.concat(chunks) });
      res.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' }).end(await answer.text());
    }).listen(0, '127.0.0.1');
    servers.push(server);
    await new Promise((resolve) => server.once('listening', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  for (const action of [
    'DescribeUserPool',
    'GetUserPoolMfaConfig',
    'GetUserPoolSessionConfiguration',
    'ListUserPoolClients',
    'DescribeUserPoolClient',
    'ListUserPoolClientSecrets',
    'ListIdentityProviders',
    'ListResourceServers',
    'ListGroups',
  ]) {
    it(`names the IAM action if AWS refuses ${action}`, async () => {
      const sdk = sdkFor(await serverThatRefuses(action, 'AccessDeniedException'));
      const outcome = await outcomeOf(copyUserPool('us-east-1_Example', { cognitoClient: sdk }));
      expect(outcome).to.equal(
        `RefusedRead: The settings of us-east-1_Example cannot be read: the credentials may not call cognito-idp:${action}. Add this action to their IAM policy. See docs/local-user-pool.md#a-copy-of-a-real-pool`,
      );
      sdk.destroy();
    });
  }

  it('needs exactly the actions of the policy in the documentation', async () => {
    const real = await startRich();
    real.pool.requests.clear();
    await copyOf(real);
    const called = new Set(real.pool.requests.list().map(({ name }) => `cognito-idp:${name}`));
    const text = await readFile(new URL('docs/local-user-pool.md', ROOT), 'utf8');
    const [, section = ''] = text.split('## A copy of a real pool\n');
    const [, policy = '{}'] = /```json\n([\s\S]*?)```/.exec(section) ?? [];
    const { Statement } = JSON.parse(policy) as { Statement: { Action: string | string[] }[] };
    expect(Statement.flatMap(({ Action }) => Action)).to.have.members([...called]);
  });

  for (const [fault, type, words] of [
    ['credentials that have expired', 'ExpiredTokenException', 'invalid or expired (ExpiredTokenException)'],
    ['unknown credentials', 'UnrecognizedClientException', 'Set AWS_PROFILE'],
    ['another fault', 'InternalErrorException', 'DescribeUserPool failed with InternalErrorException'],
  ] as const) {
    it(`says what to do for ${fault}`, async () => {
      const sdk = sdkFor(await serverThatRefuses('DescribeUserPool', type));
      const outcome = await outcomeOf(copyUserPool('us-east-1_Example', { cognitoClient: sdk }));
      expect(outcome).to.include(words).and.not.include('arn:');
      sdk.destroy();
    });
  }

  it('says so if there is no such pool, or no such server', async () => {
    const { sdk, pool } = await startLocal();
    const missing = copyUserPool('us-east-1_Missing', { cognitoClient: sdk });
    expect(await outcomeOf(missing)).to.include('there is no such user pool in us-east-1');
    await pool.close();
    const unreachable = copyUserPool('us-east-1_Missing', { cognitoClient: sdk });
    expect(await outcomeOf(unreachable)).to.include('DescribeUserPool failed with ECONN');
  });

  for (const id of ['shop', 'us-east-1', 'us-east-1_', 'us-east-1_a b', 'evil.example/x_Abc']) {
    it(`is refused for the ID "${id}" without a request`, async () => {
      expect(await outcomeOf(copyUserPool(id))).to.include(`such as us-east-1_AbCdEfGhI, not "${id}"`);
    });
  }

  for (const [fault, change, words] of [
    ['no copy', 'us-east-1_Example', 'like is "us-east-1_Example"; write an object'],
    ['an unknown member', { users: [] }, 'like has no option "users"'],
    ['a wrong setting', { pool: { MfaConfiguration: 'MAYBE' } }, 'like.pool.MfaConfiguration is "MAYBE"'],
    ['a wrong group', { groups: [{ GroupName: '' }] }, 'like.groups[0].GroupName is ""'],
  ] as const) {
    it(`is refused by the local pool if a file has ${fault}`, async () => {
      const copy = await copyOf(await startLocal());
      const like = typeof change === 'string' ? change : { ...copy, ...change };
      const outcome = await outcomeOf(startLocal({ like: like as never }));
      expect(outcome).to.include(`TypeError: express-cognito-kit: ${words}`);
    });
  }
});
