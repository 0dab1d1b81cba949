import { expect } from 'chai';
import { startLocalUserPool } from '../../../src/local/local-user-pool.ts';
import { closeAll, type Local, outcomeOf, startLocal } from '../../support/local-sdk.ts';
import { CALLBACK, GOODBYE } from '../../support/managed-login.ts';

const LOGIN = {
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['code' as const],
  AllowedOAuthScopes: ['openid', 'email'],
  CallbackURLs: [CALLBACK],
  LogoutURLs: [GOODBYE],
  DefaultRedirectURI: CALLBACK,
  SupportedIdentityProviders: ['COGNITO', 'Google'],
};

describe('The managed login settings of an app client', () => {
  let local: Local;

  beforeEach(async () => {
    local = await startLocal();
    await local.sdk.createIdentityProvider({
      UserPoolId: local.UserPoolId,
      ProviderName: 'Google',
      ProviderType: 'Google',
      ProviderDetails: { client_id: 'x', client_secret: 'y', authorize_scopes: 'openid' },
      AttributeMapping: { email: 'email' },
    });
  });
  afterEach(closeAll);

  const create = (settings: object) =>
    local.sdk.createUserPoolClient({ UserPoolId: local.UserPoolId, ClientName: 'web', ...settings });

  it('are returned by DescribeUserPoolClient, and removed by an update that omits them', async () => {
    const { UserPoolClient } = await create(LOGIN);
    const which = { UserPoolId: local.UserPoolId, ClientId: UserPoolClient?.ClientId };
    const described = await local.sdk.describeUserPoolClient(which);
    expect(described.UserPoolClient).to.deep.include(LOGIN);
    const { UserPoolClient: updated } = await local.sdk.updateUserPoolClient(which);
    expect(updated?.AllowedOAuthFlowsUserPoolClient).to.equal(false);
    expect(updated).not.to.have.any.keys('CallbackURLs', 'AllowedOAuthFlows');
  });

  for (const url of [
    'https://app.example.com/callback',
    'http://localhost:3000/callback',
    'http://127.0.0.1:3000/callback',
    'http://[::1]:3000/callback',
    'myapp://callback',
  ]) {
    it(`accept the URL ${url}`, async () => {
      expect(await outcomeOf(create({ ...LOGIN, CallbackURLs: [CALLBACK, url] }))).to.equal('ok');
      expect(await outcomeOf(create({ ...LOGIN, LogoutURLs: [url] }))).to.equal('ok');
    });
  }

  for (const [what, settings, error] of [
    [
      'plain http to another host',
      { CallbackURLs: [CALLBACK, 'http://app.example.com/'] },
      /InvalidParameterException: http:\/\/app.example.com\/ cannot use the HTTP protocol\./,
    ],
    [
      'http to a host that starts with localhost',
      { LogoutURLs: ['http://localhost.example/'] },
      /HTTP protocol/,
    ],
    ['a fragment', { CallbackURLs: [CALLBACK, 'https://app.example.com/#x'] }, /InvalidParameterException/],
    ['a relative URL', { CallbackURLs: [CALLBACK, '/callback'] }, /InvalidParameterException/],
    ['an unknown scope', { AllowedOAuthScopes: ['reports/read'] }, /ScopeDoesNotExistException/],
    [
      'an unknown provider',
      { SupportedIdentityProviders: ['Facebook'] },
      /The provider Facebook does not exist/,
    ],
    [
      'a default that is not a CallbackURL',
      { DefaultRedirectURI: GOODBYE },
      /^InvalidParameterException: The default redirect URI /,
    ],
    ['no flow', { AllowedOAuthFlows: [] }, /InvalidOAuthFlowException/],
    ['no scope', { AllowedOAuthScopes: [] }, /InvalidOAuthFlowException/],
    ['an unknown flow', { AllowedOAuthFlows: ['password'] }, /enum value set/],
    [
      'two kinds of flow',
      { GenerateSecret: true, AllowedOAuthFlows: ['code', 'client_credentials'] },
      /InvalidOAuthFlow/,
    ],
    ['client_credentials without a secret', { AllowedOAuthFlows: ['client_credentials'] }, /client secret/],
    [
      'the scope of a user for client_credentials',
      {
        GenerateSecret: true,
        AllowedOAuthFlows: ['client_credentials'],
        AllowedOAuthScopes: ['email', 'openid'],
      },
      /InvalidOAuthFlowException: email is not supported with client_credentials flow$/,
    ],
    [
      'an unknown scope while managed login is off',
      { AllowedOAuthFlowsUserPoolClient: false, AllowedOAuthScopes: ['reports/read'] },
      /ScopeDoesNotExistException: Invalid scope requested: reports\/read/,
    ],
  ] as const) {
    it(`refuse ${what}, at creation and in an update`, async () => {
      expect(await outcomeOf(create({ ...LOGIN, ...settings }))).to.match(error);
      const { UserPoolClient } = await create({ ...LOGIN, GenerateSecret: 'GenerateSecret' in settings });
      const which = { UserPoolId: local.UserPoolId, ClientId: UserPoolClient?.ClientId };
      const update = local.sdk.updateUserPoolClient({ ...which, ...LOGIN, ...(settings as object) });
      expect(await outcomeOf(update)).to.match(error);
    });
  }

  it('are kept without AllowedOAuthFlowsUserPoolClient, as deployment tools send them', async () => {
    const { AllowedOAuthFlowsUserPoolClient: _absent, ...rest } = LOGIN;
    const { UserPoolClient } = await create(rest);
    expect(UserPoolClient).to.deep.include({ ...rest, AllowedOAuthFlowsUserPoolClient: false });
  });

  it('are refused by startLocalUserPool with the same message', async () => {
    const start = startLocalUserPool({
      quiet: true,
      appClient: { CallbackURLs: ['http://app.example.com/'] },
    });
    expect(await outcomeOf(start)).to.match(/cannot use the HTTP protocol/);
  });

  it('can name identity providers, which are described and listed', async () => {
    const { UserPoolId } = local;
    const { IdentityProvider } = await local.sdk.describeIdentityProvider({
      UserPoolId,
      ProviderName: 'Google',
    });
    expect(IdentityProvider).to.deep.include({
      ProviderType: 'Google',
      AttributeMapping: { username: 'sub', email: 'email' },
    });
    const { Providers } = await local.sdk.listIdentityProviders({ UserPoolId });
    expect(Providers?.map(({ ProviderName }) => ProviderName)).to.deep.equal(['Google']);
    const unknown = local.sdk.describeIdentityProvider({ UserPoolId, ProviderName: 'Facebook' });
    expect(await outcomeOf(unknown)).to.match(/^ResourceNotFoundException/);
    const again = local.sdk.createIdentityProvider({
      UserPoolId,
      ProviderName: 'Google',
      ProviderType: 'Google',
      ProviderDetails: {},
    });
    expect(await outcomeOf(again)).to.match(/^DuplicateProviderException/);
  });

  it('can contain scopes of resource servers, which are described', async () => {
    const { UserPoolId } = local;
    const server = {
      UserPoolId,
      Identifier: 'https://reports.example.com',
      Name: 'Reports',
      Scopes: [{ ScopeName: 'read', ScopeDescription: 'Read them' }],
    };
    await local.sdk.createResourceServer(server);
    const { ResourceServer } = await local.sdk.describeResourceServer({
      UserPoolId,
      Identifier: server.Identifier,
    });
    expect(ResourceServer).to.deep.equal(server);
    expect(await outcomeOf(local.sdk.createResourceServer(server))).to.match(/^InvalidParameterException/);
    const scopes = ['openid', 'https://reports.example.com/read'];
    expect(await outcomeOf(create({ ...LOGIN, AllowedOAuthScopes: scopes }))).to.equal('ok');
    const unknown = local.sdk.describeResourceServer({ UserPoolId, Identifier: 'unknown' });
    expect(await outcomeOf(unknown)).to.match(/^ResourceNotFoundException/);
  });
});
