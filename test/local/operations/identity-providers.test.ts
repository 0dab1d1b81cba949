import type { CreateIdentityProviderCommandInput } from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import { closeAll, type Local, outcomeOf, startLocal } from '../../support/local-sdk.ts';

const GOOGLE = { client_id: 'a', client_secret: 'b', authorize_scopes: 'openid' };
const OIDC = {
  client_id: 'a',
  authorize_scopes: 'openid',
  oidc_issuer: 'https://login.example.com',
  attributes_request_method: 'GET',
};
const APPLE = { client_id: 'a', team_id: 'b', key_id: 'c', private_key: 'd', authorize_scopes: 'email' };

describe('The identity providers of a local pool', () => {
  let local: Local;
  beforeEach(async () => {
    local = await startLocal();
  });
  afterEach(closeAll);

  const create = (
    ProviderName: string,
    ProviderType: CreateIdentityProviderCommandInput['ProviderType'],
    ProviderDetails: Record<string, string>,
    more: Partial<CreateIdentityProviderCommandInput> = {},
  ) =>
    local.sdk.createIdentityProvider({
      UserPoolId: local.UserPoolId,
      ProviderName,
      ProviderType,
      ProviderDetails,
      ...more,
    });

  it('refuses a mapping to an attribute that the pool does not have (captured: aws/aws-cli#9729)', async () => {
    const { sdk, UserPoolId } = local;
    const AttributeMapping = { username: 'sub', email: 'email', 'custom:zen_groups': 'groups', hd: 'hd' };
    const text =
      'InvalidParameterException: AttributeMapping contains invalid mapping: [custom:zen_groups, hd]';
    expect(await outcomeOf(create('Work', 'OIDC', OIDC, { AttributeMapping }))).to.equal(text);
    await create('Work', 'OIDC', OIDC);
    const update = () => sdk.updateIdentityProvider({ UserPoolId, ProviderName: 'Work', AttributeMapping });
    expect(await outcomeOf(update())).to.equal(text);
    await sdk.addCustomAttributes({
      UserPoolId,
      CustomAttributes: [{ Name: 'zen_groups', AttributeDataType: 'String' }],
    });
    expect(await outcomeOf(update())).to.equal(
      'InvalidParameterException: AttributeMapping contains invalid mapping: [hd]',
    );
  });

  const { client_id } = GOOGLE;
  for (const [what, name, type, details, message] of [
    [
      'of a social type under another name',
      'NameOfGP',
      'Google',
      GOOGLE,
      'Provider NameOfGP cannot be of type Google.',
    ],
    [
      'of a social type without a secret',
      'Google',
      'Google',
      { client_id },
      'client_id, client_secret and authorize_scopes are all required idp details',
    ],
    [
      'Apple without a key',
      'SignInWithApple',
      'SignInWithApple',
      { client_id },
      'clientId, privateKey, teamId, and keyId are all required idp details.',
    ],
    [
      'of type OIDC without an issuer',
      'Work',
      'OIDC',
      { client_id },
      'clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp details.',
    ],
    // No capture of this message.
    [
      'of type SAML without metadata',
      'Work',
      'SAML',
      {},
      'At least one of the MetadataURL or MetadataFile should be provided.',
    ],
  ] as const) {
    it(`are refused if one is ${what} (case 21)`, async () => {
      expect(await outcomeOf(create(name, type, details))).to.equal(`InvalidParameterException: ${message}`);
    });
  }

  for (const [name, type, details, mapping] of [
    ['Google', 'Google', GOOGLE, { username: 'sub' }],
    ['Facebook', 'Facebook', GOOGLE, { username: 'id' }],
    ['LoginWithAmazon', 'LoginWithAmazon', GOOGLE, { username: 'user_id' }],
    ['SignInWithApple', 'SignInWithApple', APPLE, { username: 'sub' }],
    ['Work', 'OIDC', OIDC, { username: 'sub' }],
    ['Saml', 'SAML', { MetadataURL: 'https://login.example.com/metadata' }, {}],
  ] as const) {
    it(`map the user's id by default: ${type} (case 21)`, async () => {
      const { IdentityProvider } = await create(name, type, details);
      expect(IdentityProvider?.AttributeMapping).to.deep.equal(mapping);
    });
  }

  it('keep a mapping of the user name that is given', async () => {
    const AttributeMapping = { username: 'preferred_username', email: 'email' };
    const { IdentityProvider } = await create('Work', 'OIDC', OIDC, { AttributeMapping });
    expect(IdentityProvider?.AttributeMapping).to.deep.equal(AttributeMapping);
  });

  it('have the details that Cognito adds, and no private key', async () => {
    const google = await create('Google', 'Google', GOOGLE);
    expect(google.IdentityProvider?.ProviderDetails).to.deep.equal({
      ...GOOGLE,
      attributes_url: 'https://people.googleapis.com/v1/people/me?personFields=',
      attributes_url_add_attributes: 'true',
      authorize_url: 'https://accounts.google.com/o/oauth2/v2/auth',
      oidc_issuer: 'https://accounts.google.com',
      token_request_method: 'POST',
      token_url: 'https://www.googleapis.com/oauth2/v4/token',
    });
    const apple = await create('SignInWithApple', 'SignInWithApple', APPLE);
    expect(apple.IdentityProvider?.ProviderDetails).to.not.have.property('private_key');
  });

  for (const [name, type, details] of [
    ['Google', 'Google', GOOGLE],
    ['SignInWithApple', 'SignInWithApple', APPLE],
    ['Work', 'OIDC', OIDC],
  ] as const) {
    it(`stay the same if they are sent back to UpdateIdentityProvider: ${type}`, async () => {
      const { sdk, UserPoolId } = local;
      await create(name, type, details, {
        IdpIdentifiers: ['x.example'],
        AcrMapping: { Level1: 'urn:loa:1' },
      });
      const which = { UserPoolId, ProviderName: name };
      const before = (await sdk.describeIdentityProvider(which)).IdentityProvider;
      const { ProviderDetails, AttributeMapping, IdpIdentifiers, AcrMapping } = before ?? {};
      local.pool.clock.advance(1000);
      await sdk.updateIdentityProvider({
        ...which,
        ProviderDetails,
        AttributeMapping,
        IdpIdentifiers,
        AcrMapping,
      });
      const after = (await sdk.describeIdentityProvider(which)).IdentityProvider;
      expect(after).to.deep.equal({ ...before, LastModifiedDate: after?.LastModifiedDate });
      expect(after?.LastModifiedDate).to.not.deep.equal(before?.LastModifiedDate);
    });
  }

  it('are updated member by member, and found by an identifier', async () => {
    const { sdk, UserPoolId } = local;
    await create('Work', 'OIDC', OIDC);
    const which = { UserPoolId, ProviderName: 'Work' };
    const { IdentityProvider } = await sdk.updateIdentityProvider({
      ...which,
      IdpIdentifiers: ['work.example'],
    });
    expect(IdentityProvider?.ProviderDetails).to.include(OIDC);
    expect(
      await sdk.getIdentityProviderByIdentifier({ UserPoolId, IdpIdentifier: 'work.example' }),
    ).to.deep.include({ IdentityProvider });
    const unknown = sdk.getIdentityProviderByIdentifier({ UserPoolId, IdpIdentifier: 'else.example' });
    expect(await outcomeOf(unknown)).to.match(/^ResourceNotFoundException: /);
    const broken = sdk.updateIdentityProvider({ ...which, ProviderDetails: { client_id } });
    expect(await outcomeOf(broken)).to.match(/are all required idp details\.?$/);
  });

  it('are deleted, also from the app clients that name them', async () => {
    const { sdk, UserPoolId } = local;
    await create('Work', 'OIDC', OIDC);
    const { clientId: ClientId } = local.pool.addClient({ SupportedIdentityProviders: ['COGNITO', 'Work'] });
    const which = { UserPoolId, ProviderName: 'Work' };
    await sdk.deleteIdentityProvider(which);
    const gone = 'ResourceNotFoundException: Identity provider Work does not exist.';
    expect(await outcomeOf(sdk.describeIdentityProvider(which))).to.equal(gone);
    expect(await outcomeOf(sdk.deleteIdentityProvider(which))).to.equal(gone);
    const { UserPoolClient } = await sdk.describeUserPoolClient({ UserPoolId, ClientId });
    expect(UserPoolClient?.SupportedIdentityProviders).to.deep.equal(['COGNITO']);
  });
});
