import type { CreateUserPoolClientCommandInput } from '@aws-sdk/client-cognito-identity-provider';
import { expect } from 'chai';
import { closeAll, type Local, outcomeOf, startLocal } from '../../support/local-sdk.ts';

type Settings = Omit<CreateUserPoolClientCommandInput, 'UserPoolId' | 'ClientName'>;

const RANGE = 'InvalidParameterException: Invalid range for token validity.';
const CODE_FLOW = {
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['code'],
  AllowedOAuthScopes: ['openid'],
} satisfies Settings;

describe('The rules of an app client in the local pool', () => {
  let local: Local;
  beforeEach(async () => {
    local = await startLocal({
      pool: {
        Schema: [
          { Name: 'name', Required: true },
          { Name: 'team', AttributeDataType: 'String' },
        ],
      },
    });
  });
  afterEach(closeAll);

  const create = (settings: Settings) =>
    local.sdk.createUserPoolClient({ UserPoolId: local.UserPoolId, ClientName: 'c', ...settings });
  const update = (settings: Settings) =>
    local.sdk.updateUserPoolClient({ UserPoolId: local.UserPoolId, ClientId: local.ClientId, ...settings });

  for (const [what, settings, kind] of [
    ['an unknown attribute to write', { WriteAttributes: ['name', 'custom:nope'] }, 'write'],
    ['attributes to write without a required one', { WriteAttributes: ['email'] }, 'write'],
    ['an attribute to write that Cognito sets', { WriteAttributes: ['name', 'email_verified'] }, 'write'],
    ['an unknown attribute to read', { ReadAttributes: ['custom:nope'] }, 'read'],
  ] satisfies [string, Settings, string][]) {
    it(`refuse ${what} (case 13)`, async () => {
      const text = `InvalidParameterException: Invalid ${kind} attributes specified while`;
      expect(await outcomeOf(create(settings))).to.equal(`${text} creating a client`);
      expect(await outcomeOf(update(settings))).to.equal(`${text} updating a client`);
    });
  }

  it('accept every attribute of the pool (case 13)', async () => {
    const settings = {
      ReadAttributes: ['sub', 'email', 'email_verified', 'phone_number_verified', 'custom:team'],
      WriteAttributes: ['name', 'email', 'custom:team'],
    };
    expect(await outcomeOf(create(settings))).to.equal('ok');
    expect(await outcomeOf(update(settings))).to.equal('ok');
  });

  for (const flow of ['code', 'implicit'] as const) {
    it(`refuse the flow ${flow} without CallbackURLs (case 14)`, async () => {
      const settings = { ...CODE_FLOW, AllowedOAuthFlows: [flow] };
      const text =
        'InvalidOAuthFlowException: CallbackUrls can not be empty when code flow or implicit flow is selected';
      expect(await outcomeOf(create(settings))).to.equal(text);
      expect(await outcomeOf(update(settings))).to.equal(text);
    });
  }

  // No capture of a refusal, and deployment tools have sent them for years.
  it('accept CallbackURLs and LogoutURLs while managed login is off', async () => {
    const urls = { CallbackURLs: ['https://example.com/'], LogoutURLs: ['https://example.com/'] };
    const { UserPoolClient } = await create(urls);
    expect(UserPoolClient).to.deep.include({ ...urls, AllowedOAuthFlowsUserPoolClient: false });
  });

  for (const [what, settings] of [
    [
      'an access token of 4 minutes',
      { AccessTokenValidity: 4, TokenValidityUnits: { AccessToken: 'minutes' } },
    ],
    ['an ID token of 25 hours', { IdTokenValidity: 25 }],
    [
      'a refresh token of 30 minutes',
      { RefreshTokenValidity: 30, TokenValidityUnits: { RefreshToken: 'minutes' } },
    ],
  ] satisfies [string, Settings][]) {
    it(`refuse ${what} (case 25)`, async () => {
      expect(await outcomeOf(create(settings))).to.equal(RANGE);
      expect(await outcomeOf(update(settings))).to.equal(RANGE);
    });
  }
});
