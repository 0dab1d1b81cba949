import { expect } from 'chai';
import type { ClientSettings } from '../../../src/local/model/settings.ts';
import { claimsOf, closeAll, type Local, outcomeOf, startLocal } from '../../support/local-sdk.ts';

const FLOW: ClientSettings = { ExplicitAuthFlows: ['ALLOW_CLIENT_TOKEN_AUTH'] };
const MACHINE: ClientSettings = {
  ...FLOW,
  GenerateSecret: true,
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['client_credentials'],
  AllowedOAuthScopes: ['reports/read', 'reports/write'],
};

describe('GetClientToken at the local pool', () => {
  let local: Local;
  const metadata: unknown[] = [];
  beforeEach(async () => {
    metadata.length = 0;
    local = await startLocal({
      triggers: {
        preTokenGenerationV3(event) {
          metadata.push(event.request.clientMetadata);
          return event;
        },
      },
    });
    const scope = (ScopeName: string) => ({ ScopeName, ScopeDescription: ScopeName });
    await local.sdk.createResourceServer({
      UserPoolId: local.UserPoolId,
      Identifier: 'reports',
      Name: 'Reports',
      Scopes: [scope('read'), scope('write')],
    });
  });
  afterEach(closeAll);

  it('issues an access token for the app client itself, with all or some of its scopes', async () => {
    const { clientId: ClientId, clientSecret: Secret } = local.pool.addClient(MACHINE);
    const { ClientAuthenticationResult: all } = await local.sdk.getClientToken({ ClientId, Secret });
    expect(all).to.include({ TokenType: 'Bearer', ExpiresIn: 3600 });
    expect(claimsOf(all?.AccessToken)).to.include({
      sub: ClientId,
      client_id: ClientId,
      token_use: 'access',
      scope: 'reports/read reports/write',
      iss: local.pool.issuer,
    });
    const one = await local.sdk.getClientToken({
      ClientId,
      Secret,
      Scopes: ['reports/read'],
      ClientMetadata: { from: 'cron' },
    });
    expect(claimsOf(one.ClientAuthenticationResult?.AccessToken).scope).to.equal('reports/read');
    expect(metadata.at(-1)).to.deep.equal({ from: 'cron' });
  });

  it('refuses a wrong secret, another scope, and a client without the flow', async () => {
    const { sdk, pool } = local;
    const { clientId: ClientId, clientSecret: Secret } = pool.addClient(MACHINE);
    expect(await outcomeOf(sdk.getClientToken({ ClientId, Secret: 'x'.repeat(24) }))).to.equal(
      `NotAuthorizedException: Unable to verify the secret of client ${ClientId}`,
    );
    for (const Scopes of [['reports/delete'], ['openid']]) {
      expect(await outcomeOf(sdk.getClientToken({ ClientId, Secret, Scopes }))).to.equal(
        `InvalidParameterException: Invalid scope requested: ${Scopes[0]}`,
      );
    }
    const other = pool.addClient({ GenerateSecret: true });
    const call = sdk.getClientToken({ ClientId: other.clientId, Secret: other.clientSecret });
    expect(await outcomeOf(call)).to.equal(
      'InvalidParameterException: ALLOW_CLIENT_TOKEN_AUTH flow not enabled for this client',
    );
  });

  it('needs its flow as the only one, of a client with a secret', () => {
    const refused = /ALLOW_CLIENT_TOKEN_AUTH has to be the only flow in ExplicitAuthFlows, of a client with/;
    expect(() => local.pool.addClient(FLOW)).to.throw(refused);
    const both: ClientSettings = {
      ...MACHINE,
      ExplicitAuthFlows: ['ALLOW_CLIENT_TOKEN_AUTH', 'ALLOW_USER_SRP_AUTH'],
    };
    expect(() => local.pool.addClient(both)).to.throw(refused);
  });
});
