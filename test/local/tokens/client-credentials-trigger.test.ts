import { expect } from 'chai';
import type { PreTokenGenerationV3Event, Triggers } from '../../../src/local/model/triggers.ts';
import {
  ANA,
  claimsOf,
  closeAll,
  type Local,
  PASSWORD,
  signIn,
  startLocal,
} from '../../support/local-sdk.ts';
import { postForm } from '../../support/managed-login.ts';

/** Starts a pool with an app client of its own tokens, and a request for one. */
async function start(triggers: Triggers) {
  const local: Local = await startLocal({ triggers, users: [{ username: ANA, password: PASSWORD }] });
  await local.sdk.createResourceServer({
    UserPoolId: local.UserPoolId,
    Identifier: 'reports',
    Name: 'Reports',
    Scopes: [{ ScopeName: 'read', ScopeDescription: 'Read them' }],
  });
  const { clientId, clientSecret } = local.pool.addClient({
    GenerateSecret: true,
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ['client_credentials'],
    AllowedOAuthScopes: ['reports/read'],
  });
  const request = (form: Readonly<Record<string, string>> = {}) =>
    postForm(local, 'oauth2/token', {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      ...form,
    });
  return { local, clientId, request };
}

describe('The trigger preTokenGenerationV3', () => {
  afterEach(closeAll);

  it("changes the claims and scopes of an app's own token, with its aws_client_metadata", async () => {
    const heard: PreTokenGenerationV3Event[] = [];
    const { local, clientId, request } = await start({
      preTokenGenerationV3: (event) => {
        heard.push(structuredClone(event));
        event.response.claimsAndScopeOverrideDetails = {
          accessTokenGeneration: {
            claimsToAddOrOverride: { tenant: { name: 'blue' }, sub: 'eve' },
            scopesToAdd: ['reports/write'],
          },
        };
        return event;
      },
    });
    const { body } = await request({ aws_client_metadata: JSON.stringify({ tenant: 'blue' }) });
    expect(claimsOf(body.access_token)).to.deep.include({
      sub: clientId,
      tenant: { name: 'blue' },
      scope: 'reports/read reports/write',
    });
    expect(heard).to.deep.equal([
      {
        version: '3',
        triggerSource: 'TokenGeneration_ClientCredentials',
        region: 'us-east-1',
        userPoolId: local.UserPoolId,
        userName: clientId,
        callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId },
        request: {
          userAttributes: {},
          groupConfiguration: { groupsToOverride: [], iamRolesToOverride: [] },
          scopes: ['reports/read'],
          clientMetadata: { tenant: 'blue' },
        },
        response: { claimsAndScopeOverrideDetails: null },
      },
    ]);
  });

  it('runs for users like version 2, and is in the LambdaConfig as V3_0', async () => {
    const heard: string[] = [];
    const { local } = await start({
      preTokenGenerationV2: () => expect.fail('version 3 is newer'),
      preTokenGenerationV3: (event) => {
        heard.push(`${event.version} ${event.triggerSource}`);
        event.response.claimsAndScopeOverrideDetails = {
          idTokenGeneration: { claimsToAddOrOverride: { plan: 'gold' } },
        };
        return event;
      },
    });
    const { AuthenticationResult } = await signIn(local);
    expect(claimsOf(AuthenticationResult?.IdToken).plan).to.equal('gold');
    expect(heard).to.deep.equal(['3 TokenGeneration_Authentication']);
    const { UserPool } = await local.sdk.describeUserPool({ UserPoolId: local.UserPoolId });
    expect(UserPool?.LambdaConfig).to.deep.equal({
      PreTokenGenerationConfig: {
        LambdaVersion: 'V3_0',
        LambdaArn: 'arn:aws:lambda:us-east-1:000000000000:function:preTokenGenerationV3',
      },
    });
  });

  it('refuses the token if it throws', async () => {
    const { request } = await start({
      preTokenGenerationV3: () => {
        throw new Error('no');
      },
    });
    const { status, body } = await request();
    expect([status, body]).to.deep.equal([400, { error: 'invalid_grant' }]);
  });

  it('leaves the token of an app to version 3 only', async () => {
    const { request } = await start({ preTokenGenerationV2: () => expect.fail('it has no user') });
    expect((await request()).status).to.equal(200);
  });

  for (const text of ['tenant=blue', '["blue"]', '{"tenant":{"name":"blue"}}']) {
    it(`refuses the aws_client_metadata ${text}`, async () => {
      const { request } = await start({ preTokenGenerationV3: async (event) => event });
      expect((await request({ aws_client_metadata: text })).body).to.deep.equal({ error: 'invalid_request' });
    });
  }
});
